"""Cases that belong together: a joint case and its branches, as far as the reader may open them."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from workflow.casework.access import CASES, where
from workflow.casework.office import Office
from workflow.casework.people import Person
from workflow.store.connect import Connection

BRANCHES = """
select c.branch, c.case_no, c.state, c.process_digest from cases c where c.parent_id = %(id)s and {mine} order by c.id
"""
PARENT = "select c.case_no from cases c where c.id = %(id)s and {mine}"


def with_branches(
    connection: Connection,
    office: Office,
    case_id: int,
    listed: list[dict[str, Any]],
    person: Person,
    today: date,
) -> list[dict[str, Any]]:
    """Return the branches of a joint case; those the reader may open say where they stand: state, state_name."""
    sql = BRANCHES.format(mine=where(person, "case", "read", CASES).sql)
    rows = connection.exec_driver_sql(sql, _asked(case_id, person, today)).all()
    known: Mapping[str, dict[str, Any]] = {
        row.branch: {
            "case_no": row.case_no,
            "state": row.state,
            "state_name": office.process(connection, row.process_digest).states[row.state].title,
        }
        for row in rows
    }
    return [{**one, **known.get(one["branch"], {})} for one in listed]


def joint_case(connection: Connection, parent_id: int, person: Person, today: date) -> str | None:
    """Return the number of the joint case a branch belongs to, None for who may not open it."""
    sql = PARENT.format(mine=where(person, "case", "read", CASES).sql)
    found: str | None = connection.exec_driver_sql(sql, _asked(parent_id, person, today)).scalar_one_or_none()
    return found


def _asked(case_id: int, person: Person, today: date) -> dict[str, Any]:
    return {"id": case_id, "person": person.id, "today": today}
