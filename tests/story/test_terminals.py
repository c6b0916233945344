"""Every way a case of every type may end, each driven over the HTTP interface with the real database."""

from hashlib import sha256
from types import SimpleNamespace
from typing import Any

import pytest

from service_catalog.catalog import catalog
from tests.infrastructure.desk import Desk
from tests.service_catalog.builders import USCC, granting_answers
from tests.story.telling import (
    applicant_of,
    applied,
    clocks,
    delivered,
    form_of,
    granted,
    made_ready,
    missing,
    papers,
    permit_of,
    trail,
)

# One item of each type that is decided after a review, and how it gets ready to be decided.
REVIEWED = {"document-review": "29", "on-site": "02", "expert-review": "03", "public-notice": "34"}


def accepted(desk: Desk, code: str, **answers: Any) -> str:
    case_no = applied(desk, code, **answers)
    desk.done(case_no, "clerk1", "accept")
    return case_no


@pytest.mark.parametrize(("process", "code"), REVIEWED.items(), ids=REVIEWED.keys())
def test_a_reviewed_case_is_granted_delivered_published_and_closed(desk: Desk, process: str, code: str) -> None:
    case_no = accepted(desk, code)
    assert desk.case(case_no)["process"] == process
    made_ready(desk, case_no)
    granted(desk, case_no)
    case = delivered(desk, case_no)
    assert (case["state"], case["outcome"]) == ("closed", "granted")


@pytest.mark.parametrize("code", REVIEWED.values(), ids=REVIEWED.keys())
def test_a_reviewed_case_is_refused_with_reasons_and_served(desk: Desk, code: str) -> None:
    case_no = accepted(desk, code)
    made_ready(desk, case_no)
    status, answer = desk.act(case_no, "approver1", "refuse")
    assert status == 422 and answer["errors"][0]["field"] == "data.reasons"
    case = desk.done(case_no, "approver1", "refuse", reasons="不符合条件", hearing_findings="已考虑")
    assert case["outcome"] == "refused"
    event = next(e for e in trail(desk, case_no) if e["type"] == "refuse")
    assert "行政复议法》（2023年修订）" in event["data"]["remedies"]
    assert delivered(desk, case_no)["state"] == "closed"


@pytest.mark.parametrize("code", [*REVIEWED.values(), "08", "45", "40"])
def test_a_case_ends_early_when_withdrawn_not_needed_not_accepted_returned_or_terminated(desk: Desk, code: str) -> None:
    withdrawn = applied(desk, code)
    assert desk.done(withdrawn, "applicant1", "withdraw", reason="不办了")["state"] == "withdrawn"
    not_needed = applied(desk, code)
    assert desk.done(not_needed, "clerk1", "not-needed", reasons="依法不需要许可")["state"] == "not-needed"
    elsewhere = applied(desk, code)
    assert desk.refused(elsewhere, "clerk1", "not-accepted", reasons="不属本机关") == "FIELD_REQUIRED"
    case = desk.done(elsewhere, "clerk1", "not-accepted", reasons="不属本机关", competent_agency="市级主管部门")
    assert case["state"] == "not-accepted"
    ended = applied(desk, code)
    case = desk.done(ended, "approver1", "terminate", ground="ended", reasons="申请人已经依法终止")
    assert case["state"] == "terminated"
    late = applied(desk, code)
    listed = [{"material": "申请表", "what": "请更正"}]
    desk.done(late, "clerk1", "ask-corrections", missing=listed)
    desk.at("2026-10-30T09:00:00")
    assert desk.case(late)["state"] == "returned"
    assert papers(desk, late)[-1] == "退件通知"


# -- 即办 -------------------------------------------------------------------------------------------


def test_an_instant_case_is_decided_on_the_spot(desk: Desk) -> None:
    case_no = instant_case(desk)
    case = granted(desk, case_no)
    assert (case["state"], case["decided_on"]) == ("granted", "2026-09-01")
    assert delivered(desk, case_no)["state"] == "closed"


