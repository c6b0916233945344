"""The database a command works on: DATABASE_URL, or the embedded one of a data folder, started if it is not running."""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import click
from sqlalchemy.exc import SQLAlchemyError

from api.config import ConfigError, value_of
from api.embedded import postgres
from workflow.casework.office import Office
from workflow.store.migrate import current_version, head_version

DATA = click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".data"),
    show_default=True,
    help="Data folder of `banjian serve`; used where DATABASE_URL is not set.",
)


@contextlib.contextmanager
def open_office(data: Path) -> Iterator[Office]:
    """Yield the office; what goes wrong with the database is one line and exit 1, what is not set exit 2."""
    try:
        with _address(data) as url:
            office = Office.connect(url, pool_size=1)
            try:
                _check_version(office)
                yield office
            finally:
                office.close()
    except (SQLAlchemyError, ValueError) as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        _fail(f"the database refused: {reason}")
    except (postgres.StartFailed, postgres.DataFolderError, OSError) as error:
        _fail(str(error))


@contextlib.contextmanager
def _address(data: Path) -> Iterator[str]:
    try:
        url = value_of(os.environ, "DATABASE_URL")
    except ConfigError as error:
        click.echo(f"banjian: {error}", err=True)
        sys.exit(2)
    if url:
        yield url
        return
    folder = data.expanduser() / "postgres"
    if not (folder / "PG_VERSION").exists():
        click.echo(
            f"banjian: DATABASE_URL is not set and there is no office in {data}; set it, or say --data", err=True
        )
        sys.exit(2)
    url, server = postgres.start(folder)
    try:
        yield url
    finally:
        postgres.stop(server)


def _check_version(office: Office) -> None:
    found = current_version(office.engine)
    if found != head_version():
        _fail(
            f"the database is at version {found or 'none'}, this program needs {head_version()}: run `banjian migrate`"
        )


def _fail(what: str) -> None:
    click.echo(f"banjian: {what}", err=True)
    sys.exit(1)
