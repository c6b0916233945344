"""Working days as the State Council gazettes them, make-up days included. Nothing is guessed as final.

行政许可法82 counts working days and leaves out statutory holidays; which days those are is announced
year by year. A year without a notice is answered provisionally: weekends and the holidays whose dates
never move are off, and every answer that touches such a year says so.
"""

from calendar import isleap, monthrange
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from itertools import accumulate
from typing import Any

# Facts reach from 1900 to 2200 (facts.py); the longest periods allowed there end within these years.
YEAR_MIN, YEAR_MAX = 1780, 2450
WEEKEND = "周末"
MADE_UP = "调休上班"
_BASE = date(YEAR_MIN, 1, 1).toordinal()
# 全国年节及纪念日放假办法 (2024): holidays with a fixed date. Lunar ones move and are left to the notice.
FIXED_HOLIDAYS = {
    (1, 1): "元旦",
    (5, 1): "劳动节",
    (5, 2): "劳动节",
    (10, 1): "国庆节",
    (10, 2): "国庆节",
    (10, 3): "国庆节",
}


class WorkingCalendar:
    """Day arithmetic over loaded years, O(1) a question. Immutable once built.

    earlier: what was in force before, oldest first; a case that is older reads those days as they were known.

    Every question about a day outside YEAR_MIN..YEAR_MAX raises ValueError.
    """

    __slots__ = ("_count", "_final", "_names", "_worked", "_working", "earlier", "final_from", "final_until", "sources")

    def __init__(self, off: Mapping[date, str], worked: frozenset[date], sources: Mapping[int, str]) -> None:
        both = sorted(worked & off.keys())
        if both:
            raise ValueError(f"{both[0]} is given both as a day off and as a worked day")
        self._names = dict(off)
        self._worked = worked
        self._final = frozenset(sources)
        self.sources = dict(sources)
        self.earlier: tuple[Earlier, ...] = ()
        # The run of loaded years that ends with the newest: most questions lie within.
        self.final_from, self.final_until = _unbroken(self._final)
        self._working: list[date] = []  # every working day, in order
        self._count: list[int] = []  # how many of them up to and including each day
        self._fill()

    @classmethod
    def from_schedules(cls, schedules: Mapping[int, Mapping[str, Any]]) -> "WorkingCalendar":
        """Return the calendar of {year: {"off": {date: name}, "worked": [date], "source": text}}.

        Dates may be date objects or text (2026-10-01). ValueError if a date lies outside its year,
        or is both off and worked.
        """
        off: dict[date, str] = {}
        worked: set[date] = set()
        for year, schedule in schedules.items():
            for day, name in schedule["off"].items():
                off[_day(day, year)] = name
            worked.update(_day(day, year) for day in schedule["worked"])
        return cls(off, frozenset(worked), {year: s["source"] for year, s in schedules.items()})

    def _fill(self) -> None:
        for year in range(YEAR_MIN, YEAR_MAX + 1):
            works = tuple(map(self._is_gazetted, _days_of(year))) if year in self._final else None
            counts, days = _year(year, works)
            before = len(self._working)
            self._count += [before + count for count in counts]
            self._working += days

    def _is_gazetted(self, day: date) -> bool:
        return day in self._worked or (day.weekday() < 5 and day not in self._names)

    def _upto(self, day: date) -> int:
        """Return how many working days there are up to and including `day`."""
        offset = day.toordinal() - _BASE
        if 0 <= offset < len(self._count):
            return self._count[offset]
        raise ValueError(f"{day} is outside {YEAR_MIN}..{YEAR_MAX}")

    def is_working(self, day: date) -> bool:
        """Return True if offices work that day (provisionally, in a year not loaded)."""
        return self._working[self._upto(day) - 1] == day

    def why(self, day: date) -> str:
        """Return why the day does not count (国庆节, 周末), 调休上班 for a worked weekend, else ""."""
        name = self._names.get(day, "") if day.year in self._final else FIXED_HOLIDAYS.get((day.month, day.day), "")
        if name and not self.is_working(day):
            return name
        if day.weekday() >= 5:
            return MADE_UP if self.is_working(day) else WEEKEND
        return ""

    def is_final(self, first: date, last: date) -> bool:
        """Return True if every year from `first` to `last` is loaded; also if the span is empty."""
        if self.final_from <= first and last <= self.final_until:
            return True
        return all(year in self._final for year in range(first.year, last.year + 1))

    def with_history(self, earlier: Sequence["Earlier"]) -> "WorkingCalendar":
        """Return the same days, and what was in force before them, oldest first."""
        found = copy(self)
        found.earlier = tuple(earlier)
        return found

    def without_history(self) -> "WorkingCalendar":
        """Return the same days as if they had always been known: for questions that are nobody's case."""
        return self.with_history(()) if self.earlier else self

    def has_year(self, year: int) -> bool:
        """Return True if the notice of that year is loaded."""
        return year in self._final

    def years_missing(self, first: date, last: date) -> list[int]:
        """Return the years of the span that are not loaded."""
        return [year for year in range(first.year, last.year + 1) if year not in self._final]

    def add_working_days(self, day: date, n: int) -> date:
        """Return the n-th working day after `day`, not counting `day` (民法典201). n=0: the day itself."""
        if n == 0:
            return day
        offset = day.toordinal() - _BASE
        if offset >= 0:
            try:
                return self._working[self._count[offset] + n - 1]
            except IndexError:
                pass  # the table ends before the period does
        raise ValueError(f"{n} working days after {day} are outside {YEAR_MIN}..{YEAR_MAX}")

    def period_end(self, day: date, n: int) -> date:
        """Return the last day of a period of n working days after `day`; "the same day" is one that works (民法典203)."""
        return self.add_working_days(day, n) if n else self.roll_forward(day)

    def sub_working_days(self, day: date, n: int) -> date:
        """Return the n-th working day before `day`, not counting `day`. n=0: the day itself."""
        if n == 0:
            return day
        index = self._upto(day)
        index -= n + (self._working[index - 1] == day)
        if index >= 0:
            return self._working[index]
        raise ValueError(f"{n} working days before {day} are outside {YEAR_MIN}..{YEAR_MAX}")

    def working_days_between(self, after: date, until: date) -> int:
        """Return how many working days lie in (after, until]; 0 if until is not later."""
        if until <= after:
            return 0
        first, last = after.toordinal() - _BASE, until.toordinal() - _BASE
        if first < 0 or last >= len(self._count):
            raise ValueError(f"{after} to {until} leaves {YEAR_MIN}..{YEAR_MAX}")
        return self._count[last] - self._count[first]

    def roll_forward(self, day: date) -> date:
        """Return the day, or the next working day if it is off (民法典203)."""
        return day if self.is_working(day) else self.add_working_days(day, 1)

    def due(self, start: date, n: int, unit: str) -> date:
        """Return when a period of n units ends that begins the day after `start`. KeyError: unknown unit."""
        if unit == "working_day":
            return self.add_working_days(start, n)
        return self.roll_forward(plain_end(start, n, unit))


