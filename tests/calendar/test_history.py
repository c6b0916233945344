"""A case lives through a change of the calendar: what ended stays, what runs is counted anew by naive count."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from tests.engine.bounded import bounded
from tests.engine.telling import at, cd, clock, codes, due, paused, tell, wd
from tests.engine.test_clocks_frame import RULES, stories
from workflow.definitions.official_days import official_schedules
from workflow.engine.calendar import Earlier, WorkingCalendar
from workflow.engine.clocks import parse_facts, read_clocks
from workflow.engine.dates import SHANGHAI

DAY = timedelta(days=1)
BEFORE = official_schedules()
OLD = WorkingCalendar.from_schedules(BEFORE)
# days that become off, or worked: few, because each makes a calendar of its own
CHANGED_DAYS = st.sampled_from(
    ["02-03", "02-10", "02-24", "02-28", "03-02", "03-06", "03-07", "03-13", "03-16", "03-20", "03-27", "04-10"]
)
STARTS = st.dates(date(2026, 2, 2), date(2026, 3, 20))


def moment(day: date | str, hour: int = 9) -> datetime:
    """Return that day's hour in Shanghai."""
    return datetime.combine(date.fromisoformat(str(day)), time(hour), SHANGHAI)


def changed(when: datetime, *, off: str = "", worked: str = "") -> WorkingCalendar:
    """Return the calendar after a correction of 2026: more days off, more days worked."""
    return corrected(off, worked).with_history([Earlier(when, lambda: OLD)])


@cache
def corrected(off: str, worked: str) -> WorkingCalendar:
    """Return those days as if they had always been known."""
    year = BEFORE[2026]
    days_off = {day: name for day, name in year["off"].items() if str(day)[5:] not in worked.split()}
    days_off |= {date.fromisoformat(f"2026-{day}"): "临时放假" for day in off.split()}
    more = [date.fromisoformat(f"2026-{day}") for day in worked.split()]
    schedule = {
        "off": days_off,
        "worked": [day for day in [*year["worked"], *more] if day not in days_off and day.weekday() >= 5],
        "source": "更正",
    }
    return WorkingCalendar.from_schedules({**BEFORE, 2026: schedule})


def naive_due(calendar: WorkingCalendar, start: date, n: int) -> str:
    """Return the n-th working day after start, counted one by one."""
    day = start
    while n:
        day += DAY
        n -= calendar.is_working(day)
    return str(day)


def plain(reading):  # type: ignore[no-untyped-def]
    """Return a reading without what only remembers that there was a change."""
    return reading._replace(clocks=tuple(replace(clock, counted_by=None) for clock in reading.clocks), passed=())


@bounded
@given(stories(), st.lists(st.integers(0, 90), min_size=1, max_size=3, unique=True), st.integers(0, 80))
def test_a_change_that_changes_no_day_changes_nothing(events, days, later):
    first = date.fromisoformat(events[0]["at"])
    until = moment(first + later * DAY, 0)
    facts = parse_facts(events)
    same = OLD.with_history([Earlier(moment(first + d * DAY), lambda: OLD) for d in sorted(days)])
    found = read_clocks(RULES, facts, same, until)
    assert plain(found) == plain(read_clocks(RULES, facts, OLD, until)) and found.passed == ()


@bounded
@given(stories(), st.integers(0, 60), CHANGED_DAYS, st.booleans())
def test_what_was_lawful_when_it_was_done_stays_lawful(events, later, day, becomes_off):
    first = date.fromisoformat(events[0]["at"])
    when = moment(first + later * DAY)
    calendar = changed(when, **({"off": day} if becomes_off else {"worked": day}))
    facts = parse_facts(events)
    until = moment(first + 100 * DAY, 0)
    known = [fact for fact in facts if fact.at < when]
    then = read_clocks(RULES, known, OLD, max(when, known[-1].at))
    now = read_clocks(RULES, facts, calendar, until)
    refused = [found for found in now.findings if found.refused and found.on < when.date()]
    assert refused == [found for found in then.findings if found.refused and found.on < when.date()]
    if then.accepted_on and then.as_of and then.accepted_on < then.as_of:
        assert (now.accepted_on, now.accepted_by) == (then.accepted_on, then.accepted_by)


@bounded
@given(STARTS, st.integers(1, 40), CHANGED_DAYS, st.integers(0, 60))
def test_a_running_limit_is_counted_by_the_new_days_whole(accepted, n, day, later):
    calendar = changed(moment(accepted + later * DAY), off=day, worked="02-23")
    reading = tell(at(accepted, "accepted"), as_of=accepted + later * DAY, calendar=calendar, decision=wd(n))
    assert due(reading) == naive_due(calendar, accepted, n)


@bounded
@given(STARTS, st.sampled_from([0, 1]), st.integers(0, 30), CHANGED_DAYS)
def test_a_running_period_in_calendar_days_rolls_by_the_new_days(accepted, over, later, day):
    n = max((date.fromisoformat(f"2026-{day}") - accepted).days - over, 1)  # ends on the changed day, or just before
    calendar = changed(moment(accepted + later * DAY), off=day)
    reading = tell(at(accepted, "accepted"), as_of=accepted + later * DAY, calendar=calendar, decision=cd(n))
    last = accepted + n * DAY
    while not calendar.is_working(last):
        last += DAY
    assert due(reading) == str(last)


