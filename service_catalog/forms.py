"""What applicants type, checked against the manual: all errors at once, each names the field in Chinese."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from service_catalog.conditions import holds
from service_catalog.identifiers import wrong_citizen_id, wrong_phone, wrong_uscc
from service_catalog.model import FormField, ServiceItem

TEXT_MAX, LONG_TEXT_MAX, LIST_MAX = 200, 4000, 200
NUMBER_MAX = 10**15
_HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
_DECIMAL = re.compile(r"-?\d{1,15}(\.\d{1,6})?")


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One wrong field. text: Chinese, names the field and says what to do."""

    field: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class FormResult:
    """clean: the answers in their canonical form (decimals as text); problems: everything wrong."""

    clean: dict[str, Any]
    problems: tuple[FieldProblem, ...]


def check_form(
    item: ServiceItem, form: Mapping[str, Any], *, draft: bool = False, today: date | None = None
) -> FormResult:
    """Return the clean answers and every problem. draft: nothing is required yet."""
    clean: dict[str, Any] = {}
    problems = [
        FieldProblem(str(key), str(key), f"申请表没有“{str(key)[:40]}”这一项，请删除。")
        for key in form
        if item.form_field(key) is None
    ]
    for field in item.fields:
        value = form.get(field.key)
        if not holds(field.shown, clean):
            if value not in (None, ""):
                problems.append(_problem(field, "在您的情形下不需要填写，请删除。"))
            continue
        if value is None or value == "" or value == []:
            if field.required and not draft:
                problems.append(_problem(field, "必填，请填写。"))
            continue
        found, wrong = _check(field, value, today)
        if wrong:
            problems.append(_problem(field, wrong))
        else:
            clean[field.key] = found
    if not problems and not draft:
        problems += _cross_checks(item, clean)
    return FormResult(clean, tuple(problems))


def _cross_checks(item: ServiceItem, clean: Mapping[str, Any]) -> list[FieldProblem]:
    found = []
    for check in item.checks:
        if holds(check.when, clean) and not holds(check.require, clean):
            field = item.form_field(check.field)
            label = field.label if field else check.field
            found.append(FieldProblem(check.field, label, f"{label}:{check.message}"))
    return found


def _problem(field: FormField, what: str) -> FieldProblem:
    return FieldProblem(field.key, field.label, f"{field.label}:{what}")


def _check(field: FormField, value: Any, today: date | None) -> tuple[Any, str]:
    """Return (canonical value, "") or (None, what is wrong)."""
    match field.type:
        case "text" | "long-text" | "uscc" | "citizen-id" | "phone":
            return _text(field, value, today)
        case "integer":
            return _integer(field, value)
        case "decimal":
            return _decimal(field, value)
        case "date":
            return _date(field, value, today)
        case "flag":
            return (value, "") if isinstance(value, bool) else (None, "请选择是（true）或否（false）。")
        case "choice":
            sound = isinstance(value, str) and value in field.options
            return (value, "") if sound else (None, f"只能选择：{'、'.join(field.options)}。")
        case "choices" | "list":
            return _list(field, value)


def clean_text(value: Any, most: int) -> tuple[str, str]:
    """Return (text in NFC without outer spaces, "") or ("", what is wrong)."""
    if not isinstance(value, str):
        return "", "应当填写文字。"
    text = unicodedata.normalize("NFC", value).strip()
    if any(unicodedata.category(char) in _HIDDEN and char not in "\n\r" for char in text):
        return "", "含有不可见字符，请删除后重新填写。"
    if not text:
        return "", "不能只有空格，请填写。"
    return (text, "") if len(text) <= most else ("", f"不能超过 {most} 个字。")


def _text(field: FormField, value: Any, today: date | None) -> tuple[Any, str]:
    longest = LONG_TEXT_MAX if field.type == "long-text" else TEXT_MAX
    text, wrong = clean_text(value, field.most or longest)
    if not wrong and field.type != "long-text" and "\n" in text:
        wrong = "应当写在一行内。"
    if not wrong and field.type == "uscc":
        wrong = wrong_uscc(text)
    if not wrong and field.type == "citizen-id":
        wrong = wrong_citizen_id(text, today)
    if not wrong and field.type == "phone":
        wrong = wrong_phone(text)
    return text, wrong


def _integer(field: FormField, value: Any) -> tuple[Any, str]:
    if isinstance(value, bool) or not isinstance(value, int):
        return None, "应当填写整数。"
    return value, _out_of_range(field, Decimal(value))


def _decimal(field: FormField, value: Any) -> tuple[Any, str]:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None, "应当填写数值。"
    if isinstance(value, float) and not abs(value) < NUMBER_MAX:
        return None, "数值过大或不是数。"
    text = format(Decimal(repr(value)), "f") if isinstance(value, float) else str(value).strip()
    if not _DECIMAL.fullmatch(text):
        return None, "应当填写数值，最多 15 位整数、6 位小数。"
    exact = Decimal(text)
    canonical = format(exact.normalize(), "f") if exact else "0"
    return canonical, _out_of_range(field, exact)


def _out_of_range(field: FormField, value: Decimal) -> str:
    least, most = field.least, field.most
    if least is not None and value < least:
        return f"不能小于 {least}。"
    if value > (NUMBER_MAX if most is None else most):
        return f"不能大于 {NUMBER_MAX if most is None else most}。"
    return "不能小于负的上限。" if value < -NUMBER_MAX else ""


