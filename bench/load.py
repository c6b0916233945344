"""Servers as a deployment starts them, and a bounded load on them. Loopback only."""

import json
import os
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from api.cli.parts import granian_command
from api.embedded.supervisor import check_port
from bench.office import NOW, PASSWORD

HOST = "127.0.0.1"
START_SECONDS, ANSWER_SECONDS = 60.0, 20.0


@contextmanager
def server(factory: str, env: Mapping[str, str], *, workers: int = 2, threads: int = 8) -> Iterator[int]:
    """Yield the port of a WSGI server on `factory`, started as `banjian api` starts its own (same defaults)."""
    port = _free_port()
    command = [*granian_command(HOST, port, workers, threads)[:-1], factory]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, env={**os.environ, **env}, stderr=log, start_new_session=True)
        try:
            if not _is_up(port, process):
                log.seek(0)
                raise RuntimeError(f"the server did not start: {log.read()[-2000:].decode(errors='replace')}")
            yield port
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            process.wait(ANSWER_SECONDS)


def office_env(url: str, broker_url: str, folder: Path) -> dict[str, str]:
    """Return the environment of an API whose clock shows the moment at which the prepared cases were received."""
    return {
        "DATABASE_URL": url,
        "BROKER_URL": broker_url,
        "BANJIAN_DATA": str(folder / "files"),
        "BANJIAN_SECRET_KEY": "bench",
        "BANJIAN_RATE_LIMIT": "off",
        "BANJIAN_DEMO": "1",
        "BANJIAN_CLOCK": NOW.isoformat(),
        "BANJIAN_CLOCK_STARTED": str(time.time()),
    }


def bearer(port: int, who: str) -> str:
    """Return the Authorization header of a demo account."""
    body = {"username": who, "password": PASSWORD}
    _, text = Client(port).ask(message("POST", "/api/v1/auth/token", body))
    return f"Authorization: Bearer {json.loads(text)['access_token']}\r\n"


def message(method: str, path: str, body: Any = None, headers: str = "") -> bytes:
    """Return one HTTP request, ready to be sent."""
    content = b"" if body is None else json.dumps(body).encode()
    kind = "" if body is None else "Content-Type: application/json\r\n"
    head = f"{method} {path} HTTP/1.1\r\nHost: {HOST}\r\n{headers}{kind}Content-Length: {len(content)}\r\n\r\n"
    return head.encode() + content


class Client:
    """One kept-alive connection that does as little as possible, so that the servers are what is measured."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection((HOST, port), timeout=ANSWER_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, request: bytes) -> tuple[int, bytes]:
        """Return (status, body)."""
        self._socket.sendall(request)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self._more()
        head, _, body = answer.partition(b"\r\n\r\n")
        length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        while len(body) < length:
            body += self._more()
        return int(head[9:12]), body

    def _more(self) -> bytes:
        piece = self._socket.recv(65536)
        if not piece:
            raise ConnectionError("the server closed the connection")
        return piece


def send(port: int, requests: Sequence[bytes], clients: int) -> tuple[float, list[float]]:
    """Send every request once, from several clients that each wait for their answer.

    Return (requests a second, seconds each took). Raises AssertionError if one is not answered with 200.
    """
    taken: list[float] = []
    wrong: list[tuple[int, bytes]] = []

    def work(mine: Sequence[bytes]) -> None:
        client = Client(port)
        for request in mine:
            begun = time.perf_counter()
            status, body = client.ask(request)
            taken.append(time.perf_counter() - begun)
            if status != 200:
                wrong.append((status, body))
                return

    threads = [threading.Thread(target=work, args=(requests[place::clients],)) for place in range(clients)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spent = time.perf_counter() - begun
    assert not wrong and len(taken) == len(requests), wrong[:1]
    return len(requests) / spent, taken


def percentiles(seconds: Sequence[float]) -> str:
    """Return p50, p95 and p99 in milliseconds."""
    ordered = sorted(seconds)
    return " ".join(f"p{p} {ordered[int(len(ordered) * p / 100)] * 1000:.2f} ms" for p in (50, 95, 99))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = int(probe.getsockname()[1])
    check_port(HOST, port)
    return port


def _is_up(port: int, process: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            Client(port).ask(message("GET", "/healthz"))
        except OSError:
            time.sleep(0.1)
            continue
        return True
    return False
