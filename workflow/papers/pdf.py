"""Content -> PDF by typst: fonts by path, no fonts of the machine, no time of day; equal content gives equal bytes."""

import json
import os
import re
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import justmytype_intl_cjk
import typst

from workflow.papers.html import shown

TEMPLATES = Path(__file__).parent / "templates"
FONTS = Path(justmytype_intl_cjk.__file__).parent / "fonts" / "ofl"
# Simplified Chinese first; what it lacks may be in the others. All of them are shipped, so every machine has them.
SHIPPED = (("Noto Sans SC", "notosanssc"), ("Noto Sans TC", "notosanstc"), ("Noto Sans JP", "notosansjp"))
STANDARD: Final = "a-3b"  # PDF/A: fonts embedded, every glyph there, files may be attached
_UNSHOWN = re.compile(r'the text ["`]+(.+?)["`]+ could not be displayed', re.DOTALL)


class CannotDraw(Exception):
    """The paper cannot be drawn; the message says why."""


class GlyphMissing(CannotDraw):
    """No font has a glyph for some sign. Nothing was drawn: a name is never printed as a box."""


@cache
def families() -> tuple[str, ...]:
    """Return the font families in the order they are asked: those of BANJIAN_FONT_FAMILIES, then the shipped ones."""
    own = [name.strip() for name in os.environ.get("BANJIAN_FONT_FAMILIES", "").split(",") if name.strip()]
    return (*own, *(family for family, _ in SHIPPED))


@cache
def renderer() -> str:
    """Return what draws: a paper drawn by the same renderer from the same content has the same bytes."""
    return f"typst {version('typst')}; {', '.join(families())}; {version('justmytype-intl-cjk')}"


_one_at_a_time = threading.Lock()


@cache
def _compiler(template: str) -> typst.Compiler:
    """Return the process's compiler of a template; it keeps fonts and layout between papers."""
    own = os.environ.get("BANJIAN_FONT_DIR")
    paths = [*([own] if own else []), *(str(FONTS / folder) for _, folder in SHIPPED)]
    return typst.Compiler(
        input=str(TEMPLATES / template), root=str(TEMPLATES), font_paths=paths, ignore_system_fonts=True
    )


def draw(template: str, inputs: Mapping[str, Any]) -> bytes:
    """Return the PDF of a template with these inputs. Raises GlyphMissing, CannotDraw."""
    texts = {name: json.dumps(value, ensure_ascii=False, sort_keys=True) for name, value in inputs.items()}
    texts["families"] = json.dumps(families())
    try:
        with _one_at_a_time:
            drawn = _compiler(template).compile(sys_inputs=texts, pdf_standards=STANDARD)
    except typst.TypstError as error:
        unshown = _UNSHOWN.search(str(error))
        if unshown:
            signs = " ".join(f"{sign} (U+{ord(sign):04X})" for sign in unshown[1])
            raise GlyphMissing(f"字体中没有这些字，不能出具：{signs}。请配置含有这些字的字体后重试。") from error
        raise CannotDraw(str(error).splitlines()[0][:300]) from error
    assert isinstance(drawn, bytes), "one PDF is one file"
    return drawn


def paper_pdf(content: Mapping[str, Any], id_no: str) -> bytes:
    """Return the PDF of a paper, a mark across each page if its content has one. Raises GlyphMissing, CannotDraw.

    id_no: the party's identity number.
    """
    blocks = [_resolved(block, id_no) for block in content["blocks"]]
    paper = {key: content[key] for key in ("title", "no", "organ", "dated")}
    paper["watermark"] = content.get("watermark", "")
    return draw("paper.typ", {"paper": {**paper, "blocks": blocks}})


def _resolved(block: Mapping[str, Any], id_no: str) -> dict[str, Any]:
    if "rows" not in block:
        return dict(block)
    rows: Sequence[Sequence[Any]] = block["rows"]
    return {**block, "rows": [[shown(cell, id_no) for cell in row] for row in rows]}
