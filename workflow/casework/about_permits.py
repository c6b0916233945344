"""Open a case about a permit: what its holder asks for, or what the office begins by itself."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from workflow.casework.access import Grant, allow, granted, thing_of, who_of
from workflow.casework.act import replay_answer
from workflow.casework.errors import NotFound
from workflow.casework.now import now
from workflow.casework.office import Office
from workflow.casework.people import Person
from workflow.casework.permit_requests import check_request, hold
from workflow.casework.submit import OpenRequest, open_within
from workflow.casework.views import Answer
from workflow.engine.model import Process
from workflow.store import cases
from workflow.store.access import PERMIT_FACTS
from workflow.store.connect import Connection, Row
from workflow.store.sealed import open_applicant

PERMIT = f"""
select p.id, p.permit_no, p.item_code, p.owner, p.department, p.status, p.valid_until, p.life_id, c.applicant, c.case_no, p.holder,{PERMIT_FACTS}
  from permits p join cases c on c.id = p.case_id where p.permit_no = %(no)s
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """A permit about which somebody may do something: may is what, out of what they asked."""

    row: Row
    grant: Grant
    may: str


def permit_for(office: Office, permit_no: str, person: Person, *ways: str) -> Asked:
    """Return the permit with the first of these ways open to this person. Raises NotFound, RefusedError."""
    with office.look() as connection:
        return _permit_for(connection, permit_no, person.id, ways)


def _permit_for(connection: Connection, permit_no: str, person: str, ways: Sequence[str]) -> Asked:
    row = connection.exec_driver_sql(
        PERMIT, {"no": permit_no.replace("\x00", ""), "person": person, "today": now().date()}
    ).one_or_none()
    if row is None:
        raise NotFound(permit_no)
    who, thing = who_of(row, person), thing_of(row, "")
    may = next((way for way in ways if granted(who, "permit", way, thing)), ways[-1])
    return Asked(
        row._replace(applicant=open_applicant(row.applicant, row.case_no)), allow(who, "permit", may, thing), may
    )


def about(row: Row, operation: str) -> dict[str, Any]:
    """Return what the terms of a case about this permit say of it."""
    until = row.valid_until.isoformat() if row.valid_until else None
    return {"permit_no": row.permit_no, "valid_until": until, "operation": operation}


def open_about(office: Office, row: Row, may: str, request: OpenRequest, process: Process, moment: datetime) -> Answer:
    """Return the new case, or the one this request opened before.

    Raises as permit_for() and check_request() do, and KeyReused.
    """
    with office.work() as connection:
        _permit_for(connection, row.permit_no, request.person, (may,))
        hold(connection, row.id)
        known = request.known
        earlier = cases.earlier_answer(connection, request.person, known.key) if known else None
        if known and earlier:
            return replay_answer(known, *earlier)
        check_request(connection, row.id, request.terms.permit["operation"])
        answer = open_within(connection, office, replace(request, permit_id=row.id), process, moment)
    office.nudge()
    return answer
