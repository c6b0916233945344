"""banjian experts / register: what the office knows of people outside it, loaded from CSV files."""

import csv
import os
import sys
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy.exc import SQLAlchemyError

from api.cli.parts import console_account, need_settings
from api.config import need
from service_catalog.identifiers import wrong_citizen_id, wrong_uscc
from service_catalog.schema import REGISTERS
from workflow.casework.library import ExpertRow, load_experts, load_register
from workflow.casework.now import now
from workflow.casework.office import Office
from workflow.engine.dates import SHANGHAI

USCC_LENGTH = 18
EXPERT_COLUMNS = ("person_id", "name", "unit", "specialities")
UNIT_CODE = "unit_code"  # may be left out
REGISTER_COLUMNS = ("id_no", "valid_from", "valid_until", "note")
ROWS_MAX = 1_000_000


class RowError(Exception):
    """One row that cannot be loaded: its number, the column, what to do."""


@click.group()
def experts() -> None:
    """The library of experts from which reviews draw."""


@experts.command("load")
@click.argument("file", type=click.Path(path_type=Path))
def experts_load(file: Path) -> None:
    """Replace the library by FILE.csv: person_id, name, unit, specialities (separated by 、), unit_code if known.

    All rows or none. unit_code is the unit's 统一社会信用代码: nobody is drawn for a case of their own unit.
    """
    need_settings("DATABASE_URL")
    rows = [
        ExpertRow(
            row["person_id"],
            row["name"],
            row["unit"],
            tuple(filter(None, row["specialities"].split("、"))),
            row.get(UNIT_CODE, ""),
        )
        for row in _rows(file, EXPERT_COLUMNS, required=("person_id", "name"), may_have=(UNIT_CODE,))
    ]
    click.echo(
        f"{_done(lambda office: load_experts(office, rows, account=console_account(), now=now()))} experts in the library"
    )


@click.group()
def register() -> None:
    """Copies of other agencies' registers, asked by self-service rules and before commitments."""


@register.command("load")
@click.argument("name", type=click.Choice(sorted(REGISTERS)))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--source", required=True, help="Where the copy comes from, for the record.")
@click.option("--as-of", "as_of", help="The moment the copy speaks of (RFC 3339); now, if left out.")
def register_load(name: str, file: Path, source: str, as_of: str | None) -> None:
    """Replace register NAME by FILE.csv: id_no, valid_from, valid_until, note. All rows or none."""
    need_settings("DATABASE_URL")
    rows = list(_register_rows(file))
    try:
        moment = datetime.fromisoformat(as_of) if as_of else now()
    except ValueError:
        _fail("--as-of must be a moment such as 2026-09-01T08:00:00+08:00")
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=SHANGHAI)
    click.echo(f"{_done(lambda office: load_register(office, name, source, moment, rows))} entries in {name}")


def _register_rows(file: Path) -> Iterator[dict[str, Any]]:
    for number, row in enumerate(_rows(file, REGISTER_COLUMNS, required=("id_no",)), 2):
        check = wrong_uscc(row["id_no"]) and wrong_citizen_id(row["id_no"], now().date())
        if check:
            _fail(f"{file}:{number}: id_no: {check}")
        yield {
            "id_no": row["id_no"],
            "note": row["note"],
            **{key: _day(file, number, key, row[key]) for key in ("valid_from", "valid_until")},
        }


def _day(file: Path, number: int, column: str, text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        _fail(f"{file}:{number}: {column}: write a day as 2026-09-01")
        raise AssertionError from None


def _rows(
    file: Path, columns: tuple[str, ...], *, required: tuple[str, ...], may_have: tuple[str, ...] = ()
) -> Iterator[dict[str, str]]:
    """Yield the rows of a CSV file with exactly these columns, and those it may have; ends the command with one line where it cannot."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        _fail(f"{file}: {getattr(error, 'strerror', None) or 'not UTF-8'}")
    reader = csv.DictReader(text.splitlines())
    if reader.fieldnames is None or set(reader.fieldnames) - set(may_have) != set(columns):
        _fail(f"{file}:1: the columns are {', '.join(columns)}")
    for number, row in enumerate(reader, 2):
        if None in row or None in row.values():
            _fail(f"{file}:{number}: {len(reader.fieldnames)} columns are needed")
        empty = next((name for name in required if not row[name].strip()), None)
        if empty:
            _fail(f"{file}:{number}: {empty}: is empty")
        if number > ROWS_MAX:
            _fail(f"{file}: more than {ROWS_MAX} rows")
        yield {name: value.strip() for name, value in row.items()}


def _done(work: Any) -> int:
    office = Office.connect(need(os.environ, "DATABASE_URL"), pool_size=1)
    try:
        return int(work(office))
    except (SQLAlchemyError, ValueError) as error:
        _fail(str(getattr(error, "orig", None) or error).strip().splitlines()[0])
    finally:
        office.close()
    raise AssertionError


def _fail(line: str) -> None:
    click.echo(f"banjian: {line}", err=True)
    sys.exit(2)
