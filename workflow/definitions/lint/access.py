"""What is wrong with the access matrix: lines nobody can use, acts without an entry, phases in which nothing can happen."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from workflow.definitions.access import ACT, ANYONE, FILE, RELATIONS, STAFF, Line, Matrix, load
from workflow.definitions.lint.finding import Finding
from workflow.engine.errors import DefinitionError
from workflow.engine.model import Process

PARTIES = {"own": ("applicant", STAFF, ANYONE), "mandated": ("agent",)}  # relations of a party
HAS_PHASES = frozenset({"case", "material", "task"})
RULE = "默认拒绝"


def lint_access(processes: Mapping[str, Process], path: Path = FILE) -> list[Finding]:
    """Return every finding of the matrix against the processes it is used with."""
    try:
        matrix = load(path)
    except DefinitionError as error:
        return [Finding(error.file, error.line or 1, "definition", error.what)]
    edges = _edges(processes)
    found = [
        *_acts(matrix, edges),
        *(finding for line in matrix.lines for finding in (*_words(matrix, line), *_dead(matrix, line, edges))),
        *_nobodys(matrix),
        *_twice(matrix),
    ]
    return [Finding(path.name, line, key, what, RULE) for line, key, what in found]


Edges = frozenset[tuple[str, str, str]]  # action, post, phase
Found = Iterable[tuple[int, str, str]]


def _edges(processes: Mapping[str, Process]) -> Edges:
    return frozenset(
        (action.name, post, state.phase)
        for process in processes.values()
        for state in process.states.values()
        for action in state.actions.values()
        if not action.is_automatic
        for post in action.by
    )


def _acts(matrix: Matrix, edges: Edges) -> Found:
    """Every action of a process has a kind, and whoever the process lets act is let act by the matrix, there and then."""
    known = {action for action, _, _ in edges}
    for action in sorted(known - set(matrix.acts)):
        yield matrix.places.at(("acts",)), "acts", f"action {action!r} of a process has no entry"
    for action in sorted(set(matrix.acts) - known):
        yield matrix.places.at(("acts", matrix.acts[action])), "acts", f"no process has an action {action!r}"
    for action, post, phase in sorted(edges):
        kind = matrix.acts.get(action)
        lines = matrix.of("case", kind) if kind else ()
        if kind and not any(line.post == post and (not line.phases or phase in line.phases) for line in lines):
            what = f"a process lets {post} take {action!r} in phase {phase}, the matrix gives {post} no {kind!r} there"
            yield matrix.places.at(("matrix", post)), f"matrix.{post}", what


def _words(matrix: Matrix, line: Line) -> Found:
    key = f"matrix.{line.post}"
    wanted = PARTIES.get(line.whose)
    if wanted and line.post not in wanted:
        yield line.line, key, f"{line.whose!r} is a relation of {wanted[0]}, not of {line.post}"
    if line.phases and line.what not in HAS_PHASES:
        yield line.line, key, f"{line.what} has no phases"
    if line.post == "public" and line.whose != RELATIONS[-1]:
        yield line.line, key, "the public has no relation to any object"
    if line.post == "system-admin" and line.what in (*HAS_PHASES, "permit"):
        yield line.line, key, f"administrators of the system never touch a {line.what}"


def _dead(matrix: Matrix, line: Line, edges: Edges) -> Found:
    """A line is dead where no route leads to it and no process has such an act for this post in these phases."""
    asked = {target for targets in matrix.routes.values() for target in targets}
    kinds = set(matrix.acts.values())
    for may in line.may:
        if line.what != "case" or may not in kinds:
            if (line.what, may) not in asked:
                yield line.line, f"matrix.{line.post}", f"no route leads to {line.what} {may}"
            continue
        post = "applicant" if line.post == "agent" else line.post
        there = {phase for action, by, phase in edges if by == post and matrix.acts.get(action) == may}
        if not there:
            yield line.line, f"matrix.{line.post}", f"no process has an act of kind {may!r} for {line.post}"
        for phase in line.phases:
            if there and phase not in there:
                yield line.line, f"matrix.{line.post}", f"no act of kind {may!r} for {line.post} in phase {phase}"


def _nobodys(matrix: Matrix) -> Found:
    """A route that leads to what nobody may is closed for good."""
    for route, targets in matrix.routes.items():
        for what, may in targets:
            if (what, may) != ACT and not matrix.of(what, may):
                yield matrix.places.at(("routes", route)), f"routes.{route}", f"nobody may {may} {what}"


def _twice(matrix: Matrix) -> Found:
    """Two lines that say the same: removing one would change nothing."""
    said: set[tuple[object, ...]] = set()
    for line in matrix.lines:
        for may in line.may:
            for phase in line.phases or ("",):
                key = (line.post, line.whose, line.what, may, phase, line.under)
                if key in said:
                    yield line.line, f"matrix.{line.post}", f"{line.what} {may} is said twice"
                    break
                said.add(key)
