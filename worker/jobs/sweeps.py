"""The one job: look for due work and do it."""

from celery import shared_task

from worker.office import delivery, office
from workflow.casework.now import now
from workflow.casework.outbox import BATCH, relay
from workflow.casework.tick import tick_due

ROUNDS_MAX = 50


@shared_task(name="banjian.sweep")  # type: ignore[untyped-decorator]
def sweep() -> None:
    """Let due clocks act, then work off the outbox, until nothing is due."""
    look()


def look() -> int:
    """Return how much was done. Safe in any number of threads and processes at once."""
    done = 0
    for _ in range(ROUNDS_MAX):
        found = tick_due(office(), now()) + relay(office(), now(), delivery(), limit=BATCH)
        done += found
        if found == 0:
            break
    return done
