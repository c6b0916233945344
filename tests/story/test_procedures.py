"""Experts, public notices, hearings, gaps, staff verbs: the edges inside a review, over the HTTP interface."""

from datetime import date, timedelta
from typing import Any

import pytest

from service_catalog.catalog import catalog
from tests.infrastructure.desk import Desk
from tests.story.telling import (
    applied,
    clocks,
    delivered,
    desk_time,
    drawn_experts,
    form_of,
    granted,
    missing,
    papers,
    proposed,
    trail,
)
from workflow.engine.works import draw


def in_review(desk: Desk, code: str, **answers: Any) -> str:
    """Return an accepted case."""
    case_no = applied(desk, code, **answers)
    desk.done(case_no, "clerk1", "accept")
    return case_no


# -- experts ----------------------------------------------------------------------------------------


def drawn(desk: Desk, code: str = "03", days: int = 10) -> tuple[str, list[str]]:
    """Return a case before its experts, and who they are."""
    case_no = in_review(desk, code)
    desk.done(case_no, "reviewer1", "notify-expert-review", notified_days=days, notice_served_at=desk_time(desk))
    desk.done(case_no, "reviewer1", "draw-experts")
    return case_no, drawn_experts(desk, case_no)


def test_anyone_can_repeat_a_draw_from_what_was_written_down(desk: Desk) -> None:
    case_no, experts = drawn(desk)
    lot = next(e for e in trail(desk, case_no) if e["type"] == "draw-experts")["data"]["effects"]["draw"]
    assert list(draw(lot["pool"], len(experts), lot["seed"])) == experts == lot["drawn"]
    assert len(set(experts)) == len(experts) == 5


def test_an_expert_of_the_applicants_own_unit_is_never_drawn(desk: Desk) -> None:
    with desk.office.work() as connection:
        connection.exec_driver_sql(
            "update experts set unit = '滨海示例化工贸易有限公司' where person_id in ('expert1', 'expert2')"
        )
    case_no, experts = drawn(desk)
    lot = next(e for e in trail(desk, case_no) if e["type"] == "draw-experts")["data"]["effects"]["draw"]
    assert not {"expert1", "expert2"} & set(experts)
    assert lot["left_out"] == {"expert1": "所在单位是申请人", "expert2": "所在单位是申请人"}


def test_too_few_experts_are_said_so_and_nothing_is_drawn(desk: Desk) -> None:
    with desk.office.work() as connection:
        connection.exec_driver_sql("update experts set active = false where person_id > 'expert4'")
    case_no = in_review(desk, "03")
    desk.done(case_no, "reviewer1", "notify-expert-review", notified_days=10, notice_served_at=desk_time(desk))
    assert desk.refused(case_no, "reviewer1", "draw-experts") == "TOO_FEW_EXPERTS"


def test_an_expert_stands_aside_and_another_is_drawn(desk: Desk) -> None:
    case_no, experts = drawn(desk)
    desk.done(case_no, experts[0], "stand-aside", reason="与申请人有利害关系")
    now_drawn = drawn_experts(desk, case_no)
    assert experts[0] not in now_drawn and set(experts[1:]) <= set(now_drawn) and len(now_drawn) == 5
    assert desk.refused(case_no, experts[0], "undertake") == "NOT_FOUND"


def test_only_drawn_experts_who_undertook_secrecy_speak_and_each_once(desk: Desk) -> None:
    case_no, experts = drawn(desk)
    outsider = next(f"expert{n}" for n in range(1, 8) if f"expert{n}" not in experts)
    opinion = {"conclusion": "pass", "opinion_text": "符合"}
    assert desk.refused(case_no, outsider, "give-opinion", **opinion) == "NOT_FOUND"
    assert desk.refused(case_no, experts[0], "give-opinion", **opinion) == "UNDERTAKING_MISSING"
    desk.done(case_no, experts[0], "undertake")
    desk.done(case_no, experts[0], "give-opinion", **opinion)
    assert desk.refused(case_no, experts[0], "give-opinion", **opinion) == "OPINION_ALREADY_GIVEN"
    assert desk.refused(case_no, "reviewer1", "conclude-review", summary="通过") == "NO_QUORUM"


