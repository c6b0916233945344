"""Joint cases: one form, one correction notice, branches that run by themselves, one result."""

from typing import Any

from service_catalog.catalog import catalog
from tests.infrastructure.desk import Desk
from tests.story.telling import all_finished, applied, branches, clocks, delivered, desk_time, finished, papers, trail


def accepted(desk: Desk, code: str, **answers: Any) -> str:
    """Return an accepted joint case, its first branches opened by the worker."""
    case_no = applied(desk, code, **answers)
    desk.done(case_no, "clerk1", "accept")
    return case_no


def test_a_unified_case_runs_its_branches_in_their_order_and_is_decided_as_one(desk: Desk) -> None:
    case_no = accepted(desk, "40")
    assert clocks(desk, case_no)["statutory"]["n"] == 45
    order = all_finished(desk, case_no)
    wanted = {branch.key: branch.after for branch in catalog().newest("40").branches}
    for place, key in enumerate(order):
        assert all(other in order[:place] for other in wanted[key] if other in order)
    assert desk.case(case_no)["state"] == "joined"
    assert "联审意见汇总" in papers(desk, case_no)
    case = desk.done(case_no, "approver1", "grant")
    assert case["outcome"] == "granted"
    assert delivered(desk, case_no)["state"] == "closed"


def test_a_joint_limit_is_extended_by_fifteen_days_and_only_by_the_head_of_the_government(desk: Desk) -> None:
    case_no = accepted(desk, "40")
    told = {"reason": "专项较多", "reason_notified": True}
    before = clocks(desk, case_no)["statutory"]
    assert desk.refused(case_no, "head1", "extend", **told) == "WRONG_APPROVER"
    desk.done(case_no, "govhead1", "extend", **told)
    after = clocks(desk, case_no)["statutory"]
    assert (before["n"], after["extended_by"]) == (45, 15) and after["due"] > before["due"]
    assert desk.refused(case_no, "govhead1", "extend", **told) == "EXTENSION_ALREADY_USED"


def test_a_branch_that_disagrees_leaves_a_partial_result_or_a_refusal(desk: Desk) -> None:
    partly = accepted(desk, "40")
    first = next(iter(branches(desk, partly)))
    all_finished(desk, partly, refuse=(first,))
    assert desk.refused(partly, "approver1", "grant") == "A_BRANCH_REFUSED"
    outcomes = {b["branch"]: b["outcome"] for b in desk.case(partly)["branches"]}
    assert outcomes[first] == "refused" and "granted" in outcomes.values()
    desk.done(partly, "approver1", "grant-partly", reasons="一个分支未通过")
    assert delivered(desk, partly)["state"] == "split"
    refused = accepted(desk, "40")
    all_finished(desk, refused, refuse=(first,))
    assert desk.done(refused, "approver1", "refuse-package", reasons="一个分支未通过")["outcome"] == "refused"


def test_what_waits_for_a_refused_branch_is_never_opened(desk: Desk) -> None:
    case_no = accepted(desk, "09")
    assert len(branches(desk, case_no)) == 1  # everything waits for the registration
    finished(desk, next(iter(branches(desk, case_no).values())), agree=False)
    case = desk.case(case_no)
    assert {b["outcome"] for b in case["branches"]} == {"refused", "not-opened"}
    assert case["state"] == "joined"
    assert desk.refused(case_no, "approver1", "grant-partly", reasons="甲") == "NO_BRANCH_AGREED"
    assert desk.done(case_no, "approver1", "refuse-package", reasons="设立登记未通过")["outcome"] == "refused"


def test_a_bundle_is_finished_when_every_branch_has_its_own_result(desk: Desk) -> None:
    for code in ("09", "25"):
        case_no = accepted(desk, code)
        order = all_finished(desk, case_no)
        assert len(order) >= 2
        assert desk.refused(case_no, "approver1", "grant") == "NOT_UNIFIED"
        assert desk.done(case_no, "approver1", "finish-bundle")["outcome"] == "granted"
        assert delivered(desk, case_no)["state"] == "closed"


