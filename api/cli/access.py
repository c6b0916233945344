"""banjian access docs: the access matrix as a page."""

import sys
from pathlib import Path

import click

from workflow.definitions.access_page import page


@click.group()
def access() -> None:
    """Who may do what."""


@access.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), default=Path("docs/access.md"))
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if the page is stale.")
def docs(file: Path, check: bool) -> None:
    """Write FILE (docs/access.md) from the access matrix."""
    wanted = page()
    if not check:
        file.write_text(wanted, encoding="utf-8")
    elif not file.exists() or file.read_text(encoding="utf-8") != wanted:
        click.echo(f"{file}: stale, run `banjian access docs`")
        sys.exit(1)
