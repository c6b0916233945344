"""What a certificate says, what of it is signed, and how it is drawn as original (正本) and duplicate (副本)."""

import base64
import io
from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from typing import Any, Literal

import segno

from workflow.ledger.certificates import MARK, PRINTED, canonical, encoded
from workflow.papers.pdf import draw
from workflow.papers.signing import Signer
from workflow.papers.words import day_in_full, day_words, lines_of

Copy = Literal["original", "duplicate"]
COPIES: Mapping[Copy, str] = {"original": "正本", "duplicate": "副本"}
# Why there is a new version, by the act of the permit's life that made it.
REASONS = {"open": "首次核发", "renew": "延续", "change": "变更", "replace": "补发"}
QUIET = 4  # modules of white around a QR code
CODE_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # without I, L, O and U, which are misread
LINES_ON_ORIGINAL = 5


def code_of(event_hash: str) -> str:
    """Return the code of a certificate: 16 signs (80 bits) that follow from the event that made it."""
    number = int.from_bytes(sha256(f"{MARK}:{event_hash}".encode()).digest()[:10], "big")
    return "".join(CODE_SIGNS[number >> (5 * place) & 31] for place in reversed(range(16)))


def content_of(
    permit: Mapping[str, Any], *, code: str, version: int, act: str, on: str, organ: str, item: str, holder_id: str
) -> dict[str, Any]:
    """Return everything the certificate says. permit: what held after the act; on: the day of the act."""
    return {
        "format": 1,
        "code": code,
        "permit_no": permit["permit_no"],
        "version": version,
        "certificate": permit["certificate"],
        "item": item,
        "holder": permit["holder"],
        "holder_id": holder_id,
        "organ": organ,
        "issued_on": on,
        "valid_from": permit["valid_from"],
        "valid_until": permit["valid_until"],
        "content": lines_of(permit["content"]),
        "decision_no": permit["decision_no"],
        "reason": REASONS[act],
    }


def payload_of(content: Mapping[str, Any], signer: Signer) -> bytes:
    """Return the bytes that are signed: the printed facts in short, and the hash of all of them."""
    short = {letter: content[name] for letter, name in PRINTED.items()}
    whole = encoded(sha256(canonical(content)).digest())
    return canonical({**short, "v": 1, "s": whole, "k": signer.key_id, "a": signer.algorithm})


def token_of(payload: bytes, signature: bytes) -> str:
    """Return payload and signature as they stand in the QR code."""
    return f"{encoded(payload)}.{encoded(signature)}"


def link_of(address: str, code: str, token: str) -> str:
    """Return what the QR code says: where to ask, and enough to verify without asking."""
    return f"{address}/verify/{code}?t={token}"


def modules(link: str) -> list[list[int]]:
    """Return the QR code of a text: rows of 0 (dark) and 255 (light), the quiet zone included."""
    code = segno.make(link, error="l", micro=False)
    return [[0 if dark else 255 for dark in row] for row in code.matrix_iter(scale=1, border=QUIET)]


def qr_png(link: str) -> str:
    """Return the QR code as a data address, for pages."""
    out = io.BytesIO()
    segno.make(link, error="l", micro=False).save(out, kind="png", scale=3, border=QUIET)
    return f"data:image/png;base64,{base64.b64encode(out.getvalue()).decode()}"


def certificate_pdf(content: Mapping[str, Any], *, token: str, address: str, copy: Copy) -> bytes:
    """Return one copy of a certificate with its data embedded. Raises GlyphMissing, CannotDraw."""
    link = link_of(address, content["code"], token)
    rows = modules(link)
    carried = {"kind": MARK, "token": token, "content": content, "address": address}
    face = {
        **content,
        "copy": copy,
        "copy_name": COPIES[copy],
        "validity": validity_words(content),
        "day": day_in_full(content["issued_on"]),
        **_shown(content["content"], copy),
        "address": f"{address}/verify/{content['code']}",
    }
    qr = {"size": len(rows), "pixels": [pixel for row in rows for pixel in row]}
    return draw("certificate.typ", {"face": face, "qr": qr, "carried": carried})


def validity_words(content: Mapping[str, Any]) -> str:
    """Return 2026年9月1日至2029年8月31日."""
    until = day_words(content["valid_until"]) if content["valid_until"] else "长期"
    return f"{day_words(content['valid_from'])}至{until}"


def _shown(lines: list[str], copy: Copy) -> dict[str, Any]:
    """Return the scope as this copy shows it: what does not fit on the sheet to be hung up stands on the duplicate."""
    if copy == "duplicate" or len(lines) <= LINES_ON_ORIGINAL:
        return {"content": lines, "more": ""}
    kept = LINES_ON_ORIGINAL - 1
    return {"content": lines[:kept], "more": f"（其余{len(lines) - kept}项见副本）"}


def is_over(content: Mapping[str, Any], today: date) -> bool:
    """Return True if the last day of validity has passed."""
    return bool(content["valid_until"]) and date.fromisoformat(content["valid_until"]) < today
