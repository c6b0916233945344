"""The worked scenarios S01-S17 as real cases: the dates a window clerk counted, through HTTP and the database.

tests/engine/test_scenarios_clock.py puts the same scenarios to the clock as a function.
"""

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from api.catalogue import LiveCatalogue
from service_catalog.catalog import Catalog
from service_catalog.offers import offer
from tests.infrastructure.desk import Desk
from tests.service_catalog.builders import SHIPPED, USCC, a_form, manual_file
from tests.story.telling import applicant_of, clocks, delivered, drawn_experts, granted, missing, papers, proposed

OFFICE = "天津经济技术开发区政务服务办公室"
FORM = {"size": "大", "area": 10, "heads": 3, "is_new": False}
PROMISED_7 = ("limits:\n", "limits:\n  promised: {n: 7, unit: working_day, law: 本机关承诺, verified: true}\n")
EXTENDABLE = (
    "extension: {none-because: 测试}",
    "extension: {n: 10, unit: working_day, approver: department-head, law: 行政许可法 第四十二条, verified: true}",
)
REVIEWED_BY_EXPERTS = (
    "procedures:\n  - {kind: expert-review, people: 3, quorum: 3, text: 评审, law: 甲, verified: true}\n"
)
VISITED = "procedures:\n  - {kind: on-site, people: 2, text: 核查, law: 甲, verified: true}\n"
PAIR = {"inspectors": ["inspector1", "inspector2"], "planned_on": "2026-05-06"}


def offering(desk: Desk, folder: Path, *changes: tuple[str, str], added: str = "") -> None:
    """Let the office offer the small manual as item 77: twenty days, in force since 2020."""
    office = ("department: 测试机关", f"department: {OFFICE}")
    old = ('effective-from: "2026-01-01"', 'effective-from: "2020-01-01"')
    manual_file(folder, office, old, *changes, added=added)
    found = Catalog.load(folder)
    desk.app.extensions["banjian.catalogue"] = LiveCatalogue(desk.office, found)
    desk.office.offers = partial(offer, found)


def received(desk: Desk, code: str = "77", *, materials: bool = True, **answers: Any) -> str:
    """Return the number of a case submitted online at this moment, complete unless told otherwise."""
    today = desk.now().date()
    form = FORM if code == "77" else a_form(SHIPPED.get(code, today), on=today, **answers)
    applicant = applicant_of(code) if code != "77" else {"kind": "organisation", "name": "示例公司", "id_no": USCC}
    body = {"item_code": code, "applicant": applicant, "form": form, "submit": False}
    status, case = desk.call("POST", "/api/v1/cases", "applicant1", body)
    assert status == 201, case
    for name in missing(desk, case["case_no"]) if materials else ():
        desk.upload(case["case_no"], "applicant1", name)
    desk.done(case["case_no"], "applicant1", "submit")
    return str(case["case_no"])


def accepted(desk: Desk, code: str = "77", **answers: Any) -> str:
    """Return the number of a case received and accepted at this moment."""
    case_no = received(desk, code, **answers)
    desk.done(case_no, "clerk1", "accept")
    return case_no


def statutory(desk: Desk, case_no: str) -> Any:
    """Return the explained statutory clock; the case shows the same day."""
    clock = clocks(desk, case_no)["statutory"]
    assert desk.case(case_no)["due"]["statutory"] == clock["due"]
    return clock


def alerts(desk: Desk, case_no: str) -> list[tuple[str, str, str]]:
    """Return (code, level, day) of every alert."""
    return [(alert["code"], alert["level"], alert["on"]) for alert in desk.case(case_no)["alerts"]]


def findings(desk: Desk, case_no: str) -> list[str]:
    """Return the codes of what the clocks found."""
    _, reading = desk.get(f"/api/v1/cases/{case_no}/clocks", "auditor1")
    return [found["code"] for found in reading["findings"]]


