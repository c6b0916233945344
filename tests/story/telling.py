"""Words to tell stories with: apply for any item, hand in everything, let people do their part.

A desk is a Desk (in this process) or a LiveOffice (real processes); both are asked the same way.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from service_catalog.catalog import catalog
from service_catalog.forms import check_form
from tests.service_catalog.builders import CITIZEN, TODAY, USCC, a_form
from workflow.definitions.loader import processes

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


def applied(
    desk: Any,
    code: str,
    *,
    materials: bool = True,
    who: str = "applicant1",
    says: Mapping[str, Any] | None = None,
    **answers: Any,
) -> str:
    """Return the number of a submitted case; its materials are handed in first, unless told otherwise.

    says: what the applicant states on submission.
    """
    body = {"item_code": code, "applicant": applicant_of(code), "form": form_of(code, **answers), "submit": False}
    status, case = desk.call("POST", "/api/v1/cases", who, body)
    assert status == 201, case
    case_no = str(case["case_no"])
    if materials:
        for name in missing(desk, case_no, who):
            desk.upload(case_no, who, name)
    desk.done(case_no, who, "submit", **(says or {}))
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
    return carried_out(desk, case_no, action)


def carried_out(desk: Any, case_no: str, action: str, **given: Any) -> Any:
    """Let the approver decide, after legal review and in answer to a hearing where there was one; return the case."""
    for _ in range(3):
        status, answer = desk.act(case_no, "approver1", action, **given)
        if status == 200:
            return desk.case(case_no)
        codes = {error["code"] for error in answer["errors"]}
        if "HEARING_RECORD_IGNORED" in codes:
            given["hearing_findings"] = "根据听证笔录采纳"
        if "LEGAL_REVIEW_MISSING" in codes:
            desk.done(case_no, "approver1", "ask-legal-review")
            desk.done(case_no, "legal1", "pass-legal-review", finding="程序合法")
        if not codes <= {"HEARING_RECORD_IGNORED", "LEGAL_REVIEW_MISSING"}:
            break
    raise AssertionError((action, answer))


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
    _, listed = desk.get(f"/api/v1/cases/{case_no}/documents", "auditor1")
    return [paper["title"] for paper in listed["items"]]


def permit_of(desk: Any, who: str = "applicant1") -> Any:
    """Return the newest permit of this holder."""
    _, listed = desk.get("/api/v1/permits", who)
    return listed["items"][0]


def made_ready(desk: Any, case_no: str, conclusion: str = "grant") -> None:
    """Do what the item's rule wants before an opinion, whatever its type, and file the opinion."""
    for _ in range(8):
        status, answer = desk.act(case_no, "reviewer1", "propose", conclusion=conclusion, findings="依照标准审查")
        if status == 200:
            return
        codes = {error["code"] for error in answer["errors"]}
        if "VISIT_NOT_CONCLUDED" in codes:
            visited(desk, case_no)
        elif "EXPERT_REVIEW_MISSING" in codes:
            experts_pass(desk, case_no)
        elif "PUBLICITY_MISSING" in codes:
            publicised(desk, case_no, answer)
        elif "HEARING_MISSING" in codes:
            heard(desk, case_no)
        else:
            raise AssertionError(answer)
    raise AssertionError("never ready")


def publicised(desk: Any, case_no: str, answer: Any) -> None:
    """Publish the notice an opinion was refused for, and let it run its days."""
    text = next(error["message"] for error in answer["errors"] if error["code"] == "PUBLICITY_MISSING")
    stage = "after-acceptance" if "受理公示" in text else "before-decision"
    desk.done(case_no, "reviewer1", "publicise", stage=stage, where="门户网站公示栏")
    due = date.fromisoformat(clocks(desk, case_no)["publicity"]["due"])
    desk.at(f"{due + timedelta(days=1)}T09:00:00")


