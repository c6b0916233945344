"""Complete applications and small manuals, built in the open: every value a test cares about is passed in."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import islice, product
from pathlib import Path
from typing import Any

from service_catalog.catalog import Catalog
from service_catalog.conditions import fields_of, holds
from service_catalog.forms import check_form
from service_catalog.identifiers import id_check
from service_catalog.loader import load_items
from service_catalog.model import FormField, ServiceItem, Variant
from service_catalog.routing import variant_of
from workflow.definitions.loader import processes
from workflow.engine.model import Process

TODAY = date(2026, 9, 1)
TRIES_MAX = 3000
USCC = "11120000MB1571593F"  # a public institution's, scenarios S17
CITIZEN = "12011619900307123" + id_check("12011619900307123")
SHIPPED = Catalog.load()

MANUAL = """\
item: "77"
slug: test-item
name: 测试事项
name-en: A test item
kind: licence
department: 测试机关
process: document-review
applicants: [企业]
effective-from: "2026-01-01"
basis:
  - {law: 测试法, articles: 第一条, what: 设定许可, verified: true}
conditions:
  - {text: 依法登记, law: 测试法 第二条, verified: true}
limits:
  decision: {n: 20, unit: working_day, law: 行政许可法 第四十二条, verified: true}
  extension: {none-because: 测试}
materials:
  - {code: m01, name: 申请书}
form:
  - title: 情况
    fields:
      - {key: size, label: 规模, type: choice, options: [大, 小]}
      - {key: area, label: 面积, type: decimal, least: 0}
      - {key: heads, label: 人数, type: integer, least: 1}
      - {key: is_new, label: 是否新建, type: flag}
review:
  - {check: 是否属实, on-fail: refuse}
