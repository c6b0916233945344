"""banjian personal: what the law asks of those who keep people's data: erase it when its time is over."""

import os
import sys
from pathlib import Path

import click

from api.cli.database import DATA, open_office
from workflow.casework.erasing import erase as erase_case
from workflow.casework.errors import NotFound, RefusedError
from workflow.casework.now import now


@click.group()
def personal() -> None:
    """People's data: erase it when its time is over."""


@personal.command()
@click.argument("case_no")
@click.option("--by", required=True, help="Who decided it, for the record.")
@DATA
def erase(case_no: str, by: str, data: Path) -> None:
    """Destroy applicant, form, salt, files and package of a case whose retention period is over. There is no way back."""
    if not os.environ.get("DATABASE_URL", "").strip():
        os.environ.setdefault("BANJIAN_DATA", str(data.expanduser().absolute()))
    with open_office(data) as office:
        try:
            done = erase_case(office, case_no, by, now())
        except NotFound:
            click.echo(f"banjian: there is no case {case_no}", err=True)
            sys.exit(2)
        except RefusedError as error:
            click.echo(f"banjian: {error}", err=True)
            sys.exit(1)
    click.echo(f"{done.case_no}: erased, with {done.files} files")
