"""Facts and rules as the clocks read them: strict parsing of the public input (contract §4)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from workflow.engine.dates import SHANGHAI
from workflow.engine.errors import FactsError
from workflow.engine.vocabulary import FACT_TYPES, GROUNDS

# The calendar (calendar.YEAR_MIN, YEAR_MAX) is wide enough for every period these bounds allow.
N_MAX: Mapping[str, int] = {"working_day": 10_000, "calendar_day": 10_000, "month": 1_200, "year": 100}
FACTS_MAX = 500
DATE_MIN, DATE_MAX = date(1900, 1, 1), date(2200, 12, 31)
UNITS = ("working_day", "calendar_day", "month", "year")
TEXT_MAX = 200
# RFC 3339, and a bare date. What else fromisoformat reads (20260429, 2026-W18-3) is a typing error here.
_INSTANT_SHAPE = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?([Zz]|[+-][0-9]{2}:[0-9]{2})?)?"
)
NOTICES = ("correction", "hearing-rights", "statement")  # whose service starts a period of the party's
CHANNELS = ("online", "counter", "post")
OFFICE_CLOSES = time(17, 30)

# Who a fact may name as approver, in the words people use.
APPROVERS = {
    "本机关负责人": "department-head",
    "行政机关负责人": "department-head",
    "牵头部门负责人": "lead-department-head",
    "本级人民政府负责人": "government-head",
    "管委会负责人": "government-head",
    "管委会主任": "government-head",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened, as the law knows it. at: aware, Asia/Shanghai; on: its date there."""

    type: str
    at: datetime
    on: date
    given: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Period:
    """n units; `since`: accepted or received, where it is not what the clock always starts from."""

    n: int
    unit: str
    law: str = ""
    since: str = ""
    approver: str = ""


@dataclass(frozen=True, slots=True)
class Rules:
    """The limits a case runs under, complete: defaults are filled in by workflow.definitions.limits."""

    correction: Period
    resubmission: Period
    decision: Period
    extension: Period | None
    promised: Period | None
    excluded: frozenset[str]
    delivery: Period
    refusal_delivery: Period | None
    publication: Period
    general_disclosure: Period
    hearing_request: Period
    hearing_arrange: Period
    supplement: Period | None
    commitment_supplement: Period
    post_verification: Period
    rectification: Period | None
    renewal: Period
    renewal_earliest: Period | None
    publicity: Period
    statement: Period
    office_closes: time = OFFICE_CLOSES
    cap_suspensions: bool = True
    hearing_stops_from_rights: bool = False
    hearing_notice_days: int = 7
    deemed_renewal_needs_timely_filing: bool = True


PERIODS = (
    "correction",
    "resubmission",
    "decision",
    "extension",
    "promised",
    "delivery",
    "refusal_delivery",
    "publication",
    "general_disclosure",
    "hearing_request",
    "hearing_arrange",
    "supplement",
    "commitment_supplement",
    "post_verification",
    "rectification",
    "renewal",
    "publicity",
    "statement",
)
MAY_BE_NULL = ("extension", "promised", "refusal_delivery", "supplement", "rectification")
POLICIES: Mapping[str, tuple[Any, ...]] = {
    "suspension_cap": ("notified", "actual"),
    "hearing_stop_from": ("request", "rights"),
    "notice_before_7wd": ("H-7", "H-8"),
    "deemed_renewal_requires_timely_filing": (True, False),
}
PERIOD_KEYS = frozenset({"n", "unit", "law", "from", "approver", "earliest", "verified", "note", "policy", "source"})
RULE_KEYS = frozenset(PERIODS) | {"excluded", "office_closes", *POLICIES}

_INSTANT = ("confirmed_at", "notice_served_at", "served_at")
_DATE = ("hearing_on", "valid_until", "due_on", "effective_on")
_FLAG = ("complete", "reason_notified", "deemed")
_COMMON = frozenset({"type", "at", "note", "id"})
_KEYS: Mapping[str, frozenset[str]] = {
    "received": frozenset({"channel", "confirmed_at"}),
    "resubmitted": frozenset({"complete"}),
    "accepted": frozenset({"deemed", "effective_on"}),
    "commitment_signed": frozenset({"form"}),
    "suspended": frozenset({"ground", "notice_served_at", "notified_days"}),
    "resumed": frozenset({"ground"}),
    "extension_approved": frozenset({"by", "reason_notified"}),
    "hearing_notice_served": frozenset({"hearing_on"}),
    "rectification_ordered": frozenset({"notice_served_at", "due_on", "days"}),
    "visit_started": frozenset({"notice_served_at", "notified_days"}),
    "site_visited": frozenset({"officers"}),
    "decided": frozenset({"outcome"}),
    "delivered": frozenset({"served_at"}),
    "notice_served": frozenset({"notice", "served_at"}),
    "renewal_filed": frozenset({"valid_until"}),
    "publicity_started": frozenset({"n", "unit", "stage", "notice_served_at"}),
    "hearing_announced": frozenset({"hearing_on"}),
    "permit_issued": frozenset({"valid_until"}),
    "permit_renewed": frozenset({"valid_until"}),
}
_NEEDED: Mapping[str, tuple[str, ...]] = {
    "suspended": ("ground",),
    "hearing_notice_served": ("hearing_on",),
    "decided": ("outcome",),
    "renewal_filed": ("valid_until",),
}


