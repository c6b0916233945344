"""What the law does when nobody acts: find cases whose clocks are due, and let decide.tick() speak.

Level-triggered: the stored wake-up time only says where to look; the clocks are read again and overrule it.
"""

import logging
from datetime import datetime

from workflow.casework import permit_life
from workflow.casework.follow import record
from workflow.casework.locked import lock_of
from workflow.casework.logs import about
from workflow.casework.masking import mask_text
from workflow.casework.office import Office
from workflow.engine.commands import CLOCK, Context
from workflow.engine.decide import sleeps_until, tick
from workflow.store import cases, queues

log = logging.getLogger(__name__)

BATCH = 100
ATTEMPTS_MAX = 5
BACK_OFF = (1, 5, 30, 120)  # seconds after the first, second, ... failure


def tick_due(office: Office, now: datetime, *, limit: int = BATCH) -> int:
    """Let every due case act, one transaction each; return how many were looked at.

    A case that fails is tried again later and put aside after ATTEMPTS_MAX; it never stops the rest.
    """
    looked_at = 0
    while looked_at < limit:
        with office.work() as connection:
            case_no = queues.claim_due_case(connection, now)
            if case_no is None:
                break
        looked_at += 1
        with about(case_no=case_no):
            _try(office, case_no, now)
    return looked_at


def _try(office: Office, case_no: str, now: datetime) -> None:
    try:
        events = tick_case(office, case_no, now)
        log.info("clocks looked at", extra={"events": events})
    except Exception as error:  # a poison case must not stop the others; it is counted and kept
        log.exception("clock action failed")
        with office.work() as connection:
            queues.put_case_back(
                connection, case_no, now, mask_text(f"{type(error).__name__}: {error}"), ATTEMPTS_MAX, BACK_OFF
            )


def tick_case(office: Office, case_no: str, now: datetime) -> int:
    """Let the clocks of one case act up to now; return how many events that made. Safe to run twice."""
    with office.work() as connection:
        row = cases.lock(connection, case_no, CLOCK.id, now.date(), None)
        if row is None:
            return 0
        locked = lock_of(connection, office, row)
        context = Context(
            now,
            office.calendar(connection, row.calendar_version),
            CLOCK,
            humans=office.humans(connection, row.link_version),
        )
        decided = tick(locked.process, locked.terms, locked.case, context)
        if decided.events:
            record(connection, office, locked, decided, now, person=CLOCK.id)
            if locked.kind == "permit":
                permit_life.project(connection, locked.id, decided.case)
        else:
            queues.sleep_until(connection, row.id, sleeps_until(decided.case, decided.reading, now))
    return len(decided.events)
