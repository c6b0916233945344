"""The year counted from records: every number with its query, its records and their digest; the same bytes each time."""

import csv
import hashlib
import io
import json
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from click.testing import CliRunner
from openpyxl import load_workbook
from sqlalchemy.exc import DBAPIError

from api.cli.main import group
from tests.infrastructure.desk import Desk
from tests.oversight.test_timeliness import asked, observed, told
from tests.story.telling import applied
from workflow.casework.office import Office
from workflow.store.connect import transaction

HEAD = "kind,item_code,item_name,permit_no,holder,issued_on,department\n"
PAST = {("licence", "危险化学品经营许可证"): 78, ("licence", "危险化学品安全使用许可证"): 1, ("filing", "非药品类易制毒化学品备案"): 9}  # fmt: skip


def run(url: str, *words: str) -> Any:
    return CliRunner().invoke(group, [*words], env={"DATABASE_URL": url, "BANJIAN_DEMO": "1"})


def history(folder: Path) -> Path:
    """Return a file of what one year of the past issued."""
    rows = [
        f"{kind},,{name},{name[:4]}〔2021〕{number}号,,2021-{number % 12 + 1:02d}-15,应急管理局\n"
        for (kind, name), count in PAST.items()
        for number in range(1, count + 1)
    ]
    file = folder / "2021.csv"
    file.write_text(HEAD + "".join(rows), encoding="utf-8-sig")
    return file


def test_every_number_of_a_report_can_be_repeated_from_its_records(desk: Desk, database_url: str) -> None:
    told(desk)
    observed(desk)
    first = run(database_url, "report", "annual", "--year", "2026")
    assert first.exit_code == 0, first.output
    report = json.loads(first.stdout_bytes)
    values = {(number["query"], number["key"]): number for number in report["numbers"]}
    assert values["received", ""]["value"] == 3 and values["permits", "26"]["value"] == 2
    assert values["permits", "26"]["by_month"] == [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0]
    assert values["alerts", ""]["value"] >= 1
    for (query, key), number in values.items():
        made = run(
            database_url, "report", "records", "--year", "2026", "--query", query, *(["--key", key] if key else [])
        )
        rows = list(csv.DictReader(io.StringIO(made.stdout)))
        assert sum(int(row["n"]) for row in rows) == number["value"], (query, key)
        assert len({row["record"] for row in rows}) == number["records"] or not key
        lines = "\n".join(f"{row['record']} {row['head']} {row['n']}" for row in rows)
        if key:
            assert hashlib.sha256(lines.encode()).hexdigest() == number["head"], (query, key)
    status, listed = desk.get("/api/v1/statistics/annual?year=2026", "head1")
    assert status == 200
    assert [p["issued"] for p in listed["permits"]] == [2] and listed["cases"]["received"] == 3
    assert listed["timeliness"]["within_promise"] == values["as_promised", ""]["value"] == 1
    answer = desk.client.get(
        "/api/v1/statistics/annual/records?year=2026&query=permits&key=26",
        headers={"Authorization": f"Bearer {desk.token('auditor1')}"},
    )
    assert answer.status_code == 200 and len(answer.text.splitlines()) == 3
    for who, path, wanted in (
        ("auditor1", "year=2026&query=nothing", 404),
        ("clerk1", "year=2026&query=permits", 403),
        (None, "year=2026&query=permits", 401),
    ):
        assert desk.get(f"/api/v1/statistics/annual/records?{path}", who)[0] == wanted
    for form in ("json", "html", "pdf", "xlsx"):
        one, two = (run(database_url, "report", "annual", "--year", "2026", "--format", form) for _ in range(2))
        assert one.exit_code == 0 and one.stdout_bytes == two.stdout_bytes, form
        if form == "html":
            page = one.stdout_bytes.decode()
            assert 'href="#n-received"' in page and 'id="n-received"' in page and "<script" not in page
        if form == "pdf":
            pages = pypdfium2.PdfDocument(one.stdout_bytes)
            text = "".join(page.get_textpage().get_text_bounded() for page in pages)
            assert "共收到办理申请3件" in "".join(text.split())
        if form == "xlsx":
            book = load_workbook(io.BytesIO(one.stdout_bytes))
            assert book["数字"]["A1"].value == "查询" and book["数字"].max_row == len(report["numbers"]) + 1


