"""Which version holds on a day, what a cancelled item answers, and what search finds."""

from datetime import date
from pathlib import Path

import pytest

from service_catalog.catalog import Catalog, UnknownItem
from tests.service_catalog.builders import SHIPPED, TODAY, manual_file
from workflow.engine.errors import DefinitionError

VERSIONS = 'versions:\n  - {effective-from: "2026-05-01", because: 新法, name: 新名称}\n'


def codes(**asked: str) -> list[str]:
    return [item.code for item in SHIPPED.search(**asked)]


def test_the_version_of_the_day_is_given(tmp_path: Path) -> None:
    manual_file(tmp_path, added=VERSIONS)
    catalog = Catalog.load(tmp_path)
    assert catalog.get("77", on=date(2026, 4, 30)).name_zh == "测试事项"
    assert catalog.get("77", on=date(2026, 5, 1)).name_zh == "新名称"
    assert catalog.newest("77").name_zh == "新名称"


def test_before_its_first_version_an_item_does_not_exist(tmp_path: Path) -> None:
    manual_file(tmp_path)
    with pytest.raises(UnknownItem):
        Catalog.load(tmp_path).get("77", on=date(2025, 12, 31))


def test_a_cancelled_item_takes_no_new_case_from_that_day(tmp_path: Path) -> None:
    manual_file(tmp_path, ("kind: licence", 'kind: licence\ncancelled-from: "2026-07-01"'))
    catalog = Catalog.load(tmp_path)
    assert catalog.get("77", on=date(2026, 6, 30)).code == "77"
    with pytest.raises(UnknownItem):
        catalog.get("77", on=date(2026, 7, 1))


def test_an_unknown_code_is_unknown() -> None:
    with pytest.raises(UnknownItem):
        SHIPPED.get("99", on=TODAY)
    with pytest.raises(UnknownItem):
        SHIPPED.newest("99")


def test_two_versions_of_one_day_are_refused(tmp_path: Path) -> None:
    path = manual_file(tmp_path)
    (tmp_path / "77-test-item.again.yaml").write_text(path.read_text("utf-8"), encoding="utf-8")
    with pytest.raises(DefinitionError, match="two versions from 2026-01-01"):
        Catalog.load(tmp_path)


@pytest.mark.parametrize("words", ["危险化学品", "不带储存", "hazardous without", "01", "wxhxpjy", "应急管理局 许可"])
def test_an_item_is_found_by_words_of_its_names_code_or_initials(words: str) -> None:
    assert "01" in codes(q=words)


def test_every_word_must_be_found() -> None:
    assert codes(q="危险化学品 没有这个词") == []


def test_search_narrows_by_process_department_attribute_and_applicant() -> None:
    assert {"01", "02"} <= set(codes(process="on-site", department="政务服务", applicant="organisation"))
    assert "02" in codes(attribute="网上办")
    assert "02" not in codes(attribute="一次办")
    assert "02" not in codes(applicant="person")
    assert "02" in codes(applicant="企业")
    assert codes(process="instant", q="危险化学品经营许可证") == []
