"""The version of a manual by the digest of what it says: comments and order of keys change nothing."""

import hashlib
from dataclasses import asdict
from datetime import date
from typing import Any

from service_catalog.model import ServiceItem
from workflow.ledger.chain import canonical

NOT_SAID = ("file", "lines")  # where it stands, not what it says


def digest_of(item: ServiceItem) -> str:
    """Return the sha256 (hex) of everything one version of a manual says."""
    plain = {name: value for name, value in asdict(item).items() if name not in NOT_SAID}
    return hashlib.sha256(canonical(_plain(plain))).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value
