"""One process tree: database, broker, API, worker, beat. Ends together, starts again after any death."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

STOP_SECONDS = 15.0
LOOK_SECONDS = 0.3
RESTARTS_MAX = 5
ESSENTIAL = "api"


class StartError(Exception):
    """The office could not be started; the message is one line that says what to do."""


@dataclass(slots=True)
class Child:
    """One program of the tree and how often it had to be started again."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes]
    restarts: int = 0


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
            process = _same_process(entry["pid"], entry["created"])
            if process is not None:
                _end_group(process.pid)

    def start(self, name: str, command: list[str]) -> None:
        """Start one program."""
        self.children.append(Child(name, command, self._spawn(name, command)))
        self._write_down()

    def _spawn(self, name: str, command: list[str]) -> subprocess.Popen[bytes]:
        with (self.run_folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(  # noqa: S603  our own programs only
                command, env=dict(self.env), stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )

    def watch(self, say: Callable[[str], None]) -> int:
        """Wait until told to stop; start again what died. Return the exit code for the whole tree."""
        while not self.stopping:
            for child in self.children:
                code = child.process.poll()
                if code is None or self.stopping:
                    continue
                if child.name == ESSENTIAL or child.restarts >= RESTARTS_MAX:
                    say(f"{child.name} stopped by itself (code {code}); see {self.run_folder / child.name}.log")
                    return 1
                child.restarts += 1
                say(f"{child.name} stopped (code {code}); starting it again ({child.restarts} of {RESTARTS_MAX})")
                child.process = self._spawn(child.name, child.command)
                self._write_down()
            time.sleep(LOOK_SECONDS)
        return 0

    def stop(self) -> None:
        """End every program: ask, wait, then insist."""
        for child in reversed(self.children):
            _signal_group(child.process.pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for child in self.children:
            try:
                child.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
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


def _same_process(pid: float, created: float) -> psutil.Process | None:
    try:
        process = psutil.Process(int(pid))
        return process if abs(process.create_time() - created) < 1 else None
    except psutil.NoSuchProcess:
        return None


def _end_group(pid: int) -> None:
    _signal_group(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while psutil.pid_exists(pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    _signal_group(pid, signal.SIGKILL)


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


def wait_until_up(host: str, port: int, child: Child, seconds: float = 30.0) -> None:
    """Return when something listens there. Raises StartError if the program ends first, or takes too long."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if child.process.poll() is not None:
            raise StartError(f"{child.name} did not start (code {child.process.returncode})")
        try:
            with socket.create_connection((host, port), timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise StartError(f"{child.name} did not answer within {seconds:.0f} seconds")


def python(*arguments: str) -> list[str]:
    """Return a command of this interpreter."""
    return [sys.executable, *arguments]
