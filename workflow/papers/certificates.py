"""What a certificate says, what of it is signed, and how it is drawn as original (正本) and duplicate (副本)."""

import base64
import io
import re
from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import sha256
from typing import Any, Literal

import segno

from workflow.ledger.certificates import MARK, PRINTED, canonical, encoded
from workflow.papers.compose import id_masked
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
# The sheet to be hung up: lines besides its frame, signs in a line, and how many a field may have to stand beside another.
ROOM, LINE, HALF = 10, 55, 18
HIDDEN_KINDS = ("id_no", "phone", "account", "email")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def code_of(event_hash: str) -> str:
    """Return the code of a certificate: 16 signs (80 bits) that follow from the event that made it."""
    number = int.from_bytes(sha256(f"{MARK}:{event_hash}".encode()).digest()[:10], "big")
    return "".join(CODE_SIGNS[number >> (5 * place) & 31] for place in reversed(range(16)))


def content_of(
    permit: Mapping[str, Any],
    *,
    code: str,
    version: int,
    act: str,
    on: str,
    organ: str,
    item: str,
    holder_id: str,
    fields: Sequence[tuple[str, str]] = (),
) -> dict[str, Any]:
    """Return everything the certificate says. permit: what held after the act; on: the day of the act.

    fields: what the item's manual wants shown besides the frame.
    """
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
        "fields": [list(field) for field in fields],
    }


def fields_of(
    shows: Sequence[Any],
    form: Mapping[str, Any],
    applicant: Mapping[str, Any],
    decision_no: str,
    kinds: Mapping[str, str],
) -> list[tuple[str, str]]:
    """Return (name, words) of what a manual wants shown; numbers of persons are masked. kinds: which answers are personal.

    What only the decision says is referred to; what nobody gave stands as a dash, so that nothing seems forgotten.
    """
    known = {
        "the-address": str(applicant.get("address") or ""),
        "the-representative": str(applicant.get("legal_representative") or "")
        or (str(applicant.get("name", "")) if applicant.get("kind") == "person" else ""),
        "the-decision": f"见{decision_no}",
    }
    found = []
    for name, sources in shows:
        said = [known[source] if source in known else _answer(source, unit, form, kinds) for source, unit in sources]
        found.append((name, "；".join(text for text in said if text) or "—"))
    return found


def _answer(source: str, unit: str, form: Mapping[str, Any], kinds: Mapping[str, str]) -> str:
    key, _, part = source.partition("/")
    value = form.get(key)
    if value in (None, "", []):
        return ""
    if part:
        number = str(value)
        return (
            ("男" if int(number[16]) % 2 else "女")
            if part == "sex"
            else day_words(f"{number[6:10]}-{number[10:12]}-{number[12:14]}")
        )
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(map(str, value))
    text = str(value)
    if kinds.get(key) in HIDDEN_KINDS:
        return id_masked(text)
    return day_words(text) if DAY.fullmatch(text) else f"{text}{unit}"


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
        **_shown(content["holder"], content["content"], content.get("fields", []), copy),
        "address": f"{address}/verify/{content['code']}",
    }
    qr = {"size": len(rows), "pixels": [pixel for row in rows for pixel in row]}
    return draw("certificate.typ", {"face": face, "qr": qr, "carried": carried})


def validity_words(content: Mapping[str, Any]) -> str:
    """Return 2026年9月1日至2029年8月31日."""
    until = day_words(content["valid_until"]) if content["valid_until"] else "长期"
    return f"{day_words(content['valid_from'])}至{until}"


def _lines(text: str) -> float:
    return -(-len(text) // LINE)


def _shown(holder: str, lines: list[str], fields: list[list[str]], copy: Copy) -> dict[str, Any]:
    """Return scope and fields as this copy shows them: what does not fit on the sheet to be hung up is on the duplicate."""
    if copy == "duplicate":
        return {"content": lines, "more": "", "fields": fields, "more_fields": ""}
    kept = LINES_ON_ORIGINAL - 1 if len(lines) > LINES_ON_ORIGINAL else len(lines)
    left = len(lines) - kept
    room = ROOM - _lines(holder) - sum(map(_lines, lines[:kept])) - (left > 0)
    fit: list[list[str]] = []
    over: list[list[str]] = []
    for field in fields:
        size = 0.5 if len(field[1]) <= HALF else _lines(field[1])
        (fit if size <= room else over).append(field)
        room -= size if size <= room else 0
    return {
        "content": lines[:kept],
        "more": f"（其余{left}项见副本）" if left else "",
        "fields": fit,
        "more_fields": f"{'、'.join(dict.fromkeys(name for name, _ in over))}见副本" if over else "",
    }


def is_over(content: Mapping[str, Any], today: date) -> bool:
    """Return True if the last day of validity has passed."""
    return bool(content["valid_until"]) and date.fromisoformat(content["valid_until"]) < today
