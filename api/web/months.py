"""A clock as calendar months: every day counted, with its number, every day not counted, with the reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

WEEKDAYS = ("一", "二", "三", "四", "五", "六", "日")
MONTHS_MAX = 30


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
        for _ in range(7):
            week.append(_cell(day, start, due, days, today) if day.month == first.month else Cell())
            day += timedelta(days=1)
        weeks.append(tuple(week))
    return Month(f"{first.year}年{first.month}月", tuple(weeks))


def _cell(day: date, start: date, due: date, days: Mapping[date, Any], today: date) -> Cell:
    css, text = "", ""
    one = days.get(day)
    if day == start:
        css, text = "start", "起算日"
    elif one and one["counted"]:
        css, text = "counted", f"第{one['n']}天"
        if one.get("why"):
            text += f" {one['why']}"
    elif one:
        css, text = ("paused" if one["why"].startswith("暂停") else "skipped"), one["why"]
    if day == due:
        css, text = f"{css} due", f"{text} 到期日" if text else "到期日"
    if day == today:
        css, text = f"{css} today", f"{text} 今天" if text else "今天"
    return Cell(day.day, css.strip(), text, f"{day.month}月{day.day}日 {text}")


def summary(clock: Mapping[str, Any]) -> str:
    """Return in one sentence how the due date comes about."""
    counted = sum(1 for one in clock["days"] if one["counted"])
    reasons: dict[str, int] = {}
    for one in clock["days"]:
        if not one["counted"]:
            key = one["why"].split("（")[0]
            reasons[key] = reasons.get(key, 0) + 1
    unit = {"working_day": "个工作日", "calendar_day": "日", "month": "个月", "year": "年"}[clock["unit"]]
    skipped = "，".join(f"{why}{n}天" for why, n in reasons.items())
    head = f"自{clock['starts']}的次日起算{clock['n']}{unit}，到{clock['due']}为止"
    if clock["unit"] != "working_day":
        return f"{head}。" + (f"其中：{skipped}。" if skipped else "")
    return f"{head}：计入{counted}天" + (f"，不计入{skipped}。" if skipped else "。")


def binding(clocks: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the clock people ask about now: the soonest that runs, the promise or the law's, otherwise the last one."""
    running = [one for one in clocks if one["status"] in ("running", "paused")]
    main = [one for one in running if one["id"] in ("promised", "statutory", "correction", "resubmission")]
    late = [
        one
        for one in clocks
        if one["status"] == "expired" and one["id"] in ("promised", "statutory") and not one["ended_on"]
    ]
    chosen = main or running or late or [one for one in clocks if one["id"] in ("statutory", "promised")]
    return min(chosen, key=lambda one: one["due"]) if chosen else None
