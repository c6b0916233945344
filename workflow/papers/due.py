"""When something is due and why, as a paper explains it: the clock day by day, told in a few sentences."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from workflow.engine.calendar import MADE_UP, WEEKEND
from workflow.engine.clocks import Clock
from workflow.engine.explain import days
from workflow.papers.facts import Issued
from workflow.papers.words import day_words, law_words, length_words

HEAD = ["期限", "长度", "起算事由日", "届满日", "依据"]
WIDTHS = [3, 3, 4, 4, 6]
SHOWN = ("running", "paused", "expired")


def due_blocks(issued: Issued, clock_ids: tuple[str, ...], title: str) -> list[dict[str, Any]]:
    """Return a table of these clocks and the sentences that explain their last days; [] if none of them runs."""
    clocks = [clock for clock in map(issued.clock, clock_ids) if clock and clock.status in SHOWN]
    if not clocks:
        return []
    rows = [
        [clock.name, _length(clock), day_words(clock.starts), _end(clock), law_words(clock.law) or "本机关办理规程"]
        for clock in clocks
    ]
    blocks: list[dict[str, Any]] = [{"kind": "label", "text": title}] if title else []
    blocks.append({"kind": "table", "head": HEAD, "widths": WIDTHS, "rows": rows})
    return [*blocks, *({"kind": "note", "text": text} for text in _reasons(issued, clocks))]


def _length(clock: Clock) -> str:
    extended = f"（含延长{length_words(clock.extended_by, clock.unit)}）" if clock.extended_by else ""
    return f"{length_words(clock.n, clock.unit)}{extended}"


def _end(clock: Clock) -> str:
    if clock.status == "paused":
        return "暂停计算"
    return day_words(clock.due) + ("（暂定）" if clock.provisional else "")


def _reasons(issued: Issued, clocks: list[Clock]) -> list[str]:
    sentences = ["期限自起算事由发生之日的次日起计算，至届满日当日结束以前有效。"]
    longest = max(clocks, key=lambda clock: clock.due)
    listed = days(longest, longest.counted_by or issued.calendar)
    told = _not_counted(listed)
    if longest.unit == "working_day":
        told = ["双休日", *told]
    if told:
        sentences.append(f"不计入期限的日期：{'、'.join(told)}。")
    worked = [day_words(day["date"]) for day in listed if day["counted"] and day.get("why") == MADE_UP]
    if worked:
        sentences.append(f"调休上班、计入期限的日期：{'、'.join(worked)}。")
    if any(clock.provisional for clock in clocks):
        sentences.append("所涉年度的节假日安排尚未公布，届满日是暂定的，公布以后重新计算并告知。")
    return ["".join(sentences)]


def _not_counted(listed: list[dict[str, Any]]) -> list[str]:
    """Return holidays and pauses as ranges: 2026年10月1日至2026年10月7日（国庆节）."""
    off = [(date.fromisoformat(day["date"]), day["why"]) for day in listed if not day["counted"]]
    spans: list[tuple[date, date, str]] = []
    for day, why in off:
        if why == WEEKEND:
            continue
        if spans and spans[-1][2] == why and _joined(spans[-1][1], day, dict(off)):
            spans[-1] = (spans[-1][0], day, why)
        else:
            spans.append((day, day, why))
    return [f"{_span(first, last)}（{why.replace('暂停:', '暂停计算：')}）" for first, last, why in spans]


def _joined(last: date, day: date, off: Mapping[date, str]) -> bool:
    """Return True if only days that do not count lie between."""
    between = [last + timedelta(days=n) for n in range(1, (day - last).days)]
    return all(one in off for one in between)


def _span(first: date, last: date) -> str:
    return day_words(first) if first == last else f"{day_words(first)}至{day_words(last)}"
