"""A paper for the screen: the same blocks as the PDF, as a page of its own that works without JavaScript."""

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

PAGE = """<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} {no}</title>
<link rel="stylesheet" href="{style}">
</head>
<body class="paper-page">
<main class="paper" aria-labelledby="paper-title">
{body}
</main>
</body>
</html>
"""


def html(content: Mapping[str, Any], id_no: str, *, style: str = "/static/papers.css") -> str:
    """Return the page of a paper. id_no: the party's identity number as the reader may see it; style: the style sheet."""
    body = "\n".join(DRAW[block["kind"]](block, id_no) for block in content["blocks"])
    return PAGE.format(title=escape(content["title"]), no=escape(content["no"]), body=body, style=escape(style))


def shown(cell: str | Mapping[str, str], id_no: str) -> str:
    """Return the text of a cell; a reference becomes what it refers to."""
    return cell if isinstance(cell, str) else {"id_no": id_no}[cell["ref"]]


def _heading(block: Mapping[str, Any], _: str) -> str:
    return f'<p class="organ">{escape(block["organ"])}</p>\n<h1 id="paper-title">{escape(block["title"])}</h1>'


def _para(kind: str) -> Callable[[Mapping[str, Any], str], str]:
    return lambda block, _: f'<p class="{kind}">{escape(block["text"])}</p>'


def _list(block: Mapping[str, Any], _: str) -> str:
    return "<ol>" + "".join(f"<li>{escape(item)}</li>" for item in block["items"]) + "</ol>"


def _table(block: Mapping[str, Any], id_no: str) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in block["head"])
    head = f"<thead><tr>{head}</tr></thead>" if head else ""
    return f'<div class="wide"><table>{head}<tbody>{_rows(block["rows"], id_no, pairs=not head)}</tbody></table></div>'


def _rows(rows: Sequence[Sequence[Any]], id_no: str, *, pairs: bool) -> str:
    lines = []
    for row in rows:
        cells = [escape(shown(cell, id_no)) for cell in row]
        first = f'<th scope="row">{cells[0]}</th>' if pairs else f"<td>{cells[0]}</td>"
        lines.append(f"<tr>{first}{''.join(f'<td>{cell}</td>' for cell in cells[1:])}</tr>")
    return "".join(lines)


def _signature(block: Mapping[str, Any], _: str) -> str:
    return (
        f'<div class="signature"><p>{escape(block["organ"])}</p><p class="seal">（印章）</p>'
        f"<p>{escape(block['day'])}</p></div>"
    )


def _receipt(block: Mapping[str, Any], id_no: str) -> str:
    rows = _rows(block["rows"], id_no, pairs=True)
    return f'<section class="receipt"><h2>{escape(block["title"])}</h2><table><tbody>{rows}</tbody></table></section>'


DRAW: Mapping[str, Callable[[Mapping[str, Any], str], str]] = {
    "heading": _heading,
    "number": _para("number"),
    "addressee": lambda block, _: f'<p class="addressee">{escape(block["text"])}：</p>',
    "para": _para("para"),
    "label": lambda block, _: f"<h2>{escape(block['text'])}</h2>",
    "note": _para("note"),
    "list": _list,
    "table": _table,
    "signature": _signature,
    "receipt": _receipt,
}
