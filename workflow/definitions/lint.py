"""Model checking of a process: can everything that starts also end, and may nobody do too much?

A finding carries the shortest path of actions that shows it.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from workflow.definitions.loader import AUTOMATIC, HERE, load_process
from workflow.engine.errors import DefinitionError
from workflow.engine.model import Action, Process, State

XK38 = "行政许可法 第三十八条"
# fact that pauses time -> facts that let it run again
PAUSES: Mapping[str, frozenset[str]] = {
    "suspended": frozenset({"resumed"}),
    "visit_started": frozenset({"site_visited", "rectification_ordered"}),
    "rectification_ordered": frozenset({"rectified", "resumed"}),
}
# fact that starts a clock -> facts that stop it
CLOCKS: Mapping[str, frozenset[str]] = {
    "received": frozenset({"accepted", "tolerantly_accepted", "correction_requested"}),
    "correction_requested": frozenset({"resubmitted"}),
    "accepted": frozenset({"decided"}),
    "resubmitted": frozenset({"decided"}),
    "decided": frozenset({"delivered"}),
}
# What ends everything that still runs: facts, and the clocks' own findings.
ENDING_FACTS = frozenset({"decided", "withdrawn", "forwarded"})
ENDING_FINDINGS = frozenset({"DEEMED_RENEWED", "VALIDITY_ENDED", "RESUBMISSION_LAPSED", "SUPPLEMENT_LAPSED"})
EXTENSION_PHRASES = ("期限尚未届满", "只延期一次", "由有权负责人批准", "理由已告知申请人")
FILING = "备案事项"  # a filing is confirmed by whoever receives it; nothing is accepted first and decided later
EARLY_ENDS = frozenset({"withdrawn", "terminated", "returned", "not-needed", "not-accepted", "discarded"})


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with a definition or a manual: where, which key, what, and the law it offends.

    path: the actions that lead there, shortest first.
    """

    file: str
    line: int
    key: str
    what: str
    law: str = ""
    path: tuple[str, ...] = ()

    def __str__(self) -> str:
        law = f" [{self.law}]" if self.law else ""
        path = f" (path: {' > '.join(self.path)})" if self.path else ""
        return f"{self.file}:{self.line}: {self.key}: {self.what}{law}{path}"


def lint_folder(place: Path | None = None) -> list[Finding]:
    """Return every finding of the shipped processes, or of one file."""
    files = (
        [place] if place else sorted(p for p in HERE.glob("*.yaml") if p.stem not in ("limits", "documents", "organs"))
    )
    found: list[Finding] = []
    for file in files:
        try:
            found += lint(load_process(file), file.name)
        except DefinitionError as error:
            found.append(Finding(error.file, error.line or 1, "definition", error.what))
    return found


def lint(process: Process, file: str = "") -> list[Finding]:
    """Return every finding of one process."""
    name = file or f"{process.slug}.yaml"
    checks = (_reachable, _ends, _attended, _clocks_stop, _pauses_return, _adverse, _separation, _extension, _silence)
    return [
        Finding(name, line, key, what, law, path) for check in checks for line, key, what, law, path in check(process)
    ]


Found = Iterator[tuple[int, str, str, str, tuple[str, ...]]]


def paths_from(process: Process, start: str) -> dict[str, tuple[str, ...]]:
    """Return the shortest sequence of actions from `start` to every state it can reach."""
    known: dict[str, tuple[str, ...]] = {start: ()}
    queue = deque([start])
    while queue:
        state = queue.popleft()
        for action in process.states[state].actions.values():
            if action.then not in known:
                known[action.then] = (*known[state], action.name)
                queue.append(action.then)
    return known


def _edges(process: Process) -> Iterator[tuple[State, Action]]:
    for state in process.states.values():
        for action in state.actions.values():
            yield state, action


def _reachable(process: Process) -> Found:
    known = paths_from(process, process.starts_in)
    for state in process.states.values():
        if state.name not in known:
            yield state.line, f"states.{state.name}", "no action leads to this state", "", ()


def _ends(process: Process) -> Found:
    to_here = paths_from(process, process.starts_in)
    for state in process.states.values():
        if state.ends or state.name not in to_here:
            continue
        if not any(process.states[found].ends for found in paths_from(process, state.name)):
            yield state.line, f"states.{state.name}", "the case can never end from here", "", to_here[state.name]


def _attended(process: Process) -> Found:
    to_here = paths_from(process, process.starts_in)
    for state in process.states.values():
        if state.ends:
            continue
        automatic = any(action.is_automatic for action in state.actions.values())
        if state.task is None and not automatic:
            what = "nobody has a task here and no clock runs: the case would lie forgotten"
            yield state.line, f"states.{state.name}", what, "", to_here.get(state.name, ())
        if state.task is not None:
            posts = {post for action in state.actions.values() if _is_work(state, action) for post in action.by}
            if state.task.post not in posts:
                what = f"the task is for {state.task.post}, who can do nothing here"
                yield state.line, f"states.{state.name}.task", what, "", to_here.get(state.name, ())