def test_s01_silence_over_national_day_accepts_from_the_day_of_receipt(desk: Desk, tmp_path: Path) -> None:
    offering(desk, tmp_path)
    desk.at("2025-09-30T20:15:00")
    case_no = received(desk)
    assert clocks(desk, case_no)["correction"]["due"] == "2025-10-14"
    desk.at("2025-10-14T23:59:59")
    assert desk.case(case_no)["state"] == "received"
    desk.at("2025-10-15T00:00:00")
    case = desk.case(case_no)
    assert (case["state"], case["accepted_on"]) == ("in-review", "2025-09-30")
    assert statutory(desk, case_no)["due"] == "2025-11-04"
    assert alerts(desk, case_no) == [("DEEMED_ACCEPTED", "red", "2025-10-15")]


def test_s02_a_correction_notice_on_working_day_six_is_refused(desk: Desk, tmp_path: Path) -> None:
    offering(desk, tmp_path)
    desk.at("2026-04-29T10:00:00")
    case_no = received(desk)
    assert clocks(desk, case_no)["correction"]["due"] == "2026-05-09"
    desk.at("2026-05-11T09:00:00")
    listed = [{"material": "申请书", "what": "缺少签章"}]
    assert desk.refused(case_no, "clerk1", "ask-corrections", missing=listed) == "LATE_CORRECTION_NOTICE"
    assert desk.case(case_no)["accepted_on"] == "2026-04-29"
    assert statutory(desk, case_no)["due"] == "2026-05-29"


def test_s03_acceptance_on_complete_resubmission_and_no_second_notice(desk: Desk, tmp_path: Path) -> None:
    offering(desk, tmp_path)
    desk.at("2026-04-29T10:00:00")
    case_no = received(desk, materials=False)
    desk.at("2026-05-08T10:00:00")
    listed = [{"material": "申请书", "what": "未提交"}]
    desk.done(case_no, "clerk1", "ask-corrections", missing=listed)
    desk.at("2026-05-18T10:00:00")
    desk.upload(case_no, "applicant1", "申请书")
    assert desk.done(case_no, "applicant1", "resubmit")["accepted_on"] == "2026-05-18"
    desk.at("2026-05-20T10:00:00")
    assert desk.refused(case_no, "clerk1", "ask-corrections", missing=listed) == "SECOND_CORRECTION_NOTICE"
    assert desk.case(case_no)["state"] == "in-review"
    assert statutory(desk, case_no)["due"] == "2026-06-15"


def test_s04_the_pollutant_permit_has_three_days_for_corrections_and_three_limits(desk: Desk) -> None:
    desk.at("2026-02-12T10:00:00")
    first = {"application_kind": "首次申请"}
    expected = {
        received(desk, "36", management_class="简化管理", **first): "2026-03-18",
        received(desk, "36", management_class="重点管理", site_check=False, **first): "2026-04-01",
        received(desk, "36", management_class="重点管理", site_check=True, **first): "2026-04-23",
    }
    assert {clocks(desk, case_no)["correction"]["due"] for case_no in expected} == {"2026-02-24"}
    desk.at("2026-02-24T23:59:00")
    assert {desk.case(case_no)["state"] for case_no in expected} == {"received"}
    desk.at("2026-02-25T00:00:00")
    assert {desk.case(case_no)["accepted_on"] for case_no in expected} == {"2026-02-12"}
    assert {case_no: statutory(desk, case_no)["due"] for case_no in expected} == expected


def test_s05_one_extension_before_expiry_by_the_head_with_the_reason_told(desk: Desk, tmp_path: Path) -> None:
    offering(desk, tmp_path, EXTENDABLE)
    desk.at("2026-02-11T10:00:00")
    case_no, late = accepted(desk), accepted(desk)
    assert statutory(desk, case_no)["due"] == "2026-03-17"
    desk.at("2026-03-16T10:00:00")
    told = {"reason": "情况复杂", "reason_notified": True}
    untold = {**told, "reason_notified": False}
    assert desk.refused(case_no, "head1", "extend", **untold) == "EXTENSION_REASON_NOT_NOTIFIED"
    assert desk.refused(case_no, "approver1", "extend", **told) == "WRONG_APPROVER"
    desk.done(case_no, "head1", "extend", **told)
    assert statutory(desk, case_no)["due"] == "2026-03-31"
    desk.at("2026-03-18T10:00:00")
    assert desk.refused(late, "head1", "extend", **told) == "EXTENSION_AFTER_EXPIRY"
    assert statutory(desk, late)["due"] == "2026-03-17"
    assert alerts(desk, late) == [("STATUTORY_OVERDUE", "red", "2026-03-18")]
    desk.at("2026-03-30T10:00:00")
    assert desk.refused(case_no, "head1", "extend", **told) == "EXTENSION_ALREADY_USED"
    assert statutory(desk, case_no)["due"] == "2026-03-31"


