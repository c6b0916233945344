"""banjian papers: is everything that was issued still what was sealed; certificates for permits that lack theirs."""

import os
import sys
from contextlib import AbstractContextManager
from pathlib import Path

import click

from api.cli.database import DATA, open_office
from workflow.casework.certificates import issue_missing
from workflow.casework.now import now
from workflow.casework.office import Office
from workflow.casework.paper_check import check_papers


@click.group()
def papers() -> None:
    """Issued papers and certificates."""


@papers.command()
@DATA
def verify(data: Path) -> None:
    """Check every seal against row, event and file; exit 1 where one does not hold."""
    with _office(data) as office:
        checked, wrong, stray = check_papers(office)
    for line in wrong:
        click.echo(line)
    click.echo(f"{checked} papers and certificates checked, {len(wrong)} wrong; {stray} files belong to none", err=True)
    sys.exit(1 if wrong else 0)


@papers.command()
@DATA
def certificates(data: Path) -> None:
    """Issue the certificates that permits lack, each once; exit 1 where one cannot be issued."""
    with _office(data) as office:
        done, failed = issue_missing(office, now())
    for line in (*done, *failed):
        click.echo(line)
    click.echo(f"{len(done)} permits have their certificates now, {len(failed)} cannot", err=True)
    sys.exit(1 if failed else 0)


def _office(data: Path) -> AbstractContextManager[Office]:
    if not os.environ.get("DATABASE_URL", "").strip():
        os.environ.setdefault("BANJIAN_DATA", str(data.expanduser().absolute()))
    return open_office(data)
