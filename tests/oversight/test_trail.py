"""The trail is proved by a program that shares no code with us, and every way of falsifying it has a name."""

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from api.cli.main import group
from tests.infrastructure.desk import Desk
from tests.oversight.tampering import MADE_AT, body, every_right, judged, named, put
from tests.story.telling import applied, delivered, granted, proposed, visited
from workflow.casework.office import Office
from workflow.ledger import verify as verifier
from workflow.ledger.chain import canonical, link
from workflow.oversight.trail import export


def told(desk: Desk) -> str:
    """Return a granted and delivered case of a quiet office with another one beside it."""
    case_no = applied(desk, "26")
    desk.done(case_no, "clerk1", "accept")
    visited(desk, case_no)
    proposed(desk, case_no)
    granted(desk, case_no)
    delivered(desk, case_no)
    other = applied(desk, "26")
    desk.done(other, "clerk1", "accept")
    return case_no


def test_a_clean_trail_raises_nothing(desk: Desk) -> None:
    told(desk)
    code, report = judged(desk.office)
    assert (code, report["findings"], report["cannot_tell"]) == (0, [], "")
    assert report["cases"] == 3 and report["decided"] == report["within_statutory_limit"] == 1


def test_every_falsified_event_is_named(desk: Desk) -> None:
    case_no = told(desk)
    of_the_case = "from cases c where c.id = case_id and c.case_no = %(no)s"
    with every_right(desk.office) as connection:  # edited
        event = body(connection, case_no, 4)
        put(connection, case_no, 4, {**event, "actor": {**event["actor"], "name": "别人"}})
        assert named(connection)[0] == ("hash", case_no, 4)
    with every_right(desk.office) as connection:  # edited and hashed anew: the next one no longer follows
        event = body(connection, case_no, 4)
        event = {**event, "actor": {**event["actor"], "name": "别人"}}
        put(connection, case_no, 4, {**event, "hash": link(event)})
        assert named(connection) == [("link", case_no, 5)]
    with every_right(desk.office) as connection:  # the last one hashed anew: the head misses it
        last = connection.exec_driver_sql(
            "select version from cases where case_no = %(n)s", {"n": case_no}
        ).scalar_one()
        event = {**body(connection, case_no, last), "at": "2026-09-02T09:00:00+08:00"}
        put(connection, case_no, last, {**event, "hash": link(event)})
        assert named(connection) == [("head", case_no, last)]
    for seq, place in ((4, ("gap", case_no, 4)), (last, ("head", case_no, last - 1)), (1, ("gap", case_no, 1))):
        with every_right(desk.office) as connection:  # deleted in the middle, at the end, at the beginning
            connection.exec_driver_sql(f"delete from events using {of_the_case[5:]} and seq = {seq}", {"no": case_no})
            assert named(connection) == [place]
    with every_right(desk.office) as connection:  # two swapped
        four, five = body(connection, case_no, 4), body(connection, case_no, 5)
        put(connection, case_no, 4, five)
        put(connection, case_no, 5, four)
        assert named(connection)[0] == ("gap", case_no, 4)
    with every_right(desk.office) as connection:  # moved to another case
        connection.exec_driver_sql(
            f"update events set case_id = (select max(id) from cases), seq = 99 {of_the_case} and seq = 4",
            {"no": case_no},
        )
        found = named(connection)
        assert ("gap", case_no, 4) in found and "case" in [kind for kind, where, _ in found if where != case_no]


def test_a_row_changed_alone_is_named(desk: Desk) -> None:
    case_no = told(desk)
    for change, kind in (
        ("statutory_due = statutory_due + 1", "date"),
        ("promised_due = null", "date"),
        ("accepted_on = accepted_on - 1", "date"),
        ("decided_on = decided_on - 1", "date"),
        ("received_at = received_at - interval '1 day'", "date"),
        ("state = 'in-review'", "row"),
        ("outcome = 'refused'", "row"),
        ("alert = 'red'", "row"),
        ("owner = 'applicant2'", "row"),
        ("form = form || '{\"x\": 1}'", "row"),
        ('applicant = applicant || \'{"name": "x"}\'', "row"),
        ("snapshot = jsonb_set(snapshot, '{people}', '{}')", "fold"),
        ("snapshot = jsonb_set(snapshot, '{facts,0,at}', '\"2026-08-01T09:00:00+08:00\"')", "fold"),
        ("head = repeat('a', 64)", "head"),
        ("version = version + 1", "head"),
    ):
        with every_right(desk.office) as connection:
            connection.exec_driver_sql(f"update cases set {change} where case_no = %(no)s", {"no": case_no})
            assert {found[:2] for found in named(connection)} == {(kind, case_no)}, change
    assert judged(desk.office)[0] == 0


