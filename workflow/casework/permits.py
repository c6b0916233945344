"""Permits: one per granted decision, numbered without gaps, in the decision's own transaction."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from workflow.engine.calendar import plain_end
from workflow.store import cases
from workflow.store.connect import Connection

if TYPE_CHECKING:
    from workflow.casework.office import Office
    from workflow.casework.record import Locked

INSERT = """
insert into permits (permit_no, case_id, item_code, item_name, certificate, holder, holder_id_no, owner, department,
                     content, issued_on, valid_from, valid_until, decision_no)
values (%(permit_no)s, %(case_id)s, %(item_code)s, %(item_name)s, %(certificate)s, %(holder)s, %(holder_id_no)s,
        %(owner)s, %(department)s, %(content)s, %(issued_on)s, %(valid_from)s, %(valid_until)s, %(decision_no)s)
"""


def grant_permit(
    connection: Connection, office: "Office", locked: "Locked", decision_no: str, on: date, content: str
) -> str | None:
    """Insert the permit of a grant and return its number; None where the item's result is no certificate."""
    result = locked.terms.result
    certificate = result.get("certificate")
    if not certificate:
        return None
    word = f"证{locked.terms.item_code}"
    number = cases.next_numbers(connection, locked.department, on.year, [word])[0]
    permit_no = f"{office.number_prefix}{word}〔{on.year}〕{number:04d}号"
    connection.exec_driver_sql(
        INSERT,
        {
            "permit_no": permit_no,
            "case_id": locked.id,
            "item_code": locked.terms.item_code,
            "item_name": locked.terms.item_name,
            "certificate": certificate,
            "holder": locked.applicant["name"],
            "holder_id_no": locked.applicant["id_no"],
            "owner": locked.owner,
            "department": locked.department,
            "content": content,
            "issued_on": on,
            "valid_from": on,
            "valid_until": valid_until(on, result.get("validity")),
            "decision_no": decision_no,
        },
    )
    return permit_no


def valid_until(start: date, validity: Mapping[str, Any] | None) -> date | None:
    """Return the last day of validity (inclusive), or None for a permit without end.

    Three years from 2026-09-01 end on 2029-08-31: the corresponding day is the first day no longer
    covered (民法典202 for months without that day). Never rolled to a working day.
    """
    if validity is None:
        return None
    end = plain_end(start, validity["n"], validity["unit"])
    return end if end.day < start.day else end - timedelta(days=1)
