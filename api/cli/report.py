"""banjian report annual, banjian report records, banjian history load."""

import sys
from datetime import date
from pathlib import Path

import click

from api.cli.database import DATA, open_office
from workflow.casework.now import now
from workflow.oversight import rollups
from workflow.oversight.annual import is_figure, report
from workflow.oversight.event_logs import Pseudonyms, as_ocel, as_xes
from workflow.oversight.history import HistoryRefused, load
from workflow.oversight.numbers import records, source_of
from workflow.oversight.observe import Observer
from workflow.oversight.report_files import FORMATS, written
from workflow.spreadsheet import Rows
from workflow.store.connect import transaction
from workflow.store.trail import snapshot

YEAR = click.option("--year", required=True, type=click.IntRange(1990, 2200))


@click.group("report")
def report_() -> None:
    """Counted from records, each number with its proof."""


@report_.command()
@YEAR
@click.option("--format", "form", type=click.Choice(FORMATS), default="json", show_default=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write there instead of standard output.")
@DATA
def annual(year: int, form: str, out: Path | None, data: Path) -> None:
    """Permits issued by item and month, cases, timeliness, enforcement of the time limits."""
    with open_office(data) as office:
        Observer(office.engine).observe(now(), everything=True)
        with transaction(office.engine) as connection:
            wrong = rollups.differences(connection)
        if wrong:
            click.echo(f"banjian: {len(wrong)} sums differ from their recomputation; run the nightly check", err=True)
            sys.exit(1)
        content = written(report(office.engine, year, today=now().date()), form)
    _put(content, out)


def _put(content: bytes, out: Path | None) -> None:
    if out is None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    try:
        out.write_bytes(content)
    except OSError as error:
        click.echo(f"banjian: {out}: {error.strerror}", err=True)
        sys.exit(2)


@report_.command("records")
@YEAR
@click.option("--query", required=True, help="The query a number names.")
@click.option("--key", help="The item or kind of the number; all, if left out.")
@DATA
def records_(year: int, query: str, key: str | None, data: Path) -> None:
    """Write the records behind a number as CSV: key, month, record, head, n."""
    rows = source_of(query, is_figure(query))
    if rows is None:
        click.echo(f"banjian: there is no query {query!r}", err=True)
        sys.exit(2)
    given = {"first": date(year, 1, 1), "next": date(year + 1, 1, 1), "as_of": min(now().date(), date(year, 12, 31))}
    with open_office(data) as office, snapshot(office.engine) as connection:
        table = Rows(sys.stdout, newline="\n")
        table.write(("key", "month", "record", "head", "n"))
        for row in records(connection, rows, given, key):
            table.write(row)


@click.group()
def history() -> None:
    """Records of years before this office."""


@history.command("load")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--source", required=True, help="Where the records come from, for the record.")
@click.option("--by", required=True, help="Who loads them, for the record.")
@DATA
def load_(file: Path, source: str, by: str, data: Path) -> None:
    """Load FILE.csv: kind, item_code, item_name, permit_no, holder, issued_on, department. All rows or none."""
    try:
        content = file.read_bytes()
    except OSError as error:
        click.echo(f"banjian: {file}: {error.strerror}", err=True)
        sys.exit(2)
    try:
        with open_office(data) as office:
            loaded = load(office.engine, content, source=source, by=by, now=now())
    except HistoryRefused as error:
        for line in error.lines:
            click.echo(f"{file}: {line}", err=True)
        sys.exit(1)
    for (kind, name), count in sorted(loaded.by_name.items()):
        click.echo(f"{count} {kind} {name}")
    click.echo(f"{loaded.count} historical records loaded (sha256 {loaded.sha256[:12]})")


@report_.command("log")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--as", "form", type=click.Choice(["xes", "ocel"]), required=True)
@click.option("--key-file", required=True, type=click.Path(path_type=Path, dir_okay=False))
@DATA
def log_(file: Path, form: str, key_file: Path, data: Path) -> None:
    """Write the trail to FILE for process mining, pseudonymised by the key in --key-file (16 bytes or more)."""
    try:
        names = Pseudonyms(key_file.read_bytes().strip())
        with open_office(data) as office, file.open("w", encoding="utf-8") as out:
            for piece in (as_xes if form == "xes" else as_ocel)(office.engine, names):
                out.write(piece)
    except ValueError as error:
        click.echo(f"banjian: {key_file}: {error}", err=True)
        sys.exit(2)
    except OSError as error:
        click.echo(f"banjian: {error.filename}: {error.strerror}", err=True)
        sys.exit(2)
