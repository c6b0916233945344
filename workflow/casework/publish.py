"""Publish versions of processes and manuals: checked first, then written down with who, when and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from workflow.casework.errors import ChangeRefused, NotFound
from workflow.casework.office import Office
from workflow.casework.people import Person, person_of
from workflow.definitions.lint import lint
from workflow.engine.model import Process
from workflow.store import definitions, versions
from workflow.store.connect import Connection
from workflow.store.versions import Version

ADMIN = "catalogue-admin"
REASON_MAX = 400
AT_THE_CONSOLE = "os:"  # before the name of the operating system's account that ran the command


@dataclass(frozen=True, slots=True)
class Published:
    """One version and whether it is new: False if it was the newest already."""

    what: Version
    is_new: bool


def publish(
    office: Office, processes: Sequence[Process], manuals: Sequence[Version], *, by: str, because: str, now: datetime
) -> list[Published]:
    """Return what was published, all of it or nothing. New cases run on it from now on, running ones stay where they are.

    by: a person with the post catalogue-admin, or os:ACCOUNT.  Raises ChangeRefused with every finding.
    """
    findings = [str(finding) for process in processes for finding in lint(process)]
    if findings:
        raise ChangeRefused(*findings)
    if not 1 <= len(because) <= REASON_MAX:
        raise ChangeRefused(f"a reason has 1 to {REASON_MAX} characters")
    with office.work() as connection:
        if not by.startswith(AT_THE_CONSOLE):
            administrator(connection, by, now)
        definitions.store_all(connection, {process.slug: process for process in processes})
        wanted = [*map(versions.version_of, processes), *manuals]
        return [Published(what, versions.publish(connection, what, by=by, because=because, at=now)) for what in wanted]


def administrator(connection: Connection, person_id: str, now: datetime) -> Person:
    """Return the person, who holds the post catalogue-admin today. Raises ChangeRefused."""
    try:
        person = person_of(connection, person_id, now.date())
    except NotFound:
        raise ChangeRefused(f"there is no active person {person_id!r}") from None
    if not person.has_post(ADMIN):
        raise ChangeRefused(f"{person_id} does not hold the post {ADMIN}")
    return person
