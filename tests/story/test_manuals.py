"""Every manual, every lawful way of it: a complete application granted, one refused, one corrected, over HTTP.

What has to come out is read from the manual and counted by hand (tests.engine.oracle), never from the terms of the case.
"""

from datetime import date, timedelta
from typing import Any

import pytest

from service_catalog.model import Limit, ServiceItem, Variant
from service_catalog.routing import branches_of, procedures_of
from tests.engine.oracle import add_wd, cd, months_later, roll
from tests.infrastructure.desk import Desk
from tests.service_catalog.builders import SHIPPED, TODAY, granting_answers, way_answers
from tests.story.telling import (
    STEPS,
    actions,
    applicant_of,
    applied,
    carried,
    clocks,
    form_of,
    missing,
    papers,
    trail,
    turned_down,
)
from workflow.definitions.loader import processes

GRANTED = {
    "licence": "准予行政许可决定书",
    "approval": "准予行政许可决定书",
    "filing": "备案证明",
    "registration": "准予登记通知书",
    "confirmation": "行政确认决定书",
    "joint": "联合办理决定书",
    "service": "办理结果通知书",
}
REFUSED = {
    "licence": "不予行政许可决定书",
    "approval": "不予行政许可决定书",
    "filing": "不予备案告知书",
    "registration": "不予登记通知书",
    "confirmation": "不予确认决定书",
    "joint": "联合办理不予许可决定书",
    "service": "不予办理通知书",
}
FINAL = {
    "instant": {"closed"},
    "self-service": {"closed", "audited"},
    "notify-commit": {"verified", "closed"},
    "document-review": {"closed"},
    "on-site": {"closed"},
    "expert-review": {"closed"},
    "public-notice": {"closed"},
    "joint": {"closed"},
}
# What makes a case one of its type: this has to have happened on the way.
ESSENTIAL = {
    "instant": {"deliver"},
    "self-service": {"auto-grant"},
    "notify-commit": {"commit", "accept-commitment"},
    "document-review": {"propose"},
    "on-site": {"propose", "confirm-pass"},
    "expert-review": {"propose", "conclude-review"},
    "public-notice": {"propose"},
    "joint": {"dispatch", "join"},
}
# The same for what a manual orders between acceptance and decision, whatever the type.
ORDERED = {
    "on-site": "confirm-pass",
    "expert-review": "conclude-review",
    "publicity": "end-publicity",
    "hearing": "sign-hearing-record",
}
# What has to be said besides, where rules between other questions stand in the way of a variant.
BESIDES: dict[str, dict[str, Any]] = {
    "18-many-or-by-unit": {"quantity": 51},
    "28-on-site-check": {"total_employees": 200, "involved_count": 51},
    "43-commitment": {"plan_form": "报告书", "in_regional_assessment": True},
}
ITEMS = {code: SHIPPED.get(code, TODAY) for code in SHIPPED.items}
WAYS: dict[str, tuple[ServiceItem, Variant | None]] = {
    f"{code}-{variant.key if variant else 'main'}": (item, variant)
    for code, item in ITEMS.items()
    for variant in (None, *item.variants)
}


def process_name(way: str) -> str:
    """Return the process type a way runs on, as the manual says."""
    item, variant = WAYS[way]
    return variant.process if variant and variant.process else item.process


# One way of every process type of every item: refused and corrected is the same on all that share one.
TYPES = list({(way[:2], process_name(way)): way for way in reversed(WAYS)}.values())[::-1]


def answers_of(way: str) -> dict[str, Any]:
    """Return what leads an application this way; where a machine may grant, what it needs to."""
    item, variant = WAYS[way]
    wanted = granting_answers(item) if process_name(way) == "self-service" else {}
    return way_answers(item, variant, **{**wanted, **BESIDES.get(way, {})})


def limit_of(way: str, name: str) -> Limit | None:
    """Return a limit as the manual words it for this way; an instant case is promised for the day of its receipt."""
    item, variant = WAYS[way]
    limits = {**item.limits, **(variant.limits if variant else {})}
    if name == "promised" and name not in limits and process_name(way) == "instant":
        return Limit(0, "working_day", "", verified=True, since="received")
    return limits.get(name)


