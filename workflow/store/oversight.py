"""Measures, sums and alerts in the database. Which cases have moved on is found by comparing versions, never by hearsay."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from workflow.store.connect import Connection, Row

LOCK = 4_126_090_111  # advisory lock: one process measures at a time
OVERLAP = timedelta(hours=1)  # far longer than a transaction may last
MEASURED = "measured"

TAKE_TURN = "select pg_try_advisory_xact_lock(%(lock)s) as mine"
MARK = "select at from oversight_marks where name = %(name)s"
PUT_MARK = """
insert into oversight_marks (name, at) values (%(name)s, %(at)s) on conflict (name) do update set at = excluded.at
"""
CHANGED = """
select c.id from (select distinct case_id from events where at >= %(since)s) e join cases c on c.id = e.case_id
  left join case_measures m on m.case_id = c.id
 where c.version > 0 and m.version is distinct from c.version order by c.id limit %(limit)s
"""
BEHIND = """
select c.id from cases c left join case_measures m on m.case_id = c.id
 where m.version is distinct from c.version order by c.id limit %(limit)s
"""
# Open cases on which only time has passed: some alerts come without an event.
STALE = """
select case_id from case_measures where is_open and looked_on < %(today)s order by looked_on, case_id limit %(limit)s
"""
ROWS = """
select c.id, c.case_no, c.kind, c.process, c.process_digest, c.terms_digest, c.department, c.item_code, c.operation,
       c.accepted_on, c.decided_on, c.outcome, c.statutory_due, c.promised_due, c.version, c.snapshot, c.calendar_version,
       coalesce(c.applicant_index, '') as applicant,
       coalesce((select assignee from tasks t where t.case_id = c.id and t.closed_at is null), '') as assignee,
       (select jsonb_agg(body order by seq) from events e where e.case_id = c.id and e.seq <= c.version) as events
  from cases c where c.id = any(%(ids)s) order by c.id
"""
DAYS_OF = """
insert into sum_days (day)
select distinct day from (
    select unnest(array[received_on, accepted_on, decided_on, ended_on, published_on]) as day from case_measures
     where case_id = any(%(ids)s)
    union select left_on from case_steps where case_id = any(%(ids)s)
    union select issued_on from permits where case_id = any(%(ids)s)) d where day is not null
on conflict do nothing
"""
# Pages name many items at once; the newest case says how an item is called.
NAME_ITEMS = """
insert into item_names (item_code, item_name, case_id)
select distinct on (item_code) item_code, item_name, id from cases where id = any(%(ids)s) order by item_code, id desc
on conflict (item_code) do update set item_name = excluded.item_name, case_id = excluded.case_id
 where item_names.case_id < excluded.case_id
"""
COLUMNS = (
    "case_id",
    "version",
    "head",
    "looked_on",
    "kind",
    "service",
    "item_code",
    "process",
    "department",
    "applicant",
    "operation",
    "is_open",
    "received_on",
    "accepted_on",
    "is_deemed",
    "decided_on",
    "outcome",
    "decided_by",
    "ended_on",
    "ended_as",
    "published_on",
    "is_disclosed",
    "statutory_due",
    "promised_due",
    "in_law",
    "as_promised",
    "working_days",
    "office_days",
    "applicant_days",
    "paused_days",
    "paused",
    "corrections",
    "hearings",
    "is_extended",
)
PUT = f"""
insert into case_measures ({", ".join(COLUMNS)})
select {", ".join(COLUMNS)} from jsonb_populate_recordset(null::case_measures, %(rows)s::jsonb)
on conflict (case_id) do update set {", ".join(f"{column} = excluded.{column}" for column in COLUMNS[1:])}
"""
PUT_STEPS = """
insert into case_steps (case_id, seq, state, post, person, entered_on, left_on, working_days)
select case_id, seq, state, post, person, entered_on, left_on, working_days
  from jsonb_populate_recordset(null::case_steps, %(rows)s::jsonb)
