"""Item 02 over HTTP with real PostgreSQL and a real Celery worker process."""

from typing import Any

from tests.infrastructure.live import LiveOffice
from workflow.engine.case import CaseState, replay
from workflow.ledger.chain import GENESIS, link

APPLICANT = {"kind": "organisation", "name": "滨海示例化工贸易有限公司", "id_no": "11120000MB1571593F"}
FORM = {
    "business_mode": "批发",
    "scope_items": ["甲醇（1022）"],
    "contains_toxic": False,
    "contains_explosive_precursor": False,
    "contains_precursor_drug": "不含",
    "premises_address": "天津经济技术开发区示例路1号",
    "principal_name": "张三",
    "principal_exam_cert_no": "AQ-001",
    "safety_staff_count": 2,
    "plan_filing_no": "YA-001",
    "storage_tenure": "自有",
    "storage_address": "天津经济技术开发区示例路2号",
    "storage_structure": "仓库",
    "storage_capacity": 120.5,
    "storage_project": "既有设施",
    "major_hazard_level": "不构成",
    "safety_assessment_org": "示例评价机构 P-2026-01",
}


def submitted(live: LiveOffice, who: str = "applicant1") -> str:
    """Return the number of a submitted case of item 02, its materials not yet handed in."""
    body = {"item_code": "02", "applicant": APPLICANT, "form": FORM, "submit": True}
    status, case = live.call("POST", "/api/v1/cases", who, body)
    assert status == 201, case
    return str(case["case_no"])


def required(live: LiveOffice, case_no: str) -> list[str]:
    """Return the names of materials the applicant has to hand in."""
    _, listed = live.get(f"/api/v1/cases/{case_no}/materials", "applicant1")
    return [m["name"] for m in listed["items"] if m["required"] and m["supply"] == "applicant"]


def clock(live: LiveOffice, case_no: str, clock_id: str) -> Any:
    """Return one explained clock of the case."""
    _, reading = live.get(f"/api/v1/cases/{case_no}/clocks", "reviewer1")
    return next(found for found in reading["clocks"] if found["id"] == clock_id)


def test_a_permit_goes_from_submission_to_delivery(live: LiveOffice) -> None:
    live.at("2026-09-01T10:00:00")
    case_no = submitted(live)
    status, refused = live.act(case_no, "clerk1", "accept")
    assert (status, refused["code"]) == (409, "MATERIALS_INCOMPLETE")
    names = required(live, case_no)
    live.done(case_no, "clerk1", "ask-corrections", missing=[{"material": n, "what": "未提交"} for n in names])

    live.at("2026-09-03T10:00:00")
    status, refused = live.act(case_no, "applicant1", "resubmit")
    assert refused["code"] == "MISSING_NOT_SUPPLIED"
    for name in names:
        live.upload(case_no, "applicant1", name)
    case = live.done(case_no, "applicant1", "resubmit")
    assert case["accepted_on"] == "2026-09-03"
    assert case["due"] == {"statutory": "2026-10-21", "promised": "2026-10-08"}
    status, refused = live.act(case_no, "clerk1", "ask-corrections", missing=[{"material": names[0], "what": "再补"}])
    assert (status, refused["code"]) == (409, "SECOND_CORRECTION_NOTICE")
    live.done(case_no, "reviewer1", "plan-visit", inspectors=["inspector1", "inspector2"], planned_on="2026-09-07")

    live.at("2026-09-07T09:00:00")
    live.done(case_no, "inspector1", "start-visit", notice_served_at="2026-09-07T09:00:00+08:00", notified_days=3)
    live.done(case_no, "inspector1", "record-visit", conclusion="rectify", findings="防火间距不足", defects=["间距"])
    status, refused = live.act(case_no, "inspector1", "confirm-rectification", due_on="2026-09-30")
    assert (status, refused["code"]) == (403, "SAME_INSPECTOR")
    live.done(case_no, "inspector2", "confirm-rectification", due_on="2026-09-30")

    live.at("2026-09-14T09:00:00")
    live.done(case_no, "applicant1", "report-rectification", report="已整改")
    statutory = clock(live, case_no, "statutory")
    assert (statutory["removed_days"], statutory["due"]) == (5, "2026-10-28")
    live.done(case_no, "inspector1", "start-visit")
    live.done(case_no, "inspector2", "record-visit", conclusion="pass", findings="符合要求")
    live.done(case_no, "inspector1", "confirm-pass")
    status, refused = live.act(case_no, "approver1", "extend", reason="复杂", reason_notified=True)
    assert refused["code"] == "WRONG_APPROVER"
    status, refused = live.act(case_no, "head1", "extend", reason="复杂", reason_notified=False)
    assert refused["code"] == "EXTENSION_REASON_NOT_NOTIFIED"
    case = live.done(case_no, "head1", "extend", reason="情况复杂", reason_notified=True)
    assert case["due"]["statutory"] == "2026-11-11"
    live.done(case_no, "reviewer1", "propose", conclusion="grant", findings="符合条件")
    status, refused = live.act(case_no, "clerk1", "grant")
    assert (status, refused["code"]) == (403, "WRONG_POST")
    case = live.done(case_no, "approver1", "grant")
    assert (case["outcome"], case["decided_on"]) == ("granted", "2026-09-14")
    case = live.done(case_no, "clerk1", "deliver", mode="counter", recipient="张三")
    assert case["state"] == "closed"
    _papers_permit_and_trail(live, case_no)


