"""What lint finds, where it points, and what it only reports."""

from pathlib import Path

import pytest

from service_catalog import lint
from tests.service_catalog.builders import SHIPPED, an_item, line_of, manual_file


def test_the_shipped_manuals_are_clean() -> None:
    assert [str(finding) for finding in lint.run()] == []


def test_the_small_manual_is_clean(tmp_path: Path) -> None:
    assert lint.run(manual_file(tmp_path)) == []


ON_SITE = ("process: document-review", "process: on-site")
EXTENSION = "  extension: {none-because: 测试}"


@pytest.mark.parametrize(
    ("changes", "added", "at", "word"),
    [
        ([(EXTENSION, "  promised: {n: 21, unit: working_day, law: 承诺, verified: true}\n" + EXTENSION)], "",
         "promised:", "longer than the law"),
        ([(EXTENSION, "  promised: {n: 3, unit: month, law: 承诺, verified: true}\n" + EXTENSION)], "",
         "promised:", "longer than the law"),
        ([(EXTENSION, "  correction: {n: 6, unit: working_day, law: 甲, verified: true}\n" + EXTENSION)], "",
         "correction:", "longer than 5"),
        ([(EXTENSION, "  delivery: {n: 1, unit: month, law: 甲, verified: true}\n" + EXTENSION)], "",
         "delivery:", "longer than 10"),
        ([(EXTENSION, "")], "", "limits:", "whether the decision may be extended"),
        ([(EXTENSION, "  extension: {n: 10, unit: working_day, law: 甲, verified: true}")], "",
         "extension:", "who approves"),
        ([], "excluded:\n  - {grounds: [on-site], law: 行政许可法 第四十五条, verified: true}\n",
         "excluded:", "eight grounds"),
        ([ON_SITE], "", "item:", "describes no on-site"),
        ([ON_SITE], "procedures:\n  - {kind: on-site, people: 1, text: 甲, law: 乙, verified: true}\n",
         "people: 1", "at least two"),
        ([("name: 申请书}", "name: 申请书, supply: shared, form: original}")], "", "code: m01", "nobody hands in"),
        ([("name: 申请书}", "name: 申请书, optional: true, when: {field: size, is: 大}}")], "",
         "code: m01", "either optional"),
        ([], "routing:\n  - {fact: 甲, outcome: other-item, law: 乙, verified: true}\n", "fact: 甲", "where else"),
        ([], 'routing:\n  - {fact: 甲, outcome: other-item, to: "77", law: 乙, verified: true}\n',
         "fact: 甲", "itself"),
        ([("on-fail: refuse", "on-fail: rectify")], "", "on-fail", "no way to rectify"),
        ([("validity: {n: 3, unit: year, law: 测试法 第三条, verified: true}", "count-label: 年度数")], "",
         "result:", "how long the result holds"),
        ([], "branches:\n  - {key: b, name: 甲, department: 乙, task: 丙, law: 丁, verified: true}\n",
         "branches:", "only they"),
        ([("kind: licence", "kind: licence\nattributes: [马上办]")], "", "attributes:", "on the spot"),
        ([("text: 依法登记,", "text: 依法登记（待核）,")], "", "依法登记", "verified: false"),
        ([("label: 是否新建, type: flag", "label: 经办人姓名, type: text")], "", "form:", "sounds personal"),
        ([("slug: test-item", "slug: other-item")], "", "item:", "is called 77-other-item.yaml"),
    ],
)  # fmt: skip
def test_a_fault_is_found_on_its_line(
    tmp_path: Path, changes: list[tuple[str, str]], added: str, at: str, word: str
) -> None:
    path = manual_file(tmp_path, *changes, added=added)
    findings = lint.run(path)
    assert [word in finding.what for finding in findings] == [True], [str(finding) for finding in findings]
    first = next(n for n, line in enumerate(path.read_text("utf-8").splitlines(), 1) if at in line)
    assert findings[0].line == (1 if at == "item:" else first)


def test_a_variant_is_checked_like_the_main_way(tmp_path: Path) -> None:
    item = an_item(
        tmp_path,
        added="variants:\n  - {key: v, name: 甲, when: {field: is_new, is: true}, law: 乙, verified: true,\n"
        "     limits: {promised: {n: 30, unit: working_day, law: 承诺, verified: true}}}\n",
    )
    assert [finding.key for finding in lint.lint_item(item)] == ["variants.0.limits.promised"]


def test_a_file_that_cannot_be_read_is_one_finding_and_not_the_end(tmp_path: Path) -> None:
    broken = tmp_path / "01-a.yaml"
    broken.write_text("item: 01: 02\n", encoding="utf-8")
    manual_file(tmp_path)
    findings = lint.run(tmp_path)
    assert [(finding.file, finding.line) for finding in findings] == [("01-a.yaml", 1)]


def test_two_files_with_one_item_and_version_are_found(tmp_path: Path) -> None:
    path = manual_file(tmp_path)
    (tmp_path / "77-test-item.copy.yaml").write_text(path.read_text("utf-8"), encoding="utf-8")
    assert "same item and version" in lint.run(tmp_path)[0].what


def test_what_is_not_verified_is_reported_with_its_line_and_is_no_fault(tmp_path: Path) -> None:
    path = manual_file(tmp_path, ("law: 测试法 第三条, verified: true", "law: 测试法 第三条, verified: false"))
    item = an_item(tmp_path, ("law: 测试法 第三条, verified: true", "law: 测试法 第三条, verified: false"))
    assert lint.run(path) == []
    assert [(found.key, found.line) for found in lint.unverified(item)] == [
        ("result.validity", line_of(path, "validity:"))
    ]


def test_item_02_shows_its_disputed_extension_and_its_promise_as_unverified() -> None:
    keys = {found.key for found in lint.unverified(SHIPPED.newest("02"))}
    assert {"limits.extension", "limits.promised", "basis.2"} <= keys


def test_a_reference_to_an_item_without_manual_can_be_found(tmp_path: Path) -> None:
    item = an_item(tmp_path, added='routing:\n  - {fact: 甲, outcome: other-item, to: "78", law: 乙, verified: true}\n')
    assert [finding.key for finding in lint.dangling([item])] == ["routing.0.to"]
