"""What happens to accounts as such: everything a person had open is ended, within seconds, everywhere."""

from datetime import datetime

from workflow.casework.office import Office
from workflow.casework.security import note
from workflow.casework.sessions import end_sessions
from workflow.store.connect import Connection


def revoke_everything(office: Office, person_id: str, now: datetime, *, place: str = "", by: str | None = None) -> None:
    """End every session and token of a person, everywhere, within seconds."""
    with office.work() as connection:
        end_everything(connection, person_id, now, "revoked")
        note(connection, "REVOKED_EVERYWHERE", now, person_id, by=by, place=place)


def end_everything(connection: Connection, person_id: str, now: datetime, why: str) -> None:
    """The same within the caller's transaction. why: password | deactivated | revoked."""
    connection.exec_driver_sql(
        "update people set token_epoch = token_epoch + 1 where id = %(person)s", {"person": person_id}
    )
    end_sessions(connection, person_id, now, why)