def test_s06_the_promise_and_the_law_are_two_clocks(desk: Desk, tmp_path: Path) -> None:
    offering(desk, tmp_path, PROMISED_7)
    desk.at("2026-04-22T10:00:00")
    case_no = accepted(desk)
    assert desk.case(case_no)["due"] == {"statutory": "2026-05-22", "promised": "2026-05-06"}
    desk.at("2026-04-29T23:59:00")
    assert alerts(desk, case_no) == []
    desk.at("2026-04-30T00:00:00")
    assert alerts(desk, case_no) == [("PROMISE_NEAR", "yellow", "2026-04-30")]
    desk.at("2026-05-07T00:00:00")
    assert alerts(desk, case_no)[1:] == [("PROMISE_OVERDUE", "red", "2026-05-07")]
    desk.at("2026-05-12T10:00:00")
    proposed(desk, case_no)
    granted(desk, case_no)
    assert (clocks(desk, case_no)["promised"]["status"], statutory(desk, case_no)["status"]) == ("expired", "met")
    _, reading = desk.get(f"/api/v1/cases/{case_no}/clocks", "auditor1")
    overdue = next(found for found in reading["findings"] if found["code"] == "PROMISE_OVERDUE")
    assert (overdue["working_days"], overdue["required_artifact"]) == (5, "公开说明理由")
    assert "STATUTORY_OVERDUE" not in findings(desk, case_no)


def experts_drawn(desk: Desk, case_no: str, days: int) -> list[str]:
    """Notify the applicant in writing and draw the experts, at this moment; return who they are."""
    told = {"notified_days": days, "notice_served_at": desk.now().isoformat()}
    desk.done(case_no, "reviewer1", "notify-expert-review", **told)
    desk.done(case_no, "reviewer1", "draw-experts")
    return drawn_experts(desk, case_no)


def experts_agree(desk: Desk, case_no: str, experts: list[str]) -> Any:
    """Let the experts speak and the reviewer sum up, at this moment; return the case."""
    for expert in experts:
        desk.done(case_no, expert, "undertake")
        desk.done(case_no, expert, "give-opinion", conclusion="pass", opinion_text="符合")
    return desk.done(case_no, "reviewer1", "conclude-review", summary="一致通过")


def test_s07_expert_review_over_national_day_removes_seven_working_days(desk: Desk, tmp_path: Path) -> None:
    offering(desk, tmp_path, ("process: document-review", "process: expert-review"), added=REVIEWED_BY_EXPERTS)
    desk.at("2021-09-22T10:00:00")
    case_no = accepted(desk)
    assert statutory(desk, case_no)["due"] == "2021-10-25"
    desk.at("2021-09-27T10:00:00")
    experts = experts_drawn(desk, case_no, days=10)
    clock = clocks(desk, case_no)["statutory"]
    assert (clock["status"], clock["working_days_used"]) == ("paused", 4)
    desk.at("2021-10-12T10:00:00")
    experts_agree(desk, case_no, experts)
    clock = statutory(desk, case_no)
    assert (clock["status"], clock["removed_days"], clock["due"]) == ("running", 7, "2021-11-03")
    removed = [day["date"][5:] for day in clock["days"] if day.get("why") == "暂停:专家评审"]
    assert removed == ["09-28", "09-29", "09-30", "10-08", "10-09", "10-11", "10-12"]


