"""The life of a permit after the grant: renewed, deemed renewed, changed, replaced, suspended, revoked, cancelled."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.infrastructure.desk import Desk
from tests.story.telling import (
    USCC,
    applied,
    clocks,
    delivered,
    granted,
    missing,
    papers,
    permit_of,
    proposed,
    trail,
    visited,
)
from workflow.engine.case import CaseState, replay
from workflow.ledger.chain import GENESIS, link
from workflow.store.sealed import register_index

RENEWAL = {"conditions_kept": True, "changed_since": "无", "accidents": "无"}


def permitted(desk: Desk, code: str = "26", **answers: Any) -> str:
    """Return the number of a permit granted on 2026-09-01."""
    case_no = applied(desk, code, **answers)
    desk.done(case_no, "clerk1", "accept")
    if "plan-visit" in actions(desk, case_no, "reviewer1"):
        visited(desk, case_no)
    proposed(desk, case_no)
    granted(desk, case_no)
    delivered(desk, case_no)
    return str(permit_of(desk)["permit_no"])


def actions(desk: Desk, case_no: str, who: str) -> list[str]:
    """Return what somebody may do now."""
    _, listed = desk.get(f"/api/v1/cases/{case_no}/actions", who)
    return [one["action"] for one in listed["items"]]


def asked(desk: Desk, permit_no: str, operation: str, form: dict[str, Any], who: str = "applicant1") -> tuple[int, Any]:
    """Return (status, answer) of what is asked of a permit."""
    return desk.call("POST", f"/api/v1/permits/{permit_no}/{operation}", who, {"form": form, "submit": True})


def opened(desk: Desk, permit_no: str, operation: str, form: dict[str, Any]) -> str:
    """Return the number of an accepted case about a permit, its materials handed in."""
    body = {"form": form, "submit": False}
    status, case = desk.call("POST", f"/api/v1/permits/{permit_no}/{operation}", "applicant1", body)
    assert status == 201, case
    case_no = str(case["case_no"])
    for name in missing(desk, case_no):
        desk.upload(case_no, "applicant1", name)
    desk.done(case_no, "applicant1", "submit")
    return case_no


def reviewed(desk: Desk, case_no: str) -> None:
    """Let the office do what a case on this process needs before its decision."""
    desk.done(case_no, "clerk1", "accept")
    if desk.case(case_no)["process"] == "on-site":
        visited(desk, case_no)
    proposed(desk, case_no)


def permit(desk: Desk, permit_no: str) -> Any:
    """Return the permit as its holder reads it."""
    status, found = desk.get(f"/api/v1/permits/{permit_no}", "applicant1")
    assert status == 200, found
    return found


def life(desk: Desk, permit_no: str) -> list[str]:
    """Return the kinds of the events of a permit's own chain, checked link by link."""
    previous = GENESIS
    events = trail(desk, permit_no)
    for event in events:
        assert event["prev_hash"] == previous and link(event) == event["hash"]
        previous = event["hash"]
    assert isinstance(replay(permit_no, events), CaseState)
    return [event["type"] for event in events]


def test_a_permit_begins_its_own_chain_with_the_grant(desk: Desk) -> None:
    permit_no = permitted(desk)
    assert life(desk, permit_no) == ["open"]
    assert clocks(desk, permit_no)["validity"]["due"] == permit(desk, permit_no)["valid_until"] == "2029-08-31"


def test_a_renewal_decided_in_time_adds_a_full_period_to_the_old_one(desk: Desk) -> None:
    permit_no = permitted(desk)
    desk.at("2029-06-01T09:00:00")
    case_no = opened(desk, permit_no, "renew", RENEWAL)
    assert clocks(desk, case_no)["renewal"]["due"] == "2029-08-31"
    assert life(desk, permit_no)[-1] == "file-renewal"
    reviewed(desk, case_no)
    granted(desk, case_no)
    assert "准予延续行政许可决定书" in papers(desk, case_no)
    found = permit(desk, permit_no)
    assert (found["valid_from"], found["valid_until"], found["status"]) == ("2029-09-01", "2032-08-31", "valid")


