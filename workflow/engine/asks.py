"""What an action asks: its JSON schema for clients, and the strict check of what came back."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from workflow.engine.errors import Reason
from workflow.engine.model import Action, Ask, Terms
from workflow.engine.vocabulary import GROUNDS as GROUND_NAMES
from workflow.engine.vocabulary import PERMIT_GROUNDS

TEXT_MAX = 4000
LIST_MAX = 200
COUNT_MAX = 1_000_000
COMMITMENTS = {"conditions": "承诺符合条件", "materials": "承诺补交材料"}
# A choice whose options the case's terms know: what is written in the definition -> the options.
FROM_TERMS: Mapping[str, Callable[[Terms], Mapping[str, str]]] = {
    "@grounds": lambda terms: {ground: GROUND_NAMES[ground] for ground in terms.rules.get("excluded", ())},
    "@commitment": lambda terms: {
        form: COMMITMENTS[form] for form in [terms.special.get("commitment", {}).get("form")] if form
    },
    "@branches": lambda terms: {branch["key"]: branch["name"] for branch in terms.special.get("branches", ())},
    "@permit-grounds": lambda terms: PERMIT_GROUNDS.get(terms.permit.get("operation", ""), {}),
}
_HIDDEN = r"\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff"
_UNPRINTABLE = re.compile(f"[{_HIDDEN}]")
# The same rules for clients, in the part of regular expressions that ECMA 262 and Python share.
_TEXT_PATTERN = rf"^(?!\s*$)[^{_HIDDEN}]*$"
_DAY = r"(199[0-9]|20[0-9]{2}|21[0-9]{2}|2200)-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,6})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"  # RFC 3339
_DATE_PATTERN, _DATETIME_PATTERN = f"^{_DAY}$", f"^{_DAY}T{_TIME}$"


def options_of(ask: Ask, terms: Terms) -> Mapping[str, str]:
    """Return code -> label for a choice; a special key such as @grounds stands for what the case's terms allow."""
    first = next(iter(ask.options), "")
    return FROM_TERMS[first](terms) if first in FROM_TERMS else ask.options


def json_schema(action: Action, terms: Terms) -> dict[str, Any]:
    """Return the JSON schema (2020-12) of the action's `data`."""
    schema: dict[str, Any] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {ask.name: _property(ask, terms) for ask in action.asks},
    }
    required = [ask.name for ask in action.asks if ask.required]
    if required:
        schema["required"] = required
    return schema


def _property(ask: Ask, terms: Terms) -> dict[str, Any]:
    text = {"type": "string", "minLength": 1, "maxLength": TEXT_MAX, "pattern": _TEXT_PATTERN}
    shape: dict[str, Any]
    match ask.type:
        case "text" | "person":
            shape = dict(text)
        case "texts" | "people":
            shape = {"type": "array", "items": text, "minItems": max(1, ask.least or 0), "maxItems": LIST_MAX}
            if ask.type == "people":
                shape["uniqueItems"] = True
        case "date":
            shape = {"type": "string", "format": "date", "pattern": _DATE_PATTERN}
        case "datetime":
            shape = {"type": "string", "format": "date-time", "pattern": _DATETIME_PATTERN}
        case "flag":
            shape = {"type": "boolean"}
        case "count":
            shape = {"type": "integer", "minimum": ask.least or 0, "maximum": ask.most or COUNT_MAX}
        case "choice":
            options = options_of(ask, terms)
            shape = {"type": "string", "enum": list(options), "x-labels": dict(options)}
        case "materials":
            entry = {
                "type": "object",
                "additionalProperties": False,
                "properties": {"material": text, "what": text},
                "required": ["material", "what"],
            }
            shape = {"type": "array", "items": entry, "minItems": 1, "maxItems": LIST_MAX}
    if not ask.required:  # null says the same as leaving it out
        shape["type"] = [shape["type"], "null"]
        if "enum" in shape:
            shape["enum"].append(None)
    return {"title": ask.label, **shape}


