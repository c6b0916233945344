"""Questions and answers for applicants: few questions, three-valued answers, every item of the catalogue."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_catalog.conditions import holds
from service_catalog.model import ServiceItem
from service_catalog.routing import materials_of, process_of
from service_catalog.selfcheck import (
    Answers,
    asked_fields,
    best_of,
    check,
    check_answers,
    compare,
    comparison_json,
    questionnaire,
    result_json,
    verdict,
)
from tests.service_catalog.builders import SHIPPED, TODAY, a_form, an_item, item02

ITEM = item02()
ITEM_01 = SHIPPED.get("01", on=TODAY)
NEW = {"storage_project": "新建"}


def outcome(item: ServiceItem, situations: frozenset[str] = frozenset(), who: str | None = None, **form: Any) -> str:
    return check(item, Answers(form, who, situations)).outcome


def told(item: ServiceItem, **form: Any) -> dict[str, Any]:
    answers = Answers(form)
    return result_json(check(item, answers), answers)


def test_only_what_something_depends_on_is_asked() -> None:
    keys = [question["key"] for question in questionnaire(ITEM)["questions"]]
    assert "storage_project" in keys and "major_hazard_level" in keys
    assert "principal_name" not in keys and "premises_address" not in keys
    assert len(keys) < len(ITEM.fields) / 2


def test_a_question_hidden_behind_another_brings_that_one_along(tmp_path: Path) -> None:
    item = an_item(
        tmp_path,
        ("      - {key: heads", "      - {key: sort, label: 类别, type: choice, options: [甲, 乙], shown: {field: is_big, is: true}}\n      - {key: heads"),
        ("      - {key: area", "      - {key: is_big, label: 是否大型, type: flag}\n      - {key: area"),
        ("  - {code: m01, name: 申请书}", "  - {code: m01, name: 申请书}\n  - {code: m02, name: 甲类证明, when: {field: sort, is: 甲}}"),
    )  # fmt: skip
    assert [one.key for one in asked_fields(item)] == ["is_big", "sort"]
    assert [m["required"] for m in told(item)["materials"]] == ["yes", "depends"]
    assert told(item)["open_questions"] == ["is_big"]
    assert told(item, is_big=True)["open_questions"] == ["sort"]
    assert [m["code"] for m in told(item, is_big=False)["materials"]] == ["m01"]


def test_an_open_question_leaves_a_material_open_and_an_answer_settles_it() -> None:
    def required(**form: Any) -> dict[str, str]:
        return {one["code"]: one["required"] for one in told(ITEM, **form)["materials"]}

    assert required()["m08"] == "depends"
    assert required(storage_project="新建")["m08"] == "yes"
    assert "m08" not in required(storage_project="既有设施")


@pytest.mark.parametrize(
    ("form", "wanted"),
    [({}, "undecided"), ({"no_storage_commitment": True}, "fits"), ({"no_storage_commitment": False}, "other-item")],
)
def test_item_01_is_for_those_without_storage(form: dict[str, Any], wanted: str) -> None:
    assert outcome(ITEM_01, **form) == wanted


def test_the_reason_names_the_other_item_and_the_law() -> None:
    reason = told(ITEM_01, no_storage_commitment=False)["reasons"][0]
    assert reason["to"] == "02" and reason["law"].startswith("危险化学品经营许可证管理办法")


def test_a_situation_only_a_person_can_judge_is_asked_and_decides() -> None:
    asked = {one["id"]: one for one in questionnaire(ITEM)["situations"]}
    by_outcome = {one["outcome"]: key for key, one in asked.items()}
    assert outcome(ITEM, frozenset({by_outcome["not-needed"]})) == "not-needed"
    assert outcome(ITEM, frozenset({by_outcome["other-item"]})) == "other-item"
    assert outcome(ITEM, frozenset(asked)) == "not-needed"  # who needs no permit is sent nowhere


def test_who_may_not_apply_is_told_first() -> None:
    result = check(ITEM, Answers({}, "自然人"))
    assert result.outcome == "not-eligible" and "企业" in result.why
    assert outcome(ITEM, who="企业") == "fits"


@pytest.mark.parametrize(
    ("given_answers", "field", "word"),
    [
        ({"storage_project": "拆除"}, "storage_project", "只能选择"),
        ({"storage_project": 1}, "storage_project", "只能选择"),
        ({"contains_toxic": "是"}, "contains_toxic", "请选择"),
        ({"principal_name": "张三"}, "principal_name", "没有"),
        ({"nothing": 1}, "nothing", "没有"),
    ],
)
def test_a_wrong_answer_names_its_question(given_answers: dict[str, Any], field: str, word: str) -> None:
    _clean, problems = check_answers(ITEM, given_answers, today=TODAY)
    assert [problem.field for problem in problems] == [field] and word in problems[0].text


def compared(**given_answers: Any) -> tuple[dict[str, str], str | None]:
    results, problems = compare([ITEM_01, ITEM], given_answers, today=TODAY)
    assert problems == []
    return {one.item.code: one.outcome for one in results}, best_of(results)


@pytest.mark.parametrize(
    ("given_answers", "best", "outcomes"),
    [
        ({}, None, {"01": "undecided", "02": "undecided"}),
        ({"no_storage_commitment": True}, "01", {"01": "fits", "02": "other-item"}),
        ({"no_storage_commitment": False}, "02", {"01": "other-item", "02": "fits"}),
        ({"business_mode": "加油站零售"}, "02", {"01": "no-match", "02": "fits"}),
        ({"business_mode": "批发"}, None, {"01": "undecided", "02": "undecided"}),
        ({"storage_project": "新建"}, "02", {"01": "undecided", "02": "fits"}),
    ],
)
def test_storage_tells_item_01_from_item_02(
    given_answers: dict[str, Any], best: str | None, outcomes: dict[str, str]
) -> None:
    assert compared(**given_answers) == (outcomes, best)


def test_while_several_items_may_be_meant_the_deciding_question_is_asked() -> None:
    results, _problems = compare([ITEM_01, ITEM], {}, today=TODAY)
    asks = comparison_json(results)["ask"]
    assert [(one["key"], one["item_code"]) for one in asks] == [("no_storage_commitment", "01")]
    settled, _problems = compare([ITEM_01, ITEM], {"no_storage_commitment": True}, today=TODAY)
    assert comparison_json(settled)["ask"] == []


def test_an_answer_no_item_takes_is_wrong_and_one_that_some_take_is_not() -> None:
    _results, problems = compare([ITEM_01, ITEM], {"storage_project": "拆除", "x": 1}, today=TODAY)
    assert {problem.field for problem in problems} == {"storage_project", "x"}


ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        one.key: st.sampled_from(one.options) if one.options else st.booleans()
        for one in asked_fields(ITEM)
        if one.type in ("choice", "flag")
    },
)


@given(partial=ANSWERS, rest=ANSWERS)
def test_what_is_said_of_a_part_still_holds_of_the_whole(partial: dict[str, Any], rest: dict[str, Any]) -> None:
    whole = {**rest, **partial}
    for condition in (one.when for one in (*ITEM.routes, *ITEM.materials) if one.when is not None):
        early = verdict(ITEM, condition, partial)
        assert early is None or early == verdict(ITEM, condition, whole)


@pytest.mark.parametrize("item", SHIPPED.all(), ids=lambda item: item.code)
def test_complete_answers_lead_where_the_application_would_go(item: ServiceItem) -> None:
    form = a_form(item)
    keys = {one.key for one in asked_fields(item)}
    answers, problems = check_answers(item, {key: form[key] for key in keys & set(form)}, today=TODAY)
    assert problems == []
    optional = [one for one in asked_fields(item) if one.key not in answers and holds(one.shown, answers)]
    result = result_json(check(item, Answers(answers)), Answers(answers))
    if not optional:
        assert result["open_questions"] == []
        assert result["process"] == process_of(item, answers)
        assert [one["code"] for one in result["materials"]] == [one.code for one in materials_of(item, answers)]


@pytest.mark.parametrize("item", SHIPPED.all(), ids=lambda item: item.code)
def test_every_manual_has_a_short_questionnaire_and_an_answer_to_nothing(item: ServiceItem) -> None:
    asked = questionnaire(item)
    assert len(asked["questions"]) <= len(item.fields)
    empty = result_json(check(item, Answers()), Answers())
    assert empty["outcome"] in ("fits", "undecided")
    assert set(empty["open_questions"]) <= {one["key"] for one in asked["questions"]}


BIG, NEW_ONE = {"field": "size", "is": "大"}, {"field": "is_new", "is": True}


@pytest.mark.parametrize(
    ("condition", "form", "wanted"),
    [
        (BIG, {}, None),
        (BIG, {"size": "大"}, True),
        ({"not": BIG}, {}, None),
        ({"not": BIG}, {"size": "小"}, True),
        ({"all": [BIG, NEW_ONE]}, {"size": "大"}, None),
        ({"all": [BIG, NEW_ONE]}, {"size": "小"}, False),
        ({"all": [BIG, NEW_ONE]}, {"size": "大", "is_new": True}, True),
        ({"any": [BIG, NEW_ONE]}, {"size": "小"}, None),
        ({"any": [BIG, NEW_ONE]}, {"size": "大"}, True),
        ({"any": [BIG, NEW_ONE]}, {"size": "小", "is_new": False}, False),
        ({"field": "heads", "at_least": 50}, {}, None),
        ({"field": "heads", "at_least": 50}, {"heads": 49}, False),
        ({"field": "area", "at_most_field": "heads"}, {"area": "3"}, None),
        ({"field": "area", "at_most_field": "heads"}, {"area": "3", "heads": 3}, True),
        (None, {}, True),
    ],
)
def test_an_open_question_leaves_a_condition_open_unless_the_rest_decides(
    tmp_path: Path, condition: Any, form: dict[str, Any], wanted: bool | None
) -> None:
    assert verdict(an_item(tmp_path), condition, form) is wanted
