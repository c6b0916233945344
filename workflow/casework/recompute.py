"""Count every open case anew after a change of the calendar: small lots, any number of helpers, safe to kill.

Each lot is one transaction that holds its few cases for some milliseconds and passes over cases somebody is
acting on. A case whose dates move gets an event, messages and its rows in the list of changes in that same
commit; one whose dates stay gets none. A case that cannot be counted is put aside and stops nobody.
"""

import logging
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.exc import DBAPIError, OperationalError

from workflow.casework.masking import mask_text
from workflow.casework.office import Office
from workflow.casework.views import case_facts
from workflow.engine.calendar import WorkingCalendar
from workflow.engine.calendar_change import EVENT, Notice, Recounted, message, passed_note, recount_case
from workflow.engine.case import CaseState
from workflow.engine.commands import SYSTEM, Context
from workflow.engine.decide import seal
from workflow.engine.model import Process
from workflow.store import calendars, recomputes
from workflow.store.connect import Connection, Row

log = logging.getLogger(__name__)

LOT = 40  # cases a transaction holds at once, for some 15 ms
MESSAGES_A_SECOND = 100.0  # told over time, so that today's documents do not wait behind a year's notice
WAIT_MAX_SECONDS = 900.0
START = (-1, 0)
Progress = Callable[[int, int], None]
Parts = dict[str, list[Mapping[str, Any]]]


@dataclass(slots=True)
class Total:
    """What a run did: cases looked at, cases whose dates moved, cases put aside."""

    seen: int = 0
    moved: int = 0
    aside: int = 0


@dataclass(slots=True)
class Change:
    """The way from what a case was counted under to what is in force, for all cases alike."""

    target: int
    calendar: WorkingCalendar
    spread_seconds: float = 0.0
    _before: dict[int, tuple[WorkingCalendar, tuple[Notice, ...]]] = field(default_factory=dict)

    @classmethod
    def pending(cls, connection: Connection) -> "Change":
        """Return the change to the newest version."""
        target, calendar = calendars.in_force(connection)
        spread = min(recomputes.waiting(connection) / MESSAGES_A_SECOND, WAIT_MAX_SECONDS)
        return cls(target, calendar, spread)

    def since(self, connection: Connection, version: int) -> tuple[WorkingCalendar, tuple[Notice, ...]]:
        """Return (the calendar when `version` was the newest, what was loaded since)."""
        found = self._before.get(version)
        if found is None:
            before = calendars.known_at(connection, version)[1]
            notices = tuple(
                Notice(it.id, it.year, it.digest, it.source, it.doc_no or "")
                for it in calendars.versions(connection, after=version)
                if it.id <= self.target
            )
            found = self._before[version] = (before, notices)
        return found


def recompute(office: Office, now: Callable[[], datetime], *, progress: Progress | None = None) -> Total:
    """Count every open case that is behind anew; return what was done. Safe to run twice and at once."""
    total = Total()
    if not _is_waiting(office):
        return total
    for lot in _lots(office, now, limit=None):
        total.seen, total.moved, total.aside = total.seen + lot.seen, total.moved + lot.moved, total.aside + lot.aside
        if progress:
            progress(total.seen, total.moved)
    return total


def recompute_due(office: Office, now: Callable[[], datetime], *, limit: int) -> int:
    """The same for at most `limit` cases, for sweeps; return how many were looked at. Costs little if none is behind."""
    if not _is_waiting(office):
        return 0
    return sum(lot.seen for lot in _lots(office, now, limit=limit))


def _is_waiting(office: Office) -> bool:
    with office.work() as connection:
        return recomputes.is_waiting(connection)


def waiting(office: Office) -> int:
    """Return how many open cases are not counted under the newest calendar yet."""
    with office.work() as connection:
        return recomputes.waiting(connection)


def _lots(office: Office, now: Callable[[], datetime], *, limit: int | None) -> Iterator[Total]:
    """Do lot after lot; go round again while a round found something, for cases others held."""
    with office.work() as connection:
        change = Change.pending(connection)
    left = limit if limit is not None else 1 << 62
    while left > 0:
        in_this_round = 0
        after = START
        while left > 0:
            done, after = _lot(office, change, now(), after, min(LOT, left))
            if done.seen == 0:
                break
            in_this_round += done.seen
            left -= done.seen
            yield done
        if in_this_round == 0:
            return


def _lot(
    office: Office, change: Change, now: datetime, after: tuple[int, int], limit: int
) -> tuple[Total, tuple[int, int]]:
    """Do one lot; return what was done and where to go on. If the database refuses it, find out whose fault it is."""
    try:
        return _try_lot(office, change, now, after, limit)
    except LotRefused as refused:
        if len(refused.rows) > 1:
            return _lot(office, change, now, after, 1)
        row = refused.rows[0]
        log.error("clocks could not be stored: %s: %s", row.case_no, refused)
        with office.work() as connection:
            recomputes.put_aside(connection, row.id, change.target, str(refused), now)
        return Total(1, 0, 1), (row.calendar_version, row.id)


class LotRefused(Exception):
    """The database refuses what was counted; a connection lost or a deadlock is not meant."""

    def __init__(self, rows: Sequence[Row], error: DBAPIError) -> None:
        self.rows = rows
        super().__init__(str(error.orig))


