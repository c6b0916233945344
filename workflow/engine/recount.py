"""The calendar changes while a case is on its way: what still runs is counted anew, what has ended stays.

A notice binds from the moment the office knows it. Whoever acted in time by the days known then did act in
time; silence that had its effect keeps it (信赖保护, 行政许可法 第八条). What would have been different had the
notice been known is left in `passed`, for people to look at.
"""

from dataclasses import replace
from datetime import date, datetime

from workflow.engine.calendar import WorkingCalendar
from workflow.engine.fold import LIMITS, ONE_DAY, SILENT, Fold
from workflow.engine.law_intake import cap_supplement, uncap_supplement
from workflow.engine.reading import Clock, Passed
from workflow.engine.suspensions import Length

# Clocks that end on a date of a permit: no calendar moves it (许可法50).
OF_A_PERMIT = ("renewal", "validity")


def change_calendar(fold: Fold, moment: datetime, today: date, calendar: WorkingCalendar) -> None:
    """Go on by this calendar from `moment` on; silence has had its effect up to the start of `today`."""
    before, fold.calendar = fold.calendar, calendar
    fold.missing_years = {year for year in fold.missing_years if not calendar.has_year(year)}
    _count_announced_days(fold, today)
    for clock in (*fold.clocks.values(), *fold.replaced):
        if clock.ended_on is None:
            _recount(fold, clock)
        else:
            _leave(fold, clock, moment, before)
    silent = (fold.clocks[name] for name in SILENT if name in fold.clocks)
    fold.watch = min((clock.due for clock in silent if clock.ended_on is None), default=date.max)


def _count_announced_days(fold: Fold, today: date) -> None:
    """A pause that still stands lasts the working days its notice announced, as they are now."""
    fold.forget_spans()
    for pause in fold.suspensions:
        if pause.end is None and pause.cap is not None and pause.cap >= today and pause.notified_days is not None:
            pause.cap = fold.calendar.add_working_days(pause.start, pause.notified_days)


def _recount(fold: Fold, clock: Clock) -> None:
    if clock.last_working_day is not None:  # the last day to work on a renewal
        clock.last_working_day = fold.calendar.sub_working_days(clock.due + ONE_DAY, 1)
    if clock.is_fixed or clock.id in OF_A_PERMIT:
        return
    _count(fold, clock)  # pauses and extension come in whenever the limit is next read


def _count(fold: Fold, clock: Clock) -> None:
    """Set the due date as if the clock had just been started, without pauses or extension."""
    is_tolerated = clock.id == "supplement" and fold.supplement_owed_by == "tolerance"
    if is_tolerated:
        uncap_supplement(fold, clock)
    clock.due, clock.rolls_from = Length(clock.starts, clock.n, clock.unit).end(fold.calendar, 0)
    if is_tolerated:
        cap_supplement(fold, clock)


def _leave(fold: Fold, clock: Clock, moment: datetime, before: WorkingCalendar) -> None:
    if clock.counted_by is None:
        clock.counted_by = before
    due = _would_be_due(fold, clock)
    if due != clock.due:
        fold.passed.append(Passed(moment, clock, due))


def _would_be_due(fold: Fold, clock: Clock) -> date:
    if clock.is_fixed or clock.id in OF_A_PERMIT:
        return clock.due
    if clock.id in LIMITS:
        return fold.due_with(clock, clock.removed)[0]
    again = replace(clock)
    _count(fold, again)
    return again.due
