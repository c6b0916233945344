"""Times and dates as text. The engine never asks what time it is; it only writes down what it was told."""

from datetime import date
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def iso(day: date | None) -> str | None:
    """Return 2026-09-01, or None."""
    return day.isoformat() if day else None
