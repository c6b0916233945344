"""Tasks change hands: claim, release, transfer. The case itself does not move."""

from dataclasses import dataclass
from datetime import datetime

from workflow.casework.access import allow, thing_of, who_of
from workflow.casework.act import ActRequest, act_within
from workflow.casework.errors import NotFound, RefusedError, TaskTaken
from workflow.casework.office import Office
from workflow.engine.errors import Reason, Refused
from workflow.store.access import TASK_FACTS
from workflow.store.connect import Connection, Row
from workflow.store.posts import VALID_TODAY

TASK = f"""
select t.id, t.case_id, c.case_no, c.item_code, c.item_name, c.process, t.state, t.department, t.post, t.title,
       t.assignee, t.due_on, t.opened_at, t.claimed_at, t.closed_at, c.version as case_version, c.alert,
       exists (select from person_posts pp where pp.person_id = %(person)s and pp.department = t.department
                and pp.post = t.post and {VALID_TODAY}) as holds,
       t.members, t.delegated_by, t.delegated_until, c.owner, c.phase,{TASK_FACTS}
  from tasks t join cases c on c.id = t.case_id
 where t.id = %(id)s for update of t
"""


@dataclass(frozen=True, slots=True)
class TaskView:
    """One task as a list or a page shows it. due_on is None where nothing runs."""

    id: int
    case_no: str
    item_code: str
    item_name: str
    process: str
    state: str
    department: str
    post: str
    title: str
    assignee: str | None
    due_on: str | None
    opened_at: str
    case_version: int
    alert: str
    delegated_by: str | None = None
    delegated_until: str | None = None


def view_of(row: Row) -> TaskView:
    """Return the view of a joined task row."""
    due = None if row.due_on is None or row.due_on.year >= 9999 else row.due_on.isoformat()
    return TaskView(
        row.id,
        row.case_no,
        row.item_code,
        row.item_name,
        row.process,
        row.state,
        row.department,
        row.post,
        row.title,
        row.assignee,
        due,
        row.opened_at.isoformat(),
        row.case_version,
        row.alert,
        row.delegated_by,
        row.delegated_until.isoformat() if row.delegated_until else None,
    )


def claim(office: Office, task_id: int, person: str, now: datetime) -> TaskView:
    """Take an open task of one's own post. Raises NotFound, TaskTaken, RefusedError. Claiming twice is fine."""
    with office.work() as connection:
        row = _open_task(connection, task_id, person, now, "claim")
        if row.assignee not in (None, person):
            raise TaskTaken(row.assignee)
        if row.members is not None:
            text = f"“{row.title}”由指定的几个人共同办理，不需要签收。"
            raise RefusedError(Refused((Reason("SHARED_TASK", text, "", "conflict"),)))
        if not row.holds:
            raise RefusedError(Refused((Reason("WRONG_POST", f"“{row.title}”不由您的岗位办理。", "", "forbidden"),)))
        return _assign(connection, task_id, person, person, now)


def release(office: Office, task_id: int, person: str, now: datetime) -> TaskView:
    """Give back a task one has claimed. Raises NotFound, TaskTaken."""
    with office.work() as connection:
        row = _open_task(connection, task_id, person, now, "release")
        if row.assignee != person:
            raise TaskTaken(row.assignee or "")
        if row.delegated_by:
            text = "这是代班的待办，请退回委派人（hand-back），不能退回待办池。"
            raise RefusedError(Refused((Reason("DELEGATED_TASK", text, "", "conflict"),)))
        return _assign(connection, task_id, None, person, now)


def transfer(office: Office, task_id: int, person: str, to: str, now: datetime, *, reason: str = "转办") -> TaskView:
    """Hand a task one has claimed to a colleague of the same post: the action `transfer`, with its own event.

    Raises NotFound, TaskTaken, RefusedError.
    """
    with office.work() as connection:
        row = _open_task(connection, task_id, person, now, "transfer")
        if row.assignee != person:
            raise TaskTaken(row.assignee or "")
        request = ActRequest(row.case_no, "transfer", person, {"to": to.replace("\x00", ""), "reason": reason})
        act_within(connection, office, request, now)
        moved = connection.exec_driver_sql(TASK, {"id": task_id, "person": person, "today": now.date()}).one()
    office.nudge()
    return view_of(moved)


def _open_task(connection: Connection, task_id: int, person: str, now: datetime, may: str) -> Row:
    row = connection.exec_driver_sql(TASK, {"id": task_id, "person": person, "today": now.date()}).one_or_none()
    if row is None or row.closed_at is not None:
        raise NotFound(str(task_id))
    allow(who_of(row, person), "task", may, thing_of(row))
    return row


def _assign(connection: Connection, task_id: int, assignee: str | None, person: str, now: datetime) -> TaskView:
    connection.exec_driver_sql(
        "update tasks set assignee = %(to)s, claimed_at = case when %(to)s::text is null then null"
        " else %(now)s::timestamptz end where id = %(id)s",
        {"id": task_id, "to": assignee, "now": now},
    )
    return view_of(connection.exec_driver_sql(TASK, {"id": task_id, "person": person, "today": now.date()}).one())