def heard(desk: Any, case_no: str) -> None:
    """Hold the hearing the office owes."""
    desk.done(case_no, "reviewer1", "announce-hearing", ground="法规规定应当听证")
    hearing_on = desk.now().date() + timedelta(days=20)
    desk.done(case_no, "hearing1", "serve-hearing-notice", hearing_on=str(hearing_on), place="三楼听证室", public=True)
    desk.at(f"{hearing_on}T15:00:00")
    desk.done(case_no, "hearing1", "sign-hearing-record", record="各方意见记录在卷", participants=["申请人", "邻居"])


def actions(desk: Any, case_no: str, who: str) -> list[str]:
    """Return what somebody may do now."""
    _, listed = desk.get(f"/api/v1/cases/{case_no}/actions", who)
    return [one["action"] for one in listed["items"]]


# -- branches of joint cases --------------------------------------------------------------------------

BRANCH_REVIEWER, BRANCH_APPROVER = "reviewer2", "approver2"


def branches(desk: Any, case_no: str) -> dict[str, str]:
    """Return the open branches: key -> case number."""
    with desk.office.work() as connection:
        rows = connection.exec_driver_sql(
            "select b.branch, b.case_no from cases b join cases p on p.id = b.parent_id where p.case_no = %(no)s"
            " and b.phase <> 'ended' and b.outcome is null order by b.id",
            {"no": case_no},
        ).all()
    return {row.branch: row.case_no for row in rows}


def finished(desk: Any, branch_no: str, *, agree: bool = True) -> None:
    """Carry one branch to its outcome, whatever it runs on."""
    case = desk.case(branch_no)
    if case["process"] == "branch":
        desk.done(branch_no, BRANCH_REVIEWER, "propose", conclusion="grant" if agree else "refuse", findings="已审查")
        desk.done(
            branch_no, BRANCH_APPROVER, "agree" if agree else "disagree", **({} if agree else {"reasons": "不符合"})
        )
        return
    if case["state"] == "spot-check":
        desk.done(
            branch_no,
            BRANCH_APPROVER,
            *(("grant",) if agree else ("refuse",)),
            **({} if agree else {"reasons": "不符合"}),
        )
        return
    if case["process"] == "on-site":
        visited(desk, branch_no)
    desk.done(branch_no, BRANCH_REVIEWER, "propose", conclusion="grant", findings="已审查")
    status, answer = (
        desk.act(branch_no, BRANCH_APPROVER, "grant")
        if agree
        else desk.act(branch_no, BRANCH_APPROVER, "refuse", reasons="不符合")
    )
    assert status == 200, answer


def all_finished(desk: Any, case_no: str, *, refuse: tuple[str, ...] = ()) -> list[str]:
    """Finish branches as they open, until none is left; return the order in which they opened."""
    order: list[str] = []
    for _ in range(30):
        open_now = branches(desk, case_no)
        if not open_now:
            return order
        for key, branch_no in open_now.items():
            order.append(key)
            finished(desk, branch_no, agree=key not in refuse)
    raise AssertionError("branches never end")


# -- from receipt to the end, whatever the case runs on -----------------------------------------------


def carried(desk: Any, case_no: str) -> Any:
    """Carry a case that will be granted from where it stands to its final state; return it."""
    for _ in range(20):
        case = desk.case(case_no)
        step = STEPS.get(case["state"])
        if step is None:
            assert processes()[case["process"]].states[case["state"]].ends, f"{case_no} is stuck in {case['state']}"
            return case
        step(desk, case_no)
    raise AssertionError(f"{case_no} never ends")


def taken_in(desk: Any, case_no: str) -> None:
    """Let the clerk do with a complete application what its type is for: file, inform of the conditions, or accept."""
    for action, given in (("file", {}), ("inform", {"conditions": "条件、标准、核查方式和不实后果"}), ("accept", {})):
        if action in actions(desk, case_no, "clerk1"):
            desk.done(case_no, "clerk1", action, **given)
            return
    raise AssertionError(f"nobody takes in {case_no}")


