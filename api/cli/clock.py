"""banjian clock explain: facts in, dates out; touches no database."""

import json
import sys
from datetime import datetime

import click

from api.strict_json import JsonRefused, parse
from service_catalog.terms import rules_of
from workflow.definitions.limits import default_rules
from workflow.definitions.official_days import official_calendar
from workflow.engine.dates import SHANGHAI
from workflow.engine.errors import BanjianError, FactsError
from workflow.engine.explain import explain_json

INPUT_MAX = 10_000_000


@click.group()
def clock() -> None:
    """Legal periods, explained."""


@clock.command()
@click.argument("file", default="-")
def explain(file: str) -> None:
    """Write every clock of the facts in FILE (or standard input) with its due date, day by day."""
    try:
        facts = parse(_read(file), size_max=INPUT_MAX)
        answer = explain_json(
            facts,
            official_calendar(),
            defaults=default_rules(),
            rules_of_item=rules_of,
            default_as_of=datetime.now(SHANGHAI),
        )
    except OSError as error:
        click.echo(f"banjian: {file}: {error.strerror}", err=True)
        sys.exit(2)
    except JsonRefused as error:
        click.echo(f"banjian: {error}", err=True)
        sys.exit(2)
    except FactsError as error:
        click.echo(f"banjian: {error.field}: {error.what}", err=True)
        sys.exit(2)
    except BanjianError as error:
        click.echo(f"banjian: {error}", err=True)
        sys.exit(1)
    click.echo(json.dumps(answer, ensure_ascii=False, indent=2))


def _read(file: str) -> bytes:
    """Return what stands in the file, one byte past the limit at most. Raises OSError."""
    with click.open_file(file, "rb") as opened:
        return opened.read(INPUT_MAX + 1)
