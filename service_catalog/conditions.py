"""Closed conditions over form fields: data, never expressions. Checked when a manual is loaded.

{field: storage_project, in: [新建, 改建, 扩建]}   tests: is, in, at_least, at_most, filled,
{field: ends_on, at_least_field: starts_on}        at_least_field, at_most_field
{all: [...]}   {any: [...]}   {not: {...}}
"""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from workflow.engine.conditions import holds

__all__ = ["ConditionError", "Kinds", "check", "describe", "fields_of", "holds"]

TESTS = ("is", "in", "at_least", "at_most", "at_least_field", "at_most_field", "filled")
NUMBERS = ("integer", "decimal")
Kinds = Mapping[str, tuple[str, tuple[str, ...]]]  # field key -> (type, options)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class ConditionError(ValueError):
    """A condition that can never be evaluated; the message says why."""


def fields_of(condition: Mapping[str, Any] | None) -> Iterator[str]:
    """Yield the keys of the fields a condition looks at."""
    if condition is None:
        return
    for group in ("all", "any"):
        for part in condition.get(group, ()):
            yield from fields_of(part)
    if "not" in condition:
        yield from fields_of(condition["not"])
    for key in ("field", "at_least_field", "at_most_field"):
        if key in condition:
            yield condition[key]


def check(condition: Any, kinds: Kinds) -> None:
    """Raise ConditionError unless the condition makes sense for these fields."""
    if not isinstance(condition, Mapping):
        raise ConditionError("a condition is written {field: ..., is: ...}")
    for group in ("all", "any"):
        if group in condition:
            parts = condition[group]
            if set(condition) != {group} or not isinstance(parts, list) or not parts:
                raise ConditionError(f"`{group}` stands alone and holds a list of conditions")
            for part in parts:
                check(part, kinds)
            return
    if "not" in condition:
        if set(condition) != {"not"}:
            raise ConditionError("`not` stands alone")
        check(condition["not"], kinds)
        return
    _check_test(condition, kinds)


def _check_test(condition: Mapping[str, Any], kinds: Kinds) -> None:
    tests = [key for key in condition if key != "field"]
    if "field" not in condition or len(tests) != 1 or tests[0] not in TESTS:
        raise ConditionError(f"needs `field` and exactly one of {', '.join(TESTS)}")
    field, test, value = condition["field"], tests[0], condition[tests[0]]
    if not isinstance(field, str) or field not in kinds:
        raise ConditionError(f"unknown field {field!r}")
    if test == "filled":
        if not isinstance(value, bool):
            raise ConditionError("`filled` is true or false")
    elif test in ("at_least_field", "at_most_field"):
        _check_pair(field, value, kinds)
    elif test in ("at_least", "at_most"):
        _check_bound(field, value, kinds[field][0])
    else:
        _check_values(field, value, test, kinds[field])


def _check_pair(field: str, other: Any, kinds: Kinds) -> None:
    if not isinstance(other, str) or other not in kinds:
        raise ConditionError(f"unknown field {other!r}")
    pair = {kinds[field][0], kinds[other][0]}
    if not pair <= set(NUMBERS) and pair != {"date"}:
        raise ConditionError(f"{field!r} and {other!r} are not both numbers or both dates")


def _check_bound(field: str, value: Any, kind: str) -> None:
    if kind == "date":
        if not isinstance(value, str) or not _DAY.fullmatch(value):
            raise ConditionError(f'{value!r} is no day; write "2026-05-01"')
        return
    if kind not in NUMBERS:
        raise ConditionError(f"{field!r} is neither a number nor a date")
    try:
        sound = not isinstance(value, bool) and Decimal(str(value)).is_finite()
    except InvalidOperation:
        sound = False
    if not sound:
        raise ConditionError(f"{value!r} is no number")


def _check_values(field: str, value: Any, test: str, kind: tuple[str, tuple[str, ...]]) -> None:
    wanted = value if test == "in" else [value]
    if not isinstance(wanted, list) or not wanted:
        raise ConditionError("`in` takes a list")
    for one in wanted:
        if (kind[0] == "flag") is not isinstance(one, bool):
            raise ConditionError(
                f"{field!r} is true or false" if kind[0] == "flag" else f"{one!r} does not fit {field!r}"
            )
        if kind[1] and one not in kind[1]:
            raise ConditionError(f"{one!r} is not an option of {field!r}")
        if (kind[0] in NUMBERS) is not isinstance(one, int) and kind[0] != "flag":
            raise ConditionError(f"{one!r} does not fit {field!r}")


def describe(condition: Mapping[str, Any], labels: Mapping[str, str]) -> str:
    """Return the condition as a Chinese clause for people: 储存设施建设情况为新建、改建或者扩建."""
    for group, word in (("all", "，并且"), ("any", "，或者")):
        if group in condition:
            return word.join(describe(part, labels) for part in condition[group])
    if "not" in condition:
        return f"不属于“{describe(condition['not'], labels)}”"
    label = f"“{labels[condition['field']]}”"
    if "filled" in condition:
        return f"{label}{'已填写' if condition['filled'] else '未填写'}"
    if "is" in condition:
        return f"{label}为{_said(condition['is'])}"
    if "in" in condition:
        *first, last = [_said(one) for one in condition["in"]]
        return f"{label}为{'、'.join(first)}或者{last}" if first else f"{label}为{last}"
    for test, word in (("at_least", "不小于"), ("at_most", "不大于")):
        if test in condition:
            return f"{label}{word}{condition[test]}"
        if f"{test}_field" in condition:
            return f"{label}{word}“{labels[condition[f'{test}_field']]}”"
    raise AssertionError(condition)


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    return str(value)
