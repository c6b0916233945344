"""The application form as a JSON Schema (2020-12), from the same fields the server checks."""

from collections.abc import Mapping
from typing import Any

from service_catalog.model import Condition, FormField, ServiceItem
from service_catalog.values import LIST_MAX, TEXT_MAX, text_max


def json_schema(item: ServiceItem) -> dict[str, Any]:
    """Return the schema. What it cannot say (check digits, rules between fields) the server still checks."""
    kinds = {field.key: field.type for field in item.fields}
    rules = [rule for field in item.fields for rule in _visibility(field, kinds)]
    schema: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": item.name_zh,
        "type": "object",
        "additionalProperties": False,
        "properties": {field.key: _property(field) for field in item.fields},
        "required": [field.key for field in item.fields if field.required and field.shown is None],
    }
    return {**schema, "allOf": rules} if rules else schema


def _property(field: FormField) -> dict[str, Any]:
    text = {"type": "string", "minLength": field.least or 1, "maxLength": text_max(field)}
    short = {"type": "string", "minLength": 1, "maxLength": TEXT_MAX["text"]}
    size = {"minItems": field.least or 1, "maxItems": field.most or LIST_MAX, "uniqueItems": True}
    shapes: dict[str, dict[str, Any]] = {
        "integer": {"type": "integer", **_range(field)},
        "decimal": {"type": ["number", "string"], **_range(field)},
        "date": {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
        "flag": {"type": "boolean"},
        "choice": {"type": "string", "enum": list(field.options)},
        "choices": {"type": "array", "items": {"enum": list(field.options)}, **size},
        "list": {"type": "array", "items": short, **size},
        "uscc": {"type": "string", "pattern": "^[0-9A-HJ-NPQRTUWXY]{18}$"},
        "citizen-id": {"type": "string", "pattern": "^[0-9]{17}[0-9X]$"},
        "phone": {"type": "string", "maxLength": 14},
        "bank-account": {"type": "string", "pattern": "^[0-9]{8,30}$"},
    }
    shape = {
        "title": field.label,
        **shapes.get(field.type, text),
        "x-type": field.type,
        "x-section": field.section,
    }
    for key, given in (
        ("description", field.hint),
        ("x-unit", field.unit),
        ("x-shown", field.shown),
        ("x-personal", field.private),
    ):
        if given:
            shape[key] = dict(given) if isinstance(given, Mapping) else given
    return shape


def _range(field: FormField) -> dict[str, int]:
    bounds = {"minimum": field.least, "maximum": field.most}
    return {key: bound for key, bound in bounds.items() if bound is not None}


def _visibility(field: FormField, kinds: Mapping[str, str]) -> list[dict[str, Any]]:
    """A hidden question is not answered; a shown and required one is."""
    if field.shown is None:
        return []
    test = _test(field.shown, kinds)
    if test is None:
        return []
    rule: dict[str, Any] = {"if": test, "else": {"properties": {field.key: False}}}
    if field.required:
        rule["then"] = {"required": [field.key]}
    return [rule]


def _test(condition: Condition, kinds: Mapping[str, str]) -> dict[str, Any] | None:
    """Return the condition as a schema, or None where JSON Schema cannot say it."""
    for group, word in (("all", "allOf"), ("any", "anyOf")):
        if group in condition:
            parts = [_test(part, kinds) for part in condition[group]]
            return None if None in parts else {word: parts}
    if "not" in condition:
        part = _test(condition["not"], kinds)
        return None if part is None else {"not": part}
    field = condition["field"]
    if "filled" in condition:
        asked = {"required": [field]}
        return asked if condition["filled"] else {"not": asked}
    value = _value(condition, kinds[field])
    return None if value is None else {"properties": {field: value}, "required": [field]}


def _value(condition: Condition, kind: str) -> dict[str, Any] | None:
    if kind == "decimal":
        return None
    wanted = condition.get("in", [condition["is"]] if "is" in condition else None)
    if wanted is not None:
        return {"contains": {"enum": wanted}} if kind in ("choices", "list") else {"enum": wanted}
    if kind != "integer":
        return None
    for test, word in (("at_least", "minimum"), ("at_most", "maximum")):
        if test in condition:
            return {word: condition[test]}
    return None
