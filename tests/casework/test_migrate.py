"""Version two while cases run on version one: published after a check, moved by two people, one event a case."""

import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy.exc import DBAPIError

from api.cli.catalog import catalog as commands
from service_catalog.catalog import catalog
from service_catalog.terms import terms_of, terms_under_newest
from service_catalog.versions import digest_of
from tests.builders import APPLICANT, a_case, at, done, terms_02
from workflow.casework.act import ActRequest, act
from workflow.casework.demo import DEPARTMENT
from workflow.casework.errors import ChangeRefused
from workflow.casework.migrate import Migration, Move, TermsFor, look, migrate, migration_to, target
from workflow.casework.office import Office
from workflow.casework.publish import publish
from workflow.casework.submit import OpenRequest, open_and_submit
from workflow.definitions.loader import HERE, build, processes
from workflow.engine.case import CaseState, replay
from workflow.engine.model import Process, Terms
from workflow.ledger.chain import GENESIS, link
from workflow.ledger.chain import digest_of as form_digest
from workflow.store import cases, definitions, versions
from workflow.store.migrate import upgrade
from workflow.store.versions import Version

NOW = at("2026-09-10T09:00:00")
V1 = processes()["on-site"]
Plain = dict[str, Any]


def a_version(edit: Callable[[Plain], None], of: Process = V1) -> Process:
    """Return another version of a process."""
    plain = json.loads(of.source)
    edit(plain)
    return build({**plain, "version": "2027-01-01"})


def retitled(plain: Plain) -> None:
    plain["states"]["received"]["task"]["title"] = "核验材料（新版）"


def renamed(old: str, new: str) -> Callable[[Plain], None]:
    """Return an edit that gives a state another name."""

    def edit(plain: Plain) -> None:
        plain["states"] = {new if name == old else name: state for name, state in plain["states"].items()}
        for state in plain["states"].values():
            for action in state["actions"].values():
                action["then"] = new if action["then"] == old else action["then"]

    return edit


def kept(old: Terms, _form: Mapping[str, Any], process: Process, _on: date) -> Terms | str:
    """The item's terms stay; only the process is another."""
    return old.pinned_to(process)


def with_rules(**rules: Any) -> TermsFor:
    """Return what a new item version gives: other limits."""

    def under(old: Terms, _form: Mapping[str, Any], process: Process, _on: date) -> Terms | str:
        return replace(old.pinned_to(process), item_version="2027-01-01", rules={**old.rules, **rules}).sealed()

    return under


def published(office: Office, *found: Process) -> None:
    publish(office, found, (), by="catalog1", because="修订", now=NOW)


def to(process: Process, terms_for: TermsFor = kept, **mapping: str) -> Migration:
    return migration_to(process, mapping, terms_for)


def moved(office: Office, migration: Migration, **more: Any) -> list[Move]:
    given = {"by": "catalog1", "second": "catalog2", "because": "修订", "now": NOW, **more}
    return list(migrate(office, migration, **given))


def row_of(office: Office, case_no: str) -> Any:
    with office.work() as connection:
        return connection.exec_driver_sql(
            "select *, (select jsonb_agg(body order by seq) from events where case_id = cases.id) as events,"
            " (select jsonb_agg(jsonb_build_array(post, title, assignee)) from tasks where case_id = cases.id and closed_at is null)"
            " as tasks from cases where case_no = %(no)s",
            {"no": case_no},
        ).one()


def assert_whole(office: Office, case_no: str) -> Any:
    """The chain holds, and the snapshot is what the events say."""
    row = row_of(office, case_no)
    head = GENESIS
    for event in row.events:
        assert event["prev_hash"] == head and event["hash"] == link(event)
        head = event["hash"]
    assert row.head == head
    assert replay(case_no, row.events).to_json() == CaseState.from_json(row.snapshot).to_json()
    assert row.snapshot["process_digest"] == row.process_digest and row.snapshot["terms_digest"] == row.terms_digest
    return row


# -- publishing -----------------------------------------------------------------------------------------


