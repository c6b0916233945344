"""The keys certificates are signed with: files outside the database, one current, the public halves of all kept for ever.

A rotated key signs nothing any more, so its private half is deleted; its public half goes on verifying what it signed.
"""

import json
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256, sha512
from pathlib import Path
from typing import Any

import fasteners
import gmalg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from workflow.ledger.certificates import SM2_ID, canonical, encoded

ALGORITHMS = ("Ed25519", "SM2-SM3")
PUBLIC = "banjian-keys.json"
SM2_ORDER = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123


class NoSigningKey(Exception):
    """The private half of the current key is not here; the message says where it was looked for."""


@dataclass(frozen=True, slots=True)
class Signer:
    """The current key. sign: message -> 64 bytes; the same message gives the same signature."""

    key_id: str
    algorithm: str
    sign: Callable[[bytes], bytes]


def published(folder: Path) -> dict[str, Any]:
    """Return the public halves of all keys, oldest first, as they are published; none if none was made yet."""
    try:
        found: dict[str, Any] = json.loads((folder / PUBLIC).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {"format": 1, "keys": []}
    return found


def signer(folder: Path, now: datetime, algorithm: str = "Ed25519") -> Signer:
    """Return the current key, made on first use with that algorithm. Raises NoSigningKey."""
    current = _current(folder)
    if current is None:
        current = rotate(folder, now, algorithm, only_if_none=True)
    path = folder / f"{current['kid']}.key"
    try:
        secret = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (FileNotFoundError, ValueError) as error:
        raise NoSigningKey(f"{path}: the private half of the current signing key is not there") from error
    sign = _ed25519(secret) if current["alg"] == "Ed25519" else _sm2(secret)
    return Signer(current["kid"], current["alg"], sign)


def rotate(folder: Path, now: datetime, algorithm: str, *, only_if_none: bool = False) -> Mapping[str, Any]:
    """Make a new current key; return its public half. The private halves of older ones are deleted."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with fasteners.InterProcessLock(str(folder / ".lock")):
        current = _current(folder)
        if current is not None and only_if_none:
            return current
        secret, key = _made(algorithm)
        key |= {"from": now.isoformat(), "until": None}
        _write(folder / f"{key['kid']}.key", secret.hex().encode(), 0o600)
        keys = [{**old, "until": old["until"] or now.isoformat()} for old in published(folder)["keys"]]
        text = json.dumps({"format": 1, "keys": [*keys, key]}, ensure_ascii=False, indent=1)
        _write(folder / PUBLIC, text.encode(), 0o644)
        for old in folder.glob("*.key"):
            if old.stem != key["kid"]:
                old.unlink()
    return key


def _current(folder: Path) -> Mapping[str, Any] | None:
    keys = published(folder)["keys"]
    return keys[-1] if keys else None


def _made(algorithm: str) -> tuple[bytes, dict[str, Any]]:
    """Return (private half, public half with its name)."""
    if algorithm == "Ed25519":
        made = Ed25519PrivateKey.generate()
        public = made.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        key = {"kty": "OKP", "crv": "Ed25519", "x": encoded(public)}
        secret = made.private_bytes_raw()
    elif algorithm == "SM2-SM3":
        secret = (secrets.randbelow(SM2_ORDER - 2) + 1).to_bytes(32, "big")
        public = gmalg.SM2().generate_pk(secret)
        key = {"kty": "EC", "crv": "SM2", "x": encoded(public[-64:-32]), "y": encoded(public[-32:])}
    else:
        raise ValueError(f"{algorithm}: one of {', '.join(ALGORITHMS)}")
    return secret, {"kid": sha256(canonical(key)).hexdigest()[:16], "alg": algorithm, "use": "sig", **key}


def _ed25519(secret: bytes) -> Callable[[bytes], bytes]:
    return Ed25519PrivateKey.from_private_bytes(secret).sign


def _sm2(secret: bytes) -> Callable[[bytes], bytes]:
    public = gmalg.SM2().generate_pk(secret)

    def sign(message: bytes) -> bytes:
        r, s = gmalg.SM2(secret, SM2_ID, public, rnd_fn=_steady(secret, message)).sign(message)
        return bytes(r).rjust(32, b"\0") + bytes(s).rjust(32, b"\0")

    return sign


def _steady(secret: bytes, message: bytes) -> Callable[[int], int]:
    """Return a source of nonces that follow from key and message, as RFC 6979 does: no nonce is ever used for two messages."""
    count = 0

    def bits(wanted: int) -> int:
        nonlocal count
        count += 1
        digest = sha512(b"banjian-sm2-nonce" + secret + sha512(message).digest() + count.to_bytes(4, "big")).digest()
        return int.from_bytes(digest, "big") >> (512 - wanted)

    return bits


def _write(path: Path, content: bytes, mode: int) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, path)
