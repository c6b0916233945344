"""Open cases counted anew after a change of the calendar: claimed in small lots, written in one statement.

Lots are claimed with SKIP LOCKED, so any number of programs share the work and none waits for a case that
somebody is acting on; it comes again in the next round. A case remembers the newest version it was counted
under, in the same commit: a program may be killed at any time and another goes on.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from workflow.store.connect import Connection, Row

CLAIM = """
select c.id, c.case_no, c.owner, c.department, c.version, c.snapshot, c.terms_digest, c.process_digest,
       c.calendar_version,
       (select jsonb_build_array(post, assignee) from tasks where case_id = c.id and closed_at is null) as task
  from cases c
 where c.phase <> 'ended' and c.kind <> 'permit' and (c.calendar_version, c.id) > (%(version)s, %(id)s) and c.calendar_version < %(target)s
   and not exists (select from calendar_failures f where f.case_id = c.id and f.version_id >= %(target)s)
 order by c.calendar_version, c.id limit %(limit)s
   for update of c skip locked
"""

# The same rows without a lock, for looking ahead.
LOOK = CLAIM.replace("for update of c skip locked", "")

WRITE = """
with lot as (
    select * from jsonb_to_recordset(%(lot)s::jsonb) as x (
        id bigint, was int, version int, head text, snapshot jsonb, accepted_on date, statutory_due date,
        promised_due date, task_due date, wake_at timestamptz)),
the_cases as (
    update cases c set calendar_version = %(target)s, version = lot.version, head = coalesce(lot.head, c.head),
           snapshot = coalesce(lot.snapshot, c.snapshot), accepted_on = lot.accepted_on,
           statutory_due = lot.statutory_due, promised_due = lot.promised_due,
           updated_at = case when lot.head is null then c.updated_at else %(now)s::timestamptz end
      from lot where c.id = lot.id and c.version = lot.was
 returning c.id),
new_events as (
    insert into events (case_id, seq, type, at, actor_id, hash, body)
    select (e ->> 'case_id')::bigint, (e -> 'body' ->> 'seq')::int, e -> 'body' ->> 'type',
           (e -> 'body' ->> 'at')::timestamptz, e -> 'body' -> 'actor' ->> 'id', e -> 'body' ->> 'hash', e -> 'body'
      from jsonb_array_elements(%(events)s::jsonb) e
 returning seq),
kept as (
    update tasks t set due_on = coalesce(lot.task_due, date '9999-12-31') from lot
     where t.case_id = lot.id and t.closed_at is null
       and t.due_on is distinct from coalesce(lot.task_due, date '9999-12-31')
 returning t.id),
due as (
    insert into due_dates (case_id, generation, next_due_on, wake_at)
    select id, version, task_due, wake_at from lot where wake_at is not null order by id
    on conflict (case_id) do update set generation = excluded.generation, next_due_on = excluded.next_due_on,
           wake_at = excluded.wake_at
 returning case_id),
asleep as (
    delete from due_dates d using lot where d.case_id = lot.id and lot.wake_at is null returning d.case_id),
out as (
    insert into outbox (topic, case_id, seq, body, created_at, next_try_at)
    select 'notify', (o ->> 'case_id')::bigint, (o ->> 'seq')::int, o -> 'body', %(now)s::timestamptz,
           %(now)s::timestamptz + make_interval(secs => (o ->> 'wait')::float)
      from jsonb_array_elements(%(outbox)s::jsonb) o
 returning id),
listed as (
    insert into calendar_changes
           (version_id, case_id, clock, was_due, was_provisional, due, provisional, note, seq)
    select %(target)s, x.case_id, x.clock, x.was_due, x.was_provisional, x.due, x.provisional, x.note, x.seq
      from jsonb_to_recordset(%(changes)s::jsonb) as x (case_id bigint, clock text, was_due date,
           was_provisional boolean, due date, provisional boolean, note text, seq int)
 returning case_id),
mended as (
    delete from calendar_failures f using lot where f.case_id = lot.id returning f.case_id)
select (select count(*) from the_cases) as cases, (select count(*) from new_events) as events
"""

CHANGES = """
select v.version_id, c.id, c.case_no, v.clock, v.was_due, v.was_provisional, v.due, v.provisional, v.note, v.seq
  from calendar_changes v join cases c on c.id = v.case_id
 where v.version_id = %(version)s and (v.case_id, v.clock) > (%(case_id)s, %(clock)s)
 order by v.case_id, v.clock limit %(limit)s