def test_a_definition_that_would_be_wrong_is_refused_at_publish(office: Office) -> None:
    def without_remedies(plain: Plain) -> None:
        plain["states"]["proposed"]["actions"]["refuse"]["needs"].remove("已告知救济途径")

    wrong = a_version(without_remedies)
    with pytest.raises(ChangeRefused) as refused:
        published(office, a_version(retitled), wrong)
    assert any("lacks `已告知救济途径`" in line and "path: submit > accept" in line for line in refused.value.lines)
    with office.work() as connection:
        assert versions.newest(connection)["on-site"].digest == V1.digest
        assert not versions.find(connection, "on-site", wrong.digest)
        known = connection.exec_driver_sql(
            "select count(*) from process_versions where digest = %(d)s", {"d": wrong.digest}
        )
        assert known.scalar_one() == 0


def test_a_publication_says_who_when_and_why_and_cannot_be_edited(office: Office) -> None:
    v2 = a_version(retitled)
    item = catalog().newest("02")
    manual = Version("manual", item.code, item.version, digest_of(item))
    first = publish(office, [v2], [manual], by="catalog1", because="改表述", now=NOW)
    again = publish(office, [v2], [manual], by="catalog2", because="再来一次", now=NOW)
    assert ([one.is_new for one in first], [one.is_new for one in again]) == ([True, True], [False, False])
    with office.work() as connection:
        row = versions.newest(connection)["on-site"]
        assert (row.digest, row.published_by, row.because, row.published_at) == (v2.digest, "catalog1", "改表述", NOW)
        assert versions.newest(connection, "manual")["02"].digest == manual.digest
    with pytest.raises(DBAPIError, match="append-only"), office.work() as connection:
        connection.exec_driver_sql("update published_versions set published_by = 'x'")


@pytest.mark.parametrize("by", ["approver1", "nobody", "applicant1"])
def test_only_a_catalogue_admin_publishes_under_a_name(office: Office, by: str) -> None:
    with pytest.raises(ChangeRefused):
        publish(office, [a_version(retitled)], (), by=by, because="修订", now=NOW)


def test_an_older_version_can_be_put_in_force_again(office: Office) -> None:
    v2 = a_version(retitled)
    published(office, v2)
    published(office, V1)
    assert target(office, "on-site", "newest").digest == V1.digest
    assert target(office, "on-site", v2.digest[:12]).digest == v2.digest


def test_an_upgrade_brings_its_versions_along_but_never_overrules_the_office(office: Office, database_url: str) -> None:
    with office.work() as connection:
        assert {slug: row.digest for slug, row in versions.newest(connection).items()} == {
            slug: process.digest for slug, process in processes().items()
        }
    v2 = a_version(retitled)
    published(office, v2)
    upgrade(database_url)
    with office.work() as connection:
        newest = versions.newest(connection)
        assert (newest["on-site"].digest, newest["joint"].published_by) == (v2.digest, "release")


@pytest.mark.parametrize(("slug", "wanted"), [("on-site", "1234"), ("on-site", "f" * 12), ("nothing", "newest")])
def test_a_target_that_was_not_published_is_refused(office: Office, slug: str, wanted: str) -> None:
    with pytest.raises(ChangeRefused):
        target(office, slug, wanted)


def test_new_cases_run_on_what_was_published_and_a_draft_on_what_it_was_begun_under(app: Flask) -> None:
    office: Office = app.extensions["banjian.office"]
    terms, process = terms_02()
    draft = open_and_submit(
        office, OpenRequest("applicant1", "applicant", "applicant1", terms, APPLICANT, {}, submit=False), process, NOW
    )
    v2 = a_version(retitled)
    published(office, v2)
    office._in_force = None  # as after IN_FORCE_SECONDS
    assert office.in_force(V1).digest == v2.digest and office.in_force(processes()["joint"]) is processes()["joint"]
    renewed = terms_of(catalog().newest("02"), {}, v2)
    submitted = act(
        office,
        ActRequest(draft.case["case_no"], "submit", "applicant1", {}, extra={"form": form_digest({})}, terms=renewed),
        NOW,
    )
    row = assert_whole(office, submitted.case["case_no"])
    assert row.process_digest == V1.digest
    with office.work() as connection:
        assert office.terms(connection, row.terms_digest).process_digest == V1.digest


