"""What the office told one person, newest first."""

from typing import Any

from workflow.casework.office import Office


def messages_for(
    office: Office, person: str, *, before: int | None, limit: int
) -> tuple[list[dict[str, Any]], int | None]:
    """Return (messages to this person, id to continue before or None)."""
    with office.look() as connection:
        rows = connection.exec_driver_sql(
            "select m.id, m.text, m.created_at, c.case_no, c.item_name from messages m join cases c on c.id = m.case_id"
            " where m.recipient = %(person)s and (%(before)s::bigint is null or m.id < %(before)s)"
            " order by m.id desc limit %(limit)s",
            {"person": person, "before": before, "limit": limit + 1},
        ).all()
    page = rows[:limit]
    items = [
        {"text": row.text, "at": row.created_at.isoformat(), "case_no": row.case_no, "item_name": row.item_name}
        for row in page
    ]
    return items, page[-1].id if len(rows) > limit else None
