"""One number of a report and the records it is made of."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from workflow.oversight.figures import Figure
from workflow.store.connect import Connection, Row

# key: item or kind; record: what is counted; head: vouches for it; n: what it adds; month: 1 to 12.
MONTHS = ", ".join(f"coalesce(sum(n) filter (where month = {month}), 0)::bigint" for month in range(1, 13))
PROOF = f"""
select key, sum(n)::bigint as value, count(distinct record) as records,
       encode(sha256(convert_to(string_agg(record || ' ' || head || ' ' || n, e'\\n' order by record, n, head), 'UTF8')), 'hex')
           as head,
       array[{MONTHS}] as by_month
  from rows group by key order by key collate "C"
"""
ROWS_OF_ALERTS = """
select code as key, extract(month from shown_on)::int as month, key as record,
       encode(sha256(convert_to(evidence::text, 'UTF8')), 'hex') as head, 1 as n
  from alerts where shown_on >= %(first)s and shown_on < %(next)s and ({where})
"""
ROWS_OF_HISTORY = """
select kind || ':' || item_name as key, extract(month from issued_on)::int as month, permit_no as record,
       file_sha || ':' || line as head, 1 as n from historical_records where issued_on >= %(first)s and issued_on < %(next)s
"""
OVERDUE = """
m.kind = 'procedure' and m.statutory_due < %(as_of)s and m.late_until > %(as_of)s and m.received_on <= %(as_of)s
"""
ROWS_OVERDUE = f"""
select '' as key, extract(month from least(m.statutory_due, m.promised_due))::int as month, c.case_no as record, m.head, 1 as n
  from case_measures m join cases c on c.id = m.case_id where {OVERDUE}
"""
ROWS_OF_RATINGS = """
select r.level::text as key, extract(month from r.rated_at)::int as month, r.id::text as record,
       encode(sha256(convert_to(r.case_id || ' ' || r.level || ' ' || r.comment, 'UTF8')), 'hex') as head, 1 as n
  from ratings r where r.rated_at >= %(first)s and r.rated_at < %(next)s
"""
BY_MONTH = "select month, sum(n)::bigint as n from ({rows}) r group by month"
OVERDUE_TITLE, HISTORY_TITLE, RATINGS_TITLE = "在办超期", "历史数据（导入，非本系统办理）", "好差评"
ALERTS = {
    "alerts": ("红黄牌", "true"),
    "alerts_red": ("红牌", "level = 'red'"),
    "alerts_upheld": ("认定的红黄牌", "status = 'upheld'"),
    "alerts_lifted": ("撤销的红黄牌", "status = 'lifted'"),
}


@dataclass(frozen=True, slots=True)
class Number:
    """value: the number; key: item or kind, "" for all; records: how many; head: digest over them and their heads."""

    query: str
    title: str
    key: str
    value: int
    records: int
    head: str
    by_month: tuple[int, ...] = ()

    def to_json(self, year: int) -> dict[str, Any]:
        """Return it with where its records are to be had."""
        return {
            "query": self.query,
            "title": self.title,
            "key": self.key,
            "value": self.value,
            "records": self.records,
            "head": self.head,
            "by_month": list(self.by_month),
            "download": f"/api/v1/statistics/annual/records?year={year}&query={self.query}&key={self.key}",
        }


def rows_sql(figure: Figure) -> str:
    """Return the SQL of every record a figure counts in a period."""
    return f"""
select m.item_code as key, extract(month from {figure.on})::int as month, c.case_no as record, m.head, {figure.value} as n
  from {figure.source} join cases c on c.id = m.case_id
 where {figure.on} >= %(first)s and {figure.on} < %(next)s and {figure.where} group by 1, 2, 3, 4
