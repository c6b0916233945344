"""好差评: one invitation per service, five levels with 1 the best, and what follows a bad rating.

国办发〔2019〕51号: bad ratings are called back, answered, put right; a mistaken or malicious one can be appealed against. It
names no days; five working days are this office's own. Who wished to stay unknown is unknown to those who handled the case.
"""

import secrets
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

from workflow.casework.access import RATINGS, where
from workflow.casework.errors import NotFound, RefusedError
from workflow.casework.masking import mask_all, mask_text
from workflow.casework.office import Office
from workflow.casework.people import Person
from workflow.engine.errors import Reason, Refused
from workflow.store import queues
from workflow.store.connect import Connection, Row

LEVELS = {1: "非常满意", 2: "满意", 3: "基本满意", 4: "不满意", 5: "非常不满意"}
BAD = (4, 5)
BAD_REVIEW_DAYS = 5  # working days; unverified: no public rule names a number (law.md §7.2, §10)
LAW = "国办发〔2019〕51号"
OUTSIDERS = frozenset({"applicant", "agent", "clock", "system", "case", "public"})
HANDLE = ("window-clerk", "reviewer", "approver", "department-head")
# step -> (states it is taken in, state after it)
STEPS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "call-back": (("open",), "called-back"),
    "answer": (("called-back",), "answered"),
    "rectify": (("answered",), "rectified"),
    "close": (("answered", "rectified"), "closed"),
    "appeal": (("open", "called-back", "answered", "rectified"), "appealed"),
    "uphold": (("appealed",), "void"),
    "dismiss": (("appealed",), ""),
}
STEP_NAMES = {
    "call-back": "回访", "answer": "答复", "rectify": "整改", "close": "办结", "appeal": "申诉", "uphold": "申诉成立",
    "dismiss": "申诉不成立",
}  # fmt: skip
INVITED = """
select i.case_id, c.case_no, c.owner, c.item_code, c.item_name, c.department, c.snapshot -> 'people' as people,
       exists (select from ratings r where r.case_id = i.case_id) as rated
  from rating_invitations i join cases c on c.id = i.case_id
"""
PUT = """
insert into ratings (case_id, level, comment, is_anonymous, department, item_code, item_name, handlers, rated_at)
values (%(case_id)s, %(level)s, %(comment)s, %(anonymous)s, %(department)s, %(item_code)s, %(item_name)s, %(handlers)s, %(now)s)
on conflict (case_id) do nothing returning id
"""
LIST = """
select b.id, b.state, b.due_on, b.opened_at, b.ended_at, r.level, r.comment, r.is_anonymous, r.department, r.item_code,
       r.item_name, r.handlers, r.rated_at, c.case_no, {in_full} as in_full,
       coalesce((select jsonb_agg(jsonb_build_object('step', step, 'note', note, 'by', taken_by, 'at', taken_at) order by s.id)
                   from rating_steps s where s.rating_case_id = b.id), '[]') as steps
  from rating_cases b join ratings r on r.id = b.rating_id join cases c on c.id = r.case_id
 where (%(id)s::bigint is null or b.id = %(id)s) and (%(before)s::bigint is null or b.id < %(before)s)
   and (%(open)s::boolean is null or (b.ended_at is null) = %(open)s)
   and {mine}
 order by b.id desc limit %(limit)s
"""
GROUPS = {"item": "r.item_code", "department": "r.department", "person": "handler"}
LATE = """
update rating_cases b set late_told_at = %(now)s from ratings r
 where r.id = b.rating_id and b.ended_at is null and b.due_on < %(today)s and b.late_told_at is null
returning r.case_id
"""