def test_a_paused_limit_removes_the_working_days_as_they_are_now() -> None:
    story = [
        at("2026-03-02", "accepted"),
        paused("2026-03-04", notified_days=5),
        at("2026-03-13", "resumed", ground="expert-review"),
    ]
    rules = {"excluded": ["expert-review"], "decision": wd(10)}
    assert due(tell(*story[:2], as_of="2026-03-06", **rules)) == "2026-03-18"  # two days so far: 03-05, 03-06
    calendar = changed(moment("2026-03-06"), off="03-10")
    assert due(tell(*story[:2], as_of="2026-03-06", calendar=calendar, **rules)) == "2026-03-19"
    # five announced working days are now 03-05, 06, 09, 11, 12: until the 12th
    ended = tell(*story, as_of="2026-03-16", calendar=calendar, **rules)
    assert (clock(ended, "statutory")["removed_days"], due(ended)) == (5, "2026-03-24")


def test_announced_days_that_turn_out_to_be_used_up_are_used_up_the_same_day() -> None:
    story = [
        at("2026-03-02", "accepted"),
        paused("2026-03-04", notified_days=5),
        at("2026-03-10", "extension_approved", by="department-head", reason_notified=True),
    ]
    calendar = changed(moment("2026-03-10", 12), worked="03-07 03-08")  # 03-05, 06, 07, 08, 09 are five days
    reading = tell(*story, as_of="2026-03-10", calendar=calendar, excluded=["expert-review"], decision=wd(3))
    assert "SUSPENSION_DAYS_USED_UP" in codes(reading) and clock(reading, "statutory")["removed_days"] == 5


def test_a_notice_given_in_time_by_the_days_known_then_stays_in_time() -> None:
    story = [at("2026-03-02", "received"), at("2026-03-09", "correction_requested")]
    calendar = changed(moment("2026-03-10"), worked="03-07")  # now 03-07 would have been the fifth day
    reading = tell(*story, as_of="2026-03-11", calendar=calendar)
    assert (reading["state"], codes(reading)) == ("correction-pending", [])
    explained = clock(reading, "correction")
    assert (explained["due"], explained["days"][-1]["n"]) == ("2026-03-09", 5)
    assert codes(tell(*story, as_of="2026-03-11", calendar=calendar.without_history())) == [
        "DEEMED_ACCEPTED",
        "LATE_CORRECTION_NOTICE",
    ]


def test_acceptance_by_silence_stays_though_the_last_day_turns_out_to_have_been_off() -> None:
    calendar = changed(moment("2026-03-11"), off="03-09")
    facts = parse_facts([at("2026-03-02", "received")])
    reading = read_clocks(RULES, facts, calendar, moment("2026-03-12"))
    assert (str(reading.accepted_on), reading.accepted_by) == ("2026-03-02", "deemed")
    passed = next(found for found in reading.passed if found.clock.id == "correction")
    assert (str(passed.clock.due), str(passed.would_be_due), passed.is_other_effect) == (
        "2026-03-09",
        "2026-03-10",
        True,
    )


def test_a_date_set_by_an_order_and_the_end_of_validity_do_not_move() -> None:
    calendar = changed(moment("2026-03-05"), off="03-20 03-19")
    ordered = tell(
        at("2026-03-02", "accepted"),
        at("2026-03-03", "rectification_ordered", due_on="2026-03-20"),
        as_of="2026-03-06",
        process="on-site",
        calendar=calendar,
    )
    assert due(ordered, "rectification") == "2026-03-20"
    renewal = tell(at("2026-02-02", "renewal_filed", valid_until="2026-03-20"), as_of="2026-03-06", calendar=calendar)
    found = clock(renewal, "renewal")
    assert (found["due"], found["last_working_day"]) == ("2026-03-20", "2026-03-18")


def test_time_to_supply_still_ends_with_the_promised_limit() -> None:
    calendar = changed(moment("2026-03-04"), off="03-10")
    rules = {"supplement": wd(15), "promised": wd(10)}
    reading = tell(at("2026-03-02", "tolerantly_accepted"), as_of="2026-03-05", calendar=calendar, **rules)
    assert due(reading, "supplement") == due(reading, "promised") == "2026-03-17"
    rules["promised"] = {**wd(10), "from": "received"}
    story = at("2026-03-02", "received"), at("2026-03-04", "tolerantly_accepted")
    calendar = changed(moment("2026-03-05"), off="03-03")
    reading = tell(*story, as_of="2026-03-05", calendar=calendar, **rules)
    assert due(reading, "supplement") == due(reading, "promised") == "2026-03-17"


def test_a_period_that_would_have_ended_by_the_new_days_ends_when_the_change_is_known() -> None:
    calendar = changed(moment("2026-03-09"), worked="03-07 03-08")
    reading = tell(at("2026-03-02", "received"), as_of="2026-03-09", calendar=calendar)
    assert (due(reading, "correction"), codes(reading)) == ("2026-03-07", ["DEEMED_ACCEPTED"])


def test_a_case_younger_than_the_change_knows_only_the_new_days() -> None:
    calendar = changed(moment("2026-03-01"), off="03-09")
    reading = tell(at("2026-03-02", "received"), as_of="2026-03-03", calendar=calendar)
    assert due(reading, "correction") == "2026-03-10"
