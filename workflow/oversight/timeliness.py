"""Timeliness of a period from the sums; the cases behind each number; what is overdue now."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Engine

from workflow.engine.calendar import WorkingCalendar
from workflow.engine.vocabulary import GROUNDS
from workflow.oversight import rollups
from workflow.oversight.figures import FIGURES, dimensions_of
from workflow.store import oversight as stored
from workflow.store.connect import Connection, Row, reading

OF_STEPS = ("steps",)
OF_CASES = tuple(name for name in FIGURES if name not in OF_STEPS)
# Figures that belong to a person: those of what the person decided, and the steps the person took.
OF_PEOPLE = tuple(name for name, figure in FIGURES.items() if figure.person != "''")
DRILL = """
select m.case_id, c.case_no, m.item_code, c.item_name, m.department, m.process, m.received_on, m.accepted_on, m.decided_on, m.outcome,
       m.decided_by, m.statutory_due, m.promised_due, m.in_law, m.as_promised, m.working_days, m.office_days,
       m.applicant_days, m.paused_days, m.paused, m.corrections, m.head, {value} as n
  from {source} join cases c on c.id = m.case_id
 where {on} between %(first)s and %(last)s and {where} and m.case_id > %(after)s and {key}
 group by m.case_id, c.id order by m.case_id limit %(limit)s
"""
# A task knows the soonest date that binds whoever has it: the index of the inbox finds what may be overdue.
OVERDUE = """
select c.id, c.case_no, c.item_code, c.item_name, c.department, c.state, c.statutory_due, c.promised_due, t.assignee,
       t.post, t.title
  from tasks t join cases c on c.id = t.case_id
 where t.closed_at is null and t.due_on < %(today)s and c.phase in ('intake', 'review') and c.kind = 'procedure'
   and c.decided_on is null and least(c.statutory_due, c.promised_due) < %(today)s and c.id > %(after)s
 order by c.id limit %(limit)s
"""
PAUSED = """
select case_id from (select e.case_id, e.body -> 'data' -> 'effects' -> 'fact' ->> 'type' as fact,
       row_number() over (partition by e.case_id order by e.seq desc) as place from events e
 where e.case_id = any(%(ids)s) and e.body -> 'data' -> 'effects' -> 'fact' ->> 'type' in ('suspended', 'resumed')) f
 where place = 1 and fact = 'suspended'
