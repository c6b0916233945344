"""What applicants type into item 02: everything wrong is found at once, named in Chinese, never an accident."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_catalog.forms import check_applicant, check_form
from service_catalog.model import ServiceItem
from tests.service_catalog.builders import CITIZEN, TODAY, USCC, a_form, an_applicant, an_item, item02

ZERO_WIDTH = "\u200b"
ITEM = item02()
LABELS = {field.key: field.label for field in ITEM.fields}


def named(cases: list[tuple[dict[str, Any], str, str]]) -> list[str]:
    return [f"{number}-{field}" for number, (_given, field, _word) in enumerate(cases)]


# (answers that differ from a sound form, the field that is wrong, a word of the message). ... leaves it out.
WRONG_FORMS: list[tuple[dict[str, Any], str, str]] = [
    ({"business_mode": ...}, "business_mode", "必填"),
    ({"business_mode": None}, "business_mode", "必填"),
    ({"business_mode": ""}, "business_mode", "必填"),
    ({"business_mode": "走私"}, "business_mode", "只能选择"),
    ({"business_mode": ["批发"]}, "business_mode", "只能选择"),
    ({"business_mode": 1}, "business_mode", "只能选择"),
    ({"scope_items": []}, "scope_items", "必填"),
    ({"scope_items": "甲醇"}, "scope_items", "列表"),
    ({"scope_items": ["甲醇", "甲醇"]}, "scope_items", "重复"),
    ({"scope_items": ["甲醇", 7]}, "scope_items", "第 2 项"),
    ({"scope_items": [ZERO_WIDTH]}, "scope_items", "不可见字符"),
    ({"scope_items": ["甲" * 201]}, "scope_items", "200"),
    ({"scope_items": [f"品种{n}" for n in range(201)]}, "scope_items", "200 项"),
    ({"scope_items": {"甲醇": 1022}}, "scope_items", "列表"),
    ({"contains_toxic": "true"}, "contains_toxic", "请选择"),
    ({"contains_toxic": 0}, "contains_toxic", "请选择"),
    ({"contains_toxic": 1}, "contains_toxic", "请选择"),
    ({"contains_explosive_precursor": ...}, "contains_explosive_precursor", "必填"),
    ({"contains_precursor_drug": "第一类"}, "contains_precursor_drug", "只能选择"),
    ({"premises_address": 100}, "premises_address", "文字"),
    ({"premises_address": "   "}, "premises_address", "空格"),
    ({"premises_address": "第一大街\n1号"}, "premises_address", "一行"),
    ({"premises_address": "第一大街\r1号"}, "premises_address", "一行"),
    ({"premises_address": "街" * 301}, "premises_address", "300"),
    ({"premises_address": "街" * 1_000_000}, "premises_address", "300"),
    ({"principal_name": f"张{ZERO_WIDTH}三"}, "principal_name", "不可见字符"),
    ({"principal_name": "张\u202e三"}, "principal_name", "不可见字符"),
    ({"principal_name": "张\x00三"}, "principal_name", "不可见字符"),
    ({"principal_name": "张\t三"}, "principal_name", "不可见字符"),
    ({"principal_name": "张\ud800三"}, "principal_name", "不能识别"),
    ({"principal_name": "张\ue000三"}, "principal_name", "不能识别"),
    ({"principal_name": "三" * 51}, "principal_name", "50"),
    ({"principal_name": True}, "principal_name", "文字"),
    ({"principal_name": {"name": "张三"}}, "principal_name", "文字"),
    ({"principal_exam_cert_no": "1" * 61}, "principal_exam_cert_no", "60"),
    ({"safety_staff_count": "3"}, "safety_staff_count", "整数"),
    ({"safety_staff_count": 3.0}, "safety_staff_count", "整数"),
    ({"safety_staff_count": True}, "safety_staff_count", "整数"),
    ({"safety_staff_count": 0}, "safety_staff_count", "不能小于 1"),
    ({"safety_staff_count": -5}, "safety_staff_count", "不能小于 1"),
    ({"safety_staff_count": 10001}, "safety_staff_count", "不能大于 10000"),
    ({"safety_staff_count": 10**5000}, "safety_staff_count", "过大"),
    ({"plan_filing_no": ...}, "plan_filing_no", "必填"),
    ({"storage_tenure": "借用"}, "storage_tenure", "只能选择"),
    ({"storage_tenure": "租赁", "storage_lessor": ...}, "storage_lessor", "必填"),
    ({"storage_tenure": "自有", "storage_lessor": "某仓储公司"}, "storage_lessor", "不需要填写"),
    ({"storage_capacity": "很多"}, "storage_capacity", "数值"),
    ({"storage_capacity": "１２"}, "storage_capacity", "数值"),
    ({"storage_capacity": "1e3"}, "storage_capacity", "数值"),
    ({"storage_capacity": "NaN"}, "storage_capacity", "数值"),
    ({"storage_capacity": float("nan")}, "storage_capacity", "不是数"),
    ({"storage_capacity": float("inf")}, "storage_capacity", "不是数"),
    ({"storage_capacity": 10**5000}, "storage_capacity", "过大"),
    ({"storage_capacity": 1e300}, "storage_capacity", "过大"),
    ({"storage_capacity": "0.1234567"}, "storage_capacity", "6 位小数"),
    ({"storage_capacity": True}, "storage_capacity", "数值"),
    ({"storage_capacity": [5]}, "storage_capacity", "数值"),
    ({"storage_capacity": -1}, "storage_capacity", "不能小于 0"),
    ({"storage_capacity": 0}, "storage_capacity", "大于零"),
    ({"storage_capacity": 10_000_001}, "storage_capacity", "不能大于"),
    ({"storage_project": "拆除"}, "storage_project", "只能选择"),
    ({"storage_project": "新建", "acceptance_on": ...}, "acceptance_on", "必填"),
    ({"storage_project": "扩建", "acceptance_on": "2026-09-02"}, "acceptance_on", "不能晚于今天"),
    ({"storage_project": "新建", "acceptance_on": "2026-02-30"}, "acceptance_on", "没有这一天"),
    ({"storage_project": "新建", "acceptance_on": "2026/02/03"}, "acceptance_on", "日期"),
    ({"storage_project": "新建", "acceptance_on": "20260203"}, "acceptance_on", "日期"),
    ({"storage_project": "新建", "acceptance_on": "2026-02-03T00:00:00"}, "acceptance_on", "日期"),
    ({"storage_project": "新建", "acceptance_on": "２０２６-02-03"}, "acceptance_on", "日期"),
    ({"storage_project": "新建", "acceptance_on": "0026-02-03"}, "acceptance_on", "年份"),
    ({"storage_project": "新建", "acceptance_on": 20260203}, "acceptance_on", "日期"),
    ({"storage_project": "既有设施", "acceptance_on": "2026-02-03"}, "acceptance_on", "不需要填写"),
    ({"major_hazard_level": "五级"}, "major_hazard_level", "只能选择"),
    ({"business_mode": "加油站零售", "storage_structure": "仓库"}, "storage_structure", "加油站埋地油罐"),
]


@pytest.mark.parametrize(("answers", "field", "word"), WRONG_FORMS, ids=named(WRONG_FORMS))
def test_a_wrong_answer_is_named_in_chinese_with_what_to_do(answers: dict[str, Any], field: str, word: str) -> None:
    problems = check_form(ITEM, a_form(ITEM, **answers), today=TODAY).problems
    assert [problem.field for problem in problems] == [field]
    assert problems[0].label == LABELS[field]
    assert problems[0].text.startswith(f"{LABELS[field]}：")
    assert word in problems[0].text


WRONG_APPLICANTS: list[tuple[dict[str, Any], str, str]] = [
    ({"kind": ...}, "kind", "应当是"),
    ({"kind": "robot"}, "kind", "应当是"),
    ({"kind": 1}, "kind", "应当是"),
    ({"kind": ["organisation"]}, "kind", "应当是"),
    ({"kind": "person", "id_no": CITIZEN}, "kind", "只受理企业"),
    ({"name": ...}, "name", "必填"),
    ({"name": "  "}, "name", "空格"),
    ({"name": f"某{ZERO_WIDTH}公司"}, "name", "不可见字符"),
    ({"name": "名" * 201}, "name", "200"),
    ({"name": 5}, "name", "文字"),
    ({"id_no": ...}, "id_no", "必填"),
    ({"id_no": "11120000MB1571593E"}, "id_no", "校验位"),
    ({"id_no": "11120000mb1571593f"}, "id_no", "大写"),
    ({"id_no": "91120116MAOIZSV01X"}, "id_no", "不使用的字符"),
    ({"id_no": USCC[:-1]}, "id_no", "18 位"),
    ({"id_no": CITIZEN}, "id_no", "校验位"),
    ({"id_no": 111200001571593}, "id_no", "文字"),
    ({"phone": "打我电话"}, "phone", "手机号"),
    ({"phone": 13800138000}, "phone", "文字"),
    ({"email": "nobody"}, "email", "电子邮箱"),
    ({"email": "a@b"}, "email", "电子邮箱"),
    ({"legal_representative": "张\n三"}, "legal_representative", "一行"),
    ({"address": "街" * 301}, "address", "300"),
    ({"vip": True}, "vip", "没有“vip”这一项"),
]


@pytest.mark.parametrize(("changes", "field", "word"), WRONG_APPLICANTS, ids=named(WRONG_APPLICANTS))
def test_a_wrong_applicant_is_told_which_line_and_why(changes: dict[str, Any], field: str, word: str) -> None:
    problems = check_applicant(an_applicant(**changes), ITEM, today=TODAY).problems
    assert [problem.field for problem in problems] == [field]
    assert word in problems[0].text


def test_a_sound_application_has_no_problems_and_keeps_every_answer() -> None:
    form = a_form(ITEM, storage_project="新建", storage_tenure="租赁", storage_capacity="1200.50")
    result = check_form(ITEM, form, today=TODAY)
    assert result.problems == ()
    assert set(result.clean) == set(form)
    assert check_applicant(an_applicant(), ITEM, today=TODAY).problems == ()


@pytest.mark.parametrize(("given", "kept"), [(1200.5, "1200.5"), ("1200.50", "1200.5"), (3, "3"), (0.1, "0.1")])
def test_a_quantity_is_kept_as_exact_text(given: Any, kept: str) -> None:
    assert check_form(ITEM, a_form(ITEM, storage_capacity=given), today=TODAY).clean["storage_capacity"] == kept


def test_what_was_cleaned_once_is_clean_for_ever() -> None:
    once = check_form(ITEM, a_form(ITEM, storage_capacity=1.5, storage_project="改建"), today=TODAY).clean
    assert check_form(ITEM, once, today=TODAY).clean == once


def test_all_wrong_answers_are_named_at_once() -> None:
    form = a_form(ITEM, business_mode="走私", safety_staff_count="3", principal_name=..., storage_capacity=0)
    problems = check_form(ITEM, {**form, "extra": 1}, today=TODAY).problems
    assert {p.field for p in problems} == {
        "extra", "business_mode", "safety_staff_count", "principal_name", "storage_capacity"
    }  # fmt: skip


def test_a_question_that_hangs_on_a_wrong_answer_is_not_called_superfluous() -> None:
    form = a_form(ITEM, storage_project="新建")
    problems = check_form(ITEM, {**form, "storage_project": "新健"}, today=TODAY).problems
    assert [problem.field for problem in problems] == ["storage_project"]


def test_a_thousand_unknown_fields_do_not_make_a_thousand_messages() -> None:
    form = a_form(ITEM) | {f"x{n}": n for n in range(1000)}
    problems = check_form(ITEM, form, today=TODAY).problems
    assert len(problems) == 21
    assert "980" in problems[-1].text


def test_a_draft_may_be_incomplete_but_not_wrong() -> None:
    assert check_form(ITEM, {}, today=TODAY, draft=True).problems == ()
    problems = check_form(ITEM, {"safety_staff_count": "3"}, today=TODAY, draft=True).problems
    assert [problem.field for problem in problems] == ["safety_staff_count"]


def test_letters_of_names_are_composed_and_trimmed() -> None:
    clean = check_form(ITEM, a_form(ITEM, principal_name="  Jose\u0301 "), today=TODAY).clean
    assert clean["principal_name"] == "José"


def test_rare_characters_of_real_names_are_welcome() -> None:
    assert check_form(ITEM, a_form(ITEM, principal_name="王\U00031350"), today=TODAY).problems == ()


def test_today_is_still_past() -> None:
    form = a_form(ITEM, storage_project="新建", acceptance_on=TODAY.isoformat())
    assert check_form(ITEM, form, today=TODAY).problems == ()


def test_the_size_of_lists_and_texts_is_bound_by_the_manual(tmp_path: Any) -> None:
    more = (
        "      - {key: partners, label: 合伙人, type: list, least: 2, most: 3}\n"
        "      - {key: code, label: 代号, type: text, least: 3}\n"
        "      - {key: memo, label: 说明, type: long-text, required: false}\n"
        "review:"
    )
    item = an_item(tmp_path, ("review:", more))
    few = check_form(item, a_form(item, partners=["甲"], code="甲"), today=TODAY).problems
    assert [p.text for p in few] == ["合伙人：不能少于 2 项。", "代号：不能少于 3 个字。"]
    many = check_form(item, a_form(item, partners=list("甲乙丙丁"), memo="一\n二"), today=TODAY).problems
    assert [p.field for p in many] == ["partners"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def _everything(item: ServiceItem) -> st.SearchStrategy[dict[str, Any]]:
    keys = st.sampled_from([field.key for field in item.fields]) | st.text(max_size=5)
    return st.dictionaries(keys, JSON, max_size=8)


@given(changes=_everything(ITEM), draft=st.booleans())
def test_no_json_makes_the_form_check_fall_over(changes: dict[str, Any], draft: bool) -> None:
    result = check_form(ITEM, a_form(ITEM) | changes, today=TODAY, draft=draft)
    assert all(problem.text.endswith("。") for problem in result.problems)
    assert set(result.clean) <= {field.key for field in ITEM.fields}


@given(changes=st.dictionaries(st.sampled_from(["kind", "name", "id_no", "phone", "email", "x"]), JSON, max_size=6))
def test_no_json_makes_the_applicant_check_fall_over(changes: dict[str, Any]) -> None:
    result = check_applicant(an_applicant() | changes, ITEM, today=TODAY)
    assert all(problem.text.endswith("。") for problem in result.problems)