def counted(limit: Limit, on: date) -> date:
    """Return the last day of a limit that starts on a day, counted day by day."""
    if limit.unit == "working_day":
        return add_wd(on, limit.n)
    if limit.unit == "calendar_day":
        return cd(on, limit.n)
    return roll(months_later(on, limit.n * {"month": 1, "year": 12}[limit.unit]))


def expected_dues(way: str, received: date, accepted: date | None) -> dict[str, str | None]:
    """Return when the case has to be decided, by law and by promise."""
    dues: dict[str, str | None] = {}
    for clock, name in (("statutory", "decision"), ("promised", "promised")):
        limit = limit_of(way, name)
        start = received if limit and limit.since == "received" else accepted
        dues[clock] = counted(limit, start).isoformat() if limit and start else None
    return dues


def last_day(item: ServiceItem, on: date, form: dict[str, Any]) -> str | None:
    """Return the last day of a permit given on a day: the day before the corresponding one, or the day asked for."""
    days = []
    if item.validity:
        months = item.validity.n * {"month": 1, "year": 12}[item.validity.unit]
        days.append(months_later(on, months) - timedelta(days=1))
    if item.valid_until and item.valid_until.field in form:
        days.append(date.fromisoformat(form[item.valid_until.field]))
    return min(days).isoformat() if days else None


def essential(way: str, form: dict[str, Any]) -> set[str]:
    """Return what has to have happened before this case was decided, from its type and from the manual's procedures."""
    item, _ = WAYS[way]
    reviewed = "propose" in ESSENTIAL[process_name(way)]
    ordered = {
        ORDERED[one.kind]
        for one in procedures_of(item, form)
        if one.kind in ORDERED and one.need != "optional" and one.stage in ("after-acceptance", "before-decision")
    }
    return ESSENTIAL[process_name(way)] | (ordered if reviewed else set())


def test_all_eight_types_are_used_and_there_are_46_items() -> None:
    assert len(ITEMS) == 46
    assert {process_name(way) for way in WAYS} == set(FINAL)


@pytest.mark.parametrize("way", WAYS)
def test_a_complete_application_is_granted_in_the_manuals_time_with_its_papers_and_permit(desk: Desk, way: str) -> None:
    item, _ = WAYS[way]
    answers = answers_of(way)
    form = form_of(item.code, **answers)
    case_no = applied(desk, item.code, **answers)
    case = desk.case(case_no)
    while case["accepted_on"] is None and case["outcome"] is None:
        STEPS[case["state"]](desk, case_no)
        case = desk.case(case_no)
    assert case["process"] == process_name(way)
    assert case["accepted_on"] in (None, "2026-09-01")
    assert case["due"] == expected_dues(way, TODAY, TODAY if case["accepted_on"] else None)

    case = carried(desk, case_no)
    assert case["state"] in ({"forwarded"} if item.forward else FINAL[case["process"]])
    assert essential(way, form) <= {event["type"] for event in trail(desk, case_no)}
    issued = papers(desk, case_no)
    assert issued[0] == "材料接收凭证"
    if case["accepted_on"]:
        assert ("综合受理通知书" if case["process"] == "joint" else "受理通知书") in issued
    _, held = desk.get("/api/v1/permits?limit=100", "applicant1")
    permits = [permit for permit in held["items"] if permit["item_code"] == item.code]
    if item.forward:
        assert "初审意见" in issued and permits == []
        return
    assert (case["outcome"], GRANTED[item.kind] in issued) == ("granted", True), issued
    decided = date.fromisoformat(case["decided_on"])
    after = clocks(desk, case_no)
    for clock, default in (("delivery", 10), ("publication", 7)):
        limit = limit_of(way, clock) or Limit(default, "working_day", "", verified=True)
        assert after[clock]["due"] == counted(limit, decided).isoformat(), clock
    wanted = [(item.certificate, case["decided_on"], last_day(item, decided, form))] if item.certificate else []
    assert [(p["certificate"], p["valid_from"], p["valid_until"]) for p in permits] == wanted
    if case["process"] == "joint":
        assert {b["branch"]: b["outcome"] for b in case["branches"]} == {
            branch.key: "granted" for branch in branches_of(item, form)
        }