"""


def target(connection: Connection) -> int:
    """Return the newest calendar version, 0 if there is none."""
    return int(connection.exec_driver_sql("select coalesce(max(id), 0) from calendar_versions").scalar_one())


def is_waiting(connection: Connection) -> bool:
    """Return True if an open case has not been counted under the newest version yet."""
    return bool(
        connection.exec_driver_sql(
            "select exists (select from cases c where phase <> 'ended' and kind <> 'permit'"
            " and calendar_version < (select max(id) from calendar_versions)"
            " and not exists (select from calendar_failures f where f.case_id = c.id"
            " and f.version_id >= (select max(id) from calendar_versions)))"
        ).scalar_one()
    )


def waiting(connection: Connection) -> int:
    """Return how many open cases have not been counted under the newest version yet, those put aside included."""
    return int(
        connection.exec_driver_sql(
            "select count(*) from cases where phase <> 'ended' and kind <> 'permit'"
            " and calendar_version < (select coalesce(max(id), 0) from calendar_versions)"
        ).scalar_one()
    )


def claim(connection: Connection, target: int, after: tuple[int, int], limit: int) -> Sequence[Row]:
    """Return the next open cases behind `target`, locked until commit, after (calendar_version, id)."""
    return _rows(connection, CLAIM, target, after, limit)


def look(connection: Connection, target: int, after: tuple[int, int], limit: int) -> Sequence[Row]:
    """Return the same cases without locking them."""
    return _rows(connection, LOOK, target, after, limit)


def _rows(connection: Connection, sql: str, target: int, after: tuple[int, int], limit: int) -> Sequence[Row]:
    version, case_id = after
    parameters = {"target": target, "version": version, "id": case_id, "limit": limit}
    return connection.exec_driver_sql(sql, parameters).all()


def write(connection: Connection, parts: Mapping[str, Sequence[Mapping[str, Any]]], target: int, now: datetime) -> Any:
    """Write a lot: cases, events, tasks, wake-up times, messages and the list of changes, in one statement."""
    texts = {name: json.dumps(part, ensure_ascii=False) for name, part in parts.items()}
    return connection.exec_driver_sql(WRITE, {**texts, "target": target, "now": now}).one()


def put_aside(connection: Connection, case_id: int, version: int, error: str, now: datetime) -> None:
    """Keep a case that cannot be counted for people to look at; it stops nobody else."""
    connection.exec_driver_sql(
        "insert into calendar_failures (case_id, version_id, error, at)"
        " values (%(case)s, %(version)s, %(error)s, %(now)s)"
        " on conflict (case_id) do update set version_id = excluded.version_id, error = excluded.error,"
        " at = excluded.at",
        {"case": case_id, "version": version, "error": error[:2000], "now": now},
    )


def failures(connection: Connection) -> Sequence[tuple[str, str]]:
    """Return (case number, error) of every case put aside."""
    rows = connection.exec_driver_sql(
        "select c.case_no, f.error from calendar_failures f join cases c on c.id = f.case_id order by c.id"
    )
    return [(row.case_no, row.error) for row in rows]


def forget_failures(connection: Connection) -> None:
    """Let cases put aside be tried again."""
    connection.exec_driver_sql("delete from calendar_failures")


def changes(
    connection: Connection, version: int, *, after: tuple[int, str] = (0, ""), limit: int = 1000
) -> Sequence[Row]:
    """Return the list of one version, by case and clock, after (case id, clock)."""
    case_id, clock = after
    return connection.exec_driver_sql(
        CHANGES, {"version": version, "case_id": case_id, "clock": clock, "limit": limit}
    ).all()


def counts(connection: Connection) -> Mapping[int, tuple[int, int]]:
    """Return {version: (cases whose dates moved, cases where only the past would have been different)}."""
    rows = connection.exec_driver_sql(
        "select version_id, count(distinct case_id) filter (where seq is not null) as moved,"
        " count(distinct case_id) filter (where seq is null) as passed from calendar_changes group by version_id"
    )
    return {row.version_id: (row.moved, row.passed) for row in rows}