def test_a_timely_renewal_left_undecided_is_deemed_granted_at_the_end_of_validity(desk: Desk) -> None:
    permit_no = permitted(desk)
    desk.at("2029-06-01T09:00:00")
    case_no = opened(desk, permit_no, "renew", RENEWAL)
    desk.done(case_no, "clerk1", "accept")
    desk.at("2029-08-31T23:59:00")
    assert desk.case(case_no)["state"] != "deemed-renewed"
    desk.at("2029-09-01T00:00:30")
    case = desk.case(case_no)
    assert (case["state"], case["outcome"], case["decided_on"]) == ("deemed-renewed", "granted", "2029-08-31")
    assert ("DEEMED_RENEWED", "red") in [(a["code"], a["level"]) for a in case["alerts"]]
    found = permit(desk, permit_no)
    assert (found["status"], found["valid_until"]) == ("valid", "2032-08-31")
    assert desk.refused(case_no, "approver1", "refuse", reasons="不符合") == "DEEMED_RENEWED_ALREADY"


def test_a_late_renewal_left_undecided_lets_the_permit_expire(desk: Desk) -> None:
    permit_no = permitted(desk)
    desk.at("2029-08-20T09:00:00")
    case_no = opened(desk, permit_no, "renew", RENEWAL)
    desk.done(case_no, "clerk1", "accept")
    desk.at("2029-09-01T00:00:30")
    assert desk.case(case_no)["state"] == "terminated"
    assert permit(desk, permit_no)["status"] == "expired"


def test_a_renewal_refused_lets_the_permit_run_to_its_end(desk: Desk) -> None:
    permit_no = permitted(desk)
    desk.at("2029-06-01T09:00:00")
    case_no = opened(desk, permit_no, "renew", RENEWAL)
    reviewed(desk, case_no)
    desk.done(case_no, "approver1", "refuse", reasons="条件不再符合")
    assert papers(desk, case_no)[-1] == "不予延续行政许可决定书"
    assert permit(desk, permit_no)["status"] == "valid"
    desk.at("2029-09-01T00:00:30")
    assert permit(desk, permit_no)["status"] == "expired"
    assert life(desk, permit_no)[-2:] == ["renewal-over", "expire"]


def test_a_renewal_withdrawn_lets_the_permit_run_to_its_end(desk: Desk) -> None:
    permit_no = permitted(desk)
    desk.at("2029-06-01T09:00:00")
    case_no = opened(desk, permit_no, "renew", RENEWAL)
    desk.done(case_no, "applicant1", "withdraw")
    assert life(desk, permit_no)[-1] == "renewal-over"
    desk.at("2029-09-01T00:00:30")
    assert permit(desk, permit_no)["status"] == "expired"


def test_a_renewal_before_the_items_window_opens_is_refused_with_the_day(desk: Desk) -> None:
    permit_no = permitted(desk, "16")
    body = {"form": RENEWAL, "submit": True}
    status, answer = desk.call("POST", f"/api/v1/permits/{permit_no}/renew", "applicant1", body)
    assert (status, answer["code"]) == (409, "RENEWAL_TOO_EARLY"), answer
    assert "2031" in answer["detail"]


def test_a_permit_ends_on_the_day_its_decision_names_and_is_renewed_until_another(desk: Desk) -> None:
    permit_no = permitted(desk, "28", starts_on="2026-10-01", ends_on="2027-09-30")
    assert permit(desk, permit_no)["valid_until"] == clocks(desk, permit_no)["validity"]["due"] == "2027-09-30"
    desk.at("2027-08-02T09:00:00")
    status, answer = asked(desk, permit_no, "renew", {**RENEWAL, "ends_on": "2027-09-30"})
    assert status == 422 and "应当晚于现有期限（2027-09-30）" in answer["errors"][0]["message"]
    assert asked(desk, permit_no, "renew", RENEWAL)[1]["errors"][0]["field"] == "form.ends_on"
    case_no = opened(desk, permit_no, "renew", {**RENEWAL, "ends_on": "2028-09-30"})
    reviewed(desk, case_no)
    granted(desk, case_no)
    found = permit(desk, permit_no)
    assert (found["valid_from"], found["valid_until"]) == ("2027-10-01", "2028-09-30")


