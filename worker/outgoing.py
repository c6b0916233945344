"""HTTP to others: only to addresses from the configuration, https or loopback, signed, never redirected.

The signature is HMAC-SHA256 over `timestamp.id.body`, so that a repetition is known by its id and an old call by its time.
"""

import hmac
import ipaddress
import time
from urllib.parse import urlsplit

import requests

TIMEOUT_SECONDS = (5, 15)


class AddressRefused(ValueError):
    """The configuration names an address that is not allowed; says which rule."""


class CallFailed(Exception):
    """The other side could not be reached or did not take it. status: its answer, 0 if none."""

    def __init__(self, status: int, why: str) -> None:
        self.status = status
        super().__init__(why)


def checked_url(url: str) -> str:
    """Return the address if calls may go there. Raises AddressRefused."""
    parts = urlsplit(url)
    if parts.username or parts.password:
        raise AddressRefused("an address holds no password; keep secrets in a file")
    if parts.scheme == "https" and parts.hostname:
        return url
    if parts.scheme == "http" and is_loopback(parts.hostname or ""):
        return url
    raise AddressRefused(f"{parts.scheme}://{parts.hostname}: only https, or http to this machine")


def is_loopback(host: str) -> bool:
    """Return True if that is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def signature(secret: str, timestamp: str, call_id: str, body: bytes) -> str:
    """Return what the receiving side computes anew to know that the call is ours and whole."""
    signed = f"{timestamp}.{call_id}.".encode() + body
    return hmac.digest(secret.encode(), signed, "sha256").hex()


def post(url: str, secret: str, call_id: str, body: bytes) -> int:
    """Post a signed JSON body; return the status if the other side took it (2xx). Raises CallFailed."""
    timestamp = str(int(time.time()))
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "banjian",
        "X-Banjian-Id": call_id,
        "Idempotency-Key": call_id,
        "X-Banjian-Timestamp": timestamp,
        "X-Banjian-Signature": f"sha256={signature(secret, timestamp, call_id, body)}",
    }
    try:
        answer = requests.post(
            checked_url(url), data=body, headers=headers, timeout=TIMEOUT_SECONDS, allow_redirects=False, stream=True
        )
        answer.close()
    except requests.RequestException as error:
        raise CallFailed(0, type(error).__name__) from None
    if not 200 <= answer.status_code < 300:
        raise CallFailed(answer.status_code, f"HTTP {answer.status_code}")
    return answer.status_code
