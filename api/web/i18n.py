"""The frame of the pages in Chinese or English; what the office writes (items, papers, reasons) stays Chinese.

The words of the frame are their own keys, in Chinese. translations/en.po holds the English ones and is read as it is,
once: no compiled file has to be kept or made.
"""

from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, has_request_context, request
from flask_babel import Babel, Domain, get_locale

HERE = Path(__file__).parent / "translations"
LANGUAGES = {"zh": "zh_Hans_CN", "en": "en"}
COOKIE = "lang"


def language() -> str:
    """Return zh or en: what the reader chose, otherwise Chinese."""
    if not has_request_context():
        return "zh"
    chosen = request.cookies.get(COOKIE, "zh")
    return chosen if chosen in LANGUAGES else "zh"


@cache
def english() -> Translations:
    """Return the English words of the frame."""
    with (HERE / "en.po").open("rb") as file:
        catalogue = read_po(file, locale="en", charset="utf-8")
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


class Frame(Domain):
    """The one domain of messages."""

    def get_translations(self) -> NullTranslations:
        """Return the translations of this request's language."""
        return english() if str(get_locale()) == "en" else NullTranslations()


def register(app: Flask) -> None:
    """Let templates say _("…")."""
    babel = Babel(app, default_locale=LANGUAGES["zh"], locale_selector=lambda: LANGUAGES[language()])
    babel.domain_instance = Frame()