def test_a_permit_that_would_end_before_it_begins_is_not_granted(desk: Desk) -> None:
    case_no = applied(desk, "28", starts_on="2026-09-02", ends_on="2026-09-10")
    desk.done(case_no, "clerk1", "accept")
    proposed(desk, case_no)
    desk.at("2026-09-11T09:00:00")
    assert desk.refused(case_no, "approver1", "grant") == "VALIDITY_OVER"
    desk.done(case_no, "approver1", "refuse", reasons="申请的期限已经届满")


def test_the_day_the_application_names_is_cut_to_the_longest_the_rule_allows(desk: Desk) -> None:
    permit_no = permitted(desk, "29", contract_ends_on="2035-12-31")
    assert permit(desk, permit_no)["valid_until"] == "2031-08-31"


def test_a_permit_without_a_last_day_is_not_renewed(desk: Desk) -> None:
    permit_no = permitted(desk, "44")
    assert asked(desk, permit_no, "renew", RENEWAL)[1]["code"] == "NOT_FOR_THIS_ITEM"


def test_an_expired_permit_is_not_renewed_but_cancelled(desk: Desk) -> None:
    permit_no = permitted(desk)
    desk.at("2029-09-02T09:00:00")
    assert permit(desk, permit_no)["status"] == "expired"
    assert asked(desk, permit_no, "renew", RENEWAL)[1]["code"] == "PERMIT_NOT_VALID"
    case_no = opened(desk, permit_no, "cancel", {"cause": "有效期届满", "settled": True})
    reviewed(desk, case_no)
    granted(desk, case_no)
    assert permit(desk, permit_no)["status"] == "cancelled"
    assert life(desk, permit_no)[-2:] == ["expire", "cancel"]


def test_a_change_of_name_is_the_new_holder_in_the_register(desk: Desk) -> None:
    permit_no = permitted(desk)
    form = {
        "changed_items": ["名称"],
        "before": "滨海示例化工贸易有限公司",
        "after": "滨海示例化工有限公司",
        "new_holder": "滨海示例化工有限公司",
    }
    case_no = opened(desk, permit_no, "change", form)
    assert asked(desk, permit_no, "change", form)[1]["code"] == "PERMIT_BUSY"
    reviewed(desk, case_no)
    granted(desk, case_no)
    assert permit(desk, permit_no)["holder"] == "滨海示例化工有限公司"
    assert "准予变更行政许可决定书" in papers(desk, case_no)


def test_a_lost_certificate_is_replaced_on_the_spot_after_it_was_declared_void(desk: Desk) -> None:
    permit_no = permitted(desk)
    form = {"cause": "遗失", "lost_on": "2026-08-20", "declared_void": False}
    status, answer = asked(desk, permit_no, "replace", form)
    assert status == 422 and "作废" in answer["errors"][0]["message"]
    case_no = opened(desk, permit_no, "replace", {**form, "declared_void": True})
    desk.done(case_no, "clerk1", "accept")
    granted(desk, case_no)
    assert life(desk, permit_no) == ["open", "replace"]


def test_strangers_and_unknown_operations_find_nothing(desk: Desk) -> None:
    permit_no = permitted(desk)
    assert asked(desk, permit_no, "renew", RENEWAL, who="applicant2")[0] == 404
    assert asked(desk, permit_no, "polish", RENEWAL)[0] == 404
    assert asked(desk, permit_no, "revoke", {})[1]["code"] == "WRONG_POST"
    assert asked(desk, "津开审证26〔2026〕9999号", "renew", RENEWAL)[0] == 404


