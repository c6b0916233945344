"""A person's own messages: read, counted, marked. Nobody reads somebody else's."""

from datetime import datetime
from typing import Any

from workflow.casework.errors import NotFound
from workflow.casework.office import Office
from workflow.casework.telling import UNNAMED
from workflow.store.connect import Row

LIST = """
select m.id, c.case_no, m.action, m.title, m.kind, m.text, m.due_on, m.created_at, m.read_at
  from messages m join cases c on c.id = m.case_id
 where m.recipient = %(person)s and (%(before)s::bigint is null or m.id < %(before)s)
   and (not %(unread)s or m.read_at is null)
 order by m.id desc limit %(limit)s
"""


def messages_for(
    office: Office, person_id: str, *, unread: bool, before: int | None, limit: int
) -> tuple[list[dict[str, Any]], int | None]:
    """Return (messages, newest first; id to continue before or None)."""
    with office.look() as connection:
        rows = connection.exec_driver_sql(
            LIST, {"person": person_id, "before": before, "unread": unread, "limit": limit + 1}
        ).all()
    page = rows[:limit]
    return [_shown(row) for row in page], page[-1].id if len(rows) > limit else None


def unread_count(office: Office, person_id: str) -> int:
    """Return how many messages somebody has not read."""
    with office.look() as connection:
        count: int = connection.exec_driver_sql(
            "select count(*) from messages where recipient = %(person)s and read_at is null", {"person": person_id}
        ).scalar_one()
    return count


def mark_read(office: Office, person_id: str, message_id: int, now: datetime) -> dict[str, Any]:
    """Return the message, read; reading it again changes nothing. Raises NotFound for somebody else's just the same."""
    with office.work() as connection:
        connection.exec_driver_sql(
            "update messages set read_at = greatest(%(now)s::timestamptz, created_at)"
            " where id = %(id)s and recipient = %(person)s and read_at is null",
            {"id": message_id, "person": person_id, "now": now},
        )
        row = connection.exec_driver_sql(
            "select m.id, c.case_no, m.action, m.title, m.kind, m.text, m.due_on, m.created_at, m.read_at"
            " from messages m join cases c on c.id = m.case_id where m.id = %(id)s and m.recipient = %(person)s",
            {"id": message_id, "person": person_id},
        ).one_or_none()
    if row is None:
        raise NotFound(str(message_id))
    return _shown(row)


def mark_all_read(office: Office, person_id: str, now: datetime) -> int:
    """Mark everything somebody has not read; return how many that were."""
    with office.work() as connection:
        rows = connection.exec_driver_sql(
            "update messages set read_at = greatest(%(now)s::timestamptz, created_at)"
            " where recipient = %(person)s and read_at is null returning id",
            {"person": person_id, "now": now},
        )
    return len(rows)


def _shown(row: Row) -> dict[str, Any]:
    return {
        "id": row.id,
        "case_no": None if row.action in UNNAMED else row.case_no,
        "action": row.action,
        "kind": row.kind,
        "title": row.title,
        "text": row.text,
        "due_on": row.due_on.isoformat() if row.due_on else None,
        "created_at": row.created_at.isoformat(),
        "read_at": row.read_at.isoformat() if row.read_at else None,
    }
