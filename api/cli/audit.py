"""banjian audit export, banjian audit verify: the trail handed out, and judged by a program that shares no code with us."""

import gzip
import os
import sys
from pathlib import Path
from typing import BinaryIO

import click

from api.cli.database import DATA, open_office
from workflow.casework.now import now
from workflow.ledger import verify as verifier
from workflow.oversight.trail import export as lines_of

CANNOT_TELL = 2


@click.group()
def audit() -> None:
    """The trail: export it, verify it."""


@audit.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@DATA
def export_(file: Path, data: Path) -> None:
    """Write the whole trail to FILE as lines of JSON (gzip, if its name ends in .gz)."""
    part = file.with_name(f"{file.name}.part")
    count = 0
    try:
        with _writing(part, is_gzip=file.suffix == ".gz") as out, open_office(data) as office:
            for line in lines_of(office.engine, made_at=now()):
                out.write(line)
                count += line.startswith(verifier.EVENT_HEAD)
        os.replace(part, file)
    except OSError as error:
        click.echo(f"banjian: {error.filename or file}: {error.strerror}", err=True)
        sys.exit(2)
    finally:
        part.unlink(missing_ok=True)
    click.echo(f"{count} events in {file}")


def _writing(path: Path, *, is_gzip: bool) -> BinaryIO:
    if is_gzip:
        return gzip.open(path, "wb", compresslevel=3)  # type: ignore[return-value]
    return path.open("wb")


@audit.command("verify")
@click.option("--export", "file", type=click.Path(path_type=Path, dir_okay=False), help="An exported trail.")
@click.option("--heads", type=click.Path(path_type=Path, dir_okay=False), help="Write the head of every case there.")
@DATA
def verify_(file: Path | None, heads: Path | None, data: Path) -> None:
    """Verify the trail in the database, or an export of it. Exit 0: nothing false; 1: tampered; 2: cannot tell."""
    try:
        if file is not None:
            with verifier.opened(file) as lines:
                _tell(*_verified(lines, heads))
        with open_office(data) as office:
            _tell(*_verified(lines_of(office.engine, made_at=now()), heads))
    except Judged:
        raise
    except SystemExit:  # the database could not be asked, which its own line has told
        sys.exit(CANNOT_TELL)
    except OSError as error:
        click.echo(f"banjian: {error.filename or file}: {error.strerror}", err=True)
        sys.exit(CANNOT_TELL)


def _verified(lines: object, heads: Path | None) -> tuple[int, dict[str, object]]:
    if heads is None:
        return verifier.verify(lines)  # type: ignore[no-any-return]
    with heads.open("w", encoding="utf-8") as out:
        return verifier.verify(lines, out)  # type: ignore[no-any-return]


class Judged(SystemExit):
    """The verdict, as an exit code of its own: what fails before it is "cannot tell"."""


def _tell(code: int, report: dict[str, object]) -> None:
    click.echo("\n".join(verifier.told(code, report)))
    raise Judged(code)
