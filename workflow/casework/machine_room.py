"""What administrators look at: people with their posts, what waits, what was put aside after failing too often."""

import logging
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from workflow.casework.errors import NotFound
from workflow.casework.office import Office
from workflow.store import humans
from workflow.store.posts import VALID_TODAY

log = logging.getLogger(__name__)
ASIDE_MAX = 200
NO_DUE_YEAR = 9999  # of a task that no date binds


def people(
    office: Office, words: str, *, after: str, limit: int, today: date
) -> tuple[list[dict[str, Any]], str | None]:
    """Return (accounts whose id or name begins with or holds these words, each with the posts of today; where to go on)."""
    with office.look() as connection:
        rows = connection.exec_driver_sql(
            "select p.id, p.name, p.kind, p.active,"
            " coalesce((select jsonb_agg(jsonb_build_array(department, post) order by department, post)"
            f" from person_posts where person_id = p.id and {VALID_TODAY}), '[]') as posts"
            " from people p where p.id > %(after)s and (p.id like %(begin)s or p.name like %(hold)s)"
            " order by p.id limit %(limit)s",
            {
                "after": after,
                "begin": f"{_literal(words)}%",
                "hold": f"%{_literal(words)}%",
                "today": today,
                "limit": limit + 1,
            },
        ).all()
    page = rows[:limit]
    found = [{"id": r.id, "name": r.name, "kind": r.kind, "active": r.active, "posts": r.posts} for r in page]
    return found, page[-1].id if len(rows) > limit else None


def account_card(office: Office, account: str) -> dict[str, Any] | None:
    """Return one account with every account of the same human, or None."""
    with office.look() as connection:
        row = connection.exec_driver_sql(
            "select id, name, kind, active from people where id = %(id)s", {"id": account.replace("\x00", "")}
        ).one_or_none()
        if row is None:
            return None
        same = humans.accounts_of(connection, row.id)
    return {"id": row.id, "name": row.name, "kind": row.kind, "active": row.active, "same": same}


def departments(office: Office) -> list[str]:
    """Return the departments that have staff, by name."""
    with office.look() as connection:
        rows = connection.exec_driver_sql("select distinct department from person_posts order by department")
        return list(rows.scalars())


def _literal(words: str) -> str:
    return words.replace("\x00", "").replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def waiting_work(office: Office) -> Mapping[str, int]:
    """Return how much waits and how much was put aside, by name."""
    with office.look() as connection:
        row = connection.exec_driver_sql(
            "select (select count(*) from outbox where done_at is null and quarantined_at is null) as outbox_waiting,"
            " (select count(*) from outbox where quarantined_at is not null) as outbox_aside,"
            " (select count(*) from due_dates where quarantined_at is not null) as clocks_aside,"
            " (select count(*) from documents where ready_at is null) as papers_waiting,"
            " (select count(*) from message_deliveries where state = 'quarantined') as deliveries_aside,"
            " (select count(*) from webhook_calls where state = 'quarantined') as calls_aside"
        ).one()
    return dict(row._asdict())


def open_cases(office: Office) -> int:
    """Return how many cases are being handled."""
    with office.look() as connection:
        sql = "select count(*) from cases where kind <> 'permit' and phase <> 'ended'"
        return int(connection.exec_driver_sql(sql).scalar_one())


ASIDE = """
select 'outbox' as queue, o.id::text as key, o.topic as what, c.case_no, o.attempts, o.quarantined_at as at, o.error
  from outbox o join cases c on c.id = o.case_id where o.quarantined_at is not null
union all
select 'clocks', d.case_id::text, 'clock', c.case_no, d.attempts, d.quarantined_at, d.error
  from due_dates d join cases c on c.id = d.case_id where d.quarantined_at is not null
union all
select 'deliveries', d.id, d.channel, c.case_no, d.attempts, d.quarantined_at, d.error
  from message_deliveries d join messages m on m.id = d.message_id join cases c on c.id = m.case_id
 where d.state = 'quarantined'
order by at desc limit %(limit)s
"""
PUT_BACK: Mapping[str, str] = {
    "outbox": "update outbox set quarantined_at = null, attempts = 0, next_try_at = %(now)s"
    " where id::text = %(key)s and quarantined_at is not null",
    "clocks": "update due_dates set quarantined_at = null, attempts = 0, wake_at = %(now)s"
    " where case_id::text = %(key)s and quarantined_at is not null",
    "deliveries": "update message_deliveries set quarantined_at = null, attempts = 0, next_try_at = %(now)s,"
    " state = 'waiting' where id = %(key)s and state = 'quarantined'",
}


