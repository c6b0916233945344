"""Four eyes: nothing takes effect before another human with the post has confirmed it; both are on record for good."""

from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError

from tests.calendar.notices import plain_2027
from tests.duties.offices import also, in_review, one_human
from tests.infrastructure.desk import Desk
from workflow.casework.calendar import load_notice
from workflow.casework.demo import DEPARTMENT
from workflow.casework.library import ExpertRow, load_experts
from workflow.definitions.holiday_notice import check_notice

POST = {"person": "clerk2", "department": DEPARTMENT, "post": "reviewer", "give": True, "because": "增加审查力量"}
BASIS = "津政务〔2026〕1号"
PROPOSALS: list[tuple[str, dict[str, Any], str, str]] = [
    ("posts", POST, "sysadmin1", "secadmin1"),
    ("posts", {**POST, "person": "reviewer1", "give": False}, "sysadmin1", "secadmin1"),
    (
        "proposals",
        {"kind": "link-people", "accounts": ["clerk1", "reviewer1"], "because": "x"},
        "sysadmin1",
        "secadmin1",
    ),
    ("catalog/lists/once/entries", {"item_codes": ["02"], "basis": BASIS}, "catalog1", "catalog2"),
    ("catalog/items/02/cancel", {"cancelled_from": "2030-01-01", "basis": BASIS}, "catalog1", "catalog2"),
    ("calendar", plain_2027() | {"published_on": "2026-08-04"}, "catalog1", "catalog2"),
]
STAND = """
select (select md5(string_agg(pp::text, ',' order by pp::text)) from person_posts pp) as posts,
       (select count(*) from item_list_entries) as entries, (select count(*) from item_cancellations) as cancelled,
       (select count(*) from calendar_versions) as calendars, (select count(*) from person_links) as links,
       (select count(*) from published_versions) as published
"""


def stand(desk: Desk) -> tuple[Any, ...]:
    with desk.office.work() as connection:
        return tuple(connection.exec_driver_sql(STAND).one())


def proposal(desk: Desk, path: str, who: str, body: dict[str, Any]) -> Any:
    status, answer = desk.call("POST", f"/api/v1/{path}", who, body)
    assert status == 202, answer
    return answer


def answered(desk: Desk, made: Any, who: str, verb: str = "confirm", **body: Any) -> tuple[int, Any]:
    return desk.call("POST", f"/api/v1/proposals/{made['id']}/{verb}", who, body)


@pytest.mark.parametrize(("path", "body", "by", "other"), PROPOSALS)
def test_nothing_takes_effect_before_another_person_confirms(
    desk: Desk, path: str, body: dict[str, Any], by: str, other: str
) -> None:
    before = stand(desk)
    made = proposal(desk, path, by, body)
    assert stand(desk) == before and made["status"] == "open" and made["diff"] is not None
    assert answered(desk, made, by)[1]["code"] == "SAME_PERSON"
    assert answered(desk, made, "reviewer1")[0] == 404 == desk.get(f"/api/v1/proposals/{made['id']}", "clerk1")[0]
    status, refused = answered(desk, made, "supervisor1")
    assert (status, refused["code"]) == (403, "WRONG_POST"), "supervisors read it, so to them it is not missing"
    assert desk.get(f"/api/v1/proposals/{made['id']}", "supervisor1")[0] == 200
    assert stand(desk) == before
    status, done = answered(desk, made, other, note="已核对")
    assert status == 200 and done["status"] == "confirmed" and stand(desk) != before
    assert (done["proposed_by"], done["answered"]["by"], done["answered"]["note"]) == (by, other, "已核对")
    assert answered(desk, made, other)[1]["code"] == "PROPOSAL_ANSWERED"


@pytest.mark.parametrize(("path", "body", "by", "other"), PROPOSALS)
def test_one_human_with_two_accounts_is_not_two_people(
    desk: Desk, path: str, body: dict[str, Any], by: str, other: str
) -> None:
    one_human(desk, by, other)
    made = proposal(desk, path, by, body)
    assert answered(desk, made, other)[1]["code"] == "SAME_PERSON"
    with pytest.raises(IntegrityError), desk.office.work() as connection:
        connection.exec_driver_sql(
            "insert into proposal_answers (proposal_id, proposed_by, answer, answered_by, answered_at)"
            " values (%(id)s, %(by)s, 'confirmed', %(other)s, now())",
            {"id": made["id"], "by": by, "other": other},
        )


