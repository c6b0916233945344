"""Jobs of supervision: look at what has changed, and prove now and then that the sums are what a recomputation gives."""

import logging
import threading
import time
from functools import cache

from celery import shared_task

from worker.office import office
from workflow.casework.now import now
from workflow.oversight import rollups
from workflow.oversight.observe import Observer
from workflow.store.connect import transaction

log = logging.getLogger(__name__)
PERIOD_SECONDS = 20.0
CASES_A_TURN = 500  # so that clocks and papers of the day have their turn
_turn = threading.Lock()
_last = -PERIOD_SECONDS


@cache
def observer() -> Observer:
    """Return this process's observer."""
    return Observer(office().engine)


@shared_task(name="banjian.oversee")  # type: ignore[untyped-decorator]
def oversee() -> None:
    """Measure, raise alerts and sum up for every case that has changed."""
    observer().observe(now())


@shared_task(name="banjian.check-sums")  # type: ignore[untyped-decorator]
def check_sums() -> int:
    """Search every case for what was missed, then hold the sums against a recomputation; return how many differ.

    What differs is told in the log and made anew with the next turn.
    """
    observer().observe(now(), everything=True)
    with transaction(office().engine) as connection:
        found = rollups.differences(connection)
        if found:
            rollups.mend(connection)
    for row in found:
        log.error("sum differs from its recomputation: %s", tuple(row))
    return len(found)


def oversee_now_and_then() -> None:
    """Do so for some cases, at most every PERIOD_SECONDS: beat or no beat."""
    global _last  # noqa: PLW0603  one clock a process
    if not _turn.acquire(blocking=False):
        return
    try:
        if time.monotonic() - _last >= PERIOD_SECONDS:
            observer().observe(now(), limit=CASES_A_TURN)
            _last = time.monotonic()
    finally:
        _turn.release()
