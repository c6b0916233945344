"""The manual format: what a file may not say, each refused with its line; versions, variants, branches."""

from datetime import date
from pathlib import Path

import pytest

from service_catalog import lint
from service_catalog.forms import check_form
from service_catalog.guide import guide
from service_catalog.loader import load_items
from service_catalog.routing import process_of, variant_of
from service_catalog.terms import item_rules, terms_of
from tests.service_catalog.builders import MANUAL, a_form, an_item, line_of, manual_file
from workflow.definitions.loader import processes
from workflow.engine.errors import DefinitionError

# (text of the small manual, what it becomes, a word of the complaint). The complaint's line is the line of the change.
REFUSED: list[tuple[str, str, str]] = [
    ("kind: licence", "kind: licence\ncolour: red", "Unknown field"),
    ("kind: licence", "kind: licence\nkind: filing", "duplicate key"),
    ("kind: licence", "kind: permit", "Must be one of"),
    ("kind: licence", "\tkind: licence", "tab"),
    ("kind: licence", "kind: &k licence", "anchor"),
    ("kind: licence", "kind: !!str licence", "tag"),
    ("kind: licence", "yes: licence", "means true or false"),
    ("slug: test-item", "slug: Test_Item", "a slug"),
    ("name: 测试事项", "name: on", "ambiguous"),
    ('effective-from: "2026-01-01"', "effective-from: 2026-01-01", "unquoted date"),
    ('effective-from: "2026-01-01"', 'effective-from: "2026-02-30"', "no day"),
    ('effective-from: "2026-01-01"', 'effective-from: "soon"', "a day such as"),
    ("process: document-review", "process: magic", "Must be one of"),
    ("applicants: [企业]", "applicants: [火星人]", "Must be one of"),
    ("applicants: [企业]", "applicants: []", "Shorter than minimum"),
    ("what: 设定许可, verified: true", "what: 设定许可, verified: 1", "true or false"),
    ("what: 设定许可, verified: true", 'what: 设定许可, verified: "true"', "true or false"),
    ("what: 设定许可, verified: true", "what: 设定许可", "Missing data"),
    ("decision: {n: 20,", "decision: {n: true,", "whole number"),
    ("decision: {n: 20,", 'decision: {n: "20",', "whole number"),
    ("decision: {n: 20,", "decision: {n: -1,", "greater than or equal"),
    ("decision: {n: 20,", "decision: {n: 2.5,", "decimal"),
    ("decision: {n: 20, unit: working_day", "decision: {n: 20, unit: 工作日", "Must be one of"),
    ("law: 行政许可法 第四十二条, verified: true}", "verified: true}", "Missing data"),
    ("law: 行政许可法 第四十二条, verified: true}", "law: 行政许可法 第四十二条}", "Missing data"),
    ("  extension: {none-because: 测试}", "  extension: null", "may not be null"),
    ("  extension: {none-because: 测试}", "  extensions: {none-because: 测试}", "unknown limit"),
    ("  extension: {none-because: 测试}", "  extension: {none-because: ''}", "Length must be"),
    ("- {code: m01, name: 申请书}", "- {code: one, name: 申请书}", "material code"),
    ("- {code: m01, name: 申请书}", "- {code: m01, name: 申请书, form: paper}", "Must be one of"),
    ("- {code: m01, name: 申请书}", "- {code: m01, name: 申请书, when: size == 大}", "written {field"),
    (
        "- {code: m01, name: 申请书}",
        "- {code: m01, name: 申请书, when: {field: colour, is: 红}}",
        "unknown field 'colour'",
    ),
    (
        "- {code: m01, name: 申请书}",
        "- {code: m01, name: 申请书, when: {field: size, is: 中}}",
        "'中' is not an option",
    ),
    ("options: [大, 小]}", "options: [大, 大]}", "option twice"),
    ("type: choice, options: [大, 小]}", "type: choice}", "options belong"),
    ("label: 面积, type: decimal, least: 0}", "label: 面积, type: decimal, options: [一]}", "options belong"),
    (
        "label: 面积, type: decimal, least: 0}",
        "label: 面积, type: decimal, least: 9, most: 1}",
        "least is more",
    ),
    ("label: 面积, type: decimal, least: 0}", "label: 面积, type: decimal, past: true}", "only a date"),
    ("label: 面积, type: decimal, least: 0}", "label: 面积, type: number}", "Must be one of"),
    ("- {key: heads, label: 人数", "- {key: area, label: 人数", "defined twice"),
    (
        "label: 规模, type: choice,",
        "label: 规模, shown: {field: is_new, is: true}, type: choice,",
        "comes later",
    ),
    ("validity: {n: 3, unit: year,", "validity: {n: 3,", "belong together"),
    ("validity: {n: 3, unit: year,", "validity: {", "until-field"),
    ("validity: {n: 3, unit: year,", "validity: {until-field: ends_on,", "no required date of the form"),
    ("validity: {n: 3, unit: year,", "validity: {until-field: heads,", "no required date of the form"),
    ("on-fail: refuse}", "on-fail: ignore}", "Must be one of"),
    ("on-fail: refuse}", "on-fail: refuse, materials: [m09]}", "no material 'm09'"),
]


