"""Do the limits of an item's steps fit into what it promises, and that into what the law gives?

Steps are procedures and branches. Time that does not count (the excluded grounds) needs no room. Branches wait for
each other, so what counts is the longest chain. Units are compared roughly: a month is 21 working days.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import islice, product
from typing import Any

from service_catalog.conditions import NUMBERS, fields_of, holds
from service_catalog.model import Branch, Limit, Procedure, ServiceItem, Variant
from service_catalog.routing import branches_of, variant_of

WORKED: Mapping[str, float] = {"working_day": 1.0, "calendar_day": 0.7, "month": 21.0, "year": 250.0}
UNITS: Mapping[str, str] = {"working_day": "个工作日", "calendar_day": "日", "month": "个月", "year": "年"}
WHILE_DECIDING = ("after-acceptance", "before-decision")
GROUND_OF: Mapping[str, str] = {"assessment": "appraisal"}  # the ground of a procedure has its name, but for this one
XK42 = "行政许可法 第四十二条"
ANSWERS_MAX = 4096
Found = Iterator[tuple[str, str, str]]


def worth(limit: Limit | None) -> float:
    """Return how long a limit is, in working days, roughly; 0 for none."""
    return limit.n * WORKED[limit.unit] if limit else 0.0


def is_longer(one: Limit, other: Limit) -> bool:
    """Return True if `one` is longer; exactly in one unit, roughly in two."""
    return one.n > other.n if one.unit == other.unit else worth(one) > worth(other)


def procedures(item: ServiceItem) -> Found:
    """Yield each procedure that takes longer than there is time, in a way of the item that goes through it."""
    for index, one in enumerate(item.procedures):
        if one.limit is None or one.stage not in WHILE_DECIDING or GROUND_OF.get(one.kind, one.kind) in item.excluded:
            continue
        for variant in _ways(item, one):
            limits = {**item.limits, **(variant.limits if variant else {})}
            room = limits.get("promised") or limits.get("decision")
            if room and is_longer(one.limit, room):
                way = f"（{variant.name}）" if variant else ""
                what = f"takes {_text(one.limit)}, but there are only {_text(room)}{way} and this time counts"
                yield f"procedures.{index}.limit", what, one.limit.law or XK42
                break


def _ways(item: ServiceItem, one: Procedure) -> list[Variant | None]:
    """Return the variants (None: the main way) of cases with this procedure; without a condition, those on the same process."""
    found: list[Variant | None] = []
    for form in some_answers(item, [one.when, *(variant.when for variant in item.variants)]):
        variant = variant_of(item, form)
        is_alike = one.when is not None or variant is None or variant.process in ("", item.process)
        if is_alike and holds(one.when, form) and variant not in found:
            found.append(variant)
    return found


def some_answers(item: ServiceItem, conditions: Sequence[Mapping[str, Any] | None]) -> Iterator[dict[str, Any]]:
    """Yield answers to the questions these conditions look at, so many that each can hold and fail in every combination.

    Of more than ANSWERS_MAX combinations only the first are yielded.
    """
    keys = sorted({key for condition in conditions for key in fields_of(condition)})
    choices = [_values(item, key, conditions) for key in keys]
    for values in islice(product(*choices), ANSWERS_MAX):
        yield {key: value for key, value in zip(keys, values, strict=True) if value is not None}


def _values(item: ServiceItem, key: str, conditions: Sequence[Mapping[str, Any] | None]) -> list[Any]:
    field = item.form_field(key)
    assert field is not None, "the loader knows every field of a condition"
    if field.type == "flag":
        return [True, False]
    if field.type == "choice":
        return list(field.options)
    if field.type == "choices":
        return [[option] for option in field.options]
    bounds = [bound for condition in conditions for bound in _bounds(condition, key)]
    if field.type in NUMBERS:
        return [None, "1", *bounds, *(Decimal(str(bound)) + step for bound in bounds for step in (-1, 1))]
    return [None, *(("1900-01-01", "2100-01-01") if field.type == "date" else ("x",)), *bounds]


def _bounds(condition: Mapping[str, Any] | None, key: str) -> Iterator[Any]:
    if condition is None:
        return
    for part in (*condition.get("all", ()), *condition.get("any", ()), *filter(None, [condition.get("not")])):
        yield from _bounds(part, key)
    if condition.get("field") == key:
        for test in ("is", "at_least", "at_most"):
            if test in condition:
                yield condition[test]
        yield from condition.get("in", ())


def branches(item: ServiceItem) -> Found:
    """Yield the chain of branches that is longer than the one limit of a case handled as one (许可法26, 42)."""
    if item.joint and item.joint.mode == "unified":
        yield from _long_chain(item)


def remarks(item: ServiceItem) -> Found:
    """Yield the same where each branch keeps its own limit: no fault, but the promise will be missed."""
    if item.joint and item.joint.mode == "bundle":
        yield from _long_chain(item)


def _long_chain(item: ServiceItem) -> Found:
    conditions = [branch.when for branch in item.branches]
    chain = max((longest_chain(branches_of(item, form)) for form in some_answers(item, conditions)), key=_length)
    total = sum(worth(branch.limit) for branch in chain)
    for name, said in (("decision", "the law gives"), ("promised", "the promise is")):
        room = item.limits.get(name)
        if room and total > worth(room):
            names = " > ".join(branch.key for branch in chain)
            what = f"one after another the branches take {total:g} working days ({names}); {said} {_text(room)}"
            yield f"branches.{item.branches.index(chain[-1])}", what, room.law or XK42
            return


def longest_chain(branches: Sequence[Branch]) -> tuple[Branch, ...]:
    """Return the branches that wait for each other longest, first to last; each waits only for those there are."""
    chains: dict[str, tuple[Branch, ...]] = {}
    for branch in branches:
        before = max((chains[key] for key in branch.after if key in chains), key=_length, default=())
        chains[branch.key] = (*before, branch)
    return max(chains.values(), key=_length, default=())


def _length(chain: Sequence[Branch]) -> float:
    return sum(worth(branch.limit) for branch in chain)


def between(items: Sequence[ServiceItem]) -> Iterator[tuple[ServiceItem, str, str, str]]:
    """Yield each branch that has more time than the item it stands for gives itself, in any of its ways."""
    known = {item.code: item for item in items}
    for item in items:
        for index, branch in enumerate(item.branches):
            child = known.get(branch.item)
            if child is None or branch.limit is None:
                continue
            own = [child.limits.get("decision"), *(variant.limits.get("decision") for variant in child.variants)]
            most = max((limit for limit in own if limit), key=worth, default=None)
            if most and is_longer(branch.limit, most):
                what = f"takes {_text(branch.limit)}, longer than item {child.code} itself: {_text(most)}"
                yield item, f"branches.{index}.limit", what, branch.limit.law


def _text(limit: Limit) -> str:
    return f"{limit.n}{UNITS[limit.unit]}"
