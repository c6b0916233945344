"""banjian catalog lint | publish | migrate, banjian diagram."""

import sys
from pathlib import Path

import click

from api.cli.checks import check
from api.cli.versions import migrate, publish
from service_catalog import lint as manual_lint
from service_catalog.catalog import UnknownItem
from service_catalog.catalog import catalog as shipped_catalog
from workflow.definitions.diagram import mermaid
from workflow.definitions.loader import processes
from workflow.engine.errors import DefinitionError


@click.group()
def catalog() -> None:
    """Manuals and process types."""


@catalog.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path), required=False)
@click.option("--unverified", is_flag=True, help="Also list facts that were not verified; they are no fault.")
@click.option("--remarks", is_flag=True, help="Also list what is no fault but worth knowing.")
def lint(path: Path | None, unverified: bool, remarks: bool) -> None:
    """Check manuals and process types; one line a finding, exit 1 if there is any."""
    findings, items = check(path)
    for finding in findings:
        click.echo(str(finding))
    for item in manual_lint.newest(items):
        for remark in manual_lint.remarks(item) if remarks else ():
            click.echo(f"remark: {remark}")
        for fact in manual_lint.unverified(item) if unverified else ():
            click.echo(f"unverified: {fact}")
    if findings:
        sys.exit(1)
    click.echo("clean", err=True)


catalog.add_command(publish)
catalog.add_command(migrate)


@click.command()
@click.argument("name", metavar="PROCESS_OR_ITEM")
def diagram(name: str) -> None:
    """Write the state machine of a process type, or of an item's, as Mermaid."""
    try:
        slug = name if name in processes() else shipped_catalog().newest(name).process
        click.echo(mermaid(processes()[slug]))
    except UnknownItem:
        click.echo(f"banjian: no process type or item {name!r}; process types: {', '.join(processes())}", err=True)
        sys.exit(2)
    except DefinitionError as error:
        click.echo(f"banjian: {error}", err=True)
        sys.exit(1)