def _try_lot(
    office: Office, change: Change, now: datetime, after: tuple[int, int], limit: int
) -> tuple[Total, tuple[int, int]]:
    total = Total()
    with office.work() as connection:
        rows = recomputes.claim(connection, change.target, after, limit)
        parts: Parts = {"lot": [], "events": [], "outbox": [], "changes": []}
        for row in rows:
            total.seen += 1
            try:
                counted, process = count(connection, office, change, row, now)
                mine = _parts(change, row, counted, process)
            except DBAPIError:
                raise
            except Exception as error:  # a poison case must not stop the others; it is put aside and kept
                log.exception("clocks could not be counted anew: %s", row.case_no)
                recomputes.put_aside(
                    connection, row.id, change.target, mask_text(f"{type(error).__name__}: {error}"), now
                )
                total.aside += 1
                continue
            total.moved += counted.event is not None
            for name, part in mine.items():
                parts[name] += part
        if parts["lot"]:
            _write(connection, change, rows, parts, now)
    return total, (rows[-1].calendar_version, rows[-1].id) if rows else after


def _write(connection: Connection, change: Change, rows: Sequence[Row], parts: Parts, now: datetime) -> None:
    try:
        written = recomputes.write(connection, parts, change.target, now)
    except OperationalError:
        raise
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        raise LotRefused(rows, error) from error
    assert written.cases == len(parts["lot"]) and written.events == len(parts["events"]), "lost a lock"


def count(connection: Connection, office: Office, change: Change, row: Row, now: datetime) -> tuple[Recounted, Process]:
    """Return what the change does to one case, and its process."""
    process, terms = office.process(connection, row.process_digest), office.terms(connection, row.terms_digest)
    before, notices = change.since(connection, row.calendar_version)
    context = Context(now, change.calendar, SYSTEM)
    return recount_case(process, terms, CaseState.from_json(row.snapshot), before, context, notices), process


def _parts(change: Change, row: Row, counted: Recounted, process: Process) -> Parts:
    """Return what is to be written for one case."""
    moved = counted.event is not None
    events, case = seal(CaseState.from_json(row.snapshot), counted.decided, ()) if moved else ([], counted.case)
    facts = case_facts(case, counted.reading, process)
    seq = case.seq if moved else None
    dates = {
        "id": row.id,
        "was": row.version,
        "version": case.seq,
        "head": case.head if moved else None,
        "snapshot": case.to_json() if moved else None,
        "accepted_on": _text(facts.accepted_on),
        "statutory_due": _text(facts.statutory_due),
        "promised_due": _text(facts.promised_due),
        "task_due": _text(facts.task_due),
        "wake_at": _text(counted.wake_at),
    }
    return {
        "lot": [dates],
        "events": [{"case_id": row.id, "body": event} for event in events],
        "changes": [{"case_id": row.id, **entry} for entry in entries(counted, seq)],
        "outbox": [_message(change, row, counted, event) for event in events],
    }


def _text(day: Any) -> str | None:
    return None if day is None else day.isoformat()


def _message(change: Change, row: Row, counted: Recounted, event: Mapping[str, Any]) -> dict[str, Any]:
    """Tell the applicant, and whoever has the task: its holder, or the post if nobody holds it."""
    post, assignee = row.task or (None, None)
    to = ["applicant"] + ([post] if post and not assignee and post != "applicant" else [])
    people = [assignee] if assignee and assignee != row.owner else []
    notices = [Notice(**notice) for notice in event["data"]["effects"]["calendar"]["notices"]]
    body = {"to": to, "people": people, "action": EVENT, "title": message(counted.moved, notices)}
    wait = row.id % 1000 / 1000 * change.spread_seconds
    return {"case_id": row.id, "seq": event["seq"], "body": body, "wait": wait}


def entries(counted: Recounted, seq: int | None) -> list[dict[str, Any]]:
    """Return the rows of the before/after list, one a clock."""
    found = {one.clock: {**one.to_json(), "note": one.note, "seq": seq} for one in counted.moved}
    for passed in counted.passed:
        clock, note = passed.clock, passed_note(passed)
        if clock.id in found:
            known = found[clock.id]["note"]
            found[clock.id]["note"] = f"{known}；{note}" if known and note not in known else known or note
            continue
        found[clock.id] = {
            "clock": clock.id,
            "was_due": clock.due.isoformat(),
            "was_provisional": False,
            "due": passed.would_be_due.isoformat(),
            "provisional": False,
            "note": note,
            "seq": None,
        }
    return list(found.values())


def look_ahead(
    office: Office, change: Change, now: datetime, notice: Notice, *, most: int | None = None
) -> Iterator[tuple[str, Sequence[Mapping[str, Any]]]]:
    """Yield (case number, rows of the list) for every open case that a notice not yet loaded would touch.

    Reads only. Cases behind the newest version are compared with what they were last told. most: how many to look at.
    """
    after = START
    left = math.inf if most is None else most
    while left > 0:
        with office.work() as connection:
            connection.exec_driver_sql("set transaction read only")
            rows = recomputes.look(connection, change.target, after, int(min(left, 500)))
            for row in rows:
                before, notices = change.since(connection, row.calendar_version)
                process = office.process(connection, row.process_digest)
                terms = office.terms(connection, row.terms_digest)
                case = CaseState.from_json(row.snapshot)
                context = Context(now, change.calendar, SYSTEM)
                found = entries(recount_case(process, terms, case, before, context, [*notices, notice]), None)
                if found:
                    yield row.case_no, found
        if not rows:
            return
        left -= len(rows)
        after = (rows[-1].calendar_version, rows[-1].id)