def test_s08_expert_review_without_written_notice_does_not_stop_the_clock(desk: Desk, tmp_path: Path) -> None:
    offering(desk, tmp_path, ("process: document-review", "process: expert-review"), added=REVIEWED_BY_EXPERTS)
    desk.at("2026-06-01T10:00:00")
    case_no = accepted(desk)
    desk.at("2026-06-08T10:00:00")
    status, answer = desk.act(case_no, "reviewer1", "notify-expert-review", notified_days=10)
    assert (status, answer["errors"][0]["field"]) == (422, "data.notice_served_at")
    assert desk.refused(case_no, "reviewer1", "draw-experts") == "ACTION_NOT_ALLOWED"  # nothing begins untold
    desk.at("2026-06-26T10:00:00")
    clock = statutory(desk, case_no)
    assert (clock["status"], clock["removed_days"], clock["due"]) == ("running", 0, "2026-06-30")


def test_s08_a_visit_the_item_would_exclude_counts_when_nobody_was_told(desk: Desk, tmp_path: Path) -> None:
    own_rule = "excluded:\n  - {grounds: [on-site], law: 测试法 第五条, verified: true}\n"
    offering(desk, tmp_path, ("process: document-review", "process: on-site"), added=VISITED + own_rule)
    desk.at("2026-06-01T10:00:00")
    case_no = accepted(desk)
    desk.at("2026-06-08T10:00:00")
    desk.done(case_no, "reviewer1", "plan-visit", **PAIR)
    desk.done(case_no, "inspector1", "start-visit")
    desk.at("2026-06-26T10:00:00")
    assert (statutory(desk, case_no)["due"], findings(desk, case_no)) == ("2026-06-30", ["SUSPENSION_NOT_NOTIFIED"])


def test_s09_an_ordinary_site_visit_is_not_excluded_time(desk: Desk, tmp_path: Path) -> None:
    offering(desk, tmp_path, ("process: document-review", "process: on-site"), added=VISITED)
    desk.at("2026-04-27T10:00:00")
    case_no = accepted(desk)
    desk.done(case_no, "reviewer1", "plan-visit", **PAIR)
    desk.at("2026-05-06T10:00:00")
    told = {"notice_served_at": desk.now().isoformat(), "notified_days": 3}
    desk.done(case_no, "inspector1", "start-visit", **told)
    assert statutory(desk, case_no)["status"] == "running"
    desk.at("2026-05-08T10:00:00")
    desk.done(case_no, "inspector1", "record-visit", conclusion="pass", findings="符合")
    desk.done(case_no, "inspector2", "confirm-pass")
    clock = statutory(desk, case_no)
    assert (clock["removed_days"], clock["due"]) == (0, "2026-05-27")
    excuse = {"ground": "on-site", "notified_days": 3, "notice_served_at": desk.now().isoformat()}
    status, answer = desk.act(case_no, "reviewer1", "pause", **excuse)
    assert (status, answer["errors"][0]["field"]) == (422, "data.ground")


def test_s10_rectification_time_is_excluded_where_the_item_says_so(desk: Desk) -> None:
    desk.at("2025-12-22T10:00:00")
    case_no = accepted(desk, "16")
    assert statutory(desk, case_no)["due"] == "2026-01-20"
    desk.done(case_no, "reviewer1", "plan-visit", **PAIR)
    desk.at("2025-12-31T10:00:00")
    desk.done(case_no, "inspector1", "start-visit")
    desk.done(case_no, "inspector1", "record-visit", conclusion="rectify", findings="冷库温度记录不全")
    desk.done(case_no, "inspector2", "confirm-rectification", due_on="2026-01-20")
    assert statutory(desk, case_no)["status"] == "paused"
    desk.at("2026-01-09T10:00:00")
    desk.done(case_no, "applicant1", "report-rectification", report="已经整改")
    clock = statutory(desk, case_no)
    assert (clock["status"], clock["removed_days"], clock["due"]) == ("running", 6, "2026-01-28")


