"""Who works in a department today: for choosing people and for showing names instead of account ids."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from workflow.casework.office import Office
from workflow.store.posts import VALID_TODAY


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody with at least one post in the department."""

    id: str
    name: str
    posts: tuple[str, ...]


def colleagues(office: Office, department: str, today: date) -> list[Colleague]:
    """Return the active staff of a department with the posts they hold today, by name."""
    with office.look() as connection:
        rows = connection.exec_driver_sql(
            "select p.id, p.name, array_agg(pp.post order by pp.post) as posts from person_posts pp"
            " join people p on p.id = pp.person_id where pp.department = %(department)s and p.active"
            f" and {VALID_TODAY} group by p.id, p.name order by p.name, p.id",
            {"department": department, "today": today},
        ).all()
    return [Colleague(row.id, row.name, tuple(row.posts)) for row in rows]


def names_of(office: Office, people: Iterable[str]) -> dict[str, str]:
    """Return {account: name} of these people."""
    wanted = sorted(set(people))
    if not wanted:
        return {}
    with office.look() as connection:
        rows = connection.exec_driver_sql("select id, name from people where id = any(%(ids)s)", {"ids": wanted}).all()
    return {row.id: row.name for row in rows}
