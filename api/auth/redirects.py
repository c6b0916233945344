"""Where to go after a form: only ever to a page of this office."""

import re
from urllib.parse import urlsplit

_PLAIN = re.compile(r"/(?![/\\])[^\x00-\x20\x7f\\]*")
_NOT_PAGES = ("/api/", "/login", "/logout", "/static/")


def safe_next(wanted: str | None, otherwise: str = "/") -> str:
    """Return the wanted address if it is a page of this site, `otherwise` if not. Never another host or scheme."""
    text = wanted or ""
    if len(text) > 500 or not _PLAIN.fullmatch(text) or text.startswith(_NOT_PAGES):
        return otherwise
    try:
        parts = urlsplit(text)
    except ValueError:
        return otherwise
    return text if not parts.scheme and not parts.netloc else otherwise