result: {certificate: 测试证, validity: {n: 3, unit: year, law: 测试法 第三条, verified: true}}
fee: {text: 不收费, law: 行政许可法 第五十八条, verified: true}
disclosure: {public: true, text: 公开, law: 行政许可法 第四十条, verified: true}
"""


def manual_file(folder: Path, *changes: tuple[str, str], added: str = "") -> Path:
    """Write the small manual with pieces of text replaced and something added at its end."""
    text = MANUAL
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path = folder / "77-test-item.yaml"
    path.write_text(text + added, encoding="utf-8")
    return path


def an_item(folder: Path, *changes: tuple[str, str], added: str = "") -> ServiceItem:
    """Return the newest version of the small manual."""
    return load_items(manual_file(folder, *changes, added=added))[-1]


def line_of(path: Path, text: str) -> int:
    """Return the number of the only line that holds this text."""
    lines = [number for number, line in enumerate(path.read_text("utf-8").splitlines(), 1) if text in line]
    assert len(lines) == 1, (text, lines)
    return lines[0]


def item02() -> ServiceItem:
    """Return item 02 as it holds on TODAY."""
    return SHIPPED.get("02", on=TODAY)


def process_named(slug: str) -> Process:
    """Return a process type; one whose file is not written yet is stood in for by another of that name."""
    return processes().get(slug) or replace(processes()["document-review"], slug=slug)


def an_applicant(**changes: Any) -> dict[str, Any]:
    """Return an enterprise that may apply."""
    whole = {"kind": "organisation", "name": "天津泰达测试有限公司", "id_no": USCC, "phone": "022-12345678"}
    return {key: value for key, value in {**whole, **changes}.items() if value is not ...}


def a_form(item: ServiceItem, *, on: date = TODAY, **answers: Any) -> dict[str, Any]:
    """Return a form of any item, complete and sound on a day: given answers, and plausible ones to all else asked."""
    form: dict[str, Any] = {}
    for field in item.fields:
        if field.key in answers:
            if answers[field.key] is not ...:  # ... leaves a question out
                form[field.key] = answers[field.key]
        elif field.required and holds(field.shown, form):
            tries = _candidates(field, on)
            form[field.key] = next((value for value in tries if not _breaks(item, form, field, value, on)), tries[0])
    return form


def _breaks(item: ServiceItem, form: dict[str, Any], field: FormField, value: Any, on: date) -> bool:
    """Does this answer break a rule between it and the questions answered before it, or end the permit too early?"""
    if item.valid_until and field.key == item.valid_until.field and value <= on.isoformat():
        return True
    clean = check_form(item, {**form, field.key: value}, today=on, draft=True).clean
    return any(
        holds(check.when, clean) and not holds(check.require, clean)
        for check in item.checks
        if field.key in _keys(check.require) and set(_keys(check.require)) <= set(clean)
    )


def _keys(condition: Any) -> list[str]:
    if isinstance(condition, dict):
        named = [value for key, value in condition.items() if key in ("field", "at_most_field", "at_least_field")]
        return named + [key for value in condition.values() for key in _keys(value)]
    return [key for part in condition for key in _keys(part)] if isinstance(condition, list) else []


def _candidates(field: FormField, on: date) -> list[Any]:
    least = max(field.least or 0, 0)
    number = (
        [least + 1, least, least + 2, least + 10, field.most] if field.most is None or field.most > least else [least]
    )
    days = [on - timedelta(days=30), on - timedelta(days=365), on] + ([] if field.past else [on + timedelta(days=90)])
    many = max(field.least or 1, 1)
    by_type: dict[str, list[Any]] = {
        "integer": number,
        "decimal": number,
        "date": [day.isoformat() for day in days],
        "flag": [False, True],
        "choice": list(field.options),
        "choices": [list(field.options[:many]), *[[option] for option in field.options]],
        "list": [[f"第{n}项" for n in range(1, many + 1)]],
        "uscc": [USCC],
        "citizen-id": [CITIZEN],
        "phone": ["022-12345678"],
    }
    return by_type.get(field.type, ["天津经济技术开发区第一大街1号"[: field.most or 40]])


def answers_that_hold(condition: Any, item: ServiceItem) -> dict[str, Any]:
    """Return answers that make a closed condition true, as far as its tests say."""
    if "all" in condition:
        return {key: value for part in condition["all"] for key, value in answers_that_hold(part, item).items()}
    if "any" in condition:
        return answers_that_hold(condition["any"][0], item)
    field = item.form_field(
        condition["not"]["field"] if "not" in condition and "field" in condition["not"] else condition.get("field", "")
    )
    if field is None:
        return {}
    if "not" in condition:
        unwanted = condition["not"].get("in", [condition["not"].get("is")])
        wanted = (
            [one for one in (True, False) if one not in unwanted]
            if field.type == "flag"
            else [one for one in field.options if one not in unwanted]
        )
        return {field.key: [wanted[0]] if field.type == "choices" else wanted[0]} if wanted else {}
    for test in ("is", "at_least", "at_most"):
        if test in condition:
            value = condition[test]
            return {field.key: [value] if field.type == "choices" else value}
    if "in" in condition:
        first = condition["in"][0]
        return {field.key: [first] if field.type == "choices" else first}
    return {}


def granting_answers(item: ServiceItem) -> dict[str, Any]:
    """Return the answers that make every rule over the form of a self-service item true."""
    rules = item.auto.rules if item.auto else ()
    held = [answers_that_hold(rule.holds, item) for rule in rules if rule.holds]
    return {key: value for answers in held for key, value in answers.items()}


def way_answers(item: ServiceItem, variant: Variant | None, **answers: Any) -> dict[str, Any]:
    """Return answers that lead a complete form to this variant, or to the main way; AssertionError if none does.

    answers: what has to be said besides, where rules between other fields stand in the way.
    """
    keys = [field.key for field in item.fields if field.key in _asked_by_variants(item)]
    wanted = answers_that_hold(variant.when, item) if variant else {}
    tries = [tuple(wanted.get(key) for key in keys), *islice(product(*(_says(item, key) for key in keys)), TRIES_MAX)]
    for values in tries:
        chosen = {key: value for key, value in zip(keys, values, strict=True) if value is not None}
        form = a_form(item, **{**chosen, **answers})
        checked = check_form(item, form, today=TODAY)
        if not checked.problems and variant_of(item, checked.clean) is variant:
            return {**{key: form[key] for key in keys if key in form}, **answers}
    raise AssertionError(f"no answers lead item {item.code} to {variant.key if variant else 'its main way'}")


def _asked_by_variants(item: ServiceItem) -> set[str]:
    return {key for variant in item.variants for key in fields_of(variant.when)}


def _says(item: ServiceItem, key: str) -> list[Any]:
    """Return what may be said to a question on which variants depend; None: whatever comes first."""
    field = item.form_field(key)
    assert field is not None
    if field.type in ("choice", "choices"):
        return [None, *([option] if field.type == "choices" else option for option in field.options)]
    return [None, True, False] if field.type == "flag" else [None]
