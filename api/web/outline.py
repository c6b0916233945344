"""The short picture of a process: the main line from draft to the end, the procedures on the way below it, a case's way lit."""

import re
from collections import deque
from collections.abc import Collection, Iterator
from functools import cache
from textwrap import wrap

from markupsafe import Markup, escape

from api.web.i18n import said as _
from workflow.definitions.loader import HERE
from workflow.engine.model import Process, State

WIDTH, HEIGHT, GAP, CHARACTERS = 124, 60, 30, 8
NAME = re.compile(r"^name: (.+)$", re.M)


@cache
def part_names() -> dict[str, str]:
    """Return {part: its Chinese name}."""
    found = {}
    for path in sorted((HERE / "parts").glob("*.yaml")):
        match = NAME.search(path.read_text(encoding="utf-8"))
        if match:
            found[path.stem] = match.group(1).strip()
    return found


def main_line(process: Process) -> list[State]:
    """Return the states a case goes through if it is granted and nothing special happens."""
    came: dict[str, str] = {process.starts_in: ""}
    waiting = deque([process.starts_in])
    last = process.starts_in
    while waiting:
        name = waiting.popleft()
        if process.states[name].ends in ("granted", "closed", "completed"):
            last = name
            break
        for action in _forward(process.states[name]):
            if action not in came and action in process.states:
                came[action] = name
                waiting.append(action)
    line = []
    while last:
        line.append(process.states[last])
        last = came[last]
    return line[::-1]


def _forward(state: State) -> Iterator[str]:
    """Yield where people's own acts lead, refusals last."""
    acts = [a for a in state.actions.values() if a.then not in ("same", state.name) and not a.is_automatic]
    yield from (a.then for a in acts if a.decides != "refused")
    yield from (a.then for a in state.actions.values() if a.is_automatic and a.by != ("clock",))


def side_parts(process: Process, line: Collection[State]) -> dict[str, list[State]]:
    """Return {part: its states} of the procedures that may come on the way."""
    on_line = {state.name for state in line}
    found: dict[str, list[State]] = {}
    for state in process.states.values():
        if state.name not in on_line and not state.ends and state.part and state.phase in ("intake", "review", "after"):
            found.setdefault(state.part, []).append(state)
    return found


def outline(process: Process, *, now: str = "", done: Collection[str] = ()) -> Markup:
    """Return the short picture as inline SVG. now: the state a case is in; done: those it went through."""
    line = main_line(process)
    sides = side_parts(process, line)
    names = [(_side_name(part, states), {s.name for s in states}) for part, states in sides.items()]
    if now in process.states and process.states[now].ends and now not in {s.name for s in line}:
        names.append((process.states[now].title, {now}))
    columns = max(len(line), len(names), 1)
    width = columns * (WIDTH + GAP) - GAP + 8
    height = HEIGHT * (2 if names else 1) + (56 if names else 0) + 12
    where = process.states[now].title if now in process.states else ""
    title = _("%(process)s的办理过程", process=_(process.title)) + (
        _("，现在：%(state)s", state=_(where)) if where else ""
    )
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
        f' role="img" aria-label="{escape(title)}"><title>{escape(title)}</title>'
    ]
    for index, state in enumerate(line):
        x = 4 + index * (WIDTH + GAP)
        if index:
            out.append(f'<path class="f" d="M{x - GAP} {4 + HEIGHT // 2}h{GAP - 4}m-5 -4 5 4-5 4"/>')
        out.append(_box(state.title, x, 4, _css({state.name}, now, done)))
    if names:
        y = 4 + HEIGHT + 50
        out.append(f'<text class="n" x="4" y="{y - 12}">{escape(_("途中可能经过（按事项和情形）："))}</text>')
        for index, (name, states) in enumerate(names):
            out.append(_box(name, 4 + index * (WIDTH + GAP), y, f"{_css(states, now, done)} d"))
    return Markup("".join(out) + "</svg>")  # noqa: S704  every name is escaped


def _side_name(part: str, states: list[State]) -> str:
    if len(states) == 1:
        return states[0].title
    return "特别程序、会签、法制审核" if part == "review" else part_names().get(part, states[0].title)


def _css(states: Collection[str], now: str, done: Collection[str]) -> str:
    return "s lit-now" if now in states else "s lit-done" if set(states) & set(done) else "s"


def _lines(name: str) -> list[str]:
    """Return a name in lines that fit a box: Chinese by characters, other writing by words."""
    if not name.isascii():
        return [name[start : start + CHARACTERS] for start in range(0, len(name), CHARACTERS)][:3]
    return wrap(name, 2 * CHARACTERS)[:3]


def _box(name: str, x: int, y: int, css: str) -> str:
    lines = _lines(_(name))
    first = y + HEIGHT // 2 + 5 - (len(lines) - 1) * 8
    texts = "".join(
        f'<text x="{x + WIDTH // 2}" y="{first + number * 16}" text-anchor="middle">{escape(text)}</text>'
        for number, text in enumerate(lines)
    )
    return f'<rect class="{css}" x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="8"/>{texts}'
