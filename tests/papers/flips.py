"""Flip bits of certificates and count what is still taken for genuine: `python -m tests.papers.flips` tries every one.

Each spoiled token goes through the same `verify_token` as any other. OpenSSL says whether a signature holds, with the key
read once; the program to be mailed, forty times as slow, is asked beside it at every SLOWLY-th flip.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from unittest.mock import patch

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.papers.issuing import made_up, public_keys, signed
from workflow.ledger import certificates as ledger
from workflow.ledger.certificates import CannotTell, NotGenuine, decoded, encoded, public_of, verify_token

CERTIFICATES = 200
SLOWLY = 701  # a prime: over the certificates every place of a payload comes up
Keys = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Tried:
    """How many bits were flipped, how many of them the slow program judged too, and which were accepted."""

    flips: int = 0
    slowly: int = 0
    accepted: tuple[tuple[str, int], ...] = ()

    def __add__(self, other: "Tried") -> "Tried":
        return Tried(self.flips + other.flips, self.slowly + other.slowly, self.accepted + other.accepted)


@cache
def _key(public: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(public)


def openssl_holds(public: bytes, message: bytes, signature: bytes) -> bool:
    """Return what OpenSSL says of a signature."""
    try:
        _key(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def flipped(token: str, known: Keys, bits: Callable[[int], Iterable[int]], check: Any = openssl_holds) -> Tried:
    """Flip bits of payload and signature, one at a time. bits: how many there are -> which of them.

    An answer other than NotGenuine or CannotTell, or a slow program that accepts, counts as accepted.
    """
    whole = bytearray(b"".join(map(decoded, token.split("."))))
    public = public_of(next(iter(known.values())))
    flips, slowly, accepted = 0, 0, []
    with patch.dict(ledger.CHECKS, {"Ed25519": check}):
        verify_token(token, known)
        for bit in bits(8 * len(whole)):
            whole[bit // 8] ^= 1 << bit % 8
            head, tail = bytes(whole[:-64]), bytes(whole[-64:])
            if _is_taken(f"{encoded(head)}.{encoded(tail)}", known):
                accepted.append((token, bit))
            if bit % SLOWLY == len(token) % SLOWLY:
                slowly += 1
                if ledger.ed25519_holds(public, head, tail):
                    accepted.append((token, bit))
            whole[bit // 8] ^= 1 << bit % 8
            flips += 1
    return Tried(flips, slowly, tuple(accepted))


def _is_taken(token: str, known: Keys) -> bool:
    try:
        verify_token(token, known)
    except (NotGenuine, CannotTell):
        return False
    return True


def tokens(folder: Path) -> list[str]:
    """Return the tokens of the made-up certificates, all different."""
    return [signed(folder, made_up(n, content=f"品种{n}", holder=f"示例公司{n}")) for n in range(CERTIFICATES)]


def _all_of(token: str, known: Keys) -> Tried:
    return flipped(token, known, range)


def all_flips(folder: Path) -> Tried:
    """Flip every bit of every certificate, on all processors."""
    made = tokens(folder)
    known = public_keys(folder)
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        return sum(pool.map(_all_of, made, [known] * len(made), chunksize=5), Tried())


if __name__ == "__main__":
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as place:
        found = all_flips(Path(place))
    seconds = time.perf_counter() - begun
    print(
        f"{CERTIFICATES} certificates: {found.flips} bits flipped, {found.slowly} of them judged by both programs, "
        f"{len(found.accepted)} accepted, {seconds:.0f} s"
    )
    sys.exit(1 if found.accepted else 0)
