"""Servers of others, speaking their protocols on loopback: ClamAV's daemon, an S3-compatible store."""

import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TypeVar

S = TypeVar("S", bound=socketserver.BaseServer)
VIRUS = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class FakeClamd(socketserver.ThreadingTCPServer):
    """Speaks INSTREAM; keeps what it was sent; `say` overrides its verdict."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Clamd)
        self.seen: list[bytes] = []
        self.say = b""

    @property
    def address(self) -> str:
        """Return what BANJIAN_CLAMD has to be."""
        return f"tcp:127.0.0.1:{self.server_address[1]}"


class _Clamd(socketserver.BaseRequestHandler):
    server: FakeClamd

    def handle(self) -> None:
        """Read one command and a stream of chunks, answer with the verdict."""
        command = self._read(10)
        assert command == b"zINSTREAM\0", command
        content = b""
        while size := struct.unpack("!I", self._read(4))[0]:
            content += self._read(size)
        self.server.seen.append(content)
        verdict = b"stream: Eicar-Test-Signature FOUND\0" if VIRUS in content else b"stream: OK\0"
        self.request.sendall(self.server.say or verdict)

    def _read(self, size: int) -> bytes:
        found = b""
        while len(found) < size:
            more = self.request.recv(size - len(found))
            assert more, "cut off"
            found += more
        return found


class FakeBucket(ThreadingHTTPServer):
    """Keeps objects in memory; refuses everybody whose access key is not "key"."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Bucket)
        self.objects: dict[str, bytes] = {}

    @property
    def endpoint(self) -> str:
        """Return what BANJIAN_S3_ENDPOINT has to be."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Bucket(BaseHTTPRequestHandler):
    server: FakeBucket

    def do_PUT(self) -> None:
        """Keep an object."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self._is_known():
            self.server.objects[self.path] = body
            self._answer(200, b"", ETag='"etag"')

    def do_GET(self) -> None:
        """Give an object out."""
        if not self._is_known():
            return
        found = self.server.objects.get(self.path)
        if found is None:
            self._refuse(404, "NoSuchKey")
        else:
            self._answer(200, found, ETag='"etag"')

    def do_DELETE(self) -> None:
        """Forget an object."""
        if self._is_known():
            self.server.objects.pop(self.path, None)
            self._answer(204, b"")

    def _is_known(self) -> bool:
        if "Credential=key/" in self.headers.get("Authorization", ""):
            return True
        self._refuse(403, "AccessDenied")
        return False

    def _refuse(self, status: int, code: str) -> None:
        body = f"<Error><Code>{code}</Code><Message>no</Message><Resource>{self.path}</Resource></Error>"
        self._answer(status, body.encode(), **{"Content-Type": "application/xml"})

    def _answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def running(server: S) -> Iterator[S]:
    """Yield the server, answering."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