def test_a_proposal_is_rejected_withdrawn_or_expires_and_then_it_is_over(desk: Desk) -> None:
    before = stand(desk)
    rejected = proposal(desk, "posts", "sysadmin1", POST)
    assert answered(desk, rejected, "secadmin1", "reject")[0] == 422, "a rejection says why"
    status, told = answered(desk, rejected, "secadmin1", "reject", reason="编制已满")
    assert (status, told["status"], told["answered"]["note"]) == (200, "rejected", "编制已满")
    withdrawn = proposal(desk, "posts", "sysadmin1", POST)
    assert answered(desk, withdrawn, "sysadmin1", "reject", reason="写错了")[1]["status"] == "withdrawn"
    late = proposal(desk, "posts", "sysadmin1", POST)
    desk.at("2026-09-16T09:00:00")
    for made, code in ((rejected, "PROPOSAL_ANSWERED"), (withdrawn, "PROPOSAL_ANSWERED"), (late, "PROPOSAL_EXPIRED")):
        status, refused = answered(desk, made, "secadmin1")
        assert (status, refused["code"]) == (409, code)
    assert stand(desk) == before
    states = {one["id"]: one["status"] for one in desk.get("/api/v1/proposals", "auditor1")[1]["items"]}
    assert states == {rejected["id"]: "rejected", withdrawn["id"]: "withdrawn", late["id"]: "expired"}
    page = desk.get("/api/v1/proposals?limit=1&status=expired", "supervisor1")[1]
    assert [one["id"] for one in page["items"]] == [late["id"]] and page["next"] is None
    assert desk.get("/api/v1/proposals", "clerk1")[0] == 403


def test_a_post_is_given_for_a_time_and_taken_at_once(desk: Desk) -> None:
    case_no = in_review(desk)
    wanted = {**POST, "department": desk.case(case_no)["department"]}
    made = proposal(desk, "posts", "sysadmin1", {**wanted, "valid_until": "2026-09-10"})
    assert answered(desk, made, "secadmin1")[0] == 200
    held = desk.get("/api/v1/posts?person=clerk2&post=reviewer", "auditor1")[1]["items"]
    assert [(one["valid_from"], one["valid_until"], one["valid"]) for one in held] == [
        ("2026-09-01", "2026-09-10", True)
    ]
    task = desk.case(case_no)["tasks"][0]["id"]
    assert desk.call("POST", f"/api/v1/tasks/{task}/claim", "clerk2")[0] == 200
    made = proposal(desk, "posts", "secadmin1", {**wanted, "give": False})
    assert answered(desk, made, "sysadmin1")[0] == 200
    assert desk.get("/api/v1/posts?person=clerk2&post=reviewer", "auditor1")[1]["items"] == []
    propose = {"conclusion": "grant", "findings": "x"}
    assert desk.refused(case_no, "clerk2", "propose", **propose) == "WRONG_POST"


REFUSED: list[tuple[str, dict[str, Any], int, str]] = [
    ("clerk1", POST, 403, "WRONG_POST"),
    ("catalog1", POST, 403, "WRONG_POST"),
    ("sysadmin1", {**POST, "person": "sysadmin1"}, 403, "OWN_MATTER"),
    ("sysadmin1", {**POST, "person": "clerk1x"}, 422, "PERSON_UNKNOWN"),
    ("sysadmin1", {**POST, "post": "applicant"}, 422, "INVALID_INPUT"),
    ("sysadmin1", {**POST, "valid_until": "2026-08-31"}, 422, "DATE_IN_THE_PAST"),
    ("sysadmin1", {**POST, "give": False, "valid_until": "2026-12-31"}, 422, "INVALID_INPUT"),
    ("sysadmin1", {**POST, "give": False}, 409, "NOTHING_TO_CHANGE"),
    ("sysadmin1", {**POST, "post": "window-clerk"}, 409, "NOTHING_TO_CHANGE"),
    ("sysadmin1", {**POST, "person": "auditor1"}, 409, "POSTS_APART"),
    ("sysadmin1", {**POST, "post": "system-admin"}, 409, "POSTS_APART"),
    ("sysadmin1", {**POST, "person": "secadmin1", "post": "system-admin", "give": False}, 409, "LAST_ADMINISTRATORS"),
    ("sysadmin1", {key: value for key, value in POST.items() if key != "because"}, 422, "INVALID_INPUT"),
]


@pytest.mark.parametrize(("who", "body", "status", "code"), REFUSED)
def test_a_post_that_may_not_be_given_is_refused_when_it_is_proposed(
    desk: Desk, who: str, body: dict[str, Any], status: int, code: str
) -> None:
    with desk.office.work() as connection:  # administrators of one department only
        sql = "delete from person_posts where post = 'system-admin' and department <> %(here)s"
        connection.exec_driver_sql(sql, {"here": DEPARTMENT})
    got, answer = desk.call("POST", "/api/v1/posts", who, body)
    assert (got, answer["code"]) == (status, code), answer
    assert desk.get("/api/v1/posts", "clerk1")[0] == 403
    assert desk.get("/api/v1/proposals", "auditor1")[1]["items"] == []


def test_nobody_confirms_what_is_about_themselves(desk: Desk) -> None:
    also(desk, "clerk2", "system-admin")
    made = proposal(desk, "posts", "sysadmin1", {**POST, "post": "system-admin", "give": False})
    status, refused = answered(desk, made, "clerk2")
    assert (status, refused["code"]) == (403, "OWN_MATTER")
    linked = {"kind": "link-people", "accounts": ["sysadmin1", "clerk1"], "because": "同一人"}
    status, refused = desk.call("POST", "/api/v1/proposals", "sysadmin1", linked)
    assert (status, refused["code"]) == (403, "OWN_MATTER")


