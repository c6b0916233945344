"""Random walks through every process: legal and illegal commands by everybody, against real PostgreSQL.

After every step the whole office is checked (tests/story/holding.py); at the end of a walk the worker comes to rest
and everything is checked once more from the first event. A longer hunt: BANJIAN_WALKS=50 BANJIAN_WALK_SEED=7.
"""

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from zlib import crc32

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, note, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from service_catalog.catalog import catalog
from service_catalog.lifecycle import OPERATIONS
from tests.story.holding import AUTOMATIC, Ledger
from tests.story.walking import (
    EVERYBODY,
    OVERSEERS,
    POSTS,
    UNSEEN,
    Draw,
    Saying,
    Town,
    acts_in_full,
    applications,
    forms_of,
    holders,
    key_of,
    permit_operations,
    reads_in,
    spoiled_application,
)
from workflow.casework.errors import RefusedError
from workflow.casework.masking import mask_applicant
from workflow.definitions.loader import processes
from workflow.engine.dates import SHANGHAI
from workflow.engine.model import Process, State
from workflow.engine.roles import open_recusals
from workflow.store.connect import Row

WALKS = int(os.environ.get("BANJIAN_WALKS", "4"))
SEED = int(os.environ.get("BANJIAN_WALK_SEED", "0"))
STEPS = 60
OPEN_MAX = 4
BEGIN = datetime(2026, 9, 1, 9, tzinfo=SHANGHAI)
WALKING = settings(
    max_examples=WALKS,
    stateful_step_count=STEPS,
    phases=[Phase.generate],  # a walk is read from its notes; making it shorter would take minutes
    suppress_health_check=list(HealthCheck),
    deadline=None,
    print_blob=False,
    database=None,
)
BY_PROCESS: Mapping[str, list[str]] = {
    slug: [item.code for item in catalog().all() if item.process == slug]
    for slug, process in processes().items()
    if process.kind == "procedure"
}
PROBES = ("", "/clocks", "/events", "/documents", "/materials", "/form", "/actions")
HEADERS_WRONG: tuple[dict[str, str], ...] = (
    {},
    {"If-Match": "3"},
    {"If-Match": '"-1"'},
    {"If-Match": "*"},
    {"If-Match": '"999999999"'},
)
FILES_WRONG = (
    ("材料.exe", b"MZ"),
    ("a.pdf", b""),
    ("a.pdf", b"\x89PNG\r\n\x1a\n"),
    ("..", b"%PDF-"),
    ("x" * 300, b"%PDF-"),
)

CASES = "select id, case_no, process, state, owner, version, item_code, operation from cases where {} order by id"
ALL_CASES = CASES.format("true")
OPEN_CASES = CASES.format("kind <> 'permit' and phase <> 'ended'")
LINKS = ("case_no", "state", "state_name")  # of a branch, for who may open it
WEIGHTS = {
    "a_case_goes_on": 12,
    "somebody_applies": 2,
    "time_passes": 3,
    "the_worker_does_its_part": 2,
    "somebody_tries_what_is_not_theirs_to_do": 3,
    "somebody_says_something_wrong": 3,
    "somebody_sends_a_crooked_request": 1,
    "two_act_on_what_both_have_seen": 1,
    "a_request_comes_twice": 1,
    "work_changes_hands": 2,
    "somebody_should_stay_away": 1,
    "somebody_looks": 1,
    "something_is_asked_of_a_permit": 1,
}


