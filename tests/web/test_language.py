"""The frame has its English words, all of them, and they fit."""

import re
from pathlib import Path

from api.web.i18n import HERE, english

WEB = Path(HERE).parent
SAID = re.compile(r'\b_\(\s*"((?:[^"\\]|\\.)*)"')
PLACES = re.compile(r"%\((\w+)\)s")


def test_every_word_of_the_frame_has_its_english() -> None:
    files = [*WEB.glob("templates/**/*.html"), *WEB.glob("*.py")]
    said = {text for file in files for text in SAID.findall(file.read_text(encoding="utf-8")) if text != "…"}
    assert len(said) > 300
    lacking = [text for text in sorted(said) if english().gettext(text) == text]
    assert lacking == []
    wrong = [text for text in said if set(PLACES.findall(text)) != set(PLACES.findall(english().gettext(text)))]
    assert wrong == []