class Earlier:
    """The calendar that was in force until a moment; put together when a case of that time first needs it."""

    __slots__ = ("_found", "_make", "moment")

    def __init__(self, moment: datetime, make: Callable[[], WorkingCalendar]) -> None:
        self.moment = moment
        self._make = make
        self._found: WorkingCalendar | None = None

    @property
    def calendar(self) -> WorkingCalendar:
        """Return it."""
        if self._found is None:
            self._found = self._make()
        return self._found


def plain_end(start: date, n: int, unit: str) -> date:
    """Return start plus n days, months or years, not rolled (民法典202: month end if no such day)."""
    if unit == "calendar_day":
        return start + timedelta(days=n)
    months = start.year * 12 + start.month - 1 + n * {"month": 1, "year": 12}[unit]
    year, month = divmod(months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def _days_of(year: int) -> list[date]:
    first = date(year, 1, 1).toordinal()
    return [date.fromordinal(first + offset) for offset in range(366 if isleap(year) else 365)]


@lru_cache(maxsize=2000)
def _year(year: int, works: tuple[bool, ...] | None) -> tuple[list[int], list[date]]:
    """Return (working days up to each day, every working day) of a year; calendars share what they have in common.

    works: for each day whether it is worked; None for a year without a notice.
    """
    first = date(year, 1, 1)
    counts, offsets = _plain_pattern(first.weekday(), isleap(year)) if works is None else _pattern(works)
    return counts, [date.fromordinal(first.toordinal() + offset) for offset in offsets]


@cache
def _plain_pattern(first_weekday: int, is_leap_year: bool) -> tuple[list[int], list[int]]:
    """Return the pattern of a year without a notice: weekends and the fixed holidays are off."""
    days = _days_of(2024 if is_leap_year else 2025)  # any such year: only months and days matter
    return _pattern(
        tuple(
            (first_weekday + offset) % 7 < 5 and (day.month, day.day) not in FIXED_HOLIDAYS
            for offset, day in enumerate(days)
        )
    )


def _pattern(works: tuple[bool, ...]) -> tuple[list[int], list[int]]:
    """Return (working days up to each day, offset of each working day) of one year."""
    return list(accumulate(works)), [offset for offset, is_working in enumerate(works) if is_working]


def _unbroken(years: frozenset[int]) -> tuple[date, date]:
    """Return the first and last day of the run of years that ends with the newest; an empty span if none."""
    if not years:
        return date.max, date.min
    first = last = max(years)
    while first - 1 in years:
        first -= 1
    return date(first, 1, 1), date(last, 12, 31)


def _day(day: date | str, year: int) -> date:
    found = day if isinstance(day, date) else date.fromisoformat(day)
    if found.year != year:
        raise ValueError(f"{found} does not belong to {year}")
    return found
