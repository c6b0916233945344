"""The trail as it lies in the tables, read in one snapshot and in small lots: for whoever wants to prove it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine

from workflow.store import keys
from workflow.store.connect import Connection, Row, transaction

LOT = 200
CASES = """
select c.id, c.case_no, c.kind, c.state, c.phase, c.version, c.head, c.item_code, c.process, c.process_digest,
       c.terms_digest, c.owner, c.department, c.received_at, c.accepted_on, c.decided_on, c.outcome, c.statutory_due, c.promised_due,
       c.alert, c.snapshot, c.form, c.applicant, c.salt, exists (select from erasures where case_id = c.id) as erased,
       (select post from tasks t where t.case_id = c.id and t.closed_at is null) as task,
       (select coalesce(jsonb_agg(jsonb_build_array(seq, title, no)), '[]') from documents d where d.case_id = c.id)
           as documents,
       (select jsonb_build_object('outcome', outcome, 'seq', seq, 'document_no', document_no, 'decided_on', decided_on)
          from decisions d where d.case_id = c.id order by round desc limit 1) as decision,
       (select jsonb_build_object('permit_no', permit_no, 'status', status, 'valid_from', valid_from,
                                  'valid_until', valid_until, 'decision_no', decision_no)
          from permits p where p.life_id = c.id) as permit
  from cases c where c.id > %(after)s order by c.id limit %(limit)s
"""
EVENTS = """
select case_id, seq, type, at, actor_id, hash, body from events where case_id = any(%(ids)s) order by case_id, seq
"""
CALENDARS = "select id, year, source, in_force_from, digest, body from calendar_versions order by id"


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """Yield a connection that sees the database as it was at one moment, and writes nothing."""
    with transaction(engine) as connection:
        connection.exec_driver_sql("set transaction isolation level repeatable read, read only")
        yield connection


def has_keys(connection: Connection) -> bool:
    """Return True if the keys of the personal data are at hand; for reading none are made."""
    if not keys.place()[0].exists():
        return False
    try:
        ours = keys.held().ring().fingerprints()
    except keys.DataKeyError:
        return False
    rows = connection.exec_driver_sql("select name, fingerprint from data_keys where retired_at is null")
    return all(ours.get(row.name) == row.fingerprint for row in rows)


def calendars(connection: Connection) -> list[Row]:
    """Return every schedule that was ever loaded, oldest first."""
    return connection.exec_driver_sql(CALENDARS)


def processes(connection: Connection) -> list[Row]:
    """Return every process version: digest, body (the very text that was hashed)."""
    return connection.exec_driver_sql("select digest, body from process_versions order by digest")


def counters(connection: Connection) -> list[Row]:
    """Return the last number given out, by organ, year and word."""
    return connection.exec_driver_sql("select organ, year, word, last from number_counters order by organ, year, word")


def terms(connection: Connection, digest: str) -> Any:
    """Return the body of these terms, None if they are gone."""
    return connection.exec_driver_sql(
        "select body from terms where digest = %(digest)s", {"digest": digest}
    ).scalar_one_or_none()


def totals(connection: Connection) -> tuple[int, int]:
    """Return how many cases and events there are, whoever they belong to."""
    row = connection.exec_driver_sql(
        "select (select count(*) from cases) as cases, (select count(*) from events) as events"
    ).one()
    return row[0], row[1]


def cases(connection: Connection) -> Iterator[tuple[Row, list[Row]]]:
    """Yield every case with its events in order of seq; a lot of them is in memory at a time."""
    after = -(2**62)
    while True:
        lot = connection.exec_driver_sql(CASES, {"after": after, "limit": LOT})
        if not lot:
            return
        events: dict[int, list[Row]] = {row.id: [] for row in lot}
        for event in connection.exec_driver_sql(EVENTS, {"ids": list(events)}):
            events[event.case_id].append(event)
        for row in lot:
            yield row, events[row.id]
        after = lot[-1].id