def invite(connection: Connection, case_id: int, seq: int, now: datetime) -> None:
    """Invite the party to rate the service, once; the token goes out with the message and only its hash stays. Caller commits."""
    token = secrets.token_urlsafe(24)
    made = connection.exec_driver_sql(
        "insert into rating_invitations (case_id, token_hash, invited_at) values (%(id)s, %(hash)s, %(now)s)"
        " on conflict do nothing returning case_id",
        {"id": case_id, "hash": _hash(token), "now": now},
    )
    if made:
        _tell(connection, case_id, seq, "rating-opened", "请评价本次服务", ["applicant"], now, note=f"评价码：{token}")


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def _tell(
    connection: Connection,
    case_id: int,
    seq: int,
    action: str,
    title: str,
    to: list[str],
    now: datetime,
    *,
    note: str = "",
) -> None:
    body = {"to": to, "action": action, "title": title, "note": note}
    queues.put_outbox(connection, "notify", case_id, seq, now, body)


def invitation(office: Office, token: str) -> dict[str, Any]:
    """Return what a token invites to. Raises NotFound."""
    with office.look() as connection:
        row = _by_token(connection, token)
    return {
        "item_name": row.item_name,
        "department": row.department,
        "rated": row.rated,
        "levels": {str(code): name for code, name in LEVELS.items()},
    }


def _by_token(connection: Connection, token: str) -> Row:
    row = connection.exec_driver_sql(f"{INVITED} where i.token_hash = %(hash)s", {"hash": _hash(token)}).one_or_none()
    if row is None:
        raise NotFound("rating")
    return row


def rate(office: Office, token: str, level: int, comment: str, now: datetime, *, anonymous: bool) -> dict[str, Any]:
    """Keep the rating a token invites to. Raises NotFound, RefusedError if it was given before."""
    with office.work() as connection:
        answer = _rate(connection, office, _by_token(connection, token), level, comment, now, anonymous=anonymous)
    office.nudge()
    return answer


def rate_own(
    office: Office, case_no: str, person: Person, level: int, comment: str, now: datetime, *, anonymous: bool
) -> dict[str, Any]:
    """Keep the rating of the party of a case, who needs no token. Raises NotFound, RefusedError."""
    with office.work() as connection:
        owner = connection.exec_driver_sql(
            "select owner from cases where case_no = %(no)s", {"no": case_no.replace("\x00", "")}
        ).scalar_one_or_none()
        if owner != person.id:
            raise NotFound(case_no)
        row = connection.exec_driver_sql(f"{INVITED} where c.case_no = %(no)s", {"no": case_no}).one_or_none()
        if row is None:
            raise _refused("NOT_INVITED", "办件办结以后才能评价。")
        answer = _rate(connection, office, row, level, comment, now, anonymous=anonymous)
    office.nudge()
    return answer


def _rate(
    connection: Connection, office: Office, row: Row, level: int, comment: str, now: datetime, *, anonymous: bool
) -> dict[str, Any]:
    handlers = [person for person, posts in row.people.items() if set(posts) - OUTSIDERS]
    rating_id = connection.exec_driver_sql(
        PUT,
        {
            "case_id": row.case_id,
            "level": level,
            "comment": comment,
            "anonymous": anonymous,
            "department": row.department,
            "item_code": row.item_code,
            "item_name": row.item_name,
            "handlers": sorted(handlers),
            "now": now,
        },
    ).scalar_one_or_none()
    if rating_id is None:
        raise _refused("ALREADY_RATED", "本次服务已经评价，一次服务评价一次。")
    if level in BAD:
        _open(connection, office, row, rating_id, now)
    return {"level": level, "name": LEVELS[level], "anonymous": anonymous, "follow_up": level in BAD}


def _open(connection: Connection, office: Office, row: Row, rating_id: int, now: datetime) -> None:
    due = office.calendar(connection).add_working_days(now.date(), BAD_REVIEW_DAYS)
    connection.exec_driver_sql(
        "insert into rating_cases (rating_id, state, due_on, opened_at) values (%(id)s, 'open', %(due)s, %(now)s)",
        {"id": rating_id, "due": due, "now": now},
    )
    _tell_office(connection, row.case_id, "rating-bad", "收到差评，请处理", now)


