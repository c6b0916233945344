"""banjian personal: what the law asks of those who keep people's data: erase it when its time is over."""

import os
import sys
from pathlib import Path

import click

from api.cli.database import DATA, open_office
from workflow.casework.erasing import RETENTION_YEARS
from workflow.casework.erasing import erase as erase_case
from workflow.casework.errors import NotFound, RefusedError
from workflow.casework.now import now


@click.group()
def personal() -> None:
    """People's data: erase it when its time is over."""


@personal.command()
@click.argument("case_no")
@click.option("--by", required=True, help="Who decided it, for the record.")
@click.option("--years", default=RETENTION_YEARS, show_default=True, type=click.IntRange(10, 100))
@DATA
def erase(case_no: str, by: str, years: int, data: Path) -> None:
    """Destroy applicant, form, salt and files of a case that ended more than --years ago. There is no way back."""
    if not os.environ.get("DATABASE_URL", "").strip():
        os.environ.setdefault("BANJIAN_DATA", str(data.expanduser().absolute()))
    with open_office(data) as office:
        try:
            done = erase_case(office, case_no, by, now(), years=years)
        except NotFound:
            click.echo(f"banjian: there is no case {case_no}", err=True)
            sys.exit(2)
        except RefusedError as error:
            click.echo(f"banjian: {error}", err=True)
            sys.exit(1)
    click.echo(f"{done.case_no}: erased, with {done.files} files")
