"""banjian calendar load, recompute, list, show: working days as the State Council announces them."""

import getpass
import logging
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import click
import yaml
from sqlalchemy.exc import SQLAlchemyError

from api.cli.parts import console_account
from api.config import ConfigError, check_demo_only, need
from workflow.casework import calendar as loading
from workflow.casework.now import now
from workflow.casework.office import Office
from workflow.casework.recompute import recompute, waiting
from workflow.definitions.holiday_notice import NoticeError, Remark, read_notice
from workflow.engine.errors import DefinitionError
from workflow.engine.vocabulary import CLOCK_IDS
from workflow.spreadsheet import Rows
from workflow.store.calendars import Version

SHOWN_MAX = 20  # lines of the list on the terminal; --report has all of it
HEAD = ("办件编号", "时限", "原到期日", "原状态", "新到期日", "新状态", "说明")
Line = tuple[str, str, str, str, str, str, str]


@click.group()
def calendar() -> None:
    """Working days, year by year, as the State Council announces them."""


@calendar.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would change; store nothing.")
@click.option("--confirm", is_flag=True, help="Load it although it is unusual.")
@click.option("--by", default="", help="Who loads it, for the record; the system's user if not said.")
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="Write the whole list as CSV.")
def load(file: Path, dry_run: bool, confirm: bool, by: str, report: Path | None) -> None:
    """Put the notice in FILE (YAML or JSON) in force and count every open case anew."""
    try:
        notice = read_notice(file, today=now().date())
    except DefinitionError as error:
        _fail(str(error))
    except NoticeError as error:
        _fail(*str(error).splitlines())
    with _office() as office:
        if dry_run:
            looked = loading.preview(office, notice, now())
            _say_days(looked.days)
            _say_doubts(looked.doubts, file)
            _list((_line(case_no, row) for case_no, rows in looked.cases for row in rows), report)
            return
        try:
            done = loading.load_notice(
                office, notice, now(), by=by or getpass.getuser(), confirmed=confirm, account=console_account()
            )
        except loading.NotConfirmed as error:
            _say_doubts(error.doubts, file)
            _fail("nothing was loaded; look at the notice again, then say --confirm")
        if done.version is None:
            click.echo(f"exactly these days of {notice.year} are in force already")
        else:
            click.echo(f"loaded: {notice.year}, version {done.version}")
            _say_days(done.days)
        _recount(office, done.version, report)


@calendar.command(name="recompute")
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="Write the whole list as CSV.")
def recompute_command(report: Path | None) -> None:
    """Finish counting open cases anew, cases put aside included."""
    with _office() as office:
        loading.try_again(office)
        newest = loading.versions(office)
        _recount(office, newest[-1].version.id if newest else None, report)


@calendar.command(name="list")
def list_command() -> None:
    """List every version ever loaded, the newest last."""
    with _office() as office:
        lines = loading.versions(office)
        left = waiting(office)
    for line in lines:
        it = line.version
        state = "in force" if line.is_in_force else "replaced"
        published = f" {it.published_on}" if it.published_on else ""
        click.echo(
            f"{it.id:>4}  {it.year}  {state:<8}  loaded {it.loaded_at:%Y-%m-%d %H:%M} by {it.loaded_by}"
            f"  {it.doc_no or it.source}{published}  cases moved: {line.moved}, past only: {line.passed}"
        )
    if left:
        click.echo(f"open cases not counted under the newest version yet: {left}")


@calendar.command()
@click.argument("year", type=click.IntRange(1990, 2200))
def show(year: int) -> None:
    """Write the schedule in force for YEAR, in the form that `load` reads."""
    with _office() as office:
        version = loading.schedule(office, year)
    if version is None:
        _fail(f"no schedule of {year} is loaded; dates in it are provisional")
    click.echo(_as_yaml(version), nl=False)


def _as_yaml(version: Version) -> str:
    plain = {
        "year": version.year,
        "source": version.source,
        "doc_no": version.doc_no or "",
        "published_on": _Quoted(version.published_on or ""),
        "days_off": {_Quoted(day): name for day, name in sorted(version.off.items())},
        "worked": [_Quoted(day) for day in version.worked],
    }
    return yaml.dump(plain, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=120)


