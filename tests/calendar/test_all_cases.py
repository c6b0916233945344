"""After any change of the calendar the stored dates of every open case are what its clocks say anew."""

import random
from datetime import datetime, timedelta

from tests.builders import at, done
from tests.calendar.notices import WORKED_2027, notice_2026, notice_2027
from tests.calendar.offices import accepted, assert_fresh, last_event, loaded, received, row_of
from workflow.casework.office import Office
from workflow.casework.recompute import waiting
from workflow.casework.tick import tick_due
from workflow.engine.calendar_change import EVENT

CHANCE = random.Random(20261228)
FIRST = datetime.fromisoformat("2026-12-01T09:00:00")
LATER = "2026-12-26T09:00:00"


def iso(moment: datetime) -> str:
    """Return a moment as the builders take it."""
    return moment.isoformat()


def a_case(office: Office, number: int) -> str:
    """Return a case of any kind: waiting, in review, paused, extended, under correction, decided, ended."""
    begun = FIRST + timedelta(days=CHANCE.randrange(0, 24), hours=number % 8)
    kind = number % 8
    rules = {
        "promised": CHANCE.choice([None, {"n": CHANCE.randrange(3, 15), "unit": "working_day"}]),
        "decision": CHANCE.choice([{"n": 20, "unit": "working_day"}, {"n": 45, "unit": "calendar_day"}]),
        "excluded": ["testing"],
    }
    if kind == 0:
        return received(office, iso(begun), **rules)
    if kind == 1:
        case_no = received(office, iso(begun), **rules)
        done(office, case_no, "clerk1", "not-needed", iso(begun), reasons="不需要许可")
        return case_no
    case_no = accepted(office, iso(begun), **rules)
    soon = iso(begun + timedelta(days=1))
    if kind == 3:
        notice = {"ground": "testing", "notified_days": 6, "notice_served_at": f"{soon}+08:00"}
        done(office, case_no, "reviewer1", "pause", soon, **notice)
    if kind == 4:
        done(office, case_no, "head1", "extend", soon, reason="复杂", reason_notified=True)
    if kind in (5, 6):
        done(office, case_no, "approver1", "terminate", soon, ground="ended", reasons="注销")
    return case_no


def test_stored_dates_equal_a_fresh_reading_after_every_change(office: Office) -> None:
    cases = [a_case(office, number) for number in range(32)]
    while tick_due(office, at(LATER)):
        pass
    ended = {case_no: row_of(office, case_no) for case_no in cases if row_of(office, case_no).phase == "ended"}
    assert 6 <= len(ended) <= 20
    moved = 0
    for step, notice in enumerate(
        [
            notice_2027(),
            notice_2027(off={"临时放假": "01-05 01-06"}),
            notice_2026(off={"临时放假": "12-22 12-29"}),  # one of them is past already
            notice_2027(worked=f"01-02 01-09 {WORKED_2027}"),
            notice_2026(worked="12-12"),
        ]
    ):
        moment = iso(datetime.fromisoformat(LATER) + timedelta(days=step))
        moved += loaded(office, moment, notice).moved
        assert waiting(office) == 0
        for case_no in cases:
            if case_no in ended:
                assert row_of(office, case_no) == ended[case_no]
            else:
                assert_fresh(office, case_no, at(moment))
    assert moved > 40
    assert any(last_event(office, case_no)["type"] == EVENT for case_no in cases)