def parse_facts(facts: Any, path: str = "events") -> tuple[Fact, ...]:
    """Return the facts in order of time. Raises FactsError naming the entry and key."""
    if not isinstance(facts, list | tuple):
        raise FactsError(path, "应当是事件的列表。")
    if len(facts) > FACTS_MAX:
        raise FactsError(path, f"不能超过 {FACTS_MAX} 个事件。")
    parsed = [parse_fact(fact, f"{path}[{index}]") for index, fact in enumerate(facts)]
    return tuple(sorted(parsed, key=lambda fact: fact.at))


def parse_fact(fact: Any, path: str = "fact") -> Fact:
    """Return one fact. Raises FactsError."""
    if not isinstance(fact, Mapping):
        raise FactsError(path, "每个事件应当是一个对象，至少有 type 和 at。")
    kind = fact.get("type")
    if not isinstance(kind, str) or kind not in FACT_TYPES:
        raise FactsError(f"{path}.type", f"不认识的事件类型，可用：{'、'.join(sorted(FACT_TYPES))}。")
    at = instant(fact.get("at"), f"{path}.at")
    allowed = _KEYS.get(kind, frozenset())
    given: dict[str, Any] = {}
    for key, value in fact.items():
        if key in _COMMON:
            continue
        if key not in allowed:
            raise FactsError(f"{path}.{short(key)}", f"{kind} 没有这一项，请删除或改正拼写。")
        if value is not None:
            given[key] = _value(key, value, f"{path}.{key}")
    for key in _NEEDED.get(kind, ()):
        if key not in given:
            raise FactsError(f"{path}.{key}", f"{kind} 必须写明 {key}。")
    if given.get("effective_on", DATE_MIN) > at.date():
        raise FactsError(f"{path}.effective_on", "生效日期不能晚于 at 的日期。")
    return Fact(kind, at, at.date(), given)


def _value(key: str, value: Any, path: str) -> Any:
    if key in _INSTANT:
        return instant(value, path)
    if key in _DATE:
        return instant(value, path).date()
    if key in _FLAG:
        if not isinstance(value, bool):
            raise FactsError(path, "应当是 true 或 false。")
        return value
    if key in ("notified_days", "days", "officers", "n"):
        return whole(value, path, least=0 if key == "officers" else 1, most=N_MAX["working_day"])
    choices = {
        "channel": CHANNELS,
        "ground": tuple(sorted(GROUNDS)),
        "outcome": ("granted", "refused"),
        "form": ("conditions", "materials"),
        "unit": UNITS,
        "notice": NOTICES,
    }.get(key)
    if not isinstance(value, str) or (choices and value not in choices) or len(value) > TEXT_MAX:
        raise FactsError(path, f"只能是：{'、'.join(choices)}。" if choices else f"应当是不超过{TEXT_MAX}字的文字。")
    return APPROVERS.get(value, value) if key == "by" else value


def whole(value: Any, path: str, *, least: int, most: int) -> int:
    """Return a sound count. Raises FactsError."""
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise FactsError(path, f"应当是 {least} 到 {most} 的整数。")
    return value


def short(key: Any) -> str:
    """Return a key as it may stand in a message."""
    text = str(key) or "（空）"
    return (text if len(text) <= 40 else f"{text[:40]}…") or "(空)"


def instant(value: Any, path: str) -> datetime:
    """Return an aware time in Asia/Shanghai; a bare date means its first moment. Raises FactsError."""
    wanted = f"应当是 {DATE_MIN.year} 至 {DATE_MAX.year} 年间的时间，例如 2025-09-30T20:15:00+08:00。"
    if not isinstance(value, str) or not _INSTANT_SHAPE.fullmatch(value):
        raise FactsError(path, wanted)
    try:
        found = datetime.fromisoformat(value)
        local = found.replace(tzinfo=SHANGHAI) if found.tzinfo is None else found.astimezone(SHANGHAI)
    except (ValueError, OverflowError):
        raise FactsError(path, wanted) from None
    if not DATE_MIN <= local.date() <= DATE_MAX:
        raise FactsError(path, wanted)
    return local


