"""What holds for every story: silence acts by date, alerts stay, nothing changes between two wake-ups."""

from datetime import date, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from workflow.definitions.limits import default_rules
from workflow.engine.clocks import next_wake, parse_facts, parse_rules, read_clocks, refusals_of
from workflow.engine.dates import SHANGHAI
from workflow.engine.facts import parse_fact

from .bounded import bounded
from .telling import CALENDAR, at, wd

DAY = timedelta(days=1)
FIRST = date(2026, 2, 2)
GIVEN = {
    "received": {},
    "correction_requested": {},
    "resubmitted": {"complete": True},
    "accepted": {},
    "tolerantly_accepted": {},
    "commitment_signed": {"form": "materials"},
    "suspended": {"ground": "testing"},
    "resumed": {},
    "extension_approved": {"by": "department-head", "reason_notified": True},
    "hearing_rights_served": {},
    "hearing_requested": {},
    "hearing_waived": {},
    "hearing_notice_served": {"hearing_on": "2026-04-15"},
    "hearing_record_signed": {},
    "rectification_ordered": {"days": 10},
    "rectified": {},
    "visit_started": {},
    "site_visited": {},
    "decided": {"outcome": "granted"},
    "delivered": {},
    "published": {},
    "supplemented": {},
    "renewal_filed": {"valid_until": "2026-04-04"},
    "withdrawn": {},
}
RULES = parse_rules(
    {
        **default_rules()["on-site"],
        "promised": wd(12),
        "commitment_supplement": wd(15),
        "excluded": ["testing", "hearing", "on-site", "rectification"],
    }
)


def midnight(day):
    return datetime.combine(day, time.min, SHANGHAI)


@st.composite
def stories(draw):
    """Any facts in any order: most make no sense, and the clocks must bear them all."""
    day, events = FIRST, [at(FIRST, "received")]
    for kind in draw(st.lists(st.sampled_from(sorted(GIVEN)), max_size=7)):
        day += draw(st.integers(0, 14)) * DAY
        more = dict(GIVEN[kind])
        if kind in ("suspended", "visit_started") and draw(st.booleans()):
            more |= {
                "notice_served_at": str(day + draw(st.integers(0, 2)) * DAY),
                "notified_days": draw(st.integers(1, 9)),
            }
        events.append(at(day, kind, **more))
    return events


def read(events, day):
    return read_clocks(RULES, parse_facts(events), CALENDAR, midnight(day))


def essence(reading):
    """What people and rules look at: not the count of days overdue, nor a paused clock's moving date."""
    return (
        reading.state,
        reading.accepted_on,
        reading.accepted_by,
        [(clock.id, clock.starts, clock.status, clock.status == "paused" or clock.due) for clock in reading.clocks],
        [(found.code, found.on, found.refused) for found in reading.findings],
    )


@bounded
@given(stories())
def test_nothing_changes_between_two_wake_ups(events):
    day, wakes = date.fromisoformat(events[-1]["at"]), 0
    for _ in range(120):
        reading = read(events, day)
        wake = next_wake(reading, midnight(day))
        tomorrow = read(events, day + DAY)
        if wake is not None and wake.date() == day + DAY:
            wakes += 1
        else:
            assert essence(tomorrow) == essence(reading), f"{day + DAY} was not foreseen"
        day += DAY
    assert wakes <= 12  # a case does not keep the office awake every day


@bounded
@given(stories())
def test_findings_stay_once_they_arose(events):
    day = date.fromisoformat(events[-1]["at"])
    seen = set()
    for _ in range(60):
        now = {(found.code, found.on) for found in read(events, day).findings}
        assert seen <= now
        seen, day = now, day + DAY


@bounded
@given(stories())
def test_the_findings_of_a_part_stay_in_the_whole(events):
    seen = set()
    for count in range(1, len(events) + 1):
        facts = parse_facts(events[:count])
        now = {(found.code, found.on) for found in read_clocks(RULES, facts, CALENDAR, facts[-1].at).findings}
        assert seen <= now
        seen = now


@bounded
@given(stories())
def test_silence_acts_alike_whether_looked_at_daily_or_once(events):
    """Resuming what was never suspended does nothing, but makes the clocks look at every day in between."""
    last = date.fromisoformat(events[-1]["at"]) + 60 * DAY
    looks = [at(FIRST + n * DAY, "resumed", ground="quarantine") for n in range((last - FIRST).days)]
    once = read(events, last)
    if once.state in ("withdrawn", "returned", "terminated", "expired", "deemed-renewed"):
        looks = [
            look for look in looks if look["at"] < str(min(f.on for f in once.findings) if once.findings else FIRST)
        ]
    daily = read(events + looks, last)
    strip = [found for found in daily.findings if found.code != "CASE_ENDED"]
    kept = [found for found in once.findings if found.code != "CASE_ENDED"]
    assert (daily.state, daily.clocks, strip) == (once.state, once.clocks, kept)


@bounded
@given(stories())
def test_a_refused_fact_changes_nothing_but_leaves_its_finding(events):
    facts = parse_facts(events)
    for count in range(1, len(facts)):
        refusals = refusals_of(RULES, facts[:count], facts[count], CALENDAR)
        if refusals:
            as_of = facts[count].at
            without = read_clocks(RULES, facts[:count], CALENDAR, as_of)
            with_it = read_clocks(RULES, facts[: count + 1], CALENDAR, as_of)
            assert (with_it.state, with_it.clocks) == (without.state, without.clocks)
            assert set(map(repr, refusals)) <= set(map(repr, with_it.findings))


@bounded
@given(stories())
def test_every_reading_is_coherent(events):
    reading = read(events, date.fromisoformat(events[-1]["at"]) + 30 * DAY)
    for clock in reading.clocks:
        assert clock.status in ("running", "paused", "met", "expired", "lapsed")
        assert (clock.ended_on is None) == (clock.status in ("running", "paused")) or clock.status == "expired"
        assert clock.unit != "working_day" or clock.n == 0 or CALENDAR.is_working(clock.due)
        assert clock.status != "met" or (clock.ended_on is not None and clock.ended_on <= clock.due)
        assert clock.law
    for found in reading.findings:
        assert found.text and found.law and not found.text.isascii()
    assert [found.on for found in reading.findings] == sorted(found.on for found in reading.findings)


def test_asking_whether_a_fact_would_be_refused_gives_reasons_or_nothing():
    facts = parse_facts([at("2026-02-11", "accepted")])
    good = parse_fact(at("2026-03-16", "extension_approved", by="department-head", reason_notified=True))
    bad = parse_fact(at("2026-03-18", "extension_approved", by="approver"))
    assert refusals_of(RULES, facts, good, CALENDAR) == ()
    found = [finding.code for finding in refusals_of(RULES, facts, bad, CALENDAR)]
    assert found == ["EXTENSION_AFTER_EXPIRY", "WRONG_APPROVER", "EXTENSION_REASON_NOT_NOTIFIED"]


def test_no_facts_is_a_case_that_has_not_begun():
    reading = read_clocks(RULES, (), CALENDAR, midnight(FIRST))
    assert (reading.state, reading.clocks, next_wake(reading, midnight(FIRST))) == ("none", (), None)