def in_two_procedures(desk: Desk, folder: Path) -> tuple[str, list[str]]:
    """Return a case whose testing began on 2026-09-07 and whose expert review began on 2026-09-14, and its experts."""
    offering(desk, folder, ("process: document-review", "process: expert-review"), added=REVIEWED_BY_EXPERTS)
    desk.at("2026-08-31T10:00:00")
    case_no = accepted(desk)
    assert statutory(desk, case_no)["due"] == "2026-09-28"
    desk.at("2026-09-07T10:00:00")
    told = {"notified_days": 20, "notice_served_at": desk.now().isoformat()}
    desk.done(case_no, "reviewer1", "pause", ground="testing", **told)
    assert desk.refused(case_no, "reviewer1", "end-one", ground="testing", result="甲") == "ONE_SPECIAL_PROCEDURE"
    desk.at("2026-09-14T10:00:00")
    return case_no, experts_drawn(desk, case_no, days=20)


def test_s11_two_overlapping_suspensions_are_a_union(desk: Desk, tmp_path: Path) -> None:
    case_no, experts = in_two_procedures(desk, tmp_path)
    assert papers(desk, case_no).count("特别程序告知书") == 2
    desk.at("2026-09-16T10:00:00")
    of_experts = {"ground": "expert-review", "result": "评审意见"}
    assert desk.refused(case_no, "reviewer1", "end-one", **of_experts) == "NOT_THIS_PROCEDURE"
    desk.done(case_no, "reviewer1", "end-one", ground="testing", result="检测报告")
    assert statutory(desk, case_no)["status"] == "paused"
    desk.at("2026-09-22T10:00:00")
    assert experts_agree(desk, case_no, experts)["state"] == "in-review"
    clock = statutory(desk, case_no)
    assert (clock["status"], clock["removed_days"], clock["due"]) == ("running", 12, "2026-10-20")


def test_s11_whichever_ends_first_the_other_still_stops_the_clock(desk: Desk, tmp_path: Path) -> None:
    case_no, experts = in_two_procedures(desk, tmp_path)
    desk.at("2026-09-16T10:00:00")
    assert experts_agree(desk, case_no, experts)["state"] == "special-procedure"
    assert statutory(desk, case_no)["status"] == "paused"
    desk.at("2026-09-22T10:00:00")
    assert desk.done(case_no, "reviewer1", "resume", result="检测报告")["state"] == "in-review"
    clock = statutory(desk, case_no)
    assert (clock["removed_days"], clock["due"]) == (12, "2026-10-20")


def test_s11_two_procedures_without_experts_each_end_by_their_own_result(desk: Desk, tmp_path: Path) -> None:
    offering(desk, tmp_path)
    desk.at("2026-08-31T10:00:00")
    case_no = accepted(desk)
    desk.at("2026-09-07T10:00:00")
    told = {"notified_days": 20, "notice_served_at": desk.now().isoformat()}
    desk.done(case_no, "reviewer1", "pause", ground="testing", **told)
    assert desk.refused(case_no, "reviewer1", "notify-more-time", ground="appraisal", reason="甲", **told) == (
        "NOT_THIS_PROCEDURE"
    )
    desk.at("2026-09-14T10:00:00")
    told["notice_served_at"] = desk.now().isoformat()
    desk.done(case_no, "reviewer1", "pause-also", ground="appraisal", **told)
    desk.at("2026-09-16T10:00:00")
    assert desk.refused(case_no, "reviewer1", "resume", result="检测报告") == "SPECIAL_PROCEDURES_OPEN"
    desk.done(case_no, "reviewer1", "end-one", ground="testing", result="检测报告")
    desk.at("2026-09-22T10:00:00")
    assert desk.done(case_no, "reviewer1", "resume", result="鉴定意见")["state"] == "in-review"
    clock = statutory(desk, case_no)
    assert (clock["removed_days"], clock["due"]) == (12, "2026-10-20")


LEAD = "lifecycle:\n  renewal:\n    text: 延续\n    law: 行政许可法 第五十条\n    verified: true\n    apply-before: "
BY_CALENDAR = LEAD + "{n: 30, unit: calendar_day, law: 行政许可法 第五十条, verified: true}\n"
BY_WORKING_DAYS = LEAD + "{n: 30, unit: working_day, law: 行政许可法 第五十条, verified: true}\n"
KEPT = {"conditions_kept": True, "changed_since": "无", "accidents": "无"}


