"""Load what the office knows of people outside it: the library of experts, copies of other agencies' registers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from workflow.casework.office import Office
from workflow.casework.people import put_person
from workflow.store import surroundings


@dataclass(frozen=True, slots=True)
class ExpertRow:
    """One expert: account, name, the unit they work for, what they know."""

    person_id: str
    name: str
    unit: str
    specialities: tuple[str, ...]


def load_experts(office: Office, rows: Sequence[ExpertRow]) -> int:
    """Replace the library, one transaction; return its size. Who is not in it is never drawn again, but stays known.

    Experts may act for every department that has staff, and in a case only once they are drawn for it.
    """
    with office.work() as connection:
        surroundings.retire_experts(connection)
        departments = connection.exec_driver_sql("select distinct department from person_posts").scalars().all()
        for row in rows:
            posts = [(department, "expert") for department in departments]
            put_person(connection, row.person_id, row.name, "staff", posts=posts)
            surroundings.put_expert(connection, row.person_id, row.unit, row.specialities)
    return len(rows)


def load_register(
    office: Office, register: str, source: str, as_of: datetime, rows: Iterable[Mapping[str, Any]]
) -> int:
    """Replace a register by a copy of that moment, one transaction; return how many entries it has."""
    with office.work() as connection:
        return surroundings.put_register(connection, register, source, as_of, rows)