def test_a_report_refuses_to_speak_over_sums_that_are_false(desk: Desk, database_url: str) -> None:
    applied(desk, "26")
    observed(desk)
    with transaction(desk.office.engine) as connection:
        connection.exec_driver_sql("update sums set n = n + 1 where figure = 'received'")
    made = run(database_url, "report", "annual", "--year", "2026")
    assert made.exit_code == 1 and "differ" in made.stderr


def test_the_past_is_loaded_whole_or_not_at_all_and_counted_as_past(
    office: Office, database_url: str, tmp_path: Path
) -> None:
    file = history(tmp_path)
    words = ("history", "load", str(file), "--source", "应急管理局2021年台账", "--by", "auditor1")
    loaded = run(database_url, *words)
    assert loaded.exit_code == 0 and "88 historical records loaded" in loaded.output, loaded.output
    again = run(database_url, *words)
    assert again.exit_code == 1 and "there already" in again.stderr
    report = json.loads(run(database_url, "report", "annual", "--year", "2021").stdout_bytes)
    assert {(p["name"], p["issued"], p["historical"]) for p in report["permits"]} == {
        (name, count, count) for (_, name), count in PAST.items()
    }
    number = next(n for n in report["numbers"] if n["query"] == "historical" and not n["key"])
    assert number["value"] == 88
    sentence = "".join(p if isinstance(p, str) else str(p["value"]) for p in report["narrative"][1])
    assert "危险化学品经营许可证78件（其中历史数据78件）" in sentence
    assert all(n["value"] == 0 for n in report["numbers"] if n["query"] == "permits")  # the engine made none
    for line, what in (
        ("licence,,甲,1号,,2021-13-01,", "issued_on"),
        ("licence,,甲,1号,,2999-01-01,", "issued_on"),
        ("prize,,甲,1号,,2021-01-01,", "kind"),
        ("licence,,,1号,,2021-01-01,", "item_name"),
        ("licence,,甲,1号,,2021-01-01", "cells"),
        ("licence,,甲,1号,,2021-01-01,\nlicence,,甲,1号,,2021-01-02,", "line 2"),
    ):
        bad = tmp_path / "bad.csv"
        bad.write_text(HEAD + line + "\n", encoding="utf-8")
        made = run(database_url, "history", "load", str(bad), "--source", "x", "--by", "x")
        assert made.exit_code == 1 and what in made.stderr, (line, made.stderr)
    with pytest.raises(DBAPIError, match="append-only"), transaction(office.engine) as connection:
        connection.exec_driver_sql("update historical_records set issued_on = '2022-01-01'")


def test_processing_times_are_open_data_that_find_nobody(desk: Desk) -> None:
    told(desk)
    observed(desk)
    status, found = desk.get("/api/v1/public/processing-times?year=2026")
    assert status == 200 and found["items"] == []  # two decisions would speak of two applicants
    with transaction(desk.office.engine) as connection:
        connection.exec_driver_sql("update sums set n = n * 3 where figure in ('decided', 'days_used')")
    (item,) = desk.get("/api/v1/public/processing-times?year=2026")[1]["items"]
    assert (item["item_code"], item["decided"], item["median_working_days"]) == ("26", 6, 0)
    answer = desk.client.get("/api/v1/public/processing-times?year=2026&format=csv")
    assert answer.status_code == 200 and answer.text.splitlines()[0].startswith("item_code,name,decided")
    assert asked(desk, "timeliness", by="item", from_="2026-01-01", to="2026-12-31")["total"]["decided"] == 6
