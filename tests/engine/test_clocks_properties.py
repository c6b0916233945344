"""Every rule of counting, for any date, against the naive count of oracle.py."""

from datetime import date, timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from . import oracle
from .bounded import bounded
from .telling import at, cd, clock, codes, due, finding, paused, tell, wd

DAY = timedelta(days=1)
DAYS = st.dates(date(2025, 1, 1), date(2026, 9, 30))
GROUNDS = ["expert-review", "testing", "hearing", "appraisal"]


@bounded
@given(DAYS, st.integers(1, 45))
def test_the_limit_runs_from_the_day_after_acceptance(day, n):
    reading = tell(at(day, "accepted"), as_of=day, decision=wd(n))
    assert due(reading) == str(oracle.add_wd(day, n))


@bounded
@given(DAYS, st.integers(1, 120))
def test_a_limit_in_calendar_days_rolls(day, n):
    assert due(tell(at(day, "accepted"), as_of=day, decision=cd(n))) == str(oracle.cd(day, n))


@bounded
@given(DAYS, st.integers(1, 24), st.sampled_from(["month", "year"]))
def test_a_limit_in_months_ends_on_the_corresponding_day_and_rolls(day, n, unit):
    months = n * (12 if unit == "year" else 1)
    reading = tell(at(day, "accepted"), as_of=day, decision={"n": n, "unit": unit})
    assert due(reading) == str(oracle.roll(oracle.months_later(day, months)))


@bounded
@given(DAYS, st.integers(1, 10), st.integers(-1, 3))
def test_silence_accepts_from_receipt_on_the_day_after_the_period(day, n, late):
    last = oracle.add_wd(day, n)
    as_of = last + (late + 1) * DAY
    reading = tell(at(day, "received"), as_of=as_of, correction=wd(n))
    if as_of <= last:
        assert (reading["state"], reading["accepted_on"], codes(reading)) == ("received", None, [])
        return
    assert (reading["accepted_on"], reading["accepted_by"]) == (str(day), "deemed")
    assert finding(reading, "DEEMED_ACCEPTED")["on"] == str(last + DAY)
    assert due(reading) == str(oracle.add_wd(day, 20))


@bounded
@given(DAYS, st.sampled_from(["counter", "post"]), st.integers(0, 23), st.integers(0, 59))
def test_paper_after_closing_or_on_a_day_off_arrives_on_the_next_working_day(day, channel, hour, minute):
    moment = f"{day}T{hour:02}:{minute:02}"
    expected = oracle.roll(day + DAY if (hour, minute) > (17, 30) else day)
    assert tell(at(moment, "received", channel=channel), as_of=day)["received_on"] == str(expected)
    assert tell(at(moment, "received", channel="online"), as_of=day)["received_on"] == str(day)


@st.composite
def stories_with_pauses(draw):
    accepted = draw(DAYS)
    pauses = []
    for ground in draw(st.lists(st.sampled_from(GROUNDS), unique=True, max_size=4)):
        begun = accepted + draw(st.integers(0, 30)) * DAY
        pauses.append((ground, begun, begun + draw(st.integers(0, 40)) * DAY))
    return accepted, pauses


def told(accepted, pauses):
    events = [at(accepted, "accepted")]
    for ground, begun, ended in pauses:
        events.append(paused(begun, ground))
        events.append(at(ended, "resumed", ground=ground))
    return events


@bounded
@given(stories_with_pauses(), st.integers(5, 45))
def test_suspensions_remove_the_working_days_of_their_union(story, n):
    accepted, pauses = story
    spans = [(begun, ended) for _, begun, ended in pauses]
    walked = oracle.due_when_paused(accepted, n, spans)
    assume(all(begun < walked for begun, _ in spans))  # none begins when nothing is left to stop
    reading = tell(*told(accepted, pauses), as_of="2027-12-31", decision=wd(n))
    statutory = clock(reading, "statutory")
    removed = oracle.removed_days(spans, accepted, date(2027, 12, 31))
    assert statutory["removed_days"] == removed
    assert statutory["due"] == str(walked) == str(oracle.add_wd(accepted, n + removed))


@bounded
@given(stories_with_pauses(), st.integers(5, 60))
def test_suspensions_of_a_limit_in_calendar_days_remove_calendar_days(story, n):
    accepted, pauses = story
    spans = [(begun, ended) for _, begun, ended in pauses]
    assume(all(begun <= accepted + n * DAY for begun, _ in spans))
    reading = tell(*told(accepted, pauses), as_of="2027-12-31", decision=cd(n))
    removed = oracle.removed_days(spans, accepted, date(2027, 12, 31), counts=lambda day: True)
    assert clock(reading, "statutory")["removed_days"] == removed
    assert due(reading) == str(oracle.cd(accepted, n + removed))


