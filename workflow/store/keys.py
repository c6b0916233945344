"""The keys that personal data is sealed with: a file outside the database, several keys, one of them current (ADR 0029).

The file is JSON: {"current": "k2", "keys": {"k1": base64 of 32 bytes, "k2": …}, "index": base64 of 32 bytes}. A process
looks at it again every few seconds, and at once when it meets a key it does not know, so that a rotation needs no restart.
"""

import base64
import binascii
import hmac
import json
import os
import secrets
import stat
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from workflow.engine.errors import BanjianError
from workflow.store.connect import Connection

FILE = "BANJIAN_DATA_KEY_FILE"
KEY_BYTES = 32
LOOK_SECONDS = 10.0
FOLLOW_SECONDS = 60.0  # after so long every process uses a new key
CHECKED = b"banjian data key"


class DataKeyError(BanjianError):
    """The key of personal data is missing, unreadable, or not the one this database was sealed with."""


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys by name; `current` seals, every one opens; `index` makes blind indexes."""

    current: str
    keys: Mapping[str, bytes]
    index: bytes

    def with_new_key(self) -> "Keyring":
        """Return the ring with one more key, which is the current one."""
        number = 1 + max(int(name[1:]) for name in self.keys)
        name = f"k{number}"
        return Keyring(name, {**self.keys, name: secrets.token_bytes(KEY_BYTES)}, self.index)

    def without(self, *names: str) -> "Keyring":
        """Return the ring without these keys; the current one stays."""
        return Keyring(self.current, {k: v for k, v in self.keys.items() if k not in names}, self.index)

    def fingerprints(self) -> dict[str, str]:
        """Return what tells each key from another without telling the key: key name, or "index" -> 32 hex digits."""
        named = {**self.keys, "index": self.index}
        return {name: hmac.digest(key, CHECKED, "sha256").hex()[:32] for name, key in named.items()}

    def to_text(self) -> str:
        """Return the content of the file."""
        plain = {
            "current": self.current,
            "keys": {name: base64.b64encode(key).decode() for name, key in self.keys.items()},
            "index": base64.b64encode(self.index).decode(),
        }
        return json.dumps(plain, indent=1) + "\n"


def new_ring() -> Keyring:
    """Return a ring of one fresh key."""
    return Keyring("k1", {"k1": secrets.token_bytes(KEY_BYTES)}, secrets.token_bytes(KEY_BYTES))


def read(path: Path) -> Keyring:
    """Return the ring a file holds. Raises DataKeyError that says what to do, and never quotes the file."""
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise DataKeyError(f"the key file {path} cannot be read ({reason}); set {FILE} to the file you kept") from error
    if mode & (stat.S_IROTH | stat.S_IWOTH):
        raise DataKeyError(f"everybody on this machine may read the key file {path}; chmod 600 it")
    try:
        plain = json.loads(text)
        keys = {str(name): _key(value) for name, value in plain["keys"].items()}
        ring = Keyring(str(plain["current"]), keys, _key(plain["index"]))
        if ring.current not in keys or not all(name[0] == "k" and name[1:].isdigit() for name in keys):
            raise ValueError("names")
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, binascii.Error):
        raise DataKeyError(f"the key file {path} is damaged; put the copy you kept in its place") from None
    return ring


def _key(text: str) -> bytes:
    key = base64.b64decode(text, validate=True)
    if len(key) != KEY_BYTES:
        raise ValueError("length")
    return key


def write(path: Path, ring: Keyring, *, is_new: bool = False) -> None:
    """Put the ring into the file, readable by its owner only: whole or not at all.

    is_new: where the file is there already, leave it as it is (another process was first).
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile("w", dir=path.parent, prefix=".key-", delete=False, encoding="ascii") as draft:
        draft.write(ring.to_text())
        draft.flush()
        os.fsync(draft.fileno())
    try:
        if is_new:
            os.link(draft.name, path)
        else:
            os.replace(draft.name, path)
    except FileExistsError:
        pass
    finally:
        Path(draft.name).unlink(missing_ok=True)


def place(env: Mapping[str, str] = os.environ) -> tuple[Path, bool]:
    """Return (where the key file is, whether we may make it): in the data folder unless somebody named another."""
    named = env.get(FILE, "").strip()
    if named:
        return Path(named).absolute(), False
    return Path(env.get("BANJIAN_DATA") or ".data").absolute() / "data.key", True


class Held:
    """The ring as this process holds it; it follows the file."""

    def __init__(self, path: Path, *, may_make: bool) -> None:
        self.path = path
        self._may_make, self._lock = may_make, threading.Lock()
        self._ring, self._stamp, self._looked = self._load(), self._stamp_now(), time.monotonic()

    def ring(self, *, fresh: bool = False) -> Keyring:
        """Return the ring. fresh: look at the file now."""
        if fresh or time.monotonic() - self._looked > LOOK_SECONDS:
            with self._lock:
                self._looked, stamp = time.monotonic(), self._stamp_now()
                if stamp != self._stamp and stamp is not None:
                    self._ring, self._stamp = read(self.path), stamp
        return self._ring

    def _load(self) -> Keyring:
        if self._may_make and not self.path.exists():
            try:
                write(self.path, new_ring(), is_new=True)
            except OSError as error:
                raise DataKeyError(f"the key file {self.path} cannot be made ({error.strerror}); set {FILE}") from error
        return read(self.path)

    def _stamp_now(self) -> tuple[int, int] | None:
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino


_held: dict[str, Held] = {}  # one at most
_first = threading.Lock()


def held() -> Held:
    """Return this process's keys, read when first needed. Raises DataKeyError."""
    found = _held.get("")
    if found is None:
        with _first:
            found = _held.get("")
            if found is None:
                path, may_make = place()
                found = _held[""] = Held(path, may_make=may_make)
    return found


def use(path: Path | None, *, may_make: bool = False) -> None:
    """Let this process use another file from now on; None: the one the environment names, read when next needed."""
    _held.clear()
    if path:
        _held[""] = Held(path, may_make=may_make)


def check(connection: Connection) -> None:
    """Hold the keys against those the database was sealed with; a key it does not know yet is written down.

    Raises DataKeyError where a key of the database is missing here, or is another one.
    """
    ring = held().ring(fresh=True)
    ours = ring.fingerprints()
    connection.exec_driver_sql(
        "insert into data_keys (name, fingerprint) select * from unnest(%(names)s::text[], %(prints)s::text[])"
        " on conflict do nothing",
        {"names": list(ours), "prints": list(ours.values())},
    )
    rows = connection.exec_driver_sql("select name, fingerprint from data_keys where retired_at is null order by name")
    for row in rows:
        if row.name not in ours:
            text = f"the database was sealed with key {row.name}, which {held().path} does not hold"
        elif ours[row.name] != row.fingerprint:
            text = f"key {row.name} of {held().path} is not the one this database was sealed with"
        else:
            continue
        raise DataKeyError(f"{text}; set {FILE} to the file you kept for this database")


def age_seconds(connection: Connection, name: str) -> float:
    """Return how long ago this database met the key."""
    sql = "select extract(epoch from now() - created_at)::float8 from data_keys where name = %(name)s"
    return float(connection.exec_driver_sql(sql, {"name": name}).scalar_one())


def retire(connection: Connection, names: list[str]) -> None:
    """Write down that these keys are no longer needed."""
    connection.exec_driver_sql(
        "update data_keys set retired_at = now() where name = any(%(names)s) and retired_at is null", {"names": names}
    )