class _Quoted(str):
    """A date that stays text, as the strict reader wants it."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    """Writes such a date in quotes."""


_Dumper.add_representer(
    _Quoted, lambda dumper, value: dumper.represent_scalar("tag:yaml.org,2002:str", str(value), style='"')
)


def _recount(office: Office, version: int | None, report: Path | None) -> None:
    left = waiting(office)
    begun = time.monotonic()
    try:
        total = recompute(office, now, progress=_progress(left))
        _wait_for_others(office)
    except KeyboardInterrupt:
        _fail("stopped; the workers go on, or `banjian calendar recompute`")
    seconds = time.monotonic() - begun
    click.echo(f"counted {total.seen} open cases anew in {seconds:.1f} s, {total.moved} of them moved")
    for case_no, error in loading.put_aside(office):
        click.echo(f"banjian: put aside: {case_no}: {error}", err=True)
    if version is not None:
        _list((_line(line.case_no, _plain(line)) for line in loading.all_changes(office, version)), report)
    if loading.put_aside(office):
        sys.exit(1)


def _wait_for_others(office: Office) -> None:
    """Let workers finish the lots they hold, so that the list is whole; not for ever."""
    for _ in range(60):
        if waiting(office) <= len(loading.put_aside(office)):
            return
        time.sleep(0.5)
        recompute(office, now)


def _progress(whole: int) -> Callable[[int, int], None]:
    shown = 0.0

    def tell(seen: int, moved: int) -> None:
        nonlocal shown
        moment = time.monotonic()
        if moment - shown > 2:
            shown = moment
            click.echo(f"{seen} of {whole} open cases counted, {moved} moved", err=True)

    return tell


def _plain(line: loading.ChangeLine) -> Mapping[str, Any]:
    return {
        "clock": line.clock,
        "was_due": line.was_due.isoformat(),
        "was_provisional": line.was_provisional,
        "due": line.due.isoformat(),
        "provisional": line.provisional,
        "note": line.note,
    }


def _line(case_no: str, row: Mapping[str, Any]) -> Line:
    words = {True: "暂定", False: "确定"}
    return (
        case_no,
        CLOCK_IDS[row["clock"]],
        row["was_due"],
        words[row["was_provisional"]],
        row["due"],
        words[row["provisional"]],
        row["note"],
    )


def _list(lines: Iterable[Line], report: Path | None) -> None:
    """Show the beginning of the list; write all of it to the report, if one is wanted."""
    count = 0
    with _csv(report) as write:
        for line in lines:
            count += 1
            write(line)
            if count <= SHOWN_MAX:
                click.echo("  ".join(piece for piece in line if piece))
    if count > SHOWN_MAX:
        where = str(report) if report else "--report FILE.csv"
        click.echo(f"… {count} lines in all; the whole list: {where}")
    elif not count:
        click.echo("no due date moves")


@contextmanager
def _csv(report: Path | None) -> Iterator[Callable[[Line], Any]]:
    if report is None:
        yield lambda line: None
        return
    try:
        file = report.open("w", encoding="utf-8-sig", newline="")  # the mark lets spreadsheets see the encoding
    except OSError as error:
        _fail(f"{report}: {error.strerror}")
    with file:
        table = Rows(file)
        table.write(HEAD)
        yield table.write


def _say_days(days: Iterable[loading.DayChange]) -> None:
    for change in days:
        words = "上班" if change.is_working else "休息"
        click.echo(
            f"{change.day.isoformat()}  星期{'一二三四五六日'[change.day.weekday()]}  改为{words}  {change.name}"
        )


def _say_doubts(doubts: Iterable[Remark], file: Path) -> None:
    for doubt in doubts:
        place = f"{file.name}:{doubt.line}" if doubt.line else file.name
        click.echo(f"banjian: {place}: {doubt.what}", err=True)


def _fail(*lines: str) -> NoReturn:
    for line in lines:
        click.echo(f"banjian: {line}", err=True)
    sys.exit(1)


@contextmanager
def _office() -> Iterator[Office]:
    logging.getLogger("workflow").addHandler(logging.NullHandler())  # what was put aside is told in one line each
    try:
        check_demo_only(os.environ, is_demo=os.environ.get("BANJIAN_DEMO") == "1")
        office = Office.connect(need(os.environ, "DATABASE_URL"), pool_size=2)
    except (ConfigError, ValueError) as error:
        click.echo(f"banjian: {error}", err=True)
        sys.exit(2)
    try:
        yield office
    except SQLAlchemyError as error:
        _fail(f"the database refused: {str(getattr(error, 'orig', None) or error).strip().splitlines()[0]}")
    finally:
        office.close()
