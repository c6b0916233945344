"""Open a case about a permit: what its holder asks for, or what the office begins by itself."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from workflow.casework.act import replay_answer
from workflow.casework.errors import NotFound
from workflow.casework.office import Office
from workflow.casework.people import Person
from workflow.casework.permit_requests import check_request, hold
from workflow.casework.submit import OpenRequest, open_within
from workflow.casework.views import Answer
from workflow.engine.model import Process
from workflow.store import cases
from workflow.store.connect import Row
from workflow.store.sealed import open_applicant

PERMIT = """
select p.id, p.permit_no, p.item_code, p.owner, p.department, p.status, p.valid_until, p.life_id, c.applicant, c.case_no, p.holder
  from permits p join cases c on c.id = p.case_id where p.permit_no = %(no)s
"""


def permit_for(office: Office, permit_no: str, person: Person) -> Row:
    """Return the permit if this person holds it or works where it was issued. Raises NotFound otherwise."""
    with office.work() as connection:
        row = connection.exec_driver_sql(PERMIT, {"no": permit_no.replace("\x00", "")}).one_or_none()
    if row is None or not (row.owner == person.id or row.department in person.departments):
        raise NotFound(permit_no)
    return row._replace(applicant=open_applicant(row.applicant, row.case_no))


def about(row: Row, operation: str) -> dict[str, Any]:
    """Return what the terms of a case about this permit say of it."""
    until = row.valid_until.isoformat() if row.valid_until else None
    return {"permit_no": row.permit_no, "valid_until": until, "operation": operation}


def open_about(office: Office, row: Row, request: OpenRequest, process: Process, now: datetime) -> Answer:
    """Return the new case, or the one this request opened before. Raises as check_request() does, and KeyReused."""
    with office.work() as connection:
        hold(connection, row.id)
        known = request.known
        earlier = cases.earlier_answer(connection, request.person, known.key) if known else None
        if known and earlier:
            return replay_answer(known, *earlier)
        check_request(connection, row.id, request.terms.permit["operation"])
        answer = open_within(connection, office, replace(request, permit_id=row.id), process, now)
    office.nudge()
    return answer