def _date(field: FormField, value: Any, today: date | None) -> tuple[Any, str]:
    wanted = "应当填写日期，例如 2026-09-01。"
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        return None, wanted
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return None, "没有这一天，请核对。"
    if not 1900 <= day.year <= 2200:
        return None, "年份不合理，请核对。"
    if field.past and today is not None and day > today:
        return None, "不能晚于今天。"
    return value, ""


def _list(field: FormField, value: Any) -> tuple[Any, str]:
    if not isinstance(value, list):
        return None, "应当是列表。"
    if len(value) > LIST_MAX:
        return None, f"不能超过 {LIST_MAX} 项。"
    clean = []
    for one in value:
        if field.type == "choices":
            if not isinstance(one, str) or one not in field.options:
                return None, f"只能选择：{'、'.join(field.options)}。"
            clean.append(one)
            continue
        text, wrong = clean_text(one, TEXT_MAX)
        if wrong:
            return None, f"每一项{wrong}"
        clean.append(text)
    if len(set(clean)) != len(clean):
        return None, "有重复的项，请删除。"
    return clean, ""


KINDS = {"person": "自然人", "organisation": "法人或其他组织"}
# The words manuals and callers use for the same two kinds.
_ALIASES = {
    "enterprise": "organisation",
    "organization": "organisation",
    "legal-person": "organisation",
    "individual": "person",
}
_PARTY = ("kind", "name", "id_no", "legal_representative", "contact", "phone", "address", "email")
_PARTY_LABELS = {
    "kind": "申请人类型",
    "name": "申请人名称（姓名）",
    "id_no": "证件号码",
    "legal_representative": "法定代表人",
    "contact": "联系人",
    "phone": "联系电话",
    "address": "地址",
    "email": "电子邮箱",
}


def check_applicant(applicant: Mapping[str, Any], item: ServiceItem, *, today: date | None = None) -> FormResult:
    """Return the clean applicant and every problem: kind, name, id_no with its check digit, contacts."""
    problems = [
        FieldProblem(str(key), str(key), f"申请人信息没有“{str(key)[:40]}”这一项，请删除。")
        for key in applicant
        if key not in _PARTY
    ]
    clean: dict[str, Any] = {}
    kind = applicant.get("kind")
    kind = _ALIASES.get(kind, kind) if isinstance(kind, str) else kind
    if kind not in KINDS:
        problems.append(_party("kind", "只能是 person(自然人)或 organisation(法人或其他组织)。"))
    elif kind not in item.applicants:
        who = "、".join(KINDS[one] for one in item.applicants)
        problems.append(_party("kind", f"本事项只受理{who}的申请。"))
    else:
        clean["kind"] = kind
    for key in ("name", "id_no"):
        if applicant.get(key) in (None, ""):
            problems.append(_party(key, "必填，请填写。"))
    for key in _PARTY[1:]:
        value = applicant.get(key)
        if value in (None, ""):
            continue
        text, wrong = clean_text(value, TEXT_MAX)
        if not wrong and key == "id_no" and kind in KINDS:
            wrong = wrong_uscc(text) if kind == "organisation" else wrong_citizen_id(text, today)
        if not wrong and key == "phone":
            wrong = wrong_phone(text)
        if not wrong and key == "email" and not re.fullmatch(r"[^@\s]{1,64}@[^@\s]{1,120}\.[^@\s]{2,}", text):
            wrong = "不是有效的电子邮箱。"
        if wrong:
            problems.append(_party(key, wrong))
        else:
            clean[key] = text
    return FormResult(clean, tuple(problems))


def _party(key: str, what: str) -> FieldProblem:
    return FieldProblem(key, _PARTY_LABELS[key], f"{_PARTY_LABELS[key]}:{what}")


def json_schema(item: ServiceItem) -> dict[str, Any]:
    """Return the form's JSON schema (2020-12). Conditions between fields are checked by the server."""
    properties = {field.key: _property(field) for field in item.fields}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": item.name_zh,
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "required": [field.key for field in item.fields if field.required and field.shown is None],
    }


def _property(field: FormField) -> dict[str, Any]:
    text = {"type": "string", "minLength": 1, "maxLength": field.most or TEXT_MAX}
    shapes: dict[str, dict[str, Any]] = {
        "text": text,
        "long-text": {**text, "maxLength": field.most or LONG_TEXT_MAX},
        "integer": {"type": "integer"},
        "decimal": {"type": ["number", "string"]},
        "date": {"type": "string", "format": "date"},
        "flag": {"type": "boolean"},
        "choice": {"type": "string", "enum": list(field.options)},
        "choices": {"type": "array", "items": {"enum": list(field.options)}, "uniqueItems": True},
        "list": {"type": "array", "items": {**text, "maxLength": TEXT_MAX}, "minItems": 1, "uniqueItems": True},
        "uscc": {"type": "string", "pattern": "^[0-9A-HJ-NPQRTUWXY]{18}$"},
        "citizen-id": {"type": "string", "pattern": "^[0-9]{17}[0-9X]$"},
        "phone": {"type": "string", "maxLength": 14},
    }
    shape = {"title": field.label, **shapes[field.type]}
    if field.type in ("integer", "decimal"):
        if field.least is not None:
            shape["minimum"] = field.least
        if field.most is not None:
            shape["maximum"] = field.most
    if field.shown is not None:
        shape["x-shown"] = dict(field.shown)
    return shape
