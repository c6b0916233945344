"""Open a case about a permit: what its holder asks for, or what the office begins by itself."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from workflow.casework.errors import NotFound, RefusedError
from workflow.casework.office import Office
from workflow.casework.people import Person
from workflow.casework.submit import OpenRequest, open_within
from workflow.casework.views import Answer
from workflow.engine.errors import Reason, Refused
from workflow.engine.model import Process
from workflow.engine.vocabulary import PERMIT_OPERATIONS
from workflow.store.connect import Connection, Row

PERMIT = """
select p.id, p.permit_no, p.item_code, p.owner, p.department, p.status, p.valid_until, p.life_id, c.applicant, p.holder
  from permits p join cases c on c.id = p.case_id where p.permit_no = %(no)s
"""
LOCK = "select id from cases where id = %(life)s for update"
OPEN = """
select case_no from cases where permit_id = %(id)s and operation = %(operation)s and phase in ('intake', 'review') limit 1
"""
# In which states of a permit an operation makes sense, beyond what its life itself allows.
LIVING = ("valid", "suspended")
ALLOWED: Mapping[str, tuple[str, ...]] = {
    "renewal": ("valid",),
    "change": ("valid",),
    "replacement": ("valid",),
    "cancellation": ("valid", "suspended", "expired"),
    "suspend": ("valid",),
    "reinstate": ("suspended",),
    "withdraw": LIVING,
    "revoke": LIVING,
    "forfeit": LIVING,
    "cancel": (*LIVING, "expired", "revoked", "withdrawn", "forfeited"),
}
NAMES = {**PERMIT_OPERATIONS, "renewal": "延续", "change": "变更", "replacement": "补发", "cancellation": "注销"}
STATUS_NAMES = {
    "valid": "有效",
    "suspended": "暂扣",
    "expired": "已过期",
    "revoked": "已撤销",
    "withdrawn": "已撤回",
    "forfeited": "已吊销",
    "cancelled": "已注销",
}


def permit_for(office: Office, permit_no: str, person: Person) -> Row:
    """Return the permit if this person holds it or works where it was issued. Raises NotFound otherwise."""
    with office.work() as connection:
        row = connection.exec_driver_sql(PERMIT, {"no": permit_no.replace("\x00", "")}).one_or_none()
    if row is None or not (row.owner == person.id or row.department in person.departments):
        raise NotFound(permit_no)
    return row


def about(row: Row, operation: str) -> dict[str, Any]:
    """Return what the terms of a case about this permit say of it."""
    until = row.valid_until.isoformat() if row.valid_until else None
    return {"permit_no": row.permit_no, "valid_until": until, "operation": operation}


def open_about(office: Office, row: Row, request: OpenRequest, process: Process, now: datetime) -> Answer:
    """Return the new case. Raises RefusedError if the permit's state or another open case of the kind forbids it."""
    operation = request.terms.permit["operation"]
    with office.work() as connection:
        _check(connection, row, operation)
        answer = open_within(connection, office, replace(request, permit_id=row.id), process, now)
    if not answer.replayed:
        office.nudge()
    return answer


def _check(connection: Connection, row: Row, operation: str) -> None:
    if row.life_id is None:
        raise _refused("PERMIT_HAS_NO_LIFE", f"证照 {row.permit_no} 没有可以办理的记录。")
    connection.exec_driver_sql(LOCK, {"life": row.life_id})
    status = connection.exec_driver_sql("select status from permits where id = %(id)s", {"id": row.id}).scalar_one()
    if status not in ALLOWED[operation]:
        raise _refused("PERMIT_NOT_VALID", f"证照{STATUS_NAMES[status]}，不能办理{NAMES[operation]}。")
    open_case = connection.exec_driver_sql(OPEN, {"id": row.id, "operation": operation}).scalar_one_or_none()
    if open_case:
        raise _refused("PERMIT_BUSY", f"这个证照的{NAMES[operation]}正在办理（{open_case}），不能重复提出。")


def _refused(code: str, text: str) -> RefusedError:
    return RefusedError(Refused((Reason(code, text, "行政许可法 第四十九条、第五十条、第七十条", "conflict"),)))