"""


def numbers_of(connection: Connection, figure: Figure, first: date, next_day: date) -> Iterator[Number]:
    """Yield the number of each item and the one of all, with their proof."""
    given = {"first": first, "next": next_day}
    yield from _proved(connection, figure.name, figure.title, rows_sql(figure), given)


def _proved(
    connection: Connection, query: str, title: str, rows: str, given: dict[str, Any], *, alone: bool = False
) -> Iterator[Number]:
    parts = [
        Number(query, title, row.key, row.value, row.records, row.head, tuple(row.by_month))
        for row in connection.exec_driver_sql(f"with rows as ({rows}) {PROOF}", given)
    ]
    if not alone:
        yield from parts
    text = "\n".join(f"{part.key} {part.head}" for part in parts)
    months = tuple(sum(part.by_month[month] for part in parts) for month in range(12)) if parts else (0,) * 12
    head = hashlib.sha256(text.encode()).hexdigest()
    yield Number(query, title, "", sum(p.value for p in parts), sum(p.records for p in parts), head, months)


def open_overdue(connection: Connection, as_of: date) -> Number:
    """Return the cases that stood open past their statutory date when that day began."""
    rows = _proved(connection, "open_and_overdue", OVERDUE_TITLE, ROWS_OVERDUE, {"as_of": as_of}, alone=True)
    return next(rows)


def how_many_overdue(connection: Connection, as_of: date) -> int:
    """Return how many they are, without their proof."""
    sql = f"select count(*) from case_measures m where {OVERDUE}"
    return int(connection.exec_driver_sql(sql, {"as_of": as_of}).scalar_one())


def alerts_of(connection: Connection, year: int) -> Iterator[Number]:
    """Yield the alerts of a year by rule; those that were lifted apart."""
    given = {"first": date(year, 1, 1), "next": date(year + 1, 1, 1)}
    for query, (title, where) in ALERTS.items():
        yield from _proved(connection, query, title, ROWS_OF_ALERTS.format(where=where), given)


def historical_of(connection: Connection, year: int) -> Iterator[Number]:
    """Yield what was loaded of years before this office; each number says so."""
    given = {"first": date(year, 1, 1), "next": date(year + 1, 1, 1)}
    yield from _proved(connection, "historical", HISTORY_TITLE, ROWS_OF_HISTORY, given)


def ratings_of(connection: Connection, year: int) -> Iterator[Number]:
    """Yield the ratings of a year by level (GB/T 39046 A.8: 1 very satisfied ... 5 very dissatisfied)."""
    given = {"first": date(year, 1, 1), "next": date(year + 1, 1, 1)}
    yield from _proved(connection, "ratings", RATINGS_TITLE, ROWS_OF_RATINGS, given)


def totals_beside(connection: Connection, year: int) -> Iterator[tuple[str, str, list[int]]]:
    """Yield (query, title, its number month by month) of what is not counted from measures, without their proof."""
    given = {"first": date(year, 1, 1), "next": date(year + 1, 1, 1)}
    sources = [(query, title, ROWS_OF_ALERTS.format(where=where)) for query, (title, where) in ALERTS.items()]
    sources += [("historical", HISTORY_TITLE, ROWS_OF_HISTORY), ("ratings", RATINGS_TITLE, ROWS_OF_RATINGS)]
    for query, title, rows in sources:
        months = [0] * 12
        for row in connection.exec_driver_sql(BY_MONTH.format(rows=rows), given):
            months[row.month - 1] = row.n
        yield query, title, months


def records(connection: Connection, rows: str, given: dict[str, Any], key: str | None) -> Iterator[Row]:
    """Yield (key, month, record, head, n) of a number, in the order in which its digest goes."""
    where = "" if key is None else "where key = %(key)s"
    yield from connection.exec_driver_sql(
        f'select * from ({rows}) r {where} order by key collate "C", record, n, head', {**given, "key": key}
    )


def source_of(query: str, figure: Figure | None) -> str | None:
    """Return the SQL of the records behind a query of a report, None if there is no such query."""
    if figure is not None:
        return rows_sql(figure)
    if query == "historical":
        return ROWS_OF_HISTORY
    if query == "ratings":
        return ROWS_OF_RATINGS
    if query == "open_and_overdue":
        return ROWS_OVERDUE
    return ROWS_OF_ALERTS.format(where=ALERTS[query][1]) if query in ALERTS else None