def test_linked_accounts_are_one_person_from_then_on_and_can_be_separated(desk: Desk) -> None:
    also(desk, "reviewer2", "window-clerk")
    case_no = in_review(desk)  # accepted by clerk1
    linked = {"kind": "link-people", "accounts": ["clerk1", "reviewer2"], "because": "一人两个部门的账号"}
    assert answered(desk, proposal(desk, "proposals", "sysadmin1", linked), "secadmin1")[0] == 200
    said = {"conclusion": "grant", "findings": "x"}
    assert desk.refused(case_no, "reviewer2", "propose", **said) == "SEPARATION_OF_DUTIES"
    again = desk.call("POST", "/api/v1/proposals", "sysadmin1", linked)
    assert (again[0], again[1]["code"]) == (409, "NOTHING_TO_CHANGE")
    apart = {"kind": "separate-people", "account": "reviewer2", "because": "误关联"}
    assert answered(desk, proposal(desk, "proposals", "secadmin1", apart), "sysadmin1")[0] == 200
    desk.done(case_no, "reviewer2", "propose", **said)
    with desk.office.work() as connection:
        rows = connection.exec_driver_sql("select person_id, human_id from person_links order by id").all()
    assert [tuple(row) for row in rows] == [
        ("clerk1", "clerk1"), ("reviewer2", "clerk1"), ("clerk1", "clerk1"), ("reviewer2", "reviewer2"),
    ]  # fmt: skip


def test_what_changed_meanwhile_is_refused_and_the_proposal_stays_open(desk: Desk) -> None:
    first, second = (proposal(desk, "posts", "sysadmin1", POST) for _ in range(2))
    assert answered(desk, first, "secadmin1")[0] == 200
    status, refused = answered(desk, second, "secadmin1")
    assert (status, refused["code"]) == (409, "NOTHING_TO_CHANGE")
    assert desk.get(f"/api/v1/proposals/{second['id']}", "sysadmin1")[1]["status"] == "open"


def test_definitions_are_published_by_two(desk: Desk) -> None:
    with desk.office.work() as connection:
        connection.exec_driver_sql("alter table published_versions disable trigger all")
        connection.exec_driver_sql("delete from published_versions where name = 'instant'")
        connection.exec_driver_sql("alter table published_versions enable always trigger published_append_only")
    body = {"kind": "publish", "because": "发布"}
    assert desk.call("POST", "/api/v1/proposals", "sysadmin1", body)[1]["code"] == "WRONG_POST"
    assert desk.call("POST", "/api/v1/proposals", "catalog1", {**body, "account": "x"})[0] == 422
    made = proposal(desk, "proposals", "catalog1", body)
    assert "instant" in [one["name"] for one in made["diff"]]
    assert answered(desk, made, "catalog2")[0] == 200
    with desk.office.work() as connection:
        sql = "select published_by, because from published_versions where name = 'instant'"
        assert [tuple(row) for row in connection.exec_driver_sql(sql)] == [("catalog1", "发布")]
    again = desk.call("POST", "/api/v1/proposals", "catalog1", body)
    assert (again[0], again[1]["code"]) == (409, "NOTHING_TO_CHANGE")


@pytest.mark.parametrize("table", ["proposals", "proposal_answers", "person_links"])
def test_what_was_proposed_and_answered_is_on_record_for_good(desk: Desk, table: str) -> None:
    linked = {"kind": "link-people", "accounts": ["clerk1", "reviewer2"], "because": "x"}
    assert answered(desk, proposal(desk, "proposals", "sysadmin1", linked), "secadmin1")[0] == 200
    column = {"proposals": "because", "proposal_answers": "note", "person_links": "because"}[table]
    for sql in (f"update {table} set {column} = 'x'", f"delete from {table}", f"truncate {table} cascade"):
        with pytest.raises(DBAPIError, match="append-only"), desk.office.work() as connection:
            connection.exec_driver_sql("set session_replication_role = replica")
            connection.exec_driver_sql(sql)


def test_what_one_person_does_at_the_console_takes_effect_and_supervisors_read_of_it(desk: Desk) -> None:
    notice = check_notice(plain_2027() | {"published_on": "2026-08-04"}, today=desk.now().date())
    loaded = load_notice(desk.office, notice, desk.now(), by="值班员", confirmed=True, account="os:office")
    assert loaded.version is not None
    again = load_notice(desk.office, notice, desk.now(), by="值班员", confirmed=True, account="os:office")
    assert again.version is None, "and what changes nothing is no emergency"
    rows = [ExpertRow("expert1", "专家甲", "示例设计院", (), "91120116MA05TEST0X")]
    load_experts(desk.office, rows, account="os:office", now=desk.now())
    found = desk.get("/api/v1/proposals?status=emergency", "supervisor1")[1]["items"]
    told = [(one["kind"], one["proposed_by"], one["answered"]["by"]) for one in found]
    assert told == [("load-experts", "os:office", "os:office"), ("load-calendar", "os:office", "os:office")]
    assert "2027年" in found[1]["subject"] and "值班员" in found[1]["because"]
    assert answered(desk, found[1], "catalog1")[1]["code"] == "PROPOSAL_ANSWERED"
