"""Working days as the State Council gazettes them, make-up days included. Nothing is guessed as final.

行政许可法82 counts working days and leaves out statutory holidays; which days those are is announced
year by year. A year without a notice is answered provisionally: weekends and the holidays whose dates
never move are off, and every answer that touches such a year says so.
"""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

YEAR_MIN, YEAR_MAX = 1985, 2150
WEEKEND = "周末"
MADE_UP = "调休上班"
_BASE = date(YEAR_MIN, 1, 1).toordinal()
_SIZE = date(YEAR_MAX, 12, 31).toordinal() - _BASE + 1
# 全国年节及纪念日放假办法 (2024): holidays with a fixed date. Lunar ones move and are left to the notice.
_FIXED = {(1, 1): "元旦", (5, 1): "劳动节", (5, 2): "劳动节", (10, 1): "国庆节", (10, 2): "国庆节", (10, 3): "国庆节"}


class WorkingCalendar:
    """Day arithmetic over loaded years, O(1) a question. Immutable once built."""

    __slots__ = ("_count", "_dates", "_final", "_first", "_last", "_names", "_worked", "sources")

    def __init__(self, off: Mapping[date, str], worked: frozenset[date], sources: Mapping[int, str]) -> None:
        self._names = dict(off)
        self._worked = worked
        self._final = frozenset(sources)
        self.sources = dict(sources)
        self._first, self._last = _unbroken(self._final)
        self._dates: list[date] = []  # every working day, in order
        self._count: list[int] = []  # how many of them up to each day
        self._fill()

    @classmethod
    def from_schedules(cls, schedules: Mapping[int, Mapping[str, Any]]) -> "WorkingCalendar":
        """Return the calendar of {year: {"off": {date: name}, "worked": [date], "source": text}}.

        Dates may be date objects or text (2026-10-01). ValueError if a date lies outside its year.
        """
        off: dict[date, str] = {}
        worked: set[date] = set()
        for year, schedule in schedules.items():
            for day, name in schedule["off"].items():
                off[_day(day, year)] = name
            worked.update(_day(day, year) for day in schedule["worked"])
        return cls(off, frozenset(worked), {year: s["source"] for year, s in schedules.items()})

    def _fill(self) -> None:
        total = 0
        for offset in range(_SIZE):
            day = date.fromordinal(_BASE + offset)
            if self._decide(day):
                total += 1
                self._dates.append(day)
            self._count.append(total)

    def _decide(self, day: date) -> bool:
        if day.year in self._final:
            return day in self._worked or (day.weekday() < 5 and day not in self._names)
        return day.weekday() < 5 and (day.month, day.day) not in _FIXED

    def is_working(self, day: date) -> bool:
        """Return True if offices work that day (provisionally, in a year not loaded)."""
        index = day.toordinal() - _BASE
        return self._count[index] > (self._count[index - 1] if index else 0)

    def why(self, day: date) -> str:
        """Return why the day does not count (国庆节, 周末), 调休上班 for a worked weekend, else ""."""
        if day.year in self._final:
            name = self._names.get(day, "")
        else:
            name = _FIXED.get((day.month, day.day), "")
        if name and not self.is_working(day):
            return name
        if day.weekday() >= 5:
            return MADE_UP if self.is_working(day) else WEEKEND
        return ""

    def is_final(self, first: date, last: date) -> bool:
        """Return True if every year from `first` to `last` is loaded."""
        if self._first <= first.year and last.year <= self._last:
            return True
        return all(year in self._final for year in range(first.year, last.year + 1))

    def years_missing(self, first: date, last: date) -> list[int]:
        """Return the years of the span that are not loaded."""
        return [year for year in range(first.year, last.year + 1) if year not in self._final]

    def add_working_days(self, day: date, n: int) -> date:
        """Return the n-th working day after `day`, which itself is not counted (民法典201). n=0: the day itself."""
        if n == 0:
            return day
        return self._dates[self._count[day.toordinal() - _BASE] + n - 1]

    def sub_working_days(self, day: date, n: int) -> date:
        """Return the n-th working day before `day`, which itself is not counted. n=0: the day itself."""
        if n == 0:
            return day
        return self._dates[self._count[day.toordinal() - _BASE - 1] - n]

    def working_days_between(self, after: date, until: date) -> int:
        """Return how many working days lie in (after, until]; 0 if until is not later."""
        if until <= after:
            return 0
        return self._count[until.toordinal() - _BASE] - self._count[after.toordinal() - _BASE]

    def roll_forward(self, day: date) -> date:
        """Return the day, or the next working day if it is off (民法典203)."""
        index = day.toordinal() - _BASE
        before = self._count[index - 1] if index else 0
        return self._dates[before]

    def due(self, start: date, n: int, unit: str) -> date:
        """Return when a period of n units ends that begins the day after `start`. ValueError: unknown unit."""
        if unit == "working_day":
            return self.add_working_days(start, n)
        return self.roll_forward(plain_end(start, n, unit))


def plain_end(start: date, n: int, unit: str) -> date:
    """Return start plus n calendar days, months or years, not rolled (民法典202: month end if no such day)."""
    if unit == "calendar_day":
        return start + timedelta(days=n)
    months = start.year * 12 + start.month - 1 + n * {"month": 1, "year": 12}[unit]
    year, month = divmod(months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def _unbroken(years: frozenset[int]) -> tuple[int, int]:
    """Return the first and last year of the run that ends with the newest year; (1, 0) if there is none."""
    if not years:
        return 1, 0
    first = last = max(years)
    while first - 1 in years:
        first -= 1
    return first, last


def _day(day: date | str, year: int) -> date:
    found = day if isinstance(day, date) else date.fromisoformat(day)
    if found.year != year:
        raise ValueError(f"{found} does not belong to {year}")
    return found
