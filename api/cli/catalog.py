"""banjian catalog lint | docs | publish | migrate, banjian diagram; import and export stand in catalog_items.py."""

import importlib
import sys
from pathlib import Path

import click

from api.cli.checks import check
from api.cli.versions import migrate, publish
from service_catalog import lint as manual_lint
from service_catalog.catalog import UnknownItem
from service_catalog.catalog import catalog as shipped_catalog
from service_catalog.manual_pages import MARK, pages
from workflow.definitions.bpmn.graph import graph_of
from workflow.definitions.bpmn.layout import layout_of
from workflow.definitions.bpmn.picture import svg
from workflow.definitions.bpmn.write import bpmn
from workflow.definitions.diagram import mermaid
from workflow.definitions.handbook import write_pages
from workflow.definitions.loader import processes
from workflow.engine.errors import DefinitionError
from workflow.engine.model import Process

LATER = {"import": "api.cli.catalog_items:import_file", "export": "api.cli.catalog_items:export_file"}


class CatalogCommands(click.Group):
    """Finds import and export when they are called: lint and docs need neither database nor spreadsheets."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names."""
        return sorted({*super().list_commands(ctx), *LATER})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of that name, or None."""
        if cmd_name not in LATER:
            return super().get_command(ctx, cmd_name)
        module, _, name = LATER[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.group(cls=CatalogCommands)
def catalog() -> None:
    """Manuals, process types, and the items of the national list."""


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


@catalog.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=Path("docs/manuals"))
@click.option("--check", is_flag=True, help="Write nothing; name the stale pages, exit 1 if there is any.")
def docs(folder: Path, check: bool) -> None:
    """Write one page a manual and an index into FOLDER (docs/manuals); pages of manuals that are gone are removed."""
    wanted = pages(shipped_catalog())
    known = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.md")} if folder.exists() else {}
    gone = [name for name, text in known.items() if name not in wanted and text.startswith(MARK)]
    stale = [name for name, text in wanted.items() if known.get(name) != text]
    if check:
        for name in sorted([*stale, *gone]):
            click.echo(f"{folder / name}: stale, run `banjian catalog docs`")
        sys.exit(1 if stale or gone else 0)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in stale:
            (folder / name).write_text(wanted[name], encoding="utf-8")
        for name in gone:
            (folder / name).unlink()
    except OSError as error:
        click.echo(f"banjian: {folder} cannot be written: {error.strerror}", err=True)
        sys.exit(1)
    click.echo(f"{len(wanted)} pages, {len(stale)} written, {len(gone)} removed")


catalog.add_command(publish)
catalog.add_command(migrate)


@click.command()
@click.argument("name", metavar="PROCESS_OR_ITEM", required=False)
@click.option("--bpmn", "form", flag_value="bpmn", help="As BPMN 2.0, for a modeller.")
@click.option("--svg", "form", flag_value="svg", help="As a picture of that BPMN.")
@click.option(
    "--docs",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write a page for every process type into this folder instead.",
)
def diagram(name: str | None, form: str | None, docs: Path | None) -> None:
    """Write the state machine of a process type, or of an item's, as Mermaid."""
    if (name is None) is (docs is None):
        raise click.UsageError("say a process type or item, or --docs DIR")
    try:
        if docs is not None:
            click.echo(f"{len(write_pages(processes(), docs))} pages in {docs}", err=True)
        elif name is not None:
            slug = name if name in processes() else shipped_catalog().newest(name).process
            click.echo(_drawn(processes()[slug], form), nl=form is None)
    except UnknownItem:
        click.echo(f"banjian: no process type or item {name!r}; process types: {', '.join(processes())}", err=True)
        sys.exit(2)
    except DefinitionError as error:
        click.echo(f"banjian: {error}", err=True)
        sys.exit(1)
    except OSError as error:
        click.echo(f"banjian: {docs}: {error.strerror}", err=True)
        sys.exit(1)


def _drawn(process: Process, form: str | None) -> str:
    if form == "bpmn":
        return bpmn(process)
    if form == "svg":
        graph = graph_of(process)
        return svg(graph, layout_of(graph))
    return mermaid(process)