def test_a_drawn_expert_finds_the_task_and_an_outsider_does_not(desk: Desk) -> None:
    case_no, experts = drawn(desk)
    outsider = next(f"expert{n}" for n in range(1, 8) if f"expert{n}" not in experts)
    _, mine = desk.get("/api/v1/tasks?queue=mine", experts[0])
    _, open_to_all = desk.get("/api/v1/tasks?queue=available", outsider)
    assert [task["case_no"] for task in mine["items"]] == [case_no] and open_to_all["items"] == []
    claim = f"/api/v1/tasks/{mine['items'][0]['id']}/claim"
    answers = [desk.call("POST", claim, who) for who in (outsider, experts[0])]
    assert [(status, answer["code"]) for status, answer in answers] == [(404, "NOT_FOUND"), (409, "SHARED_TASK")]


def test_the_limit_stands_still_only_for_the_days_announced(desk: Desk) -> None:
    case_no, _ = drawn(desk, days=3)
    before = clocks(desk, case_no)["statutory"]
    assert before["status"] == "paused"
    desk.at("2026-09-14T09:00:00")
    statutory = clocks(desk, case_no)["statutory"]
    assert (statutory["status"], statutory["removed_days"]) == ("running", 3)
    assert [a["code"] for a in desk.case(case_no)["alerts"]] == ["SUSPENSION_DAYS_USED_UP"]
    again = {"notified_days": 5, "notice_served_at": desk_time(desk), "reason": "需要补充论证"}
    desk.done(case_no, "reviewer1", "renotify-review", **again)
    assert clocks(desk, case_no)["statutory"]["status"] == "paused"


def test_experts_who_want_a_revision_send_the_applicant_back_to_work(desk: Desk) -> None:
    case_no, experts = drawn(desk)
    for expert in experts:
        desk.done(case_no, expert, "undertake")
        desk.done(case_no, expert, "give-opinion", conclusion="revise", opinion_text="补充计算书")
    assert desk.refused(case_no, "reviewer1", "conclude-review", summary="通过") == "EXPERTS_SAY_OTHERWISE"
    desk.done(case_no, "reviewer1", "ask-revision", what="补充计算书")
    assert desk.case(case_no)["state"] == "applicant-revises"
    desk.done(case_no, "applicant1", "report-revision", report="已补充")
    for expert in experts:
        desk.done(case_no, expert, "give-opinion", conclusion="pass", opinion_text="可以")
    desk.done(case_no, "reviewer1", "conclude-review", summary="通过")
    proposed(desk, case_no)
    granted(desk, case_no)


def test_an_opinion_without_the_experts_is_refused(desk: Desk) -> None:
    case_no = in_review(desk, "03")
    assert desk.refused(case_no, "reviewer1", "propose", conclusion="grant", findings="甲") == "EXPERT_REVIEW_MISSING"


# -- public notice and hearings ---------------------------------------------------------------------


def test_an_objection_has_to_be_answered_before_an_opinion(desk: Desk) -> None:
    case_no = in_review(desk, "37", has_interested_parties=True)
    desk.done(case_no, "reviewer1", "publicise", stage="before-decision", where="门户网站")
    assert desk.case(case_no)["state"] == "in-publicity"
    desk.done(case_no, "clerk1", "register-objection", objector="相邻住户", objection="遮挡采光")
    due = date.fromisoformat(clocks(desk, case_no)["publicity"]["due"])
    desk.at(f"{due + timedelta(days=1)}T08:00:00")
    assert desk.case(case_no)["state"] == "in-review"
    assert desk.refused(case_no, "reviewer1", "propose", conclusion="grant", findings="甲") == "OBJECTION_OPEN"
    desk.done(case_no, "reviewer1", "answer-objection", answer="经测算符合日照标准", upheld=False)
    proposed(desk, case_no)


def test_a_notice_taken_down_early_has_to_run_again(desk: Desk) -> None:
    case_no = in_review(desk, "37", has_interested_parties=True)
    desk.done(case_no, "reviewer1", "publicise", stage="before-decision", where="门户网站")
    desk.done(case_no, "reviewer1", "take-down", reason="图纸有误")
    desk.at("2026-10-20T08:00:00")
    assert desk.refused(case_no, "reviewer1", "propose", conclusion="grant", findings="甲") == "PUBLICITY_MISSING"


def rights_served(desk: Desk, code: str = "29") -> str:
    """Return a case whose parties have been told of their right to a hearing."""
    case_no = in_review(desk, code)
    desk.done(case_no, "reviewer1", "serve-hearing-rights", who=["申请人", "邻居"], interest="相邻权")
    return case_no


