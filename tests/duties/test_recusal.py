"""回避: who is kept out of a case sees and does nothing in it any more; while it is open nobody decides."""

import pytest
from sqlalchemy.exc import IntegrityError

from tests.duties.offices import also, in_review, one_human, proposed, status_of
from tests.infrastructure.desk import Desk
from tests.story.telling import clocks, trail
from workflow.casework.recusal import is_recused

ASKED = {"ground": "kin", "reason": "与申请人法定代表人是夫妻"}
READS = ("", "/events", "/clocks", "/documents", "/materials", "/form", "/actions")


def case_id(desk: Desk, case_no: str) -> int:
    with desk.office.work() as connection:
        sql = "select id from cases where case_no = %(no)s"
        return int(connection.exec_driver_sql(sql, {"no": case_no}).scalar_one())


def rows(desk: Desk, sql: str) -> list[tuple[object, ...]]:
    with desk.office.work() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(sql)]


def test_an_open_request_blocks_the_decision_and_a_rejection_frees_it(desk: Desk) -> None:
    case_no = proposed(desk)
    due = clocks(desk, case_no)["statutory"]["due"]
    desk.done(case_no, "applicant1", "request-recusal", who="approver1", **ASKED)
    for action, data in (
        ("grant", {}),
        ("refuse", {"reasons": "不符合"}),
        ("terminate", {"ground": "other", "reasons": "x"}),
    ):
        assert desk.refused(case_no, "approver1", action, **data) == "RECUSAL_OPEN"
    assert desk.refused(case_no, "applicant1", "request-recusal", who="approver1", **ASKED) == "NOT_A_HANDLER"
    desk.done(case_no, "approver1", "ask-legal-review")  # everything but the decision goes on
    desk.done(case_no, "legal1", "pass-legal-review", finding="程序合法")
    desk.done(case_no, "head1", "reject-recusal", who="approver1", reasons="经查无亲属关系")
    told = rows(desk, "select recipient, text from messages where text like '%经查无亲属关系%' order by recipient")
    assert [who for who, _ in told] == ["applicant1", "approver1"]
    assert clocks(desk, case_no)["statutory"]["due"] == due, "recusal stops no clock"
    desk.done(case_no, "approver1", "grant")


def test_who_is_recused_has_lost_the_case_at_once_under_every_account(desk: Desk) -> None:
    one_human(desk, "reviewer1", "reviewer2")
    case_no = in_review(desk)
    task = desk.case(case_no)["tasks"][0]["id"]
    assert desk.call("POST", f"/api/v1/tasks/{task}/claim", "reviewer1")[0] == 200
    desk.done(case_no, "reviewer1", "declare-recusal", ground="interest", reason="配偶在申请人处任职")
    assert desk.get(f"/api/v1/cases/{case_no}", "reviewer1")[0] == 200, "until it is decided he goes on"
    after = desk.done(case_no, "head1", "uphold-recusal", who="reviewer1", reasons="应当回避")
    assert after["tasks"][0]["assignee"] is None
    ghost = desk.get("/api/v1/cases/nothing", "reviewer1")[1]
    for who in ("reviewer1", "reviewer2"):
        for read in READS:
            status, answer = desk.get(f"/api/v1/cases/{case_no}{read}", who)
            assert (status, answer["code"], answer["detail"]) == (404, ghost["code"], ghost["detail"]), (who, read)
        for action in ("propose", "urge", "request-recusal", "no-such-action"):
            assert status_of(desk, case_no, who, action, after["version"]) == (404, "NOT_FOUND")
        assert desk.call("POST", f"/api/v1/tasks/{task}/claim", who)[0] == 404
        for queue in ("mine", "available", "department"):
            assert desk.get(f"/api/v1/tasks?queue={queue}", who)[1]["items"] == []
        assert desk.get("/api/v1/cases", who)[1]["items"] == []
        with desk.office.work() as connection:
            assert is_recused(connection, case_id(desk, case_no), who)
            assert not is_recused(connection, case_id(desk, case_no), "approver1")
    also(desk, "clerk2", "reviewer")
    assert [one["case_no"] for one in desk.get("/api/v1/tasks?queue=available", "clerk2")[1]["items"]] == [case_no]
    count = len(rows(desk, "select 1 from messages where recipient = 'reviewer1'"))
    desk.done(case_no, "approver1", "urge", note="请尽快")
    assert len(rows(desk, "select 1 from messages where recipient = 'reviewer1'")) == count
    assert rows(desk, "select 1 from messages where recipient = 'clerk2' and text like '%催办%'")