def proceeding(desk: Desk, permit_no: str, operation: str) -> str:
    """Return a proceeding the office itself has begun."""
    status, case = desk.call("POST", f"/api/v1/permits/{permit_no}/{operation}", "reviewer1", {})
    assert status == 201, case
    return str(case["case_no"])


def imposed(desk: Desk, permit_no: str, operation: str, ground: str) -> str:
    """Carry a proceeding through, the holder heard; return its number."""
    case_no = proceeding(desk, permit_no, operation)
    if operation in ("cancel", "reinstate", "forfeit"):
        desk.done(case_no, "reviewer1", "propose-directly", ground=ground, facts="已查明")
    else:
        assert desk.refused(case_no, "reviewer1", "propose-directly", ground=ground, facts="甲") == "MUST_BE_HEARD"
        desk.done(case_no, "reviewer1", "announce", ground=ground, facts="已查明")
        desk.done(case_no, "applicant1", "make-statement", statement="有异议")
    impose(desk, case_no)
    return case_no


def impose(desk: Desk, case_no: str) -> None:
    """Let the approver decide, after legal review where it is needed."""
    decision = {"reasons": "事实清楚", "public_harm": False}
    status, answer = desk.act(case_no, "approver1", "impose", **decision)
    if status == 409 and answer["code"] == "LEGAL_REVIEW_MISSING":
        desk.done(case_no, "approver1", "ask-legal-review")
        desk.done(case_no, "legal1", "pass-legal-review", finding="合法")
        status, answer = desk.act(case_no, "approver1", "impose", **decision)
    assert status == 200, answer


@pytest.mark.parametrize(
    ("operation", "ground", "status", "paper"),
    [
        ("suspend", "penalty", "suspended", "暂扣许可证件决定书"),
        ("withdraw", "law-changed", "withdrawn", "撤回行政许可决定书"),
        ("revoke", "procedure", "revoked", "撤销行政许可决定书"),
        ("forfeit", "penalty", "forfeited", "吊销许可证件登记书"),
        ("cancel", "organisation", "cancelled", "注销行政许可决定书"),
    ],
)
def test_the_office_acts_on_a_permit_only_by_a_reasoned_decision(
    desk: Desk, operation: str, ground: str, status: str, paper: str
) -> None:
    permit_no = permitted(desk)
    case_no = imposed(desk, permit_no, operation, ground)
    assert permit(desk, permit_no)["status"] == status
    assert papers(desk, case_no)[-1] == paper
    event = next(e for e in trail(desk, case_no) if e["type"] == "impose")
    assert "行政复议法" in event["data"]["remedies"]
    assert life(desk, permit_no) == ["open", operation]


def test_a_suspended_permit_is_reinstated(desk: Desk) -> None:
    permit_no = permitted(desk)
    imposed(desk, permit_no, "suspend", "penalty")
    assert asked(desk, permit_no, "change", {"changed_items": ["其他"], "before": "甲", "after": "乙"})[1]["code"] == (
        "PERMIT_NOT_VALID"
    )
    imposed(desk, permit_no, "reinstate", "term-over")
    assert permit(desk, permit_no)["status"] == "valid"


def test_what_was_got_by_fraud_must_be_revoked_and_bans_for_three_years_where_safety_is_at_stake(desk: Desk) -> None:
    permit_no = permitted(desk, "12")
    case_no = proceeding(desk, permit_no, "revoke")
    desk.done(case_no, "reviewer1", "announce", ground="fraud", facts="伪造材料取得")
    desk.done(case_no, "applicant1", "make-statement", statement="无")
    assert desk.refused(case_no, "approver1", "keep", reasons="情节轻微", public_harm=False) == "MUST_REVOKE"
    impose(desk, case_no)
    with desk.office.work() as connection:
        bans = connection.exec_driver_sql("select id_no, item_code, until::text from bans").all()
    assert [tuple(ban) for ban in bans] == [(register_index(USCC), "12", "2029-09-01")]


