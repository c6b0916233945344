"""The permit register: what was granted, by whom to be read."""

from typing import Any

from workflow.casework.access import PERMITS, allow, thing_of, where, who_of
from workflow.casework.disclosure import like
from workflow.casework.errors import NotFound
from workflow.casework.now import now
from workflow.casework.office import Office
from workflow.casework.people import Person
from workflow.store.access import PERMIT_FACTS
from workflow.store.connect import Row
from workflow.store.sealed import open_holder

COLUMNS = (
    "select p.id, permit_no, p.item_code, p.item_name, certificate, holder, holder_id_no, p.owner, p.department,"
    " content, issued_on, valid_from, valid_until, status, decision_no, c.case_no{more}"
    " from permits p join cases c on c.id = p.case_id"
)


def permits_for(
    office: Office, person: Person, *, before: int | None, limit: int, case_no: str | None = None
) -> tuple[list[dict[str, Any]], int | None]:
    """Return (permits this person may read, newest first; id to continue before or None). case_no: granted in it."""
    mine = where(person, "permit", "list", PERMITS)
    with office.look() as connection:
        rows = connection.exec_driver_sql(
            f"{COLUMNS.format(more=f', {mine.in_full} as in_full')} where {mine.sql}"
            " and (%(before)s::bigint is null or p.id < %(before)s)"
            " and (%(case)s::text is null or c.case_no = %(case)s) order by p.id desc limit %(limit)s",
            {"person": person.id, "today": now().date(), "before": before, "limit": limit + 1, "case": case_no},
        ).all()
    page = rows[:limit]
    return [_full(row, in_full=row.in_full) for row in page], page[-1].id if len(rows) > limit else None


def permit(office: Office, permit_no: str, person: Person) -> dict[str, Any]:
    """Return one permit. Raises NotFound, for a stranger's just the same."""
    with office.look() as connection:
        row = connection.exec_driver_sql(
            f"{COLUMNS.format(more=f',{PERMIT_FACTS}')} where permit_no = %(no)s",
            {"no": permit_no.replace("\x00", ""), "person": person.id, "today": now().date()},
        ).one_or_none()
    if row is None:
        raise NotFound(permit_no)
    grant = allow(who_of(row, person.id), "permit", "read", thing_of(row, ""))
    return _full(row, in_full=grant.in_full)


PUBLIC = f"""{COLUMNS.format(more="")} where (%(before)s::bigint is null or p.id < %(before)s)
 and (%(status)s::text is null or status = %(status)s) and (%(department)s::text is null or p.department = %(department)s)
 and (%(item_code)s::text is null or p.item_code = %(item_code)s)
 and (%(q)s::text is null or permit_no like %(q)s or holder like %(q)s or p.item_name like %(q)s or certificate like %(q)s)
 order by p.id desc limit %(limit)s"""


def public_permits(
    office: Office,
    *,
    before: int | None,
    limit: int,
    q: str | None = None,
    department: str | None = None,
    item_code: str | None = None,
    status: str | None = None,
) -> tuple[list[dict[str, Any]], int | None]:
    """Return (the public part of granted permits, newest first; id to continue before or None). q: part of a number or name."""
    with office.look() as connection:
        rows = connection.exec_driver_sql(
            PUBLIC,
            {
                "before": before,
                "limit": limit + 1,
                "q": f"%{like(q)}%" if q else None,
                "department": department,
                "item_code": item_code,
                "status": status,
            },
        ).all()
    page = rows[:limit]
    return [_public(row) for row in page], page[-1].id if len(rows) > limit else None


def _public(row: Row) -> dict[str, Any]:
    return {
        "permit_no": row.permit_no,
        "item_code": row.item_code,
        "item_name": row.item_name,
        "certificate": row.certificate,
        "holder": row.holder,
        "department": row.department,
        "issued_on": row.issued_on.isoformat(),
        "valid_from": row.valid_from.isoformat(),
        "valid_until": row.valid_until.isoformat() if row.valid_until else None,
        "status": row.status,
    }


def _full(row: Row, *, in_full: bool) -> dict[str, Any]:
    full = {**_public(row), "content": row.content, "decision_no": row.decision_no, "case_no": row.case_no}
    if in_full:
        full["holder_id_no"] = open_holder(row.holder_id_no, row.permit_no)
    return full
