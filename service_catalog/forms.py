"""What applicants type, checked against the manual: all errors at once, each names the field in Chinese."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from service_catalog.conditions import fields_of, holds
from service_catalog.form_schema import json_schema
from service_catalog.identifiers import wrong_citizen_id, wrong_phone, wrong_uscc
from service_catalog.model import FormField, ServiceItem
from service_catalog.values import TEXT_MAX, check_value, clean_text

__all__ = ["FieldProblem", "FormResult", "check_applicant", "check_form", "json_schema"]

UNKNOWN_MAX = 20  # unknown keys named one by one; a form with a thousand is told once


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


def check_form(item: ServiceItem, form: Mapping[str, Any], *, today: date, draft: bool = False) -> FormResult:
    """Return the clean answers and every problem. draft: nothing is required yet. today: in Asia/Shanghai."""
    known = {field.key for field in item.fields}
    problems = _unknown(form, known, "申请表")
    clean: dict[str, Any] = {}
    wrong: set[str] = set()
    for field in item.fields:
        value = form.get(field.key)
        is_undecided = bool(wrong & set(fields_of(field.shown)))  # nobody can say yet whether it is asked
        if is_undecided:
            found, what = (None, "") if _is_empty(value) else check_value(field, value, today)
        else:
            found, what = _answer(field, value, clean, today, draft=draft)
        if what:
            problems.append(_problem(field, what))
        if what or is_undecided:
            wrong.add(field.key)
        elif found is not None:
            clean[field.key] = found
    if not draft:
        problems += [*_cross_checks(item, clean, wrong), *_last_day(item, clean, today)]
    return FormResult(clean, tuple(problems))


def _answer(field: FormField, value: Any, clean: Mapping[str, Any], today: date, *, draft: bool) -> tuple[Any, str]:
    """Return (canonical answer or None, what is wrong)."""
    if not holds(field.shown, clean):
        return None, "" if _is_empty(value) else "在您的情形下不需要填写，请删除。"
    if _is_empty(value):
        return None, "必填，请填写。" if field.required and not draft else ""
    return check_value(field, value, today)


def _is_empty(value: Any) -> bool:
    return value is None or value in ("", [])


def _unknown(given: Mapping[str, Any], known: set[str], what: str) -> list[FieldProblem]:
    unknown = [str(key) for key in given if key not in known]
    problems = [
        FieldProblem(key[:40], key[:40], f"{what}没有“{key[:40]}”这一项，请删除。") for key in unknown[:UNKNOWN_MAX]
    ]
    if len(unknown) > UNKNOWN_MAX:
        problems.append(FieldProblem("", what, f"{what}还有 {len(unknown) - UNKNOWN_MAX} 个不存在的项，请删除。"))
    return problems


def _cross_checks(item: ServiceItem, clean: Mapping[str, Any], wrong: set[str]) -> Iterator[FieldProblem]:
    """Rules between fields, where all of their fields are sound."""
    for check in item.checks:
        used = {*fields_of(check.when), *fields_of(check.require), check.field}
        if used & wrong or not holds(check.when, clean) or holds(check.require, clean):
            continue
        field = item.form_field(check.field)
        if field is not None:
            yield _problem(field, check.message)


def _last_day(item: ServiceItem, clean: Mapping[str, Any], today: date) -> Iterator[FieldProblem]:
    """A permit whose last day the application names cannot end before it begins."""
    field = item.form_field(item.valid_until.field) if item.valid_until else None
    if field is not None and clean.get(field.key, "9999") < today.isoformat():
        yield _problem(field, "不能早于今天，请核对。")


def _problem(field: FormField, what: str) -> FieldProblem:
    return FieldProblem(field.key, field.label, f"{field.label}：{what}")


KINDS = {"person": "自然人", "organisation": "法人或者其他组织"}
# The words manuals and callers use for the same two kinds.
_ALIASES = {
    "enterprise": "organisation",
    "organization": "organisation",
    "institution": "organisation",
    "individual_business": "organisation",
    "legal-person": "organisation",
    "individual": "person",
    "natural-person": "person",
}
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
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]{1,63}([.][^@\s.]{1,63}){1,5}")


def check_applicant(applicant: Mapping[str, Any], item: ServiceItem, *, today: date) -> FormResult:
    """Return the clean applicant and every problem: kind, name, id_no with its check digit, contacts."""
    problems = _unknown(applicant, set(_PARTY_LABELS), "申请人信息")
    clean: dict[str, Any] = {}
    kind, wrong = _kind(applicant.get("kind"), item)
    if wrong:
        problems.append(_party("kind", wrong))
    else:
        clean["kind"] = kind
    for key in list(_PARTY_LABELS)[1:]:
        value = applicant.get(key)
        if value is None or value == "":
            if key in ("name", "id_no"):
                problems.append(_party(key, "必填，请填写。"))
            continue
        text, wrong = clean_text(value, TEXT_MAX["address" if key == "address" else "text"])
        wrong = wrong or _wrong_party(key, text, kind, today)
        if wrong:
            problems.append(_party(key, wrong))
        else:
            clean[key] = text
    return FormResult(clean, tuple(problems))


def _kind(given: Any, item: ServiceItem) -> tuple[str, str]:
    """Return (kind, what is wrong)."""
    kind = _ALIASES.get(given, given) if isinstance(given, str) else ""
    if kind not in KINDS:
        return "", "应当是自然人（person）或者法人、其他组织（organisation）。"
    if kind not in item.applicants:
        return kind, f"本事项只受理{'、'.join(item.applicant_types)}的申请。"
    return kind, ""


def _wrong_party(key: str, text: str, kind: str, today: date) -> str:
    if key == "id_no" and kind:
        return wrong_uscc(text) if kind == "organisation" else wrong_citizen_id(text, today)
    if key == "phone":
        return wrong_phone(text)
    if key == "email" and not _EMAIL.fullmatch(text):
        return "不是有效的电子邮箱，请核对。"
    return ""


def _party(key: str, what: str) -> FieldProblem:
    return FieldProblem(key, _PARTY_LABELS[key], f"{_PARTY_LABELS[key]}：{what}")
