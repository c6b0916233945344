"""The chain of what a case issued: one seal a paper, linked by hash, each under the event that issued it.

A seal says: this number, this title, this content, this file, drawn by this renderer, for that event. Standard library
only, so that whoever holds the rows can repeat it.
"""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

from workflow.ledger.chain import GENESIS, canonical

SEALED = (
    "case_no",
    "n",
    "kind",
    "title",
    "no",
    "event_seq",
    "event_hash",
    "content_sha256",
    "files",
    "renderer",
    "prev_hash",
)


def seal(about: Mapping[str, Any], *, n: int, prev_hash: str) -> dict[str, Any]:
    """Return the n-th seal of a case. about: case_no, kind, title, no, event_seq, event_hash, content_sha256, files, renderer."""
    body = {**about, "n": n, "prev_hash": prev_hash}
    return {**body, "hash": hash_of(body)}


def hash_of(body: Mapping[str, Any]) -> str:
    """Return the hash (hex) of a seal that carries everything else."""
    return sha256(canonical({key: body[key] for key in SEALED})).hexdigest()


def first_broken(seals: Iterable[Mapping[str, Any]]) -> int | None:
    """Return the number of the first seal that does not follow from the one before; None if all do."""
    prev = GENESIS
    for n, body in enumerate(seals, 1):
        if body["n"] != n or body["prev_hash"] != prev or body["hash"] != hash_of(body):
            return n
        prev = body["hash"]
    return None
