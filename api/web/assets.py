"""The files the pages are dressed in: our own, and what frontend/build.py made of Tabler, htmx and ECharts."""

import gzip
import hashlib
import json
import logging
import mimetypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, abort, request

blp = Blueprint("assets", __name__)
HERE = Path(__file__).parent / "static"
BUILT = HERE / "built"
YEAR = 365 * 24 * 3600
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is sent. tag: of its content, so that a browser may keep it for ever."""

    body: bytes
    zipped: bytes
    kind: str
    tag: str


@cache
def built() -> dict[str, str]:
    """Return {name: file name} of what was built; {} where the pages keep to their plain stylesheet."""
    try:
        return {str(k): str(v) for k, v in json.loads((BUILT / "manifest.json").read_text(encoding="utf-8")).items()}
    except (OSError, ValueError):
        log.info("no built assets: the pages use the plain built-in stylesheet")
        return {}


@cache
def asset(name: str) -> Asset | None:
    """Return the file, built or our own, or None."""
    path = BUILT / built()[name] if name in built() else HERE / name
    if path.suffix not in (".css", ".js", ".svg") or path.parent not in (HERE, BUILT) or not path.is_file():
        return None
    body = path.read_bytes()
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Asset(body, gzip.compress(body, 9, mtime=0), kind, hashlib.sha256(body).hexdigest()[:12])


def asset_url(name: str) -> str:
    """Return the address of a file, or "" if there is none: the page does without it."""
    found = asset(name)
    return f"/assets/{found.tag}/{name}" if found else ""


@blp.get("/assets/<tag>/<name>")
def send(tag: str, name: str) -> Response:
    """Send a file, packed where the browser takes that; kept for a year, as its address changes with its content."""
    found = asset(name)
    if found is None:
        abort(404)
    packed = "gzip" in request.accept_encodings
    response = Response(found.zipped if packed else found.body, mimetype=found.kind)
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    is_newest = tag == found.tag
    response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable" if is_newest else "no-cache"
    return response