def test_one_combined_correction_notice_lists_what_every_department_found_missing(desk: Desk) -> None:
    case_no = applied(desk, "40")
    branch = "archive"
    name = next(m.name for m in catalog().newest("40").materials if m.supply == "applicant")
    wanted = [{"material": name, "what": "缺少签章"}]
    desk.done(case_no, "clerk1", "note-shortfall", branch=branch, missing=wanted)
    other = [{"material": "申请表", "what": "请更正面积"}]
    assert desk.refused(case_no, "clerk1", "ask-corrections", missing=other) == "MISSING_LIST_INCOMPLETE"
    desk.done(case_no, "clerk1", "ask-corrections", missing=other + wanted)
    assert desk.case(case_no)["state"] == "awaiting-corrections"


def test_the_joint_limit_stands_still_only_while_every_open_branch_does(desk: Desk) -> None:
    case_no = accepted(desk, "40")
    pause = {"ground": "testing", "notified_days": 5, "notice_served_at": "2026-09-01T09:00:00+08:00"}
    assert desk.refused(case_no, "reviewer1", "pause", **pause) == "A_BRANCH_STILL_RUNS"


def test_a_joint_case_withdrawn_calls_its_branches_off(desk: Desk) -> None:
    case_no = accepted(desk, "40")
    open_now = branches(desk, case_no)
    desk.done(case_no, "applicant1", "withdraw", reason="不办了")
    assert branches(desk, case_no) == {}
    assert {desk.case(no)["state"] for no in open_now.values()} <= {"called-off", "withdrawn"}


def test_a_branch_knows_its_parent_and_counts_its_own_days(desk: Desk) -> None:
    case_no = accepted(desk, "40")
    key, branch_no = next(iter(branches(desk, case_no).items()))
    opened = trail(desk, branch_no)[0]["data"]
    assert (opened["parent"], opened["branch"]) == (case_no, key)
    assert clocks(desk, branch_no)["statutory"]["starts"] == "2026-09-01"


def test_branches_are_told_in_the_manuals_order_by_every_answer(desk: Desk) -> None:
    case_no = applied(desk, "40")
    _, answer = desk.act(case_no, "clerk1", "accept")
    listed = [branch.key for branch in catalog().newest("40").branches]
    told = [branch["branch"] for branch in answer["branches"]]
    assert len(told) > 1 and told == [key for key in listed if key in told]
    assert told == [branch["branch"] for branch in desk.case(case_no)["branches"]]


def test_a_message_delivered_twice_opens_a_branch_once(desk: Desk) -> None:
    case_no = accepted(desk, "40")
    before = branches(desk, case_no)
    with desk.office.work() as connection:
        connection.exec_driver_sql(
            "update outbox set done_at = null, next_try_at = created_at where topic = 'open-branch'"
        )
    desk.work()
    assert branches(desk, case_no) == before


def test_a_branch_with_two_special_procedures_stands_still_until_both_have_ended(desk: Desk) -> None:
    case_no = accepted(desk, "25")
    while not (food := {k: no for k, no in branches(desk, case_no).items() if no.startswith("12-")}):
        for branch_no in branches(desk, case_no).values():
            finished(desk, branch_no)
    [(key, branch_no)] = food.items()
    told = {"notified_days": 9, "notice_served_at": desk_time(desk)}
    desk.done(branch_no, "reviewer1", "pause", ground="testing", **told)
    desk.done(branch_no, "reviewer1", "pause-also", ground="appraisal", **told)
    desk.done(branch_no, "reviewer1", "end-one", ground="testing", result="检测报告")
    assert paused(desk, case_no, key)
    desk.done(branch_no, "reviewer1", "resume", result="鉴定意见")
    assert not paused(desk, case_no, key)


def paused(desk: Desk, case_no: str, key: str) -> bool:
    """Return what the joint case knows of a branch's time."""
    return bool(next(b for b in desk.case(case_no)["branches"] if b["branch"] == key)["paused"])
