"""代班: for days, not for ever; shown; ends by itself; never chains; and both count where people are kept apart."""

from tests.duties.offices import also, in_review, one_human
from tests.infrastructure.desk import Desk
from tests.story.telling import trail


def claimed(desk: Desk, who: str = "reviewer1") -> tuple[str, int]:
    case_no = in_review(desk)
    task = desk.case(case_no)["tasks"][0]["id"]
    assert desk.call("POST", f"/api/v1/tasks/{task}/claim", who)[0] == 200
    return case_no, task


def test_a_delegation_is_shown_and_ends_by_itself(desk: Desk) -> None:
    case_no, _ = claimed(desk)
    after = desk.done(case_no, "reviewer1", "delegate", to="reviewer2", until="2026-09-05", reason="休假")
    assert after["tasks"][0]["delegated"] == {"by": "reviewer1", "until": "2026-09-05"}
    listed = desk.get("/api/v1/tasks?queue=mine", "reviewer2")[1]["items"][0]
    assert (listed["delegated_by"], listed["delegated_until"]) == ("reviewer1", "2026-09-05")
    at = desk.now().isoformat()
    desk.done(case_no, "reviewer2", "ask-countersign", people=["legal1"], question="是否合规")
    assert trail(desk, case_no)[-1]["data"]["effects"]["acts_for"] == "reviewer1"
    assert desk.case(case_no)["tasks"][0]["delegated"] is None, "what was delegated was that task"
    assert at


def test_when_its_days_are_over_the_sweeper_gives_the_task_back(desk: Desk) -> None:
    case_no, task = claimed(desk)
    desk.done(case_no, "reviewer1", "delegate", to="reviewer2", until="2026-09-05", reason="休假")
    desk.at("2026-09-05T23:59:00")
    assert desk.case(case_no)["tasks"][0]["assignee"] == "reviewer2"
    desk.at("2026-09-06T00:01:00")
    open_task = desk.case(case_no)["tasks"][0]
    assert (open_task["assignee"], open_task["delegated"], open_task["id"]) == ("reviewer1", None, task)
    over = next(event for event in trail(desk, case_no) if event["type"] == "delegation-over")
    assert over["actor"]["post"] == "clock" and over["data"]["effects"]["assign"] == "reviewer1"
    desk.done(case_no, "reviewer1", "delegate", to="reviewer2", until="2026-09-06", reason="再次")
    desk.at("2026-09-07T00:01:00")
    assert desk.case(case_no)["tasks"][0]["assignee"] == "reviewer1", "a second one ends as well"


def test_a_delegation_has_an_end_within_thirty_days_and_goes_to_nobody_else(desk: Desk) -> None:
    case_no, task = claimed(desk)
    told = {"to": "reviewer2", "reason": "休假"}
    for until in ("2026-08-31", "2026-10-02"):
        assert desk.refused(case_no, "reviewer1", "delegate", until=until, **told) == "DELEGATION_TOO_LONG"
    assert desk.refused(case_no, "reviewer1", "delegate", **told) == "FIELD_REQUIRED"
    desk.done(case_no, "reviewer1", "delegate", until="2026-10-01", **told)
    also(desk, "clerk2", "reviewer")
    chained = {"to": "clerk2", "reason": "x"}
    assert desk.refused(case_no, "reviewer2", "delegate", until="2026-09-02", **chained) == "DELEGATION_CHAINED"
    assert desk.refused(case_no, "reviewer2", "transfer", **chained) == "DELEGATION_CHAINED"
    status, answer = desk.call("POST", f"/api/v1/tasks/{task}/release", "reviewer2")
    assert (status, answer["code"]) == (409, "DELEGATED_TASK")
    assert desk.refused(case_no, "reviewer2", "end-delegation") == "NOT_DELEGATED"
    assert desk.done(case_no, "reviewer1", "end-delegation")["tasks"][0]["assignee"] == "reviewer1"
    desk.done(case_no, "reviewer1", "delegate", until="2026-09-02", **told)
    assert desk.done(case_no, "reviewer2", "hand-back", reason="有其他工作")["tasks"][0]["delegated"] is None


def test_who_is_kept_apart_can_not_be_the_delegate_and_both_count_afterwards(desk: Desk) -> None:
    also(desk, "clerk1", "reviewer")  # accepted the case
    also(desk, "reviewer1", "approver")
    also(desk, "reviewer2", "approver")
    case_no, _ = claimed(desk)
    told = {"until": "2026-09-10", "reason": "休假"}
    assert desk.refused(case_no, "reviewer1", "delegate", to="clerk1", **told) == "RECEIVER_LACKS_POST"
    desk.done(case_no, "reviewer1", "delegate", to="reviewer2", **told)
    desk.done(case_no, "reviewer2", "propose", conclusion="grant", findings="代班审查")
    for who in ("reviewer1", "reviewer2"):
        assert desk.refused(case_no, who, "grant") == "SEPARATION_OF_DUTIES"


def test_two_accounts_of_one_human_are_no_delegation(desk: Desk) -> None:
    one_human(desk, "reviewer1", "reviewer2")
    case_no, _ = claimed(desk)
    refused = desk.refused(case_no, "reviewer1", "delegate", to="reviewer2", until="2026-09-10", reason="休假")
    assert refused == "RECEIVER_LACKS_POST"


def test_a_delegate_or_delegator_who_is_recused_ends_the_delegation(desk: Desk) -> None:
    case_no, _ = claimed(desk)
    desk.done(case_no, "reviewer1", "delegate", to="reviewer2", until="2026-09-10", reason="休假")
    desk.done(case_no, "applicant1", "request-recusal", who="reviewer1", ground="kin", reason="亲属")
    after = desk.done(case_no, "head1", "uphold-recusal", who="reviewer1", reasons="应当回避")
    assert (after["tasks"][0]["assignee"], after["tasks"][0]["delegated"]) == (None, None)
