"""banjian catalog lint, banjian diagram."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from service_catalog import lint as manual_lint
from service_catalog.catalog import MANUALS, UnknownItem
from service_catalog.catalog import catalog as shipped_catalog
from service_catalog.model import ServiceItem
from workflow.definitions.diagram import mermaid
from workflow.definitions.lint import Finding, lint_file, lint_folder
from workflow.definitions.loader import processes
from workflow.engine.errors import DefinitionError

TABLES = ("limits.yaml", "documents.yaml")  # read with every process, nothing to walk through


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


def check(path: Path | None) -> tuple[list[Finding], list[ServiceItem]]:
    """Return (every finding of a file or folder, or of what ships with this release; the items that could be read)."""
    if path is None:
        findings = lint_folder()
        if any(finding.key == "definition" for finding in findings):
            return findings, []  # manuals are judged against processes that can be read
        return _judged(findings, (MANUALS,))
    files = [path] if path.is_file() else sorted(one for one in path.glob("*.yaml") if one.is_file())
    kinds = {file: _kind_of(file) for file in files}
    findings = [finding for file in files for finding in _in_definition(file, kinds[file])]
    manuals = [file for file in files if kinds[file] == "item"]
    return _judged(findings, manuals) if manuals else (findings, [])


def _judged(findings: list[Finding], manuals: Sequence[Path]) -> tuple[list[Finding], list[ServiceItem]]:
    items, unreadable = manual_lint.read(*manuals)
    try:
        return findings + unreadable + manual_lint.judge(items), items
    except DefinitionError as error:  # our own processes, against which manuals are judged
        return [*findings, *unreadable, Finding(error.file, error.line or 1, "definition", error.what)], items


def _kind_of(file: Path) -> str:
    """Return process, part, item or table: told apart by their keys. What cannot be told counts as a manual."""
    if file.name in TABLES:
        return "table"
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    keys = {line.partition(":")[0] for line in lines}
    return next((kind for kind in ("item", "process", "part") if kind in keys), "item")


def _in_definition(file: Path, kind: str) -> list[Finding]:
    """Return the findings of a process file; of a part, what is found in it by the processes beside it that use it."""
    if kind == "part":
        return [finding for finding in lint_folder(file.parent.parent) if finding.file == f"parts/{file.name}"]
    if kind != "process":
        return []
    parts = file.parent / "parts"
    return lint_file(file, parts=parts if parts.is_dir() else None)


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
