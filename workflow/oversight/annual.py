"""The year counted from records: permits issued by item, cases, timeliness. Reads only; writes no second truth."""

from datetime import date
from typing import Any

from sqlalchemy import Engine

PERMITS = """
select item_code, max(item_name) as name, count(*) as issued from permits
 where issued_on >= %(first)s and issued_on < %(next)s group by item_code order by item_code
"""
CASES = """
select count(*) filter (where received_at >= %(first)s and received_at < %(next)s) as received,
       count(*) filter (where accepted_on >= %(first)s and accepted_on < %(next)s) as accepted,
       count(*) filter (where decided_on >= %(first)s and decided_on < %(next)s) as decided,
       count(*) filter (where decided_on >= %(first)s and decided_on < %(next)s and outcome = 'granted') as granted,
       count(*) filter (where decided_on >= %(first)s and decided_on < %(next)s and outcome = 'refused') as refused,
       count(*) filter (where decided_on >= %(first)s and decided_on < %(next)s and statutory_due is not null) as timed,
       count(*) filter (where decided_on >= %(first)s and decided_on < %(next)s and decided_on <= statutory_due) as in_law,
       count(*) filter (where decided_on >= %(first)s and decided_on < %(next)s and promised_due is not null) as promised,
       count(*) filter (where decided_on >= %(first)s and decided_on < %(next)s and decided_on <= promised_due) as as_promised,
       count(*) filter (where decided_on is null and phase in ('intake', 'review') and statutory_due < %(today)s) as overdue_open
  from cases where kind = 'procedure'
"""


def annual(engine: Engine, year: int, *, today: date) -> dict[str, Any]:
    """Return {year, permits: [{item_code, name, issued}], cases: {...}, timeliness: {...}}; counts of records."""
    bounds = {"first": date(year, 1, 1), "next": date(year + 1, 1, 1), "today": today}
    with engine.connect() as connection:
        permits = connection.exec_driver_sql(PERMITS, bounds).all()
        cases = connection.exec_driver_sql(CASES, bounds).one()
    return {
        "year": year,
        "permits": [{"item_code": row.item_code, "name": row.name, "issued": row.issued} for row in permits],
        "cases": {
            "received": cases.received,
            "accepted": cases.accepted,
            "decided": cases.decided,
            "granted": cases.granted,
            "refused": cases.refused,
        },
        "timeliness": {
            "decided_with_statutory_limit": cases.timed,
            "within_statutory_limit": cases.in_law,
            "decided_with_promise": cases.promised,
            "within_promise": cases.as_promised,
            "open_and_overdue": cases.overdue_open,
        },
    }
