"""banjian papers verify: is everything that was issued still what was sealed?"""

import os
import sys
from pathlib import Path

import click

from api.cli.database import DATA, open_office
from workflow.casework.paper_check import check_papers


@click.group()
def papers() -> None:
    """Issued papers and certificates."""


@papers.command()
@DATA
def verify(data: Path) -> None:
    """Check every seal against row, event and file; exit 1 where one does not hold."""
    if not os.environ.get("DATABASE_URL", "").strip():
        os.environ.setdefault("BANJIAN_DATA", str(data.expanduser().absolute()))
    with open_office(data) as office:
        checked, wrong, stray = check_papers(office)
    for line in wrong:
        click.echo(line)
    click.echo(f"{checked} papers and certificates checked, {len(wrong)} wrong; {stray} files belong to none", err=True)
    sys.exit(1 if wrong else 0)
