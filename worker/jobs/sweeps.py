"""The jobs: look for due work and do it; count every open case anew when the calendar has changed."""

import logging

from celery import shared_task

from worker.office import channels, delivery, endpoints, office
from workflow.casework.certificates import issue_missing
from workflow.casework.deliveries import send_due
from workflow.casework.disclosure import withdraw_annulled
from workflow.casework.logins import forget_old_logins
from workflow.casework.now import now
from workflow.casework.outbox import BATCH, relay
from workflow.casework.ratings import tell_late
from workflow.casework.recompute import recompute, recompute_due
from workflow.casework.reminders import remind_due
from workflow.casework.sessions import forget_old_sessions
from workflow.casework.tick import tick_due
from workflow.casework.webhooks import call_due

log = logging.getLogger(__name__)
ROUNDS_MAX = 50
RECOUNTED_A_ROUND = 200  # open cases, so that clocks and documents of the day have their turn


@shared_task(name="banjian.sweep")  # type: ignore[untyped-decorator]
def sweep() -> None:
    """Let due clocks act, then work off the outbox, until nothing is due."""
    look()


@shared_task(name="banjian.recompute")  # type: ignore[untyped-decorator]
def recount() -> None:
    """Count every open case that is behind the newest calendar anew; several workers share the cases."""
    recompute(office(), now)


@shared_task(name="banjian.tidy")  # type: ignore[untyped-decorator]
def tidy() -> None:
    """Delete sessions, places and counts nobody needs any more; make certificates that are missing. Nothing waits for it."""
    forget_old_sessions(office(), now())
    forget_old_logins(office(), now())
    for line in issue_missing(office(), now())[1]:
        log.error("certificate cannot be issued: %s", line)


def look() -> int:
    """Return how much was done. Safe in any number of threads and processes at once."""
    done = 0
    for _ in range(ROUNDS_MAX):
        found = tick_due(office(), now()) + remind_due(office(), now())
        found += relay(office(), now(), delivery(), limit=BATCH, channels=tuple(channels()), endpoints=endpoints())
        found += send_due(office(), now(), channels()) + call_due(office(), now(), endpoints())
        found += withdraw_annulled(office(), now()) + tell_late(office(), now())
        found += recompute_due(office(), now, limit=RECOUNTED_A_ROUND)
        done += found
        if found == 0:
            break
    return done
