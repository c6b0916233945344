"""The processes as pages for the people who work by them: tables and a picture, made from the definitions."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from workflow.definitions.bpmn.graph import shared_actions
from workflow.definitions.diagram import mermaid
from workflow.definitions.wording import ALERTS, TIME, papers, who
from workflow.engine.model import Action, Process, State

MADE_BY = "<!-- made from the definitions by `banjian diagram --docs docs/processes`; do not edit -->"
HEAD = ("环节", "谁", "可以做什么", "前提", "出具文书", "时限变化", "之后", "依据")
INDEX = "README.md"
UNITS = {"working days": "个工作日", "working day": "个工作日", "calendar days": "日", "calendar day": "日"}
LENGTHS = {"see manual": "见事项手册", "see the order": "见整改通知书", "until the permit ends": "至证照失效"}


def pages(processes: Mapping[str, Process]) -> dict[str, str]:
    """Return {file name: text}, the same for the same definitions."""
    found = {f"{process.slug}.md": page(process) for process in processes.values()}
    return {INDEX: _index(processes.values())} | found


def write_pages(processes: Mapping[str, Process], folder: Path) -> list[str]:
    """Write the pages into a folder and take away those of processes that are gone; return the file names."""
    folder.mkdir(parents=True, exist_ok=True)
    made = pages(processes)
    for old in folder.glob("*.md"):
        if old.name not in made and old.read_text(encoding="utf-8").startswith(MADE_BY):
            old.unlink()
    for name, text in made.items():
        (folder / name).write_text(text, encoding="utf-8")
    return sorted(made)


def _index(processes: Iterable[Process]) -> str:
    rows = [
        (f"[{process.title}]({process.slug}.md)", f"`{process.slug}`", process.version, process.law)
        for process in processes
    ]
    return "\n".join([MADE_BY, "# 流程", "", *_table(("流程", "代码", "版本", "依据"), rows), ""])


def page(process: Process) -> str:
    """Return one process as Markdown."""
    shared = list(shared_actions(process))
    alike = {(state, action.name) for action, states in shared for state in states}
    states = sorted(process.states.values(), key=lambda state: bool(state.ends))
    rows = [row for state in states for row in _rows(process, state, alike)]
    anytime = [
        (_states(process, states), *_cells(process, action, process.states[states[0]])) for action, states in shared
    ]
    clocks = [(clock.title, _length(clock.length), clock.law) for clock in process.clocks.values()]
    lines = [
        MADE_BY,
        f"# {process.title}",
        "",
        f"代码 `{process.slug}`，版本 {process.version}。依据：{process.law}。",
        "",
        "## 岗位",
        "",
        f"{'、'.join(process.people.values())}。",
    ]
    if process.apart:
        lines += ["", "同一办件中不得由同一人担任："]
        lines += ["", *(f"- {who(process, [one])}与{who(process, [other])}" for one, other in process.apart)]
    lines += ["", "## 时限", "", *_table(("时限", "长度", "依据"), clocks)]
    lines += ["", "## 环节和动作", "", *_table(HEAD, rows)]
    if anytime:
        lines += ["", "## 多个环节都可以办理的", "", *_table(HEAD, anytime)]
    lines += ["", "## 流程图", "", "```mermaid", mermaid(process), "```", ""]
    return "\n".join(lines)


def tables(process: Process) -> list[tuple[str, list[tuple[str, ...]]]]:
    """Return (caption, rows under HEAD) for pages: what may be done in each state, then what may be done in several."""
    shared = list(shared_actions(process))
    alike = {(state, action.name) for action, states in shared for state in states}
    found = []
    for state in process.states.values():
        own = [a for a in state.actions.values() if (state.name, a.name) not in alike]
        if own:
            place = f"{state.title}（{state.task.title}）" if state.task else state.title
            found.append((place, [(state.title, *_cells(process, a, state)) for a in own]))
    anytime = [
        (_states(process, states), *_cells(process, action, process.states[states[0]])) for action, states in shared
    ]
    return [*found, ("多个环节都可以办理的", anytime)] if anytime else found


def _length(words: str) -> str:
    """Return the length of a clock in Chinese; words nobody translated stay as they are."""
    count, _, unit = words.partition(" ")
    if count.isdigit() and unit in UNITS:
        return f"{count}{UNITS[unit]}"
    return LENGTHS.get(words, words)


def _states(process: Process, names: Iterable[str]) -> str:
    return "、".join(dict.fromkeys(process.states[name].title for name in names))


def _rows(process: Process, state: State, alike: set[tuple[str, str]]) -> list[tuple[str, ...]]:
    """Return a row an action; the name of the state stands in the first."""
    title = f"**{state.title}**"
    if state.task:
        title += f"（{who(process, [state.task.post])}：{state.task.title}）"
    own = [action for action in state.actions.values() if (state.name, action.name) not in alike]
    if not own:
        ends = "办理结束" if state.ends else "见下表"
        return [(title, "", ends, "", "", "", "", "")]
    return [(title if index == 0 else "", *_cells(process, action, state)) for index, action in enumerate(own)]


def _cells(process: Process, action: Action, state: State) -> tuple[str, ...]:
    title = action.title
    if action.alert:
        title += f"（{ALERTS[action.alert]}）"
    then = "（不变）" if action.then == state.name else process.states[action.then].title
    return (
        who(process, action.by),
        title,
        "、".join(action.needs),
        papers(action),
        TIME.get(action.records, ""),
        then,
        action.law,
    )


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    head = list(head)
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    return lines + [f"| {' | '.join(cell.replace('|', '／') for cell in row)} |" for row in rows]