def check(action: Action, given: Mapping[str, Any], terms: Terms) -> list[Reason]:
    """Return every problem of what was given, each naming its field; [] when it is sound."""
    reasons = [
        _problem("UNKNOWN_FIELD", name, f"“{action.title}”没有 {name} 这一项，请删除。")
        for name in given
        if action.ask(name) is None
    ]
    for ask in action.asks:
        if ask.name not in given or given[ask.name] is None:
            if ask.required:
                reasons.append(_problem("FIELD_REQUIRED", ask.name, f"请填写{ask.label}({ask.name})。"))
            continue
        what = _wrong(ask, given[ask.name], terms)
        if what:
            reasons.append(_problem("FIELD_INVALID", ask.name, f"{ask.label}({ask.name}){what}"))
    return reasons


def _problem(code: str, name: str, text: str) -> Reason:
    return Reason(code, text, "", "invalid", f"data.{name}")


def _wrong(ask: Ask, value: Any, terms: Terms) -> str:
    match ask.type:
        case "text" | "person":
            return _wrong_text(value)
        case "texts" | "people":
            return _wrong_texts(ask, value)
        case "date":
            return _wrong_date(value)
        case "datetime":
            return _wrong_datetime(value)
        case "flag":
            return "" if isinstance(value, bool) else "应当是 true 或 false。"
        case "count":
            return _wrong_count(ask, value)
        case "choice":
            options = options_of(ask, terms)
            if isinstance(value, str) and value in options:
                return ""
            return (
                f"只能是：{'、'.join(f'{code}({label})' for code, label in options.items()) or '(本事项没有可选项)'}。"
            )
        case "materials":
            return _wrong_materials(value)


def _wrong_text(value: Any) -> str:
    if not isinstance(value, str):
        return "应当是文字。"
    if not value.strip():
        return "不能为空。"
    if len(value) > TEXT_MAX:
        return f"不能超过 {TEXT_MAX} 字。"
    return "含有不可见字符，请删除后重新填写。" if _UNPRINTABLE.search(value) else ""


def _wrong_texts(ask: Ask, value: Any) -> str:
    if not isinstance(value, list) or not value:
        return "应当是至少一项的列表。"
    if len(value) > LIST_MAX:
        return f"不能超过 {LIST_MAX} 项。"
    for item in value:
        what = _wrong_text(item)
        if what:
            return f"的每一项{what}"
    if ask.type == "people" and len(set(value)) != len(value):
        return "同一人只能列一次。"
    return f"至少要有 {ask.least} 项。" if ask.least and len(value) < ask.least else ""


def _wrong_date(value: Any) -> str:
    wanted = "应当是日期，请写成 2026-09-01。"
    if not isinstance(value, str) or not re.fullmatch(_DAY, value):
        return wanted
    try:
        date.fromisoformat(value)
    except ValueError:
        return "不是有效日期，请写成 2026-09-01。"
    return ""


def _wrong_datetime(value: Any) -> str:
    wanted = "应当是带时区的时间，请写成 2026-09-01T09:00:00+08:00。"
    if not isinstance(value, str) or not re.fullmatch(f"{_DAY}T{_TIME}", value):
        return wanted
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return wanted
    return ""


def _wrong_count(ask: Ask, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int):
        return "应当是整数。"
    least, most = ask.least or 0, ask.most or COUNT_MAX
    return "" if least <= value <= most else f"应当在 {least} 到 {most} 之间。"


def _wrong_materials(value: Any) -> str:
    if not isinstance(value, list) or not value or len(value) > LIST_MAX:
        return f"应当是 1 到 {LIST_MAX} 项的列表，每项写明 material 和 what。"
    for entry in value:
        if not isinstance(entry, dict) or set(entry) != {"material", "what"}:
            return "的每项应当恰有 material(材料)和 what(需补正的内容)。"
        what = _wrong_text(entry["material"]) or _wrong_text(entry["what"])
        if what:
            return f"的每项{what}"
    return ""