@pytest.mark.parametrize("way", TYPES)
def test_an_application_that_does_not_meet_the_conditions_is_refused_with_reasons_and_remedies(
    desk: Desk, way: str
) -> None:
    item, _ = WAYS[way]
    case_no = applied(desk, item.code, says=to_a_person(way), **answers_of(way))
    case = turned_down(desk, case_no, "经审查不符合规定的条件")
    assert (case["state"], case["outcome"]) == ("closed", "refused")
    assert REFUSED[item.kind] in papers(desk, case_no)
    decision = next(event for event in trail(desk, case_no) if event["data"]["effects"].get("outcome"))
    assert decision["data"]["reasons"] == "经审查不符合规定的条件"
    assert "行政复议" in decision["data"]["remedies"]
    _, held = desk.get("/api/v1/permits?limit=100", "applicant1")
    assert [permit for permit in held["items"] if permit["item_code"] == item.code] == []


def to_a_person(way: str) -> dict[str, Any]:
    """Return what to say on submission so that a person decides: a machine never refuses nor asks for more."""
    return {"wants_a_person": True} if process_name(way) == "self-service" else {}


def test_a_question_left_out_of_any_form_is_named_and_nothing_is_received(desk: Desk) -> None:
    for code, item in ITEMS.items():
        key = next(field.key for field in item.fields if field.required and field.shown is None)
        form = {name: value for name, value in form_of(code).items() if name != key}
        body = {"item_code": code, "applicant": applicant_of(code), "form": form, "submit": True}
        status, answer = desk.call("POST", "/api/v1/cases", "applicant1", body)
        named = [error["field"] for error in answer.get("errors", ())]
        assert (code, status, f"form.{key}" in named) == (code, 422, True), answer
    assert desk.get("/api/v1/cases", "applicant1")[1]["items"] == []


@pytest.mark.parametrize("way", TYPES)
def test_everything_missing_is_asked_for_at_once_and_acceptance_dates_from_the_day_it_is_supplied(
    desk: Desk, way: str
) -> None:
    item, _ = WAYS[way]
    answers = answers_of(way)
    case_no = applied(desk, item.code, materials=False, says=to_a_person(way), **answers)
    names = missing(desk, case_no)
    take_in = "file" if "file" in processes()[process_name(way)].action_names() and item.kind == "filing" else "accept"
    if names:
        assert desk.refused(case_no, "clerk1", take_in) == "MATERIALS_INCOMPLETE"
        wanted = [{"material": name, "what": "未提交"} for name in names]
        if len(names) > 1:
            assert desk.refused(case_no, "clerk1", "ask-corrections", missing=wanted[1:]) == "MISSING_LIST_INCOMPLETE"
    else:
        wanted = [{"material": "申请表", "what": "请更正联系方式"}]
    desk.done(case_no, "clerk1", "ask-corrections", missing=wanted)
    assert papers(desk, case_no)[-1] == "一次性补正告知书"

    desk.at("2026-09-03T10:00:00")
    again = next(name for name in ("resubmit-filing", "resubmit") if offered(way, name, item))
    assert desk.refused(case_no, "applicant1", again) == "MISSING_NOT_SUPPLIED"
    supply(desk, case_no, names, item.code, answers)
    case = desk.done(case_no, "applicant1", again)
    assert case["accepted_on"] == "2026-09-03"
    assert case["due"] == expected_dues(way, date(2026, 9, 3), date(2026, 9, 3))
    assert take_in == "file" or "受理通知书" in papers(desk, case_no)[-1]
    assert "resubmit" not in actions(desk, case_no, "applicant1")


def offered(way: str, action: str, item: ServiceItem) -> bool:
    """Return True if a corrected application of this kind is handed in again by this action."""
    is_filing = item.kind == "filing" and process_name(way) == "instant"
    return is_filing is (action == "resubmit-filing")


def supply(desk: Desk, case_no: str, names: list[str], code: str, answers: dict[str, Any]) -> None:
    """Hand in what the notice lists: materials, or else the form put right."""
    for name in names:
        desk.upload(case_no, "applicant1", name)
    if not names:
        version = desk.case(case_no)["version"]
        body = {"form": form_of(code, **answers)}
        status, answer = desk.call(
            "PUT", f"/api/v1/cases/{case_no}/form", "applicant1", body, {"If-Match": f'"{version}"'}
        )
        assert status == 200, answer
