"""Look at every case that has moved on, or on which a day has passed: measure it, raise its alerts, sum up.

Level-triggered: what has changed is found by comparing versions, so it may run twice, be killed and be late. It writes
its own tables only (ADR 0040), never a case.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Engine

from workflow.engine.calendar import WorkingCalendar
from workflow.engine.case import CaseState
from workflow.engine.clocks import parse_facts, parse_rules, read_clocks
from workflow.engine.errors import BanjianError
from workflow.engine.model import Process, Terms
from workflow.oversight import bunching, rollups
from workflow.oversight.alerts import Rule, alert_rules, raise_all
from workflow.oversight.look import Look
from workflow.oversight.measure import measure, steps
from workflow.store import calendars, definitions
from workflow.store import oversight as stored
from workflow.store.connect import Connection, Row, transaction

log = logging.getLogger(__name__)
LOT = 200
CATCH_UP_CASES, CATCH_UP_DAYS = 100, 31  # what a page may wait for
TERMS_KEPT = 5000


@dataclass(slots=True)
class Observer:
    """Looks for one process; keeps what never changes once read."""

    engine: Engine
    rules: Sequence[Rule] = field(default_factory=alert_rules)
    _processes: dict[str, Process] = field(default_factory=dict)
    _terms: dict[str, Terms] = field(default_factory=dict)
    _calendars: dict[int, WorkingCalendar] = field(default_factory=dict)

    def observe(self, now: datetime, *, limit: int = 1 << 62, everything: bool = False) -> int:
        """Look at up to `limit` cases; return how many. everything: search all cases, not only those with new events."""
        total = 0
        while total < limit:
            with transaction(self.engine) as connection:
                if not stored.take_turn(connection):
                    return total
                ids = self._moved_on(connection, now, min(LOT, limit - total), everything=everything)
                if not ids:
                    ids = stored.stale(connection, now.date(), min(LOT, limit - total))
                    self._look_at(connection, ids, now)
                if not ids and not rollups.make(connection):
                    bunching.raise_for(connection, self.rules, now)
                    return total
            total += len(ids)
        return total

    def catch_up(self, now: datetime) -> int:
        """Look at what has just happened, in one short turn; return how many cases.

        A backlog, cases on which only a day has passed, and what shows only across cases are left to observe().
        """
        with transaction(self.engine) as connection:
            if not stored.take_turn(connection):
                return 0
            ids = self._moved_on(connection, now, CATCH_UP_CASES, everything=False)
            rollups.make(connection, limit=CATCH_UP_DAYS)
        return len(ids)

    def _moved_on(self, connection: Connection, now: datetime, limit: int, *, everything: bool) -> Sequence[int]:
        """Look at cases that have events their measures do not know; return which. If none has, remember that."""
        ids = stored.changed(connection, None if everything else stored.mark(connection), limit)
        self._look_at(connection, ids, now)
        if not ids:
            stored.put_mark(connection, now)
        return ids

    def _look_at(self, connection: Connection, ids: Sequence[int], now: datetime) -> None:
        if not ids:
            return
        measures, stays = [], []
        for row in stored.rows(connection, ids):
            try:
                look = self.look(connection, row, now)
                raise_all(connection, self.rules, look, now)
                measures.append(measure(look))
                stays += steps(look)
            except BanjianError:  # one case that cannot be read stops nobody
                log.exception("case could not be measured", extra={"case_no": row.case_no})
                measures.append(_unreadable(row, now))
        stored.put(connection, measures, stays)

    def look(self, connection: Connection, row: Row, now: datetime) -> Look:
        """Return the case with its clocks as they stand now, or as its last event left them if it has ended."""
        case = CaseState.from_json(row.snapshot)
        process, terms = self._process(connection, row.process_digest), self._terms_of(connection, row.terms_digest)
        calendar = self._calendar(connection)
        ended = bool(process.states[case.state].ends)
        moment = datetime.fromisoformat(row.events[-1]["at"]) if ended else now
        reading = read_clocks(parse_rules(terms.rules, key=terms.digest), parse_facts(case.facts), calendar, moment)
        return Look(row, case, row.events, reading, process, terms, calendar, now.date(), row.assignee)

    def _process(self, connection: Connection, digest: str) -> Process:
        if digest not in self._processes:
            self._processes[digest] = definitions.load_process(connection, digest)
        return self._processes[digest]

    def _terms_of(self, connection: Connection, digest: str) -> Terms:
        if digest not in self._terms:
            if len(self._terms) >= TERMS_KEPT:
                self._terms.clear()
            self._terms[digest] = definitions.load_terms(connection, digest)
        return self._terms[digest]

    def _calendar(self, connection: Connection) -> WorkingCalendar:
        newest = connection.exec_driver_sql("select coalesce(max(id), 0) from calendar_versions").scalar_one()
        if newest not in self._calendars:
            self._calendars = {newest: calendars.in_force(connection)[1]}
        return self._calendars[newest]


def _unreadable(row: Row, now: datetime) -> dict[str, object]:
    """Return a measure that says nothing but that the case was looked at."""
    return {
        "case_id": row.id,
        "version": row.version,
        "head": row.events[-1]["hash"],
        "looked_on": now.date(),
        "kind": "unreadable",
        "service": "",
        "item_code": row.item_code,
        "process": row.process,
        "department": row.department,
        "applicant": "",
        "operation": "",
        "is_open": False,
        "is_deemed": False,
        "decided_by": "",
        "ended_as": "",
        "office_days": 0,
        "applicant_days": 0,
        "paused_days": 0,
        "paused": {},
        "corrections": 0,
        "hearings": 0,
        "is_extended": False,
    }