def permitted(desk: Desk) -> str:
    """Return the number of a permit that is valid until 2026-10-07, inside National Day."""
    desk.at("2023-10-08T10:00:00")
    case_no = accepted(desk)
    proposed(desk, case_no)
    granted(desk, case_no)
    delivered(desk, case_no)
    _, held = desk.get("/api/v1/permits", "applicant1")
    assert held["items"][0]["valid_until"] == "2026-10-07"
    return str(held["items"][0]["permit_no"])


def renewal(desk: Desk, permit_no: str) -> str:
    """Return the number of a complete renewal filed and accepted at this moment."""
    body = {"form": KEPT, "submit": False}
    status, case = desk.call("POST", f"/api/v1/permits/{permit_no}/renew", "applicant1", body)
    assert status == 201, case
    for name in missing(desk, case["case_no"]):
        desk.upload(case["case_no"], "applicant1", name)
    desk.done(case["case_no"], "applicant1", "submit")
    desk.done(case["case_no"], "clerk1", "accept")
    return str(case["case_no"])


def test_s12_a_renewal_not_decided_before_expiry_is_deemed_renewed(desk: Desk, tmp_path: Path) -> None:
    offering(desk, tmp_path, added=BY_CALENDAR)
    permit_no = permitted(desk)
    desk.at("2026-09-07T10:00:00")
    case_no = renewal(desk, permit_no)
    clock = clocks(desk, case_no)["renewal"]
    assert (clock["due"], clock["last_working_day"]) == ("2026-10-07", "2026-09-30")
    proposed(desk, case_no)
    desk.at("2026-10-07T23:59:59")
    assert desk.case(case_no)["state"] == "proposed"
    desk.at("2026-10-08T00:00:00")
    case = desk.case(case_no)
    assert (case["state"], case["outcome"], case["decided_on"]) == ("deemed-renewed", "granted", "2026-10-07")
    desk.at("2026-10-09T10:00:00")
    assert desk.refused(case_no, "approver1", "refuse", reasons="不符合条件") == "DEEMED_RENEWED_ALREADY"
    _, permit = desk.get(f"/api/v1/permits/{permit_no}", "applicant1")
    assert (permit["status"], permit["valid_from"], permit["valid_until"]) == ("valid", "2026-10-08", "2029-10-07")


@pytest.mark.parametrize(
    ("rule", "last", "late"),
    [(BY_CALENDAR, "2026-09-07", "2026-09-08"), (BY_WORKING_DAYS, "2026-08-20", "2026-08-21")],
    ids=["calendar days", "working days"],
)
def test_s12_a_renewal_filed_after_the_latest_day_is_not_deemed_renewed(
    desk: Desk, tmp_path: Path, rule: str, last: str, late: str
) -> None:
    offering(desk, tmp_path, added=rule)
    permit_no = permitted(desk)
    desk.at(f"{late}T10:00:00")
    case_no = renewal(desk, permit_no)
    _, reading = desk.get(f"/api/v1/cases/{case_no}/clocks", "auditor1")
    found = next(one for one in reading["findings"] if one["code"] == "RENEWAL_TOO_LATE")
    assert found["latest_on"] == last
    desk.at("2026-10-08T00:00:00")
    assert desk.case(case_no)["state"] == "terminated"
    assert desk.get(f"/api/v1/permits/{permit_no}", "applicant1")[1]["status"] == "expired"


def test_s13_after_the_decision_there_are_three_different_clocks(desk: Desk, tmp_path: Path) -> None:
    offering(desk, tmp_path)
    desk.at("2025-09-29T10:00:00")
    case_no = accepted(desk)
    proposed(desk, case_no)
    granted(desk, case_no)
    after = ("delivery", "publication", "general-disclosure")
    dues = {clock_id: clock["due"] for clock_id, clock in clocks(desk, case_no).items() if clock_id in after}
    assert dues == {"delivery": "2025-10-20", "publication": "2025-10-15", "general-disclosure": "2025-11-03"}
    desk.at("2025-10-16T00:00:00")
    assert alerts(desk, case_no) == [("PUBLICATION_OVERDUE", "red", "2025-10-16")]
    desk.at("2025-10-21T00:00:00")
    assert alerts(desk, case_no)[1:] == [("DELIVERY_OVERDUE", "red", "2025-10-21")]


