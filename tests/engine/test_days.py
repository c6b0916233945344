"""The days of a clock, told one by one: a person counting along with a finger arrives at the due date."""

import random
from datetime import date, timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from . import oracle
from .bounded import bounded
from .telling import at, cd, clock, due, paused, tell, wd

DAY = timedelta(days=1)
DAYS = st.dates(date(2025, 1, 1), date(2026, 6, 30))
GROUNDS = ["expert-review", "testing", "inspection"]
REASONS = ("周末", "元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节")


@st.composite
def stories(draw):
    """A case accepted, paused up to three times, perhaps extended, perhaps decided: one fact a moment."""
    accepted = draw(DAYS)
    moments = iter(range(8, 20))
    events = [at(f"{accepted}T{next(moments):02}:00", "accepted")]
    for ground in draw(st.lists(st.sampled_from(GROUNDS), unique=True, max_size=3)):
        begun = accepted + draw(st.integers(0, 12)) * DAY
        ended = begun + draw(st.integers(0, 25)) * DAY
        events.append(paused(f"{begun}T{next(moments):02}:00", ground))
        events.append(at(f"{ended}T{next(moments):02}:00", "resumed", ground=ground))
    if draw(st.booleans()):
        day = accepted + draw(st.integers(0, 15)) * DAY
        told = {"by": "department-head", "reason_notified": True}
        events.append(at(f"{day}T{next(moments):02}:00", "extension_approved", **told))
    if draw(st.booleans()):
        day = accepted + draw(st.integers(0, 90)) * DAY
        events.append(at(f"{day}T{next(moments):02}:00", "decided", outcome="granted"))
    return events


def last_day(events):
    return date.fromisoformat(max(event["at"] for event in events)[:10])


@bounded
@given(stories(), st.integers(0, 40))
def test_the_counted_days_number_the_limit_and_its_extension_and_the_last_is_the_due_date(events, later):
    reading = tell(*events, as_of=last_day(events) + later * DAY, decision=wd(20), promised=wd(15))
    for entry in reading["clocks"]:
        days = entry["days"]
        starts, due_on = date.fromisoformat(entry["starts"]), date.fromisoformat(entry["due"])
        span = (due_on - starts).days
        assert [day["date"] for day in days] == [str(starts + n * DAY) for n in range(1, span + 1)]
        numbers = [day["n"] for day in days if day["counted"]]
        assert numbers == list(range(1, entry["n"] + entry.get("extended_by", 0) + 1))
        removed = [day for day in days if not day["counted"] and day["why"].startswith("暂停:")]
        assert len(removed) == entry["removed_days"]
        assert days[-1]["counted"] or days[-1] in removed
        assert all(oracle.works(date.fromisoformat(day["date"])) for day in removed)


@bounded
@given(DAYS, st.integers(1, 60))
def test_every_day_that_does_not_count_says_why_and_only_make_up_days_are_remarked_on(accepted, n):
    for day in clock(tell(at(accepted, "accepted"), as_of=accepted, decision=wd(n)), "statutory")["days"]:
        here = date.fromisoformat(day["date"])
        assert day["counted"] == oracle.works(here)
        if day["counted"]:
            assert day.get("why") == ("调休上班" if here.weekday() >= 5 else None)
        else:
            assert day["why"] in REASONS and "n" not in day


@bounded
@given(DAYS, st.integers(1, 90))
def test_a_period_in_calendar_days_counts_every_day_and_names_the_days_it_rolls_over(accepted, n):
    days = clock(tell(at(accepted, "accepted"), as_of=accepted, decision=cd(n)), "statutory")["days"]
    assert [day["n"] for day in days[:n]] == list(range(1, n + 1))
    assert all(not day["counted"] and day["why"] == "期满日顺延" for day in days[n:])
    assert days[-1]["date"] == str(oracle.cd(accepted, n))


@bounded
@given(stories(), st.integers(0, 2**32))
def test_facts_told_in_any_order_give_the_same_answer(events, seed):
    assume(len({event["at"] for event in events}) == len(events))
    shuffled = random.Random(seed).sample(events, len(events))
    as_of = last_day(events) + 30 * DAY
    assert tell(*shuffled, as_of=as_of, promised=wd(10)) == tell(*events, as_of=as_of, promised=wd(10))


@bounded
@given(stories(), st.integers(0, 60), st.integers(1, 400))
def test_a_clock_that_has_ended_is_the_same_at_every_later_reading(events, soon, later):
    early = tell(*events, as_of=last_day(events) + soon * DAY, promised=wd(10))
    late = tell(*events, as_of=last_day(events) + (soon + later) * DAY, promised=wd(10))
    ended = [entry for entry in early["clocks"] if entry["ended_on"] is not None]
    assert [clock(late, entry["id"]) for entry in ended] == ended


@bounded
@given(DAYS, st.integers(0, 30), st.integers(1, 20), st.integers(1, 15))
def test_an_extended_and_paused_limit_is_the_sum_of_all_three(accepted, until_pause, pause, extra):
    begun = accepted + until_pause * DAY
    ended = begun + pause * DAY
    extended = min(oracle.add_wd(accepted, 20), begun)
    assume(begun <= oracle.add_wd(accepted, 20 + extra))
    events = (
        at(accepted, "accepted"),
        at(extended, "extension_approved", by="department-head", reason_notified=True),
        paused(begun),
        at(ended, "resumed"),
    )
    rules = {"decision": wd(20), "extension": wd(extra)}
    removed = oracle.wd_between(begun, ended)
    assert due(tell(*events, as_of=ended, **rules)) == str(oracle.add_wd(accepted, 20 + extra + removed))