def _is_work(state: State, action: Action) -> bool:
    """Return True unless the action only passes the case around or urges somebody."""
    hands_on = any(work.startswith("assign-") for work in action.does)
    leaves_a_trace = (
        action.records or action.marks or action.takes or action.collects or action.decides or action.issues
    )
    return not hands_on and bool(leaves_a_trace or action.then != state.name)


def _clocks_stop(process: Process) -> Found:
    """From each action that starts a clock, no regular end is reached without an action that stops it."""
    yield from _must_meet(process, CLOCKS, "the clock started by {fact} is still running at the end", regular_only=True)


def _pauses_return(process: Process) -> Found:
    yield from _must_meet(process, PAUSES, "the pause begun by {fact} never ends", regular_only=True)


def _must_meet(process: Process, table: Mapping[str, frozenset[str]], what: str, *, regular_only: bool) -> Found:
    to_here = paths_from(process, process.starts_in)
    for state, action in _edges(process):
        stoppers = table.get(action.records)
        if stoppers is None or state.name not in to_here or (table is PAUSES and state.phase == "after"):
            continue
        escape = _escape(process, action.then, stoppers, skip_early_ends=regular_only)
        if escape is not None:
            path = (*to_here[state.name], action.name, *escape)
            key = f"states.{state.name}.actions.{action.name}"
            yield action.line, key, what.format(fact=action.records), "行政许可法 第四十二条、第四十五条", path


def _escape(process: Process, start: str, stoppers: frozenset[str], *, skip_early_ends: bool) -> tuple[str, ...] | None:
    """Return the shortest way from `start` to an end that meets none of `stoppers`, or None."""
    queue: deque[tuple[str, tuple[str, ...]]] = deque([(start, ())])
    seen = {start}
    while queue:
        state, path = queue.popleft()
        if process.states[state].ends:
            if not (skip_early_ends and state in EARLY_ENDS):
                return path
            continue
        for action in process.states[state].actions.values():
            ends_all = action.records in ENDING_FACTS or action.when in ENDING_FINDINGS
            if action.records in stoppers or ends_all or action.then in seen:
                continue
            seen.add(action.then)
            queue.append((action.then, (*path, action.name)))
    return None


def _adverse(process: Process) -> Found:
    to_here = paths_from(process, process.starts_in)
    for state, action in _edges(process):
        if action.decides == "refused" or action.then == "not-accepted":
            for phrase in ("已说明理由", "已告知救济途径"):
                if phrase not in action.needs:
                    key = f"states.{state.name}.actions.{action.name}.needs"
                    path = (*to_here.get(state.name, ()), action.name)
                    yield action.line, key, f"an adverse decision needs `{phrase}`", XK38, path


def _separation(process: Process) -> Found:
    """Whoever files the opinion, or accepts, does not decide."""
    apart = {frozenset(pair) for pair in process.apart}
    deciders = {
        post for _, action in _edges(process) if action.decides and FILING not in action.needs for post in action.by
    }
    others: dict[str, Action] = {}
    for _, action in _edges(process):
        if "opinion" in action.marks or action.records == "accepted":
            for post in action.by:
                others.setdefault(post, action)
    for decider in sorted(deciders - set(AUTOMATIC)):
        for post, action in others.items():
            if post in AUTOMATIC:
                continue
            if post == decider or frozenset((post, decider)) not in apart:
                what = f"one person could act as {post} ({action.name}) and decide as {decider}"
                yield action.line, "apart", what, "岗位分离制度", (action.name,)


def _extension(process: Process) -> Found:
    for state, action in _edges(process):
        if action.records == "extension_approved":
            for phrase in EXTENSION_PHRASES:
                if phrase not in action.needs:
                    key = f"states.{state.name}.actions.{action.name}.needs"
                    yield action.line, key, f"an extension needs `{phrase}`", "行政许可法 第四十二条", (action.name,)


def _silence(process: Process) -> Found:
    """Where the law acts on silence, the definition must say so."""
    to_here = paths_from(process, process.starts_in)
    for fact, finding, law in (
        ("received", "DEEMED_ACCEPTED", "行政许可法 第三十二条"),
        ("correction_requested", "RESUBMISSION_LAPSED", "本机关办理规程"),
    ):
        for state, action in _edges(process):
            if action.records != fact or state.name not in to_here:
                continue
            waiting = process.states[action.then]
            if waiting.task is None:  # nobody waits here: the system moves on in the same moment
                continue
            if not any(found.when == finding for found in waiting.actions.values()):
                path = (*to_here[state.name], action.name)
                yield waiting.line, f"states.{waiting.name}", f"nothing happens here on {finding}", law, path
