"""The diagram as SVG, drawn from the same layout as the BPMN file."""

from xml.sax.saxutils import escape

from workflow.definitions.bpmn.graph import Graph, Node
from workflow.definitions.bpmn.layout import GLYPH, TEXT, Box, Layout

CHARACTERS = 9  # in a line of a task
STYLE = (
    "text{font:12px sans-serif;fill:#1a1a1a}.s{fill:#fff;stroke:#1a1a1a;stroke-width:1.5}.l{fill:none;stroke:#8a8a8a}"
    ".f{fill:none;stroke:#1a1a1a}.e{stroke-width:3.5}.d{stroke-dasharray:5 3}.n{font-size:11px;fill:#333}"
)


def svg(graph: Graph, layout: Layout) -> str:
    """Return the picture as an SVG document; the same text for the same layout."""
    pool = layout.pool
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{pool.width + 2}" height="{pool.height + 2}"'
        f' viewBox="-1 -1 {pool.width + 2} {pool.height + 2}" role="img" aria-label="{escape(graph.process.title)}">',
        f"<title>{escape(graph.process.title)}</title><style>{STYLE}</style>",
        '<defs><marker id="a" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        '<path d="M0 0 8 4 0 8z"/></marker></defs>',
        f'<rect x="0" y="0" width="{pool.width}" height="{pool.height}" fill="#fff"/>',
        _rectangle(pool, "l"),
        _upright(graph.process.title, Box(0, 0, 30, pool.height)),
    ]
    for lane, box in layout.lanes.items():
        out += [_rectangle(box, "l"), _upright(graph.lanes[lane], Box(box.x, box.y, 30, box.height))]
    # what is held by a subprocess, arrows included, is drawn over it
    for node in graph.nodes.values():
        if node.kind == "subprocess":
            out.append(_shape(node, layout.shapes[node.id]))
    for flow, points in layout.arrows.items():
        path = " ".join(f"{x},{y}" for x, y in points)
        out.append(f'<polyline class="f" id="{flow}" points="{path}" marker-end="url(#a)"/>')
    for node in graph.nodes.values():
        if node.kind != "subprocess":
            out.append(_shape(node, layout.shapes[node.id]))
    names = {**{f.id: f.name for f in graph.flows}, **{n.id: n.name for n in graph.nodes.values()}}
    for key, box in layout.names.items():
        fits = max(box.width // GLYPH, 1)
        for line, start in enumerate(range(0, len(names[key]), fits)):
            y = box.y + (line + 1) * TEXT - 4
            out.append(f'<text class="n" x="{box.x}" y="{y}">{escape(names[key][start : start + fits])}</text>')
    out.append("</svg>")
    return "\n".join(out) + "\n"


def _rectangle(box: Box, css: str, radius: int = 0) -> str:
    corners = f' rx="{radius}"' if radius else ""
    return f'<rect class="{css}" x="{box.x}" y="{box.y}" width="{box.width}" height="{box.height}"{corners}/>'


def _upright(text: str, box: Box) -> str:
    x, y = box.middle
    return f'<text x="{x}" y="{y}" text-anchor="middle" transform="rotate(-90 {x} {y})" dy="4">{escape(text)}</text>'


def _shape(node: Node, box: Box) -> str:
    x, y = box.middle
    dashed = " d" if not node.interrupts else ""
    if node.kind in ("user", "service"):
        return _rectangle(box, "s", 8) + _mark(node, box) + _wrapped(node.name, box)
    if node.kind == "subprocess":
        return _rectangle(box, "s d", 8)
    if node.kind in ("split", "join"):
        points = f"{x},{box.y} {box.right},{y} {x},{box.bottom} {box.x},{y}"
        return f'<polygon class="s" points="{points}"/><text x="{x}" y="{y + 5}" text-anchor="middle">✕</text>'
    thick = " e" if node.kind == "end" else ""
    circle = f'<circle class="s{thick}{dashed}" cx="{x}" cy="{y}" r="17"/>'
    sign = {"timer": "◷", "signal": "△", "condition": "☰"}.get(node.kind)
    if sign is None:
        return circle
    inner = f'<circle class="f{dashed}" cx="{x}" cy="{y}" r="13"/>' if node.on else ""
    return f'{circle}{inner}<text x="{x}" y="{y + 5}" text-anchor="middle">{sign}</text>'


def _mark(node: Node, box: Box) -> str:
    return f'<text class="n" x="{box.x + 5}" y="{box.y + 14}">{"☺" if node.kind == "user" else "⚙"}</text>'


def _wrapped(text: str, box: Box) -> str:
    """Return text in lines that fit into a task."""
    lines = [text[start : start + CHARACTERS] for start in range(0, len(text), CHARACTERS)]
    x, y = box.middle
    first = y + 5 - (len(lines) - 1) * TEXT // 2
    return "".join(
        f'<text x="{x}" y="{first + index * TEXT}" text-anchor="middle" textLength="{len(line) * GLYPH}">{escape(line)}</text>'
        for index, line in enumerate(lines)
    )