def put_aside(office: Office) -> list[dict[str, Any]]:
    """Return what failed too often, newest first: the case, what it was, why. No content: it may hold personal data."""
    with office.look() as connection:
        rows = connection.exec_driver_sql(ASIDE, {"limit": ASIDE_MAX}).all()
    return [
        {
            "queue": r.queue,
            "key": r.key,
            "what": r.what,
            "case_no": r.case_no,
            "attempts": r.attempts,
            "at": r.at.isoformat(),
            "error": (r.error or "")[:200],
        }
        for r in rows
    ]


def put_back(office: Office, queue: str, key: str, by: str, now: datetime) -> None:
    """Let what was put aside be tried again. Raises NotFound: somebody was first, or there is no such row."""
    with office.work() as connection:
        sql = f"{PUT_BACK[queue]} returning 1"
        if not len(connection.exec_driver_sql(sql, {"key": key.replace("\x00", ""), "now": now})):
            raise NotFound(key)
        log.info("put back", extra={"queue": queue, "key": key, "by": by})
    office.nudge()


def open_load(office: Office, today: date) -> list[dict[str, Any]]:
    """Return open tasks by department and post: how many, how many nobody took, how many are late, who holds them."""
    with office.look() as connection:
        rows = connection.exec_driver_sql(
            "select department, post, assignee, max(p.name) as name, count(*) as n,"
            " count(*) filter (where due_on < %(today)s) as late"
            " from tasks t left join people p on p.id = t.assignee where closed_at is null"
            " group by department, post, assignee order by department, post, n desc",
            {"today": today},
        ).all()
    queues: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        one = queues.setdefault(
            (row.department, row.post),
            {"department": row.department, "post": row.post, "n": 0, "free": 0, "late": 0, "people": []},
        )
        one["n"] += row.n
        one["late"] += row.late
        if row.assignee is None:
            one["free"] += row.n
        else:
            one["people"].append((row.name or row.assignee, row.n, row.assignee))
    return sorted(queues.values(), key=lambda one: -one["n"])


def tasks_of(
    office: Office, department: str, post: str, holder: str | None, *, late_on: date | None, after: int, limit: int
) -> tuple[list[dict[str, Any]], int | None]:
    """Return (the open tasks of a queue, where to go on). holder: of this person only, "" those nobody took."""
    with office.look() as connection:
        rows = connection.exec_driver_sql(
            "select t.id, c.case_no, c.item_name, t.title, t.due_on, coalesce(p.name, t.assignee) as holder"
            " from tasks t join cases c on c.id = t.case_id left join people p on p.id = t.assignee"
            " where t.closed_at is null and t.department = %(department)s and t.post = %(post)s and t.id > %(after)s"
            " and (%(holder)s::text is null or coalesce(t.assignee, '') = %(holder)s)"
            " and (%(late_on)s::date is null or t.due_on < %(late_on)s) order by t.id limit %(limit)s",
            {
                "department": department,
                "post": post,
                "holder": holder,
                "late_on": late_on,
                "after": after,
                "limit": limit + 1,
            },
        ).all()
    page = [
        {"case_no": r.case_no, "item_name": r.item_name, "title": r.title, "holder": r.holder, "due_on": _due(r.due_on)}
        for r in rows[:limit]
    ]
    return page, rows[limit - 1].id if len(rows) > limit else None


def _due(day: date) -> str:
    return "" if day.year == NO_DUE_YEAR else day.isoformat()
