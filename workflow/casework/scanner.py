"""Is a file infected? A port with one adapter: ClamAV over its socket, by its INSTREAM command."""

import os
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Protocol

from workflow.environment import ConfigError

VARIABLE = "BANJIAN_CLAMD"
CHUNK = 1 << 16
ANSWER_MAX = 4096
SECONDS = 60.0


class CannotScan(Exception):
    """The scanner did not answer, or could not judge the file: it is asked again later."""


class Scanner(Protocol):
    """Whoever can tell an infected file."""

    def scan(self, stream: IO[bytes]) -> str:
        """Return "" for a clean file, else the name of what infects it. Raises CannotScan."""
        ...


@dataclass(frozen=True, slots=True)
class Clamd:
    """ClamAV's daemon. address: unix:/path or tcp:host:port."""

    address: str

    def scan(self, stream: IO[bytes]) -> str:
        """Return "" or the name of the infection. Raises CannotScan."""
        try:
            with self._connected() as connection:
                connection.sendall(b"zINSTREAM\0")
                while chunk := stream.read(CHUNK):
                    connection.sendall(struct.pack("!I", len(chunk)) + chunk)
                connection.sendall(struct.pack("!I", 0))
                answer = self._answer(connection)
        except OSError as error:
            raise CannotScan(f"{self.address}: {error.strerror or type(error).__name__}") from error
        return _verdict(answer)

    def _connected(self) -> socket.socket:
        kind, _, rest = self.address.partition(":")
        if kind == "unix":
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(SECONDS)
            try:
                connection.connect(rest)
            except OSError:
                connection.close()
                raise
            return connection
        host, _, port = rest.rpartition(":")
        return socket.create_connection((host, int(port)), timeout=SECONDS)

    def _answer(self, connection: socket.socket) -> str:
        answer = b""
        while not answer.endswith(b"\0") and len(answer) < ANSWER_MAX:
            more = connection.recv(ANSWER_MAX)
            if not more:
                break
            answer += more
        return answer.rstrip(b"\0").decode("utf-8", "replace").strip()


def _verdict(answer: str) -> str:
    """Return "" or the name in `stream: NAME FOUND`. Raises CannotScan on anything but a verdict."""
    said = answer.removeprefix("stream: ")
    if said == "OK":
        return ""
    if said.endswith(" FOUND"):
        return said.removesuffix(" FOUND")[:200] or "unknown"
    raise CannotScan(f"clamd said {said[:100]!r}")


def configured(env: Mapping[str, str] = os.environ) -> Scanner | None:
    """Return the scanner of this process, or None where files are not scanned. Raises ConfigError."""
    address = env.get(VARIABLE, "").strip()
    if not address:
        return None
    kind, _, rest = address.partition(":")
    if not (kind == "unix" and rest.startswith("/")) and not (kind == "tcp" and rest.rpartition(":")[2].isdigit()):
        raise ConfigError(f"{VARIABLE} must be unix:/path/of/clamd.sock or tcp:host:port")
    return Clamd(address)
