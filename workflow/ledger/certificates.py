"""Is this certificate genuine? A program of one file that needs nothing but Python: mail it to whoever asks.

    python certificates.py CERT.pdf --keys banjian-keys.json
    python certificates.py 'https://…/verify/CODE?t=TOKEN' --keys banjian-keys.json

A certificate carries a token: payload and signature, base64url, joined by a dot. The payload is canonical JSON with the
sha256 of everything printed. Keys are published at /.well-known/banjian-keys.json and checked out of band once.
Ed25519 follows RFC 8032 (5.1.7, cofactorless; S below the order, points in their one spelling), SM2 GB/T 32918.2, SM3
GB/T 32905. Exit 0 genuine, 1 not genuine, 2 cannot tell.
"""

import argparse
import base64
import binascii
import hashlib
import json
import re
import sys
import zlib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

MARK = "banjian-certificate"
FIELDS = frozenset({"a", "c", "d", "f", "h", "k", "n", "o", "s", "t", "u", "v", "w"})
# What the letters of a payload mean, and which value of the certificate's content each repeats.
PRINTED = {
    "c": "code",
    "n": "permit_no",
    "w": "version",
    "t": "certificate",
    "h": "holder",
    "o": "organ",
    "d": "issued_on",
    "f": "valid_from",
    "u": "valid_until",
}
TOKEN = re.compile(r"[A-Za-z0-9_-]{16,4000}\.[A-Za-z0-9_-]{80,100}")


class NotGenuine(Exception):
    """The signature does not hold, or what is shown is not what was signed. `code`: FORGED or REPOINTED."""

    def __init__(self, code: str, why: str) -> None:
        self.code = code
        super().__init__(why)


class CannotTell(Exception):
    """There is nothing to verify, or no key to verify it with."""


def canonical(value: Any) -> bytes:
    """Return the one spelling of a JSON value that is signed and hashed."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def encoded(raw: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decoded(text: str) -> bytes:
    """Return the bytes of base64url in its one spelling. Raises NotGenuine."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotGenuine("FORGED", "the token is damaged") from error
    if encoded(raw) != text:
        raise NotGenuine("FORGED", "the token is not in its one spelling")
    return raw


def read_keys(published: Any) -> dict[str, dict[str, Any]]:
    """Return kid -> key of a published key file. Raises CannotTell."""
    try:
        return {str(key["kid"]): dict(key) for key in published["keys"]}
    except (TypeError, KeyError) as error:
        raise CannotTell("the key file is not one") from error


