"""What left the office and did not arrive: put it back into the queue, under the ids it had."""

import shutil
import sys
from pathlib import Path

import click

from api.cli.database import DATA, open_office
from workflow.casework import deliveries
from workflow.casework import webhooks as calls
from workflow.casework.archive import archive_file
from workflow.casework.errors import NotFound
from workflow.casework.now import now
from workflow.ledger.bag import faults_of


@click.group()
def messages() -> None:
    """Messages to people: what was put aside."""


@messages.command("retry")
@DATA
def retry(data: Path) -> None:
    """Put every delivery that was put aside back into the queue; a worker sends it again under the same id."""
    with open_office(data) as office:
        click.echo(f"{deliveries.retry(office, now())} deliveries put back")


@click.group()
def webhooks() -> None:
    """Calls to other systems: replay them."""


@webhooks.command("replay")
@click.argument("call_id", required=False)
@click.option("--endpoint", help="Every call to this endpoint.")
@click.option("--state", type=click.Choice(["quarantined", "sent"]), help="Only those put aside, or only those sent.")
@DATA
def replay(call_id: str | None, endpoint: str | None, state: str | None, data: Path) -> None:
    """Put one call, or those of an endpoint, back into the queue: the same id, the same bytes."""
    if not (call_id or endpoint or state):
        click.echo("banjian: say which: a call's id, --endpoint or --state", err=True)
        sys.exit(2)
    with open_office(data) as office:
        try:
            count = calls.replay(office, now(), call_id=call_id, endpoint=endpoint, state=state)
        except NotFound:
            click.echo(f"banjian: there is no call {call_id}", err=True)
            sys.exit(1)
        click.echo(f"{count} calls put back")


@click.group()
def archive() -> None:
    """Archive packages of ended cases."""


@archive.command("verify")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def verify(file: Path) -> None:
    """Verify a package: exit 0 whole, 1 changed (says where), 2 cannot tell. Needs no office."""
    try:
        faults = faults_of(file)
    except OSError as error:
        click.echo(f"banjian: {file} cannot be read: {error.strerror}", err=True)
        sys.exit(2)
    for fault in faults:
        click.echo(fault)
    if faults:
        sys.exit(1)
    click.echo("whole")


@archive.command("export")
@click.argument("case_no")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@DATA
def export(case_no: str, file: Path, data: Path) -> None:
    """Write the package of a case to FILE. It holds personal data in the clear."""
    with open_office(data) as office:
        try:
            shutil.copyfile(archive_file(office, case_no, None), file)
        except NotFound:
            click.echo(f"banjian: there is no package of {case_no}", err=True)
            sys.exit(1)
