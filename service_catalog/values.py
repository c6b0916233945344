"""One answer of a form: (canonical value, "") or (None, what is wrong and what to do, in Chinese)."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from service_catalog.identifiers import wrong_account, wrong_citizen_id, wrong_phone, wrong_uscc
from service_catalog.model import FormField

LONG_TEXT_MAX, LIST_MAX = 4000, 200
TEXT_MAX: Mapping[str, int] = {"text": 200, "address": 300, "long-text": LONG_TEXT_MAX}
NUMBER_MAX = 10**15
_INVISIBLE = ("Cc", "Cf", "Zl", "Zp")
_UNKNOWN = ("Cs", "Co", "Cn")
_DECIMAL = re.compile(r"-?[0-9]{1,15}([.][0-9]{1,6})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
Checked = tuple[Any, str]


def text_max(field: FormField) -> int:
    """Return how many characters a field takes."""
    return field.most or TEXT_MAX.get(field.type, TEXT_MAX["text"])


def check_value(field: FormField, value: Any, today: date) -> Checked:
    """Return the canonical value of one answer, or what is wrong with it."""
    match field.type:
        case "integer":
            return _integer(field, value)
        case "decimal":
            return _decimal(field, value)
        case "date":
            return _date(field, value, today)
        case "flag":
            return (value, "") if isinstance(value, bool) else (None, "请选择“是”（true）或者“否”（false）。")
        case "choice":
            sound = isinstance(value, str) and value in field.options
            return (value, "") if sound else (None, f"只能选择：{'、'.join(field.options)}。")
        case "choices" | "list":
            return _list(field, value)
        case _:
            return _text(field, value, today)


def clean_text(value: Any, most: int, *, lines: bool = False) -> tuple[str, str]:
    """Return (text in NFC without outer spaces, "") or ("", what is wrong). lines: may have line breaks."""
    if not isinstance(value, str):
        return "", "应当填写文字。"
    if len(value) > 4 * most + 100:  # before any work on it
        return "", f"不能超过 {most} 个字，请缩短。"
    text = unicodedata.normalize("NFC", value).strip()
    if not lines and ("\n" in text or "\r" in text):
        return "", "应当写在一行内，请删除换行。"
    for char in text:
        kind = unicodedata.category(char)
        if kind in _INVISIBLE and char not in "\n\r":
            return "", "含有不可见字符，请删除后重新填写。"
        # Planes 2 and 3 hold rare characters of real names, newer than this Python's table.
        if kind in _UNKNOWN and not 0x20000 <= ord(char) <= 0x3FFFF:
            return "", "含有系统不能识别的字符，请改用国家标准收录的字。"
    if not text:
        return "", "不能只有空格，请填写。"
    return (text, "") if len(text) <= most else ("", f"不能超过 {most} 个字，请缩短。")


def _text(field: FormField, value: Any, today: date) -> Checked:
    text, wrong = clean_text(value, text_max(field), lines=field.type == "long-text")
    if wrong:
        return None, wrong
    if field.type == "uscc":
        wrong = wrong_uscc(text)
    elif field.type == "citizen-id":
        wrong = wrong_citizen_id(text, today)
    elif field.type == "phone":
        wrong = wrong_phone(text)
    elif field.type == "bank-account":
        wrong = wrong_account(text)
    elif field.least is not None and len(text) < field.least:
        wrong = f"不能少于 {field.least} 个字。"
    return (None, wrong) if wrong else (text, "")


def _integer(field: FormField, value: Any) -> Checked:
    if isinstance(value, bool) or not isinstance(value, int):
        return None, "应当填写整数，例如 3（不加引号）。"
    return _in_range(field, value, Decimal(value) if abs(value) <= NUMBER_MAX else None)


def _decimal(field: FormField, value: Any) -> Checked:
    """Text is read too: this is how an exact number comes back from us."""
    wanted = "应当填写数值，最多 15 位整数、6 位小数。"
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None, wanted
    if not isinstance(value, str) and not abs(value) <= NUMBER_MAX:
        return _in_range(field, None, None)
    text = format(Decimal(repr(value)), "f") if isinstance(value, float) else str(value).strip()
    if not _DECIMAL.fullmatch(text):
        return None, wanted
    exact = Decimal(text)
    return _in_range(field, format(exact.normalize(), "f") if exact else "0", exact)


def _in_range(field: FormField, canonical: Any, value: Decimal | None) -> Checked:
    if value is None:
        return None, "数值过大或者不是数，请核对。"
    if field.least is not None and value < field.least:
        return None, f"不能小于 {field.least}。"
    if field.most is not None and value > field.most:
        return None, f"不能大于 {field.most}。"
    return canonical, ""


def _date(field: FormField, value: Any, today: date) -> Checked:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        return None, "应当填写日期，例如 2026-09-01。"
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return None, "没有这一天，请核对。"
    if not 1900 <= day.year <= 2200:
        return None, "年份不合理，请核对。"
    if field.past and day > today:
        return None, "不能晚于今天，请核对。"
    return value, ""


def _list(field: FormField, value: Any) -> Checked:
    if not isinstance(value, list):
        return None, "应当是列表，每项一条。"
    if len(value) > (field.most or LIST_MAX):
        return None, f"不能超过 {field.most or LIST_MAX} 项。"
    if field.least is not None and len(value) < field.least:
        return None, f"不能少于 {field.least} 项。"
    clean: list[str] = []
    for number, one in enumerate(value, 1):
        if field.type == "choices" and (not isinstance(one, str) or one not in field.options):
            return None, f"只能选择：{'、'.join(field.options)}。"
        text, wrong = clean_text(one, TEXT_MAX["text"])
        if wrong:
            return None, f"第 {number} 项{wrong}"
        clean.append(text)
    if len(set(clean)) != len(clean):
        return None, "有重复的项，请删除。"
    return clean, ""