# -- looking -------------------------------------------------------------------------------------------


def test_a_look_lists_every_open_case_and_changes_nothing(office: Office) -> None:
    one, two = a_case(office).case["case_no"], a_case(office).case["case_no"]
    done(office, two, "clerk1", "not-needed", "2026-09-02T10:00:00", reasons="不需要")
    published(office, v2 := a_version(retitled))
    before = row_of(office, one)
    found = list(look(office, to(v2), NOW))
    assert [(move.case_no, move.done, move.state, move.to) for move in found] == [(one, "seen", "received", "received")]
    assert row_of(office, one) == before


def test_the_due_dates_before_and_after_are_told(office: Office) -> None:
    case_no = accepted(office)
    published(office, v2 := a_version(retitled))
    shorter = with_rules(promised={"n": 15, "unit": "working_day", "law": "本机关承诺"})
    (move,) = look(office, to(v2, shorter), NOW)
    assert (move.case_no, move.done) == (case_no, "seen")
    assert (
        move.due_before["statutory"] == move.due_after["statutory"] == "2026-10-22"
    )  # counted: 30 working days from 09-04
    assert (move.due_before["promised"], move.due_after["promised"]) == (
        "2026-10-09",
        "2026-09-24",
    )  # 20 September is worked, 25 September is not


def accepted(office: Office) -> str:
    """Return a case of item 02 accepted on 2026-09-04, its materials handed in."""
    case_no: str = a_case(office).case["case_no"]
    with office.work() as connection:
        terms = office.terms(connection, row_of(office, case_no).terms_digest)
    for material in terms.materials:
        if material.required and material.supply == "applicant":
            extra = {"material": {"code": material.code, "sha256": "0" * 64}}
            act(office, ActRequest(case_no, "add-material", "applicant1", {}, extra=extra), at("2026-09-01T11:00:00"))
    done(office, case_no, "clerk1", "accept", "2026-09-04T10:00:00")
    return case_no


# -- moving --------------------------------------------------------------------------------------------


def test_a_move_is_one_event_on_the_chain_with_everything_in_it(office: Office) -> None:
    case_no = accepted(office)
    before = row_of(office, case_no)
    published(office, v2 := a_version(renamed("in-review", "examining")))
    longer = with_rules(promised={"n": 25, "unit": "working_day", "law": "本机关承诺"})
    (move,) = moved(office, to(v2, longer, **{"in-review": "examining"}))
    assert (move.done, move.state, move.to) == ("moved", "in-review", "examining")
    row = assert_whole(office, case_no)
    event = row.events[-1]
    assert len(row.events) == len(before.events) + 1
    assert (event["type"], event["from"], event["to"]) == ("migrated", "in-review", "examining")
    assert event["actor"] == {"id": "catalog1", "name": "事项管理员甲", "post": "catalogue-admin"}
    data = event["data"]
    assert data["second"] == {"id": "catalog2", "name": "事项管理员乙"} and data["because"] == "修订"
    assert data["mapping"] == {"in-review": "examining"}
    assert (data["from_version"], data["to_version"]) == (
        f"2026-12-01+{V1.digest[:12]}",
        f"2027-01-01+{v2.digest[:12]}",
    )
    assert (data["due_before"]["promised"], data["due_after"]["promised"]) == ("2026-10-09", "2026-10-15")
    assert (row.process_digest, row.definition_version, row.state) == (v2.digest, "2027-01-01", "examining")
    assert row.promised_due == date(2026, 10, 15) and row.accepted_on == before.accepted_on
    assert row.tasks == [["reviewer", "审查并提出意见", None]]


