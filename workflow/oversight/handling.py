"""What becomes of an alert: the officer explains, the supervisor upholds, lifts or urges. Every word stays."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Engine

from workflow.engine.dates import day_in_shanghai
from workflow.engine.errors import BanjianError
from workflow.store.connect import Connection, Row, reading, transaction

Kind = Literal["explained", "urged", "upheld", "lifted"]
CLOSED = ("upheld", "lifted")
WORDS = {"explained": "说明", "urged": "督办", "upheld": "认定", "lifted": "撤销"}
ALERT = """
select a.*, c.case_no, c.version, c.owner, {explain} as may_explain, {judge} as may_judge
  from alerts a left join cases c on c.id = a.case_id where a.id = %(id)s and {list}
"""
LIST = """
select a.*, c.case_no, c.version, c.owner from alerts a left join cases c on c.id = a.case_id
 where a.id < %(before)s and (%(status)s::text is null or a.status = %(status)s)
   and (%(code)s::text is null or a.code = %(code)s) and (%(level)s::text is null or a.level = %(level)s)
   and (%(department)s::text is null or a.department = %(department)s)
   and {list}
 order by a.id desc limit %(limit)s
"""
STEPS = """
select s.kind, s.at, s.by_id, coalesce(p.name, s.by_id) as by_name, s.text, s.answer_by from alert_steps s
  left join people p on p.id = s.by_id where s.alert_id = %(id)s order by s.id
"""
URGES = """
select s.id, s.at, s.by_id, coalesce(p.name, s.by_id) as by_name, s.text, s.answer_by, a.id as alert_id, a.name, a.level, a.status,
       a.department, a.person, coalesce(o.name, a.person) as person_name, c.case_no,
       (select min(e.at) from alert_steps e where e.alert_id = a.id and e.id > s.id and e.kind <> 'urged') as answered_at
  from alert_steps s join alerts a on a.id = s.alert_id left join cases c on c.id = a.case_id
  left join people p on p.id = s.by_id left join people o on o.id = a.person
 where s.kind = 'urged' and s.id < %(before)s order by s.id desc limit %(limit)s
"""
STEP = """
insert into alert_steps (alert_id, kind, at, by_id, text, answer_by)
values (%(id)s, %(kind)s, %(at)s, %(by)s, %(text)s, %(answer_by)s)
"""
TELL = """
insert into outbox (topic, case_id, seq, body, created_at, next_try_at)
select 'notify', case_id, (evidence -> -1 ->> 'seq')::integer,
       jsonb_build_object('to', %(to)s::jsonb, 'people', %(people)s::jsonb, 'action', 'alert', 'title', %(title)s::text),
       %(now)s, %(now)s from alerts where id = %(id)s and case_id is not null
"""


class NoSuchAlert(BanjianError):
    """There is no such alert, or it is none of this person's business: the same answer."""


class NotYours(BanjianError):
    """This person may read the alert, not do this with it."""


class AlreadyClosed(BanjianError):
    """The alert was upheld or lifted before; what was found stays found."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks, on which day. may: list, explain, judge -> the condition on an alert that the access matrix makes of it."""

    id: str
    today: date
    may: Mapping[str, str]


def listed(
    engine: Engine, reader: Reader, filters: Mapping[str, Any], *, before: int, limit: int
) -> list[dict[str, Any]]:
    """Return alerts this person may read, the newest first."""
    asked = {"before": before, "limit": limit, "person": reader.id, "today": reader.today}
    with reading(engine) as connection:
        rows = connection.exec_driver_sql(LIST.format(**reader.may), {**filters, **asked})
    return [_json(row) for row in rows]


def shown(engine: Engine, reader: Reader, alert_id: int) -> dict[str, Any]:
    """Return one alert with everything that was said of it. Raises NoSuchAlert."""
    with reading(engine) as connection:
        row = _found(connection, reader, alert_id)
        steps = connection.exec_driver_sql(STEPS, {"id": alert_id})
    return {**_json(row), "steps": [_step(step) for step in steps]}