def test_s14_joint_processing_is_extended_only_by_the_government_head(desk: Desk) -> None:
    desk.at("2026-03-02T10:00:00")
    case_no = accepted(desk, "40")
    assert statutory(desk, case_no)["due"] == "2026-05-08"
    desk.at("2026-05-07T10:00:00")
    told = {"reason": "专项较多", "reason_notified": True}
    assert desk.refused(case_no, "head1", "extend", **told) == "WRONG_APPROVER"
    assert statutory(desk, case_no)["due"] == "2026-05-08"
    desk.done(case_no, "govhead1", "extend", **told)
    assert statutory(desk, case_no)["due"] == "2026-05-28"


def test_s15_next_years_schedule_is_not_published_so_the_date_is_provisional(desk: Desk, tmp_path: Path) -> None:
    offering(desk, tmp_path)
    desk.at("2026-12-21T10:00:00")
    case_no = accepted(desk)
    _, reading = desk.get(f"/api/v1/cases/{case_no}/clocks", "auditor1")
    clock = next(one for one in reading["clocks"] if one["id"] == "statutory")
    assert (reading["provisional"], clock["provisional"]) == (True, True)
    assert desk.case(case_no)["provisional"] is True
    found = next(one for one in reading["findings"] if one["code"] == "CALENDAR_NOT_LOADED")
    assert found["years"] == [2027]
    assert max(day["n"] for day in clock["days"] if day["counted"] and day["date"] <= "2026-12-31") == 8
    correction = next(one for one in reading["clocks"] if one["id"] == "correction")
    assert correction["provisional"] is False  # its days lie in a year that is known


def test_s16_a_filing_is_certified_the_same_day(desk: Desk) -> None:
    desk.at("2026-02-24T10:00:00")
    case_no = received(desk, "04", production_start_on="2026-01-16")
    assert desk.case(case_no)["due"] == {"statutory": "2026-02-24", "promised": "2026-02-24"}
    case = desk.done(case_no, "clerk1", "file")
    assert (case["outcome"], case["decided_on"], papers(desk, case_no)[-1]) == ("granted", "2026-02-24", "备案证明")
    assert clocks(desk, case_no)["promised"]["status"] == "met"
    late = received(desk, "04", production_start_on="2026-01-15")
    desk.at("2026-02-25T00:00:00")
    assert alerts(desk, late) == [("PROMISE_OVERDUE", "red", "2026-02-25")]


UNIT, PERSON = "organisation", "person"


@pytest.mark.parametrize(
    ("kind", "id_no", "is_valid"),
    [
        (UNIT, "11120000MB1571593F", True),
        (UNIT, "11120000MB1571593E", False),
        (UNIT, "11120000MB1908811Q", True),
        (UNIT, "9133021272513935X8", True),
        (UNIT, "91120116MAOIZSV01X", False),
        (PERSON, "12011619900307123X", True),
        (PERSON, "120116199003071230", False),
        (PERSON, "110101199003077010", True),
        (PERSON, "120101194912310026", True),
        (PERSON, "120101194912310025", False),
    ],
)
def test_s17_an_identity_number_with_a_wrong_check_digit_is_refused_at_the_door(
    desk: Desk, tmp_path: Path, kind: str, id_no: str, is_valid: bool
) -> None:
    offering(desk, tmp_path, ("applicants: [企业]", "applicants: [企业, 自然人]"))
    body = {
        "item_code": "77",
        "applicant": {"kind": kind, "name": "示例申请人", "id_no": id_no},
        "form": FORM,
        "submit": True,
    }
    status, answer = desk.call("POST", "/api/v1/cases", "applicant1", body)
    assert status == (201 if is_valid else 422), answer
    if not is_valid:
        assert [error["field"] for error in answer["errors"]] == ["applicant.id_no"]
    assert len(desk.get("/api/v1/cases", "applicant1")[1]["items"]) == is_valid
