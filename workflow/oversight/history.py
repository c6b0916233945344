"""Records of years before this office, from a CSV file: all rows or none, each marked with the file and the line."""

import csv
import hashlib
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from workflow.engine.errors import BanjianError
from workflow.store.connect import transaction

KINDS = ("licence", "filing", "renewal", "change", "refusal", "revocation", "cancellation")
COLUMNS = ("kind", "item_code", "item_name", "permit_no", "holder", "issued_on", "department")
NEEDED = ("kind", "item_name", "permit_no", "issued_on")
MOST = {"item_code": 50, "item_name": 300, "permit_no": 100, "holder": 200, "department": 200}
FIRST_YEAR = 1980
INSERT = """
insert into historical_records (kind, item_code, item_name, permit_no, holder, issued_on, department, source, file_sha, line,
                                loaded_by, loaded_at)
select r.kind, r.item_code, r.item_name, r.permit_no, r.holder, r.issued_on, r.department, %(source)s, %(sha)s, r.line,
       %(by)s, %(now)s
  from jsonb_to_recordset(%(rows)s::jsonb) r(kind text, item_code text, item_name text, permit_no text, holder text,
       issued_on date, department text, line integer)
"""


class HistoryRefused(BanjianError):
    """The file was not loaded; lines: what is wrong, each with its line of the file."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = list(lines)
        super().__init__("; ".join(lines))


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many records a file brought, by kind and name, and its digest."""

    count: int
    by_name: dict[tuple[str, str], int]
    sha256: str


def load(engine: Engine, content: bytes, *, source: str, by: str, now: datetime) -> Loaded:
    """Load a CSV file (UTF-8): columns of COLUMNS, those of NEEDED filled in. Raises HistoryRefused; then nothing is kept.

    source: where the records come from, for the record.
    """
    if not 1 <= len(source) <= 300:
        raise HistoryRefused(["source: 1 to 300 characters say where the records come from"])
    rows, problems = _read(content, now.date())
    if problems:
        raise HistoryRefused(problems[:50])
    if not rows:
        raise HistoryRefused(["the file has no record"])
    sha = hashlib.sha256(content).hexdigest()
    try:
        with transaction(engine) as connection:
            connection.exec_driver_sql(
                INSERT,
                {"rows": json.dumps(rows, ensure_ascii=False), "source": source, "sha": sha, "by": by, "now": now},
            )
    except IntegrityError as error:
        raise HistoryRefused([f"a record is there already: {_detail(error)}"]) from error
    by_name: dict[tuple[str, str], int] = {}
    for row in rows:
        by_name[row["kind"], row["item_name"]] = by_name.get((row["kind"], row["item_name"]), 0) + 1
    return Loaded(len(rows), by_name, sha)


def _detail(error: IntegrityError) -> str:
    lines = str(error.orig).splitlines()
    return next((line.removeprefix("DETAIL:").strip() for line in lines if line.startswith("DETAIL")), lines[0])


def _read(content: bytes, today: date) -> tuple[list[dict[str, Any]], list[str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return [], [f"the file is not UTF-8 (byte {error.start})"]
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    rows: list[dict[str, Any]] = []
    problems: list[str] = []
    seen: dict[tuple[str, str, str], int] = {}
    try:
        unknown = sorted(set(reader.fieldnames or ()) - set(COLUMNS))
        missing = [name for name in NEEDED if name not in (reader.fieldnames or ())]
        if unknown or missing:
            return [], [f"line 1: the columns are {', '.join(COLUMNS)}; unknown: {unknown}, missing: {missing}"]
        for row in reader:
            line = reader.line_num
            if None in row or None in row.values():
                problems.append(f"line {line}: it has another number of cells than the head")
                continue
            found = {name: (row.get(name) or "").strip() for name in COLUMNS}
            problems += [f"line {line}: {what}" for what in _problems(found, today)]
            key = (found["kind"], found["item_name"], found["permit_no"])
            if key in seen:
                problems.append(f"line {line}: permit_no: the same record stands in line {seen[key]}")
            seen[key] = line
            rows.append({**found, "line": line})
    except csv.Error as error:
        problems.append(f"line {reader.line_num}: {error}")
    return rows, problems


def _problems(row: dict[str, str], today: date) -> Iterator[str]:
    for name in NEEDED:
        if not row[name]:
            yield f"{name}: must be filled in"
    if row["kind"] and row["kind"] not in KINDS:
        yield f"kind: one of {', '.join(KINDS)}"
    for name, most in MOST.items():
        if len(row[name]) > most or any(ord(sign) < 32 for sign in row[name]):
            yield f"{name}: at most {most} printable characters"
    if row["issued_on"]:
        try:
            day = date.fromisoformat(row["issued_on"])
        except ValueError:
            yield "issued_on: a date such as 2021-06-30"
            return
        if not date(FIRST_YEAR, 1, 1) <= day <= today:
            yield f"issued_on: from {FIRST_YEAR} to today"
