"""banjian verify: is this certificate genuine? banjian signing: the keys it was signed with."""

import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

import click

from workflow.casework.now import now
from workflow.ledger.certificates import CannotTell, NotGenuine, read_keys, told
from workflow.ledger.certificates import verify as verify_source
from workflow.papers.inspect import compare
from workflow.papers.signing import ALGORITHMS, PUBLIC, published, rotate

FOLDER = click.option(
    "--keys-folder",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="BANJIAN_SIGNING_KEYS",
    default=None,
    help="Where the signing keys are; <data>/signing, if left out.",
)
DATA = click.option(
    "--data", type=click.Path(path_type=Path, file_okay=False), envvar="BANJIAN_DATA", default=Path(".data")
)


@click.command()
@click.argument("source")
@click.option("--keys", type=click.Path(path_type=Path, dir_okay=False), help="The published keys (banjian-keys.json).")
@DATA
def verify(source: str, keys: Path | None, data: Path) -> None:
    """Verify CERT.pdf, or the text of a QR code, offline.

    Exit 0: genuine and within its validity; 1: forged, altered or re-pointed; 2: cannot tell; 3: genuine, but over.
    """
    path = keys or data / "signing" / PUBLIC
    try:
        known = read_keys(json.loads(path.read_text(encoding="utf-8")))
        is_file = len(source) < 1000 and Path(source).is_file()
        content = Path(source).read_bytes() if is_file else b""
        payload = verify_source(content or source, known)
        if is_file:
            compare(content, payload)
    except NotGenuine as error:
        _end(f"不真实（{error.code}）：{error}", 1)
    except (CannotTell, OSError, ValueError) as error:
        _end(f"无法判断：{error}", 2)
    click.echo(told(payload, now().date()))
    if payload["u"] and date.fromisoformat(payload["u"]) < now().date():
        sys.exit(3)


def _end(line: str, code: int) -> Any:
    click.echo(line, err=True)
    sys.exit(code)


@click.group()
def signing() -> None:
    """The keys that certificates are signed with; files outside the database."""


@signing.command("list")
@FOLDER
@DATA
def list_keys(keys_folder: Path | None, data: Path) -> None:
    """Name every key, the current one last; private halves of rotated keys are gone."""
    folder = keys_folder or data / "signing"
    for key in published(folder)["keys"]:
        state = f"until {key['until']}" if key["until"] else "current"
        has = "private half here" if (folder / f"{key['kid']}.key").exists() else "public half only"
        click.echo(f"{key['kid']} {key['alg']} from {key['from']} {state}, {has}")


@signing.command("rotate")
@FOLDER
@DATA
@click.option("--algorithm", type=click.Choice(ALGORITHMS), default=ALGORITHMS[0], show_default=True)
def rotate_key(keys_folder: Path | None, data: Path, algorithm: str) -> None:
    """Make a new signing key. What older keys signed stays verifiable: their public halves stay published."""
    made = rotate(keys_folder or data / "signing", now(), algorithm)
    click.echo(f"{made['kid']} {made['alg']} signs from now on")
