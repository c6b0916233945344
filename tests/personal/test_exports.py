"""Exports run nothing in a spreadsheet; the audit of libraries never claims what it did not see."""

import ast
import csv
import io
import logging
import runpy
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from service_catalog.tables import read_table, write_csv, write_xlsx
from tests.infrastructure.logged import logged
from workflow.spreadsheet import FORMULA_SIGNS, Rows, guarded, unguarded

ROOT = Path(__file__).parent.parent.parent
EVIL = [f"{sign}cmd|' /C calc'!A0" for sign in FORMULA_SIGNS] + ['=HYPERLINK("http://x")', "-1+1", "@SUM(1)"]


@pytest.mark.parametrize("cell", EVIL)
def test_a_formula_is_kept_a_text_and_comes_back_as_it_was(cell: str) -> None:
    assert guarded(cell) == f"'{cell}" and unguarded(guarded(cell)) == cell


def test_what_is_no_formula_is_left_alone() -> None:
    for cell in ("滨海公司", "12", "a=b", "", "'"):
        assert guarded(cell) == cell == unguarded(cell)
    assert [guarded(cell) for cell in (-3, 2.5, None, True)] == [-3, 2.5, None, True]


def test_csv_and_xlsx_hold_no_formula_and_are_read_back_whole(tmp_path: Path) -> None:
    rows = [["名称", "编码"], *[[cell.strip(), "1"] for cell in EVIL]]
    write_csv(tmp_path / "a.csv", rows)
    for row in csv.reader((tmp_path / "a.csv").read_text("utf-8-sig").splitlines()):
        assert not row[0].startswith(FORMULA_SIGNS)
    write_xlsx(tmp_path / "a.xlsx", rows, title="表")
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").active
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} == {"s"}
    assert [row[0] for row in read_table(tmp_path / "a.csv")] == [row[0] for row in rows]
    out = io.StringIO()
    Rows(out, newline="\n").write(["=1", 2])
    assert out.getvalue() == "'=1,2\n"


def exporters() -> dict[str, str]:
    """Return every module of ours that writes CSV or XLSX, with its text."""
    found = {}
    for folder in ("api", "worker", "workflow", "service_catalog"):
        for path in (ROOT / folder).rglob("*.py"):
            text = path.read_text("utf-8")
            calls = [node.func for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
            names = {call.attr if isinstance(call, ast.Attribute) else getattr(call, "id", "") for call in calls}
            if names & {"writer", "DictWriter", "Workbook"} or "from workflow.spreadsheet import Rows" in text:
                found[str(path.relative_to(ROOT))] = text
    return found


def test_every_module_that_writes_tables_guards_their_cells() -> None:
    found = exporters()
    assert {"workflow/spreadsheet.py", "service_catalog/tables.py", "api/cli/calendar.py"} <= set(found)
    unguarded_ones = [
        name
        for name, text in found.items()
        if not any(sign in text for sign in ("guarded", "spreadsheet", '"@"', '"s"'))
    ]
    assert unguarded_ones == []


@pytest.mark.parametrize(
    ("dependencies", "code", "words"),
    [
        ([{"name": "a", "version": "1", "vulns": []}], 0, "no known holes in 1 of 1"),
        ([{"name": "a", "skip_reason": "not found"}], 0, "could not run"),
        ([], 0, "could not run"),
        (
            [{"name": "a", "version": "1", "vulns": []}, {"name": "b", "skip_reason": "x"}],
            0,
            "1 could not be looked up",
        ),
        ([{"name": "a", "version": "1", "vulns": [{"id": "CVE-1", "fix_versions": ["2"]}]}], 1, "CVE-1; fixed in 2"),
    ],
)
def test_the_audit_says_what_it_saw(dependencies: list[Any], code: int, words: str) -> None:
    verdict = runpy.run_path(str(ROOT / ".ci" / "audit.py"))["verdict"]
    found = verdict({"dependencies": dependencies})
    assert found[0] == code and words in found[1]


def test_a_number_that_slips_into_a_log_line_is_masked_all_the_same() -> None:
    with logged("api") as lines:
        logging.getLogger("api").warning("call 13812345678", extra={"who": {"card": "6222021203014567890"}})
    assert "13812345678" not in lines.text and "6222021203014567890" not in lines.text
    assert lines.all[0]["event"] == "call 138******78"
