"""Does a certificate's paper say what its data say? The printed words and the QR code against what was signed."""

import io
from collections.abc import Mapping
from typing import Any

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from workflow.ledger.certificates import CannotTell, NotGenuine, embedded
from workflow.papers.certificates import link_of, modules
from workflow.papers.words import day_words

SHOWN = (("n", "证照编号"), ("h", "持证人"), ("t", "证照名称"), ("o", "发证机关"), ("c", "验证码"))


def compare(pdf: bytes, payload: Mapping[str, Any]) -> None:
    """Raise NotGenuine unless the paper prints what was signed and bears its own QR code; CannotTell if unreadable."""
    carried = embedded(pdf)
    try:
        reader = PdfReader(io.BytesIO(pdf))
        printed = _bare("".join(page.extract_text() for page in reader.pages))
        codes = [image.image for page in reader.pages for image in page.images]
    except (PyPdfError, ValueError, KeyError, OSError) as error:
        raise CannotTell(f"the file cannot be read: {type(error).__name__}") from error
    wanted = [(label, str(payload[letter])) for letter, label in SHOWN]
    wanted += [("有效期", day_words(payload[letter])) for letter in ("f", "u") if payload[letter]]
    other = [label for label, text in wanted if _bare(text) not in printed]
    if other:
        raise NotGenuine("REPOINTED", f"证面上印的与签名的数据不一致：{'、'.join(other)}")
    own = modules(link_of(carried["address"], payload["c"], carried["token"]))
    if len(codes) != 1 or not _is_same(codes[0], own):
        raise NotGenuine("REPOINTED", "证面上的二维码不是这个证照的")


def _is_same(image: Any, rows: list[list[int]]) -> bool:
    """Return True if a picture shows these modules, one pixel each."""
    size = len(rows)
    if image.size != (size, size):
        return False
    grey = image.convert("L").tobytes()
    return all(grey[y * size + x] == rows[y][x] for y in range(size) for x in range(size))


def _bare(text: str) -> str:
    return "".join(sign for sign in text if not sign.isspace() and sign not in "\u200b\ufeff\u00ad")
