"""What the clocks say: findings, clocks, and the reading of all of them at one moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from workflow.engine.calendar import WorkingCalendar
from workflow.engine.vocabulary import CLOCK_IDS


class Finding(NamedTuple):
    """A deemed effect, an alert, or the refusal of a fact. on: the day it takes shape; text: Chinese."""

    code: str
    on: date
    law: str
    text: str
    refused: bool = False
    more: Mapping[str, Any] = MappingProxyType({})

    def to_json(self) -> dict[str, Any]:
        """Return code, on, law, text and what else proves it."""
        return {"code": self.code, "on": self.on.isoformat(), "law": self.law, "text": self.text, **self.more}


@dataclass(slots=True)
class Clock:
    """One period. starts: the day of the event, itself not counted. due: lawful until the end of that day.

    status: running | paused | met | expired | lapsed. removed_days: in the clock's own unit.
    rolls_from: the last day before it was moved to a working day; None for working-day periods.
    is_fixed: its end is a date somebody set, which no calendar moves.
    counted_by: the calendar it was counted by, if that was changed after the clock had ended.
    """

    id: str
    starts: date
    n: int
    unit: str
    due: date
    law: str
    rolls_from: date | None = None
    status: str = "running"
    ended_on: date | None = None
    removed_days: int = 0
    extended_by: int = 0
    provisional: bool = False
    yellow_from: date | None = None
    paused_since: date | None = None
    last_working_day: date | None = None
    removed: tuple[tuple[date, date, str], ...] = ()
    is_fixed: bool = False
    counted_by: WorkingCalendar | None = None

    @property
    def name(self) -> str:
        """Return the Chinese name."""
        return CLOCK_IDS[self.id]

    @property
    def is_open(self) -> bool:
        """Return True while the clock runs or is paused."""
        return self.ended_on is None and self.status in ("running", "paused")


class Passed(NamedTuple):
    """A clock that had ended when the calendar changed, and would have been due on another day.

    moment: when the calendar changed. What the clock brought about stays (recount.py).
    """

    moment: datetime
    clock: Clock
    would_be_due: date

    @property
    def is_other_effect(self) -> bool:
        """Return True if the end of the clock would have meant something else by the new calendar."""
        clock, due = self.clock, self.clock.due
        assert clock.ended_on is not None
        has_lapsed = clock.status == "lapsed"
        if clock.ended_on == due and (clock.status == "expired" or (has_lapsed and clock.id == "hearing-request")):
            return True  # silence had its effect the day after
        if has_lapsed:
            return False
        return (clock.ended_on <= due) is not (clock.ended_on <= self.would_be_due)


class Reading(NamedTuple):
    """All clocks of a case at one moment. accepted_by: clerk | resubmission | deemed | "".

    wakes: the days on which the reading changes though nobody acts.
    passed: what a later change of the calendar would have made different, had it been known.
    """

    state: str
    received_on: date | None
    accepted_on: date | None
    accepted_by: str
    clocks: tuple[Clock, ...]
    findings: tuple[Finding, ...]
    provisional: bool
    wakes: tuple[date, ...] = ()
    as_of: date | None = None
    passed: tuple[Passed, ...] = ()

    def clock(self, clock_id: str) -> Clock | None:
        """Return the clock of that id, or None."""
        return next((clock for clock in self.clocks if clock.id == clock_id), None)

    @classmethod
    def empty(cls) -> "Reading":
        """Return the reading of a case without facts."""
        return cls("none", None, None, "", (), (), False)
