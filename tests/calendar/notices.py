"""Notices for tests: 2027 as it might be announced, and corrections of it."""

from datetime import date
from typing import Any

from workflow.definitions.holiday_notice import HolidayNotice, check_notice
from workflow.definitions.official_days import official_schedules

TODAY = date(2027, 12, 31)
OFF_2027 = {
    "元旦": "01-01",
    "春节": "02-05 02-06 02-07 02-08 02-09 02-10 02-11 02-12",
    "清明节": "04-05",
    "劳动节": "05-01 05-02 05-03 05-04 05-05",
    "端午节": "06-09",
    "中秋节": "09-15",
    "国庆节": "10-01 10-02 10-03 10-04 10-05 10-06 10-07",
}
WORKED_2027 = "02-14 02-20 05-08 10-09 10-10"


def plain_2027(*, off: dict[str, str] | None = None, without: str = "", worked: str = WORKED_2027) -> dict[str, Any]:
    """Return the notice of 2027 as plain data; off: more days off by name, without: days that are not off."""
    every = [*OFF_2027.items(), *(off or {}).items()]
    days = [(f"2027-{day}", name) for name, listed in every for day in listed.split()]
    return {
        "year": 2027,
        "source": "国务院办公厅关于2027年部分节假日安排的通知",
        "doc_no": "国办发明电〔2026〕7号",
        "published_on": "2026-11-04",
        "days_off": {day: name for day, name in sorted(days) if day[5:] not in without.split()},
        "worked": [f"2027-{day}" for day in worked.split()],
    }


def notice_2027(**changes: Any) -> HolidayNotice:
    """Return the notice of 2027, changed."""
    return check_notice(plain_2027(**changes), today=TODAY)


def notice_2026(*, off: dict[str, str] | None = None, worked: str = "") -> HolidayNotice:
    """Return the notice of 2026 as it was announced, with more days off and more days worked."""
    known = official_schedules()[2026]
    more = {f"2026-{day}": name for name, listed in (off or {}).items() for day in listed.split()}
    plain = {
        "year": 2026,
        "source": "国务院办公厅关于更正2026年部分节假日安排的通知",
        "doc_no": "国办发明电〔2026〕9号",
        "published_on": "2026-12-28",
        "days_off": {**{str(day): name for day, name in known["off"].items()}, **more},
        "worked": [*(str(day) for day in known["worked"]), *(f"2026-{day}" for day in worked.split())],
    }
    return check_notice(plain, today=TODAY)
