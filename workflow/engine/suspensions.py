"""Suspensions as a union of half-open spans (start, end], and the due date that follows from them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from workflow.engine.calendar import WorkingCalendar, plain_end

Span = tuple[date, date, str]


@dataclass(slots=True)
class Suspension:
    """Time that does not count: the days of (start, end]. cap: the last day the served notice covers."""

    ground: str
    start: date
    end: date | None
    cap: date | None


def merge(suspensions: Sequence[Suspension], since: date, until: date) -> tuple[Span, ...]:
    """Return the union of what is suspended in (since, until] as disjoint spans with their grounds."""
    spans = []
    for pause in suspensions:
        end = min(pause.end or until, until)
        if pause.cap is not None:
            end = min(end, pause.cap)
        start = max(pause.start, since)
        if end > start:
            spans.append((start, end, pause.ground))
    merged: list[Span] = []
    for start, end, ground in sorted(spans):
        if merged and start <= merged[-1][1]:
            first, last, grounds = merged[-1]
            names = grounds if ground in grounds.split("+") else f"{grounds}+{ground}"
            merged[-1] = (first, max(last, end), names)
        else:
            merged.append((start, end, ground))
    return tuple(merged)


def removed_days(
    calendar: WorkingCalendar,
    spans: Sequence[Span],
    starts: date,
    n: int,
    unit: str,
    extra: int,
    extra_unit: str,
) -> tuple[date, int]:
    """Return (due date, days removed). A span that begins after the limit has run out revives nothing."""
    removed = 0
    due = _due(calendar, starts, n, unit, extra, extra_unit, 0)
    for start, end, _ in spans:
        if start > due:
            break
        days = calendar.working_days_between(start, end) if unit == "working_day" else (end - start).days
        if days:
            removed += days
            due = _due(calendar, starts, n, unit, extra, extra_unit, removed)
    return due, removed


def _due(
    calendar: WorkingCalendar, starts: date, n: int, unit: str, extra: int, extra_unit: str, removed: int
) -> date:
    if unit == "working_day" and (not extra or extra_unit == unit):
        return calendar.add_working_days(starts, n + extra + removed)
    end = calendar.add_working_days(starts, n) if unit == "working_day" else plain_end(starts, n, unit)
    if extra:
        end = calendar.add_working_days(end, extra) if extra_unit == "working_day" else plain_end(end, extra, extra_unit)
    if unit == "working_day":
        return calendar.add_working_days(end, removed)
    return calendar.roll_forward(end + timedelta(days=removed))