@pytest.fixture
def town(app: Flask, server: str, worker_name: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    """The office everybody walks through."""
    yield Town(app, server, f"t_{worker_name}", monkeypatch)


class Walk(RuleBasedStateMachine):
    """One walk. seen: what happened in all walks of this test, to know that they went somewhere."""

    town: Town
    codes: list[str]
    weights: Mapping[str, int] = WEIGHTS
    seen: Counter[str]

    def __init__(self) -> None:
        super().__init__()
        self.seen["-- walks"] += 1
        self.town.begin(BEGIN)
        self.ledger = Ledger(self.town.office)
        self.is_sound = True

    # -- what may happen --------------------------------------------------------------------------

    @initialize(data=st.data())
    def the_first_application(self, data: Any) -> None:
        self._apply(data.draw, soundly=True)

    @rule(data=st.data())
    def something_happens(self, data: Any) -> None:
        """One rule, so that nothing is ever left out of a walk, and each thing happens as often as its weight says."""
        what = data.draw(st.sampled_from([what for what, weight in self.weights.items() for _ in range(weight)]))
        note(f"-- {what}")
        self.seen[f"- {what}"] += 1
        getattr(self, what)(data.draw)

    def somebody_applies(self, draw: Draw) -> None:
        if len(self._open()) < OPEN_MAX:
            self._apply(draw)

    def a_case_goes_on(self, draw: Draw) -> None:
        self._go_on(draw, draw(st.sampled_from((2, 4, 6, 10))))

    def time_passes(self, draw: Draw) -> None:
        days = draw(st.sampled_from((0, 0, 1, 1, 2, 3, 5, 8, 13, 20, 40)))
        moment = self.town.now() + timedelta(days=days, minutes=draw(st.integers(1, 600)))
        note(f"{days} days pass")
        self.town.set(moment)
        if draw(st.booleans()):
            self._rest()

    def the_worker_does_its_part(self, draw: Draw) -> None:
        self._rest()

    def somebody_tries_what_is_not_theirs_to_do(self, draw: Draw) -> None:
        row = draw(st.sampled_from(self.town.rows(ALL_CASES)))
        process = self._process(row)
        elsewhere = sorted(process.action_names() | {"no-such-action", *UNSEEN})
        who, action = draw(st.sampled_from((*EVERYBODY, "stranger"))), draw(st.sampled_from(elsewhere))
        edge = process.find(row.state, action)
        said = Saying(draw, self.town.now(), ())
        shape = {"properties": {ask.name: {"type": "string"} for ask in edge.asks}} if edge else {"properties": {}}
        status, _ = self._act(row, who, action, said.well(shape))
        if edge is None or edge.is_automatic:
            assert status != 200 or self._law_went_first(row), f"{who} did {action} at {row.state}"

    def somebody_says_something_wrong(self, draw: Draw) -> None:
        found = self._somebody_with_work(draw)
        if found is None:
            return
        row, who, item, said = found
        told, is_hopeless = said.badly(item["schema"])
        status, answer = self._act(row, who, item["action"], told)
        assert status != 200 or not is_hopeless, f"{item['action']} passed with {told}: {answer}"

    def somebody_sends_a_crooked_request(self, draw: Draw) -> None:
        found = self._somebody_with_work(draw)
        if found is None:
            return
        row, who, item, said = found
        path = f"/api/v1/cases/{row.case_no}/actions/{item['action']}"
        fit = said.well(item["schema"])
        before = self.town.stand()
        good = {"If-Match": f'"{row.version}"'}
        ways: list[tuple[Any, dict[str, str], bytes | None]] = [
            *((({"data": fit}), headers, None) for headers in HEADERS_WRONG),
            ({"data": fit, "version": 1}, good, None),
            ({"data": fit, "opinion": "x" * 4001}, good, None),
            ({"data": fit, "opinion": ["x"]}, good, None),
            ({"data": fit}, {**good, "Idempotency-Key": "a b"}, None),
            ({"data": fit}, {"If-Match": f'"{row.version - 1}"'}, None),
            (None, good, b'{"data": {"a": NaN}}'),
            (None, good, b'{"data": {}, "data": {}}'),
            (None, good, b"[" * 40),
            (None, good, b'{"data": {"note": "\\ud800"}}'),
            (None, good, b'{"data": "\xff"}'),
        ]
        body, headers, raw = draw(st.sampled_from(ways))
        status, answer = self.town.ask("POST", path, who, body, headers, raw=raw)
        self.seen[f"{status}"] += 1
        assert status >= 400, (status, answer)
        assert self.town.stand() == before, f"a crooked request changed something: {answer}"

    def two_act_on_what_both_have_seen(self, draw: Draw) -> None:
        found = self._somebody_with_work(draw)
        if found is None:
            return
        row, who, item, said = found
        fit = said.well(item["schema"])
        status, _ = self._act(row, who, item["action"], fit)
        if status != 200:
            return
        other = draw(st.sampled_from(EVERYBODY))
        status, answer = self._act(row, other, item["action"], fit)
        assert status != 200, f"both went through at version {row.version}"
        assert status != 412 or answer["current_version"] > row.version

    def a_request_comes_twice(self, draw: Draw) -> None:
        found = self._somebody_with_work(draw)
        if found is None:
            return
        row, who, item, said = found
        fit, key = said.well(item["schema"]), key_of(draw)
        status, first = self._act(row, who, item["action"], fit, key=key)
        before = self.town.stand()
        status_again, again = self._act(row, who, item["action"], fit, key=key)
        if status == 200 and status_again == 404:
            assert not self._sees(row, who), f"{who} retried {item['action']} and should have been answered: {again}"
            return
        if status == 200:
            assert (status_again, again) == (200, first), "a retry was answered otherwise"
        assert self.town.stand() == before, "a retry changed something"
        if status == 200:
            status, answer = self._act(row, who, item["action"], {**fit, "more": "x"}, key=key)
            assert (status, answer["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")

    def work_changes_hands(self, draw: Draw) -> None:
        tasks = self.town.rows("select id, post, assignee, closed_at from tasks order by id")
        task = draw(st.sampled_from([*[one for one in tasks if one.closed_at is None] * 4, *tasks]))
        who = draw(st.sampled_from((task.assignee or "clerk1", *holders(task.post), *EVERYBODY)))
        verb = draw(st.sampled_from(("claim", "claim", "release", "transfer")))
        body = (
            {"to": draw(st.sampled_from((*holders(task.post), *EVERYBODY, "nobody")))} if verb == "transfer" else None
        )
        before = self.town.stand()
        status, _ = self.town.ask("POST", f"/api/v1/tasks/{task.id}/{verb}", who, body)
        self.seen[f"{verb} {status}"] += 1
        if status != 200:
            assert self.town.stand() == before, f"{verb} was refused, yet something changed"
        elif verb == "claim":
            assert task.closed_at is None and task.post in POSTS.get(who, ()), f"{who} claimed a task of {task.post}"

    def somebody_should_stay_away(self, draw: Draw) -> None:
        """Ask for a recusal, or declare one; mostly the head decides at once, and decides what was left open before."""
        found = self._open()
        if not found:
            return
        row = draw(st.sampled_from(found))
        who = draw(st.sampled_from(sorted(POSTS)))
        by = draw(st.sampled_from((row.owner or who, who, "clerk1", "applicant2")))
        said = {"ground": draw(st.sampled_from(("interest", "kin", "unit", "other"))), "reason": "亲属"}
        action = "declare-recusal" if by == who else "request-recusal"
        self._act(row, by, action, said | ({} if by == who else {"who": who}))
        if draw(st.integers(0, 3)) == 3:
            return
        for person in open_recusals(self.ledger.case(row.id)):
            verb = draw(st.sampled_from(("uphold-recusal", "reject-recusal", "reject-recusal")))
            for head in ("head1", "govhead1"):
                if self._row(row.case_no).state != row.state:
                    return
                told = {"who": person, "reasons": "经查属实"}
                status, _ = self._act(self._row(row.case_no), head, verb, told)
                self.seen[f"{verb} {status}"] += 1
                if status == 200 and verb == "uphold-recusal":
                    self._is_gone(row.case_no, person)

    def _is_gone(self, case_no: str, person: str) -> None:
        """Who was kept out reads and does nothing any more."""
        row = self._row(case_no)
        if row.owner == person:
            return
        for probe in PROBES:
            status, _ = self.town.ask("GET", f"/api/v1/cases/{case_no}{probe}", person)
            assert status == 404, f"{person} was kept out of {case_no} and reads {probe}"
        assert self._act(row, person, "urge", {"note": "x"})[0] == 404

    def somebody_looks(self, draw: Draw) -> None:
        row = draw(st.sampled_from(self.town.rows(ALL_CASES)))
        who = draw(st.sampled_from((*EVERYBODY, "stranger")))
        status, _ = self.town.ask("GET", f"/api/v1/cases/{row.case_no}{draw(st.sampled_from(PROBES))}", who)
        assert status in (200, 401, 404)
        queue = draw(st.sampled_from(("mine", "available", "department")))
        self.town.ask(
            "GET", draw(st.sampled_from((f"/api/v1/tasks?queue={queue}", "/api/v1/permits", "/api/v1/cases"))), who
        )

    def something_is_asked_of_a_permit(self, draw: Draw) -> None:
        permits = self.town.rows("select permit_no, item_code, owner from permits order by id")
        if not permits:
            return
        permit = draw(st.sampled_from(permits))
        words = permit_operations(permit.item_code)
        operation = draw(
            st.sampled_from((*words, "suspend", "reinstate", "withdraw", "revoke", "forfeit", "cancel", "polish"))
        )
        is_holders = operation in words and (operation != "cancel" or draw(st.booleans()))
        fitting = (permit.owner or "clerk1", "clerk1") if is_holders else ("reviewer1", "reviewer2")
        who = draw(st.sampled_from(fitting if draw(st.integers(0, 4)) < 4 else EVERYBODY))
        form: dict[str, Any] = {}
        if is_holders:
            form = draw(st.sampled_from((*forms_of(permit.item_code, OPERATIONS[operation]), {})))
        body = {"form": form, "submit": draw(st.integers(0, 3)) == 3}
        before = self.town.stand()
        path, key = f"/api/v1/permits/{permit.permit_no}/{operation}", {"Idempotency-Key": key_of(draw)}
        status, case = self.town.ask("POST", path, who, body, key)
        self.seen[f"{operation} {status}"] += 1
        assert status == 201 or self.town.stand() == before, "a refused request changed something"
        if status == 201:
            again = self.town.ask("POST", path, who, body, key)
            assert again == (201, case), f"a retry was answered otherwise: {again}"
        if status == 201 and case["state"] == "draft" and draw(st.booleans()):
            self._complete(draw, case["case_no"], permit.owner or "clerk1", everything=True)

    # -- what has to hold -------------------------------------------------------------------------

    @invariant()
    def everything_holds(self) -> None:
        self._look()

    def teardown(self) -> None:
        if not self.is_sound:
            return
        self._rest()
        whole = Ledger(self.town.office)
        whole.check(self.town.now(), at_rest=True)
        for known in whole.known.values():
            for event in known.events:
                self.seen[f"{known.case.process} {event['type']}"] += 1

    # -- how it is done ---------------------------------------------------------------------------

    def _look(self) -> None:
        self.is_sound = False
        self.ledger.check(self.town.now())
        self.is_sound = True

    def _rest(self) -> None:
        self.is_sound = False
        self.town.rest()
        self.ledger.check(self.town.now(), at_rest=True)
        self.is_sound = True

    def _open(self) -> list[Row]:
        return list(self.town.rows(OPEN_CASES))

    def _process(self, row: Row) -> Process:
        return processes()[row.process]

    def _apply(self, draw: Draw, *, soundly: bool = False) -> None:
        code = draw(st.sampled_from(self.codes))
        body = applications(draw, code)
        who = draw(st.sampled_from(("applicant1", "applicant1", "applicant2", "clerk1")))
        if not soundly and draw(st.integers(0, 9)) == 9:
            body, who = spoiled_application(draw, body), draw(st.sampled_from(("applicant1", "clerk1", "reviewer1")))
            before = self.town.stand()
            status, _ = self.town.ask("POST", "/api/v1/cases", who, body)
            assert status == 201 or self.town.stand() == before
            return
        key = key_of(draw)
        status, case = self.town.ask("POST", "/api/v1/cases", who, body, {"Idempotency-Key": key})
        self.seen[f"apply {status}"] += 1
        if status != 201:
            assert status in (409, 422), case
            return
        again = self.town.ask("POST", "/api/v1/cases", who, body, {"Idempotency-Key": key})
        assert again == (201, case), "a retry opened another case"
        if not body["submit"]:
            self._complete(draw, case["case_no"], who, everything=draw(st.integers(0, 4)) > 0)

    def _complete(self, draw: Draw, case_no: str, who: str, *, everything: bool) -> None:
        """Hand in what is asked for, or some of it, and submit."""
        missing = self.town.missing(case_no, who)
        for name in missing if everything else missing[: draw(st.integers(0, len(missing)))]:
            self.town.hand_in(case_no, who, name)
        self._look()
        row = self._row(case_no)
        self._act(row, who, "submit", {"wants_a_person": True} if draw(st.integers(0, 7)) == 7 else {})

    def _row(self, case_no: str) -> Row:
        return next(row for row in self.town.rows(ALL_CASES) if row.case_no == case_no)

    def _go_on(self, draw: Draw, steps: int) -> None:
        """Let those whose turn it is do what they may, one after another, on one case."""
        found = self._open()
        if not found:
            self._apply(draw)
            return
        case_no = draw(st.sampled_from(found)).case_no
        for _ in range(steps):
            if draw(st.integers(0, 5)) == 5:
                self._rest()
            row = next((row for row in self._open() if row.case_no == case_no), None)
            if row is None:
                return
            if row.state == "awaiting-corrections" and draw(st.booleans()):
                self._correct(draw, row)
                continue
            work = self._work(draw, row)
            if work is None:
                continue
            who, item, said = work
            self._do(draw, row, who, item, said)

    def _correct(self, draw: Draw, row: Row) -> None:
        """Supply what the notice of corrections lists."""
        who = row.owner or "clerk1"
        notice = self.ledger.case(row.id).marks["correction-asked"]["given"]["missing"]
        _, listed = self.town.ask("GET", f"/api/v1/cases/{row.case_no}/materials", who)
        asked_for = {entry["material"] for entry in notice}
        for material in listed["items"]:
            if asked_for & {material["name"], material["code"]}:
                try:
                    self.town.hand_in(row.case_no, who, material["name"])
                except RefusedError:  # the period had run out, though nobody had said so yet
                    return
        self._amend(draw, self._row(row.case_no), who)
        self._act(self._row(row.case_no), who, "resubmit", {})

    def _amend(self, draw: Draw, row: Row, who: str) -> None:
        """Send another form."""
        form = draw(st.sampled_from(forms_of(row.item_code, row.operation or "")))
        headers = {"If-Match": f'"{row.version}"'}
        self.town.ask("PUT", f"/api/v1/cases/{row.case_no}/form", who, {"form": form}, headers)

    def _do(self, draw: Draw, row: Row, who: str, item: Mapping[str, Any], said: Saying) -> None:
        """Do it as it should be done."""
        if item["takes"] == "material":
            wrong = draw(st.sampled_from((None, None, None, *FILES_WRONG)))
            file_name, content = wrong or ("材料.pdf", b"%PDF-1.4 x")
            name = draw(st.sampled_from((*said.materials, "没有的材料")))
            before = self.town.stand()
            status, _ = self.town.upload(row.case_no, who, name, file_name, content)
            assert status == 201 or self.town.stand() == before
            return
        if item["action"] == "amend-form":
            self._amend(draw, row, who)
            return
        self._act(row, who, item["action"], said.well(item["schema"]), opinion=draw(st.sampled_from(("", "拟同意"))))

    def _somebody_with_work(self, draw: Draw) -> tuple[Row, str, Mapping[str, Any], Saying] | None:
        found = self._open()
        if not found:
            return None
        row = draw(st.sampled_from(found))
        work = self._work(draw, row)
        return None if work is None else (row, *work)

    def _work(self, draw: Draw, row: Row) -> tuple[str, Mapping[str, Any], Saying] | None:
        """Return who could do what on this case now, as the office itself tells them; None if it tells them nothing."""
        state = self._process(row).states[row.state]
        who = draw(st.sampled_from(self._whose_turn(row, state)))
        status, listed = self.town.ask("GET", f"/api/v1/cases/{row.case_no}/actions", who)
        if status != 200 or not listed["items"]:
            return None
        assert listed["version"] == row.version
        worthy = self._worthy(draw, row, state, listed["items"])
        if not worthy:
            return None
        item = draw(st.sampled_from(worthy))
        reader = row.owner or "auditor1"
        wanted = item["takes"] == "material" or "missing" in item["schema"]["properties"]
        materials = self.town.missing(row.case_no, reader) if wanted else ()
        return who, item, Saying(draw, self.town.now(), materials)

    def _whose_turn(self, row: Row, state: State) -> list[str]:
        """Return people, those whose task it is most often."""
        task = next(iter(self.town.rows(f"select * from tasks where case_id = {row.id} and closed_at is null")), None)
        posts = {post for action in state.actions.values() for post in action.by} - AUTOMATIC
        people = [one for post in sorted(posts) for one in holders(post)]
        if row.owner:
            people.append(row.owner)
        if task is None:
            return people or ["clerk1"]
        if task.members is not None:
            return people + task.members * 8
        first = [task.assignee] if task.assignee else holders(task.post) if task.post != "applicant" else ["clerk1"]
        return people + first * (1 + 3 * len(people) // len(first))

    def _act(
        self, row: Row, who: str, action: str, told: Any, *, key: str | None = None, opinion: str = ""
    ) -> tuple[int, Any]:
        """Return (status, answer). A refusal changes nothing; a success is what everybody reads afterwards."""
        headers = {"If-Match": f'"{row.version}"'} | ({"Idempotency-Key": key} if key else {})
        body = {"data": told} | ({"opinion": opinion} if opinion else {})
        before = self.town.stand()
        status, answer = self.town.ask("POST", f"/api/v1/cases/{row.case_no}/actions/{action}", who, body, headers)
        self.seen[f"{status}"] += 1
        if status != 200:
            note(f"   {answer['code']}: {answer['detail']}")
            assert self.town.stand() == before, f"{action} was refused, yet something changed: {answer}"
            return status, answer
        self._look()
        if key is None:
            self._reads_alike(row, who, action, answer)
        return status, answer

    def _reads_alike(self, row: Row, who: str, action: str, answer: Mapping[str, Any]) -> None:
        """What was answered is what is read: by the one who acted, or, where the act took it from their eyes, by others."""
        status, read = self.town.ask("GET", f"/api/v1/cases/{row.case_no}", who)
        if status != 200:
            assert status == 404 and not self._sees(row, who), f"{who} did {action} and should still read it: {read}"
            status, read = self._read_by_another(row)
            if status != 200:
                return
        shown, seen = answer["applicant"], read["applicant"]
        if acts_in_full(who, row.owner, action):
            assert seen in (shown, mask_applicant(shown)), f"{action} was answered with {answer}, and reads {read}"
        else:
            assert shown == mask_applicant(seen), f"{action} is done masked, and was answered with {answer}"
        assert {**_without_links(read), "applicant": shown} == _without_links(answer), (
            f"{action} was answered with {answer}, and reads {read}"
        )

    def _read_by_another(self, row: Row) -> tuple[int, Any]:
        """Return what the owner reads, or one of those who oversee everything; 404 if all were kept out of the case."""
        for reader in (*([row.owner] if row.owner else []), *OVERSEERS):
            status, read = self.town.ask("GET", f"/api/v1/cases/{row.case_no}", reader)
            if status == 200:
                return status, read
            assert self.town.is_kept_out(row.id, reader), f"{reader} should read {row.case_no}: {read}"
        return 404, None

    def _sees(self, row: Row, who: str) -> bool:
        """Return True if this person has to be able to read the case now. Who reads only what is assigned may, or may not."""
        if who == row.owner:
            return True
        (now_in,) = self.town.rows(f"select phase from cases where id = {row.id}")
        return reads_in(who, now_in.phase) and not self.town.is_kept_out(row.id, who)

    def _worthy(self, draw: Draw, row: Row, state: State, items: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """Return the actions that lead on, mostly to where the case has not been; the others only now and then."""
        if draw(st.integers(0, 15)) == 15:
            return items
        been = {event["to"] for event in self.ledger.events(row.id)}
        states = (state, *self._process(row).states.values())  # the law may have gone first: then it is another's edge
        lead = [
            (item, next(one.actions[item["action"]].then for one in states if item["action"] in one.actions))
            for item in items
            if item["action"] not in ASIDE
        ]
        return [item for item, then in lead for _ in range(1 if then in been else 4)]

    def _law_went_first(self, row: Row) -> bool:
        """Return True if a clock had acted before: then the edge was one of the state after that."""
        now_at = self._row(row.case_no)
        return now_at.version > row.version + 1


# What cuts a case short, and what leaves it where it is.
ASIDE = frozenset(
    {"withdraw", "terminate", "not-needed", "not-accepted", "refuse-for-fraud", "discard", "refuse-filing", "drop"}
    | {"urge", "remind", "add-material", "amend-form", "agree-to-electronic-service", "end-electronic-service"}
    | {
        "declare-recusal",
        "request-recusal",
        "uphold-recusal",
        "reject-recusal",
        "reassign-visit",
        "reassign-verification",
    }
)


def _without_links(case: Mapping[str, Any]) -> dict[str, Any]:
    """Return a case without what only a reader is shown, as far as they may open it: its joint case, its branches' states."""
    branches = [{key: value for key, value in one.items() if key not in LINKS} for one in case["branches"]]
    return {key: value for key, value in case.items() if key != "joint_case"} | {"branches": branches}


class PermitWalk(Walk):
    """A walk among permits near the end of their validity: renewals, changes, what the office does by itself."""

    weights: Mapping[str, int] = {
        **WEIGHTS,
        "somebody_applies": 1,
        "something_is_asked_of_a_permit": 7,
        "time_passes": 4,
    }

    @initialize(data=st.data())
    def the_first_application(self, data: Any) -> None:
        draw = data.draw
        for code in draw(st.sampled_from((self.codes[:1], self.codes[1:], self.codes))):
            self._grant(draw, code)
        until = self.town.rows("select min(valid_until) as first from permits")[0].first
        days = draw(st.sampled_from((3, 12, 31, 40, 60, 75, 120)))
        self.town.set(max(BEGIN, datetime.combine(until - timedelta(days=days), BEGIN.timetz())))
        self._rest()

    def _grant(self, draw: Draw, code: str) -> None:
        """Let a permit be granted the straight way."""
        body = {**applications(draw, code), "form": forms_of(code)[0], "submit": False}
        status, case = self.town.ask("POST", "/api/v1/cases", "applicant1", body)
        assert status == 201, case
        case_no = case["case_no"]
        self._complete(draw, case_no, "applicant1", everything=True)
        is_visited = "visit-planned" in processes()[case["process"]].states
        for who, action, told in (("clerk1", "accept", {}), *(VISIT if is_visited else ()), *DECISION):
            status, answer = self._act(self._row(case_no), who, action, told)
            assert status == 200, (action, answer)


VISIT: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("reviewer1", "plan-visit", {"inspectors": ["inspector1", "inspector2"], "planned_on": "2026-09-02"}),
    ("inspector1", "start-visit", {}),
    ("inspector1", "record-visit", {"conclusion": "pass", "findings": "如实记录"}),
    ("inspector2", "confirm-pass", {}),
)
DECISION: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("reviewer1", "propose", {"conclusion": "grant", "findings": "依照标准审查"}),
    ("approver1", "ask-legal-review", {}),
    ("legal1", "pass-legal-review", {"finding": "程序合法"}),
    ("approver1", "grant", {}),
    ("clerk1", "deliver", {"mode": "counter", "recipient": "张三"}),
)
PERMITTED = ["26", "16", "29", "12"]


def walked(town: Town, name: str, codes: list[str], walk: type[Walk] = Walk) -> Counter[str]:
    """Walk; return what was seen."""
    seen: Counter[str] = Counter()
    kind = type(f"Walk_{name}", (walk,), {"town": town, "codes": codes, "seen": seen})
    run_state_machine_as_test(seed(SEED + crc32(name.encode()))(kind), settings=WALKING)
    if os.environ.get("BANJIAN_WALK_TOLD"):
        print(name, sorted(seen.items()))
    return seen


@pytest.mark.parametrize("process", BY_PROCESS)
def test_whatever_people_try_in_a_process_everything_holds(town: Town, process: str) -> None:
    seen = walked(town, process, BY_PROCESS[process])
    assert seen["200"] > 20 * WALKS and seen["403"] + seen["409"] + seen["422"] > 3 * WALKS, seen


def test_whatever_people_try_with_permits_everything_holds(town: Town) -> None:
    seen = walked(town, "permit", PERMITTED, PermitWalk)
    lives = sum(count for what, count in seen.items() if what.startswith("permit ") and what != "permit open")
    assert lives and seen["200"] > 20 * WALKS, seen
