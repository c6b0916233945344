"""The per-case hash chain: canonical bytes, link, head. Standard library only.

An event's hash is SHA-256 over the canonical JSON of case_no, seq, type, at, actor, from, to, data and
prev_hash. Canonical JSON: keys sorted, no spaces, UTF-8, no NaN, no floats (a float has more than one
spelling; write numbers that matter as integers or strings).
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

GENESIS = "0" * 64
HASHED = ("case_no", "seq", "type", "at", "actor", "from", "to", "data", "prev_hash")

_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


def canonical(value: Any) -> bytes:
    """Return the one spelling of a JSON value. ValueError on NaN; TypeError on non-JSON values."""
    return _encode(value).encode()


def digest_of(value: Any) -> str:
    """Return the sha256 (hex) of a JSON value: what stands in the chain for a form or an applicant."""
    return hashlib.sha256(canonical(value)).hexdigest()


def link(event: Mapping[str, Any]) -> str:
    """Return the hash (64 hex digits) of an event that already carries its prev_hash."""
    return hashlib.sha256(canonical({key: event[key] for key in HASHED})).hexdigest()
