"""Due cases and the outbox: claimed with FOR UPDATE SKIP LOCKED, leased, retried, put aside."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from workflow.store.connect import Connection, Row

LEASE = timedelta(seconds=60)

CLAIM_CASE = """
update due_dates d set wake_at = %(until)s
  from (select case_id from due_dates where wake_at <= %(now)s and quarantined_at is null
         order by wake_at limit 1 for update skip locked) mine
 where d.case_id = mine.case_id
returning (select case_no from cases where id = d.case_id)
"""

CLAIM_OUTBOX = """
update outbox o set next_try_at = %(until)s
  from (select id from outbox where next_try_at <= %(now)s and done_at is null and quarantined_at is null
         order by next_try_at, id limit %(limit)s for update skip locked) mine
 where o.id = mine.id
returning o.id, o.topic, o.case_id, o.seq, o.body, o.attempts, (select case_no from cases where id = o.case_id) as case_no
"""


def claim_due_case(connection: Connection, now: datetime) -> str | None:
    """Return one due case nobody else is looking at, leased for a minute; None if none is due."""
    return connection.exec_driver_sql(CLAIM_CASE, {"now": now, "until": now + LEASE}).scalar_one_or_none()


def wake_first(connection: Connection, case_id: int, wake_at: datetime | None) -> None:
    """Note when the clocks of a new case may act; None: never by themselves."""
    if wake_at is not None:
        connection.exec_driver_sql(
            "insert into due_dates (case_id, generation, wake_at) values (%(id)s, 1, %(at)s)",
            {"id": case_id, "at": wake_at},
        )


def sleep_until(connection: Connection, case_id: int, wake_at: datetime | None) -> None:
    """Note when the clocks of a case may act next; None: never by themselves."""
    if wake_at is None:
        connection.exec_driver_sql("delete from due_dates where case_id = %(id)s", {"id": case_id})
        return
    connection.exec_driver_sql(
        "update due_dates set wake_at = %(at)s, attempts = 0, error = null where case_id = %(id)s",
        {"id": case_id, "at": wake_at},
    )


def put_case_back(
    connection: Connection, case_no: str, now: datetime, error: str, attempts_max: int, back_off: Sequence[int]
) -> None:
    """Count a failure; try again later, or put the case aside."""
    connection.exec_driver_sql(
        "update due_dates set attempts = attempts + 1, error = %(error)s,"
        " wake_at = %(now)s::timestamptz"
        "   + make_interval(secs => (%(delays)s::int[])[least(attempts + 1, cardinality(%(delays)s::int[]))]),"
        " quarantined_at = case when attempts + 1 >= %(most)s then %(now)s::timestamptz end"
        " where case_id = (select id from cases where case_no = %(case_no)s)",
        {"case_no": case_no, "now": now, "error": error[:2000], "most": attempts_max, "delays": list(back_off)},
    )


def put_outbox(
    connection: Connection, topic: str, case_id: int, seq: int, now: datetime, body: Mapping[str, Any] | None = None
) -> None:
    """Ask for something to be done after the commit, for one event of a case."""
    connection.exec_driver_sql(
        "insert into outbox (topic, case_id, seq, body, created_at, next_try_at)"
        " values (%(topic)s, %(case)s, %(seq)s, %(body)s::jsonb, %(now)s, %(now)s)",
        {"topic": topic, "case": case_id, "seq": seq, "now": now, "body": json.dumps(body or {}, ensure_ascii=False)},
    )


def claim_outbox(connection: Connection, now: datetime, limit: int) -> list[Row]:
    """Return outbox rows nobody else is working on, leased for a minute."""
    return list(connection.exec_driver_sql(CLAIM_OUTBOX, {"now": now, "until": now + LEASE, "limit": limit}).all())


def outbox_done(connection: Connection, outbox_id: int, now: datetime) -> None:
    """Mark a row done."""
    connection.exec_driver_sql(
        "update outbox set done_at = %(now)s, error = null where id = %(id)s", {"id": outbox_id, "now": now}
    )


def outbox_failed(
    connection: Connection, outbox_id: int, now: datetime, error: str, attempts_max: int, back_off: Sequence[int]
) -> None:
    """Count a failure; try again later, or put the row aside."""
    connection.exec_driver_sql(
        "update outbox set attempts = attempts + 1, error = %(error)s,"
        " next_try_at = %(now)s::timestamptz"
        "   + make_interval(secs => (%(delays)s::int[])[least(attempts + 1, cardinality(%(delays)s::int[]))]),"
        " quarantined_at = case when attempts + 1 >= %(most)s then %(now)s::timestamptz end where id = %(id)s",
        {"id": outbox_id, "now": now, "error": error[:2000], "most": attempts_max, "delays": list(back_off)},
    )


def backlog(connection: Connection, now: datetime) -> Mapping[str, int]:
    """Return counts for operators: what waits and what was put aside, of messages, due cases, and calendar changes."""
    row = connection.exec_driver_sql(
        "select (select count(*) from outbox where done_at is null and quarantined_at is null) as outbox_waiting,"
        " (select count(*) from outbox where quarantined_at is not null) as outbox_quarantined,"
        " (select count(*) from message_deliveries where state = 'waiting') as deliveries_waiting,"
        " (select count(*) from message_deliveries where state = 'quarantined') as deliveries_quarantined,"
        " (select count(*) from due_dates where wake_at <= %(now)s and quarantined_at is null) as clocks_waiting,"
        " (select count(*) from due_dates where quarantined_at is not null) as clocks_quarantined,"
        " (select count(*) from cases where phase <> 'ended' and calendar_version <"
        " (select coalesce(max(id), 0) from calendar_versions)) as calendar_waiting,"
        " (select count(*) from calendar_failures) as calendar_quarantined",
        {"now": now},
    ).one()
    return dict(row._asdict())
