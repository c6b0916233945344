"""The parts of a deployment, one by one: api, worker, beat, migrate. They need DATABASE_URL and BROKER_URL."""

import getpass
import os
import sys

import click
from sqlalchemy.exc import SQLAlchemyError

from api.config import ConfigError, check_demo_only, need
from workflow.casework.publish import AT_THE_CONSOLE
from workflow.store import keys
from workflow.store.connect import engine_for, transaction
from workflow.store.migrate import DatabaseTooOld, upgrade


def need_settings(*names: str) -> None:
    """End the command with one line where a setting is missing."""
    try:
        check_demo_only(os.environ, is_demo=os.environ.get("BANJIAN_DEMO") == "1")
        for name in names:
            need(os.environ, name)
    except ConfigError as error:
        click.echo(f"banjian: {error}", err=True)
        sys.exit(2)


def console_account() -> str:
    """Return who runs the command, as the operating system knows them: os:ACCOUNT."""
    try:
        return AT_THE_CONSOLE + getpass.getuser()
    except (KeyError, OSError):  # an account without a name
        return f"{AT_THE_CONSOLE}{os.getuid()}"


def need_keys() -> None:
    """End the command with one line where the key of personal data is missing, or not this database's."""
    try:
        keys.held()
        check_keys(os.environ["DATABASE_URL"])
    except keys.DataKeyError as error:
        click.echo(f"banjian: {error}", err=True)
        sys.exit(2)


def check_keys(database_url: str) -> None:
    """Hold the keys against the database; one that does not answer yet is asked by /readyz. Raises DataKeyError."""
    try:
        engine = engine_for(database_url, pool_size=1)
    except ValueError:
        return  # said by whoever needs the address
    try:
        with transaction(engine) as connection:
            keys.check(connection)
    except SQLAlchemyError:
        return
    finally:
        engine.dispose()


def granian_command(host: str, port: int, workers: int, threads: int) -> list[str]:
    """Return the command of the web server."""
    return [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "--factory",
        "--host",
        host,
        "--port",
        str(port),
        "--workers",
        str(workers),
        "--blocking-threads",
        str(threads),
        "--no-ws",
        "--log-level",
        "error",
        "api.app:create_served_app",
    ]


def celery_command(*arguments: str) -> list[str]:
    """Return a Celery command on our application."""
    return [sys.executable, "-m", "celery", "--quiet", "-A", "worker.app", *arguments]


def worker_command(concurrency: int) -> list[str]:
    """Return the command of a worker."""
    return celery_command(
        "worker", "-P", "threads", "-c", str(concurrency), "--loglevel", "WARNING", "-n", "banjian@%h"
    )


def beat_command() -> list[str]:
    """Return the command of the beat."""
    return celery_command("beat", "--loglevel", "WARNING")


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64))
@click.option("--threads", default=8, show_default=True, type=click.IntRange(1, 128))
def api(host: str, port: int, workers: int, threads: int) -> None:
    """Serve pages and API."""
    need_settings("DATABASE_URL", "BROKER_URL")
    need_keys()
    _become(granian_command(host, port, workers, threads))


@click.command()
@click.option("--concurrency", default=4, show_default=True, type=click.IntRange(1, 64))
def worker(concurrency: int) -> None:
    """Work off what is due: clocks, documents, messages."""
    need_settings("DATABASE_URL", "BROKER_URL")
    need_keys()
    _become(worker_command(concurrency))


@click.command()
def beat() -> None:
    """Wake the workers now and then."""
    need_settings("DATABASE_URL", "BROKER_URL")
    _become(beat_command())


@click.command()
def migrate() -> None:
    """Bring the database to this version; safe to run twice."""
    need_settings("DATABASE_URL")
    try:
        click.echo(f"database is at version {upgrade(need(os.environ, 'DATABASE_URL'))}")
    except (SQLAlchemyError, DatabaseTooOld, ValueError) as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        click.echo(f"banjian: the database could not be migrated: {reason}", err=True)
        sys.exit(1)


def _become(command: list[str]) -> None:
    """Let the program take this process's place, so that signals reach it."""
    os.execv(command[0], command)  # noqa: S606  our own program