@bounded
@given(DAYS, st.integers(3, 20), st.integers(0, 40))
def test_an_open_suspension_removes_days_up_to_the_moment_of_reading(accepted, n, later):
    begun = accepted + DAY
    as_of = begun + later * DAY
    reading = tell(at(accepted, "accepted"), paused(begun), as_of=as_of, decision=wd(n))
    statutory = clock(reading, "statutory")
    assert (statutory["status"], statutory["paused_since"]) == ("paused", str(begun))
    assert statutory["due"] == str(oracle.due_when_paused(accepted, n, [(begun, as_of)]))


@bounded
@given(DAYS, st.integers(1, 12), st.integers(0, 40))
def test_the_announced_days_are_the_most_that_can_be_removed(accepted, announced, later):
    begun = accepted + DAY
    ended = begun + later * DAY
    events = [at(accepted, "accepted"), paused(begun, notified_days=announced), at(ended, "resumed")]
    reading = tell(*events, as_of=ended)
    statutory = clock(reading, "statutory")
    actual = oracle.wd_between(begun, ended)
    assert statutory["removed_days"] == min(actual, announced)
    assert statutory["due"] == str(oracle.add_wd(accepted, 20 + min(actual, announced)))
    last_covered = oracle.add_wd(begun, announced)
    assert ("SUSPENSION_DAYS_USED_UP" in codes(reading)) == (ended > last_covered)
    without_cap = tell(*events, as_of=ended, suspension_cap="actual")
    assert clock(without_cap, "statutory")["removed_days"] == actual


@bounded
@given(DAYS, st.integers(0, 60))
def test_an_extension_is_allowed_until_the_end_of_the_due_date(accepted, later):
    day = accepted + later * DAY
    events = (
        at(accepted, "accepted"),
        at(day, "extension_approved", by="department-head", reason_notified=True),
    )
    reading = tell(*events, as_of=day)
    if day <= oracle.add_wd(accepted, 20):
        assert (due(reading), codes(reading)) == (str(oracle.add_wd(accepted, 30)), [])
    else:
        assert due(reading) == str(oracle.add_wd(accepted, 20))
        assert "EXTENSION_AFTER_EXPIRY" in codes(reading)


@bounded
@given(st.dates(date(2025, 3, 1), date(2026, 11, 1)), st.integers(0, 25), st.sampled_from(["H-7", "H-8"]))
def test_the_hearing_notice_is_served_seven_working_days_before(hearing_on, before, policy):
    served = hearing_on - before * DAY
    events = at(served - DAY, "accepted"), at(served, "hearing_notice_served", hearing_on=hearing_on)
    reading = tell(*events, as_of=served, notice_before_7wd=policy)
    latest = oracle.sub_wd(hearing_on, int(policy[2]))
    assert codes(reading) == ([] if served <= latest else ["HEARING_NOTICE_TOO_LATE"])
    if served > latest:
        assert finding(reading, "HEARING_NOTICE_TOO_LATE")["latest_on"] == str(latest)


@bounded
@given(DAYS, st.integers(0, 12))
def test_a_hearing_can_be_asked_for_until_the_fifth_working_day(day, later):
    asked = day + later * DAY
    events = at(day, "accepted"), at(day, "hearing_rights_served"), at(asked, "hearing_requested")
    reading = tell(*events, as_of=asked)
    if asked <= oracle.add_wd(day, 5):
        assert codes(reading) == [] and due(reading, "hearing-arrange") == str(oracle.add_wd(asked, 20))
    else:
        assert codes(reading) == ["HEARING_REQUEST_LAPSED", "HEARING_REQUEST_TOO_LATE"]


LEADS = st.sampled_from([(30, "calendar_day"), (30, "working_day"), (3, "month"), (60, "calendar_day")])


@bounded
@given(st.dates(date(2025, 9, 1), date(2026, 12, 31)), st.integers(0, 160), LEADS)
def test_a_timely_renewal_is_deemed_granted_at_the_end_of_validity_which_never_rolls(until, before, lead):
    filed = until - before * DAY
    n, unit = lead
    latest = {
        "calendar_day": until - n * DAY,
        "working_day": oracle.sub_wd(until, n),
        "month": oracle.months_later(until, -n),
    }[unit]
    event = at(filed, "renewal_filed", valid_until=until)
    reading = tell(event, as_of=until + DAY, renewal={"n": n, "unit": unit})
    assert due(reading, "renewal") == str(until)
    if filed <= latest:
        assert reading["state"] == "deemed-renewed"
        assert finding(reading, "DEEMED_RENEWED")["on"] == str(until + DAY)
    else:
        assert (reading["state"], codes(reading)) == ("expired", ["RENEWAL_TOO_LATE", "VALIDITY_ENDED"])
    assert tell(event, as_of=until, renewal={"n": n, "unit": unit})["state"] == "renewal-pending"


