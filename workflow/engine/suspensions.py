"""Suspensions as a union of half-open spans (start, end], and the due date that follows from them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from workflow.engine.calendar import WorkingCalendar, plain_end

Span = tuple[date, date, str]


@dataclass(slots=True)
class Suspension:
    """Time that does not count: the days of (start, end]. cap: the last day the served notice covers.

    notified_days: the working days that notice announced; None if it did not say.
    """

    ground: str
    start: date
    end: date | None
    cap: date | None
    notified_days: int | None = None

    def holds_on(self, day: date) -> bool:
        """Return True if it stands at the beginning of `day`, or begins that day."""
        return self.start <= day and (self.end is None or day < self.end) and (self.cap is None or day <= self.cap)


def merge(suspensions: Sequence[Suspension], since: date, until: date) -> tuple[Span, ...]:
    """Return the union of what is suspended in (since, until] as disjoint spans with their grounds."""
    spans: list[Span] = []
    for pause in suspensions:
        end = until if pause.end is None or pause.end > until else pause.end
        if pause.cap is not None and pause.cap < end:
            end = pause.cap
        start = max(pause.start, since)
        if end > start:
            spans.append((start, end, pause.ground))
    if len(spans) < 2:
        return tuple(spans)
    spans.sort()
    merged: list[Span] = []
    for start, end, ground in spans:
        if merged and start <= merged[-1][1]:
            first, last, grounds = merged[-1]
            names = grounds if ground in grounds.split("+") else f"{grounds}+{ground}"
            merged[-1] = (first, max(last, end), names)
        else:
            merged.append((start, end, ground))
    return tuple(merged)


@dataclass(slots=True)
class Length:
    """How long a limit is: n units from the day after `starts`, and an extension in its own unit."""

    starts: date
    n: int
    unit: str
    extra: int = 0
    extra_unit: str = ""

    def end(self, calendar: WorkingCalendar, removed: int) -> tuple[date, date | None]:
        """Return (due, the day it was rolled from). `removed` days, in `unit`, do not count."""
        if self.unit == "working_day":
            if self.extra_unit == "working_day" or not self.extra:
                return calendar.period_end(self.starts, self.n + self.extra + removed), None
            day = plain_end(calendar.add_working_days(self.starts, self.n), self.extra, self.extra_unit)
            return calendar.add_working_days(calendar.roll_forward(day), removed), None
        if self.extra and self.extra_unit == "working_day":
            day = calendar.roll_forward(plain_end(self.starts, self.n, self.unit))
            day = calendar.add_working_days(day, self.extra)
        elif self.extra and self.extra_unit == self.unit:
            day = plain_end(self.starts, self.n + self.extra, self.unit)
        elif self.extra:
            day = plain_end(plain_end(self.starts, self.n, self.unit), self.extra, self.extra_unit)
        else:
            day = plain_end(self.starts, self.n, self.unit)
        day += timedelta(days=removed)
        return calendar.roll_forward(day), day


def removed_days(calendar: WorkingCalendar, spans: Sequence[Span], length: Length) -> tuple[date, date | None, int]:
    """Return (due, rolled from, days removed). A span that begins after the limit ran out revives nothing."""
    removed = 0
    due, plain = length.end(calendar, 0)
    for start, end, _ in spans:
        if start > due:
            break
        if length.unit == "working_day":
            removed += calendar.working_days_between(start, end)
        else:
            removed += (end - start).days
        due, plain = length.end(calendar, removed)
    return due, plain, removed


def removed_working_days(
    calendar: WorkingCalendar, spans: Sequence[Span], starts: date, n: int
) -> tuple[date, None, int]:
    """The same for the usual case: the due date is n + removed working days after the start."""
    removed = 0
    due = calendar.period_end(starts, n)
    for start, end, _ in spans:
        if start > due:
            break
        removed += calendar.working_days_between(start, end)
        due = calendar.period_end(starts, n + removed)
    return due, None, removed
