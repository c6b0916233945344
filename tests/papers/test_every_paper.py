"""Every paper every process issues, with long names, twenty conditions and rare signs: drawn, read back, inside its page."""

import io
import re
from collections.abc import Mapping
from typing import Any

import pytest
from pypdf import PageObject, PdfReader

from service_catalog.terms import stand_ins
from tests.papers.issuing import CONDITIONS, NAME, every_paper
from workflow.definitions.documents import DOCUMENTS
from workflow.definitions.loader import processes
from workflow.papers.compose import compose
from workflow.papers.html import html
from workflow.papers.lint import issued
from workflow.papers.pdf import GlyphMissing, paper_pdf
from workflow.papers.wording import wordings

ID_NO = "91120116MA05X2EX70"
PAGE = (595.3, 841.9)
FOOTER = re.compile(r"—\d+—")


def bare(text: str) -> str:
    """Return a text without white space and without invisible signs: how lines were broken does not matter."""
    return "".join(sign for sign in text if not sign.isspace() and sign not in "\u200b\ufeff\u00ad")


def read_back(pdf: bytes) -> tuple[str, list[tuple[float, float]]]:
    """Return (all text of a PDF, where each piece of it begins)."""
    places: list[tuple[float, float]] = []

    def note(text: str, cm: list[float], tm: list[float], *_: Any) -> None:
        if text.strip():
            places.append((cm[0] * tm[4] + cm[2] * tm[5] + cm[4], cm[1] * tm[4] + cm[3] * tm[5] + cm[5]))

    return "".join(page.extract_text(visitor_text=note) for page in pages_of(pdf)), places


def pages_of(pdf: bytes) -> list[PageObject]:
    """Return the pages of a PDF."""
    return list(PdfReader(io.BytesIO(pdf)).pages)


def is_there(word: str, found: str) -> bool:
    """Return True if a text is there; a long one may be torn once, where a row goes over to the next page."""
    if word in found:
        return True
    pieces = [word[at : at + 12] for at in range(0, len(word), 12)]
    return len(pieces) > 3 and sum(piece not in found for piece in pieces) <= 1


def words_of(content: Mapping[str, Any]) -> list[str]:
    """Return every text the content holds."""
    words: list[str] = []
    for block in content["blocks"]:
        words += [block[key] for key in ("text", "organ", "title", "day") if block.get(key)]
        words += block.get("items", ())
        words += [cell for row in block.get("rows", ()) for cell in row if isinstance(cell, str) and cell]
    return words


def test_every_paper_says_on_paper_and_on_the_screen_what_its_content_says() -> None:
    drawn: set[tuple[str, int]] = set()
    for paper in every_paper():
        where = f"{paper.process.slug}/{paper.event['type']}/{paper.title}"
        content = compose(paper)
        page = bare(html(content, ID_NO))
        assert [word for word in words_of(content) if bare(word) not in page] == [], where
        if (paper.title, len(content["blocks"])) in drawn:
            continue
        drawn.add((paper.title, len(content["blocks"])))
        text, places = read_back(paper_pdf(content, ID_NO))
        found = FOOTER.sub("", bare(text))
        assert [word for word in words_of(content) if not is_there(bare(word), found)] == [], where
        assert places and all(0 < x < PAGE[0] - 40 and 20 < y < PAGE[1] for x, y in places), where
        assert "{" not in found and "None" not in found, where
    wanted = {title for process in processes().values() for _, title in issued(process, stand_ins())}
    assert {title for title, _ in drawn} == wanted == set(DOCUMENTS) == set(wordings())
    assert len(NAME) > 80 and len(CONDITIONS.splitlines()) == 20


def test_the_same_content_gives_the_same_bytes() -> None:
    papers = list(every_paper())[::25]
    first = [paper_pdf(compose(paper), ID_NO) for paper in papers]
    assert first == [paper_pdf(compose(paper), ID_NO) for paper in papers]


def test_every_adverse_paper_tells_of_review_and_suit_and_gives_reasons() -> None:
    for paper in every_paper():
        wording = wordings()[paper.title]
        if paper.title.startswith("不予") and wording.to == "party" and paper.title != "不予处理决定书":
            text = " ".join(words_of(compose(paper)))
            assert "行政复议" in text and "提起诉讼" in text and "理由：经审查" in text, paper.title


def test_a_name_no_font_can_show_stops_the_paper_and_names_the_sign() -> None:
    paper = next(every_paper())
    content = compose(paper)
    content["blocks"][3] = {"kind": "para", "text": "持证人：\U000323af\U0001f9ff"}
    with pytest.raises(GlyphMissing, match=r"U\+323AF"):
        paper_pdf(content, ID_NO)
