"""Steps fit into the promise, the promise into the law; chains of branches are counted as a case would go through them."""

from pathlib import Path

import pytest

from service_catalog import lint
from service_catalog.lint_limits import longest_chain, some_answers
from tests.service_catalog.builders import an_item

PROMISE = ("  extension: {none-because: 测试}",
           "  extension: {none-because: 测试}\n  promised: {n: 8, unit: working_day, law: 承诺, verified: true}")  # fmt: skip
VISIT = "procedures:\n  - {kind: on-site, people: 2, text: 甲, law: 乙, verified: true, limit: {n: %s, unit: %s, law: 丙, verified: true}%s}\n"
JOINT = [("process: document-review", "process: joint"), ("kind: licence", "kind: joint")]
UNIFIED = "joint: {mode: unified, text: 甲, law: 乙, verified: true}\n"
BUNDLE = "joint: {mode: bundle, text: 甲, law: 乙, verified: true}\n"


def a_branch(key: str, days: int, *, after: str = "", when: str = "") -> str:
    after = f", after: [{after}]" if after else ""
    when = f", when: {when}" if when else ""
    limit = f"limit: {{n: {days}, unit: working_day, law: 己, verified: true}}"
    return f"  - {{key: {key}, name: 甲, department: 乙, task: 丙, law: 丁, verified: true, {limit}{after}{when}}}\n"


def said(tmp_path: Path, *changes: tuple[str, str], added: str) -> list[tuple[str, str]]:
    """Return (key, what) of every finding about a step."""
    found = lint.lint_item(an_item(tmp_path, *changes, added=added))
    return [(one.key, one.what) for one in found if one.key.startswith(("procedures.0.limit", "branches."))]


@pytest.mark.parametrize(("n", "unit", "fits"), [(8, "working_day", True), (9, "working_day", False), (11, "calendar_day", True),
                                                 (12, "calendar_day", False), (1, "month", False)])  # fmt: skip
def test_a_visit_that_counts_fits_into_the_promise(tmp_path: Path, n: int, unit: str, fits: bool) -> None:
    assert (said(tmp_path, PROMISE, added=VISIT % (n, unit, "")) == []) is fits


def test_without_a_promise_the_step_fits_into_the_law(tmp_path: Path) -> None:
    assert said(tmp_path, added=VISIT % (20, "working_day", "")) == []
    assert "there are only 20个工作日" in said(tmp_path, added=VISIT % (21, "working_day", ""))[0][1]


def test_time_that_does_not_count_needs_no_room(tmp_path: Path) -> None:
    excluded = "excluded:\n  - {grounds: [on-site], law: 测试法 第九条, verified: true}\n"
    assert said(tmp_path, PROMISE, added=VISIT % (30, "working_day", "") + excluded) == []


def test_a_step_after_the_decision_takes_no_time_of_it(tmp_path: Path) -> None:
    assert said(tmp_path, PROMISE, added=VISIT % (30, "working_day", ", stage: after-decision")) == []


def test_a_step_of_one_way_is_measured_by_that_way_s_limits(tmp_path: Path) -> None:
    variant = (
        "variants:\n  - {key: slow, name: 一般程序, when: {field: is_new, is: true}, law: 乙, verified: true,\n"
        "     limits: {promised: {n: 15, unit: working_day, law: 承诺, verified: true}}}\n"
    )
    conditional = VISIT % (12, "working_day", ", need: when, when: {field: is_new, is: true}")
    assert said(tmp_path, PROMISE, added=conditional + variant) == []
    assert said(tmp_path, PROMISE, added=VISIT % (12, "working_day", "") + variant) != []


def test_the_longest_chain_of_a_unified_case_fits_into_its_promise(tmp_path: Path) -> None:
    fitting = "branches:\n" + a_branch("a", 3) + a_branch("b", 5, after="a") + a_branch("c", 7)
    assert said(tmp_path, PROMISE, *JOINT, added=UNIFIED + fitting) == []
    longer = "branches:\n" + a_branch("a", 3) + a_branch("b", 5, after="a") + a_branch("c", 1, after="b")
    key, what = said(tmp_path, PROMISE, *JOINT, added=UNIFIED + longer)[0]
    assert (key, "9 working days (a > b > c); the promise is 8个工作日" in what) == ("branches.2", True)


def test_a_chain_longer_than_the_law_says_so_first(tmp_path: Path) -> None:
    chain = "branches:\n" + a_branch("a", 15) + a_branch("b", 6, after="a")
    assert "the law gives 20个工作日" in said(tmp_path, PROMISE, *JOINT, added=UNIFIED + chain)[0][1]


def test_branches_that_never_run_in_one_case_are_not_added_up(tmp_path: Path) -> None:
    branches = "branches:\n" + a_branch("a", 6, when="{field: size, is: 大}")
    branches += a_branch("b", 6, after="a", when="{field: size, is: 小}")
    assert said(tmp_path, PROMISE, *JOINT, added=UNIFIED + branches) == []


def test_where_every_branch_keeps_its_own_limit_a_long_chain_is_a_remark_and_no_fault(tmp_path: Path) -> None:
    branches = "branches:\n" + a_branch("a", 6) + a_branch("b", 6, after="a")
    assert said(tmp_path, PROMISE, *JOINT, added=BUNDLE + branches) == []
    item = an_item(tmp_path, PROMISE, *JOINT, added=BUNDLE + branches)
    assert ["12 working days (a > b)" in remark.what for remark in lint.remarks(item)] == [True]


def test_a_branch_has_no_more_time_than_the_item_it_stands_for(tmp_path: Path) -> None:
    branch = a_branch("a", 21).replace("task: 丙", 'item: "77"')
    parent = an_item(tmp_path, ('item: "77"', 'item: "78"'), *JOINT, added=UNIFIED + "branches:\n" + branch)
    child = an_item(tmp_path)
    found = [one for one in lint.judge([parent, child]) if one.key == "branches.0.limit"]
    assert ["longer than item 77 itself: 20个工作日" in one.what for one in found] == [True]


def test_answers_make_every_condition_hold_and_fail(tmp_path: Path) -> None:
    item = an_item(tmp_path)
    conditions = [{"field": "heads", "at_least": 10}, {"field": "is_new", "is": True}, {"field": "size", "in": ["大"]}]
    forms = list(some_answers(item, conditions))
    told = {(int(f.get("heads", 0)) >= 10, f.get("is_new") is True, f.get("size") == "大") for f in forms}
    assert len(told) == 8
    assert longest_chain(()) == ()


@pytest.mark.parametrize("slug", ["expert-review", "notify-commit"])
def test_a_review_point_may_say_rectify_where_the_process_can_ask_for_it(tmp_path: Path, slug: str) -> None:
    item = an_item(tmp_path, ("process: document-review", f"process: {slug}"), ("on-fail: refuse", "on-fail: rectify"))
    assert [one for one in lint.lint_item(item) if one.key.startswith("review")] == []
