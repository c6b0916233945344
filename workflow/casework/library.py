"""Load what the office knows of people outside it: the library of experts, copies of other agencies' registers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from workflow.casework.four_eyes import Body, Doing, Kind, emergency, refused
from workflow.casework.office import Office
from workflow.casework.people import put_person
from workflow.store import surroundings
from workflow.store.connect import Connection


@dataclass(frozen=True, slots=True)
class ExpertRow:
    """One expert: account, name, the unit they work for, what they know."""

    person_id: str
    name: str
    unit: str
    specialities: tuple[str, ...]
    unit_code: str = ""


def _not_by_hand(_connection: Connection, _body: Body, _doing: Doing) -> None:
    raise refused("ONLY_AT_THE_CONSOLE", "专家库由控制台从文件载入（banjian experts load）。")


KIND = Kind(
    "load-experts",
    "载入专家库",
    frozenset({"system-admin", "catalogue-admin"}),
    lambda body: f"{body['count']} 名专家",
    lambda _, body: dict(body),
    _not_by_hand,
)


def load_experts(office: Office, rows: Sequence[ExpertRow], *, account: str = "", now: datetime | None = None) -> int:
    """Replace the library, one transaction; return its size. Who is not in it is never drawn again, but stays known.

    account, now: os:ACCOUNT at the console; it is written down as an emergency (four_eyes.py).
    Experts may act for every department that has staff, and in a case only once they are drawn for it.
    """
    with office.work() as connection:
        surroundings.retire_experts(connection)
        departments = connection.exec_driver_sql("select distinct department from person_posts").scalars().all()
        for row in rows:
            posts = [(department, "expert") for department in departments]
            put_person(connection, row.person_id, row.name, "staff", posts=posts)
            surroundings.put_expert(connection, row.person_id, row.unit, row.specialities, unit_code=row.unit_code)
        if account and now:
            listed = [{"id": row.person_id, "unit": row.unit} for row in rows]
            emergency(connection, KIND, {"count": len(rows), "experts": listed}, "在控制台载入专家库", account, now)
    return len(rows)


def load_register(
    office: Office, register: str, source: str, as_of: datetime, rows: Iterable[Mapping[str, Any]]
) -> int:
    """Replace a register by a copy of that moment, one transaction; return how many entries it has."""
    with office.work() as connection:
        return surroundings.put_register(connection, register, source, as_of, rows)
