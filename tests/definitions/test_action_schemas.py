"""The JSON schema that /actions serves and the engine's own check agree, for every action of every process."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from tests.builders import terms_02
from tests.engine.bounded import bounded
from workflow.definitions.loader import processes
from workflow.engine import asks
from workflow.engine.commands import Act, Actor, Context
from workflow.engine.decide import _given
from workflow.engine.model import Action, Ask, Terms

PLAIN = terms_02()[0]
TERMS = replace(PLAIN, rules={**PLAIN.rules, "excluded": ["hearing", "testing"]})
FORMATS = FormatChecker(formats=[])
FORMATS.checks("date", raises=ValueError)(lambda value: not isinstance(value, str) or date.fromisoformat(value))
FORMATS.checks("date-time", raises=ValueError)(
    lambda value: not isinstance(value, str) or datetime.fromisoformat(value)
)


def asking() -> Mapping[str, Action]:
    """Return every action that people take, by where it stands; of those that ask exactly alike, one."""
    found: dict[str, tuple[str, Action]] = {}
    for process in processes().values():
        for state in process.states.values():
            for action in state.actions.values():
                if not action.is_automatic:
                    found.setdefault(repr(action.asks), (f"{process.slug}/{state.name}/{action.name}", action))
    return dict(found.values())


ACTIONS = asking()
TEXTS = st.sampled_from(
    ["依法", " ", "", "　", "\n", "a\nb", "a\u200bb", "\x00", "字" * 4000, "字" * 4001, "2026-09-01"]
)
DATES = st.sampled_from(
    [
        "2026-09-01",
        "1990-01-01",
        "2200-12-31",
        "1989-12-31",
        "2201-01-01",
        "2026-02-30",
        "2026-9-1",
        "20260901",
        "２０２６-09-01",
        "2026-W36-2",
    ]
) | st.just("2026-09-01\n")
TIMES = st.sampled_from(
    [
        "2026-09-01T09:00:00+08:00",
        "2026-09-01T01:00:00Z",
        "2026-09-01T09:00:00.123456+08:00",
        "2026-09-01T09:00:00",
        "2026-09-01",
        "2026-09-01T24:00:00+08:00",
        "2026-02-30T09:00:00+08:00",
        "20260901T090000+0800",
        "9999-12-31T23:59:59Z",
        "2026-09-01T09:00+08:00",
    ]
) | st.sampled_from(["2026-09-01 09:00:00+08:00", "2026-09-01T09:00:00+08:00\n"])
# JSON Schema takes 1.0 for an integer; the engine wants it written 1. That is the one place where they differ.
NUMBERS = st.integers(-2, 1_000_001) | st.sampled_from([1.5, 10**18])
JUNK = st.none() | st.booleans() | NUMBERS | TEXTS | st.lists(TEXTS, max_size=2) | st.just({}) | st.just({"a": 1})


def values(ask: Ask) -> st.SearchStrategy[Any]:
    """Return sound and unsound values for one field."""
    options = [*asks.options_of(ask, TERMS), "something else"]
    listed = st.lists(TEXTS, max_size=4) | st.just(["甲"] * 201) | st.just(["甲", "乙"]) | st.just(["甲", "甲"])
    entry = st.fixed_dictionaries({"material": TEXTS}, optional={"what": TEXTS, "more": TEXTS})
    fitting = {
        "text": TEXTS,
        "person": TEXTS,
        "texts": listed,
        "people": listed,
        "date": DATES,
        "datetime": TIMES,
        "flag": st.booleans(),
        "count": NUMBERS,
        "choice": st.sampled_from(options),
        "materials": st.lists(entry, max_size=3) | st.lists(entry, min_size=201, max_size=201),
    }
    return fitting[ask.type] | JUNK


SOUND: Mapping[str, Any] = {
    "text": "依法",
    "person": "reviewer1",
    "date": "2026-09-01",
    "datetime": "2026-09-01T09:00:00+08:00",
    "flag": True,
    "materials": [{"material": "申请表", "what": "缺页"}],
}


def sound(ask: Ask, terms: Terms) -> Any:
    """Return a value the field takes; None if the terms leave no choice."""
    if ask.type == "choice":
        return next(iter(asks.options_of(ask, terms)), None)
    if ask.type == "count":
        return ask.least or 0
    if ask.type in ("texts", "people"):
        return [f"甲{number}" for number in range(max(1, ask.least or 0))]
    return SOUND[ask.type]


def engine_takes(action: Action, data: Mapping[str, Any]) -> bool:
    """Return whether the engine finds nothing wrong with the shape of the data."""
    context = Context(datetime.fromisoformat("2026-09-01T10:00:00+08:00"), None, Actor("x", "x"))  # type: ignore[arg-type]
    return asks.check(action, _given(action, TERMS, Act(action.name, data), context), TERMS) == []


def schema_takes(action: Action, data: Mapping[str, Any]) -> bool:
    """Return whether the served schema accepts the data."""
    schema = json.loads(json.dumps(asks.json_schema(action, TERMS), ensure_ascii=False))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=FORMATS).is_valid(data)


@pytest.mark.parametrize("place", ACTIONS)
@settings(bounded, max_examples=60)
@given(st.data())
def test_the_schema_accepts_what_the_engine_accepts_and_nothing_else(place: str, data: st.DataObject) -> None:
    action = ACTIONS[place]
    fields = {ask.name: values(ask) for ask in action.asks}
    given = data.draw(st.fixed_dictionaries({}, optional=fields | {"nobody_asked": JUNK}))
    assert schema_takes(action, given) is engine_takes(action, given), given


@pytest.mark.parametrize("place", ACTIONS)
def test_both_accept_a_sound_answer_and_refuse_it_when_one_field_is_spoilt(place: str) -> None:
    action = ACTIONS[place]
    given = {ask.name: sound(ask, TERMS) for ask in action.asks}
    possible = {name: value for name, value in given.items() if value is not None}
    is_possible = all(ask.name in possible for ask in action.asks if ask.required)
    assert schema_takes(action, possible) is engine_takes(action, possible) is is_possible
    for ask in action.asks:
        spoilt = possible | {ask.name: {"not": "this"}}
        assert not schema_takes(action, spoilt) and not engine_takes(action, spoilt)
        if ask.required:
            without = {name: value for name, value in possible.items() if name != ask.name}
            assert not schema_takes(action, without) and not engine_takes(action, without)