def instant_case(desk: Desk) -> str:
    """Return an accepted instant case: the replacement of a permit needs no more than a look."""
    holder = applied(desk, "29")
    desk.done(holder, "clerk1", "accept")
    made_ready(desk, holder)
    granted(desk, holder)
    delivered(desk, holder)
    permit_no = permit_of(desk)["permit_no"]
    body = {"form": {"cause": "损毁"}, "submit": True}
    status, case = desk.call("POST", f"/api/v1/permits/{permit_no}/replace", "applicant1", body)
    assert status == 201, case
    case_no = str(case["case_no"])
    assert case["process"] == "instant"
    desk.done(case_no, "clerk1", "accept")
    return case_no


def test_an_instant_case_is_refused_in_writing(desk: Desk) -> None:
    case_no = instant_case(desk)
    case = desk.done(case_no, "approver1", "refuse", reasons="证照并未损毁")
    assert case["outcome"] == "refused" and papers(desk, case_no)[-1] == "不予补发通知书"


def test_an_instant_case_nobody_decides_is_downgraded_at_the_end_of_the_day(desk: Desk) -> None:
    case_no = instant_case(desk)
    desk.at("2026-09-02T00:00:05")
    case = desk.case(case_no)
    assert (case["state"], case["accepted_on"]) == ("in-review", "2026-09-01")
    assert [(a["code"], a["level"]) for a in case["alerts"]] == [("PROMISE_OVERDUE", "red")]
    assert "转办说明" in papers(desk, case_no)


def test_an_approver_may_send_an_instant_case_to_review(desk: Desk) -> None:
    case_no = instant_case(desk)
    assert desk.done(case_no, "approver1", "downgrade", reason="需要核实")["state"] == "in-review"


def test_a_filing_is_confirmed_the_same_day_by_whoever_receives_it(desk: Desk) -> None:
    case_no = applied(desk, "04")
    case = desk.done(case_no, "clerk1", "file")
    assert (case["outcome"], case["decided_on"], case["accepted_on"]) == ("granted", "2026-09-01", None)
    assert "备案证明" in papers(desk, case_no)
    assert delivered(desk, case_no)["state"] == "closed"


def test_what_is_no_filing_is_never_filed(desk: Desk) -> None:
    case_no = applied(desk, "17", materials=False)
    assert desk.refused(case_no, "clerk1", "file") == "MATERIALS_INCOMPLETE"
    assert desk.done(case_no, "clerk1", "refuse-filing", reasons="不属于备案范围")["outcome"] == "refused"
    assert papers(desk, case_no)[-1] == "不予备案告知书"


# -- 自助 -------------------------------------------------------------------------------------------


def test_a_machine_grants_when_every_rule_is_true_and_says_why(desk: Desk) -> None:
    case_no = applied(desk, "31", **granting_answers(catalog().newest("31")))
    case = desk.case(case_no)
    checked = next(e for e in trail(desk, case_no) if e["type"] == "check-rules")["data"]
    assert checked["outcome"] == "all-true", [r for r in checked["rules"] if r["value"] is not True]
    assert case["outcome"] == "granted" and case["state"] in ("closed", "in-audit")
    assert checked["rule_set"]["item"] == "31" and all("inputs" in rule for rule in checked["rules"])


def test_a_machine_never_refuses_and_a_person_takes_over_from_the_original_receipt(desk: Desk) -> None:
    with desk.office.work() as connection:
        connection.exec_driver_sql("delete from registers where id = 'business'")
    case_no = applied(desk, "31")
    case = desk.case(case_no)
    assert (case["state"], case["outcome"]) == ("received", None)
    checked = next(e for e in trail(desk, case_no) if e["type"] == "check-rules")["data"]
    assert None in [rule["value"] for rule in checked["rules"]]
    assert clocks(desk, case_no)["correction"]["starts"] == "2026-09-01"
    assert "转人工记录" in papers(desk, case_no)


def test_who_wants_a_person_gets_one(desk: Desk) -> None:
    form = form_of("31", **granting_answers(catalog().newest("31")))
    body = {"item_code": "31", "applicant": applicant_of("31"), "form": form, "submit": False}
    _, draft = desk.call("POST", "/api/v1/cases", "applicant1", body)
    for name in missing(desk, draft["case_no"]):
        desk.upload(draft["case_no"], "applicant1", name)
    case = desk.done(draft["case_no"], "applicant1", "submit", wants_a_person=True)
    assert (case["state"], case["outcome"]) == ("received", None)


