"""Fixtures for infrastructure only: servers, databases, the application, a running office."""

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import gettempdir
from uuid import uuid4

import pytest
from flask import Flask
from hypothesis import settings

from api.app import create_app
from api.config import Settings
from tests.infrastructure.desk import Desk
from tests.infrastructure.live import LiveOffice
from tests.infrastructure.servers import TEMPLATE, broker, create_database, database_server, short_folder
from tests.infrastructure.telephone import forget_counts
from workflow.casework.office import Office
from workflow.store import keys
from workflow.store.roles import as_app

KEY_FILE = Path(gettempdir()) / f"banjian-test-{os.getuid()}.key"  # of a test's data, which nobody keeps
if not KEY_FILE.exists():
    keys.write(KEY_FILE, keys.new_ring(), is_new=True)
os.environ["BANJIAN_DATA_KEY_FILE"] = str(KEY_FILE)  # processes that a test starts use it too

settings.register_profile("steady", deadline=None, derandomize=True, print_blob=False)
settings.load_profile("steady")


@pytest.fixture(scope="session")
def run_folder(request: pytest.FixtureRequest) -> Path:
    """A short folder shared by all workers of this run."""
    workerinput = getattr(request.config, "workerinput", None)
    run = workerinput["testrunuid"] if workerinput else uuid4().hex
    return short_folder(run)


@pytest.fixture(scope="session")
def worker_name(request: pytest.FixtureRequest) -> str:
    """gw0, gw1, ... or main."""
    workerinput = getattr(request.config, "workerinput", None)
    return str(workerinput["workerid"]) if workerinput else "main"


@pytest.fixture(scope="session")
def server(run_folder: Path) -> Iterator[str]:
    """The run's PostgreSQL."""
    with database_server(run_folder) as uri:
        yield uri


@pytest.fixture(scope="session")
def broker_url(run_folder: Path, worker_name: str) -> Iterator[str]:
    """A Valkey of this worker's own."""
    with broker(run_folder / f"v-{worker_name}") as url:
        yield url


@pytest.fixture
def database_url(server: str, worker_name: str) -> str:
    """A fresh office database, made from the template for this one test."""
    return create_database(server, f"t_{worker_name}", TEMPLATE)


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Office]:
    """An office on the fresh database."""
    opened = Office.connect(database_url, pool_size=4, folder=tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def app(database_url: str, broker_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The application in this process."""
    made = create_app(
        Settings(
            database_url,
            broker_url,
            tmp_path,
            "test-secret",
            is_demo=True,
            second_factor="optional",
            registration="open",
        )
    )
    forget_counts(made)
    yield made
    made.extensions["banjian.office"].close()


@pytest.fixture
def desk(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The whole office in this process, at the time the stories begin."""
    made = Desk(app, monkeypatch)
    made.at("2026-09-01T09:00:00")
    return made


@pytest.fixture
def live(database_url: str, broker_url: str, tmp_path: Path) -> Iterator[LiveOffice]:
    """Real API and Celery worker processes, whose clock can be set."""
    running = LiveOffice(as_app(database_url), broker_url, tmp_path)
    yield running
    running.stop()