def test_the_head_decides_on_staff_and_the_government_head_on_the_head(desk: Desk) -> None:
    case_no = in_review(desk)
    asked = {"who": "reviewer1", **ASKED}
    assert desk.refused(case_no, "head1", "uphold-recusal", who="reviewer1", reasons="x") == "NO_RECUSAL_OPEN"
    assert desk.refused(case_no, "applicant1", "request-recusal", **{**asked, "who": "applicant2"}) == "NOT_A_HANDLER"
    assert desk.refused(case_no, "applicant1", "request-recusal", **{**asked, "who": "govhead1"}) == "NOT_A_HANDLER"
    desk.done(case_no, "clerk2", "request-recusal", **asked)  # a colleague
    assert desk.refused(case_no, "govhead1", "uphold-recusal", who="reviewer1", reasons="x") == "WRONG_RECUSAL_DECIDER"
    assert desk.refused(case_no, "approver1", "uphold-recusal", who="reviewer1", reasons="x") == "WRONG_POST"
    desk.done(case_no, "applicant1", "request-recusal", who="head1", **ASKED)
    assert desk.refused(case_no, "head1", "reject-recusal", who="head1", reasons="x") == "WRONG_RECUSAL_DECIDER"
    desk.done(case_no, "govhead1", "uphold-recusal", who="head1", reasons="应当回避")
    assert desk.get(f"/api/v1/cases/{case_no}", "head1")[0] == 404
    desk.done(case_no, "govhead1", "uphold-recusal", who="reviewer1", reasons="本机关负责人已经回避，由我决定")
    assert desk.get(f"/api/v1/cases/{case_no}", "reviewer1")[0] == 404


def test_nobody_decides_on_the_opinion_of_one_who_was_recused(desk: Desk) -> None:
    case_no = proposed(desk, by="reviewer1")
    desk.done(case_no, "applicant1", "request-recusal", who="reviewer1", **ASKED)
    desk.done(case_no, "head1", "uphold-recusal", who="reviewer1", reasons="应当回避")
    assert desk.refused(case_no, "approver1", "grant") == "OPINION_MISSING"
    desk.done(case_no, "approver1", "return-to-review", reason="原审查人员已经回避")
    desk.done(case_no, "reviewer2", "propose", conclusion="grant", findings="重新审查")
    assert desk.act(case_no, "approver1", "grant")[1].get("code") in (None, "LEGAL_REVIEW_MISSING")


def test_an_inspector_who_is_recused_is_replaced_and_the_record_written_anew(desk: Desk) -> None:
    also(desk, "clerk2", "inspector")
    case_no = in_review(desk, "02")
    pair = {"inspectors": ["inspector1", "inspector2"]}
    desk.done(case_no, "reviewer1", "plan-visit", planned_on="2026-09-02", **pair)
    desk.done(case_no, "inspector1", "start-visit")
    desk.done(case_no, "inspector1", "record-visit", conclusion="pass", findings="如实记录")
    desk.done(case_no, "applicant1", "request-recusal", who="inspector1", **ASKED)
    desk.done(case_no, "head1", "uphold-recusal", who="inspector1", reasons="应当回避")
    anew = {"reason": "原核查人员已经回避"}
    assert desk.refused(case_no, "reviewer1", "reassign-visit", **pair, **anew) == "TOO_FEW_INSPECTORS"
    desk.done(case_no, "reviewer1", "reassign-visit", inspectors=["inspector2", "clerk2"], **anew)
    desk.done(case_no, "inspector2", "record-visit", conclusion="pass", findings="重新核查")
    assert desk.refused(case_no, "inspector2", "confirm-pass") == "SAME_INSPECTOR"
    assert desk.done(case_no, "clerk2", "confirm-pass")["state"] == "in-review"


def test_an_expert_who_is_recused_is_replaced_by_lot_and_has_no_voice(desk: Desk) -> None:
    case_no = in_review(desk, "03")
    at = desk.now().isoformat()
    desk.done(case_no, "reviewer1", "notify-expert-review", notified_days=10, notice_served_at=at)
    desk.done(case_no, "reviewer1", "draw-experts")
    drawn = trail(desk, case_no)[-1]["data"]["experts"]
    assert desk.refused(case_no, "reviewer1", "replace-recused") == "NO_EXPERT_RECUSED"
    desk.done(case_no, drawn[0], "undertake")
    desk.done(case_no, drawn[0], "give-opinion", conclusion="fail", opinion_text="不符合")
    desk.done(case_no, "applicant1", "request-recusal", who=drawn[0], **ASKED)
    desk.done(case_no, "head1", "uphold-recusal", who=drawn[0], reasons="应当回避")
    desk.done(case_no, "reviewer1", "replace-recused")
    event = trail(desk, case_no)[-1]
    assert drawn[0] not in event["data"]["experts"] and set(drawn[1:]) < set(event["data"]["experts"])
    assert event["data"]["effects"]["draw"]["left_out"] == {drawn[0]: "已经回避"}
    for expert in event["data"]["experts"]:
        desk.done(case_no, expert, "undertake")
        desk.done(case_no, expert, "give-opinion", conclusion="pass", opinion_text="符合")
    desk.done(case_no, "reviewer1", "conclude-review", summary="通过")


@pytest.mark.parametrize(
    "fault",
    [
        "update recusals set status = 'upheld'",
        "update recusals set decided_by = person_id, decided_seq = requested_seq + 1, status = 'upheld'",
        "update recusals set requested_seq = 9999",
        "update recusals set ground = 'mood'",
        "insert into recusals (case_id, person_id, ground, requested_by, requested_seq)"
        " select case_id, person_id, ground, requested_by, requested_seq from recusals",
        "update tasks set delegated_by = 'reviewer1'",
        "update people set human_id = id",
    ],
)
def test_the_database_keeps_recusals_sound(desk: Desk, fault: str) -> None:
    case_no = in_review(desk)
    desk.done(case_no, "applicant1", "request-recusal", who="reviewer1", **ASKED)
    with pytest.raises(IntegrityError), desk.office.work() as connection:
        connection.exec_driver_sql(fault)