RULES_KEPT = 10_000
_rules_by_key: dict[str, Rules] = {}


def parse_rules(rules: Any, *, key: str = "", path: str = "rules") -> Rules:
    """Return complete rules. key: a digest of `rules`, if the caller has one, to parse them once.

    Raises FactsError naming the key.
    """
    found = _rules_by_key.get(key) if key else None
    if found is None:
        found = _rules(rules, path)
        if key:
            if len(_rules_by_key) >= RULES_KEPT:
                _rules_by_key.clear()
            _rules_by_key[key] = found
    return found


def check_rule_keys(rules: Any, path: str = "rules") -> None:
    """Raise FactsError if `rules` has a key nobody reads."""
    if not isinstance(rules, Mapping):
        raise FactsError(path, "应当是一个对象。")
    for key in rules:
        if key not in RULE_KEYS:
            raise FactsError(f"{path}.{short(key)}", f"没有这条规则，可用：{'、'.join(sorted(RULE_KEYS))}。")


def _rules(rules: Any, path: str) -> Rules:
    check_rule_keys(rules, path)
    periods: dict[str, Period | None] = {}
    for name in PERIODS:
        value = rules.get(name)
        if value is None:
            if name not in MAY_BE_NULL:
                raise FactsError(f"{path}.{name}", "缺少这条规则。")
            periods[name] = None
        else:
            periods[name] = _period(value, f"{path}.{name}")
    for name, choices in POLICIES.items():
        if name in rules and not any(rules[name] is c or (c == rules[name] and type(c) is str) for c in choices):
            raise FactsError(f"{path}.{name}", f"只能是：{'、'.join(map(str, choices))}。")
    earliest = rules["renewal"].get("earliest")
    return Rules(
        **periods,  # type: ignore[arg-type]
        excluded=_excluded(rules.get("excluded", ()), f"{path}.excluded"),
        renewal_earliest=None if earliest is None else _period(earliest, f"{path}.renewal.earliest"),
        office_closes=_time(rules.get("office_closes"), f"{path}.office_closes"),
        cap_suspensions=rules.get("suspension_cap", "notified") == "notified",
        hearing_stops_from_rights=rules.get("hearing_stop_from") == "rights",
        hearing_notice_days=8 if rules.get("notice_before_7wd") == "H-8" else 7,
        deemed_renewal_needs_timely_filing=rules.get("deemed_renewal_requires_timely_filing", True),
    )


def _period(value: Any, path: str) -> Period:
    if not isinstance(value, Mapping):
        raise FactsError(path, '应当写成 {"n": 20, "unit": "working_day"}。')
    for key in value:
        if key not in PERIOD_KEYS:
            raise FactsError(f"{path}.{short(key)}", "没有这一项，请删除或改正拼写。")
    unit = value.get("unit")
    if not isinstance(unit, str) or unit not in UNITS:
        raise FactsError(f"{path}.unit", f"只能是：{'、'.join(UNITS)}。")
    since = value.get("from") or ""
    if since not in ("", "accepted", "received"):
        raise FactsError(f"{path}.from", "只能是 accepted 或 received。")
    texts = {}
    for key in ("law", "approver"):
        texts[key] = value.get(key) or ""
        if not isinstance(texts[key], str) or len(texts[key]) > TEXT_MAX:
            raise FactsError(f"{path}.{key}", f"应当是不超过{TEXT_MAX}字的文字。")
    approver = APPROVERS.get(texts["approver"], texts["approver"])
    n = whole(value.get("n"), f"{path}.n", least=0, most=N_MAX[unit])
    return Period(n, unit, texts["law"], since, approver)


def _excluded(value: Any, path: str) -> frozenset[str]:
    if not isinstance(value, list | tuple) or not all(isinstance(ground, str) for ground in value):
        raise FactsError(path, "应当是扣除情形的列表。")
    unknown = sorted(set(value) - set(GROUNDS))
    if unknown:
        raise FactsError(path, f"不认识的扣除情形 {short(unknown[0])}，可用：{'、'.join(sorted(GROUNDS))}。")
    return frozenset(value)


def _time(value: Any, path: str) -> time:
    if value is None:
        return OFFICE_CLOSES
    if not isinstance(value, str) or not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
        raise FactsError(path, "应当是下班时间，例如 17:30。")
    return time.fromisoformat(value)
