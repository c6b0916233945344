"""Which files a command is about, and what the model check and the manuals' lint say of them."""

from collections.abc import Sequence
from pathlib import Path

from service_catalog import lint as manual_lint
from service_catalog.catalog import MANUALS
from service_catalog.model import ServiceItem
from service_catalog.terms import stand_ins
from workflow.definitions.lint import Finding, lint_file, lint_folder
from workflow.definitions.lint.access import lint_access
from workflow.definitions.loader import HERE, TABLES, load_process, processes
from workflow.engine.errors import DefinitionError
from workflow.engine.model import Process
from workflow.papers.lint import lint_papers


def check(path: Path | None) -> tuple[list[Finding], list[ServiceItem]]:
    """Return (every finding of a file or folder, or of what ships with this release; the items that could be read)."""
    if path is None:
        findings = lint_folder() + _papers()
        if any(finding.key == "definition" for finding in findings):
            return findings, []  # manuals and the access matrix are judged against processes that can be read
        return _judged([*findings, *lint_access(processes())], (MANUALS,))
    files = [path] if path.is_file() else sorted(one for one in path.glob("*.yaml") if one.is_file())
    kinds = {file: _kind_of(file) for file in files}
    findings = [finding for file in files for finding in _in_definition(file, kinds[file])]
    manuals = [file for file in files if kinds[file] == "item"]
    return _judged(findings, manuals) if manuals else (findings, [])


def _papers(file: Path | None = None, parts: Path | None = None) -> list[Finding]:
    """Return what is wrong with the papers our processes issue, or one process file does. An unreadable one is reported elsewhere."""
    try:
        found = processes().values() if file is None else [load_process(file, parts=parts)]
    except DefinitionError:
        return []
    return lint_papers(found, stand_ins())


def _judged(findings: list[Finding], manuals: Sequence[Path]) -> tuple[list[Finding], list[ServiceItem]]:
    items, unreadable = manual_lint.read(*manuals)
    try:
        return findings + unreadable + manual_lint.judge(items), items
    except DefinitionError as error:  # our own processes, against which manuals are judged
        return [*findings, *unreadable, Finding(error.file, error.line or 1, "definition", error.what)], items


def _kind_of(file: Path) -> str:
    """Return process, part, item or table: told apart by their keys. What cannot be told counts as a manual."""
    if file.stem in TABLES:
        return "table"
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    keys = {line.partition(":")[0] for line in lines}
    return next((kind for kind in ("item", "process", "part") if kind in keys), "item")


def _in_definition(file: Path, kind: str) -> list[Finding]:
    """Return the findings of a process file; of a part, what is found in it by the processes beside it that use it."""
    if kind == "part":
        return [finding for finding in lint_folder(file.parent.parent) if finding.file == f"parts/{file.name}"]
    if kind != "process":
        return []
    parts = file.parent / "parts"
    known = parts if parts.is_dir() else None
    return lint_file(file, parts=known) + _papers(file, known or HERE / "parts")


def processes_in(folder: Path) -> list[Process]:
    """Return the processes of a folder, with its own parts if it has any. Raises DefinitionError."""
    parts = folder / "parts" if (folder / "parts").is_dir() else HERE / "parts"
    files = [file for file in sorted(folder.glob("*.yaml")) if file.is_file() and _kind_of(file) == "process"]
    return [load_process(file, parts=parts) for file in files]
