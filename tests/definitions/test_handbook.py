"""The pages in docs/processes are those the definitions make; every fact says what it does to time."""

from pathlib import Path

import pytest

from workflow.definitions.handbook import MADE_BY, page, pages, write_pages
from workflow.definitions.loader import processes
from workflow.definitions.wording import TIME
from workflow.engine.vocabulary import FACT_TYPES

FOLDER = Path(__file__).parents[2] / "docs/processes"


def test_the_pages_are_not_stale() -> None:
    kept = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
    assert kept == pages(processes()), "run: banjian diagram --docs docs/processes"


def test_every_fact_says_what_it_does_to_time() -> None:
    assert set(TIME) >= FACT_TYPES


@pytest.mark.parametrize("slug", sorted(processes()))
def test_a_page_names_every_state_action_and_article(slug: str) -> None:
    process, text = processes()[slug], page(processes()[slug])
    for state in process.states.values():
        assert state.title in text
        for action in state.actions.values():
            assert action.title in text and action.law in text
    assert "```mermaid\nstateDiagram-v2" in text and "None" not in text


def test_a_page_of_a_process_that_is_gone_is_taken_away_and_nobody_else_s(tmp_path: Path) -> None:
    (tmp_path / "old.md").write_text(f"{MADE_BY}\n# 旧", encoding="utf-8")
    (tmp_path / "notes.md").write_text("# 我的", encoding="utf-8")
    write_pages(processes(), tmp_path)
    assert {path.name for path in tmp_path.glob("*")} == {"notes.md", *pages(processes())}
