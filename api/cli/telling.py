"""What left the office and did not arrive: put it back into the queue, under the ids it had."""

from pathlib import Path

import click

from api.cli.database import DATA, open_office
from workflow.casework import deliveries
from workflow.casework.now import now


@click.group()
def messages() -> None:
    """Messages to people: what was put aside."""


@messages.command("retry")
@DATA
def retry(data: Path) -> None:
    """Put every delivery that was put aside back into the queue; a worker sends it again under the same id."""
    with open_office(data) as office:
        click.echo(f"{deliveries.retry(office, now())} deliveries put back")
