"""banjian accounts: what an administrator does at the console, before there is anybody who could log in to do it."""

import secrets
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from api.auth.passwords import wrong_password
from api.cli.database import DATA, open_office
from workflow.casework.accounts import add_staff, change_password, deactivate, link_identity
from workflow.casework.errors import NotFound
from workflow.casework.factors import NoFactor, remove
from workflow.casework.now import now
from workflow.casework.office import Office

PASSWORD_BYTES = 12


@click.group()
def accounts() -> None:
    """Accounts of staff, lost passwords and telephones, links to the identity platform."""


@accounts.command("add")
@click.argument("account")
@click.argument("name")
@click.option("--post", "posts", multiple=True, help="DEPARTMENT:POST, any number of times.")
@DATA
def add(account: str, name: str, posts: tuple[str, ...], data: Path) -> None:
    """Add somebody who works here and write a first password; an account that is there stays as it is."""
    pairs = [(place, post) for place, _, post in (text.rpartition(":") for text in posts)]
    if not all(place and post for place, post in pairs):
        _fail("--post is DEPARTMENT:POST")
    password = _new_password()
    with open_office(data) as office:
        if not add_staff(office, account, name, password, pairs, now()):
            _fail(f"there is an account {account} already")
    click.echo(f"{account}: first password {password}")


@accounts.command("password")
@click.argument("account")
@DATA
def password(account: str, data: Path) -> None:
    """Write a new password for ACCOUNT; everything that was open with it ends."""
    new = _new_password()
    _on(data, account, lambda office: change_password(office, account, new, now()))
    click.echo(f"{account}: new password {new}")


@accounts.command("deactivate")
@click.argument("account")
@DATA
def close(account: str, data: Path) -> None:
    """Close ACCOUNT; everything that was open with it ends within seconds."""
    _on(data, account, lambda office: deactivate(office, account, now()))
    click.echo(f"{account}: closed")


@accounts.command("reset-factor")
@click.argument("account")
@DATA
def reset_factor(account: str, data: Path) -> None:
    """Remove the second factor of ACCOUNT whose telephone and recovery codes are lost; look at the person first."""
    _on(data, account, lambda office: remove(office, account, now()))
    click.echo(f"{account}: no second factor")


@accounts.command("link")
@click.argument("account")
@click.option("--issuer", required=True, help="The identity platform, as in BANJIAN_OIDC_ISSUER.")
@click.option("--subject", required=True, help="Who somebody is there (`sub`).")
@click.option("--by", required=True, help="Who says so, for the record.")
@DATA
def link(account: str, issuer: str, subject: str, by: str, data: Path) -> None:
    """Let a subject of the identity platform log in as ACCOUNT."""
    made = _on(data, account, lambda office: link_identity(office, issuer, subject, account, by, now()))
    if not made:
        _fail("this subject is linked already")
    click.echo(f"{account}: linked")


def _on(data: Path, account: str, work: Callable[[Office], Any]) -> Any:
    """Return what `work` returns; an account that is not there is one line and exit 1."""
    with open_office(data) as office:
        try:
            return work(office)
        except NotFound:
            _fail(f"there is no account {account} in use")
        except NoFactor:
            _fail(f"{account} has no second factor")


def _new_password() -> str:
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    assert not wrong_password(password, "")
    return password


def _fail(what: str) -> None:
    click.echo(f"banjian: {what}", err=True)
    sys.exit(1)
