"""Real PostgreSQL and Valkey for the tests: one database server a run, a database a worker, from a template."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import fasteners
from argon2 import PasswordHasher
from sqlalchemy import create_engine

from api.embedded import postgres, valkey
from service_catalog.catalog import catalog
from workflow.casework.demo import load_demo_office
from workflow.store.connect import engine_for
from workflow.store.migrate import upgrade
from workflow.store.roles import open_door

TEMPLATE = "office_template"
PASSWORD = "banjian-demo"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)  # stories log in hundreds of times


@contextmanager
def database_server(folder: Path) -> Iterator[str]:
    """Yield the address of the run's server; the first caller starts it, the last one stops it."""
    folder.mkdir(parents=True, exist_ok=True)
    with fasteners.InterProcessLock(str(folder / "lock")):
        uri, handle = postgres.start(folder / "pg")
        if not (folder / "ready").exists():
            _spare_the_disk(uri)
            _make_template(uri)
            (folder / "ready").write_text("yes")
    try:
        yield uri
    finally:
        with fasteners.InterProcessLock(str(folder / "lock")):
            postgres.stop(handle)
            if not postgres.is_running(handle):  # we were the last; one that comes later makes it anew
                (folder / "ready").unlink(missing_ok=True)
                shutil.rmtree(folder / "pg", ignore_errors=True)


def _spare_the_disk(uri: str) -> None:
    """Let the server wait for no disk: a database lives as long as its test, and no test takes the power away."""
    engine = create_engine(engine_for(uri, pool_size=1).url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for setting in ("fsync = off", "full_page_writes = off", "synchronous_commit = off", "max_wal_size = '4GB'"):
            connection.exec_driver_sql(f"alter system set {setting}")
        connection.exec_driver_sql("select pg_reload_conf()")
    engine.dispose()


def _make_template(uri: str) -> None:
    create_database(uri, TEMPLATE)
    upgrade(address(uri, TEMPLATE))
    open_door(address(uri, TEMPLATE))
    load_demo_office(address(uri, TEMPLATE), PASSWORD, catalog().departments)
    engine = engine_for(address(uri, TEMPLATE), pool_size=1)
    with engine.begin() as connection:
        connection.exec_driver_sql("update people set password_hash = %(hash)s", {"hash": QUICK.hash(PASSWORD)})
    engine.dispose()


def create_database(uri: str, name: str, template: str = "template1") -> str:
    """Return the address of a new database, dropped first if it was there."""
    engine = engine_for(uri, pool_size=1)
    admin = create_engine(engine.url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f'drop database if exists "{name}" with (force)')
        connection.exec_driver_sql(f'create database "{name}" template "{template}"')
    admin.dispose()
    engine.dispose()
    return address(uri, name)


def address(uri: str, name: str) -> str:
    """Return the same server's address with another database."""
    head, _, query = uri.partition("?")
    return f"{head.rpartition('/')[0]}/{name}?{query}"


@contextmanager
def broker(folder: Path) -> Iterator[str]:
    """Yield the address of a Valkey of one's own."""
    url, handle = valkey.start(folder)
    try:
        yield url
    finally:
        valkey.stop(handle, url)


def short_folder(run: str) -> Path:
    """Return a private folder with a short path: sockets live in it."""
    base = Path(os.environ.get("BANJIAN_TEST_DIR", "/tmp"))
    folder = base / f"bj-{run[:10]}"
    folder.mkdir(mode=0o711, exist_ok=True)
    return folder