def test_after_the_move_the_case_goes_on_under_the_new_version_and_another_under_the_old(office: Office) -> None:
    here = accepted(office)
    published(office, v2 := a_version(renamed("in-review", "examining")))
    moved(office, to(v2, **{"in-review": "examining"}))
    stays = accepted(office)  # begun by somebody who had not heard of version two
    for case_no, to_state in ((here, "visit-planned"), (stays, "visit-planned")):
        given = {"inspectors": ["inspector1", "inspector2"], "planned_on": "2026-09-14"}
        answer = done(office, case_no, "reviewer1", "plan-visit", "2026-09-11T10:00:00", **given)
        assert answer.case["state"] == to_state
    assert assert_whole(office, here).process_digest == v2.digest
    assert assert_whole(office, stays).process_digest == V1.digest


def test_the_open_task_becomes_the_new_version_s(office: Office) -> None:
    case_no: str = a_case(office).case["case_no"]
    with office.work() as connection:
        connection.exec_driver_sql("update tasks set assignee = 'clerk1', claimed_at = now() where closed_at is null")
    published(office, v2 := a_version(retitled))
    moved(office, to(v2))
    assert row_of(office, case_no).tasks == [["window-clerk", "核验材料（新版）", "clerk1"]]

    def reviewers(plain: Plain) -> None:
        plain["states"]["received"]["task"]["post"] = "reviewer"

    v3 = a_version(reviewers)
    with office.work() as connection:
        definitions.store_all(connection, {"on-site": v3})
    moved(office, to(v3))
    assert row_of(office, case_no).tasks == [["reviewer", "核验申请材料", None]]


def test_a_second_run_finds_nothing_to_do(office: Office) -> None:
    case_no: str = a_case(office).case["case_no"]
    published(office, v2 := a_version(retitled))
    assert [move.done for move in moved(office, to(v2))] == ["moved"]
    seq = row_of(office, case_no).version
    assert [move.done for move in moved(office, to(v2))] == ["there-already"]
    assert row_of(office, case_no).version == seq


def test_two_runs_at_once_move_each_case_once(office: Office, database_url: str) -> None:
    numbers = [a_case(office).case["case_no"] for _ in range(6)]
    published(office, v2 := a_version(retitled))
    other = Office.connect(database_url, pool_size=2)
    try:
        with ThreadPoolExecutor(2) as pool:
            runs = list(pool.map(lambda one: moved(one, to(v2)), (office, other)))
    finally:
        other.close()
    for case_no in numbers:
        outcomes = sorted(move.done for run in runs for move in run if move.case_no == case_no)
        assert outcomes == ["moved", "there-already"]
        events = [event["type"] for event in assert_whole(office, case_no).events]
        assert events.count("migrated") == 1


def test_a_case_acts_while_others_are_moved(office: Office) -> None:
    numbers = [a_case(office).case["case_no"] for _ in range(4)]
    published(office, v2 := a_version(retitled))

    def end(case_no: str) -> None:
        done(office, case_no, "clerk1", "not-needed", "2026-09-03T10:00:00", reasons="不需要")

    with ThreadPoolExecutor(2) as pool:
        moving = pool.submit(moved, office, to(v2), now=at("2026-09-03T09:00:00"))
        for case_no in numbers:
            end(case_no)
        moving.result()
    for case_no in numbers:
        assert assert_whole(office, case_no).state == "not-needed"


# -- refusals ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("by", "second", "says"),
    [
        ("catalog1", "catalog1", "somebody else"),
        ("catalog1", "approver1", "approver1 does not hold the post"),
        ("reviewer1", "catalog2", "reviewer1 does not hold the post"),
        ("catalog1", "nobody", "no active person 'nobody'"),
        ("catalog1", "", "no active person ''"),
    ],
)
def test_it_takes_two_different_administrators(office: Office, by: str, second: str, says: str) -> None:
    case_no: str = a_case(office).case["case_no"]
    published(office, v2 := a_version(retitled))
    with pytest.raises(ChangeRefused, match=says):
        moved(office, to(v2), by=by, second=second)
    assert row_of(office, case_no).process_digest == V1.digest


