"""The other side of messages and webhooks: a real SMTP server and a real HTTP server on the loopback."""

import hmac
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


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


@dataclass(frozen=True, slots=True)
class Papers:
    """The certificate a mail server shows, and who vouches for it. Paths of PEM files."""

    chain: Path
    authority: Path


def mail_papers(folder: Path, *, name: str = "127.0.0.1", days: int = 1) -> Papers:
    """Return a certificate for that address, signed by an authority made for it; days below 0: it has expired."""
    folder.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC)
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    root, host = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)]) for text in ("authority", name))

    def signed(subject: x509.Name, key: ec.EllipticCurvePrivateKey, until: datetime, *more: Any) -> x509.Certificate:
        made = x509.CertificateBuilder().subject_name(subject).issuer_name(root).public_key(key.public_key())
        made = made.serial_number(x509.random_serial_number())
        made = made.not_valid_before(now - timedelta(days=9)).not_valid_after(until)
        for extension, critical in more:
            made = made.add_extension(extension, critical=critical)
        return made.sign(keys[0], hashes.SHA256())

    basic = (x509.BasicConstraints(ca=True, path_length=None), True)
    authority = signed(root, keys[0], now + timedelta(days=9), basic)
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(name))])
    shown = signed(host, keys[1], now + timedelta(days=days), (names, False))
    secret = keys[1].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    chain, vouches = folder / "chain.pem", folder / "authority.pem"
    chain.write_bytes(secret + shown.public_bytes(Encoding.PEM))
    vouches.write_bytes(authority.public_bytes(Encoding.PEM))
    return Papers(chain, vouches)


@contextmanager
def post_office(security: str = "none", papers: Papers | None = None) -> Iterator[tuple[Post, str]]:
    """Yield (what keeps the letters, the URL of the SMTP server). security: none, starttls (and nothing before it), tls."""
    post = Post()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    more: dict[str, Any] = {}
    if papers is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(papers.chain)
        more = {"ssl_context": context} if security == "tls" else {"tls_context": context, "require_starttls": True}
    controller = Controller(post, hostname="127.0.0.1", port=port, **more)
    controller.start()
    try:
        yield (
            post,
            f"{'smtps' if security == 'tls' else 'smtp'}://127.0.0.1:{port}"
            + ("?security=starttls" if security == "starttls" else ""),
        )
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