def _tell_office(connection: Connection, case_id: int, action: str, title: str, now: datetime) -> None:
    """Tell the head of the department; not about which case, where the party wished to stay unknown."""
    seq = connection.exec_driver_sql("select version from cases where id = %(id)s", {"id": case_id}).scalar_one()
    _tell(connection, case_id, seq, action, title, ["department-head", "supervisor"], now)


def bad_ratings(
    office: Office, person: Person, *, is_open: bool | None, before: int | None, limit: int, today: date
) -> tuple[list[dict[str, Any]], int | None]:
    """Return (bad ratings and what was done about them, newest first; where to continue or None)."""
    with office.look() as connection:
        rows = _rows(connection, person, today, is_open=is_open, before=before, limit=limit + 1)
    page = rows[:limit]
    return [_shown(row, today) for row in page], page[-1].id if len(rows) > limit else None


def bad_rating(office: Office, rating_case_id: int, person: Person, today: date) -> dict[str, Any]:
    """Return one bad rating with the steps this person may take now under `may`. Raises NotFound."""
    with office.look() as connection:
        rows = _rows(connection, person, today, rating_id=rating_case_id)
    if not rows:
        raise NotFound(str(rating_case_id))
    return {**_shown(rows[0], today), "may": [step for step in STEPS if _is_open(rows[0], step, person)]}


def _is_open(row: Row, step: str, person: Person) -> bool:
    try:
        _may(row, step, person)
    except RefusedError:
        return False
    return True


def _rows(
    connection: Connection,
    person: Person,
    today: date,
    *,
    rating_id: int | None = None,
    is_open: bool | None = None,
    before: int | None = None,
    limit: int = 1,
) -> list[Row]:
    seen = where(person, "rating", "list", RATINGS)
    wanted = {"id": rating_id, "open": is_open, "before": before, "limit": limit}
    return connection.exec_driver_sql(
        LIST.format(mine=seen.sql, in_full=seen.in_full), {**wanted, "person": person.id, "today": today}
    ).all()


def _shown(row: Row, today: date) -> dict[str, Any]:
    is_hidden = row.is_anonymous and not row.in_full
    return {
        "id": row.id,
        "state": row.state,
        "level": row.level,
        "name": LEVELS[row.level],
        "comment": mask_text(row.comment) if row.in_full else row.comment,  # who oversees knows of whom, and no numbers
        "anonymous": row.is_anonymous,
        "case_no": None if is_hidden else row.case_no,
        "item_code": row.item_code,
        "item_name": row.item_name,
        "department": row.department,
        "handlers": [] if is_hidden else list(row.handlers),
        "rated_at": row.rated_at.date().isoformat() if is_hidden else row.rated_at.isoformat(),
        "due_on": row.due_on.isoformat(),
        "overdue": row.ended_at is None and row.due_on < today,
        "steps": mask_all(row.steps) if row.in_full else row.steps,
    }


def take_step(
    office: Office, rating_case_id: int, step: str, note: str, person: Person, now: datetime
) -> dict[str, Any]:
    """Take the next step with a bad rating. Raises NotFound, RefusedError."""
    with office.work() as connection:
        held = connection.exec_driver_sql(
            "select id, before_appeal from rating_cases where id = %(id)s for update", {"id": rating_case_id}
        ).one_or_none()
        rows = _rows(connection, person, now.date(), rating_id=rating_case_id)
        if held is None or not rows:
            raise NotFound(str(rating_case_id))
        row = rows[0]
        _may(row, step, person)
        after = held.before_appeal if step == "dismiss" else STEPS[step][1]
        connection.exec_driver_sql(
            "insert into rating_steps (rating_case_id, step, note, taken_by, taken_at)"
            " values (%(id)s, %(step)s, %(note)s, %(by)s, %(now)s)",
            {"id": rating_case_id, "step": step, "note": note, "by": person.id, "now": now},
        )
        connection.exec_driver_sql(
            "update rating_cases set state = %(state)s, before_appeal = %(before)s,"
            " ended_at = case when %(state)s in ('closed', 'void') then %(now)s::timestamptz end where id = %(id)s",
            {"id": rating_case_id, "state": after, "before": row.state if step == "appeal" else "", "now": now},
        )
        (row,) = _rows(connection, person, now.date(), rating_id=rating_case_id)
    return _shown(row, now.date())


