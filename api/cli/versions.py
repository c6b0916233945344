"""banjian catalog publish, banjian catalog migrate: new versions, and what becomes of open cases."""

import os
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

import click
from sqlalchemy.exc import SQLAlchemyError

from api.cli.checks import check, processes_in
from api.cli.parts import console_account
from api.config import ConfigError, need
from service_catalog.catalog import catalog as shipped_catalog
from service_catalog.terms import terms_under_newest
from service_catalog.versions import digest_of
from workflow.casework import migrate as moving
from workflow.casework.errors import ChangeRefused
from workflow.casework.migrate import Move
from workflow.casework.now import now
from workflow.casework.office import Office
from workflow.casework.publish import publish as publish_versions
from workflow.definitions.loader import processes
from workflow.definitions.strict_yaml import load_file
from workflow.engine.errors import DefinitionError
from workflow.engine.model import Process, Terms
from workflow.store.versions import Version

WORDS: Mapping[str, str] = {
    "seen": "can be moved",
    "moved": "moved",
    "blocked": "blocked, left where they are",
    "there-already": "there already",
    "ended": "ended meanwhile",
}


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path), required=False)
@click.option("--by", default="", help="Who publishes: a person with the post catalogue-admin. Default: this account.")
@click.option("--because", default="", help="Why; it is kept with the version.")
def publish(folder: Path | None, by: str, because: str) -> None:
    """Check processes and manuals and put them in force for new cases; refused if there is any finding.

    Without FOLDER: those that ship with this release. In FOLDER: process files with their parts/, and manuals.
    """
    findings, items = check(folder)
    for finding in findings:
        click.echo(str(finding))
    if findings:
        _fail("nothing was published", 1)
    found = list(processes().values()) if folder is None else processes_in(folder)
    if not found and not items:
        _fail(f"there is neither a process nor a manual in {folder}", 2)
    manuals = [Version("manual", item.code, item.version, digest_of(item)) for item in items]
    with _office() as office:
        done = publish_versions(
            office,
            found,
            manuals,
            by=by or console_account(),
            because=because or "定期发布",
            now=now(),
            account=console_account(),
        )
    for one in done:
        state = "published" if one.is_new else "unchanged"
        click.echo(f"{state}: {one.what.kind} {one.what.name} {one.what.version} {one.what.digest[:12]}")


@click.command()
@click.argument("process")
@click.option(
    "--to", "wanted", default=moving.NEWEST, show_default=True, help="A published digest, or its first digits."
)
@click.option(
    "--map",
    "mapping_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="YAML or JSON: {from: to}.",
)
@click.option("--keep-terms", is_flag=True, help="Only the process changes: limits, materials and promise stay.")
@click.option("--dry-run", is_flag=True, help="Only say what would happen; so it is without --apply.")
@click.option("--apply", "is_applied", is_flag=True, help="Move the cases; needs --by and --second.")
@click.option("--by", default="", help="Who moves them: a person with the post catalogue-admin.")
@click.option("--second", default="", help="Another person with that post, who has seen the dry run.")
@click.option("--because", default="", help="Why; it is written into every case.")
def migrate(
    process: str,
    wanted: str,
    mapping_file: Path | None,
    keep_terms: bool,
    dry_run: bool,
    is_applied: bool,
    by: str,
    second: str,
    because: str,
) -> None:
    """Move the open cases of PROCESS to a published version: one line a case, exit 1 if any is blocked."""
    if is_applied and dry_run:
        _fail("either --dry-run or --apply", 2)
    if is_applied and not (by and second):
        _fail("--apply needs two people: --by PERSON --second PERSON", 2)
    mapping = _mapping(mapping_file) if mapping_file else {}
    with _office() as office:
        wanted_process = moving.target(office, process, wanted)
        asked = moving.migration_to(wanted_process, mapping, _kept if keep_terms else _renewed)
        if is_applied:
            moves = moving.migrate(
                office,
                asked,
                by=by,
                second=second,
                because=because or "流程版本更新",
                now=now(),
                account=console_account(),
            )
        else:
            moves = moving.look(office, asked, now())
        counts: Counter[str] = Counter()
        for move in moves:
            click.echo(_line(move))
            counts[move.done] += 1
    told = ", ".join(f"{counts[done]} {word}" for done, word in WORDS.items() if counts[done]) or "no open case"
    click.echo(f"{process} to {wanted_process.version}+{wanted_process.digest[:12]}: {told}", err=True)
    if counts["blocked"]:
        sys.exit(1)


def _line(move: Move) -> str:
    state = move.state if move.state == move.to else f"{move.state} -> {move.to}"
    clocks = sorted({*move.due_before, *move.due_after})
    changes = [
        f"{clock} {move.due_before.get(clock, '-')} -> {move.due_after.get(clock, '-')}"
        for clock in clocks
        if move.due_before.get(clock) != move.due_after.get(clock)
    ]
    said = [*move.obstacles, *move.remarks, *(changes or (["due dates unchanged"] if clocks else []))]
    word = {"seen": "can move", "moved": "moved"}.get(move.done, move.done)
    return f"{move.case_no}: {word}: {state}" + "".join(f"; {one}" for one in said)


def _renewed(old: Terms, form: Mapping[str, Any], process: Process, on: date) -> Terms | str:
    return terms_under_newest(shipped_catalog(), old, form, process, on)


def _kept(old: Terms, _form: Mapping[str, Any], process: Process, _on: date) -> Terms | str:
    return old.pinned_to(process)


def _mapping(file: Path) -> dict[str, str]:
    try:
        plain, _ = load_file(file, name=file.name)
    except DefinitionError as error:
        _fail(str(error), 2)
    if not isinstance(plain, dict) or not all(isinstance(one, str) for pair in plain.items() for one in pair):
        _fail(f"{file.name}: a mapping of states is written {{from: to}}", 2)
    return plain


@contextmanager
def _office() -> Iterator[Office]:
    """An office on DATABASE_URL; what goes wrong is one line, or one a reason."""
    try:
        office = Office.connect(need(os.environ, "DATABASE_URL"), pool_size=1)
    except (ConfigError, ValueError) as error:
        _fail(str(error), 2)
    try:
        yield office
    except ChangeRefused as error:
        for line in error.lines:
            click.echo(f"banjian: {line}", err=True)
        sys.exit(2)
    except SQLAlchemyError as error:
        _fail(f"the database cannot be used: {str(getattr(error, 'orig', None) or error).strip().splitlines()[0]}", 1)
    finally:
        office.close()


def _fail(what: str, code: int) -> NoReturn:
    click.echo(f"banjian: {what}", err=True)
    sys.exit(code)