def test_nobody_decides_while_a_hearing_may_still_be_asked_for(desk: Desk) -> None:
    case_no = rights_served(desk)
    assert desk.refused(case_no, "reviewer1", "propose", conclusion="grant", findings="甲") == "ACTION_NOT_ALLOWED"
    assert clocks(desk, case_no)["hearing-request"]["due"] == "2026-09-08"
    assert clocks(desk, case_no)["statutory"]["status"] == "running"
    desk.at("2026-09-09T00:00:05")
    assert desk.case(case_no)["state"] == "in-review"
    assert clocks(desk, case_no)["hearing-request"]["status"] == "lapsed"
    proposed(desk, case_no)


def test_a_right_that_all_waive_is_over_at_once(desk: Desk) -> None:
    case_no = rights_served(desk)
    assert desk.done(case_no, "applicant1", "waive-hearing", who=["申请人", "邻居"])["state"] == "in-review"


def test_a_hearing_is_held_on_seven_working_days_notice_and_the_decision_answers_its_record(desk: Desk) -> None:
    case_no = rights_served(desk)
    desk.done(case_no, "clerk1", "request-hearing", requester="邻居")
    assert clocks(desk, case_no)["statutory"]["status"] == "paused"
    assert clocks(desk, case_no)["hearing-arrange"]["n"] == 20
    notice = {"place": "三楼", "public": True}
    assert desk.refused(case_no, "hearing1", "serve-hearing-notice", hearing_on="2026-09-09", **notice) == (
        "HEARING_NOTICE_TOO_LATE"
    )
    desk.done(case_no, "hearing1", "serve-hearing-notice", hearing_on="2026-09-10", **notice)
    record = {"record": "双方意见", "participants": ["申请人", "邻居"]}
    assert desk.refused(case_no, "hearing1", "sign-hearing-record", **record) == "HEARING_NOT_HELD_YET"
    desk.at("2026-09-10T16:00:00")
    desk.done(case_no, "hearing1", "sign-hearing-record", **record)
    assert clocks(desk, case_no)["statutory"]["removed_days"] == 7
    proposed(desk, case_no)
    assert desk.refused(case_no, "approver1", "grant") == "HEARING_RECORD_IGNORED"
    case = desk.done(case_no, "approver1", "grant", hearing_findings="采纳邻居关于施工时间的意见")
    assert case["outcome"] == "granted" and "听证笔录" in papers(desk, case_no)


def test_a_hearing_not_arranged_in_time_is_a_red_card_and_still_bars_the_decision(desk: Desk) -> None:
    case_no = rights_served(desk)
    desk.done(case_no, "applicant1", "request-hearing", requester="申请人")
    desk.at("2026-10-20T09:00:00")
    case = desk.case(case_no)
    assert ("HEARING_OVERDUE", "red") in [(a["code"], a["level"]) for a in case["alerts"]]
    assert case["state"] == "hearing-requested"
    desk.done(case_no, "applicant1", "withdraw-hearing-request")
    assert desk.case(case_no)["state"] == "in-review"


def test_who_reviews_does_not_preside(desk: Desk) -> None:
    with desk.office.work() as connection:
        connection.exec_driver_sql(
            "insert into person_posts (person_id, department, post) select 'reviewer1', department, 'hearing-officer'"
            " from person_posts where person_id = 'reviewer1'"
        )
    case_no = rights_served(desk)
    desk.done(case_no, "applicant1", "request-hearing", requester="申请人")
    notice = {"hearing_on": "2026-09-20", "place": "三楼", "public": False}
    assert desk.refused(case_no, "reviewer1", "serve-hearing-notice", **notice) == "SEPARATION_OF_DUTIES"


def test_a_hearing_the_office_owes_is_not_the_parties_to_call_off(desk: Desk) -> None:
    case_no = in_review(desk, "46")
    assert desk.refused(case_no, "reviewer1", "propose", conclusion="grant", findings="甲") in (
        "VISIT_NOT_CONCLUDED",
        "PUBLICITY_MISSING",
        "HEARING_MISSING",
    )
    desk.done(case_no, "reviewer1", "announce-hearing", ground="娱乐场所管理条例")
    assert desk.refused(case_no, "applicant1", "withdraw-hearing-request") == "HEARING_EX_OFFICIO"


def test_a_third_party_is_told_and_heard_while_time_runs_on(desk: Desk) -> None:
    case_no = in_review(desk, "29")
    before = clocks(desk, case_no)["statutory"]["due"]
    desk.done(case_no, "reviewer1", "notify-third-party", who=["相邻企业"], interest="通道")
    desk.done(case_no, "reviewer1", "record-statements", statements="无异议")
    assert clocks(desk, case_no)["statutory"]["due"] == before and "陈述申辩笔录" in papers(desk, case_no)