def test_what_stands_beside_a_case_is_held_to_its_events(desk: Desk) -> None:
    told(desk)
    for change, kind in (
        ("delete from decisions", "row"),
        ("update documents set no = no || 'x' where id = 2", "row"),
        ("update permits set status = 'revoked'", "row"),
        ("update permits set valid_until = valid_until + 365", "row"),
        ("update number_counters set last = last + 1", "document-number"),
        ("update number_counters set last = last - 1 where last > 1", "document-number"),
        ("update process_versions set body = replace(body, '受理', '收理')", "process"),
        ("update terms set body = jsonb_set(body, '{rules,decision,n}', '99')", "terms"),
        ("update calendar_versions set body = jsonb_set(body, '{worked}', '[]')", "calendar"),
        ("update events set at = at - interval '1 day' where seq = 3", "row"),
        (
            "insert into events select 999, seq, type, at, actor_id, hash, body from events where seq = 3 and case_id = 1",
            "count",
        ),
    ):
        with every_right(desk.office) as connection:
            for table in ("calendar_versions", "documents"):
                connection.exec_driver_sql(f"alter table {table} disable trigger all")
            connection.exec_driver_sql(change)
            assert kind in {found[0] for found in named(connection)}, change


def test_a_whole_case_taken_out_leaves_holes_in_the_numbers_of_papers(desk: Desk) -> None:
    case_no = told(desk)
    with every_right(desk.office) as connection:
        run = connection.exec_driver_sql
        run("delete from permits")
        run("delete from events using cases c where c.id = case_id and c.case_no = %(no)s", {"no": case_no})
        run("delete from cases where case_no = %(no)s", {"no": case_no})
        assert ("document-number", "", None) in named(connection)


def test_a_forged_chain_that_takes_no_edge_is_named(desk: Desk) -> None:
    """Every hash fits, the fold fits; only the process has no such way."""
    case_no = told(desk)
    lines = list(export(desk.office.engine, made_at=MADE_AT))
    forged, previous, renamed = [], None, False
    for line in lines:
        entry = json.loads(line)
        if entry[0] == "event" and entry[2]["case_no"] == case_no:
            event = entry[2]
            if event["type"] == "accept":
                event["type"], renamed = "wave-through", True
            event["prev_hash"] = previous or event["prev_hash"]
            previous = link(event)
            line = b'["event","' + previous.encode() + b'",' + canonical(event) + b"]\n"
        elif entry[0] == "case" and entry[1]["case_no"] == case_no:
            where = len(forged)
        forged.append(line)
    assert renamed
    row = json.loads(forged[where])
    row[1]["head"] = row[1]["snapshot"]["head"] = previous
    row[1]["snapshot"]["used"]["wave-through"] = row[1]["snapshot"]["used"].pop("accept")
    forged[where] = json.dumps(row).encode() + b"\n"
    code, report = verifier.verify(forged)
    assert code == 1 and report["findings"][0]["kind"] == "edge", report


def test_an_export_that_is_cut_off_cannot_be_judged(desk: Desk, tmp_path: Path) -> None:
    told(desk)
    lines = list(export(desk.office.engine, made_at=MADE_AT))
    assert verifier.verify(lines)[0] == 0
    assert verifier.verify(lines[:-1])[0] == verifier.verify([])[0] == verifier.verify([b"hello\n"])[0] == 2
    without = [line for line in lines if not line.startswith(b'["process"')]
    code, report = verifier.verify(without)
    assert code == 2 and "process version" in report["cannot_tell"]


def test_the_verifier_runs_alone_on_the_standard_library(desk: Desk, database_url: str, tmp_path: Path) -> None:
    told(desk)
    source = Path(verifier.__file__).read_text(encoding="utf-8")
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(source))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported <= set(sys.stdlib_module_names)
    alone = tmp_path / "court" / "verify.py"
    alone.parent.mkdir()
    alone.write_text(source, encoding="utf-8")
    environment = {"DATABASE_URL": database_url}
    for name in ("trail.jsonl", "trail.jsonl.gz"):
        made = CliRunner().invoke(group, ["audit", "export", str(tmp_path / name)], env=environment)
        assert made.exit_code == 0, made.output
        ran = subprocess.run(
            [sys.executable, "-I", "-S", str(alone), f"--heads={tmp_path}/heads", str(tmp_path / name)],
            capture_output=True,
            text=True,
            cwd=alone.parent,
        )
        assert ran.returncode == 0 and "nothing false was found" in ran.stdout, ran
    assert len((tmp_path / "heads").read_text().splitlines()) == 3
    here = CliRunner().invoke(group, ["audit", "verify", "--export", str(tmp_path / "trail.jsonl")])
    there = CliRunner().invoke(group, ["audit", "verify"], env=environment)
    assert (here.exit_code, there.exit_code) == (0, 0) and here.output == there.output


def test_the_command_says_by_its_exit_whether_it_could_tell(office: Office, database_url: str, tmp_path: Path) -> None:
    def run(*words: str, url: str = database_url) -> Any:
        return CliRunner().invoke(group, ["audit", *words], env={"DATABASE_URL": url})

    assert run("verify").exit_code == 0
    with office.work() as connection:
        connection.exec_driver_sql("update process_versions set body = '{}' where slug = 'permit'")
    assert run("verify").exit_code == 1
    assert run("verify", "--export", str(tmp_path / "none")).exit_code == 2
    (tmp_path / "some").write_text("something")
    assert run("verify", "--export", str(tmp_path / "some")).exit_code == 2
    assert run("verify", url="postgresql://127.0.0.1:1/x").exit_code == 2
    assert run("export", str(tmp_path / "none" / "x")).exit_code == 2
