"""The State Council's schedules as the package chinesecalendar carries them, as plain data.

The engine never reads the package: these years are kept in the database with their source, and a new
notice can be loaded there before the package knows it.
"""

from functools import cache
from importlib.metadata import version
from typing import Any

from chinese_calendar import constants

from workflow.engine.calendar import WorkingCalendar

NAMES = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "National Day": "国庆节",
    "Mid-autumn Festival": "中秋节",
    "Anti-Fascist 70th Day": "抗战胜利纪念日",
}


@cache
def official_schedules() -> dict[int, dict[str, Any]]:
    """Return {year: {"off": {date: Chinese name}, "worked": [date], "source": text}} for every known year."""
    source = f"国务院办公厅节假日安排通知(经 chinesecalendar {version('chinesecalendar')} 收录)"
    years = sorted({day.year for day in constants.holidays})
    return {
        year: {
            "off": {day: NAMES[name] for day, name in constants.holidays.items() if day.year == year},
            "worked": sorted(day for day in constants.workdays if day.year == year),
            "source": source,
        }
        for year in years
    }


@cache
def official_calendar() -> WorkingCalendar:
    """Return the calendar of those schedules, for work without a database."""
    return WorkingCalendar.from_schedules(official_schedules())