# -- gaps -------------------------------------------------------------------------------------------


def tolerable(code: str) -> list[str]:
    """Return the materials of an item that may follow."""
    return [m.name for m in catalog().newest(code).materials if m.tolerable and m.supply == "applicant"]


def with_gap(desk: Desk, code: str = "29") -> tuple[str, list[str]]:
    """Return a case with everything but what may follow, and what that is."""
    case_no = applied(desk, code, materials=False)
    gaps = [name for name in missing(desk, case_no) if name in tolerable(code)]
    for name in missing(desk, case_no):
        if name not in gaps:
            desk.upload(case_no, "applicant1", name)
    return case_no, gaps


@pytest.mark.parametrize("code", [code for code in ("29", "20", "26", "12") if tolerable(code)])
def test_a_case_with_gaps_is_accepted_and_its_grant_waits_until_they_are_closed(desk: Desk, code: str) -> None:
    case_no, gaps = with_gap(desk, code)
    if not gaps:
        pytest.fail(f"item {code} has nothing that is asked for and may follow")
    assert desk.refused(case_no, "clerk1", "accept") == "MATERIALS_INCOMPLETE"
    case = desk.done(case_no, "clerk1", "accept-tolerantly", promise="三日内补交")
    assert (case["state"], case["accepted_on"]) == ("in-review", "2026-09-01")
    assert clocks(desk, case_no)["supplement"]["status"] == "running"


def test_gaps_never_closed_end_the_examination(desk: Desk) -> None:
    code = next(code for code in ("29", "20", "26", "12") if tolerable(code))
    case_no, _ = with_gap(desk, code)
    desk.done(case_no, "clerk1", "accept-tolerantly", promise="按期补交")
    due = date.fromisoformat(clocks(desk, case_no)["supplement"]["due"])
    desk.at(f"{due + timedelta(days=1)}T00:01:00")
    assert desk.case(case_no)["state"] == "terminated"


def test_gaps_closed_in_time_open_the_way_to_the_grant(desk: Desk) -> None:
    code = "29" if tolerable("29") else next(code for code in ("26", "20", "12") if tolerable(code))
    case_no, gaps = with_gap(desk, code)
    desk.done(case_no, "clerk1", "accept-tolerantly", promise="按期补交")
    for name in gaps:
        desk.upload(case_no, "applicant1", name)
    assert clocks(desk, case_no)["supplement"]["status"] == "met"
    events = [event["type"] for event in trail(desk, case_no)]
    assert "gaps-closed" in events
    with desk.office.work() as connection:
        cited = connection.exec_driver_sql("select seq from materials order by seq").scalars().all()
    assert [seq for seq, kind in enumerate(events, 1) if kind == "add-material"] == cited


def test_what_may_not_follow_is_not_tolerated(desk: Desk) -> None:
    case_no = applied(desk, "02", materials=False)
    assert desk.refused(case_no, "clerk1", "accept-tolerantly", promise="补交") == "MATERIALS_INCOMPLETE"


# -- fraud ------------------------------------------------------------------------------------------


def test_false_material_on_a_matter_of_safety_shuts_the_door_for_a_year(desk: Desk) -> None:
    case_no = in_review(desk, "03")
    case = desk.done(case_no, "approver1", "refuse-for-fraud", reasons="安全评价报告系伪造")
    assert (case["outcome"], case["alerts"][-1]["level"]) == ("refused", "yellow")
    status, answer = try_again(desk, "03")
    assert (status, answer["code"]) == (409, "APPLICATION_BANNED") and "2027-09-01" in answer["detail"]
    desk.at("2027-09-02T09:00:00")
    assert try_again(desk, "03")[0] == 201


def test_false_material_elsewhere_is_refused_without_a_ban(desk: Desk) -> None:
    case_no = in_review(desk, "29")
    desk.done(case_no, "approver1", "refuse-for-fraud", reasons="学历证明系伪造")
    assert try_again(desk, "29")[0] == 201


def try_again(desk: Desk, code: str) -> tuple[int, Any]:
    """Apply once more for the same item."""
    from tests.story.telling import applicant_of, form_of

    body = {"item_code": code, "applicant": applicant_of(code), "form": form_of(code), "submit": True}
    return desk.call("POST", "/api/v1/cases", "applicant1", body)