@bounded
@given(DAYS, st.integers(2, 20), st.integers(0, 40))
def test_the_yellow_light_is_one_working_day_before_the_promise(accepted, n, later):
    as_of = accepted + later * DAY
    reading = tell(at(accepted, "accepted"), as_of=as_of, promised=wd(n))
    last = oracle.add_wd(accepted, n)
    yellow = oracle.sub_wd(last, 1)
    assert clock(reading, "promised")["yellow_from"] == str(yellow)
    assert ("PROMISE_NEAR" in codes(reading)) == (as_of >= yellow)
    assert ("PROMISE_OVERDUE" in codes(reading)) == (as_of > last)
    if as_of > last:
        assert finding(reading, "PROMISE_OVERDUE")["working_days"] == oracle.wd_between(last, as_of)


@bounded
@given(DAYS, st.integers(0, 40), st.sampled_from(["granted", "refused"]))
def test_service_and_publication_run_from_the_decision(day, later, outcome):
    as_of = day + later * DAY
    reading = tell(at(day, "decided", outcome=outcome), as_of=as_of)
    for clock_id, n, code in (
        ("delivery", 10, "DELIVERY_OVERDUE"),
        ("publication", 7, "PUBLICATION_OVERDUE"),
    ):
        last = oracle.add_wd(day, n)
        assert due(reading, clock_id) == str(last)
        assert (code in codes(reading)) == (as_of > last)
    assert due(reading, "general-disclosure") == str(oracle.add_wd(day, 20))


@bounded
@given(DAYS, st.integers(1, 30), st.integers(0, 60), st.sampled_from(["working_day", "calendar_day"]))
def test_a_public_notice_is_over_the_day_after_its_last_day_and_its_days_count(day, n, later, unit):
    as_of = day + later * DAY
    reading = tell(at(day, "accepted"), at(day, "publicity_started", n=n, unit=unit), as_of=as_of)
    last = oracle.add_wd(day, n) if unit == "working_day" else oracle.cd(day, n)
    assert due(reading, "publicity") == str(last)
    assert ("PUBLICITY_ENDED" in codes(reading)) == (as_of > last)
    assert due(reading) == str(oracle.add_wd(day, 20))


@bounded
@given(DAYS, st.integers(1, 30), st.integers(0, 60))
def test_a_public_notice_stops_the_clock_only_where_the_item_excludes_it_and_the_applicant_was_told(day, n, later):
    as_of = day + later * DAY
    told = at(day, "publicity_started", n=n, unit="working_day", notice_served_at=str(day))
    reading = tell(at(day, "accepted"), told, as_of=as_of, excluded=["publicity"])
    removed = oracle.wd_between(day, min(as_of, oracle.add_wd(day, n)))
    assert due(reading) == str(oracle.add_wd(day, 20 + removed))
    untold = at(day, "publicity_started", n=n, unit="working_day")
    assert due(tell(at(day, "accepted"), untold, as_of=as_of, excluded=["publicity"])) == str(oracle.add_wd(day, 20))


@bounded
@given(DAYS, st.integers(0, 30))
def test_the_right_to_be_heard_before_a_permit_is_taken_lapses_after_five_working_days(day, later):
    as_of = day + later * DAY
    reading = tell(at(day, "statement_invited"), as_of=as_of)
    last = oracle.add_wd(day, 5)
    assert due(reading, "statement") == str(last)
    assert ("STATEMENT_LAPSED" in codes(reading)) == (as_of > last)


@bounded
@given(st.dates(date(2025, 9, 1), date(2026, 12, 31)), st.integers(0, 400), st.integers(-3, 3))
def test_a_permit_expires_after_its_last_day_which_never_rolls(until, held, around):
    reading = tell(at(until - held * DAY, "permit_issued", valid_until=until), as_of=until + around * DAY)
    assert due(reading, "validity") == str(until) and reading["provisional"] is False
    assert (reading["state"] == "expired") == (around > 0) == ("VALIDITY_ENDED" in codes(reading))


@bounded
@given(DAYS)
def test_what_is_due_the_same_day_is_due_on_the_next_day_that_works(day):
    rules = {"promised": wd(0, **{"from": "received"})}
    assert due(tell(at(day, "received"), as_of=day, **rules), "promised") == str(oracle.roll(day))
