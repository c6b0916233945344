"""Permits: one per granted decision, numbered without gaps, in the decision's own transaction."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from workflow.casework.errors import RefusedError
from workflow.definitions.organs import organ_word
from workflow.engine.calendar import plain_end
from workflow.engine.errors import Reason, Refused
from workflow.store import cases, sealed
from workflow.store.connect import Connection

if TYPE_CHECKING:
    from workflow.casework.locked import Locked

INSERT = """
insert into permits (permit_no, case_id, item_code, item_name, certificate, holder, holder_id_no, holder_index, owner, department,
                     content, issued_on, valid_from, valid_until, decision_no)
values (%(permit_no)s, %(case_id)s, %(item_code)s, %(item_name)s, %(certificate)s, %(holder)s, %(holder_id_no)s, %(holder_index)s,
        %(owner)s, %(department)s, %(content)s, %(issued_on)s, %(valid_from)s, %(valid_until)s, %(decision_no)s)
returning id
"""


def grant_permit(
    connection: Connection, locked: "Locked", decision_no: str, on: date, content: str
) -> tuple[int, str, date | None] | None:
    """Insert the permit of a grant; return (id, number, last day). None where the item's result is no certificate."""
    result = locked.terms.result
    certificate = result.get("certificate")
    if not certificate:
        return None
    word = f"证{locked.terms.item_code}"
    organ = organ_word(locked.department)
    number = cases.next_numbers(connection, organ, on.year, [word])[0]
    permit_no = f"{organ}{word}〔{on.year}〕{number:04d}号"
    until = last_day(on, locked.terms.result)
    permit_id = connection.exec_driver_sql(
        INSERT,
        {
            "permit_no": permit_no,
            "case_id": locked.id,
            "item_code": locked.terms.item_code,
            "item_name": locked.terms.item_name,
            "certificate": certificate,
            "holder": locked.applicant["name"],
            "holder_id_no": sealed.seal_holder(locked.applicant["id_no"], permit_no),
            "holder_index": sealed.index_of(locked.applicant),
            "owner": locked.owner,
            "department": locked.department,
            "content": content,
            "issued_on": on,
            "valid_from": on,
            "valid_until": until,
            "decision_no": decision_no,
        },
    ).scalar_one()
    return permit_id, permit_no, until


def last_day(start: date, result: Mapping[str, Any]) -> date | None:
    """Return the last day of a permit that begins on `start`; None for one without end.

    It is the day the application names where the item's rule says so, but no later than the item's own period.
    Raises RefusedError where the day named is over before the permit begins.
    """
    most = valid_until(start, result.get("validity"))
    if not result.get("valid_until"):
        return most
    named = date.fromisoformat(result["valid_until"])
    if named < start:
        text = f"申请的期限至{named.isoformat()}届满，不能再准予自{start.isoformat()}起的许可。"
        raise RefusedError(Refused((Reason("VALIDITY_OVER", text, "行政许可法 第三十九条、第七十条", "conflict"),)))
    return named if most is None else min(named, most)


def valid_until(start: date, validity: Mapping[str, Any] | None) -> date | None:
    """Return the last day of validity (inclusive), or None for a permit without end.

    Three years from 2026-09-01 end on 2029-08-31: the corresponding day is the first day no longer
    covered (民法典202 for months without that day). Never rolled to a working day.
    """
    if validity is None:
        return None
    end = plain_end(start, validity["n"], validity["unit"])
    return end if end.day < start.day else end - timedelta(days=1)
