"""Whoever must be different people are different humans: in every process, whichever posts and accounts they hold."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.duties.offices import also, in_review, one_human
from tests.infrastructure.desk import Desk
from tests.story.telling import applied, delivered, trail, visited
from workflow.definitions.loader import processes
from workflow.engine.case import CaseState
from workflow.engine.commands import Actor
from workflow.engine.errors import Reason
from workflow.engine.model import Action, Process
from workflow.engine.roles import ASIDE, clash_of, human_of, post_for
from workflow.engine.units import is_same_unit

BY_PEOPLE = [one for one in processes().values() if one.kind != "permit"]
MUST_BE_APART = {  # what the law or the office's rule asks for, written out once more
    ("window-clerk", "reviewer"), ("window-clerk", "approver"), ("reviewer", "approver"), ("hearing-officer", "reviewer"),
    ("hearing-officer", "approver"), ("hearing-officer", "inspector"), ("inspector", "approver"), ("expert", "reviewer"),
    ("expert", "approver"), ("legal-reviewer", "reviewer"), ("legal-reviewer", "approver"), ("applicant", "reviewer"),
    ("applicant", "approver"), ("reviewer", "department-head"),
}  # fmt: skip


def acts_by(process: Process, post: str) -> list[Action]:
    """Return what this post may do in the process, and may not do with one hand."""
    found = [action for state in process.states.values() for action in state.actions.values() if post in action.by]
    return [action for action in found if not ASIDE & set(action.does)]


@pytest.mark.parametrize("process", BY_PEOPLE, ids=lambda one: one.slug)
def test_each_pair_is_refused_to_one_human_in_both_orders_and_granted_to_two(process: Process) -> None:
    pairs = {tuple(pair) for pair in process.apart}
    for one, other in MUST_BE_APART:
        if acts_by(process, one) and acts_by(process, other):
            assert pairs & {(one, other), (other, one)}, f"{process.slug}: {one} and {other} may be one person"
    for first, second in [*process.apart, *(pair[::-1] for pair in process.apart)]:
        for action in acts_by(process, second):
            if second == "applicant" or first in action.one_hand:
                continue
            only = replace(action, by=(second,))
            before = (
                CaseState("x", people={"account-a": (first,)})
                if first != "applicant"
                else CaseState("x", owner="account-a")
            )
            actor = Actor("account-b", "乙", frozenset({second}))
            assert post_for(process, only, actor, before) == second, "two people"
            refused = post_for(process, only, actor, before, {"account-b": "account-a"})
            assert isinstance(refused, Reason) and refused.code == "SEPARATION_OF_DUTIES", (process.slug, action.name)
            refused = post_for(process, only, actor, before, {"account-a": "h", "account-b": "h"})
            assert isinstance(refused, Reason), "a third account is their human's"


@given(st.data())
@settings(max_examples=60)
def test_however_posts_and_accounts_are_dealt_out_no_human_ever_holds_two_apart(data: Any) -> None:
    process = data.draw(st.sampled_from(BY_PEOPLE))
    posts = sorted(set(process.people) - {"applicant"})
    accounts = [f"a{number}" for number in range(5)]
    holds = {one: data.draw(st.frozensets(st.sampled_from(posts), min_size=1)) for one in accounts}
    humans = {one: data.draw(st.sampled_from(accounts[:3])) for one in accounts[3:]}
    case = CaseState("x", owner=data.draw(st.sampled_from(["", "a0"])))
    actions = [
        action for state in process.states.values() for action in state.actions.values() if not action.is_automatic
    ]
    lawful: set[frozenset[str]] = set()
    for _ in range(40):
        action, who = data.draw(st.sampled_from(actions)), data.draw(st.sampled_from(accounts))
        post = post_for(process, action, Actor(who, who, holds[who], owns=who == case.owner), case, humans)
        if isinstance(post, Reason) or ASIDE & set(action.does):
            continue
        lawful |= {frozenset((post, one)) for one in action.one_hand}
        case = replace(case, people={**case.people, who: (*case.people.get(who, ()), post)})
    for human in {human_of(humans, one) for one in accounts}:
        acted = {post for one, held in case.people.items() if humans.get(one, one) == human for post in held}
        acted |= {"applicant"} if case.owner and humans.get(case.owner, case.owner) == human else set()
        for pair in process.apart:
            assert not set(pair) <= acted or frozenset(pair) in lawful, f"{process.slug}: {human} acted as {pair}"
    assert clash_of((("a", "b"),), "a", frozenset({"b"})) == "b"


def test_who_accepted_or_examined_does_not_go_on_under_another_account(desk: Desk) -> None:
    also(desk, "clerk1", "reviewer", "approver")
    also(desk, "reviewer1", "legal-reviewer")
    one_human(desk, "reviewer1", "approver1", "hearing1", "legal1")
    case_no = in_review(desk)
    said = {"conclusion": "grant", "findings": "x"}
    assert desk.refused(case_no, "clerk1", "propose", **said) == "SEPARATION_OF_DUTIES"
    desk.done(case_no, "reviewer1", "propose", **said)
    for who, action in (("approver1", "grant"), ("clerk1", "grant"), ("approver1", "return-to-review")):
        told = {"reason": "x"} if action == "return-to-review" else {}
        assert desk.refused(case_no, who, action, **told) == "SEPARATION_OF_DUTIES", (who, action)
    desk.done(case_no, "approver2", "ask-legal-review")
    for who in ("reviewer1", "legal1"):
        assert desk.refused(case_no, who, "pass-legal-review", finding="x") == "SEPARATION_OF_DUTIES"


def test_the_hearing_is_held_by_nobody_who_examined(desk: Desk) -> None:
    one_human(desk, "reviewer1", "hearing1")
    also(desk, "legal1", "hearing-officer")
    case_no = in_review(desk)
    desk.done(case_no, "reviewer1", "serve-hearing-rights", who=["申请人"], interest="重大利益")
    desk.done(case_no, "applicant1", "request-hearing", requester="申请人")
    told = {"hearing_on": "2026-09-15", "place": "会议室", "public": True}
    assert desk.refused(case_no, "hearing1", "serve-hearing-notice", **told) == "SEPARATION_OF_DUTIES"
    desk.done(case_no, "legal1", "serve-hearing-notice", **told)


def test_two_inspectors_are_two_humans_and_neither_decides(desk: Desk) -> None:
    also(desk, "approver2", "inspector")
    one_human(desk, "inspector1", "approver1")
    case_no = in_review(desk, "02")
    order = {"planned_on": "2026-09-02"}
    one_human(desk, "clerk2", "inspector2")
    also(desk, "clerk2", "inspector")
    refused = desk.refused(case_no, "reviewer1", "plan-visit", inspectors=["inspector2", "clerk2"], **order)
    assert refused == "TOO_FEW_INSPECTORS"
    visited(desk, case_no)
    desk.done(case_no, "reviewer1", "propose", conclusion="grant", findings="x")
    assert desk.refused(case_no, "approver1", "grant") == "SEPARATION_OF_DUTIES"


def test_nobody_handles_their_own_case(desk: Desk) -> None:
    one_human(desk, "applicant1", "clerk1")
    case_no = applied(desk, "29")
    assert desk.refused(case_no, "clerk1", "accept") == "SEPARATION_OF_DUTIES"
    desk.done(case_no, "clerk2", "accept")


def test_on_the_spot_one_hand_may_do_both_and_supervision_hears_of_it(desk: Desk) -> None:
    also(desk, "clerk1", "approver")
    code = INSTANT
    case_no = applied(desk, code)
    desk.done(case_no, "clerk1", "accept")
    assert desk.refused(case_no, "clerk1", "downgrade", reason="需要核实") == "SEPARATION_OF_DUTIES"
    case = desk.done(case_no, "clerk1", "grant")
    assert [(one["level"], one["code"]) for one in case["alerts"]] == [("yellow", "ONE_PERSON_DECIDED")]
    effects = next(event for event in trail(desk, case_no) if event["type"] == "grant")["data"]["effects"]
    assert effects["one_hand"] == ["window-clerk", "approver"] and "第三十四条第二款" in effects["finding"]["law"]
    assert delivered(desk, case_no)["state"] == "closed", "and hands over what was decided"
    other = applied(desk, code)
    desk.done(other, "clerk1", "accept")
    desk.done(other, "approver1", "downgrade", reason="需要核实")
    desk.done(other, "reviewer1", "propose", conclusion="grant", findings="x")
    assert desk.refused(other, "clerk1", "grant") == "SEPARATION_OF_DUTIES", "what is examined is not on the spot"
    third = applied(desk, code)
    desk.done(third, "clerk1", "accept")
    assert desk.done(third, "approver1", "grant")["alerts"] == []


INSTANT = "21"


def test_one_draws_and_another_decides_when_a_permit_is_taken(desk: Desk) -> None:
    one_human(desk, "reviewer1", "approver1")
    case_no = in_review(desk)
    desk.done(case_no, "reviewer2", "propose", conclusion="grant", findings="x")
    permit_no = granted_permit(desk, case_no)
    status, opened = desk.call("POST", f"/api/v1/permits/{permit_no}/revoke", "reviewer1", {})
    assert status == 201, opened
    no = opened["case_no"]
    desk.done(no, "reviewer1", "announce", ground="fraud", facts="提供虚假材料")
    desk.done(no, "applicant1", "make-statement", statement="没有异议")
    imposed = {"reasons": "以欺骗手段取得", "public_harm": False}
    assert desk.refused(no, "approver1", "impose", **imposed) == "SEPARATION_OF_DUTIES"
    assert desk.done(no, "approver2", "impose", **imposed)["state"] == "imposed"


def granted_permit(desk: Desk, case_no: str) -> str:
    """Return the number of the permit that approver2 grants."""
    status, _ = desk.act(case_no, "approver2", "grant")
    if status != 200:
        desk.done(case_no, "approver2", "ask-legal-review")
        desk.done(case_no, "legal1", "pass-legal-review", finding="程序合法")
        desk.done(case_no, "approver2", "grant")
    return str(desk.get("/api/v1/permits", "applicant1")[1]["items"][0]["permit_no"])


@pytest.mark.parametrize(
    ("unit", "code", "is_same"),
    [
        ("滨海示例化工贸易有限公司", "", True),
        ("滨海示例化工贸易有限公司（天津分公司）", "", True),
        ("滨海示例化工贸易 有限公司", "", True),
        ("别的名称", "91120116MA05TEST0X", True),
        ("滨海", "", False),
        ("滨海示例仓储有限公司", "", False),
        ("", "", False),
    ],
)
def test_a_unit_is_told_by_its_code_or_by_its_name_however_written(unit: str, code: str, is_same: bool) -> None:
    applicant = ("滨海示例化工贸易有限公司", "91120116ma05test0x")
    assert is_same_unit(unit, code, *applicant) is is_same


def test_experts_of_the_applicant_and_second_accounts_are_not_drawn(desk: Desk) -> None:
    case_no = in_review(desk, "03")
    with desk.office.work() as connection:
        connection.exec_driver_sql(
            "update experts set unit = '滨海示例化工贸易有限公司天津分公司' where person_id = 'expert1'"
        )
    one_human(desk, "expert2", "expert3")
    told = {"notified_days": 10, "notice_served_at": desk.now().isoformat()}
    desk.done(case_no, "reviewer1", "notify-expert-review", **told)
    desk.done(case_no, "reviewer1", "draw-experts")
    draw = trail(desk, case_no)[-1]["data"]["effects"]["draw"]
    assert draw["left_out"] == {"expert1": "所在单位是申请人", "expert3": "同一人的另一账号"}
