"""Words to tell stories with: apply for any item, hand in everything, let people do their part.

A desk is a Desk (in this process) or a LiveOffice (real processes); both are asked the same way.
"""

from typing import Any

from service_catalog.catalog import catalog
from service_catalog.forms import check_form
from tests.service_catalog.builders import CITIZEN, TODAY, USCC, a_form

START = "2026-09-01T09:00:00"
NOON = "2026-09-01T12:00:00+08:00"


def applicant_of(code: str) -> dict[str, Any]:
    """Return somebody who may apply for the item."""
    if "organisation" in catalog().newest(code).applicants:
        return {"kind": "organisation", "name": "滨海示例化工贸易有限公司", "id_no": USCC}
    return {"kind": "person", "name": "张三", "id_no": CITIZEN}


def form_of(code: str, **answers: Any) -> dict[str, Any]:
    """Return a complete form of the item in force on the day the stories begin."""
    item = catalog().get(code, TODAY)
    form = a_form(item, **answers)
    problems = check_form(item, form, today=TODAY).problems
    assert not problems, [problem.text for problem in problems]
    return form


def applied(desk: Any, code: str, *, materials: bool = True, who: str = "applicant1", **answers: Any) -> str:
    """Return the number of a submitted case; its materials are handed in first, unless told otherwise."""
    body = {"item_code": code, "applicant": applicant_of(code), "form": form_of(code, **answers), "submit": False}
    status, case = desk.call("POST", "/api/v1/cases", who, body)
    assert status == 201, case
    case_no = str(case["case_no"])
    if materials:
        for name in missing(desk, case_no, who):
            desk.upload(case_no, who, name)
    desk.done(case_no, who, "submit")
    return case_no


def missing(desk: Any, case_no: str, who: str = "applicant1") -> list[str]:
    """Return the names of required materials that have not been handed in."""
    _, listed = desk.get(f"/api/v1/cases/{case_no}/materials", who)
    wanted = [m for m in listed["items"] if m["required"] and m["supply"] == "applicant"]
    return [m["name"] for m in wanted if not m["files"]]


def visited(desk: Any, case_no: str, conclusion: str = "pass") -> None:
    """Let two inspectors visit and agree."""
    desk.done(case_no, "reviewer1", "plan-visit", inspectors=["inspector1", "inspector2"], planned_on="2026-09-02")
    desk.done(case_no, "inspector1", "start-visit")
    desk.done(case_no, "inspector1", "record-visit", conclusion=conclusion, findings="如实记录")
    confirm = {"pass": "confirm-pass", "fail": "confirm-failure"}[conclusion]
    desk.done(case_no, "inspector2", confirm)


def experts_pass(desk: Any, case_no: str, days: int = 10) -> list[str]:
    """Let experts be drawn and say yes; return who they were."""
    desk.done(case_no, "reviewer1", "notify-expert-review", notified_days=days, notice_served_at=desk_time(desk))
    desk.done(case_no, "reviewer1", "draw-experts")
    drawn = drawn_experts(desk, case_no)
    for expert in drawn:
        desk.done(case_no, expert, "undertake")
        desk.done(case_no, expert, "give-opinion", conclusion="pass", opinion_text="符合要求")
    desk.done(case_no, "reviewer1", "conclude-review", summary="专家一致通过")
    return drawn


def drawn_experts(desk: Any, case_no: str) -> list[str]:
    """Return the experts of the last draw."""
    events = trail(desk, case_no)
    return list(next(e for e in reversed(events) if "draw" in e["data"]["effects"])["data"]["experts"])


def desk_time(desk: Any) -> str:
    """Return the office's present time."""
    return str(desk.now().isoformat())


def proposed(desk: Any, case_no: str, conclusion: str = "grant") -> None:
    """Let the reviewer file an opinion."""
    desk.done(case_no, "reviewer1", "propose", conclusion=conclusion, findings="依照标准审查")


def granted(desk: Any, case_no: str, action: str = "grant") -> Any:
    """Let the approver grant, after legal review where the item wants it; return the case."""
    status, answer = desk.act(case_no, "approver1", action)
    if status == 409 and answer["code"] == "LEGAL_REVIEW_MISSING":
        desk.done(case_no, "approver1", "ask-legal-review")
        desk.done(case_no, "legal1", "pass-legal-review", finding="程序合法")
        return desk.done(case_no, "approver1", action)
    assert status == 200, answer
    return desk.case(case_no)


def delivered(desk: Any, case_no: str) -> Any:
    """Let the clerk hand over the decision; return the case."""
    return desk.done(case_no, "clerk1", "deliver", mode="counter", recipient="张三")


def trail(desk: Any, case_no: str) -> list[Any]:
    """Return every event of the case."""
    events: list[Any] = []
    cursor = ""
    while True:
        _, page = desk.get(f"/api/v1/cases/{case_no}/events?limit=100{cursor}", "auditor1")
        events += page["items"]
        if not page["next"]:
            return events
        cursor = f"&cursor={page['next']}"


def clocks(desk: Any, case_no: str) -> dict[str, Any]:
    """Return the explained clocks by id."""
    _, reading = desk.get(f"/api/v1/cases/{case_no}/clocks", "auditor1")
    return {found["id"]: found for found in reading["clocks"]}


def papers(desk: Any, case_no: str) -> list[str]:
    """Return the titles of the papers issued."""
    _, listed = desk.get(f"/api/v1/cases/{case_no}/documents", "clerk1")
    return [paper["title"] for paper in listed["items"]]


def permit_of(desk: Any, who: str = "applicant1") -> Any:
    """Return the newest permit of this holder."""
    _, listed = desk.get("/api/v1/permits", who)
    return listed["items"][0]