def test_a_reviewer_who_proposed_does_not_impose(desk: Desk) -> None:
    with desk.office.work() as connection:
        connection.exec_driver_sql(
            "insert into person_posts (person_id, department, post) select 'reviewer1', department, 'approver'"
            " from person_posts where person_id = 'reviewer1'"
        )
    permit_no = permitted(desk)
    case_no = proceeding(desk, permit_no, "revoke")
    desk.done(case_no, "reviewer1", "announce", ground="procedure", facts="甲")
    desk.done(case_no, "applicant1", "make-statement", statement="无")
    code = desk.refused(case_no, "reviewer1", "impose", reasons="甲", public_harm=False)
    assert code == "SEPARATION_OF_DUTIES"


def test_a_renewal_of_a_permit_revoked_meanwhile_is_not_granted(desk: Desk) -> None:
    permit_no = permitted(desk)
    desk.at("2029-06-01T09:00:00")
    case_no = opened(desk, permit_no, "renew", RENEWAL)
    reviewed(desk, case_no)
    imposed(desk, permit_no, "revoke", "procedure")
    assert desk.refused(case_no, "approver1", "grant") == "ACTION_NOT_ALLOWED"
    assert desk.case(case_no)["outcome"] is None  # nothing of the grant remains
    desk.done(case_no, "approver1", "refuse", reasons="许可已被撤销")


def test_numbers_of_permits_have_no_gap_and_no_double_however_many_grant_at_once(desk: Desk) -> None:
    ready = []
    for _ in range(8):
        case_no = applied(desk, "29")
        desk.done(case_no, "clerk1", "accept")
        proposed(desk, case_no)
        ready.append(case_no)
    approvers = ["approver1", "approver2"]
    for who in approvers:
        desk.token(who)

    def grant(job: tuple[int, str]) -> int:
        index, case_no = job
        client = desk.app.test_client()
        who = {"Authorization": f"Bearer {desk.token(approvers[index % 2])}"}
        version = client.get(f"/api/v1/cases/{case_no}", headers=who).json["version"]
        path = f"/api/v1/cases/{case_no}/actions/grant"
        return client.post(path, json={"data": {}}, headers={**who, "If-Match": f'"{version}"'}).status_code

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(grant, enumerate(ready))) == [200] * 8
    with desk.office.work() as connection:
        numbers = connection.exec_driver_sql("select permit_no from permits order by permit_no").scalars().all()
    assert numbers == [f"津开人社证29〔2026〕{n:04d}号" for n in range(1, 9)]


@pytest.mark.parametrize("is_reinstated", [False, True])
def test_a_timely_renewal_of_a_suspended_permit_is_deemed_granted_all_the_same(desk: Desk, is_reinstated: bool) -> None:
    permit_no = permitted(desk)
    desk.at("2029-06-01T09:00:00")
    case_no = opened(desk, permit_no, "renew", RENEWAL)
    imposed(desk, permit_no, "suspend", "penalty")
    if is_reinstated:
        imposed(desk, permit_no, "reinstate", "term-over")
    desk.at("2029-09-01T00:00:30")
    found, status = permit(desk, permit_no), "valid" if is_reinstated else "suspended"
    assert (desk.case(case_no)["state"], found["status"], found["valid_until"]) == (
        "deemed-renewed",
        status,
        "2032-08-31",
    )
    assert life(desk, permit_no)[-1] == "renew"


def test_a_permit_renewed_by_silence_is_still_valid_when_it_is_next_acted_on(desk: Desk) -> None:
    permit_no = permitted(desk)
    desk.at("2029-06-01T09:00:00")
    opened(desk, permit_no, "renew", RENEWAL)
    desk.at("2029-09-01T00:00:30")
    imposed(desk, permit_no, "suspend", "penalty")
    assert life(desk, permit_no)[-2:] == ["renew", "suspend"]  # the old last day ended nothing