def test_a_mapping_to_a_state_there_is_not_is_refused(office: Office) -> None:
    with pytest.raises(ChangeRefused, match="no state 'nowhere'"):
        to(V1, received="nowhere")


def test_a_blocked_case_is_left_where_it_is_and_listed_and_the_others_go(office: Office) -> None:
    stuck, free = accepted(office), a_case(office).case["case_no"]
    published(office, v2 := a_version(renamed("in-review", "examining")))
    found = {move.case_no: move for move in moved(office, to(v2))}
    assert (found[stuck].done, found[free].done) == ("blocked", "moved")
    assert found[stuck].obstacles == ("there is no state 'in-review' in the new version; map it to one",)
    assert row_of(office, stuck).process_digest == V1.digest and row_of(office, free).process_digest == v2.digest
    assert_whole(office, stuck)


def without(*actions: str) -> Callable[[Plain], None]:
    def edit(plain: Plain) -> None:
        for state in plain["states"].values():
            for name in actions:
                state["actions"].pop(name, None)

    return edit


def obstacles_of(office: Office, v2: Process, terms_for: TermsFor = kept, **mapping: str) -> str:
    """Return what stands in the way of the only open case."""
    (move,) = look(office, to(v2, terms_for, **mapping), NOW)
    assert (move.done == "blocked") is bool(move.obstacles)
    return "; ".join(move.obstacles)


def test_a_move_is_no_act(office: Office) -> None:
    accepted(office)
    assert "from review to delivery" in obstacles_of(office, a_version(retitled), **{"in-review": "granted"})
    assert "from review to ended" in obstacles_of(office, a_version(retitled), **{"in-review": "terminated"})


def test_a_pause_the_new_version_cannot_end_blocks(office: Office) -> None:
    case_no = accepted(office)
    given = {"ground": "testing", "notified_days": 10, "notice_served_at": "2026-09-07T10:00:00+08:00"}
    done(office, case_no, "reviewer1", "pause", "2026-09-07T10:00:00", **given)
    assert "time is paused for testing" in obstacles_of(office, a_version(without("resume", "end-one")))
    no_testing = with_rules(excluded=["hearing"])
    assert "which the new version does not exclude" in obstacles_of(office, a_version(retitled), no_testing)
    assert obstacles_of(office, a_version(retitled)) == ""


def test_a_clock_the_new_version_does_not_know_blocks(office: Office) -> None:
    accepted(office)

    def no_promise(plain: Plain) -> None:
        plain["clocks"].pop("promised")

    assert (
        obstacles_of(office, a_version(no_promise)) == "the clock promised is open, which the new version does not know"
    )


def test_what_was_done_once_must_not_become_possible_again(office: Office) -> None:
    case_no: str = a_case(office).case["case_no"]
    missing = [{"material": name, "what": "缺"} for name in missing_of(office, case_no)]
    done(office, case_no, "clerk1", "ask-corrections", "2026-09-02T10:00:00", missing=missing)

    def another_name(plain: Plain) -> None:
        actions = plain["states"]["received"]["actions"]
        actions["ask-for-corrections"] = actions.pop("ask-corrections")

    assert "ask-corrections was done, once and for all" in obstacles_of(office, a_version(another_name))


def missing_of(office: Office, case_no: str) -> list[str]:
    with office.work() as connection:
        terms = office.terms(connection, row_of(office, case_no).terms_digest)
    return [m.name for m in terms.materials if m.required and m.supply == "applicant"]


def test_members_who_are_gone_block(office: Office) -> None:
    case_no = accepted(office)
    given = {"inspectors": ["inspector1", "inspector2"], "planned_on": "2026-09-14"}
    done(office, case_no, "reviewer1", "plan-visit", "2026-09-07T10:00:00", **given)
    v2 = a_version(retitled)
    assert obstacles_of(office, v2) == ""
    with office.work() as connection:
        connection.exec_driver_sql(
            "update person_posts set valid_until = '2026-09-08' where person_id = 'inspector2' and department = %(d)s",
            {"d": DEPARTMENT},
        )
    assert "inspector2, named by visit-ordered.inspectors, does not hold the post" in obstacles_of(office, v2)

    def by_experts_drawn(plain: Plain) -> None:
        plain["states"]["visit-planned"]["task"]["members"] = "experts-drawn.experts"

    assert "nobody is named by experts-drawn.experts" in obstacles_of(office, a_version(by_experts_drawn))


