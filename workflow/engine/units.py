"""Whether two organisations are one, as far as names and codes can tell."""

import re
import unicodedata

SHARED_MIN = 4  # characters that a unit and its parent have to share before one can be a part of the other
_APART = re.compile(r"[\s()（）【】\[\]·.,，。、\-—_]+")


def is_same_unit(name: str, code: str, other_name: str, other_code: str) -> bool:
    """Return True for the same unified code, the same name however it is written, or a unit and a part of it.

    A part begins with the whole name of its unit (某公司, 某公司天津分公司): better one expert too few than one too many.
    """
    if code and code.strip().upper() == other_code.strip().upper():
        return True
    one, other = _plain(name), _plain(other_name)
    if not one or not other:
        return False
    short, long = sorted((one, other), key=len)
    return one == other or (len(short) >= SHARED_MIN and long.startswith(short))


def _plain(name: str) -> str:
    return _APART.sub("", unicodedata.normalize("NFKC", name)).casefold()
