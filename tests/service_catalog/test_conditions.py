"""The closed condition language: what holds, what is refused, and how it reads."""

from typing import Any

import pytest

from service_catalog.conditions import ConditionError, check, describe, holds

KINDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "size": ("choice", ("大", "小")),
    "uses": ("choices", ("甲", "乙", "丙")),
    "area": ("decimal", ()),
    "heads": ("integer", ()),
    "is_new": ("flag", ()),
    "starts_on": ("date", ()),
    "ends_on": ("date", ()),
    "name": ("text", ()),
}


@pytest.mark.parametrize(
    ("condition", "form", "expected"),
    [
        ({"field": "size", "is": "大"}, {"size": "大"}, True),
        ({"field": "size", "is": "大"}, {"size": "小"}, False),
        ({"field": "size", "is": "大"}, {}, False),
        ({"field": "size", "in": ["大", "小"]}, {"size": "小"}, True),
        ({"field": "uses", "is": "乙"}, {"uses": ["甲", "乙"]}, True),
        ({"field": "uses", "in": ["丙"]}, {"uses": ["甲", "乙"]}, False),
        ({"field": "area", "at_least": 50}, {"area": "50"}, True),
        ({"field": "area", "at_least": "50.5"}, {"area": "50.49"}, False),
        ({"field": "area", "at_most": 50}, {"area": "100"}, False),  # as numbers, not as texts
        ({"field": "heads", "is": 5}, {"heads": 5}, True),
        ({"field": "heads", "is": 1}, {"heads": True}, False),
        ({"field": "is_new", "is": True}, {"is_new": True}, True),
        ({"field": "is_new", "is": False}, {}, False),
        ({"field": "name", "filled": True}, {"name": "甲"}, True),
        ({"field": "name", "filled": False}, {}, True),
        (
            {"field": "ends_on", "at_least_field": "starts_on"},
            {"starts_on": "2026-05-01", "ends_on": "2026-05-01"},
            True,
        ),
        (
            {"field": "ends_on", "at_least_field": "starts_on"},
            {"starts_on": "2026-05-01", "ends_on": "2026-04-30"},
            False,
        ),
        ({"field": "ends_on", "at_least_field": "starts_on"}, {"ends_on": "2026-04-30"}, False),
        ({"field": "heads", "at_most_field": "area"}, {"heads": 9, "area": "10"}, True),
        ({"field": "starts_on", "at_most": "2026-12-31"}, {"starts_on": "2027-01-01"}, False),
        ({"not": {"field": "size", "is": "大"}}, {"size": "小"}, True),
        (
            {"all": [{"field": "size", "is": "大"}, {"field": "is_new", "is": True}]},
            {"size": "大", "is_new": False},
            False,
        ),
        (
            {"any": [{"field": "size", "is": "大"}, {"field": "is_new", "is": True}]},
            {"size": "小", "is_new": True},
            True,
        ),
    ],
)
def test_a_condition_holds_exactly_when_it_says(condition: Any, form: dict[str, Any], expected: bool) -> None:
    check(condition, KINDS)
    assert holds(condition, form) is expected


def test_no_condition_always_holds() -> None:
    assert holds(None, {})


@pytest.mark.parametrize(
    "condition",
    [
        "size == 大",
        [],
        {},
        {"field": "size"},
        {"is": "大"},
        {"field": "size", "is": "大", "in": ["小"]},
        {"field": "colour", "is": "红"},
        {"field": ["size"], "is": "大"},
        {"field": "size", "is": "中"},
        {"field": "size", "in": []},
        {"field": "size", "in": "大"},
        {"field": "size", "at_least": 3},
        {"field": "size", "matches": ".*"},
        {"field": "area", "at_least": "many"},
        {"field": "area", "at_least": "NaN"},
        {"field": "area", "at_least": True},
        {"field": "starts_on", "at_least": 3},
        {"field": "starts_on", "at_least": "2026"},
        {"field": "is_new", "is": "是"},
        {"field": "is_new", "is": 1},
        {"field": "heads", "is": "5"},
        {"field": "heads", "is": True},
        {"field": "name", "is": 5},
        {"field": "name", "filled": "true"},
        {"field": "ends_on", "at_least_field": "area"},
        {"field": "ends_on", "at_least_field": "nobody"},
        {"field": "name", "at_most_field": "name"},
        {"all": []},
        {"all": {"field": "size", "is": "大"}},
        {"all": [{"field": "size", "is": "大"}], "field": "size"},
        {"not": [{"field": "size", "is": "大"}]},
        {"any": [{"field": "size", "is": "中"}]},
    ],
)
def test_a_condition_without_meaning_is_refused(condition: Any) -> None:
    with pytest.raises(ConditionError):
        check(condition, KINDS)


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ({"field": "size", "in": ["大", "小"]}, "“规模”为大或者小"),
        ({"field": "is_new", "is": True}, "“新建”为是"),
        ({"not": {"field": "heads", "at_least": 50}}, "不属于““人数”不小于50”"),
        (
            {"all": [{"field": "size", "is": "大"}, {"field": "heads", "at_most_field": "area"}]},
            "“规模”为大，并且“人数”不大于“面积”",
        ),
        (
            {"any": [{"field": "size", "filled": True}, {"field": "size", "filled": False}]},
            "“规模”已填写，或者“规模”未填写",
        ),
    ],
)
def test_a_condition_reads_as_a_clause(condition: Any, said: str) -> None:
    labels = {"size": "规模", "is_new": "新建", "heads": "人数", "area": "面积"}
    assert describe(condition, labels) == said
