"""Why this date: every clock day by day, as JSON (contract §4)."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from workflow.engine.calendar import WorkingCalendar, plain_end
from workflow.engine.clocks import Clock, Reading, read_clocks
from workflow.engine.dates import iso
from workflow.engine.errors import FactsError
from workflow.engine.facts import check_rule_keys, instant, parse_facts, parse_rules
from workflow.engine.vocabulary import GROUNDS

RulesOfItem = Callable[[str], tuple[str, Mapping[str, Any]] | None]
TOP_KEYS = ("process", "rules", "item_code", "events", "as_of")
BATCH_MAX = 1000


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
    if isinstance(facts, list):
        if len(facts) > BATCH_MAX:
            raise FactsError("(全部)", f"一次最多 {BATCH_MAX} 组事实。")
        return [
            _one(entry, calendar, defaults, rules_of_item, default_as_of, f"[{index}].")
            for index, entry in enumerate(facts)
        ]
    return _one(facts, calendar, defaults, rules_of_item, default_as_of, "")


def _one(
    facts: Any,
    calendar: WorkingCalendar,
    defaults: Mapping[str, Mapping[str, Any]],
    rules_of_item: RulesOfItem,
    default_as_of: datetime,
    at: str,
) -> dict[str, Any]:
    if not isinstance(facts, Mapping):
        raise FactsError(at.rstrip(".") or "(全部)", "应当是一个对象，含 process(或 item_code)和 events。")
    for key in facts:
        if key not in TOP_KEYS:
            raise FactsError(f"{at}{key}", f"没有这一项，可用：{'、'.join(TOP_KEYS)}。")
    rules = parse_rules(_complete_rules(facts, defaults, rules_of_item, at), path=f"{at}rules")
    events = parse_facts(facts.get("events"), f"{at}events")
    as_of = instant(facts["as_of"], f"{at}as_of") if facts.get("as_of") is not None else default_as_of
    return reading_json(read_clocks(rules, events, calendar, as_of), calendar)


def _complete_rules(
    facts: Mapping[str, Any], defaults: Mapping[str, Mapping[str, Any]], rules_of_item: RulesOfItem, at: str
) -> Mapping[str, Any]:
    base: Mapping[str, Any]
    if facts.get("item_code") is not None:
        code = facts["item_code"]
        found = rules_of_item(code) if isinstance(code, str) else None
        if found is None:
            raise FactsError(f"{at}item_code", "没有这个事项，请到事项目录中查找编码（加引号的文字，例如 \"02\"）。")
        base = {**defaults[found[0]], **found[1]}
    else:
        process = facts.get("process")
        if not isinstance(process, str) or process not in defaults:
            raise FactsError(f"{at}process", f"只能是：{'、'.join(defaults)}；或者改用 item_code。")
        base = defaults[process]
    given = facts.get("rules")
    if given is None:
        return base
    check_rule_keys(given, f"{at}rules")
    return {**base, **{key: _overlay(base.get(key), value) for key, value in given.items()}}


def _overlay(default: Any, value: Any) -> Any:
    """A limit given without its approver keeps the law's approver."""
    if isinstance(default, Mapping) and isinstance(value, Mapping) and "approver" in default:
        return {"approver": default["approver"], **value}
    return value


def reading_json(reading: Reading, calendar: WorkingCalendar) -> dict[str, Any]:
    """Return a reading as plain JSON with every clock explained."""
    return {
        "state": reading.state,
        "received_on": iso(reading.received_on),
        "accepted_on": iso(reading.accepted_on),
        "accepted_by": reading.accepted_by or None,
        "clocks": [clock_json(clock, calendar) for clock in reading.clocks],
        "findings": [finding.to_json() for finding in reading.findings],
        "provisional": reading.provisional,
    }


def clock_json(clock: Clock, calendar: WorkingCalendar) -> dict[str, Any]:
    """Return one clock with its days."""
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
    found["days"] = days(clock, calendar)
    return found


def days(clock: Clock, calendar: WorkingCalendar) -> list[dict[str, Any]]:
    """Return every day from the day after the start to the due date: counted as number n, or why not."""
    listed = []
    counted = 0
    plain = clock.due if clock.unit == "working_day" or clock.id in NEVER_ROLLED else _unrolled(clock)
    day = clock.starts
    while day < clock.due:
        day += timedelta(days=1)
        why = _why_not(clock, calendar, day, plain)
        if why:
            listed.append({"date": day.isoformat(), "counted": False, "why": why})
            continue
        counted += 1
        entry: dict[str, Any] = {"date": day.isoformat(), "counted": True, "n": counted}
        if clock.unit == "working_day" and day.weekday() >= 5:
            entry["why"] = calendar.why(day)
        listed.append(entry)
    return listed


NEVER_ROLLED = ("renewal", "rectification")


def _unrolled(clock: Clock) -> date:
    if clock.extended_by:
        return clock.due
    return min(clock.due, plain_end(clock.starts, clock.n, clock.unit) + timedelta(days=clock.removed_days))


def _why_not(clock: Clock, calendar: WorkingCalendar, day: date, plain: date) -> str:
    is_working_day = clock.unit == "working_day"
    if is_working_day and not calendar.is_working(day):
        return calendar.why(day)
    for start, end, grounds in clock.removed:
        if start < day <= end:
            return "暂停:" + "、".join(GROUNDS[ground] for ground in grounds.split("+"))
    if not is_working_day and day > plain:
        return "期满日顺延"
    return ""
