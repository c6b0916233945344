"""The other side of messages and webhooks: a real SMTP server and a real HTTP server on the loopback."""

import hmac
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Post:
    """A post office that keeps letters; `answer` is what it says to each recipient."""

    def __init__(self) -> None:
        self.letters: list[Any] = []
        self.answer: Callable[[str], str] = lambda _: "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        said = self.answer(address)
        if said.startswith("250"):
            envelope.rcpt_tos.append(address)
        return said

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.letters.append(envelope)
        return "250 kept"


@contextmanager
def post_office() -> Iterator[tuple[Post, str]]:
    """Yield (what keeps the letters, the URL of the SMTP server)."""
    post = Post()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(post, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield post, f"smtp://127.0.0.1:{port}"
    finally:
        controller.stop()


class Gateway:
    """An HTTP endpoint that keeps calls; `statuses` are its next answers, then 200."""

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self.calls: list[dict[str, Any]] = []
        self.ids: list[str] = []
        self.statuses: list[int] = []

    def take(self, headers: Any, body: bytes) -> int:
        """Check the signature as a receiver would; return the status."""
        signed = f"{headers['X-Banjian-Timestamp']}.{headers['X-Banjian-Id']}.".encode() + body
        wanted = hmac.digest(self.secret.encode(), signed, "sha256").hex()
        if not hmac.compare_digest(f"sha256={wanted}", headers["X-Banjian-Signature"]):
            return 401
        self.ids.append(headers["X-Banjian-Id"])
        status = self.statuses.pop(0) if self.statuses else 200
        if status == 200:
            self.calls.append(json.loads(body))
        return status


@contextmanager
def http_gateway(secret: str = "shared") -> Iterator[tuple[Gateway, str]]:
    """Yield (what keeps the calls, its URL)."""
    kept = Gateway(secret)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = kept.take(self.headers, body)
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield kept, f"http://127.0.0.1:{server.server_address[1]}/hook"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
