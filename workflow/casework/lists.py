"""Lists of cases, newest first, by keyset."""

from typing import Any

from workflow.casework.masking import mask_applicant
from workflow.casework.office import Office
from workflow.casework.people import Person
from workflow.store.humans import RECUSED

COLUMNS = (
    "select id, case_no, item_code, item_name, process, state, version, department, received_at, accepted_on,"
    " decided_on, outcome, statutory_due, promised_due, alert, applicant ->> 'name' as applicant_name,"
    " applicant ->> 'kind' as applicant_kind from cases"
)


def cases_for(
    office: Office,
    person: Person,
    *,
    before: int | None = None,
    limit: int = 20,
    state: str | None = None,
    item_code: str | None = None,
) -> tuple[list[dict[str, Any]], int | None]:
    """Return (cases the person may see, id to continue before or None).

    An applicant sees their own; staff those of their departments; overseers all, with names masked.
    """
    where = ["true"] if person.oversees else ["(owner = %(person)s or department = any(%(departments)s))"]
    if person.kind == "applicant":
        where = ["owner = %(person)s"]
    for column, value in (("state", state), ("item_code", item_code)):
        if value is not None:
            where.append(f"{column} = %({column})s")
    where.append("kind <> 'permit'")
    where.append(f"(owner = %(person)s or not {RECUSED.format(case='cases.id')})")
    if before is not None:
        where.append("id < %(before)s")
    sql = f"{COLUMNS} where {' and '.join(where)} order by id desc limit %(limit)s"
    with office.look() as connection:
        rows = connection.exec_driver_sql(
            sql,
            {
                "person": person.id,
                "departments": list(person.departments),
                "state": _clean(state),
                "item_code": _clean(item_code),
                "before": before,
                "limit": limit + 1,
            },
        ).all()
    page = rows[:limit]
    return [_brief(row, hide=person.oversees) for row in page], page[-1].id if len(rows) > limit else None


def _clean(text: str | None) -> str | None:
    return text.replace("\x00", "") if text else text


def _brief(row: Any, *, hide: bool) -> dict[str, Any]:
    name = row.applicant_name
    if hide:
        name = mask_applicant({"kind": row.applicant_kind, "name": name})["name"]
    return {
        "case_no": row.case_no,
        "item_code": row.item_code,
        "item_name": row.item_name,
        "process": row.process,
        "state": row.state,
        "version": row.version,
        "department": row.department,
        "applicant_name": name,
        "received_at": row.received_at.isoformat() if row.received_at else None,
        "accepted_on": row.accepted_on.isoformat() if row.accepted_on else None,
        "decided_on": row.decided_on.isoformat() if row.decided_on else None,
        "outcome": row.outcome,
        "due": {
            "statutory": row.statutory_due.isoformat() if row.statutory_due else None,
            "promised": row.promised_due.isoformat() if row.promised_due else None,
        },
        "alert": row.alert,
    }
