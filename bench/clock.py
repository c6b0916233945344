"""How fast the clocks are read: a case of twelve facts, all due dates, statuses and findings, one core.

    python -m bench.clock

Prints readings a second, and how many times longer a reading takes than a bare loop that only turns the
dates of the same twelve facts into day numbers. Takes about five seconds.
"""

from collections.abc import Callable
from datetime import datetime
from time import process_time

from workflow.definitions.limits import default_rules
from workflow.definitions.official_days import official_calendar
from workflow.engine.clocks import parse_facts, parse_rules, read_clocks

SECONDS, ROUNDS = 2.5, 12
BATCH = 200
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


def rate(work: Callable[[], object], seconds: float, rounds: int) -> float:
    """Return how often a second of processor time `work` runs: the least disturbed of several rounds."""
    rates = []
    for _ in range(rounds):
        done, started = 0, process_time()
        while (spent := process_time() - started) < seconds / rounds:
            for _ in range(BATCH):
                work()
            done += BATCH
        rates.append(done / spent)
    return max(rates)


def main() -> None:
    """Measure and print."""
    facts = parse_facts(list(STORY))
    rules = parse_rules({**default_rules()["expert-review"], "promised": {"n": 10, "unit": "working_day"}})
    calendar = official_calendar()
    readings = rate(lambda: read_clocks(rules, facts, calendar, AS_OF), SECONDS, ROUNDS)
    bare = rate(lambda: [fact.on.toordinal() for fact in facts], SECONDS, ROUNDS)
    print(f"facts in the case        {len(facts):>12}")
    print(f"readings a second        {readings:>12,.0f}")
    print(f"microseconds a reading   {1e6 / readings:>12.1f}")
    print(f"bare loops a second      {bare:>12,.0f}")
    print(f"bare loops in a reading  {bare / readings:>12.1f}")


if __name__ == "__main__":
    main()
