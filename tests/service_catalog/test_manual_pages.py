"""docs/manuals is what the manuals say today, or this fails: run `banjian catalog docs`."""

from dataclasses import replace
from pathlib import Path

import pytest

from service_catalog.catalog import Catalog
from service_catalog.lint import unverified
from service_catalog.manual_pages import INDEX, file_name, pages
from service_catalog.model import ServiceItem
from tests.service_catalog.builders import SHIPPED, an_item
from workflow.definitions.loader import processes

FOLDER = Path(__file__).parents[2] / "docs" / "manuals"
WANTED = pages(SHIPPED)


@pytest.mark.parametrize("name", sorted(WANTED))
def test_the_committed_page_is_what_the_manual_says(name: str) -> None:
    path = FOLDER / name
    assert path.exists() and path.read_text("utf-8") == WANTED[name], "stale: run `banjian catalog docs`"


def test_no_page_stays_of_a_manual_that_is_gone() -> None:
    assert {path.name for path in FOLDER.glob("*.md")} == set(WANTED)


@pytest.mark.parametrize("item", SHIPPED.all(), ids=lambda item: item.code)
def test_a_page_shows_conditions_materials_laws_doubts_and_the_diagram(item: ServiceItem) -> None:
    page = WANTED[file_name(item)]
    told = [*(one.text for one in item.conditions), *(one.name for one in item.materials)]
    told += [*(one.law for one in item.basis), *(one.check for one in item.review)]
    assert [text for text in told if text not in page] == []
    assert f"{len(unverified(item))} 处未核对" in page
    assert page.count("```mermaid") == len([slug for slug in item.processes if slug in processes()])


def test_the_index_leads_to_every_page_by_department_and_process() -> None:
    index = WANTED[INDEX]
    for item in SHIPPED.all():
        assert index.count(f"({file_name(item)})") == 1 + len(item.processes)
        assert f"### {item.department}" in index


def test_a_bar_in_a_text_does_not_break_the_table(tmp_path: Path) -> None:
    item = an_item(tmp_path)
    item = replace(item, materials=(replace(item.materials[0], name="甲|乙"),))
    page = pages(Catalog.of({"77": (item,)}))[file_name(item)]
    assert "甲\\|乙" in page
