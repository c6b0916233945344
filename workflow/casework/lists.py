"""Lists of cases, newest first, by keyset."""

from typing import Any

from workflow.casework.access import CASES, where
from workflow.casework.masking import mask_applicant
from workflow.casework.now import now
from workflow.casework.office import Office
from workflow.casework.people import Person

COLUMNS = (
    "select id, case_no, item_code, item_name, process, state, version, department, received_at, accepted_on,"
    " decided_on, outcome, statutory_due, promised_due, alert, applicant ->> 'name' as applicant_name,"
    " applicant ->> 'kind' as applicant_kind"
)


def cases_for(
    office: Office,
    person: Person,
    *,
    before: int | None = None,
    limit: int = 20,
    state: str | None = None,
    item_code: str | None = None,
    owner: str | None = None,
) -> tuple[list[dict[str, Any]], int | None]:
    """Return (cases the person may see, id to continue before or None). Raises RefusedError for those who see none.

    owner: only those of this account, not what one does for another.
    """
    wanted = [
        f"{column} = %({column})s"
        for column, value in (("state", state), ("item_code", item_code))
        if value is not None
    ]
    wanted.append("kind <> 'permit'")
    if owner is not None:
        wanted.append("owner = %(owner)s")
    if before is not None:
        wanted.append("id < %(before)s")
    mine = where(person, "case", "list", CASES)
    with office.look() as connection:
        rows = connection.exec_driver_sql(
            f"{COLUMNS}, {mine.in_full} as in_full from cases c where {' and '.join([mine.sql, *wanted])}"
            " order by id desc limit %(limit)s",
            {
                "person": person.id,
                "today": now().date(),
                "state": _clean(state),
                "item_code": _clean(item_code),
                "owner": owner,
                "before": before,
                "limit": limit + 1,
            },
        ).all()
    page = rows[:limit]
    return [_brief(row) for row in page], page[-1].id if len(rows) > limit else None


def _clean(text: str | None) -> str | None:
    return text.replace("\x00", "") if text else text


def _brief(row: Any) -> dict[str, Any]:
    name = row.applicant_name
    if not row.in_full:
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
