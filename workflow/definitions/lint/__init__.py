"""Model checking of processes: can everything that starts also end, may nobody do too much, is nothing forgotten?

A finding names file, line and law and carries the shortest path of actions that shows it.
"""

from pathlib import Path

from workflow.definitions.lint import automatic, duties, marks, people, permits, shape, staffing, timing
from workflow.definitions.lint.finding import Fault, Faults, Finding
from workflow.definitions.lint.model import Model
from workflow.definitions.loader import HERE, TABLES, build, expand
from workflow.engine.errors import DefinitionError
from workflow.engine.model import Process

__all__ = ["CHECKS", "Finding", "lint", "lint_file", "lint_folder"]

CHECKS = (
    shape.reachable,
    shape.ends,
    shape.attended,
    shape.forgotten,
    shape.one_meaning,
    timing.clocks_stop,
    timing.pauses_end,
    timing.pauses_return,
    timing.findings_arise,
    timing.somebody_hears,
    duties.duties_are_kept,
    duties.decisions_are_papers,
    people.parts_are_apart,
    people.one_hand_is_lawful,
    staffing.enough,
    marks.guards_can_hold,
    marks.asks_what_it_judges,
    marks.marks_are_read,
    marks.clears_what_is_set,
    marks.members_are_named,
    marks.judgements_fall,
    marks.answers_are_used,
    automatic.never_in_a_circle,
    automatic.never_stuck,
    permits.permits_exist,
    permits.permits_live,
)


def lint(process: Process) -> list[Finding]:
    """Return every finding of one process, wherever it came from."""
    return [_found(fault, f"{process.slug}.yaml") for fault in _faults(process)]


def lint_file(path: Path, *, parts: Path | None = None) -> list[Finding]:
    """Return every finding of one process file, each with the file it stands in: its own or that of a part.

    What cannot be read is one finding.
    """
    try:
        expanded, places = expand(path, parts=parts or HERE / "parts")
        process = build(expanded, places)
    except DefinitionError as error:
        return [Finding(error.file, error.line or 1, "definition", error.what)]
    faults = [*_faults(process), *shape.shadows(process, places.hidden)]
    return [_found(fault, places.file(tuple(fault.key.split(".")), path.name)) for fault in faults]


def lint_folder(place: Path | None = None) -> list[Finding]:
    """Return every finding of the shipped processes, of the processes of a folder, or of one file.

    What is wrong in a part is told once, with the path in the first process that shows it.
    """
    if place is not None and place.is_file():
        return lint_file(place)
    folder = place or HERE
    parts = folder / "parts"
    files = sorted(path for path in folder.glob("*.yaml") if path.stem not in TABLES)
    told: dict[tuple[str, int, str], Finding] = {}
    for path in files:
        for finding in lint_file(path, parts=parts if parts.is_dir() else None):
            told.setdefault((finding.file, finding.line, finding.what), finding)
    return list(told.values())


def _faults(process: Process) -> Faults:
    model = Model.of(process)
    for check in CHECKS:
        yield from check(model)


def _found(fault: Fault, file: str) -> Finding:
    return Finding(file, fault.line, fault.key, fault.what, fault.law, fault.path)