def _may(row: Row, step: str, person: Person) -> None:
    """Raise RefusedError unless this person may take this step now."""
    if step in ("uphold", "dismiss"):
        if not person.has_post("supervisor"):
            raise _refused("WRONG_POST", "申诉由效能监察人员裁定。", "forbidden")
        if person.id in row.handlers:
            raise _refused("OWN_RATING", "不能裁定对本人的评价。", "forbidden")
    elif step == "appeal":
        if person.id not in row.handlers and not person.works_as(row.department, "department-head"):
            raise _refused("WRONG_POST", "申诉由被评价的工作人员或者本机关负责人提出。", "forbidden")
    elif not any(person.works_as(row.department, post) for post in HANDLE):
        raise _refused("WRONG_POST", "差评由本部门工作人员处理。", "forbidden")
    elif step == "close" and not person.works_as(row.department, "department-head"):
        raise _refused("WRONG_POST", "差评由本机关负责人确认办结。", "forbidden")
    states = STEPS[step][0]
    if step == "answer" and row.is_anonymous:
        states = (*states, "open")  # nobody is called back who wished to stay unknown
    if row.state not in states:
        raise _refused("STEP_NOT_ALLOWED", f"当前状态不能办理“{STEP_NAMES[step]}”；实名差评应当先回访，再答复、整改。")


def _refused(code: str, text: str, kind: Any = "conflict") -> RefusedError:
    return RefusedError(Refused((Reason(code, text, LAW, kind),)))


def tell_late(office: Office, now: datetime) -> int:
    """Tell once of each bad rating that is not closed in time; return how many."""
    with office.work() as connection:
        rows = connection.exec_driver_sql(LATE, {"now": now, "today": now.date()}).all()
        for row in rows:
            _tell_office(connection, row.case_id, "rating-late", "差评逾期未办结", now)
    return len(rows)


def statistics(office: Office, *, by: str, first: date, last: date) -> list[dict[str, Any]]:
    """Return counts by item, department or person. Ratings an appeal has made void do not count."""
    group = GROUPS[by]
    across = "cross join lateral unnest(r.handlers) handler" if by == "person" else ""
    with office.look() as connection:
        rows = connection.exec_driver_sql(
            f"select {group} as key, count(*) as rated, sum(level) as levels,"
            " count(*) filter (where level <= 3) as good, count(*) filter (where level > 3) as bad,"
            " count(*) filter (where b.state = 'closed') as put_right"
            f" from ratings r left join rating_cases b on b.rating_id = r.id {across}"
            " where r.rated_at >= %(first)s and r.rated_at < %(after)s and b.state is distinct from 'void'"
            f" group by {group} order by {group}",
            {"first": first, "after": last + timedelta(days=1)},
        ).all()
    return [
        {
            "key": row.key,
            "rated": row.rated,
            "average_level_hundredths": round(100 * row.levels / row.rated),
            "good": row.good,
            "bad": row.bad,
            "put_right": row.put_right,
        }
        for row in rows
    ]


def participation(office: Office, *, first: date, last: date) -> dict[str, int]:
    """Return how many were invited to rate and how many of them did."""
    with office.look() as connection:
        row = connection.exec_driver_sql(
            "select count(*) as invited, count(r.id) as rated from rating_invitations i left join ratings r using (case_id)"
            " where i.invited_at >= %(first)s and i.invited_at < %(after)s",
            {"first": first, "after": last + timedelta(days=1)},
        ).one()
    return {"invited": row.invited, "rated": row.rated}