def test_what_has_happened_stays_as_the_law_of_the_day_had_it(office: Office) -> None:
    a_case(office)  # received on 2026-09-01, nothing told by 09-04
    quicker = with_rules(correction={"n": 2, "unit": "working_day", "law": "新规定"})
    (move,) = look(office, to(a_version(retitled), quicker), at("2026-09-04T12:00:00"))
    assert "its acceptance would change: not accepted, under the new rules 2026-09-01 by deemed" in move.obstacles


def test_whoever_has_submitted_is_not_asked_for_more(office: Office) -> None:
    a_case(office)

    def under(old: Terms, _form: Mapping[str, Any], process: Process, _on: date) -> Terms | str:
        more = replace(old.materials[1], code="m99", name="新增材料", required=True, supply="applicant")
        return replace(old.pinned_to(process), materials=(*old.materials, more)).sealed()

    assert obstacles_of(office, a_version(retitled), under) == "it would be asked for more: 新增材料"


def test_an_item_that_runs_on_another_process_now_says_so(office: Office) -> None:
    a_case(office)

    def under(_old: Terms, _form: Mapping[str, Any], _process: Process, _on: date) -> Terms | str:
        return "item 02 with these answers runs on instant now"

    assert obstacles_of(office, a_version(retitled), under) == "item 02 with these answers runs on instant now"


def test_terms_that_cannot_be_read_block_one_case_and_not_the_run(office: Office) -> None:
    broken, sound = a_case(office).case["case_no"], a_case(office).case["case_no"]
    published(office, v2 := a_version(retitled))

    def under(old: Terms, form: Mapping[str, Any], process: Process, on: date) -> Terms | str:
        under.calls = getattr(under, "calls", 0) + 1  # type: ignore[attr-defined]
        return (
            with_rules(decision={"n": "x"})(old, form, process, on)
            if under.calls == 1
            else kept(old, form, process, on)
        )  # type: ignore[attr-defined]

    found = {move.case_no: move.done for move in moved(office, to(v2, under))}
    assert found == {broken: "blocked", sound: "moved"}


def test_the_newest_item_version_gives_the_terms_and_a_cancelled_item_keeps_them(office: Office) -> None:
    terms, _ = terms_02()
    v2 = a_version(retitled)
    renewed = terms_under_newest(catalog(), terms, {}, v2, NOW.date())
    assert isinstance(renewed, Terms) and renewed.process_digest == v2.digest
    gone = replace(terms, item_code="no-such-item").sealed()
    assert terms_under_newest(catalog(), gone, {}, v2, NOW.date()) == gone.pinned_to(v2)
    assert terms_under_newest(catalog(), terms, {}, replace(v2, slug="joint"), NOW.date()) == (
        "item 02 with these answers runs on on-site now"
    )


# -- the commands --------------------------------------------------------------------------------------


def command(database_url: str, *arguments: object) -> Result:
    ran = CliRunner().invoke(commands, list(map(str, arguments)), env={"DATABASE_URL": database_url})
    assert ran.exception is None or isinstance(ran.exception, SystemExit), ran.exception
    return ran


def a_folder(tmp_path: Path, old: str, new: str) -> Path:
    """Return a folder with a changed on-site process."""
    folder = tmp_path / "v2"
    folder.mkdir()
    text = (HERE / "on-site.yaml").read_text("utf-8")
    assert old in text
    (folder / "on-site.yaml").write_text(text.replace(old, new), encoding="utf-8")
    return folder


