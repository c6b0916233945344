"""banjian keys: the keys that personal data is sealed with: check, seal, rotate, retire."""

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from api.cli.database import DATA, open_office
from service_catalog.catalog import UnknownItem, catalog
from workflow.casework.office import Office
from workflow.casework.sealing import count_sealed, index_numbers, reseal
from workflow.store import keys as store
from workflow.store.keys import DataKeyError
from workflow.store.personal import CannotOpen


def kinds_of(item_code: str, version: str) -> Mapping[str, str]:
    """Return which answers are personal, by the manual a case was submitted under; of one that is gone, none by itself."""
    try:
        return catalog().pinned(item_code, version).personal
    except UnknownItem:
        return {}


@click.group()
def keys() -> None:
    """The keys that personal data is sealed with."""


@contextlib.contextmanager
def _office(data: Path) -> Iterator[Office]:
    """Yield the office with the keys checked against it; what is wrong with them is one line and exit 1."""
    if not os.environ.get("DATABASE_URL", "").strip():
        os.environ.setdefault("BANJIAN_DATA", str(data.expanduser().absolute()))
    try:
        with open_office(data) as office:
            with office.work() as connection:
                store.check(connection)
            yield office
    except (DataKeyError, CannotOpen) as error:
        click.echo(f"banjian: {error}", err=True)
        sys.exit(1)


@keys.command()
@DATA
def check(data: Path) -> None:
    """Say which keys there are and how many values each seals; exit 1 where one is missing, wrong or opens nothing."""
    with _office(data) as office:
        found = count_sealed(office, kinds_of)
        ring = store.held().ring()
    click.echo(f"{store.held().path}: {len(ring.keys)} key(s), current {ring.current}")
    for name in sorted(ring.keys, key=lambda name: int(name[1:])):
        click.echo(f"{name}: {found.get(name, 0)} values")
    if found.get(""):
        click.echo(f"not sealed yet: {found['']} values; run `banjian keys seal`")


@keys.command()
@DATA
def seal(data: Path) -> None:
    """Seal what was written before sealing began. Safe to run twice, and beside a running office of this version."""
    with _office(data) as office:
        click.echo(f"{reseal(office, kinds_of)} rows sealed, {index_numbers(office)} numbers indexed")


@keys.command()
@DATA
def rotate(data: Path) -> None:
    """Make a new key and seal everything with it. The old ones stay in the file until `banjian keys retire`."""
    with _office(data) as office:
        held = store.held()
        ring = held.ring(fresh=True).with_new_key()
        store.write(held.path, ring)
        with office.work() as connection:
            store.check(connection)
        count = reseal(office, kinds_of)
    click.echo(f"{count} rows sealed with {ring.current}; when every process has followed: `banjian keys retire`")


@keys.command()
@DATA
def retire(data: Path) -> None:
    """Take the old keys out of the file once nothing is sealed with them. Backups of before need the old file."""
    with _office(data) as office:
        held = store.held()
        ring = held.ring(fresh=True)
        old = [name for name in ring.keys if name != ring.current]
        with office.work() as connection:
            age = store.age_seconds(connection, ring.current)
        if age < store.FOLLOW_SECONDS:
            _refuse(f"key {ring.current} is {age:.0f} s old: processes may still seal with an older one for a minute")
        reseal(office, kinds_of)
        used = count_sealed(office, kinds_of).keys() & set(old)
        if used:
            _refuse(f"values are still sealed with {', '.join(sorted(used))}: a process does not follow the key file")
        store.write(held.path, ring.without(*old))
        with office.work() as connection:
            store.retire(connection, old)
    click.echo(f"taken out: {', '.join(old) or 'nothing'}")


def _refuse(line: str) -> None:
    click.echo(f"banjian: {line}", err=True)
    sys.exit(1)
