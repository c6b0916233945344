"""banjian catalog lint, banjian diagram."""

import sys
from pathlib import Path

import click

from service_catalog import lint as manual_lint
from service_catalog.catalog import UnknownItem
from service_catalog.catalog import catalog as shipped_catalog
from workflow.definitions.bpmn.graph import graph_of
from workflow.definitions.bpmn.layout import layout_of
from workflow.definitions.bpmn.picture import svg
from workflow.definitions.bpmn.write import bpmn
from workflow.definitions.diagram import mermaid
from workflow.definitions.handbook import write_pages
from workflow.definitions.lint import lint_folder
from workflow.definitions.loader import processes
from workflow.engine.errors import DefinitionError
from workflow.engine.model import Process


@click.group()
def catalog() -> None:
    """Manuals and process types."""


@catalog.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path), required=False)
@click.option("--unverified", is_flag=True, help="Also list facts that were not verified; they are no fault.")
def lint(path: Path | None, unverified: bool) -> None:
    """Check manuals and process types; one line a finding, exit 1 if there is any."""
    findings: list[object] = [*lint_folder(path), *manual_lint.run(path)] if path is None else []
    if path is not None:
        findings = [*_by_kind(path)]
    for finding in findings:
        click.echo(str(finding))
    if unverified:
        for item in shipped_catalog().all():
            for remark in manual_lint.unverified(item):
                click.echo(f"unverified: {remark}")
    if findings:
        sys.exit(1)
    click.echo("clean", err=True)


def _by_kind(path: Path) -> list[object]:
    """A file or folder of processes, or of manuals: told apart by their first key."""
    files = [path] if path.is_file() else sorted(path.glob("*.yaml"))
    found: list[object] = []
    for file in files:
        text = file.read_text(encoding="utf-8", errors="replace")
        is_manual = any(line.startswith("item:") for line in text.splitlines())
        found += manual_lint.run(file) if is_manual else lint_folder(file)
    return found


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