def test_silence_does_not_renew_what_was_revoked_meanwhile(desk: Desk) -> None:
    permit_no = permitted(desk)
    desk.at("2029-06-01T09:00:00")
    case_no = opened(desk, permit_no, "renew", RENEWAL)
    reviewed(desk, case_no)
    imposed(desk, permit_no, "revoke", "procedure")
    assert clocks(desk, case_no)["renewal"]["status"] == "lapsed"
    desk.at("2029-09-02T09:00:00")
    assert (desk.case(case_no)["state"], permit(desk, permit_no)["status"]) == ("proposed", "revoked")
    assert desk.done(case_no, "approver1", "refuse", reasons="许可已被撤销")["outcome"] == "refused"


def test_of_two_drafts_for_one_renewal_only_one_is_submitted(desk: Desk) -> None:
    permit_no = permitted(desk)
    desk.at("2029-06-01T09:00:00")
    body = {"form": RENEWAL, "submit": False}
    drafts = [desk.call("POST", f"/api/v1/permits/{permit_no}/renew", "applicant1", body)[1] for _ in range(2)]
    desk.done(drafts[0]["case_no"], "applicant1", "submit")
    assert desk.refused(drafts[1]["case_no"], "applicant1", "submit") == "PERMIT_BUSY"


def test_a_draft_is_submitted_for_the_permit_as_it_now_is(desk: Desk) -> None:
    permit_no = permitted(desk)
    desk.at("2029-06-01T09:00:00")
    body = {"form": RENEWAL, "submit": False}
    _, draft = desk.call("POST", f"/api/v1/permits/{permit_no}/renew", "applicant1", body)
    case_no = opened(desk, permit_no, "renew", RENEWAL)
    reviewed(desk, case_no)
    granted(desk, case_no)
    desk.at("2032-06-01T09:00:00")
    desk.done(draft["case_no"], "applicant1", "submit")
    assert clocks(desk, draft["case_no"])["renewal"]["due"] == permit(desk, permit_no)["valid_until"] == "2032-08-31"


def test_a_request_about_a_permit_sent_twice_opens_one_case(desk: Desk) -> None:
    permit_no = permitted(desk)
    body, key = {"form": {"cause": "损毁"}, "submit": True}, {"Idempotency-Key": "one"}
    path = f"/api/v1/permits/{permit_no}/replace"
    first = desk.call("POST", path, "applicant1", body, key)
    assert first[0] == 201
    assert desk.call("POST", path, "applicant1", body, key) == first
    assert desk.call("POST", path, "applicant1", {**body, "submit": False}, key)[1]["code"] == "IDEMPOTENCY_KEY_REUSED"


def test_who_takes_down_the_holders_answer_does_not_decide(desk: Desk) -> None:
    with desk.office.work() as connection:
        connection.exec_driver_sql(
            "insert into person_posts (person_id, department, post) select 'clerk1', department, 'approver'"
            " from person_posts where person_id = 'clerk1'"
        )
    permit_no = permitted(desk)
    case_no = proceeding(desk, permit_no, "revoke")
    desk.done(case_no, "reviewer1", "announce", ground="procedure", facts="甲")
    desk.done(case_no, "clerk1", "make-statement", statement="持证人到窗口陈述")
    assert desk.refused(case_no, "clerk1", "impose", reasons="甲", public_harm=False) == "SEPARATION_OF_DUTIES"


def test_what_has_no_form_is_neither_amended_nor_submitted(desk: Desk) -> None:
    permit_no = permitted(desk)
    for case_no in (permit_no, proceeding(desk, permit_no, "suspend")):
        assert desk.refused(case_no, "applicant1", "submit") == "ACTION_UNKNOWN"
        assert desk.refused(case_no, "reviewer1", "submit") == "WRONG_POST"
        headers = {"If-Match": f'"{desk.case(case_no)["version"]}"'}
        path = f"/api/v1/cases/{case_no}/form"
        assert desk.call("PUT", path, "applicant1", {"form": {}}, headers)[1]["code"] == "ACTION_UNKNOWN"