"""
RAISE = """
with raised as (
    insert into alerts (key, code, name, level, case_id, department, person, shown_on, text, law, verified, evidence, raised_at)
    values (%(key)s, %(code)s, %(name)s, %(level)s, %(case_id)s, %(department)s, %(person)s, %(shown_on)s, %(text)s,
            %(law)s, %(verified)s, %(evidence)s::jsonb, %(now)s)
    on conflict (key) do nothing returning id),
noted as (
    insert into alert_steps (alert_id, kind, at, by_id, text) select id, 'raised', %(now)s, 'system', %(text)s from raised)
insert into outbox (topic, case_id, seq, body, created_at, next_try_at)
select 'notify', %(told_case)s, %(told_seq)s, %(body)s::jsonb, %(now)s, %(now)s from raised returning id
"""


def take_turn(connection: Connection) -> bool:
    """Return True if nobody else is measuring; then nobody will until commit."""
    return bool(connection.exec_driver_sql(TAKE_TURN, {"lock": LOCK}).one().mine)


def mark(connection: Connection) -> datetime | None:
    """Return up to when events have been looked through; None if never."""
    found: datetime | None = connection.exec_driver_sql(MARK, {"name": MEASURED}).scalar_one_or_none()
    return found


def put_mark(connection: Connection, at: datetime) -> None:
    """Remember it."""
    connection.exec_driver_sql(PUT_MARK, {"name": MEASURED, "at": at})


def changed(connection: Connection, since: datetime | None, limit: int) -> list[int]:
    """Return ids of cases that have moved on since they were measured. since None: look at every case there is."""
    if since is None:
        return list(connection.exec_driver_sql(BEHIND, {"limit": limit}).scalars())
    return list(connection.exec_driver_sql(CHANGED, {"since": since - OVERLAP, "limit": limit}).scalars())


def stale(connection: Connection, today: date, limit: int) -> list[int]:
    """Return ids of open cases nobody has looked at today."""
    return list(connection.exec_driver_sql(STALE, {"today": today, "limit": limit}).scalars())


def rows(connection: Connection, ids: Sequence[int]) -> list[Row]:
    """Return these cases with their events."""
    return connection.exec_driver_sql(ROWS, {"ids": list(ids)})


def put(connection: Connection, measures: Sequence[Mapping[str, Any]], steps: Sequence[Mapping[str, Any]]) -> None:
    """Put these measures in place of the earlier ones, and note the days whose sums that changes."""
    ids = {"ids": [measure["case_id"] for measure in measures]}
    run = connection.exec_driver_sql
    run(DAYS_OF, ids)
    run("delete from case_steps where case_id = any(%(ids)s)", ids)
    run(PUT, {"rows": _json(measures)})
    run(PUT_STEPS, {"rows": _json(steps)})
    run(DAYS_OF, ids)
    run(NAME_ITEMS, ids)


def looked_at(connection: Connection, ids: Sequence[int], today: date) -> None:
    """Note that nothing but a day has passed for these cases."""
    connection.exec_driver_sql(
        "update case_measures set looked_on = %(today)s where case_id = any(%(ids)s)",
        {"today": today, "ids": list(ids)},
    )


def days_to_sum(connection: Connection, limit: int) -> list[date]:
    """Take some days whose sums have to be made anew, the latest first: they are what people look at."""
    return list(
        connection.exec_driver_sql(
            "delete from sum_days where day in (select day from sum_days order by day desc limit %(limit)s) returning day",
            {"limit": limit},
        ).scalars()
    )


def days_behind(connection: Connection) -> int:
    """Return of how many days the sums have still to be made anew."""
    return int(connection.exec_driver_sql("select count(*) from sum_days").scalar_one())


def raise_alert(connection: Connection, parameters: Mapping[str, Any]) -> bool:
    """Keep an alert and tell people; return False if it was raised before."""
    return bool(connection.exec_driver_sql(RAISE, parameters))


def _json(plain: Iterable[Mapping[str, Any]]) -> str:
    return json.dumps(list(plain), ensure_ascii=False, default=date.isoformat)