def _papers_permit_and_trail(live: LiveOffice, case_no: str) -> None:
    def all_ready() -> Any:
        _, papers = live.get(f"/api/v1/cases/{case_no}/documents", "auditor1")
        return papers["items"] if all(p["sha256"] for p in papers["items"]) else None

    papers = live.wait_for(all_ready, 20)  # the worker freezes their content
    decision = next(p for p in papers if p["title"] == "准予行政许可决定书")
    assert decision["no"] == "津开审准〔2026〕1号"
    _, permits = live.get("/api/v1/permits", "applicant1")
    assert [(p["valid_from"], p["valid_until"]) for p in permits["items"]] == [("2026-09-14", "2029-09-13")]
    _, year = live.get("/api/v1/statistics/annual?year=2026", "supervisor1")
    counted = [(line["item_code"], line["name"], line["issued"]) for line in year["permits"]]
    assert counted == [("02", permits["items"][0]["item_name"], 1)]
    _, trail = live.get(f"/api/v1/cases/{case_no}/events?limit=100", "auditor1")
    previous = GENESIS
    for event in trail["items"]:
        assert event["prev_hash"] == previous and link(event) == event["hash"]
        previous = event["hash"]
    assert isinstance(replay(case_no, trail["items"]), CaseState)


def test_a_silent_clerk_is_overtaken_by_the_law(live: LiveOffice) -> None:
    live.at("2025-09-30T20:15:00", worker=False)
    case_no = submitted(live)
    live.at("2025-10-14T23:00:00")
    assert live.case(case_no)["state"] == "received"
    live.at("2025-10-15T00:00:05")
    case = live.wait_for(lambda: (c := live.case(case_no))["state"] == "in-review" and c, 20)
    assert (case["accepted_on"], case["due"]["statutory"]) == ("2025-09-30", "2025-11-18")
    assert [alert["code"] for alert in case["alerts"]] == ["DEEMED_ACCEPTED"]
    status, refused = live.act(case_no, "clerk1", "ask-corrections", missing=[{"material": "m02", "what": "缺"}])
    assert (status, refused["code"]) == (409, "LATE_CORRECTION_NOTICE")


def test_a_stranger_sees_no_case(live: LiveOffice) -> None:
    live.at("2026-09-01T10:00:00", worker=False)
    case_no = submitted(live)
    stranger = live.get(f"/api/v1/cases/{case_no}", "applicant2")
    missing = live.get("/api/v1/cases/02-20260901-999999", "applicant2")
    assert stranger[0] == missing[0] == 404
    assert {k: v for k, v in stranger[1].items() if k != "instance"} == {
        k: v for k, v in missing[1].items() if k != "instance"
    }
