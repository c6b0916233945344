"""The frame of the pages in Chinese or English; what the office writes (items, papers, reasons) stays Chinese.

The words of the frame are their own keys, in Chinese. translations/en.po holds the English ones and is read as it is,
once: no compiled file has to be kept or made.
"""

import re
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
LENGTH = re.compile("([0-9]+) ?(个工作日|个月|日|天|年)")


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


def said(text: str, **values: object) -> str:
    """Return words in the reader's language, as they are where there is no English; never marked as safe markup.

    For words that come from definitions and views; templates say _("…") to their own.
    """
    found = str(english().gettext(text)) if text and language() == "en" else text
    return found % values if values else found


def span(text: str) -> str:
    """Return a length of time (30个工作日) in the reader's language."""
    found = LENGTH.fullmatch(text or "")
    return f"{found[1]} {said(found[2]).strip()}" if found and language() == "en" else said(text)


class Frame(Domain):
    """The one domain of messages."""

    def get_translations(self) -> NullTranslations:
        """Return the translations of this request's language."""
        return english() if str(get_locale()) == "en" else NullTranslations()


def register(app: Flask) -> None:
    """Let templates say _("…")."""
    app.jinja_env.filters["said"] = said
    app.jinja_env.filters["span"] = span
    babel = Babel(app, default_locale=LANGUAGES["zh"], locale_selector=lambda: LANGUAGES[language()])
    babel.domain_instance = Frame()