def always_sampled(monkeypatch: pytest.MonkeyPatch, share: int) -> None:
    """Let the lot fall so: the seed is chosen, everything else is as it is."""
    seeds = (f"{n:032x}" for n in range(10_000))
    fitting = [
        seed
        for seed in seeds
        if (int(sha256(f"{seed}:sample".encode()).hexdigest()[:8], 16) % 100 == 0) is (share == 0)
    ]
    chosen = iter(fitting)
    lots = SimpleNamespace(token_hex=lambda size: next(chosen))  # the lots only: everybody else draws as always
    monkeypatch.setattr("workflow.casework.surroundings.secrets", lots)


def test_a_sampled_case_is_audited_and_closed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    always_sampled(monkeypatch, 0)
    case_no = applied(desk, "31", **granting_answers(catalog().newest("31")))
    assert desk.case(case_no)["state"] == "in-audit"
    assert clocks(desk, case_no)["post-verification"]["status"] == "running"
    assert desk.done(case_no, "reviewer1", "audit-clean", findings="依据属实")["state"] == "audited"


def test_an_audit_that_finds_a_fault_leads_to_revocation_after_hearing_the_holder(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    always_sampled(monkeypatch, 0)
    case_no = applied(desk, "31", **granting_answers(catalog().newest("31")))
    desk.done(case_no, "reviewer1", "audit-failed", findings="项目不在开发区")
    assert desk.case(case_no)["state"] == "revocation-considered"
    desk.done(case_no, "reviewer1", "announce-revocation", ground="unfit", facts="项目不在开发区")
    assert (
        desk.refused(case_no, "approver1", "revoke", ground="unfit", reasons="甲", public_harm=False)
        == "ACTION_NOT_ALLOWED"
    )
    desk.done(case_no, "applicant1", "make-statement", statement="没有异议")
    case = desk.done(case_no, "approver1", "revoke", ground="unfit", reasons="不符合条件", public_harm=False)
    assert case["state"] == "revoked"
    assert "撤销行政许可决定书" in papers(desk, case_no)


def test_a_revocation_that_would_greatly_harm_the_public_is_not_made(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    always_sampled(monkeypatch, 0)
    case_no = applied(desk, "31", **granting_answers(catalog().newest("31")))
    desk.done(case_no, "reviewer1", "audit-failed", findings="项目不在开发区")
    desk.done(case_no, "reviewer1", "announce-revocation", ground="unfit", facts="项目不在开发区")
    desk.at("2026-09-09T09:00:00")
    assert desk.case(case_no)["state"] == "revocation-ready"  # silence for five working days
    code = desk.refused(case_no, "approver1", "revoke", ground="unfit", reasons="不符合", public_harm=True)
    assert code == "PUBLIC_INTEREST"
    assert desk.done(case_no, "approver1", "keep-permit", reasons="公共利益")["state"] == "kept"


# -- 告知承诺 ---------------------------------------------------------------------------------------


def committed(desk: Desk, code: str = "45", **answers: Any) -> str:
    """Return a case granted on a commitment and delivered."""
    case_no = applied(desk, code, **answers)
    desk.done(case_no, "clerk1", "inform", conditions="条件、标准、核查方式和不实后果")
    form = catalog().newest(code).commitment.form  # type: ignore[union-attr]
    desk.done(case_no, "applicant1", "commit", form=form, statement="承诺符合条件")
    desk.done(case_no, "clerk1", "accept-commitment")
    case = desk.done(case_no, "approver1", "grant")
    assert case["outcome"] == "granted"
    delivered(desk, case_no)
    return case_no


def verified(desk: Desk, case_no: str, conclusion: str) -> None:
    """Let two inspectors check afterwards and write down what they found."""
    desk.done(
        case_no, "reviewer1", "order-verification", inspectors=["inspector1", "inspector2"], planned_on="2026-09-08"
    )
    assert desk.refused(case_no, "reviewer2", "record-verification", conclusion="true", findings="甲") == "WRONG_POST"
    desk.done(case_no, "inspector1", "record-verification", conclusion=conclusion, findings="现场情况")
    assert desk.refused(case_no, "inspector1", "confirm-true") in ("SAME_INSPECTOR", "VERIFICATION_DIFFERS")


COMMIT_45 = {"apply_mode": "告知承诺"}


def test_a_commitment_is_granted_at_once_and_verified_afterwards(desk: Desk) -> None:
    case_no = committed(desk, **COMMIT_45)
    assert desk.case(case_no)["state"] == "awaiting-verification"
    assert clocks(desk, case_no)["post-verification"]["n"] == 20
    verified(desk, case_no, "true")
    case = desk.done(case_no, "inspector2", "confirm-true")
    assert (case["state"], clocks(desk, case_no)["post-verification"]["status"]) == ("verified", "met")


def test_a_shortfall_is_put_right_by_a_date_and_checked_again(desk: Desk) -> None:
    case_no = committed(desk, **COMMIT_45)
    verified(desk, case_no, "shortfall")
    desk.done(case_no, "inspector2", "confirm-shortfall", due_on="2026-09-20")
    desk.done(case_no, "applicant1", "report-correction", report="已经改正")
    verified(desk, case_no, "true")
    assert desk.done(case_no, "inspector2", "confirm-true")["state"] == "verified"


def test_a_shortfall_never_put_right_costs_the_permit_after_the_holder_was_heard(desk: Desk) -> None:
    case_no = committed(desk, **COMMIT_45)
    permit_no = permit_of(desk)["permit_no"]
    verified(desk, case_no, "shortfall")
    desk.done(case_no, "inspector2", "confirm-shortfall", due_on="2026-09-20")
    desk.at("2026-09-22T09:00:00")
    assert desk.case(case_no)["state"] == "revocation-considered"
    desk.done(case_no, "reviewer1", "announce-revocation", ground="fraud", facts="逾期未改正，承诺不实")
    desk.at("2026-10-01T09:00:00")
    desk.done(case_no, "approver1", "revoke", ground="fraud", reasons="承诺不实", public_harm=False)
    _, permit = desk.get(f"/api/v1/permits/{permit_no}", "applicant1")
    assert permit["status"] == "revoked"
    body = {"item_code": "45", "applicant": applicant_of("45"), "form": form_of("45", **COMMIT_45), "submit": True}
    status, answer = desk.call("POST", "/api/v1/cases", "applicant2", body)
    assert (status, answer["code"]) == (409, "APPLICATION_BANNED")  # 许可法79: three years
    assert "2029-10-01" in answer["detail"]


def test_a_false_commitment_found_out_goes_straight_to_revocation(desk: Desk) -> None:
    case_no = committed(desk, **COMMIT_45)
    verified(desk, case_no, "false")
    case = desk.done(case_no, "inspector2", "confirm-false")
    assert case["state"] == "revocation-considered" and case["alerts"][-1]["level"] == "red"
    assert desk.done(case_no, "head1", "drop-revocation", reasons="证据不足")["state"] == "kept"


def test_who_declines_to_commit_is_examined_the_ordinary_way(desk: Desk) -> None:
    case_no = applied(desk, "45", **COMMIT_45)
    desk.done(case_no, "clerk1", "inform", conditions="条件、标准")
    desk.done(case_no, "applicant1", "decline-commitment")
    assert desk.refused(case_no, "clerk1", "inform", conditions="再次告知") == "DECLINED"
    assert desk.done(case_no, "clerk1", "accept")["state"] == "in-review"


def test_a_commitment_never_signed_is_no_commitment_when_silence_accepts(desk: Desk) -> None:
    case_no = applied(desk, "27")
    desk.done(case_no, "clerk1", "inform", conditions="条件、标准")
    desk.at("2026-09-09T09:00:00")
    case = desk.case(case_no)
    assert (case["state"], case["accepted_on"]) == ("in-review", "2026-09-01")


def test_who_has_a_record_of_dishonesty_may_not_commit(desk: Desk) -> None:
    case_no = applied(desk, "45", **COMMIT_45)
    with desk.office.work() as connection:
        connection.exec_driver_sql(
            "insert into register_entries (register, id_no) values ('dishonesty', %(no)s)", {"no": USCC}
        )
    assert desk.refused(case_no, "clerk1", "inform", conditions="条件") == "APPLICANT_DISHONEST"