# -- staff verbs ------------------------------------------------------------------------------------


def task_of(desk: Desk, case_no: str) -> Any:
    """Return the open task of a case."""
    return desk.case(case_no)["tasks"][0]


def claimed(desk: Desk, case_no: str, who: str) -> None:
    """Let somebody claim the open task."""
    status, answer = desk.call("POST", f"/api/v1/tasks/{task_of(desk, case_no)['id']}/claim", who)
    assert status == 200, answer


def test_work_is_handed_on_handed_back_and_taken_back_each_as_an_event(desk: Desk) -> None:
    case_no = in_review(desk, "29")
    assert desk.refused(case_no, "reviewer1", "transfer", to="reviewer2", reason="休假") == "NOT_THE_HANDLER"
    claimed(desk, case_no, "reviewer1")
    assert desk.refused(case_no, "reviewer1", "transfer", to="approver1", reason="休假") == "RECEIVER_LACKS_POST"
    desk.done(case_no, "reviewer1", "transfer", to="reviewer2", reason="休假")
    assert task_of(desk, case_no)["assignee"] == "reviewer2"
    assert desk.act(case_no, "reviewer1", "propose", conclusion="grant", findings="甲")[1]["code"] == "TASK_TAKEN"
    desk.done(case_no, "reviewer1", "take-back")
    assert task_of(desk, case_no)["assignee"] == "reviewer1"
    desk.done(case_no, "reviewer1", "delegate", to="reviewer2", until="2026-09-10", reason="出差")
    desk.done(case_no, "reviewer2", "hand-back", reason="不熟悉情况")
    assert task_of(desk, case_no)["assignee"] == "reviewer1"
    types = [event["type"] for event in trail(desk, case_no)]
    assert types[-4:] == ["transfer", "take-back", "delegate", "hand-back"]


def test_a_handover_sent_twice_is_answered_twice_alike(desk: Desk) -> None:
    case_no = in_review(desk, "29")
    claimed(desk, case_no, "reviewer1")
    path = f"/api/v1/cases/{case_no}/actions/delegate"
    headers = {"If-Match": f'"{desk.case(case_no)["version"]}"', "Idempotency-Key": "one"}
    body = {"data": {"to": "reviewer2", "until": "2026-09-10", "reason": "出差"}}
    first = desk.call("POST", path, "reviewer1", body, headers)
    assert (first[0], first[1]["tasks"][0]["assignee"]) == (200, "reviewer2")
    assert desk.call("POST", path, "reviewer1", body, headers) == first


def test_an_overseer_who_acts_reads_no_personal_data_in_the_answer(desk: Desk) -> None:
    case_no = in_review(desk, "29")
    status, answer = desk.act(case_no, "supervisor1", "urge", note="请抓紧")
    assert (status, answer["applicant"]) == (200, desk.case(case_no, "supervisor1")["applicant"])
    assert answer["applicant"].get("phone", "***").count("*") >= 3
    assert "id_no" in desk.act(case_no, "head1", "urge", note="请抓紧")[1]["applicant"]


def test_what_an_act_finds_overdue_is_a_red_card_at_once(desk: Desk) -> None:
    case_no = applied(desk, "31")  # to be done by the day of receipt; the machine asks a person
    desk.at("2026-09-03T09:00:00")
    desk.done(case_no, "clerk1", "accept")
    assert ("STATUTORY_OVERDUE", "red") in [(a["code"], a["level"]) for a in desk.case(case_no)["alerts"]]


def test_what_a_corrected_form_no_longer_asks_for_need_not_be_supplied(desk: Desk) -> None:
    stored = "委托专门提供贮存服务的企业"
    case_no = applied(desk, "16", storage_mode=stored, materials=False)
    missing_now = missing(desk, case_no)
    contract = "委托贮存、运输协议"
    assert contract in missing_now
    listed = [{"material": name, "what": "请补交"} for name in missing_now]
    desk.done(case_no, "clerk1", "ask-corrections", missing=listed)
    for name in missing_now:
        if name != contract:
            desk.upload(case_no, "applicant1", name)
    assert desk.refused(case_no, "applicant1", "resubmit") == "MISSING_NOT_SUPPLIED"
    headers = {"If-Match": f'"{desk.case(case_no)["version"]}"'}
    own = {"form": form_of("16", storage_mode="自设库房")}
    assert desk.call("PUT", f"/api/v1/cases/{case_no}/form", "applicant1", own, headers)[0] == 200
    assert desk.done(case_no, "applicant1", "resubmit")["state"] == "in-review"


