"""Personal data at rest: single values sealed with AES-256-GCM, blind indexes to find them by, commitments (ADR 0029).

A sealed text is `enc:KEY:base64url(nonce + ciphertext + tag)`; in JSON it stands as {"$sealed": text, "kind": kind}, which
no answer to a form can look like. The place (table, column, row) is authenticated with it: a value that is moved to
another row does not open. Reading accepts values from before sealing began.
"""

import base64
import binascii
import hmac
import json
import secrets
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from workflow.engine.errors import BanjianError
from workflow.ledger.chain import canonical, digest_of
from workflow.store import keys

MARK = "enc:"
FIELD = "$sealed"
KIND = "kind"
NONCE_BYTES = 12
SALT_BYTES = 32
# Kinds of personal data, as manuals and masks name them (law.md §7.9; 个人信息保护法28).
KINDS = {
    "id_no": "证件号码",
    "phone": "电话",
    "account": "银行账号",
    "address": "住址",
    "email": "电子邮箱",
    "name": "姓名",
    "people": "人员名单",
    "sensitive": "敏感个人信息",
}


class CannotOpen(BanjianError):
    """A sealed value does not open: its key is gone, or it was changed or moved. Says where, never what."""


@lru_cache(maxsize=64)
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(key)


def is_sealed(value: Any) -> bool:
    """Return True for a sealed text."""
    return isinstance(value, str) and value.startswith(MARK)


def seal(value: str, place: str = "") -> str:
    """Return the value sealed for one place, such as "permits.holder_id_no/PERMIT_NO"; "" stays as it is."""
    if not value:
        return value
    ring = keys.held().ring()
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = _cipher(ring.keys[ring.current]).encrypt(nonce, value.encode(), place.encode())
    return f"{MARK}{ring.current}:{base64.urlsafe_b64encode(nonce + sealed).decode()}"


def opened(value: str, place: str = "") -> str:
    """Return what was sealed for that place; a text that is not sealed as it is. Raises CannotOpen."""
    if not is_sealed(value):
        return value
    name, _, text = value[len(MARK) :].partition(":")
    held = keys.held()
    key = held.ring().keys.get(name) or held.ring(fresh=True).keys.get(name)
    if key is None:
        raise CannotOpen(f"{place}: sealed with key {name[:8]}, which {held.path} does not hold")
    try:
        raw = base64.urlsafe_b64decode(text)
        return _cipher(key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], place.encode()).decode()
    except (InvalidTag, ValueError, binascii.Error) as error:
        raise CannotOpen(f"{place}: the sealed value was changed or moved") from error


def key_of(value: str) -> str:
    """Return the name of the key a text is sealed with, or "" for one that is not."""
    return value[len(MARK) :].partition(":")[0] if is_sealed(value) else ""


def blind(value: str, purpose: str) -> str:
    """Return what stands in an index instead of the value: equal for equal values, nothing to compute back from."""
    return hmac.digest(keys.held().ring().index, f"{purpose}\0{value}".encode(), "sha256").hex()


def sealed_in(value: Any) -> bool:
    """Return True for a sealed value of a JSON object."""
    return isinstance(value, Mapping) and FIELD in value


def seal_fields(values: Mapping[str, Any], kinds: Mapping[str, str], place: str) -> dict[str, Any]:
    """Return the object with every value that `kinds` (key -> kind) names sealed. place: such as "cases.form/CASE_NO"."""
    return {
        key: {FIELD: seal(json.dumps(value, ensure_ascii=False), f"{place}/{key}"), KIND: kinds[key]}
        if key in kinds and value is not None
        else value
        for key, value in values.items()
    }


def open_fields(stored: Mapping[str, Any], place: str) -> dict[str, Any]:
    """Return the object with every value open. Raises CannotOpen."""
    return {key: open_field(value, f"{place}/{key}") for key, value in stored.items()}


def open_field(value: Any, place: str) -> Any:
    """Return one value of a stored object, open. Raises CannotOpen."""
    return json.loads(opened(value[FIELD], place)) if sealed_in(value) else value


def kinds_in(stored: Mapping[str, Any]) -> dict[str, str]:
    """Return which values of a stored object are personal: key -> kind."""
    return {key: value[KIND] for key, value in stored.items() if sealed_in(value)}


def new_salt() -> str:
    """Return a fresh salt, 64 hex digits; it is destroyed when the data is."""
    return secrets.token_hex(SALT_BYTES)


def commitment(salt: str, value: Any) -> str:
    """Return what stands in the chain for a value: HMAC-SHA256 under the case's salt, 64 hex digits.

    Whoever has value and salt can check it; without the salt nobody can find the value by trying. A case begun before there
    were salts has "" and keeps the bare digest it began with.
    """
    if not salt:
        return digest_of(value)
    return hmac.digest(bytes.fromhex(salt), canonical(value), "sha256").hex()
