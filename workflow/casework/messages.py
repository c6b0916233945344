"""A person's own messages: read, counted, marked. Nobody reads somebody else's."""

from datetime import datetime
from typing import Any

from workflow.casework.access import MESSAGES, where
from workflow.casework.errors import NotFound
from workflow.casework.office import Office
from workflow.casework.people import Person
from workflow.casework.telling import UNNAMED
from workflow.store.connect import Row

LIST = """
select m.id, c.case_no, m.action, m.title, m.kind, m.text, m.due_on, m.created_at, m.read_at
  from messages m join cases c on c.id = m.case_id
 where {mine} and (%(before)s::bigint is null or m.id < %(before)s)
   and (not %(unread)s or m.read_at is null)
 order by m.id desc limit %(limit)s
"""


def messages_for(
    office: Office, person: Person, *, unread: bool, before: int | None, limit: int
) -> tuple[list[dict[str, Any]], int | None]:
    """Return (messages, newest first; id to continue before or None)."""
    with office.look() as connection:
        rows = connection.exec_driver_sql(
            LIST.format(mine=_mine(person)),
            {"person": person.id, "before": before, "unread": unread, "limit": limit + 1},
        ).all()
    page = rows[:limit]
    return [_shown(row) for row in page], page[-1].id if len(rows) > limit else None


def _mine(person: Person, may: str = "list") -> str:
    return where(person, "message", may, MESSAGES).sql


def unread_count(office: Office, person: Person) -> int:
    """Return how many messages somebody has not read."""
    with office.look() as connection:
        count: int = connection.exec_driver_sql(
            f"select count(*) from messages m where {_mine(person)} and read_at is null", {"person": person.id}
        ).scalar_one()
    return count


def mark_read(office: Office, person: Person, message_id: int, now: datetime) -> dict[str, Any]:
    """Return the message, read; reading it again changes nothing. Raises NotFound for somebody else's just the same."""
    with office.work() as connection:
        connection.exec_driver_sql(
            "update messages m set read_at = greatest(%(now)s::timestamptz, created_at)"
            f" where id = %(id)s and {_mine(person, 'mark')} and read_at is null",
            {"id": message_id, "person": person.id, "now": now},
        )
        row = connection.exec_driver_sql(
            "select m.id, c.case_no, m.action, m.title, m.kind, m.text, m.due_on, m.created_at, m.read_at"
            f" from messages m join cases c on c.id = m.case_id where m.id = %(id)s and {_mine(person)}",
            {"id": message_id, "person": person.id},
        ).one_or_none()
    if row is None:
        raise NotFound(str(message_id))
    return _shown(row)


def mark_all_read(office: Office, person: Person, now: datetime) -> int:
    """Mark everything somebody has not read; return how many that were."""
    with office.work() as connection:
        rows = connection.exec_driver_sql(
            "update messages m set read_at = greatest(%(now)s::timestamptz, created_at)"
            f" where {_mine(person, 'mark')} and read_at is null returning id",
            {"person": person.id, "now": now},
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