def test_what_the_receiver_has_begun_is_not_taken_back(desk: Desk) -> None:
    case_no = in_review(desk, "29")
    claimed(desk, case_no, "reviewer1")
    desk.done(case_no, "reviewer1", "transfer", to="reviewer2", reason="休假")
    desk.done(case_no, "head1", "urge", note="请抓紧")
    assert desk.refused(case_no, "reviewer1", "take-back") == "ALREADY_ACTED_ON"


def test_a_reviewer_takes_the_opinion_back_until_the_approver_has_acted(desk: Desk) -> None:
    case_no = in_review(desk, "29")
    proposed(desk, case_no)
    assert desk.refused(case_no, "reviewer2", "recall-opinion", reason="有误") == "ALREADY_ACTED_ON"
    assert desk.done(case_no, "reviewer1", "recall-opinion", reason="有误")["state"] == "in-review"
    proposed(desk, case_no)
    desk.done(case_no, "approver1", "ask-legal-review")
    desk.done(case_no, "legal1", "pass-legal-review", finding="合法")
    assert desk.refused(case_no, "reviewer1", "recall-opinion", reason="有误") == "ALREADY_ACTED_ON"


def test_all_countersign_before_the_case_goes_on_and_more_may_be_added(desk: Desk) -> None:
    case_no = in_review(desk, "29")
    ask = {"people": ["head1"], "question": "是否符合规划"}
    assert desk.refused(case_no, "reviewer1", "ask-countersign", people=["nobody"], question="甲") == "STRANGER_NAMED"
    desk.done(case_no, "reviewer1", "ask-countersign", **ask)
    desk.done(case_no, "reviewer1", "add-signer", people=["reviewer2"])
    assert desk.refused(case_no, "approver1", "countersign", conclusion="agree") == "NOT_A_COUNTERSIGNER"
    desk.done(case_no, "head1", "countersign", conclusion="agree")
    assert desk.refused(case_no, "head1", "countersign", conclusion="agree") == "ALREADY_COUNTERSIGNED"
    assert desk.done(case_no, "reviewer2", "countersign", conclusion="disagree", note="尺寸")["state"] == "in-review"


def test_who_countersigned_as_reviewer_does_not_decide(desk: Desk) -> None:
    with desk.office.work() as connection:
        connection.exec_driver_sql(
            "insert into person_posts (person_id, department, post) select 'reviewer2', department, 'approver'"
            " from person_posts where person_id = 'reviewer2'"
        )
    case_no = in_review(desk, "29")
    desk.done(case_no, "reviewer1", "ask-countersign", people=["reviewer2"], question="甲")
    desk.done(case_no, "reviewer2", "countersign", conclusion="agree")
    proposed(desk, case_no)
    assert desk.refused(case_no, "reviewer2", "grant") == "SEPARATION_OF_DUTIES"


def test_urging_tells_whoever_holds_the_work_and_changes_nothing_else(desk: Desk) -> None:
    case_no = in_review(desk, "29")
    before = clocks(desk, case_no)
    desk.done(case_no, "applicant1", "urge", note="请问进度")
    assert clocks(desk, case_no) == before
    with desk.office.work() as connection:
        told = connection.exec_driver_sql(
            "select recipient from messages m join outbox o on o.id = m.outbox_id where o.body ->> 'action' = 'urge'"
        ).scalars()
        assert set(told) == {"reviewer1", "reviewer2"}


def test_a_delivered_case_is_not_urged_once_closed(desk: Desk) -> None:
    case_no = in_review(desk, "29")
    proposed(desk, case_no)
    granted(desk, case_no)
    delivered(desk, case_no)
    assert desk.refused(case_no, "applicant1", "urge", note="请问进度") == "ACTION_NOT_ALLOWED"


def test_a_refusal_names_the_state_the_law_has_brought_about(desk: Desk) -> None:
    case_no = applied(desk, "29")
    desk.done(case_no, "clerk1", "ask-corrections", missing=[{"material": "申请表", "what": "请更正"}])
    desk.set("2026-10-20T09:00:00")  # the period is over, and no worker has said so yet
    status, answer = desk.act(case_no, "clerk1", "remind", note="请补正")
    assert (status, answer["code"]) == (409, "ACTION_NOT_ALLOWED") and "已退件" in answer["detail"]
