"""banjian serve: the whole product in one process tree on an embedded database and broker."""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import click
from sqlalchemy.exc import SQLAlchemyError

from api.cli.parts import beat_command, granian_command, worker_command
from api.config import DEMO_PASSWORD, ConfigError, check_demo_only
from api.embedded import postgres, valkey
from api.embedded.supervisor import StartError, Supervisor, check_port, wait_until_up
from workflow.casework.demo import ACCOUNTS, load_demo_office
from workflow.store.migrate import upgrade


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), default=Path(".data"), show_default=True)
@click.option("--demo", is_flag=True, help="Also load the demo office and its accounts.")
def serve(host: str, port: int, data: Path, demo: bool) -> None:
    """Run the whole office: pages, API, worker, database."""
    started = time.monotonic()
    try:
        check_demo_only(os.environ, is_demo=demo)
    except ConfigError as error:
        click.echo(f"banjian: {error}", err=True)
        sys.exit(2)
    code = 1
    try:
        check_port(host, port)
        data = _writable(data)
        with _stop_signals() as told, _services(data) as (database_url, broker_url):
            code = _run(host, port, data, demo, database_url, broker_url, told, started)
    except (StartError, postgres.DataFolderError) as error:
        click.echo(f"banjian: {error}", err=True)
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        click.echo(f"banjian: the database refused: {reason}", err=True)
    except OSError as error:
        click.echo(f"banjian: {error.strerror or error}: {error.filename or data}", err=True)
    except Stopped:
        code = 0
    sys.exit(code)


class Stopped(Exception):
    """Somebody asked us to stop before everything was up."""


class Told:
    """Whether somebody asked us to stop, and who has to hear of it."""

    def __init__(self) -> None:
        self.supervisor: Supervisor | None = None
        self.stop = False

    def hear(self, number: int, frame: FrameType | None) -> None:
        """Handle SIGINT and SIGTERM."""
        self.stop = True
        if self.supervisor is not None:
            self.supervisor.stopping = True
        else:
            raise Stopped


@contextlib.contextmanager
def _stop_signals() -> Iterator[Told]:
    told = Told()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, told.hear)
    yield told


def _writable(data: Path) -> Path:
    data = data.expanduser().absolute()
    try:
        data.mkdir(parents=True, exist_ok=True)
        probe = data / f".probe-{os.getpid()}"
        probe.write_bytes(b"x" * 65536)
        probe.unlink()
    except OSError as error:
        raise StartError(f"the data folder {data} cannot be written: {error.strerror}") from error
    return data


@contextlib.contextmanager
def _services(data: Path) -> Iterator[tuple[str, str]]:
    """Yield the addresses of database and broker: from the environment, else embedded ones."""
    database_url, broker_url = os.environ.get("DATABASE_URL", ""), os.environ.get("BROKER_URL", "")
    with contextlib.ExitStack() as stack:
        if not database_url:
            _say("starting PostgreSQL …")
            database_url, server = _start_postgres(data / "postgres")
            stack.callback(postgres.stop, server)
        if not broker_url:
            _say("starting Valkey …")
            broker_url, broker = valkey.start(data / "valkey")
            stack.callback(valkey.stop, broker, broker_url)
        yield database_url, broker_url


def _start_postgres(folder: Path) -> tuple[str, object]:
    try:
        return postgres.start(folder)
    except (OSError, AssertionError, RuntimeError) as error:
        raise StartError(
            f"the embedded PostgreSQL did not start ({type(error).__name__}); see {folder / 'log'}"
        ) from error
    except Exception as error:
        if isinstance(error, postgres.DataFolderError):
            raise
        # the wheel raises subprocess errors of its own kinds; whatever they are, the log tells more
        raise StartError(f"the embedded PostgreSQL did not start ({error}); see {folder / 'log'}") from error


def _run(
    host: str, port: int, data: Path, demo: bool, database_url: str, broker_url: str, told: Told, started: float
) -> int:
    _say("preparing the database …")
    upgrade(database_url)
    env = _environment(data, demo, database_url, broker_url)
    if demo:
        load_demo_office(database_url, env["BANJIAN_DEMO_PASSWORD"])
    supervisor = Supervisor(data / "run", env)
    supervisor.prepare()
    told.supervisor = supervisor
    try:
        _say("starting API, worker and beat …")
        supervisor.start("api", granian_command(host, port, workers=1, threads=16))
        supervisor.start("worker", worker_command(concurrency=4))
        supervisor.start("beat", beat_command())
        wait_until_up(host, port, supervisor.children[0])
        _ready(host, port, demo, time.monotonic() - started)
        return supervisor.watch(_say)
    finally:
        _say("stopping …")
        supervisor.stop()
        _say("stopped")


def _environment(data: Path, demo: bool, database_url: str, broker_url: str) -> dict[str, str]:
    env = {
        **os.environ,
        "DATABASE_URL": database_url,
        "BROKER_URL": broker_url,
        "BANJIAN_DATA": str(data),
        "BANJIAN_OUTBOX_DIR": os.environ.get("BANJIAN_OUTBOX_DIR") or str(data / "outbox"),
        "PYTHONUNBUFFERED": "1",
    }
    if demo:
        env["BANJIAN_DEMO"] = "1"
        env.setdefault("BANJIAN_DEMO_PASSWORD", DEMO_PASSWORD)
        env["BANJIAN_CLOCK_STARTED"] = str(time.time())
    return env


def _ready(host: str, port: int, demo: bool, seconds: float) -> None:
    if demo:
        accounts = "、".join(account for account, _, _ in ACCOUNTS)
        source = "BANJIAN_DEMO_PASSWORD" if os.environ.get("BANJIAN_DEMO_PASSWORD") else "the demo's default"
        click.echo(f"demo accounts: {accounts}")
        password = "" if os.environ.get("BANJIAN_DEMO_PASSWORD") else f" ({DEMO_PASSWORD})"
        click.echo(f"password of all of them: {source}{password}")
    address = f"[{host}]" if ":" in host else host
    click.echo(f"ready after {seconds:.1f} s: http://{address}:{port}/")
    sys.stdout.flush()


def _say(line: str) -> None:
    click.echo(f"banjian: {line}")
    sys.stdout.flush()
