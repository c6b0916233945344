"""Which version holds on a day, what a cancelled item answers, and what search finds."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_catalog.catalog import Catalog, ClosedItem, ItemWithoutManual, UnknownItem, place
from service_catalog.national import ListedItem
from service_catalog.search import Membership, asked_words, rank
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


def listed(code: str, **more: Any) -> ListedItem:
    """Return an item of the national list; only what a test says of it differs from its code."""
    whole = {
        "name": f"事项{code}",
        "department": "示例局",
        "kind": "licence",
        "process": "",
        "project_type": "2",
        "attributes": (),
        "applicant_types": ("企业",),
        "catalog_code": "000112001000",
        "task_code": code,
        "local_code": "",
        "result": "",
    }
    return ListedItem(code=code, **{**whole, **more})


def with_listed(*items: ListedItem, **more: Any) -> Catalog:
    return SHIPPED.joined({one.code: one for one in items}, **more)


def test_an_item_without_a_manual_is_found_and_says_that_it_has_none() -> None:
    catalog = with_listed(listed("A1", name="特种设备使用登记"))
    assert [entry.code for entry in catalog.search(q="tzsb")] == ["18", "A1"]
    with pytest.raises(ItemWithoutManual):
        catalog.get("A1", on=TODAY)
    assert catalog.get("02", on=TODAY).code == "02"


def test_a_national_code_leads_to_the_manual_it_belongs_to() -> None:
    catalog = with_listed(listed("A1", local_code="02"), listed("A2", local_code="no-manual"))
    assert catalog.get("A1", on=TODAY).code == catalog.entry("A1").code == "02"
    assert [entry.code for entry in catalog.search(q="A1")] == ["02"]
    assert catalog.entry("A2").has_manual is False


def test_a_manual_ends_with_the_last_of_its_national_items() -> None:
    early, late = date(2026, 1, 1), date(2026, 12, 1)
    catalog = with_listed(
        listed("A1", local_code="02", cancelled_from=early), listed("A2", local_code="02", cancelled_from=late)
    )
    assert catalog.get("02", on=TODAY).code == "02"
    with pytest.raises(ClosedItem) as closed:
        catalog.get("02", on=late)
    assert closed.value.since == late
    one_goes_on = with_listed(listed("A1", local_code="02", cancelled_from=early), listed("A2", local_code="02"))
    assert one_goes_on.get("02", on=late).code == "02"


def test_the_offices_word_closes_an_item_and_open_cases_keep_their_version() -> None:
    catalog = with_listed(cancelled={"02": date(2026, 7, 1)})
    assert catalog.get("02", on=date(2026, 6, 30)).code == "02"
    with pytest.raises(ClosedItem):
        catalog.get("02", on=date(2026, 7, 1))
    assert catalog.pinned("02", "2020-01-01").version == "2020-01-01"
    assert catalog.guide_version("02", on=TODAY).version == "2026-05-01"


def test_a_list_holds_from_its_first_to_its_last_day() -> None:
    one = Membership("once", date(2026, 9, 1), date(2026, 9, 30))
    catalog = with_listed(memberships={"02": (one,)})
    for day, found in (
        (date(2026, 8, 31), []),
        (date(2026, 9, 1), ["02"]),
        (date(2026, 9, 30), ["02"]),
        (date(2026, 10, 1), []),
    ):
        assert [entry.code for entry in catalog.search(list_id="once", on=day)] == found


NAMES = st.lists(st.text(alphabet="食品经营许可证A1（ ", min_size=1, max_size=8), min_size=1, max_size=12)


@given(names=NAMES, q=st.text(alphabet="食品经营许a１( ", max_size=4), limit=st.integers(1, 5))
def test_the_index_finds_what_a_look_at_every_entry_finds_page_by_page(names: list[str], q: str, limit: int) -> None:
    catalog = Catalog.of({}).joined({f"A{n}": listed(f"A{n}", name=name) for n, name in enumerate(names)})
    words = asked_words(q)
    naive = [entry for entry in catalog.index.entries if all(word in entry.words for word in words)]
    expected = [entry.code for entry in sorted(naive, key=lambda entry: (rank(entry, words), entry.code))]
    seen: list[str] = []
    after = None
    for _page in range(len(names) + 1):  # each page but the last has at least one
        page = catalog.search(q=q, after=after, limit=limit)
        seen += [entry.code for entry in page]
        after = place(page[-1], q) if page else after
    assert seen == expected
