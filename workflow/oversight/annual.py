"""The year counted from records. Two ways to the same numbers: fast from the sums, or with the proof of each one.

The proof of a number is its query (a figure of figures.py), the records it counts, and a digest over their heads: a record's
head vouches for its whole chain, so who has the records can repeat the digest, and no record can change unseen.
"""

import hashlib
from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import Engine

from workflow.engine.errors import BanjianError
from workflow.oversight import rollups
from workflow.oversight.figures import FIGURES, Figure
from workflow.oversight.numbers import (
    OVERDUE_TITLE,
    Number,
    alerts_of,
    historical_of,
    how_many_overdue,
    numbers_of,
    open_overdue,
    ratings_of,
    totals_beside,
)
from workflow.oversight.timeliness import summary
from workflow.store import oversight as stored
from workflow.store.connect import Connection, Row, reading
from workflow.store.trail import snapshot

NAMES = "select item_code, item_name from item_names order by item_code"
MONTHS = """
select key as item_code, extract(month from starts_on)::int as month, n from sums
 where dimension = 'item' and grain = 'month' and figure = 'permits' and starts_on between %(first)s and %(last)s
"""
BY_MONTH = """
select figure, extract(month from starts_on)::int as month, sum(n)::bigint as n from sums
 where dimension = 'item' and grain = 'month' and starts_on between %(first)s and %(last)s group by 1, 2
"""
HISTORICAL = """
select kind, item_code, item_name, count(*) as n from historical_records
 where issued_on >= %(first)s and issued_on < %(next)s group by 1, 2, 3 order by 1, 2, 3
"""
ISSUED = ("licence", "filing")  # kinds of historical records that are papers issued
CASES = ("received", "accepted", "decided", "granted", "refused")
ENDED = ("not_accepted", "withdrawn", "returned", "terminated")
RECORDS = "/api/v1/statistics/annual/records?year={year}&query={query}&key={key}"


def annual(engine: Engine, year: int, *, today: date) -> dict[str, Any]:
    """Return {year, permits: [{item_code, name, issued, ...}], cases, timeliness, ...}: whole numbers, from the sums."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    names = tuple(name for name in FIGURES if name != "steps")
    with reading(engine) as connection:
        rows = rollups.read(connection, first, last, by="item", figures=names)
        months = _months(connection, year)
        known = {row.item_code: row.item_name for row in connection.exec_driver_sql(NAMES)}
        past = connection.exec_driver_sql(HISTORICAL, {"first": first, "next": date(year + 1, 1, 1)})
        overdue = how_many_overdue(connection, min(today, last))
    found = summary(rows)
    count = {name: found.get(name, 0) for name in FIGURES}
    return {
        "year": year,
        "permits": _permits(rows, months, known, past, year),
        "cases": {name: count[name] for name in (*CASES, *ENDED)},
        "timeliness": {
            "decided_with_statutory_limit": count["timed"],
            "within_statutory_limit": count["in_law"],
            "decided_with_promise": count["promised"],
            "within_promise": count["as_promised"],
            "open_and_overdue": overdue,
            **{key: found[key] for key in ("working_days", "paused_by_ground") if key in found},
        },
        **{name: count[name] for name in ("filings", "renewals", "revocations", "corrections", "hearings", "extended")},
        "disclosure": {"published": count["published"], "in_time": count["disclosed"]},
        "historical": [
            {"kind": row.kind, "item_code": row.item_code, "name": row.item_name, "count": row.n} for row in past
        ],
        "records": RECORDS.format(year=year, query="{query}", key="{key}"),
    }


def permits_of(engine: Engine, year: int) -> list[dict[str, Any]]:
    """Return what was issued in a year by item: the part of annual() that is shown beside other years."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    with reading(engine) as connection:
        rows = rollups.read(connection, first, last, by="item", figures=("permits",))
        known = {row.item_code: row.item_name for row in connection.exec_driver_sql(NAMES)}
        past = connection.exec_driver_sql(HISTORICAL, {"first": first, "next": date(year + 1, 1, 1)})
        return _permits(rows, _months(connection, year), known, past, year)


def _months(connection: Connection, year: int) -> dict[str, list[int]]:
    rows = connection.exec_driver_sql(MONTHS, {"first": date(year, 1, 1), "last": date(year, 12, 31)})
    found: dict[str, list[int]] = {}
    for row in rows:
        found.setdefault(row.item_code, [0] * 12)[row.month - 1] = row.n
    return found


