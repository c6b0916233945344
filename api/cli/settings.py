"""banjian settings: every variable of the web side, what holds, and where it came from. Secrets are not shown."""

import os
import sys

import click

from api.config import SETTINGS, ConfigError, sources


@click.command()
def settings() -> None:
    """Show every setting, its value and its source; exit 2 where one is set to something impossible."""
    wrong = []
    for name, value, source in sources(os.environ):
        click.echo(f"{name:28} {value:24} {source}")
        try:
            SETTINGS[name].of(os.environ)
        except ConfigError as error:
            wrong.append(str(error))
    for line in wrong:
        click.echo(f"banjian: {line}", err=True)
    sys.exit(2 if wrong else 0)