@pytest.mark.parametrize(("old", "new", "word"), REFUSED)
def test_a_wrong_line_is_refused_with_its_number(tmp_path: Path, old: str, new: str, word: str) -> None:
    path = manual_file(tmp_path, (old, new))
    with pytest.raises(DefinitionError, match=word.replace("(", "\\(").replace("{", "\\{")) as refused:
        load_items(path)
    lines = path.read_text("utf-8").splitlines()
    first = MANUAL[: MANUAL.index(old)].count("\n") + 1
    assert refused.value.line is not None
    assert first <= refused.value.line <= first + new.count("\n"), lines[refused.value.line - 1]
    assert refused.value.file == "77-test-item.yaml"


@pytest.mark.parametrize(
    ("added", "text", "word"),
    [
        (
            "checks:\n  - {field: nobody, require: {field: size, is: 大}, message: 错。}\n",
            "nobody",
            "unknown field",
        ),
        (
            "checks:\n  - {field: area, require: {field: size, at_most: 3}, message: 错。}\n",
            "at_most",
            "neither a number",
        ),
        ("excluded:\n  - {grounds: [lunch], law: 甲, verified: true}\n", "lunch", "Must be one of"),
        (
            "excluded:\n  - {grounds: [hearing, hearing], law: 甲, verified: true}\n",
            "[hearing",
            "named twice",
        ),
        (
            "routing:\n  - {fact: 甲, outcome: elsewhere, law: 乙, verified: true}\n",
            "elsewhere",
            "Must be one of",
        ),
        (
            "procedures:\n  - {kind: on-site, need: when, text: 甲, law: 乙, verified: true}\n",
            "on-site",
            "belong together",
        ),
        (
            "branches:\n  - {key: br, name: 甲, department: 乙, law: 丙, verified: true}\n",
            "key: br",
            "an item or a task",
        ),
        (
            "branches:\n  - {key: br, name: 甲, department: 乙, task: 丁, after: [b], law: 丙, verified: true}\n",
            "key: br",
            "no branch 'b' before",
        ),
        (
            "variants:\n  - {key: v, name: 甲, when: {field: nobody, is: 1}, law: 乙, verified: true}\n",
            "key: v",
            "unknown field",
        ),
        (
            (
                "variants:\n  - {key: v, name: 甲, when: {field: is_new, is: true}, law: 乙, verified: true,\n"
                "     limits: {decision: {n: ten, unit: working_day, law: 丙, verified: true}}}\n"
            ),
            "n: ten",
            "whole number",
        ),
        ('versions:\n  - {effective-from: "2026-03-01"}\n', '"2026-03-01"', "because"),
        ('versions:\n  - {effective-from: "2025-03-01", because: 新法}\n', '"2025-03-01"', "later than"),
        (
            'versions:\n  - {effective-from: "2026-03-01", because: 新法, slug: other}\n',
            "slug: other",
            "cannot change",
        ),
        ('versions:\n  - {effective-from: "2026-03-01", because: 新法, fees: 无}\n', "fees", "Unknown field"),
    ],
)
def test_a_wrong_section_is_refused_with_its_number(tmp_path: Path, added: str, text: str, word: str) -> None:
    path = manual_file(tmp_path, added=added)
    with pytest.raises(DefinitionError, match=word) as refused:
        load_items(path)
    assert refused.value.line == line_of(path, text)


def test_a_file_that_is_no_manual_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "01-x.yaml"
    for text in ("[]", "甲", "item: [", "item: '01'\n  slug: x"):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(DefinitionError):
            load_items(path)


def test_too_deep_a_file_is_refused(tmp_path: Path) -> None:
    deep = "{not: " * 9 + "{field: size, is: 大}" + "}" * 9
    with pytest.raises(DefinitionError, match="nested deeper"):
        an_item(tmp_path, ("name: 申请书}", f"name: 申请书, when: {deep}}}"))


def test_without_excluded_the_laws_own_eight_grounds_hold(tmp_path: Path) -> None:
    assert len(an_item(tmp_path).excluded) == 8