def _permits(
    rows: list[Row], months: dict[str, list[int]], known: dict[str, str], past: list[Row], year: int
) -> list[dict[str, Any]]:
    """Return what was issued by item: by this office, and before it, told apart."""
    issued: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        if row.figure == "permits":
            entry = issued.setdefault((row.key, known.get(row.key, row.key)), {"issued": 0, "historical": 0})
            entry["issued"] += row.n
            entry["by_month"] = months.get(row.key)
    for row in past:
        if row.kind in ISSUED:
            name = known.get(row.item_code, row.item_name) if row.item_code else row.item_name
            entry = issued.setdefault((row.item_code, name), {"issued": 0, "historical": 0})
            entry["issued"] += row.n
            entry["historical"] += row.n
    return [
        {
            "item_code": code,
            "name": name,
            **issued[code, name],
            "records": RECORDS.format(year=year, query="permits", key=code),
        }
        for code, name in sorted(issued)
    ]


def overview(engine: Engine, year: int, *, today: date) -> dict[str, Any]:
    """Return the year as a page shows it: annual(), and under numbers the total of every query, month by month.

    From the sums, so that it is there at once; report() has the proof of each number, and proof() that of one query.
    """
    as_of = min(today, date(year, 12, 31))
    given = {"first": date(year, 1, 1), "last": date(year, 12, 31)}
    counted: dict[str, list[int]] = {name: [0] * 12 for name in FIGURES if name != "steps"}
    with reading(engine) as connection:
        for row in connection.exec_driver_sql(BY_MONTH, given):
            if row.figure in counted:
                counted[row.figure][row.month - 1] = row.n
        beside = list(totals_beside(connection, year))
        overdue = how_many_overdue(connection, as_of)
        behind = stored.days_behind(connection)
    numbers = [_total(name, FIGURES[name].title, sum(months), months) for name, months in counted.items()]
    numbers += [_total(name, title, sum(months), months) for name, title, months in beside]
    numbers.append(_total("open_and_overdue", OVERDUE_TITLE, overdue, []))
    plain = annual(engine, year, today=today)
    return {**plain, "as_of": as_of.isoformat(), "numbers": numbers, "days_behind": behind}


def _total(query: str, title: str, value: int, by_month: list[int]) -> dict[str, Any]:
    return {"query": query, "title": title, "key": "", "value": value, "by_month": by_month}


def proof(engine: Engine, year: int, query: str, *, today: date) -> list[Number]:
    """Return the numbers of one query, item by item and all of them, each with its proof. KeyError: no such query."""
    figure = is_figure(query)
    with snapshot(engine) as connection:
        if figure is not None:
            return list(numbers_of(connection, figure, date(year, 1, 1), date(year + 1, 1, 1)))
        found = [n for n in _beside(connection, year, min(today, date(year, 12, 31))) if n.query == query]
    if not found:
        raise KeyError(query)
    return found


class SumsDiffer(BanjianError):
    """The sums are not what the records say: no report is made until they have been made anew."""


def report(engine: Engine, year: int, *, today: date) -> dict[str, Any]:
    """Return the year with the proof of every number. The same data give the same report; nothing is read off a clock.

    today: only bounds the year that is not over. Raises SumsDiffer if the sums and the records disagree.
    """
    first, next_year = date(year, 1, 1), date(year + 1, 1, 1)
    as_of = min(today, date(year, 12, 31))
    with snapshot(engine) as connection:
        numbers = [*_proved(connection, first, next_year), *_beside(connection, year, as_of)]
        known = {row.item_code: row.item_name for row in connection.exec_driver_sql(NAMES)}
    plain = overview(engine, year, today=today)
    _agree(plain["numbers"], numbers)
    return {
        "year": year,
        "as_of": as_of.isoformat(),
        "permits": plain["permits"],
        "historical": plain["historical"],
        "timeliness": plain["timeliness"],
        "items": known,
        "numbers": [number.to_json(year) for number in numbers],
        "queries": {name: {"title": f.title, "rule": f.rule, "unit": f.unit} for name, f in FIGURES.items()},
        "head": digest(number.head for number in numbers),
    }


def _agree(summed: list[dict[str, Any]], numbers: list[Number]) -> None:
    """Hold the sums of the year against what was just counted from the records. Raises SumsDiffer naming the first."""
    counted = {n.query: n.value for n in numbers if n.key == ""}
    for total in summed:
        if total["value"] != counted[total["query"]]:
            raise SumsDiffer(f"{total['title']}：汇总为{total['value']}，逐件计算为{counted[total['query']]}。")


def _proved(connection: Connection, first: date, next_year: date) -> Iterator[Number]:
    for figure in FIGURES.values():
        if figure.name != "steps":
            yield from numbers_of(connection, figure, first, next_year)


def _beside(connection: Connection, year: int, as_of: date) -> Iterator[Number]:
    yield open_overdue(connection, as_of)
    yield from alerts_of(connection, year)
    yield from historical_of(connection, year)
    yield from ratings_of(connection, year)


def digest(heads: Any) -> str:
    """Return the digest over digests, in their order."""
    return hashlib.sha256("\n".join(heads).encode()).hexdigest()


def is_figure(name: str) -> Figure | None:
    """Return the figure of that name, if it belongs to a report."""
    return FIGURES.get(name) if name != "steps" else None