def committed(desk: Any, case_no: str) -> None:
    """Let the applicant sign the commitment the item offers."""
    _, listed = desk.get(f"/api/v1/cases/{case_no}/actions", "applicant1")
    commit = next(one for one in listed["items"] if one["action"] == "commit")
    form = commit["schema"]["properties"]["form"]["enum"][0]
    desk.done(case_no, "applicant1", "commit", form=form, statement="承诺符合条件")


def decided(desk: Any, case_no: str) -> None:
    """Let the approver grant, or send on what is decided elsewhere."""
    if "forward" in actions(desk, case_no, "approver1"):
        desk.done(case_no, "approver1", "forward", opinion_text="符合条件，同意转报")
    else:
        granted(desk, case_no)


def joined(desk: Any, case_no: str) -> None:
    """Let the approver finish a joint case the way its branches are joined."""
    action = next(one for one in ("grant", "finish-bundle") if one in actions(desk, case_no, "approver1"))
    desk.done(case_no, "approver1", action)


def checked_afterwards(desk: Any, case_no: str) -> None:
    """Let two inspectors find that a commitment was true."""
    order = {"inspectors": ["inspector1", "inspector2"], "planned_on": str(desk.now().date())}
    desk.done(case_no, "reviewer1", "order-verification", **order)
    desk.done(case_no, "inspector1", "record-verification", conclusion="true", findings="与承诺一致")
    desk.done(case_no, "inspector2", "confirm-true")


def supplied(desk: Any, case_no: str) -> None:
    """Hand in what was promised for later."""
    for name in missing(desk, case_no):
        desk.upload(case_no, "applicant1", name)


STEPS: Mapping[str, Callable[[Any, str], Any]] = {
    "received": taken_in,
    "informed": committed,
    "committed": lambda desk, case_no: desk.done(case_no, "clerk1", "accept-commitment"),
    "to-decide": granted,
    "spot-check": granted,
    "in-review": made_ready,
    "proposed": decided,
    "collecting": all_finished,
    "joined": joined,
    "granted": delivered,
    "refused": delivered,
    "awaiting-verification": checked_afterwards,
    "supplement-pending": supplied,
    "in-audit": lambda desk, case_no: desk.done(case_no, "reviewer1", "audit-clean", findings="依据属实"),
}


def turned_down(desk: Any, case_no: str, reasons: str = "不符合规定的条件") -> Any:
    """Carry a case that will be refused from where it stands to its final state; return it."""
    for _ in range(20):
        case = desk.case(case_no)
        step = REFUSALS.get(case["state"]) or STEPS.get(case["state"])
        if step is None:
            assert processes()[case["process"]].states[case["state"]].ends, f"{case_no} is stuck in {case['state']}"
            return case
        step(desk, case_no, reasons) if case["state"] in REFUSALS else step(desk, case_no)
    raise AssertionError(f"{case_no} never ends")


def not_taken_in(desk: Any, case_no: str, reasons: str) -> None:
    """Let the clerk refuse a filing at once; anything else is taken in first."""
    if "refuse-filing" in actions(desk, case_no, "clerk1"):
        desk.done(case_no, "clerk1", "refuse-filing", reasons=reasons)
    else:
        taken_in(desk, case_no)


def refused_outright(desk: Any, case_no: str, reasons: str) -> None:
    """Let the approver refuse with reasons."""
    carried_out(desk, case_no, "refuse", reasons=reasons)


def one_branch_against(desk: Any, case_no: str, reasons: str) -> None:
    """Let the first branch that opens say no, and every other yes."""
    all_finished(desk, case_no, refuse=(next(iter(branches(desk, case_no))),))


REFUSALS: Mapping[str, Callable[[Any, str, str], Any]] = {
    "received": not_taken_in,
    "to-decide": refused_outright,
    "spot-check": refused_outright,
    "in-review": lambda desk, case_no, reasons: made_ready(desk, case_no, "refuse"),
    "proposed": refused_outright,
    "collecting": one_branch_against,
    "joined": lambda desk, case_no, reasons: desk.done(case_no, "approver1", "refuse-package", reasons=reasons),
}