def verify_token(token: str, keys: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the payload of a token whose signature holds. Raises NotGenuine, or CannotTell for an unknown key."""
    head, dot, tail = token.partition(".")
    if not dot:
        raise NotGenuine("FORGED", "this is no token")
    raw, signature = decoded(head), decoded(tail)
    try:
        payload = json.loads(raw)
        is_spelled = isinstance(payload, dict) and canonical(payload) == raw and set(payload) == FIELDS
    except ValueError:
        is_spelled = False
    if not is_spelled or payload["v"] != 1:
        raise NotGenuine("FORGED", "the payload is not in its one spelling")
    key = keys.get(str(payload["k"]))
    if key is None:
        raise CannotTell(f"the key {str(payload['k'])[:16]} is not among those published")
    if key["alg"] != payload["a"] or not CHECKS[key["alg"]](public_of(key), raw, signature):
        raise NotGenuine("FORGED", "the signature does not belong to this payload")
    return dict(payload)


def public_of(key: Mapping[str, Any]) -> bytes:
    """Return the bytes of a published key: 32 for Ed25519, 04 x y for SM2."""
    x = decoded(key["x"])
    return x if key["alg"] == "Ed25519" else b"\x04" + x + decoded(key["y"])


def verify_content(payload: Mapping[str, Any], content: Mapping[str, Any]) -> None:
    """Raise NotGenuine unless this content is the one the payload was signed over."""
    other = [name for letter, name in PRINTED.items() if payload[letter] != content.get(name)]
    if other:
        raise NotGenuine("REPOINTED", f"signed for another certificate: {', '.join(other)} differ")
    if encoded(hashlib.sha256(canonical(content)).digest()) != payload["s"]:
        raise NotGenuine("REPOINTED", "what the certificate says is not what was signed")


def embedded(pdf: bytes) -> dict[str, Any]:
    """Return what a certificate carries as an attachment: token, content, address. Raises CannotTell."""
    for found in re.finditer(rb"stream\r?\n", pdf):
        raw = pdf[found.end() : pdf.find(b"endstream", found.end())]
        try:
            text = zlib.decompressobj().decompress(raw, 1 << 20)
        except zlib.error:
            text = raw
        if text[:1] == b"{" and MARK.encode() in text:
            try:
                carried = json.loads(text.strip())
            except ValueError:
                continue
            if isinstance(carried, dict) and carried.get("kind") == MARK:
                return carried
    raise CannotTell("no certificate data is embedded in this file")


# -- Ed25519 (RFC 8032) ------------------------------------------------------------------------------------------------

_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_SQRT = pow(2, (_P - 1) // 4, _P)
Point = tuple[int, int, int, int]


def _add(p: Point, q: Point) -> Point:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % _P, (p[1] + p[0]) * (q[1] + q[0]) % _P
    c, d = 2 * p[3] * q[3] * _D % _P, 2 * p[2] * q[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _times(n: int, p: Point) -> Point:
    found: Point = (0, 1, 1, 0)
    while n:
        if n & 1:
            found = _add(found, p)
        p, n = _add(p, p), n >> 1
    return found


def _recover(y: int, sign: int) -> int | None:
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _SQRT % _P
    if (x * x - square) % _P or (x == 0 and sign):
        return None
    return _P - x if x & 1 != sign else x


def _point(raw: bytes) -> Point | None:
    y = int.from_bytes(raw, "little")
    x = _recover(y & (2**255 - 1), y >> 255)
    y &= 2**255 - 1
    return None if x is None else (x, y, 1, x * y % _P)


_BASE_Y = 4 * pow(5, _P - 2, _P) % _P
_BASE_X = _recover(_BASE_Y, 0) or 0
_BASE: Point = (_BASE_X, _BASE_Y, 1, _BASE_X * _BASE_Y % _P)


def ed25519_holds(public: bytes, message: bytes, signature: bytes) -> bool:
    """Return True if the signature is this key's over this message."""
    if len(public) != 32 or len(signature) != 64:
        return False
    a, r = _point(public), _point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= _L:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % _L
    left, right = _times(s, _BASE), _add(r, _times(h, a))
    same_x = (left[0] * right[2] - right[0] * left[2]) % _P == 0
    return same_x and (left[1] * right[2] - right[1] * left[2]) % _P == 0


# -- SM3 and SM2 (GB/T 32905, 32918) -----------------------------------------------------------------------------------

_IV = (0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E)
_M = 0xFFFFFFFF


def _rol(x: int, n: int) -> int:
    n %= 32
    return ((x << n) | (x >> (32 - n))) & _M


def sm3(message: bytes) -> bytes:
    """Return the SM3 digest."""
    padded = message + b"\x80" + bytes(-(len(message) + 9) % 64) + (8 * len(message)).to_bytes(8, "big")
    state = list(_IV)
    for at in range(0, len(padded), 64):
        w = [int.from_bytes(padded[at + 4 * i : at + 4 * i + 4], "big") for i in range(16)]
        for i in range(16, 68):
            x = w[i - 16] ^ w[i - 9] ^ _rol(w[i - 3], 15)
            w.append(x ^ _rol(x, 15) ^ _rol(x, 23) ^ _rol(w[i - 13], 7) ^ w[i - 6])
        a, b, c, d, e, f, g, h = state
        for i in range(64):
            t = 0x79CC4519 if i < 16 else 0x7A879D8A
            ss1 = _rol((_rol(a, 12) + e + _rol(t, i)) & _M, 7)
            ff = a ^ b ^ c if i < 16 else (a & b) | (a & c) | (b & c)
            gg = e ^ f ^ g if i < 16 else (e & f) | (~e & _M & g)
            tt1 = (ff + d + (ss1 ^ _rol(a, 12)) + (w[i] ^ w[i + 4])) & _M
            tt2 = (gg + h + ss1 + w[i]) & _M
            d, c, b, a = c, _rol(b, 9), a, tt1
            h, g, f, e = g, _rol(f, 19), e, tt2 ^ _rol(tt2, 9) ^ _rol(tt2, 17)
        state = [x ^ y for x, y in zip(state, (a, b, c, d, e, f, g, h), strict=True)]
    return b"".join(word.to_bytes(4, "big") for word in state)


_SP = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
_SA = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFC
_SB = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
_SN = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
_SG = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
SM2_ID = b"1234567812345678"
Affine = tuple[int, int] | None


def _sm2_add(p: Affine, q: Affine) -> Affine:
    if p is None or q is None:
        return p or q
    if p[0] == q[0] and (p[1] + q[1]) % _SP == 0:
        return None
    if p == q:
        slope = (3 * p[0] * p[0] + _SA) * pow(2 * p[1], -1, _SP) % _SP
    else:
        slope = (q[1] - p[1]) * pow(q[0] - p[0], -1, _SP) % _SP
    x = (slope * slope - p[0] - q[0]) % _SP
    return x, (slope * (p[0] - x) - p[1]) % _SP


def _sm2_times(n: int, p: Affine) -> Affine:
    found: Affine = None
    while n:
        if n & 1:
            found = _sm2_add(found, p)
        p, n = _sm2_add(p, p), n >> 1
    return found


def sm2_holds(public: bytes, message: bytes, signature: bytes) -> bool:
    """Return True if the signature (r s) is this key's (04 x y) over this message, with SM3 and the usual identity."""
    if len(public) != 65 or public[0] != 4 or len(signature) != 64:
        return False
    x, y = int.from_bytes(public[1:33], "big"), int.from_bytes(public[33:], "big")
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    on_curve = x < _SP and y < _SP and (y * y - x * x * x - _SA * x - _SB) % _SP == 0
    if not on_curve or not 0 < r < _SN or not 0 < s < _SN or (r + s) % _SN == 0:
        return False
    curve = b"".join(n.to_bytes(32, "big") for n in (_SA, _SB, *_SG, x, y))
    z = sm3((8 * len(SM2_ID)).to_bytes(2, "big") + SM2_ID + curve)
    e = int.from_bytes(sm3(z + message), "big")
    point = _sm2_add(_sm2_times(s, _SG), _sm2_times((r + s) % _SN, (x, y)))
    return point is not None and (e + point[0]) % _SN == r


CHECKS = {"Ed25519": ed25519_holds, "SM2-SM3": sm2_holds}


# -- the program -------------------------------------------------------------------------------------------------------


def verify(source: bytes | str, keys: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the payload of a genuine certificate: the bytes of a PDF, or an address or token. Raises NotGenuine, CannotTell."""
    if isinstance(source, str):
        found = TOKEN.search(source)
        if found is None:
            raise CannotTell("there is no token in this text")
        payload = verify_token(found[0], keys)
        code = re.search(r"/verify/([^/?#]+)", source)
        if code and code[1].upper() != payload["c"]:
            raise NotGenuine("REPOINTED", "the address names another certificate than the token")
        return payload
    carried = embedded(source)
    payload = verify_token(str(carried.get("token", "")), keys)
    verify_content(payload, carried.get("content") or {})
    return payload


def told(payload: Mapping[str, Any], today: date) -> str:
    """Return a genuine payload in words."""
    until = payload["u"]
    state = "已过有效期" if until and date.fromisoformat(until) < today else "在有效期内"
    return (
        f"真实：{payload['t']} {payload['n']}（第{payload['w']}版），持证人 {payload['h']}，发证机关 {payload['o']}，"
        f"有效期 {payload['f']} 至 {until or '长期'}，{state}。是否被暂扣、撤销、注销，请在发证机关网站查询。"
    )


def main(arguments: list[str] | None = None) -> int:
    """Verify what the command line names; return 0 genuine, 1 not genuine, 2 cannot tell."""
    parser = argparse.ArgumentParser(description="Verify a certificate offline.")
    parser.add_argument("source", help="a PDF, or the text of its QR code")
    parser.add_argument("--keys", required=True, type=Path, help="the published keys (banjian-keys.json)")
    given = parser.parse_args(arguments)
    try:
        keys = read_keys(json.loads(given.keys.read_text(encoding="utf-8")))
        path = Path(given.source)
        is_file = len(given.source) < 1000 and path.is_file()
        payload = verify(path.read_bytes() if is_file else given.source, keys)
    except NotGenuine as error:
        print(f"不真实（{error.code}）：{error}")  # noqa: T201  a program of its own
        return 1
    except (CannotTell, OSError, ValueError) as error:
        print(f"无法判断：{error}")  # noqa: T201
        return 2
    print(told(payload, date.today()))  # noqa: T201, DTZ011  whoever runs it asks about their own day
    return 0


if __name__ == "__main__":
    sys.exit(main())
