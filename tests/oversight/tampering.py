"""Somebody with every right on the database, and what the verifier says afterwards."""

import contextlib
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from workflow.casework.office import Office
from workflow.engine.dates import SHANGHAI
from workflow.ledger.verify import verify
from workflow.oversight.trail import export, lines
from workflow.store.connect import Connection, transaction

MADE_AT = datetime(2030, 1, 1, tzinfo=SHANGHAI)
BODY = "select body from events e join cases c on c.id = e.case_id where c.case_no = %(no)s and e.seq = %(seq)s"
PUT = """
update events set body = %(body)s::jsonb, hash = %(hash)s, type = %(type)s, at = %(at)s from cases c
 where c.id = case_id and c.case_no = %(no)s and seq = %(seq)s
"""
Named = list[tuple[str, str, int | None]]


class Enough(Exception):
    """What was falsified is taken back."""


def judged(office: Office) -> tuple[int, Any]:
    """Return (exit code, report) of the trail as it is."""
    return verify(export(office.engine, made_at=MADE_AT))


@contextlib.contextmanager
def every_right(office: Office) -> Iterator[Connection]:
    """Yield a connection before which no trigger and no constraint stands; at the end all is as it was."""
    with contextlib.suppress(Enough), transaction(office.engine) as connection:
        run = connection.exec_driver_sql
        run("set local session_replication_role = replica")
        run("alter table events disable trigger all")
        for check in run(
            "select conrelid::regclass::text as place, conname as name from pg_constraint where contype = 'c'"
            " and conrelid in ('events'::regclass, 'cases'::regclass)"
        ):
            run(f'alter table {check.place} drop constraint "{check.name}"')
        run("alter table events drop constraint events_hash_key")
        yield connection
        raise Enough


def named(connection: Connection) -> Named:
    """Return (kind, case, event) of every false thing this connection sees."""
    code, report = verify(lines(connection, made_at=MADE_AT))
    assert not report["cannot_tell"], report
    assert code == (1 if report["findings"] else 0)
    return [(found["kind"], found["case"], found["seq"]) for found in report["findings"]]


def body(connection: Connection, case_no: str, seq: int) -> dict[str, Any]:
    """Return an event as it lies there."""
    return dict(connection.exec_driver_sql(BODY, {"no": case_no, "seq": seq}).scalar_one())


def put(connection: Connection, case_no: str, seq: int, event: dict[str, Any]) -> None:
    """Put another event in its place, columns and all."""
    connection.exec_driver_sql(
        PUT,
        {
            "body": json.dumps(event),
            "hash": event["hash"],
            "type": event["type"],
            "at": event["at"],
            "no": case_no,
            "seq": seq,
        },
    )
