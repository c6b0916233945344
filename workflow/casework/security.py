"""What happened to accounts, kept for good: no names, no addresses, an account only where it exists.

Places are keyed hashes: whoever reads the log can tell that two entries came from one place, and not from which.
"""

from dataclasses import dataclass
from datetime import datetime

from workflow.casework.office import Office
from workflow.store.connect import Connection


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log. by_person: who did it to somebody else's account, if anybody did."""

    id: int
    at: datetime
    event: str
    person_id: str | None
    by_person: str | None
    place: str | None


def note(
    connection: Connection, event: str, now: datetime, person_id: str, *, by: str | None = None, place: str = ""
) -> None:
    """Write one line within the caller's transaction. An account nobody has is left out: it may be a mistyped password."""
    connection.exec_driver_sql(
        "insert into security_log (at, event, person_id, by_person, place)"
        " values (%(now)s, %(event)s, (select id from people where id = %(person)s), %(by)s, nullif(%(place)s, ''))",
        {"now": now, "event": event, "person": person_id.replace("\x00", ""), "by": by, "place": place},
    )


def note_alone(office: Office, event: str, now: datetime, person_id: str, *, place: str = "") -> None:
    """Write one line in a transaction of its own."""
    with office.work() as connection:
        note(connection, event, now, person_id, place=place)


def entries(office: Office, *, before: int | None, limit: int, person_id: str | None = None) -> list[Entry]:
    """Return lines, newest first; of one account, if asked. One more than `limit` where there are more."""
    with office.look() as connection:
        rows = connection.exec_driver_sql(
            "select id, at, event, person_id, by_person, place from security_log"
            " where (%(before)s::bigint is null or id < %(before)s)"
            " and (%(person)s::text is null or person_id = %(person)s) order by id desc limit %(limit)s",
            {"before": before, "person": person_id, "limit": limit + 1},
        )
    return [Entry(*row) for row in rows]
