"""A clock as calendar months: every day counted, with its number, every day not counted, with the reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from api.web.i18n import said as _

WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
MONTHS_MAX = 30
FOR_THE_OFFICE = ("publication", "general-disclosure", "post-verification", "validity")  # nobody waits for these


@dataclass(frozen=True, slots=True)
class Cell:
    """One day. css: start, counted, skipped or paused, with due and today; text: its number or why it is skipped."""

    day: int = 0
    css: str = ""
    text: str = ""
    spoken: str = ""


@dataclass(frozen=True, slots=True)
class Month:
    """One month, weeks from Monday; a cell without a day is empty."""

    title: str
    weeks: tuple[tuple[Cell, ...], ...]


def months(clock: Mapping[str, Any], today: date) -> list[Month]:
    """Return the months from a clock's start to its due date (the first and the last of them, if there are very many)."""
    start, due = date.fromisoformat(clock["starts"]), date.fromisoformat(clock["due"])
    days = {date.fromisoformat(one["date"]): one for one in clock["days"]}
    found, first = [], start.replace(day=1)
    while first <= due and len(found) < MONTHS_MAX:
        found.append(_month(first, start, due, days, today))
        first = (first + timedelta(days=32)).replace(day=1)
    return found


def _month(first: date, start: date, due: date, days: Mapping[date, Any], today: date) -> Month:
    day = first - timedelta(days=first.weekday())
    weeks = []
    while day.month == first.month or day < first:
        week = []
        for _day in range(7):
            week.append(_cell(day, start, due, days, today) if day.month == first.month else Cell())
            day += timedelta(days=1)
        weeks.append(tuple(week))
    return Month(_("%(year)s年%(month)s月", year=first.year, month=first.month), tuple(weeks))


def _cell(day: date, start: date, due: date, days: Mapping[date, Any], today: date) -> Cell:
    css, text = "", ""
    one = days.get(day)
    if day == start:
        css, text = "start", _("起算日")
    elif one and one["counted"]:
        css, text = "counted", _("第%(n)s天", n=one["n"])
        if one.get("why"):
            text += f" {why(one['why'])}"
    elif one:
        css, text = ("paused" if one["why"].startswith("暂停") else "skipped"), why(one["why"])
    if day == due:
        css, text = f"{css} due", f"{text} {_('到期日')}".strip()
    if day == today:
        css, text = f"{css} today", f"{text} {_('今天')}".strip()
    return Cell(day.day, css.strip(), text, f"{day.isoformat()} {text}")


def summary(clock: Mapping[str, Any]) -> str:
    """Return in one sentence how the due date comes about."""
    counted = sum(1 for one in clock["days"] if one["counted"])
    reasons: dict[str, int] = {}
    for one in clock["days"]:
        if not one["counted"]:
            key = why(one["why"].split("（")[0])
            reasons[key] = reasons.get(key, 0) + 1
    unit = _({"working_day": "个工作日", "calendar_day": "日", "month": "个月", "year": "年"}[clock["unit"]])
    skipped = _("、").join(_("%(why)s%(n)s天", why=reason, n=n) for reason, n in reasons.items())
    said = [
        _(
            "自%(start)s的次日起算%(n)s%(unit)s，到%(due)s为止。",
            start=clock["starts"],
            n=clock["n"],
            unit=unit,
            due=clock["due"],
        )
    ]
    if clock["unit"] == "working_day":
        said.append(_("计入%(n)s天。", n=counted))
    if skipped:
        said.append(
            _("不计入：%(skipped)s。" if clock["unit"] == "working_day" else "其中：%(skipped)s。", skipped=skipped)
        )
    return "".join(said)


def why(text: str) -> str:
    """Return why a day does not count, in the reader's language: 周末, a holiday, or what suspends the period."""
    head, colon, grounds = text.partition(":")
    return f"{_(head)}{colon}{_('、').join(_(one) for one in grounds.split('、'))}" if colon else _(text)


def binding(clocks: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the clock people ask about now: the soonest that runs, the promise or the law's, otherwise the last one."""
    running = [one for one in clocks if one["status"] in ("running", "paused")]
    main = [one for one in running if one["id"] in ("promised", "statutory", "correction", "resubmission")]
    late = [
        one
        for one in clocks
        if one["status"] == "expired" and one["id"] in ("promised", "statutory") and not one["ended_on"]
    ]
    near = [one for one in running if one["id"] not in FOR_THE_OFFICE]
    chosen = main or near or running or late or [one for one in clocks if one["id"] in ("statutory", "promised")]
    return min(chosen, key=lambda one: one["due"]) if chosen else None