def could_say(engine: Engine, reader: Reader, alert_id: int) -> tuple[bool, bool]:
    """Return (may this person explain the alert, may they judge it). Raises NoSuchAlert."""
    with reading(engine) as connection:
        row = _found(connection, reader, alert_id)
    is_open = row.status not in CLOSED
    return is_open and row.may_explain, is_open and row.may_judge and row.person != reader.id


def urges(engine: Engine, today: date, *, before: int, limit: int) -> tuple[list[dict[str, Any]], int | None]:
    """Return (the urge notes, the newest first, where to go on). For those who oversee; is_late: nobody answered in time."""
    with reading(engine) as connection:
        rows = connection.exec_driver_sql(URGES, {"before": before, "limit": limit + 1})
    return [_urge(row, today) for row in rows[:limit]], rows[limit - 1].id if len(rows) > limit else None


def _urge(row: Row, today: date) -> dict[str, Any]:
    answered_on = row.answered_at and day_in_shanghai(row.answered_at)
    names = ("alert_id", "name", "level", "status", "department", "person_name", "case_no", "by_name", "text")
    return {
        **{name: getattr(row, name) for name in names},
        "at": row.at.isoformat(),
        "answer_by": row.answer_by and row.answer_by.isoformat(),
        "answered_on": answered_on and answered_on.isoformat(),
        "is_late": bool(row.answer_by and (answered_on or today) > row.answer_by),
    }


def handle(
    engine: Engine,
    reader: Reader,
    alert_id: int,
    kind: Kind,
    text: str,
    now: datetime,
    *,
    answer_by: date | None = None,
) -> dict[str, Any]:
    """Write down what somebody says of an alert; return it. Raises NoSuchAlert, NotYours, AlreadyClosed."""
    with transaction(engine) as connection:
        connection.exec_driver_sql("select id from alerts where id = %(id)s for update", {"id": alert_id})
        row = _found(connection, reader, alert_id)
        if kind == "explained":
            if not row.may_explain:
                raise NotYours("由经办人或者本部门负责人说明。")
        elif not row.may_judge or row.person == reader.id:
            raise NotYours("由效能监察岗位办理，且不能处理与本人有关的预警。")
        if row.status in CLOSED:
            raise AlreadyClosed(f"该预警已经{WORDS[row.status]}，不能再{WORDS[kind]}。")
        connection.exec_driver_sql(
            STEP, {"id": alert_id, "kind": kind, "at": now, "by": reader.id, "text": text, "answer_by": answer_by}
        )
        if kind != "urged":
            connection.exec_driver_sql(
                "update alerts set status = %(status)s where id = %(id)s", {"status": kind, "id": alert_id}
            )
        _tell(connection, row, kind, text, now)
    return shown(engine, reader, alert_id)


def _tell(connection: Connection, row: Row, kind: Kind, text: str, now: datetime) -> None:
    """The supervisor hears an explanation; whoever has to act hears the rest."""
    to = '["supervisor"]' if kind == "explained" else '["department-head"]'
    people = f'["{row.person}"]' if row.person and kind != "explained" else "[]"
    title = f"效能监察{WORDS[kind]}（{row.name}）：{text}".rstrip("。")
    connection.exec_driver_sql(TELL, {"id": row.id, "to": to, "people": people, "title": title, "now": now})


def _found(connection: Connection, reader: Reader, alert_id: int) -> Row:
    asked = {"id": alert_id, "person": reader.id, "today": reader.today}
    row = connection.exec_driver_sql(ALERT.format(**reader.may), asked).one_or_none()
    if row is None:
        raise NoSuchAlert(str(alert_id))
    return row


def _json(row: Row) -> dict[str, Any]:
    return {
        "id": row.id,
        "code": row.code,
        "name": row.name,
        "level": row.level,
        "case_no": row.case_no,
        "department": row.department,
        "person": row.person,
        "on": row.shown_on.isoformat(),
        "text": row.text,
        "law": row.law,
        "verified": row.verified,
        "evidence": row.evidence,
        "status": row.status,
        "raised_at": row.raised_at.isoformat(),
    }


def _step(row: Row) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "at": row.at.isoformat(),
        "by": {"id": row.by_id, "name": row.by_name},
        "text": row.text,
        "answer_by": row.answer_by.isoformat() if row.answer_by else None,
    }
