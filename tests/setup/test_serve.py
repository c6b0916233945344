"""banjian serve as people meet it: a second start, a closed terminal, a database that dies."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[2]
TOO_LONG_SECONDS = 120.0  # then a hanging office is killed, and the test fails
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def folder(run_folder: Path, worker_name: str, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A data folder with a short name, one a test, gone after it."""
    made = run_folder / f"s-{worker_name}-{request.node.name[:20]}"
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def serve(folder: Path) -> Iterator[Start]:
    """Starts `banjian serve --demo` on the folder; whatever a failed test leaves is ended."""
    started: list[subprocess.Popen[str]] = []
    watchdogs: list[threading.Timer] = []

    def start(port: int | None = None) -> subprocess.Popen[str]:
        clean = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "BROKER_URL")}
        command = [
            sys.executable,
            "-m",
            "api.cli",
            "serve",
            "--demo",
            "--port",
            str(port or _free_port()),
            "--data",
            str(folder),
        ]
        started.append(
            subprocess.Popen(
                command,
                env=clean,
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        )
        watchdogs.append(threading.Timer(TOO_LONG_SECONDS, started[-1].kill))
        watchdogs[-1].start()
        return started[-1]

    yield start
    for watchdog in watchdogs:
        watchdog.cancel()
    for process in started:
        if process.poll() is None:
            process.terminate()
            process.wait(60)


def read_until(process: subprocess.Popen[str], words: str) -> str:
    """Return what it said up to the line with these words, or up to its end."""
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if words in line:
            break
    return said


def everything(process: subprocess.Popen[str], folder: Path) -> list[psutil.Process]:
    """Return the whole tree, with the database, which is nobody's child."""
    postmaster = psutil.Process(_postmaster(folder))
    tree = psutil.Process(process.pid).children(recursive=True)
    assert len(tree) >= 4
    return [*tree, postmaster]


def living(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Return those that still run after a moment; what nobody has buried yet does not run."""
    _, alive = psutil.wait_procs([p for p in processes if not _is_dead(p)], timeout=10)
    return [process for process in alive if not _is_dead(process)]


def test_a_second_office_is_refused_and_a_closed_terminal_leaves_nothing_running(serve: Start, folder: Path) -> None:
    first = serve()
    assert "ready after" in read_until(first, "ready after")
    tree = everything(first, folder)
    second = serve()
    said = read_until(second, "in use")
    assert second.wait(60) == 1 and said.count("\n") == 1 and "is in use by another banjian serve" in said
    assert not [process for process in tree if _is_dead(process)]
    assert first.stdout is not None
    first.stdout.close()  # whoever read it is gone: every further line is an error
    first.send_signal(signal.SIGHUP)
    assert first.wait(60) in (0, 120)  # 120 is Python's own word for output it could not write
    assert living(tree) == []


@pytest.mark.parametrize("moment", ["yesterday", "2025-13-01", "1759234500"])
def test_a_clock_that_is_no_moment_is_refused_with_one_line(folder: Path, moment: str) -> None:
    command = [sys.executable, "-m", "api.cli", "serve", "--demo", "--data", str(folder)]
    env = {**os.environ, "BANJIAN_CLOCK": moment}
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and "BANJIAN_CLOCK must be a moment" in done.stderr
    assert not folder.exists()


def test_a_database_that_dies_ends_the_office_with_one_line(serve: Start, folder: Path) -> None:
    office = serve()
    assert "ready after" in read_until(office, "ready after")
    tree = everything(office, folder)
    psutil.Process(_postmaster(folder)).kill()
    said = read_until(office, "never said")
    assert office.wait(60) == 1 and "banjian: PostgreSQL stopped by itself" in said and "Traceback" not in said
    assert living(tree) == []


def _postmaster(folder: Path) -> int:
    return int((folder / "postgres" / "postmaster.pid").read_text().splitlines()[0])


def _is_dead(process: psutil.Process) -> bool:
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_the_office_starts_stops_and_starts_again_after_being_killed(serve: Start, folder: Path) -> None:
    port = _free_port()
    first = serve(port)
    assert "ready after" in read_until(first, "ready after")
    orphans = everything(first, folder)
    first.kill()
    first.wait(10)
    second = serve(port)
    assert "ready after" in read_until(second, "ready after")
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10) as answer:
        assert answer.status == 200
    tree = everything(second, folder)
    second.send_signal(signal.SIGINT)
    assert second.wait(40) == 0
    assert living(tree + orphans) == []
