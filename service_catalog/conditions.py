"""Closed conditions over form fields: data, never expressions. Checked when a manual is loaded.

    {field: storage_project, in: [新建, 改建, 扩建]}      also: is, not, at_least, at_most, filled
    {all: [...]}   {any: [...]}   {not: {...}}
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

TESTS = ("is", "in", "at_least", "at_most", "filled")
NUMBERS = ("integer", "decimal")


class ConditionError(ValueError):
    """A condition that can never be evaluated; the message says why."""


def holds(condition: Mapping[str, Any] | None, form: Mapping[str, Any]) -> bool:
    """Return whether the condition holds for these answers. None always holds; an unanswered field fails."""
    if condition is None:
        return True
    if "all" in condition:
        return all(holds(part, form) for part in condition["all"])
    if "any" in condition:
        return any(holds(part, form) for part in condition["any"])
    if "not" in condition:
        return not holds(condition["not"], form)
    value = form.get(condition["field"])
    if "filled" in condition:
        return (value not in (None, "", [])) is condition["filled"]
    if value is None:
        return False
    if "is" in condition:
        return value == condition["is"] or (isinstance(value, list) and condition["is"] in value)
    if "in" in condition:
        return any(one in condition["in"] for one in (value if isinstance(value, list) else [value]))
    if "at_least" in condition:
        return number(value) >= number(condition["at_least"])
    return number(value) <= number(condition["at_most"])


def number(value: Any) -> Decimal:
    """Return a form's number exactly; decimals travel as text."""
    return Decimal(str(value))


def fields_of(condition: Mapping[str, Any] | None) -> Iterator[str]:
    """Yield the keys of the fields a condition looks at."""
    if condition is None:
        return
    for group in ("all", "any"):
        for part in condition.get(group, ()):
            yield from fields_of(part)
    if "not" in condition:
        yield from fields_of(condition["not"])
    if "field" in condition:
        yield condition["field"]


def check(condition: Any, kinds: Mapping[str, tuple[str, tuple[str, ...]]]) -> None:
    """Raise ConditionError unless the condition makes sense. kinds: field key -> (type, options)."""
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


def _check_test(condition: Mapping[str, Any], kinds: Mapping[str, tuple[str, tuple[str, ...]]]) -> None:
    tests = [key for key in condition if key != "field"]
    if "field" not in condition or len(tests) != 1 or tests[0] not in TESTS:
        raise ConditionError(f"needs `field` and exactly one of {', '.join(TESTS)}")
    if condition["field"] not in kinds:
        raise ConditionError(f"unknown field {condition['field']!r}")
    kind, options = kinds[condition["field"]]
    test, value = tests[0], condition[tests[0]]
    if test == "filled":
        if not isinstance(value, bool):
            raise ConditionError("`filled` is true or false")
    elif test in ("at_least", "at_most"):
        if kind not in NUMBERS:
            raise ConditionError(f"{condition['field']!r} is no number")
        try:
            number(value)
        except InvalidOperation as error:
            raise ConditionError(f"{value!r} is no number") from error
    else:
        wanted = value if test == "in" else [value]
        if not isinstance(wanted, list):
            raise ConditionError("`in` takes a list")
        for one in wanted:
            if kind == "flag" and not isinstance(one, bool):
                raise ConditionError(f"{condition['field']!r} is true or false")
            if options and one not in options:
                raise ConditionError(f"{one!r} is not an option of {condition['field']!r}")
