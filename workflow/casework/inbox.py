"""The inbox: keyset pages over partial indexes, soonest due first, never a total count."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from workflow.casework.assign import TaskView, view_of
from workflow.casework.office import Office
from workflow.casework.people import Person
from workflow.store.humans import RECUSED
from workflow.store.posts import VALID_TODAY

COLUMNS = """
select t.id, c.case_no, c.item_code, c.item_name, c.process, t.state, t.department, t.post, t.title, t.assignee,
       t.due_on, t.opened_at, c.version as case_version, c.alert, t.delegated_by, t.delegated_until
"""
OPEN = f"select * from tasks where closed_at is null and not {RECUSED.format(case='tasks.case_id')}"
PAGE = (
    "and (due_on, id) > (%(after_due)s, %(after_id)s) and due_on <= %(until)s"
    " and (%(post)s::text is null or post = %(post)s) order by due_on, id limit %(limit)s"
)

# One index range per (department, post) or department, each read no further than a page; the ranges are merged, and
# only what is on the page is joined to its case. So a page costs a page however long the queue is.
AVAILABLE = f"""
{COLUMNS} from (
select page.* from (select distinct department, post from person_posts where person_id = %(person)s and {VALID_TODAY}) mine
 cross join lateral ({OPEN} and assignee is null and members is null and department = mine.department and post = mine.post {PAGE}) page
 order by page.due_on, page.id limit %(limit)s) t
  join cases c on c.id = t.case_id order by t.due_on, t.id
"""
DEPARTMENT = f"""
{COLUMNS} from (
select page.* from (select distinct department from person_posts where person_id = %(person)s and {VALID_TODAY}) mine
 cross join lateral ({OPEN} and department = mine.department {PAGE}) page
 order by page.due_on, page.id limit %(limit)s) t
  join cases c on c.id = t.case_id order by t.due_on, t.id
"""
# Mine: what I have claimed, and what belongs to several of us together.
MINE = f"""
{COLUMNS} from (
select page.* from (
  ({OPEN} and assignee = %(person)s {PAGE})
  union all
  ({OPEN} and assignee is null and members @> array[%(person)s]::text[] {PAGE})) page
 order by page.due_on, page.id limit %(limit)s) t
  join cases c on c.id = t.case_id order by t.due_on, t.id
"""

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
    """Return one page of open tasks, soonest due first. queue: mine | available | department.

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
        rows = connection.exec_driver_sql(QUEUES[queue], parameters).all()
    page = rows[:limit]
    return Page(tuple(view_of(row) for row in page), (page[-1].due_on, page[-1].id) if len(rows) > limit else None)
