"""Posts given and taken, accounts linked: proposed by one system administrator, confirmed by another, about neither."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from workflow.casework.four_eyes import Body, Doing, Kind, refused
from workflow.casework.office import Office
from workflow.engine.vocabulary import POSTS
from workflow.store import humans
from workflow.store.connect import Connection, Row
from workflow.store.posts import VALID_TODAY

ADMIN = "system-admin"
ADMINS_MIN = 2  # fewer, and nobody could confirm anything any more
# Whoever watches or administers handles no case (本机关办理规程): one human, whichever accounts.
ALONE = frozenset({"supervisor", "auditor", ADMIN})
NOT_GIVEN = frozenset({"applicant", "public"})  # nobody is appointed to these
GIVABLE = tuple(post for post in POSTS if post not in NOT_GIVEN)

HELD = f"""
select pp.person_id, p.name, pp.department, pp.post, pp.valid_from, pp.valid_until, {VALID_TODAY} as valid
  from person_posts pp join people p on p.id = pp.person_id
"""


def posts_held(
    office: Office, today: date, *, person: str | None, department: str | None, post: str | None, after: str, limit: int
) -> tuple[list[dict[str, Any]], str | None]:
    """Return (posts people hold or held, by person; cursor to continue after or None)."""
    key = "pp.person_id || chr(1) || pp.department || chr(1) || pp.post"
    where = [f"{key} > %(after)s"]
    for column, value in (("person_id", person), ("department", department), ("post", post)):
        if value is not None:
            where.append(f"pp.{column} = %({column})s")
    parameters = {"person_id": person, "department": department, "post": post, "after": after}
    with office.look() as connection:
        rows = connection.exec_driver_sql(
            f"{HELD} where {' and '.join(where)} order by {key} limit %(limit)s",
            {**parameters, "today": today, "limit": limit + 1},
        ).all()
    page = rows[:limit]
    more = "\x01".join((page[-1].person_id, page[-1].department, page[-1].post)) if len(rows) > limit else None
    return [_held_json(row) for row in page], more


def _held_json(row: Row) -> dict[str, Any]:
    return {
        "person": row.person_id,
        "name": row.name,
        "department": row.department,
        "post": row.post,
        "valid_from": row.valid_from.isoformat(),
        "valid_until": row.valid_until.isoformat() if row.valid_until else None,
        "valid": row.valid,
    }


def _key(body: Body) -> dict[str, Any]:
    return {"person": body["person"], "department": body["department"], "post": body["post"]}


def _held(connection: Connection, body: Body) -> dict[str, Any] | None:
    row = connection.exec_driver_sql(
        "select valid_from, valid_until from person_posts where person_id = %(person)s"
        " and department = %(department)s and post = %(post)s",
        _key(body),
    ).one_or_none()
    if row is None:
        return None
    until = row.valid_until.isoformat() if row.valid_until else None
    return {"valid_from": row.valid_from.isoformat(), "valid_until": until}


def _need_account(connection: Connection, account: str, field: str = "person") -> None:
    sql = "select exists (select from people where id = %(id)s and active)"
    if not connection.exec_driver_sql(sql, {"id": account}).scalar_one():
        raise refused("PERSON_UNKNOWN", f"没有账号“{account}”，或者已经停用。", "invalid", field)


def _posts_of(connection: Connection, account: str, today: date) -> set[str]:
    """Return the posts of the human behind an account, under all accounts."""
    rows = connection.exec_driver_sql(
        f"select distinct post from person_posts where person_id = any(%(accounts)s) and {VALID_TODAY}",
        {"accounts": humans.accounts_of(connection, account), "today": today},
    )
    return set(rows.scalars())


def _give(connection: Connection, body: Body, doing: Doing) -> dict[str, Any]:
    _need_account(connection, body["person"])
    today = doing.at.date()
    if body["post"] in NOT_GIVEN or body["post"] not in POSTS:
        raise refused("POST_UNKNOWN", f"“{body['post']}”不是可以任命的岗位。", "invalid", "post")
    until = date.fromisoformat(body["valid_until"]) if body.get("valid_until") else None
    if until is not None and until < today:
        raise refused("DATE_IN_THE_PAST", "截止日期不能早于今日。", "invalid", "valid_until")
    before = _held(connection, body)
    is_valid = before and before["valid_from"] <= today.isoformat() <= (before["valid_until"] or "9999")
    if before and is_valid and before["valid_until"] == body.get("valid_until"):
        raise refused("NOTHING_TO_CHANGE", "已经有这个岗位，期限也相同。")
    posts = _posts_of(connection, body["person"], today) | {body["post"]}
    _check_alone(posts)
    connection.exec_driver_sql(
        "insert into person_posts (person_id, department, post, valid_from, valid_until)"
        " values (%(person)s, %(department)s, %(post)s, %(today)s, %(until)s)"
        " on conflict (person_id, department, post) do update set valid_until = excluded.valid_until,"
        " valid_from = case when %(keeps)s then person_posts.valid_from else excluded.valid_from end",
        {**_key(body), "today": today, "until": until, "keeps": bool(is_valid)},
    )
    return _held(connection, body) or {}


def _check_alone(posts: set[str]) -> None:
    alone = sorted(posts & ALONE)
    if alone and len(posts) > 1:
        names = "、".join(POSTS[post] for post in sorted(posts))
        raise refused(
            "POSTS_APART", f"“{POSTS[alone[0]]}”不能与其他岗位由一人担任（现为：{names}）。", "conflict", "post"
        )


def _take(connection: Connection, body: Body, doing: Doing) -> None:
    today = doing.at.date()
    before = _held(connection, body)
    if before is None or not before["valid_from"] <= today.isoformat() <= (before["valid_until"] or "9999"):
        raise refused("NOTHING_TO_CHANGE", "没有这个岗位，或者已经到期。")
    yesterday = today - timedelta(days=1)
    if before["valid_from"] > yesterday.isoformat():
        sql = (
            "delete from person_posts where person_id = %(person)s and department = %(department)s and post = %(post)s"
        )
    else:
        sql = (
            "update person_posts set valid_until = %(until)s"
            " where person_id = %(person)s and department = %(department)s and post = %(post)s"
        )
    connection.exec_driver_sql(sql, {**_key(body), "until": yesterday})
    if body["post"] == ADMIN:
        _keep_two(connection, today)


def _keep_two(connection: Connection, today: date) -> None:
    left = connection.exec_driver_sql(
        f"select count(distinct {humans.HUMAN}) from person_posts pp join people p on p.id = pp.person_id and p.active"
        f" where pp.post = %(post)s and {VALID_TODAY}",
        {"post": ADMIN, "today": today},
    ).scalar_one()
    if left < ADMINS_MIN:
        raise refused("LAST_ADMINISTRATORS", f"系统管理员不能少于 {ADMINS_MIN} 人，否则无人可以确认。")


def _link(connection: Connection, body: Body, doing: Doing) -> dict[str, Any]:
    accounts = list(dict.fromkeys(body["accounts"]))
    if len(accounts) < 2:
        raise refused("NOTHING_TO_CHANGE", "请写明两个以上不同的账号。", "invalid", "accounts")
    for account in accounts:
        _need_account(connection, account, "accounts")
    everyone = sorted({one for account in accounts for one in humans.accounts_of(connection, account)})
    known = humans.humans(connection)
    if len({known.get(one, one) for one in everyone}) == 1:
        raise refused("NOTHING_TO_CHANGE", "这些账号已经是同一人的。")
    humans.link(connection, everyone, everyone[0], by=doing.proposer, because=doing.because[:400], at=doing.at)
    _check_alone(_posts_of(connection, everyone[0], doing.at.date()))
    return {"human": everyone[0], "accounts": everyone}


def _separate(connection: Connection, body: Body, doing: Doing) -> dict[str, Any]:
    account = body["account"]
    _need_account(connection, account, "account")
    rest = [one for one in humans.accounts_of(connection, account) if one != account]
    if not rest:
        raise refused("NOTHING_TO_CHANGE", "这个账号没有与其他账号关联。", "conflict", "account")
    told: Mapping[str, Any] = {"by": doing.proposer, "because": doing.because[:400], "at": doing.at}
    humans.link(connection, rest, rest[0], **told)
    humans.link(connection, [account], account, **told)
    return {"account": account, "rest": rest}


ADMINS = frozenset({ADMIN})
KINDS = (
    Kind(
        "give-post",
        "授予岗位",
        ADMINS,
        lambda body: f"{body['person']}：{POSTS.get(body['post'], body['post'])}（{body['department']}）",
        lambda connection, body: {"before": _held(connection, body), "after": {"valid_until": body.get("valid_until")}},
        _give,
        lambda body: (body["person"],),
    ),
    Kind(
        "take-post",
        "收回岗位",
        ADMINS,
        lambda body: f"{body['person']}：{POSTS.get(body['post'], body['post'])}（{body['department']}）",
        lambda connection, body: {"before": _held(connection, body), "after": None},
        _take,
        lambda body: (body["person"],),
    ),
    Kind(
        "link-people",
        "关联同一人的账号",
        ADMINS,
        lambda body: "、".join(body["accounts"]),
        lambda connection, body: {one: humans.accounts_of(connection, one) for one in body["accounts"]},
        _link,
        lambda body: tuple(body["accounts"]),
    ),
    Kind(
        "separate-people",
        "解除账号关联",
        ADMINS,
        lambda body: str(body["account"]),
        lambda connection, body: {body["account"]: humans.accounts_of(connection, body["account"])},
        _separate,
        lambda body: (body["account"],),
    ),
)
