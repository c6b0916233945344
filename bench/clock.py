"""How fast the clocks are read: a case of twelve facts, all due dates, statuses and findings, one core.

    .venv/bin/python -m bench.clock

Beside it a bare loop of comparable work: the same seven due dates of the same story, worked out in a straight line by
somebody who knows the story already, on the same calendar. Both in turns; printed is the least disturbed round.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from time import process_time

from workflow.definitions.limits import default_rules
from workflow.definitions.official_days import official_calendar
from workflow.engine.calendar import WorkingCalendar, plain_end
from workflow.engine.clocks import parse_facts, parse_rules, read_clocks
from workflow.engine.facts import Fact

ROUNDS, SECONDS, BATCH = 12, 0.2, 100
PROMISED = 10
STORY = (
    {"type": "received", "at": "2026-03-02T10:00"},
    {"type": "correction_requested", "at": "2026-03-05T10:00"},
    {"type": "resubmitted", "at": "2026-03-10T09:00", "complete": True},
    {"type": "suspended", "at": "2026-03-12", "ground": "expert-review", "notice_served_at": "2026-03-12"},
    {"type": "suspended", "at": "2026-03-19", "ground": "testing", "notice_served_at": "2026-03-19"},
    {"type": "resumed", "at": "2026-03-20", "ground": "expert-review"},
    {"type": "resumed", "at": "2026-03-25", "ground": "testing"},
    {"type": "site_visited", "at": "2026-03-27", "officers": 2},
    {"type": "extension_approved", "at": "2026-04-02", "by": "department-head", "reason_notified": True},
    {"type": "decided", "at": "2026-04-08", "outcome": "granted"},
    {"type": "published", "at": "2026-04-10"},
    {"type": "delivered", "at": "2026-04-13"},
)
AS_OF = datetime.fromisoformat("2026-04-20T09:00:00+08:00")


def by_hand(facts: Sequence[Fact], calendar: WorkingCalendar) -> dict[str, tuple[date, str]]:
    """Return {clock: (due, status)} of the story: no rules, no refusals, no findings, no other story."""
    received, asked, resubmitted, review, testing, review_over, testing_over, _, _, decided, published, delivered = (
        fact.on for fact in facts
    )
    add, between = calendar.add_working_days, calendar.working_days_between
    stopped = between(min(review, testing), max(review_over, testing_over))
    dues = {
        "correction": (add(received, 5), asked),
        "resubmission": (calendar.roll_forward(plain_end(asked, 30, "calendar_day")), resubmitted),
        "statutory": (add(resubmitted, 20 + 10 + stopped), decided),
        "promised": (add(resubmitted, PROMISED + stopped), decided),
        "delivery": (add(decided, 10), delivered),
        "publication": (add(decided, 7), published),
        "general-disclosure": (add(decided, 20), published),
    }
    return {name: (due, "met" if on <= due else "expired") for name, (due, on) in dues.items()}


def rate(work: Callable[[], object]) -> float:
    """Return how often a second of processor time `work` runs."""
    done, started = 0, process_time()
    while (spent := process_time() - started) < SECONDS:
        for _ in range(BATCH):
            work()
        done += BATCH
    return done / spent


def main() -> None:
    """Measure and print."""
    facts = parse_facts(list(STORY))
    rules = parse_rules({**default_rules()["expert-review"], "promised": {"n": PROMISED, "unit": "working_day"}})
    calendar = official_calendar()
    reading = read_clocks(rules, facts, calendar, AS_OF)
    assert {clock.id: (clock.due, clock.status) for clock in reading.clocks} == by_hand(facts, calendar)
    rounds = [
        (rate(lambda: read_clocks(rules, facts, calendar, AS_OF)), rate(lambda: by_hand(facts, calendar)))
        for _ in range(ROUNDS)
    ]
    readings, bare = (max(column) for column in zip(*rounds, strict=True))
    print(f"facts in the case        {len(facts):>10}")
    print(f"readings a second        {readings:>10,.0f}")
    print(f"microseconds a reading   {1e6 / readings:>10.1f}")
    print(f"bare loops a second      {bare:>10,.0f}")
    print(f"bare loops in a reading  {bare / readings:>10.1f}")


if __name__ == "__main__":
    main()
