"""The inbox: keyset pages over partial indexes, soonest due first, never a total count."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from workflow.casework.access import Columns, where
from workflow.casework.assign import TaskView, view_of
from workflow.casework.office import Office
from workflow.casework.people import Person
from workflow.store.posts import VALID_TODAY

TASKS = Columns("c.owner", "t.department", "c.item_code", "c.id", "c.phase")
COLUMNS = """
select t.id, c.case_no, c.item_code, c.item_name, c.process, t.state, t.department, t.post, t.title, t.assignee,
       t.due_on, t.opened_at, c.version as case_version, c.alert, t.delegated_by, t.delegated_until
"""
OPEN = "select t.* from tasks t join cases c on c.id = t.case_id where t.closed_at is null and {mine}"
PAGE = (
    "and (t.due_on, t.id) > (%(after_due)s, %(after_id)s) and t.due_on <= %(until)s"
    " and (%(post)s::text is null or t.post = %(post)s) order by t.due_on, t.id limit %(limit)s"
)

# One index range per (department, post) or department, each read no further than a page; the ranges are merged, and
# only what is on the page is joined to its case. So a page costs a page however long the queue is.
AVAILABLE = f"""
 (select distinct department, post from person_posts where person_id = %(person)s and {VALID_TODAY}) held
 cross join lateral ({OPEN} and t.assignee is null and t.members is null
                       and t.department = held.department and t.post = held.post {PAGE}) page"""
DEPARTMENT = f"""
 (select distinct department from person_posts where person_id = %(person)s and {VALID_TODAY}) held
 cross join lateral ({OPEN} and t.department = held.department {PAGE}) page"""
# Mine: what I have claimed, and what belongs to several of us together.
MINE = f"""
 (({OPEN} and t.assignee = %(person)s {PAGE})
  union all
  ({OPEN} and t.assignee is null and t.members @> array[%(person)s]::text[] {PAGE})) page"""

QUEUES = {"mine": MINE, "available": AVAILABLE, "department": DEPARTMENT}
START = (date.min, 0)


@dataclass(frozen=True, slots=True)
class Page:
    """One page. next: (due_on, id) to continue after, or None at the end."""

    items: tuple[TaskView, ...]
    next: tuple[date, int] | None


def tasks(
    office: Office,
    person: Person,
    queue: str,
    today: date,
    *,
    after: tuple[date, int] = START,
    limit: int = 20,
    post: str | None = None,
    until: date | None = None,
) -> Page:
    """Return one page of open tasks, soonest due first. queue: mine | available | department. Raises RefusedError.

    post: only that post's; until: only what is due by then.
    """
    parameters: dict[str, Any] = {
        "person": person.id,
        "today": today,
        "after_due": after[0],
        "after_id": after[1],
        "limit": limit + 1,
        "post": post,
        "until": until or date.max,
    }
    with office.look() as connection:
        rows = connection.exec_driver_sql(statement(person, queue), parameters).all()
    page = rows[:limit]
    return Page(tuple(view_of(row) for row in page), (page[-1].due_on, page[-1].id) if len(rows) > limit else None)


def statement(person: Person, queue: str) -> str:
    """Return the SQL of a page of a queue for this person. Raises RefusedError."""
    return _sql(queue, where(person, "task", "list", TASKS).sql)


@cache
def _sql(queue: str, mine: str) -> str:
    pages = QUEUES[queue].format(mine=mine)
    return (
        f"{COLUMNS} from (select page.* from {pages} order by page.due_on, page.id limit %(limit)s) t"
        " join cases c on c.id = t.case_id order by t.due_on, t.id"
    )
