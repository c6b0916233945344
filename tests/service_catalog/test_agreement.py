"""One source, four uses: the guide, the form, the checklist and the terms of every manual say the same."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from service_catalog.checklist import checklist
from service_catalog.forms import check_form, json_schema
from service_catalog.guide import guide
from service_catalog.model import ServiceItem
from service_catalog.routing import process_of
from service_catalog.terms import terms_of
from tests.service_catalog.builders import SHIPPED, TODAY, a_form, item02, process_named

VERSIONS = [item for versions in SHIPPED.items.values() for item in versions]
NAMES = [f"{item.code}@{item.version}" for item in VERSIONS]


def forms_of(item: ServiceItem) -> Iterator[dict[str, Any]]:
    """Yield a complete form for every option of every choice and both answers of every flag."""
    yield a_form(item)
    for field in item.fields:
        for option in field.options if field.type == "choice" else (True, False) if field.type == "flag" else ():
            form = a_form(item, **{field.key: option})
            if field.key in form and not check_form(item, form, today=TODAY).problems:
                yield form


def disagreements(item: ServiceItem, form: dict[str, Any]) -> Iterator[str]:
    """Yield everything two of the four uses tell differently about one case."""
    clean = check_form(item, form, today=TODAY).clean
    process = process_named(process_of(item, clean))
    terms, told, looked, asked = (
        terms_of(item, clean, process),
        guide(item),
        checklist(item, clean),
        json_schema(item),
    )
    by_code = {material["code"]: material for material in told["materials"]}
    pinned = {material.code for material in terms.materials}
    if [(m.code, m.name, m.required, m.supply) for m in terms.materials] != [
        (m["code"], m["name"], m["required"], m["supply"]) for m in looked["materials"]
    ]:
        yield "checklist and terms ask for different materials"
    if not pinned <= set(by_code):
        yield "terms ask for a material the guide does not name"
    if not {code for code, material in by_code.items() if material["required"] == "always"} <= pinned:
        yield "the guide calls a material required that the terms do not ask for"
    for material in (one for one in terms.materials if one.code in by_code):
        if (material.name, material.supply) != (
            by_code[material.code]["name"],
            by_code[material.code]["supply"],
        ):
            yield f"{material.code} is told differently"
        if material.required is (by_code[material.code]["required"] == "optional"):
            yield f"{material.code} is optional for one and required for the other"
    for one in looked["limits"]:
        rule = terms.rules[one["id"]]
        if (one["n"], one["unit"], one["from"]) != (rule["n"], rule["unit"], rule.get("from")):
            yield f"limit {one['id']} differs between checklist and terms"
    if looked["variant"] is None and looked["limits"] != told["limits"]:
        yield "checklist and guide print different limits"
    if set(terms.rules["excluded"]) != {one["ground"] for one in told["excluded"]}:
        yield "guide and terms exclude different time"
    questions = {one["key"]: one for section in told["form"] for one in section["questions"]}
    if list(questions) != list(asked["properties"]):
        yield "the guide and the form ask different questions"
    for key, question in questions.items():
        shape = asked["properties"].get(key, {})
        if question["label"] != shape.get("title") or question["options"] != shape.get("enum", question["options"]):
            yield f"question {key} differs"
    if process.slug != looked["process"]:
        yield "checklist and terms run on different processes"


@pytest.mark.parametrize("item", VERSIONS, ids=NAMES)
def test_guide_form_checklist_and_terms_agree_whatever_the_applicant_answers(item: ServiceItem) -> None:
    for form in forms_of(item):
        assert list(disagreements(item, form)) == []


@pytest.mark.parametrize("item", VERSIONS, ids=NAMES)
def test_all_four_are_plain_json(item: ServiceItem) -> None:
    for plain in (guide(item), checklist(item, a_form(item)), json_schema(item)):
        assert json.loads(json.dumps(plain, ensure_ascii=False, allow_nan=False)) == plain


@pytest.mark.parametrize("item", VERSIONS, ids=NAMES)
def test_the_schema_accepts_what_the_server_accepts(item: ServiceItem) -> None:
    schema = json_schema(item)
    jsonschema.Draft202012Validator.check_schema(schema)
    for form in forms_of(item):
        jsonschema.validate(form, schema)
        jsonschema.validate(check_form(item, form, today=TODAY).clean, schema)


@pytest.mark.parametrize(
    "answers",
    [
        {"business_mode": "走私"},
        {"business_mode": ...},
        {"safety_staff_count": "3"},
        {"safety_staff_count": 0},
        {"contains_toxic": "是"},
        {"storage_project": "新建", "acceptance_on": ...},
        {"storage_project": "既有设施", "acceptance_on": "2026-02-03"},
        {"storage_tenure": "租赁", "storage_lessor": ...},
        {"scope_items": ["甲", "甲"]},
        {"storage_capacity": -1},
    ],
    ids=str,
)
def test_the_schema_refuses_what_it_can_see_is_wrong(answers: dict[str, Any]) -> None:
    item = item02()
    form = a_form(item, **answers)
    assert check_form(item, form, today=TODAY).problems
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(form, json_schema(item))


@pytest.mark.parametrize("item", VERSIONS, ids=NAMES)
def test_applicants_never_see_what_is_not_verified_and_staff_always_do(item: ServiceItem) -> None:
    told = json.dumps(guide(item), ensure_ascii=False)
    for word in ("verified", "待核", "核对原文", "未核"):
        assert word not in told
    assert all("核对" in one["what"] for one in checklist(item, a_form(item))["unverified"])


def spoil(item: ServiceItem, what: str) -> ServiceItem:
    """Return a copy of an item that differs in one thing two of the four uses share."""
    decision = item.limits["decision"]
    assert decision is not None
    changes: dict[str, dict[str, Any]] = {
        "a material": {"materials": item.materials[:-1], "review": ()},
        "who supplies it": {"materials": (replace(item.materials[0], supply="applicant"), *item.materials[1:])},
        "the limit": {"limits": {**item.limits, "decision": replace(decision, n=31)}},
        "excluded time": {"excluded": {}},
        "a label": {"fields": (replace(item.fields[0], label="别的"), *item.fields[1:])},
        "a question": {"fields": item.fields[1:]},
    }
    return replace(item, **changes[what])


@pytest.mark.parametrize(
    ("use", "what"),
    [
        *(("guide", what) for what in ("a material", "who supplies it", "the limit", "excluded time", "a label")),
        *(("checklist", what) for what in ("a material", "who supplies it", "the limit")),
        *(("json_schema", what) for what in ("a label", "a question")),
        *(("terms_of", what) for what in ("a material", "who supplies it", "the limit", "excluded time")),
    ],
)
def test_a_use_that_tells_something_else_is_found_out(monkeypatch: pytest.MonkeyPatch, use: str, what: str) -> None:
    item, form = item02(), a_form(item02())
    original = globals()[use]
    monkeypatch.setitem(globals(), use, lambda told, *rest: original(spoil(told, what), *rest))
    assert list(disagreements(item, form))
