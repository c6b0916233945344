"""Whether a closed condition holds for the answers of a form. What may be written is checked by the catalogue.

{field: storage_project, in: [新建, 改建, 扩建]}   tests: is, in, at_least, at_most, filled,
{field: ends_on, at_least_field: starts_on}        at_least_field, at_most_field
{all: [...]}   {any: [...]}   {not: {...}}
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


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
    return value is not None and _passes(value, condition, form)


def _passes(value: Any, condition: Mapping[str, Any], form: Mapping[str, Any]) -> bool:
    if "is" in condition:
        wanted = condition["is"]
        return wanted in value if isinstance(value, list) else _same(value, wanted)
    if "in" in condition:
        return any(_same(one, wanted) for one in _list(value) for wanted in condition["in"])
    if "at_least" in condition:
        return bool(_order(value) >= _order(condition["at_least"]))
    if "at_most" in condition:
        return bool(_order(value) <= _order(condition["at_most"]))
    if "at_least_field" in condition:
        other = form.get(condition["at_least_field"])
        return other is not None and bool(_order(value) >= _order(other))
    other = form.get(condition["at_most_field"])
    return other is not None and bool(_order(value) <= _order(other))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _same(value: Any, wanted: Any) -> bool:
    """True is not 1; the number "2.50" is 2.5."""
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted
    if isinstance(wanted, int):
        return Decimal(str(value)) == wanted
    return bool(value == wanted)


def _order(value: Any) -> Any:
    """Return what sorts as the value means: a day, or the exact number."""
    return value if isinstance(value, str) and _DAY.fullmatch(value) else Decimal(str(value))


def truth(condition: Mapping[str, Any], form: Mapping[str, Any]) -> bool | None:
    """Return whether the condition holds, or None where an answer it depends on is not there."""
    if "all" in condition:
        parts = [truth(part, form) for part in condition["all"]]
        return False if False in parts else None if None in parts else True
    if "any" in condition:
        parts = [truth(part, form) for part in condition["any"]]
        return True if True in parts else None if None in parts else False
    if "not" in condition:
        inner = truth(condition["not"], form)
        return None if inner is None else not inner
    others = [condition[key] for key in ("at_least_field", "at_most_field") if key in condition]
    if "filled" not in condition and any(form.get(key) is None for key in (condition["field"], *others)):
        return None
    return holds(condition, form)