def test_with_excluded_exactly_the_named_grounds_hold(tmp_path: Path) -> None:
    item = an_item(tmp_path, added="excluded:\n  - {grounds: [rectification], law: 测试法 第五条, verified: true}\n")
    assert item_rules(item)["excluded"] == ["rectification"]
    assert item_rules(an_item(tmp_path, added="excluded: []\n"))["excluded"] == []


def test_a_later_version_restates_only_what_changed(tmp_path: Path) -> None:
    old, new = load_items(
        manual_file(
            tmp_path,
            added='versions:\n  - effective-from: "2026-05-01"\n    because: 新法施行\n    name: 新名称\n'
            "    limits:\n      decision: {n: 15, unit: working_day, law: 新法 第一条, verified: false}\n",
        )
    )
    assert (old.name_zh, old.limits["decision"].n, old.effective_from) == ("测试事项", 20, date(2026, 1, 1))  # type: ignore[union-attr]
    assert (new.name_zh, new.limits["decision"].n, new.effective_from) == ("新名称", 15, date(2026, 5, 1))  # type: ignore[union-attr]
    assert new.because == "新法施行"
    assert new.limits["extension"] is None
    assert new.fields == old.fields


ENDS = (
    "label: 是否新建, type: flag}",
    "label: 是否新建, type: flag}\n      - {key: ends_on, label: 截止日期, type: date}",
)
FIXED, NAMED = "validity: {n: 3, unit: year,", "validity: {until-field: ends_on,"


@pytest.mark.parametrize(
    ("rule", "text", "validity"),
    [
        (NAMED, "以决定书载明的期限为准，按照申请表填写的“截止日期”核定", None),
        (f"{NAMED} n: 3, unit: year,", "以决定书载明的期限为准，按照申请表填写的“截止日期”核定，最长3年", "3年"),
    ],
)
def test_a_permit_may_end_on_the_day_the_application_names(
    tmp_path: Path, rule: str, text: str, validity: str | None
) -> None:
    item = an_item(tmp_path, ENDS, (FIXED, rule))
    form = a_form(item, ends_on="2027-01-31")
    terms = terms_of(item, form, processes()["document-review"])
    assert (terms.result["valid_until"], terms.result["validity"] is None) == ("2027-01-31", validity is None)
    told = guide(item)["result"]
    assert (told["validity"], told["validity_text"]) == (validity, text)
    assert lint.lint_item(item) == []


def test_a_last_day_that_is_over_is_no_answer(tmp_path: Path) -> None:
    item = an_item(tmp_path, ENDS, (FIXED, NAMED))
    for day, wrong in (("2026-08-31", ["截止日期：不能早于今天，请核对。"]), ("2026-09-01", [])):
        problems = check_form(item, a_form(item, ends_on=day), today=date(2026, 9, 1)).problems
        assert [problem.text for problem in problems] == wrong


VARIANT = """\
variants:
  - key: quick
    name: 告知承诺方式
    when: {field: size, is: 小}
    process: on-site
    limits: {decision: {n: 45, unit: calendar_day, since: received, law: 测试法 第六条, verified: false}}
    law: 测试法 第六条
    verified: false
"""


def test_a_variant_brings_its_own_process_and_limits(tmp_path: Path) -> None:
    item = an_item(tmp_path, added=VARIANT)
    small, large = a_form(item, size="小"), a_form(item, size="大")
    assert (process_of(item, small), process_of(item, large)) == ("on-site", "document-review")
    assert variant_of(item, large) is None
    assert item_rules(item, small)["decision"] == {
        "n": 45, "unit": "calendar_day", "law": "测试法 第六条", "from": "received"
    }  # fmt: skip
    assert item_rules(item, large)["decision"]["n"] == 20
    assert terms_of(item, small, processes()["on-site"]).process == "on-site"


def test_terms_refuse_a_process_the_answers_do_not_lead_to(tmp_path: Path) -> None:
    item = an_item(tmp_path, added=VARIANT)
    with pytest.raises(ValueError, match="runs on on-site"):
        terms_of(item, a_form(item, size="小"), processes()["document-review"])


def test_a_condition_may_reach_as_deep_as_a_person_can_read(tmp_path: Path) -> None:
    deep = "{all: [{field: size, in: [大, 小]}, {not: {field: is_new, is: true}}]}"
    more = f"      - {{key: memo, label: 说明, type: text, shown: {deep}}}\nreview:"
    item = an_item(tmp_path, ("review:", more))
    assert "memo" in a_form(item, is_new=False)
    assert "memo" not in a_form(item, is_new=True)
