"""Times and dates as text. The engine never asks what time it is; it only writes down what it was told."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


_EIGHT_HOURS = timedelta(hours=8)
_LAST_SUMMER_TIME = 1991


def day_in_shanghai(moment: datetime) -> date:
    """Return the date of an aware time in Shanghai; quick where the offset already is Shanghai's."""
    if moment.tzinfo is SHANGHAI or (moment.utcoffset() == _EIGHT_HOURS and moment.year > _LAST_SUMMER_TIME):
        return moment.date()
    return moment.astimezone(SHANGHAI).date()


def iso(day: date | None) -> str | None:
    """Return 2026-09-01, or None."""
    return day.isoformat() if day else None
