"""Pictures of a process, drawn by the server, with the way of a case lit. No script, no style in the markup."""

import re
from collections.abc import Sequence

from markupsafe import Markup, escape

from workflow.definitions.bpmn.graph import graph_of
from workflow.definitions.bpmn.layout import layout_of
from workflow.definitions.bpmn.picture import svg
from workflow.engine.model import Process

STYLE = re.compile(r"<style>.*?</style>", re.S)
_drawn: dict[str, tuple[str, dict[str, str]]] = {}
PHASES = (
    ("draft", "填写"),
    ("intake", "受理"),
    ("review", "审查"),
    ("delivery", "送达"),
    ("after", "事后核查"),
    ("ended", "办结"),
)


def _plain(process: Process) -> tuple[str, dict[str, str]]:
    """Return (the picture without its style, {state: its task as drawn}); kept, since it is the same for a version."""
    if process.digest not in _drawn:
        if len(_drawn) > 200:
            _drawn.clear()
        graph = graph_of(process)
        layout = layout_of(graph)
        boxes = {
            node.slug: f'x="{layout.shapes[node.id].x}" y="{layout.shapes[node.id].y}"'
            for node in graph.nodes.values()
            if node.id == f"Task_{node.slug}"
        }
        _drawn[process.digest] = STYLE.sub("", svg(graph, layout)), boxes
    return _drawn[process.digest]


def _lit(process: Process, now: str, done: Sequence[str]) -> str:
    text, boxes = _plain(process)
    for state in (*done, now):
        css = "lit-now" if state == now else "lit-done"
        if state in boxes:
            text = text.replace(f'<rect class="s" {boxes[state]}', f'<rect class="s {css}" {boxes[state]}')
    return text


def picture(process: Process, *, now: str = "", done: Sequence[str] = ()) -> Markup:
    """Return the picture as inline SVG. now: the state a case is in; done: those it went through."""
    text, _ = _plain(process)
    if now or done:
        text = _lit(process, now, tuple(done))
    where = process.states[now].title if now in process.states else ""
    if where:
        text = text.replace("</title>", f"：{escape(where)}</title>", 1)
    return Markup(text)  # noqa: S704  made by our own drawing, which escapes every name


def progress(process: Process, state: str) -> list[tuple[str, str]]:
    """Return (name, done | now | later) of the phases a case of this process goes through."""
    used = {one.phase for one in process.states.values()}
    order = [(key, name) for key, name in PHASES if key in used]
    at = [key for key, _ in order].index(process.states[state].phase)
    return [
        (name, "done" if index < at else "now" if index == at else "later") for index, (_, name) in enumerate(order)
    ]
