"""Why this date: every clock day by day, as JSON (contract §4)."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from workflow.engine.calendar import WorkingCalendar
from workflow.engine.clocks import Clock, Reading, read_clocks
from workflow.engine.dates import iso
from workflow.engine.errors import FactsError
from workflow.engine.facts import check_rule_keys, instant, parse_facts, parse_rules, short
from workflow.engine.vocabulary import GROUNDS

RulesOfItem = Callable[[str], tuple[str, Mapping[str, Any]] | None]
TOP_KEYS = ("process", "rules", "item_code", "events", "as_of")
BATCH_MAX = 1000
DAYS_MAX = 200_000  # days listed in one answer: a guard against periods of centuries


def explain_json(
    facts: Any,
    calendar: WorkingCalendar,
    *,
    defaults: Mapping[str, Mapping[str, Any]],
    rules_of_item: RulesOfItem,
    default_as_of: datetime,
) -> Any:
    """Return the answer to one set of facts, or a list of answers to a list.

    defaults: {process: complete rules}. Raises FactsError naming the field.
    """
    entries = facts if isinstance(facts, list) else [facts]
    if len(entries) > BATCH_MAX:
        raise FactsError("(全部)", f"一次最多 {BATCH_MAX} 组事实。")
    readings = []
    listed = 0
    for index, entry in enumerate(entries):
        at = f"[{index}]." if isinstance(facts, list) else ""
        reading = _read(entry, calendar, defaults, rules_of_item, default_as_of, at)
        listed += sum(max((clock.due - clock.starts).days, 0) for clock in reading.clocks)
        if listed > DAYS_MAX:
            raise FactsError(at.rstrip(".") or "(全部)", f"逐日说明超过 {DAYS_MAX} 天，请缩短期限或者分次计算。")
        readings.append(reading)
    answers = [reading_json(reading, calendar) for reading in readings]
    return answers if isinstance(facts, list) else answers[0]


def _read(
    facts: Any,
    calendar: WorkingCalendar,
    defaults: Mapping[str, Mapping[str, Any]],
    rules_of_item: RulesOfItem,
    default_as_of: datetime,
    at: str,
) -> Reading:
    if not isinstance(facts, Mapping):
        raise FactsError(at.rstrip(".") or "(全部)", "应当是一个对象，含 process（或 item_code）和 events。")
    for key in facts:
        if key not in TOP_KEYS:
            raise FactsError(f"{at}{short(key)}", f"没有这一项，可用：{'、'.join(TOP_KEYS)}。")
    rules = parse_rules(_complete_rules(facts, defaults, rules_of_item, at), path=f"{at}rules")
    events = parse_facts(facts.get("events"), f"{at}events")
    as_of = instant(facts["as_of"], f"{at}as_of") if facts.get("as_of") is not None else default_as_of
    return read_clocks(rules, events, calendar, as_of)


def _complete_rules(
    facts: Mapping[str, Any], defaults: Mapping[str, Mapping[str, Any]], rules_of_item: RulesOfItem, at: str
) -> Mapping[str, Any]:
    process, base = _base_rules(facts, defaults, rules_of_item, at)
    given = facts.get("rules")
    if given is None:
        return base
    check_rule_keys(given, f"{at}rules")
    complete = {**base, **given}
    complete["extension"] = _with_approver(given.get("extension"), base, defaults[process]) or complete["extension"]
    return complete


def _base_rules(
    facts: Mapping[str, Any], defaults: Mapping[str, Mapping[str, Any]], rules_of_item: RulesOfItem, at: str
) -> tuple[str, Mapping[str, Any]]:
    """Return (process, complete rules) before the caller's own rules are laid over them."""
    process, code = facts.get("process"), facts.get("item_code")
    if code is not None:
        found = rules_of_item(code) if isinstance(code, str) else None
        if found is None:
            raise FactsError(f"{at}item_code", '没有这个事项，请到事项目录中查找编码（加引号的文字，例如 "02"）。')
        if process is not None and process != found[0]:
            raise FactsError(f"{at}process", f"该事项的流程是 {found[0]}，请改正或者删除 process。")
        return found[0], {**defaults[found[0]], **found[1]}
    if not isinstance(process, str) or process not in defaults:
        raise FactsError(f"{at}process", f"只能是：{'、'.join(defaults)}；或者改用 item_code。")
    return process, defaults[process]


def _with_approver(given: Any, *defaults: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return an extension that was given without its approver with the approver the law names."""
    if not isinstance(given, Mapping):
        return None
    for default in defaults:
        if default["extension"] is not None:
            return {"approver": default["extension"].get("approver"), **given}
    return given


def reading_json(reading: Reading, calendar: WorkingCalendar) -> dict[str, Any]:
    """Return a reading as plain JSON with every clock explained."""
    return {
        "state": reading.state,
        "received_on": iso(reading.received_on),
        "accepted_on": iso(reading.accepted_on),
        "accepted_by": reading.accepted_by or None,
        "clocks": [clock_json(clock, calendar, reading.as_of) for clock in reading.clocks],
        "findings": [finding.to_json() for finding in reading.findings],
        "provisional": reading.provisional,
    }


def clock_json(clock: Clock, calendar: WorkingCalendar, as_of: date | None = None) -> dict[str, Any]:
    """Return one clock with its days. as_of: the day of the reading, to say how much is used up."""
    calendar = clock.counted_by or calendar
    found: dict[str, Any] = {
        "id": clock.id,
        "name": clock.name,
        "starts": clock.starts.isoformat(),
        "n": clock.n,
        "unit": clock.unit,
        "due": clock.due.isoformat(),
        "status": clock.status,
        "law": clock.law,
        "provisional": clock.provisional,
        "removed_days": clock.removed_days,
        "ended_on": iso(clock.ended_on),
    }
    if clock.extended_by:
        found["extended_by"] = clock.extended_by
    for key in ("yellow_from", "paused_since", "last_working_day"):
        if getattr(clock, key) is not None:
            found[key] = getattr(clock, key).isoformat()
    until = clock.ended_on or as_of
    if until is not None and clock.unit == "working_day":
        used = calendar.working_days_between(clock.starts, until)
        used -= sum(calendar.working_days_between(start, min(end, until)) for start, end, _ in clock.removed)
        found["working_days_used"] = used
    if until is not None and until > clock.due and clock.status == "expired":
        found["overdue_working_days"] = calendar.working_days_between(clock.due, until)
    found["days"] = days(clock, calendar)
    return found


def days(clock: Clock, calendar: WorkingCalendar) -> list[dict[str, Any]]:
    """Return every day from the day after the start to the due date: counted as number n, or why not."""
    listed = []
    counted = 0
    day = clock.starts
    while day < clock.due:
        day += timedelta(days=1)
        why = _why_not(clock, calendar, day)
        if why:
            listed.append({"date": day.isoformat(), "counted": False, "why": why})
            continue
        counted += 1
        entry: dict[str, Any] = {"date": day.isoformat(), "counted": True, "n": counted}
        if clock.unit == "working_day" and day.weekday() >= 5:
            entry["why"] = calendar.why(day)
        listed.append(entry)
    return listed


def _why_not(clock: Clock, calendar: WorkingCalendar, day: date) -> str:
    is_working_day = clock.unit == "working_day"
    if is_working_day and not calendar.is_working(day):
        return calendar.why(day)
    for start, end, grounds in clock.removed:
        if start < day <= end:
            return "暂停:" + "、".join(GROUNDS[ground] for ground in grounds.split("+"))
    if clock.rolls_from is not None and day > clock.rolls_from:
        return "期满日顺延"
    return ""