"""
NAMES: Mapping[str, str] = {
    "person": "select id as key, name from people where id = any(%(keys)s)",
    "item": "select item_code as key, item_name as name from item_names where item_code = any(%(keys)s)",
}


def timeliness(engine: Engine, first: date, last: date, by: str) -> dict[str, Any]:
    """Return {from, to, by, rules, items: [{key, name, ...}], total, days_behind}; both days belong to the period.

    days_behind: of how many days, anywhere, the sums are being made anew; 0 if they are of all that was measured.
    """
    names = OF_STEPS if by in ("post", "step") else OF_PEOPLE if by == "person" else tuple(FIGURES)
    with reading(engine) as connection:
        rows = rollups.read(connection, first, last, by=by, figures=names)
        keys = sorted({row.key for row in rows})
        titles = names_of(connection, by, keys)
        behind_by = stored.days_behind(connection)
    grouped: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row.key].append(row)
    base = f"/api/v1/supervision/cases?from={first}&to={last}&by={by}"
    return {
        "from": first.isoformat(),
        "to": last.isoformat(),
        "by": by,
        "rules": {
            name: {"title": f.title, "rule": f.rule, "unit": f.unit} for name, f in FIGURES.items() if name in names
        },
        "items": [
            {"key": key, "name": titles.get(key, key), **summary(grouped[key]), "cases": f"{base}&key={key}&figure="}
            for key in keys
            if key
        ],
        "total": summary(rows),
        "days_behind": behind_by,
    }


def summary(rows: list[Row]) -> dict[str, Any]:
    """Return the numbers of one group: counts, shares in per mille of what they are shares of, percentiles of days."""
    count: dict[str, int] = defaultdict(int)
    paused: dict[str, int] = defaultdict(int)
    for row in rows:
        count[row.figure] += row.n
        if row.figure == "paused":
            paused[row.ground] += row.n
    found: dict[str, Any] = {
        name: count[name] for name in FIGURES if name in count and name not in ("paused", "days_used")
    }
    for name, of in (
        ("in_law", "timed"),
        ("as_promised", "promised"),
        ("first_pass", "decided"),
        ("disclosed", "published"),
    ):
        if count[of]:
            found[f"{name}_per_mille"] = count[name] * 1000 // count[of]
    if count["decided"]:
        found["corrections_per_1000_cases"] = count["corrections"] * 1000 // count["decided"]
    if paused:
        found["paused_by_ground"] = {_grounds(key): days for key, days in sorted(paused.items())}
    for figure, name in (("days_used", "working_days"), ("steps", "step_days")):
        if count[figure]:
            found[name] = percentiles([(row.detail, row.n) for row in rows if row.figure == figure])
    return found


def _grounds(key: str) -> str:
    return "、".join(GROUNDS.get(ground, ground) for ground in key.split("+"))


def percentiles(histogram: list[tuple[int, int]]) -> dict[str, int]:
    """Return {n, median, p90, most} of days: the smallest number of days that so many cases did not exceed."""
    total = sum(n for _, n in histogram)
    wanted = {"median": -(-total * 50 // 100), "p90": -(-total * 90 // 100)}
    found, seen = {"n": total}, 0
    for days, n in sorted(histogram):
        seen += n
        for name, place in wanted.items():
            if name not in found and seen >= place:
                found[name] = days
        found["most"] = days
    return found


def names_of(connection: Connection, by: str, keys: Sequence[str]) -> dict[str, str]:
    """Return how people and items are called, by key; the keys of other dimensions are names themselves."""
    if by not in NAMES:
        return {}
    return {row.key: row.name for row in connection.exec_driver_sql(NAMES[by], {"keys": list(keys)})}


def behind(
    engine: Engine, figure: str, first: date, last: date, *, by: str, key: str | None, after: int, limit: int
) -> tuple[list[dict[str, Any]], int | None]:
    """Return (the cases a number is made of, where to go on). n: what each adds to the number."""
    counted = FIGURES[figure]
    sql = DRILL.format(
        value=counted.value,
        source=counted.source,
        on=counted.on,
        where=counted.where,
        key="true" if key is None else f"{dimensions_of(counted).get(by, 'null')} = %(key)s",
    )
    given = {"first": first, "last": last, "after": after, "limit": limit + 1, "key": key}
    with reading(engine) as connection:
        rows = connection.exec_driver_sql(sql, given)
    items = [
        {name: _plain(value) for name, value in row._asdict().items() if name != "case_id"} for row in rows[:limit]
    ]
    return items, rows[limit - 1].case_id if len(rows) > limit else None


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def overdue(
    engine: Engine, calendar: WorkingCalendar, today: date, *, after: int, limit: int
) -> tuple[list[dict[str, Any]], int | None]:
    """Return (open cases past their statutory or promised date, where to go on). A paused case is not overdue."""
    with reading(engine) as connection:
        rows = connection.exec_driver_sql(OVERDUE, {"today": today, "after": after, "limit": limit + 1})
        paused = set(connection.exec_driver_sql(PAUSED, {"ids": [row.id for row in rows]}).scalars())
    items = [_overdue(row, calendar, today) for row in rows[:limit] if row.id not in paused]
    return items, rows[limit - 1].id if len(rows) > limit else None


def _overdue(row: Row, calendar: WorkingCalendar, today: date) -> dict[str, Any]:
    late = {
        name: {"due": due.isoformat(), "working_days_late": calendar.working_days_between(due, today)}
        for name, due in (("statutory", row.statutory_due), ("promised", row.promised_due))
        if due is not None and due < today
    }
    return {
        "case_no": row.case_no,
        "item_code": row.item_code,
        "item_name": row.item_name,
        "department": row.department,
        "state": row.state,
        "task": {"post": row.post, "title": row.title, "assignee": row.assignee},
        "late": late,
    }
