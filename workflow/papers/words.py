"""Dates, lengths and laws as official papers write them."""

import re
from datetime import date, datetime

from workflow.engine.dates import SHANGHAI

DIGITS = "〇一二三四五六七八九"
UNITS = {"working_day": "个工作日", "calendar_day": "日", "month": "个月", "year": "年", "day": "日"}
# Laws of the National People's Congress are cited with the name of the state.
STATE_LAWS = ("行政许可法", "行政处罚法", "行政复议法", "行政诉讼法", "消防法", "个人信息保护法", "安全生产法")
# What bears a title and is cited by its articles; the office's own rules have neither.
TITLED = ("法", "条例", "办法", "规定", "细则", "制度", "规则")
UNTITLED = ("本机关", "本事项", "事项办理")


def day_words(day: str | date) -> str:
    """Return 2026年9月1日."""
    found = date.fromisoformat(day[:10]) if isinstance(day, str) else day
    return f"{found.year}年{found.month}月{found.day}日"


def moment_words(moment: str) -> str:
    """Return 2026年9月1日9时05分, in Shanghai."""
    found = datetime.fromisoformat(moment).astimezone(SHANGHAI)
    return f"{day_words(found.date())}{found.hour}时{found.minute:02d}分"


def day_in_full(day: str) -> str:
    """Return 二〇二六年九月一日: the date under a signature."""
    found = date.fromisoformat(day[:10])
    year = "".join(DIGITS[int(digit)] for digit in str(found.year))
    return f"{year}年{_counted(found.month)}月{_counted(found.day)}日"


def _counted(number: int) -> str:
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else f"{DIGITS[tens]}十"
    return head + (DIGITS[ones] if ones or not tens else "")


def length_words(n: int, unit: str) -> str:
    """Return 20个工作日."""
    return f"{n}{UNITS.get(unit, '日')}"


def law_words(law: str) -> str:
    """Return the law as papers cite it: 《中华人民共和国行政许可法》第三十二条, several joined by 、."""
    return "、".join(_cited(one.strip()) for one in re.split("[；;]", law) if one.strip())


def _cited(law: str) -> str:
    name, _, articles = law.partition(" ")
    head, bare = ("参照", name.removeprefix("参照")) if name.startswith("参照") else ("", name)
    if bare in STATE_LAWS:
        bare = f"《中华人民共和国{bare}》"
    elif articles and bare.endswith(TITLED) and not bare.startswith(UNTITLED):
        bare = f"《{bare}》"
    return f"{head}{bare}{articles}"


def lines_of(value: object) -> list[str]:
    """Return the entries of a list, or the lines of a text; [] for nothing."""
    if isinstance(value, (list, tuple)):
        return [str(entry) for entry in value]
    return [line.strip() for line in str(value or "").splitlines() if line.strip()]
