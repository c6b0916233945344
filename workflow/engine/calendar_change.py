"""What a change of the calendar does to one case: which due dates move, and the event that says so. Pure.

The dates themselves need no event: clocks are always read anew (ADR 0007), and recount.py says how a case
lives through a change. The event is there for people and for the trail: what was told before, what holds now.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from workflow.engine.calendar import WorkingCalendar
from workflow.engine.case import CaseState, apply
from workflow.engine.commands import SYSTEM, Context
from workflow.engine.decide import Decided, read, sleeps_until, tick
from workflow.engine.model import Process, Terms
from workflow.engine.reading import Clock, Passed, Reading
from workflow.engine.vocabulary import CLOCK_IDS

EVENT = "calendar-changed"
LAW = "行政许可法 第八十二条"
NO_LONGER_LATE = "原已超期，作出的预警保留在记录中；按新安排尚未届满"
ALREADY_OVER = "按新安排已经届满"


@dataclass(frozen=True, slots=True)
class Notice:
    """One loaded schedule as an event cites it. digest: sha256 (hex) of its days."""

    version: int
    year: int
    digest: str
    source: str
    doc_no: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON data."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Moved:
    """A due date before and after. note: what people should know besides, "" if nothing."""

    clock: str
    was_due: date
    was_provisional: bool
    due: date
    provisional: bool
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON data."""
        return {
            "clock": self.clock,
            "was_due": self.was_due.isoformat(),
            "was_provisional": self.was_provisional,
            "due": self.due.isoformat(),
            "provisional": self.provisional,
        }

    @property
    def text(self) -> str:
        """Return the change as a sentence for people."""
        name = CLOCK_IDS[self.clock]
        was = f"{self.was_due.isoformat()}{'（暂定）' if self.was_provisional else ''}"
        if self.due == self.was_due:
            return f"{name}期限{was}{'暂定' if self.provisional else '确定'}"
        return f"{name}期限由{was}改为{self.due.isoformat()}{'（暂定）' if self.provisional else ''}"


@dataclass(frozen=True, slots=True)
class Recounted:
    """A case after the change: its reading, the dates that moved, what would have been different before.

    event: not yet sealed; None if no date moved. wake_at: when the clocks may act by themselves.
    """

    case: CaseState
    reading: Reading
    moved: tuple[Moved, ...]
    passed: tuple[Passed, ...]
    event: dict[str, Any] | None
    wake_at: datetime | None

    @property
    def decided(self) -> Decided:
        """Return it in the shape that seal() takes."""
        return Decided((self.event,) if self.event else (), self.case, self.reading)


def recount_case(
    process: Process,
    terms: Terms,
    case: CaseState,
    before: WorkingCalendar,
    context: Context,
    notices: Sequence[Notice],
) -> Recounted:
    """Return what changes for a case that was last counted by `before` and is counted by context.calendar now.

    notices: what was loaded in between, oldest first; never empty.
    """
    acts = tick(process, terms, case, context)
    now = read(terms, case, context) if acts.events else acts.reading
    wake_at = context.now if acts.events else sleeps_until(acts.case, now, context.now)
    was = read(terms, case, Context(context.now, before, SYSTEM))
    moved = tuple(_moved(was, now))
    passed = tuple(
        found
        for found in now.passed
        if found.is_other_effect and found.moment in {known.moment for known in _since(before, context.calendar)}
    )
    if not moved:
        return Recounted(case, now, (), passed, None, wake_at)
    event = _event(case, context, moved, notices)
    return Recounted(apply(case, event), now, moved, passed, event, wake_at)


def _since(before: WorkingCalendar, now: WorkingCalendar) -> Sequence[Any]:
    return now.earlier[len(before.earlier) :]


def _moved(was: Reading, now: Reading) -> list[Moved]:
    found = []
    for clock in now.clocks:
        old = was.clock(clock.id)
        if old is None or (old.ended_on is not None and clock.ended_on is not None):
            continue
        if (old.due, old.provisional) != (clock.due, clock.provisional):
            found.append(Moved(clock.id, old.due, old.provisional, clock.due, clock.provisional, _note(old, clock)))
    return found


def _note(old: Clock, clock: Clock) -> str:
    if old.status == "expired" and clock.status != "expired":
        return NO_LONGER_LATE
    if clock.status == "expired" and old.status != "expired":
        return ALREADY_OVER
    return ""


def passed_note(passed: Passed) -> str:
    """Return, for people, what would have been different and that it stays."""
    clock = passed.clock
    name, due, would = CLOCK_IDS[clock.id], clock.due.isoformat(), passed.would_be_due.isoformat()
    assert clock.ended_on is not None
    return f"{name}已于{clock.ended_on.isoformat()}结束，当时到期日{due}；按新安排应为{would}。已经发生的效力不变"


def _event(case: CaseState, context: Context, moved: Sequence[Moved], notices: Sequence[Notice]) -> dict[str, Any]:
    """Return the event of this change; it leaves the case where it is."""
    effects = {
        "law": LAW,
        "calendar": {"version": notices[-1].version, "notices": [notice.to_json() for notice in notices]},
        "dues": [one.to_json() for one in moved],
    }
    return {
        "case_no": case.case_no,
        "seq": case.seq + 1,
        "type": EVENT,
        "at": context.now.isoformat(),
        "actor": {"id": SYSTEM.id, "name": SYSTEM.name, "post": SYSTEM.id},
        "from": case.state,
        "to": case.state,
        "data": {"effects": effects},
        "prev_hash": case.head,
        "hash": "",
    }


def message(moved: Sequence[Moved], notices: Sequence[Notice]) -> str:
    """Return what the people concerned are told."""
    cited = "、".join(dict.fromkeys(notice.doc_no or notice.source for notice in notices))
    return f"节假日安排有变（{cited}），{'；'.join(one.text for one in moved)}"
