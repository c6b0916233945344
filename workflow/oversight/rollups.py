"""Sums that equal a recomputation: made anew for every day that changed, from the measures, never added to.

Each dimension has sums of its own, so that a page reads no more rows than it shows: reading takes years and months from
the sums of those, and what is left over or too much from those of days.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from workflow.oversight.figures import DIMENSIONS, FIGURES, Figure, dimensions_of
from workflow.store import oversight as stored
from workflow.store.connect import Connection, Row

DAYS_A_TURN = 62
ONE_DAY = timedelta(days=1)
KEYS = "dimension, figure, key, ground, detail"
ALL_KEYS = f"grain, starts_on, {KEYS}"
COARSER = """
select '{grain}' as grain, date_trunc('{grain}', starts_on)::date as starts_on, {keys}, sum(n) as n
  from {source} where {where} group by date_trunc('{grain}', starts_on), {keys}
"""
CLEAR = """
delete from sums where dimension = any(%(dimensions)s) and grain = %(grain)s and starts_on = any(%(starts)s)
"""
READ = """
select s.key, s.figure, s.ground, s.detail, sum(s.n * p.sign)::bigint as n
  from unnest(%(grains)s::text[], %(starts)s::date[], %(ends)s::date[], %(signs)s::integer[]) p(grain, first, last, sign)
  join sums s on s.grain = p.grain and s.starts_on between p.first and p.last
 where s.dimension = %(by)s and {chosen} group by 1, 2, 3, 4 having sum(s.n * p.sign) <> 0
"""
Span = tuple[
    str, date, date, int
]  # grain, the first and last day on which one of it starts, 1 or -1: added or taken off


def sums_of(figure: Figure, where: str) -> str:
    """Return the SQL that sums a figure by day in each of its dimensions, from the measures."""
    pairs = ", ".join(f"('{name}', {column})" for name, column in dimensions_of(figure).items())
    return f"""
select 'day' as grain, {figure.on} as starts_on, d.dimension, '{figure.name}' as figure, d.key,
       {figure.ground} as ground, {figure.detail} as detail, {figure.value} as n
  from {figure.source} cross join lateral (values {pairs}) d(dimension, key)
 where {where} and {figure.where} and {figure.on} is not null group by 2, 3, 5, 6, 7
"""


def _coarser(grain: str, source: str, where: str) -> str:
    return COARSER.format(grain=grain, source=source, where=where, keys=KEYS)


def make(connection: Connection, *, limit: int = DAYS_A_TURN) -> int:
    """Make the sums of days that changed anew, and those of their months and years; return how many days. Caller commits."""
    days = stored.days_to_sum(connection, limit)
    if not days:
        return 0
    _put(connection, "day", days, *(sums_of(f, f"{f.on} = any(%(starts)s)") for f in FIGURES.values()))
    for grain, finer, starts in (
        ("month", "day", {day.replace(day=1) for day in days}),
        ("year", "month", {day.replace(month=1, day=1) for day in days}),
    ):
        where = (
            f"dimension = any(%(dimensions)s) and grain = '{finer}' and starts_on >= %(first)s and starts_on < %(next)s"
        )
        for start in sorted(starts):
            _put(connection, grain, [start], _coarser(grain, "sums", where))
    return len(days)


def _put(connection: Connection, grain: str, starts: Sequence[date], *fresh: str) -> None:
    """Put fresh sums in place of those that start on these days."""
    given: dict[str, object] = {"grain": grain, "starts": list(starts), "dimensions": list(DIMENSIONS)}
    given |= {"first": starts[0], "next": _next(grain, starts[0])}
    connection.exec_driver_sql(CLEAR, given)
    for sql in fresh:
        connection.exec_driver_sql(f"insert into sums ({ALL_KEYS}, n) {sql}", given)


def _fresh() -> str:
    """Return the SQL of what all sums should be."""
    days = " union all ".join(sums_of(figure, "true") for figure in FIGURES.values())
    months, years = _coarser("month", "days", "true"), _coarser("year", "days", "true")
    return f"""
with days as materialized ({days}), fresh as (select * from days union all {months} union all {years})
select {ALL_KEYS}, kept.n as kept, fresh.n as counted from sums kept full join fresh using ({ALL_KEYS})
 where kept.n is distinct from fresh.n
"""


def differences(connection: Connection) -> list[Row]:
    """Return where the sums are not what a recomputation from the measures gives: empty, if all is well."""
    return connection.exec_driver_sql(f"{_fresh()} order by {ALL_KEYS} limit 100")


def mend(connection: Connection) -> None:
    """Have every day, month or year whose sums differ from their recomputation made anew. Caller commits."""
    connection.exec_driver_sql(
        f"insert into sum_days select distinct starts_on from ({_fresh()}) wrong on conflict do nothing"
    )


def read(connection: Connection, first: date, last: date, *, by: str, figures: Sequence[str]) -> list[Row]:
    """Return (key, figure, ground, detail, n) of a period, both days included, by a dimension. Fast at any size."""
    grains, starts, ends, signs = zip(*spans(first, last), strict=True)
    given = {"grains": list(grains), "starts": list(starts), "ends": list(ends), "signs": list(signs)}
    chosen = "true" if set(figures) == set(FIGURES) else "figure = any(%(figures)s)"
    return connection.exec_driver_sql(READ.format(chosen=chosen), {**given, "by": by, "figures": list(figures)})


def spans(first: date, last: date) -> Iterator[Span]:
    """Yield years, months and days that make up a period: as few as there can be, some of them to be taken off.

    The first eleven months of a year are the year without December, 1 to 29 November is November without its last day.
    """
    yield from _spans(first, last + ONE_DAY, ("year", "month", "day"), 1)


def _spans(first: date, end: date, grains: Sequence[str], sign: int) -> Iterator[Span]:
    """The same with `end` not included, in these grains, the coarsest first."""
    if first >= end:
        return
    grain, *finer = grains
    if not finer:
        yield grain, first, end - ONE_DAY, sign
        return
    begin = first if first == _start(grain, first) else _next(grain, first)
    over = _start(grain, end)
    if begin > over:
        yield from _within(first, end, grains, sign)
        return
    if begin < over:
        yield grain, begin, over - ONE_DAY, sign
    yield from _within(first, begin, grains, sign)
    yield from _within(over, end, grains, sign)


def _within(first: date, end: date, grains: Sequence[str], sign: int) -> Iterator[Span]:
    """A part of one year or month: if it is most of it, the whole without the rest."""
    if first >= end:
        return
    grain, *finer = grains
    whole = _start(grain, first)
    after = _next(grain, whole)
    if 2 * (end - first) <= after - whole:
        yield from _spans(first, end, finer, sign)
        return
    yield grain, whole, whole, sign
    yield from _spans(whole, first, finer, -sign)
    yield from _spans(end, after, finer, -sign)


def _start(grain: str, day: date) -> date:
    return day.replace(month=1, day=1) if grain == "year" else day.replace(day=1) if grain == "month" else day


def _next(grain: str, day: date) -> date:
    if grain == "year":
        return date(day.year + 1, 1, 1)
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) if grain == "month" else day + ONE_DAY
