"""One process tree: database, broker, API, worker, beat. Ends together, starts again after any death.

The API's end is everybody's. A worker or beat that ends is started again, RESTARTS_MAX times; then a beat
is done without, because workers look for due work by themselves, and without a worker everything ends.
"""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import fasteners
import psutil

STOP_SECONDS = 15.0
LOOK_SECONDS = 0.3
RESTARTS_MAX = 5
STEADY_SECONDS = 600.0  # who ran this long is counted anew
LOG_BYTES_MAX = 10_000_000
ESSENTIAL = "api"
DISPENSABLE = "beat"


class StartError(Exception):
    """The office could not be started; the message is one line that says what to do."""


@dataclass(slots=True)
class Child:
    """One program of the tree and how often it had to be started again."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes]
    restarts: int = 0
    started: float = field(default_factory=time.monotonic)


@dataclass(slots=True)
class Supervisor:
    """Starts programs in their own process groups, watches them, and ends them all."""

    run_folder: Path
    env: Mapping[str, str]
    children: list[Child] = field(default_factory=list)
    stopping: bool = False

    def prepare(self) -> None:
        """End programs that outlived a killed supervisor: only those written down, by id and birth time."""
        self.run_folder.mkdir(parents=True, exist_ok=True)
        for entry in self._written_down():
            _end_group(int(entry["pid"]), entry["created"])
        self._list().unlink(missing_ok=True)

    def start(self, name: str, command: list[str]) -> None:
        """Start one program."""
        self.children.append(Child(name, command, self._spawn(name, command)))
        self._write_down()

    def _spawn(self, name: str, command: list[str]) -> subprocess.Popen[bytes]:
        path = self.run_folder / f"{name}.log"
        if path.exists() and path.stat().st_size > LOG_BYTES_MAX:
            path.replace(path.with_suffix(".log.1"))
        with path.open("ab") as log:
            return subprocess.Popen(  # noqa: S603  our own programs only
                command, env=dict(self.env), stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )

    def watch(self, say: Callable[[str], None], service_that_ended: Callable[[], str | None]) -> int:
        """Wait until told to stop; start again what died. Return the exit code for the whole tree."""
        while not self.stopping:
            ended = service_that_ended()
            if ended is not None and not self.stopping:
                say(f"{ended} stopped by itself")
                return 1
            for child in list(self.children):
                code = child.process.poll()
                if code is not None and not self.stopping and not self._carry_on(child, code, say):
                    return 1
            time.sleep(LOOK_SECONDS)
        return 0

    def _carry_on(self, child: Child, code: int, say: Callable[[str], None]) -> bool:
        """Start a child again, or do without it; False if neither is possible."""
        _signal_group(child.process.pid, signal.SIGKILL)  # what it may have left behind
        if time.monotonic() - child.started > STEADY_SECONDS:
            child.restarts = 0
        log = self.run_folder / f"{child.name}.log"
        if child.name == ESSENTIAL or child.restarts >= RESTARTS_MAX:
            say(f"{child.name} stopped by itself (code {code}); see {log}")
            if child.name == DISPENSABLE:
                self.children.remove(child)
                self._write_down()
            return child.name == DISPENSABLE
        child.restarts += 1
        say(f"{child.name} stopped (code {code}); starting it again ({child.restarts} of {RESTARTS_MAX}); see {log}")
        child.started = time.monotonic()
        child.process = self._spawn(child.name, child.command)
        self._write_down()
        return True

    def stop(self) -> None:
        """End every program: ask, wait, then insist."""
        for child in reversed(self.children):
            _signal_group(child.process.pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for child in self.children:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(max(0.1, deadline - time.monotonic()))
            _signal_group(child.process.pid, signal.SIGKILL)
            child.process.wait(5)
        self.children.clear()
        self._list().unlink(missing_ok=True)

    def _list(self) -> Path:
        return self.run_folder / "children.json"

    def _write_down(self) -> None:
        entries = []
        for child in self.children:
            try:
                created = psutil.Process(child.process.pid).create_time()
            except psutil.NoSuchProcess:
                continue
            entries.append({"pid": child.process.pid, "created": created})
        self._list().write_text(json.dumps(entries))

    def _written_down(self) -> list[dict[str, float]]:
        try:
            found: list[dict[str, float]] = json.loads(self._list().read_text())
        except (OSError, ValueError):
            return []
        return found


@contextlib.contextmanager
def only_one(data: Path) -> Iterator[None]:
    """Hold the data folder for this process. Raises StartError if another office runs on it."""
    (data / "run").mkdir(parents=True, exist_ok=True)
    lock = fasteners.InterProcessLock(str(data / "run" / "lock"))  # goes with its holder, even after kill -9
    if not lock.acquire(blocking=False):
        raise StartError(f"{data} is in use by another banjian serve; stop that one, or choose another --data")
    try:
        yield
    finally:
        lock.release()


def _end_group(group: int, created: float) -> None:
    """End a program and what it started, if they are still the ones that were written down."""
    with contextlib.suppress(psutil.NoSuchProcess):
        if abs(psutil.Process(group).create_time() - created) >= 1:
            return  # the number has gone to somebody else
    if not _members(group, created):
        return
    _signal_group(group, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while _members(group, created) and time.monotonic() < deadline:
        time.sleep(0.1)
    if _members(group, created):
        _signal_group(group, signal.SIGKILL)


def _members(group: int, created: float) -> list[psutil.Process]:
    """Return the living processes of a group: its first, known by its birth, and what that one started.

    Those run our interpreter. The first is not asked: just after its start it has no command line yet.
    """
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, ProcessLookupError, PermissionError):
            if os.getpgid(process.pid) != group or process.create_time() <= created - 1:
                continue
            is_ours = process.pid == group or sys.executable in process.cmdline()
            if is_ours and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def _signal_group(pid: int, number: signal.Signals) -> None:
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        return  # already gone


def check_port(host: str, port: int) -> None:
    """Raise StartError if nobody could listen there."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise StartError(
                f"port {port} on {host} cannot be used ({error.strerror}); choose another with --port"
            ) from error


def wait_until_up(host: str, port: int, child: Child, check: Callable[[], None], seconds: float = 60.0) -> None:
    """Return when the API answers. Raises StartError if it ends first, or takes too long; check may raise too."""
    near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  asked where we can reach it
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        check()
        if child.process.poll() is not None:
            raise StartError(f"{child.name} did not start (code {child.process.returncode})")
        connection = http.client.HTTPConnection(near, port, timeout=5)
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/healthz")
            if connection.getresponse().status == http.HTTPStatus.OK:
                return
        connection.close()
        time.sleep(0.1)
    raise StartError(f"{child.name} did not answer within {seconds:.0f} seconds")