def test_publish_looks_moves_and_refuses_at_the_console(office: Office, database_url: str, tmp_path: Path) -> None:
    case_no: str = a_case(office).case["case_no"]
    folder = a_folder(tmp_path, 'version: "2026-12-01"', 'version: "2027-01-01"')
    ran = command(database_url, "publish", folder, "--because", "修订")
    assert ran.exit_code == 0 and ran.stdout.startswith("published: process on-site 2027-01-01")
    with office.work() as connection:
        assert versions.newest(connection)["on-site"].published_by.startswith("os:")
    look_only = command(database_url, "migrate", "on-site", "--keep-terms")
    assert (look_only.exit_code, look_only.stdout.split(";")[0]) == (0, f"{case_no}: can move: received")
    for arguments, says in (
        (["--apply", "--by", "catalog1"], "needs two people"),
        (["--apply", "--dry-run"], "either"),
        (["--apply", "--by", "catalog1", "--second", "catalog1"], "somebody else"),
        (["--to", "ffffffffff"], "not the beginning"),
    ):
        refused = command(database_url, "migrate", "on-site", *arguments)
        assert (refused.exit_code, refused.stdout) == (2, "") and says in refused.stderr
    applied = command(
        database_url, "migrate", "on-site", "--keep-terms", "--apply", "--by", "catalog1", "--second", "catalog2"
    )
    assert (applied.exit_code, applied.stdout.split(";")[0]) == (0, f"{case_no}: moved: received")
    assert assert_whole(office, case_no).definition_version == "2027-01-01"


def test_publish_refuses_a_folder_with_a_finding_and_changes_nothing(
    office: Office, database_url: str, tmp_path: Path
) -> None:
    folder = a_folder(tmp_path, "        marks: opinion\n", "")
    ran = command(database_url, "publish", folder)
    assert (
        ran.exit_code == 1 and "`审查意见已提交` can never hold" in ran.stdout and "nothing was published" in ran.stderr
    )
    with office.work() as connection:
        assert versions.newest(connection)["on-site"].digest == V1.digest


def test_publish_without_a_folder_publishes_what_ships(office: Office, database_url: str) -> None:
    ran = command(database_url, "publish", "--by", "catalog1")
    lines = ran.stdout.splitlines()
    assert ran.exit_code == 0 and len(lines) == len(processes()) + sum(map(len, catalog().items.values()))
    assert all(line.startswith("unchanged: process") for line in lines[: len(processes())])
    assert all(line.startswith("published: manual") for line in lines[len(processes()) :])


def test_a_mapping_file_and_a_blocked_case(office: Office, database_url: str, tmp_path: Path) -> None:
    accepted(office)
    published(office, a_version(renamed("in-review", "examining")))
    blocked = command(database_url, "migrate", "on-site", "--keep-terms")
    assert blocked.exit_code == 1 and "map it to one" in blocked.stdout
    file = tmp_path / "states.yaml"
    file.write_text("in-review: examining\n", encoding="utf-8")
    open_now = command(database_url, "migrate", "on-site", "--keep-terms", "--map", file)
    assert open_now.exit_code == 0 and "can move: in-review -> examining; due dates unchanged" in open_now.stdout
    file.write_text("- in-review\n", encoding="utf-8")
    assert command(database_url, "migrate", "on-site", "--map", file).exit_code == 2


def test_without_a_database_it_is_one_line() -> None:
    ran = CliRunner().invoke(commands, ["migrate", "on-site"], env={"DATABASE_URL": ""})
    assert ran.exit_code == 2 and "DATABASE_URL is not set" in ran.stderr
    down = CliRunner().invoke(commands, ["migrate", "on-site"], env={"DATABASE_URL": "postgresql://127.0.0.1:1/x"})
    assert down.exit_code == 1 and len(down.stderr.strip().splitlines()) == 1


def test_the_events_of_a_moved_case_can_be_read_back_in_order(office: Office) -> None:
    case_no: str = a_case(office).case["case_no"]
    published(office, v2 := a_version(retitled))
    moved(office, to(v2))
    row = row_of(office, case_no)
    with office.work() as connection:
        assert [event["seq"] for event in cases.events_of(connection, row.id)] == list(range(1, row.version + 1))
