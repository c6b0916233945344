"""The report as JSON, HTML, PDF and XLSX. The same report gives the same bytes in each."""

import io
import json
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from workflow.oversight.narrative import narrative
from workflow.papers.pdf import draw

TEMPLATES = Path(__file__).parent / "templates"
RECORDS_PAGE = "/supervision/annual/records"  # for whoever is logged in; programs use the download of each number
FORMATS = ("json", "html", "pdf", "xlsx")
FIXED = (1980, 1, 1, 0, 0, 0)
_STAMP = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
COLUMNS = ("查询", "名称", "事项或类别", "数值", "记录数", "链首摘要", *(f"{month}月" for month in range(1, 13)))


def written(report: Mapping[str, Any], form: str) -> bytes:
    """Return the report in one of FORMATS. KeyError: no such form."""
    return {"json": as_json, "html": as_html, "pdf": as_pdf, "xlsx": as_xlsx}[form](report)


def as_json(report: Mapping[str, Any]) -> bytes:
    """Return it as JSON, the narrative with it."""
    whole = {**report, "narrative": narrative(report)}
    return (json.dumps(whole, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def as_html(report: Mapping[str, Any]) -> bytes:
    """Return it as one page without script; each number of a sentence leads to its row, each row to its records."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template("annual.html")

    def download(query: str, key: str) -> str:
        return f"{RECORDS_PAGE}?{urlencode({'year': report['year'], 'query': query, 'key': key})}"

    return page.render(report=report, sentences=narrative(report), anchor=anchor, download=download).encode()


def anchor(query: str, key: str) -> str:
    """Return the name of a number's row within the page."""
    return f"n-{query}-{key}" if key else f"n-{query}"


def as_pdf(report: Mapping[str, Any]) -> bytes:
    """Return it as PDF/A. Raises workflow.papers.pdf.CannotDraw."""
    sentences = [
        "".join(piece if isinstance(piece, str) else str(piece["value"]) for piece in sentence)
        for sentence in narrative(report)
    ]
    totals = [number for number in report["numbers"] if number["key"] == ""]
    return draw(
        "annual.typ",
        {
            "report": {
                "year": report["year"],
                "as_of": report["as_of"],
                "head": report["head"],
                "sentences": sentences,
                "permits": [[p["name"], str(p["issued"]), str(p["historical"])] for p in report["permits"]],
                "months": [
                    [p["name"], *(str(n) for n in (p.get("by_month") or [0] * 12))]
                    for p in report["permits"]
                    if p.get("by_month")
                ],
                "numbers": [[n["title"], str(n["value"]), str(n["records"]), n["query"], n["head"]] for n in totals],
            }
        },
    )


def as_xlsx(report: Mapping[str, Any]) -> bytes:
    """Return it as a workbook: sentences, permits, every number. A text is never a formula."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "文字"
    for sentence in narrative(report):
        _row(sheet, ["".join(p if isinstance(p, str) else str(p["value"]) for p in sentence)])
    permits = book.create_sheet("证照")
    _row(permits, ["事项", "名称", "发放", "其中历史数据", *(f"{month}月" for month in range(1, 13))])
    for permit in report["permits"]:
        months = permit.get("by_month") or [0] * 12
        _row(permits, [permit["item_code"], permit["name"], permit["issued"], permit["historical"], *months])
    numbers = book.create_sheet("数字")
    _row(numbers, list(COLUMNS))
    for n in report["numbers"]:
        _row(numbers, [n["query"], n["title"], n["key"], n["value"], n["records"], n["head"], *n["by_month"]])
    book.properties.creator = "办件"
    out = io.BytesIO()
    book.save(out)
    return _without_time(out.getvalue())


def _row(sheet: Worksheet, values: list[Any]) -> None:
    place = sheet.max_row + 1 if sheet.max_row > 1 or sheet.cell(1, 1).value is not None else 1
    for column, value in enumerate(values, 1):
        cell = sheet.cell(place, column)
        cell.value = value
        if isinstance(value, str):
            cell.data_type = "s"  # a text that begins with = is no formula


def _without_time(made: bytes) -> bytes:
    """Return the same workbook without the moment it was written at."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in sorted(old.namelist()):
            content = old.read(entry)
            if entry == "docProps/core.xml":
                content = _STAMP.sub(b"1980-01-01T00:00:00Z", content)
            new.writestr(zipfile.ZipInfo(entry, FIXED), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()
