"""Sums that equal a recomputation: made anew for every day that changed, from the measures, never added to.

Reading takes whole months from the sums of months and the rest from those of days.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from workflow.oversight.figures import DIMENSIONS, FIGURES, Figure
from workflow.store import oversight as stored
from workflow.store.connect import Connection, Row

DAYS_A_TURN = 62
KEYS = "item_code, department, process, person, post, step, detail"
MONTHS = f"""
insert into rollups (grain, starts_on, figure, {KEYS}, n)
select 'month', date_trunc('month', starts_on)::date, figure, {KEYS}, sum(n) from rollups
 where grain = 'day' and starts_on >= %(first)s and starts_on < %(next)s
 group by date_trunc('month', starts_on), figure, {KEYS}
"""
SPAN = """((grain = 'month' and starts_on >= %(month)s and starts_on < %(months_end)s)
 or (grain = 'day' and starts_on >= %(from)s and starts_on < %(head_end)s)
 or (grain = 'day' and starts_on >= %(tail)s and starts_on <= %(to)s))"""


def sums_of(figure: Figure, where: str) -> str:
    """Return the SQL that sums a figure by day, from the measures."""
    return f"""
select {figure.on} as starts_on, '{figure.name}' as figure, m.item_code, m.department, m.process, {figure.person} as person,
       {figure.post} as post, {figure.step} as step, {figure.detail} as detail, {figure.value} as n
  from {figure.source} where {where} and {figure.where} and {figure.on} is not null group by 1, 3, 4, 5, 6, 7, 8, 9
"""


def make(connection: Connection, *, limit: int = DAYS_A_TURN) -> int:
    """Make the sums of days that changed anew, and those of their months; return how many days. Caller commits."""
    days = stored.days_to_sum(connection, limit)
    if not days:
        return 0
    run = connection.exec_driver_sql
    run("delete from rollups where grain = 'day' and starts_on = any(%(days)s)", {"days": days})
    for figure in FIGURES.values():
        run(
            f"insert into rollups (grain, starts_on, figure, {KEYS}, n) select 'day', s.* from"
            f" ({sums_of(figure, f'{figure.on} = any(%(days)s)')}) s",
            {"days": days},
        )
    for first in sorted({day.replace(day=1) for day in days}):
        bounds = {"first": first, "next": _next_month(first)}
        run("delete from rollups where grain = 'month' and starts_on = %(first)s", bounds)
        run(MONTHS, bounds)
    return len(days)


def differences(connection: Connection) -> list[Row]:
    """Return where the sums are not what a recomputation from the measures gives: empty, if all is well."""
    fresh = " union all ".join(f"select 'day' as grain, s.* from ({sums_of(f, 'true')}) s" for f in FIGURES.values())
    keys = "grain, starts_on, figure, item_code, department, process, person, post, step, detail"
    return connection.exec_driver_sql(
        f"""
with days as ({fresh}),
fresh as (select * from days union all
    select 'month', date_trunc('month', starts_on)::date, figure, {KEYS}, sum(n) from days
     group by date_trunc('month', starts_on), figure, {KEYS})
select {keys}, kept.n as kept, fresh.n as counted from rollups kept full join fresh using ({keys})
 where kept.n is distinct from fresh.n order by {keys} limit 100
"""
    )


def read(connection: Connection, first: date, last: date, *, by: str, figures: Sequence[str]) -> list[Row]:
    """Return (key, figure, detail, step, n) of a period, both days included, by a dimension. Fast at any size."""
    column = DIMENSIONS[by]
    return connection.exec_driver_sql(
        f"select {column} as key, figure, detail, case when figure = 'paused' then step else '' end as ground,"
        f" sum(n)::bigint as n from rollups where {SPAN} and figure = any(%(figures)s) group by 1, 2, 3, 4",
        {**bounds(first, last), "figures": list(figures)},
    )


def bounds(first: date, last: date) -> dict[str, Any]:
    """Return how a period falls into whole months and the days before and after them."""
    month = first if first.day == 1 else _next_month(first)
    end = (last + timedelta(days=1)).replace(day=1)  # the first month that is not whole
    if month >= end:  # no whole month
        return {"month": first, "months_end": first, "from": first, "head_end": first, "tail": first, "to": last}
    return {"month": month, "months_end": end, "from": first, "head_end": month, "tail": end, "to": last}


def _next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)
