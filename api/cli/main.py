"""The group of commands. Errors people can mend are one line; exit 2 for wrong use, 1 for what failed.

Each command lives in its own module and is imported when it is called, so that `banjian clock explain`
starts without the web server.
"""

import importlib
import sys

import click

from api.version import VERSION

COMMANDS = {
    "serve": "api.cli.serve:serve",
    "api": "api.cli.parts:api",
    "worker": "api.cli.parts:worker",
    "beat": "api.cli.parts:beat",
    "migrate": "api.cli.parts:migrate",
    "clock": "api.cli.clock:clock",
    "access": "api.cli.access:access",
    "calendar": "api.cli.calendar:calendar",
    "catalog": "api.cli.catalog:catalog",
    "diagram": "api.cli.catalog:diagram",
    "messages": "api.cli.telling:messages",
    "archive": "api.cli.telling:archive",
    "webhooks": "api.cli.telling:webhooks",
    "experts": "api.cli.office:experts",
    "register": "api.cli.office:register",
    "accounts": "api.cli.accounts:accounts",
    "audit": "api.cli.audit:audit",
    "report": "api.cli.report:report_",
    "history": "api.cli.report:history",
    "settings": "api.cli.settings:settings",
    "keys": "api.cli.keys:keys",
    "personal": "api.cli.personal:personal",
    "papers": "api.cli.papers:papers",
    "verify": "api.cli.verify:verify",
    "signing": "api.cli.verify:signing",
    "version": "api.cli.main:version",
}


class Commands(click.Group):
    """Finds a command's module when it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, in the order of a working day."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of that name, or None."""
        place = COMMANDS.get(cmd_name)
        if place is None:
            return None
        module, _, name = place.partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.group(cls=Commands)
@click.version_option(VERSION, prog_name="banjian")
def group() -> None:
    """办件: standardised government service approvals."""


@click.command()
def version() -> None:
    """Write the version of this program."""
    click.echo(f"banjian {VERSION}")


def main() -> None:
    """Run a command; the last line of defence against a traceback is each command's own errors."""
    try:
        group(prog_name="banjian")
    except KeyboardInterrupt:
        sys.exit(130)
