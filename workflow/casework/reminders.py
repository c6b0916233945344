"""Remind parties of periods of their own before they end: correction, hearing, statement, supplement, rectification,
the end of a permit. Level-triggered: the row says where to look, the clocks are read again and overrule it."""

import json
import logging
from datetime import date, datetime, timedelta

from workflow.casework.office import Office
from workflow.casework.telling import REMIND
from workflow.definitions.messages import messages
from workflow.engine.calendar import WorkingCalendar
from workflow.engine.case import CaseState
from workflow.engine.commands import SYSTEM, Context
from workflow.engine.decide import read
from workflow.engine.reading import Clock, Reading
from workflow.store.connect import Connection, Row

log = logging.getLogger(__name__)
BATCH = 50
KEEP = """
insert into reminders (case_id, clock, due_on, remind_on) values (%(case_id)s, %(clock)s, %(due)s, %(on)s)
on conflict (case_id, clock) do update set due_on = excluded.due_on, remind_on = excluded.remind_on, told_at = null
 where reminders.due_on <> excluded.due_on
"""
DUE = """
select r.case_id, r.clock, r.due_on, c.snapshot, c.terms_digest, c.version
  from reminders r join cases c on c.id = r.case_id
 where r.told_at is null and r.remind_on <= %(today)s
 order by r.remind_on, r.case_id limit %(limit)s for update of r skip locked
"""
TELL = """
insert into outbox (topic, case_id, seq, body, created_at, next_try_at)
values ('notify', %(case_id)s, %(seq)s, %(body)s::jsonb, %(now)s, %(now)s)
"""


def note_periods(connection: Connection, office: Office, case_id: int, reading: Reading) -> None:
    """Remember when to remind of each period of the party's that runs now. Costs nothing where none does."""
    clocks = [clock for clock in reading.clocks if clock.id in messages().reminders and clock.status == "running"]
    if not clocks:
        return
    calendar = office.calendar(connection)
    for clock in clocks:
        connection.exec_driver_sql(
            KEEP, {"case_id": case_id, "clock": clock.id, "due": clock.due, "on": _remind_on(clock, calendar)}
        )


def _remind_on(clock: Clock, calendar: WorkingCalendar) -> date:
    reminder = messages().reminders[clock.id]
    if reminder.unit == "calendar_day":
        return clock.due - timedelta(days=reminder.days)
    return calendar.sub_working_days(clock.due, reminder.days)


def remind_due(office: Office, now: datetime, *, limit: int = BATCH) -> int:
    """Write the reminders that are due into the outbox, each once for a last day; return how many were looked at."""
    with office.work() as connection:
        rows = connection.exec_driver_sql(DUE, {"today": now.date(), "limit": limit}).all()
        for row in rows:
            _look(connection, office, row, now)
    return len(rows)


def _look(connection: Connection, office: Office, row: Row, now: datetime) -> None:
    calendar = office.calendar(connection)
    reading = read(
        office.terms(connection, row.terms_digest), CaseState.from_json(row.snapshot), Context(now, calendar, SYSTEM)
    )
    clock = reading.clock(row.clock)
    key = {"case_id": row.case_id, "clock": row.clock}
    if clock is None or clock.status != "running":
        connection.exec_driver_sql("delete from reminders where case_id = %(case_id)s and clock = %(clock)s", key)
        return
    if clock.due != row.due_on:  # served later, extended, or counted by another calendar
        connection.exec_driver_sql(KEEP, {**key, "due": clock.due, "on": _remind_on(clock, calendar)})
        return
    body = {
        "to": ["applicant"],
        "action": f"{REMIND}{clock.id}",
        "title": f"{clock.name}期限将到",
        "due": clock.due.isoformat(),
    }
    connection.exec_driver_sql(
        TELL,
        {
            "case_id": row.case_id,
            "seq": row.version,
            "body": json.dumps(body, ensure_ascii=False),
            "now": now,
        },
    )
    connection.exec_driver_sql(
        "update reminders set told_at = %(now)s where case_id = %(case_id)s and clock = %(clock)s", {**key, "now": now}
    )
    log.info("party reminded", extra={"clock": clock.id})
