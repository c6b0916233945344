"""Every paper a process issues has a wording, and the wording speaks of everything the act must state."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from workflow.definitions.documents import DOCUMENTS
from workflow.definitions.lint.finding import Finding
from workflow.engine.model import Action, Process
from workflow.papers.facts import FACTS, FAMILIES
from workflow.papers.tables import TABLES
from workflow.papers.wording import Wording, wordings

StandIns = Mapping[tuple[str, str], Collection[str]]
LAW = "行政许可法 第三十二条第二款、第三十八条"
# What a table shows of the act that issues the paper.
SHOWN_BY = {"missing": ("missing",), "draw": ("experts",)}
UNSAID = frozenset({"remedies", "public_harm"})  # printed by the remedies, or a judgement that only the record keeps


def lint_papers(processes: Iterable[Process], stand_ins: StandIns) -> list[Finding]:
    """Return every finding. stand_ins: kind of process and @grant or @refusal -> the titles that stand for it."""
    worded = wordings()
    found = list(_wordings(worded))
    seen: set[tuple[str, str, str]] = set()
    for process in processes:
        for action, title in issued(process, stand_ins):
            if (process.slug, action.name, title) not in seen:
                seen.add((process.slug, action.name, title))
                found += _of(process, action, title, worded)
    return found


def issued(process: Process, stand_ins: StandIns) -> Iterator[tuple[Action, str]]:
    """Yield every (action, title) a process may issue."""
    for state in process.states.values():
        for action in state.actions.values():
            for title in action.issues:
                titles = stand_ins.get((process.kind, title), ()) if title[0] == "@" else (title,)
                yield from ((action, one) for one in sorted(titles))


def _of(process: Process, action: Action, title: str, worded: Mapping[str, Wording]) -> Iterator[Finding]:
    file, key = f"{process.slug}.yaml", f"{action.name}.issues"
    if title not in worded:
        yield Finding(file, action.line, key, f"{title} has no wording in workflow/papers/wording", LAW)
        return
    wording = worded[title]
    said = {name.removeprefix("given.") for name in wording.names() if name.startswith("given.")}
    tables = set(wording.tables())
    said |= {name for table in tables for name in SHOWN_BY.get(table, ())}
    said |= {ask.name for ask in action.asks} if "delivery" in tables else set()
    if "fields" in tables or wording.to == "named":
        said |= {ask.name for ask in action.asks} if "fields" in tables else {"who"}
    for ask in action.asks:
        if ask.required and ask.name not in said | UNSAID:
            yield Finding(file, action.line, key, f"{title} never says {ask.name} ({ask.label})", LAW)
    if action.ask("remedies") and not wording.remedies:
        yield Finding(
            file, action.line, key, f"{title} tells nothing of review and suit", "行政许可法 第三十八条第二款"
        )


def _wordings(worded: Mapping[str, Wording]) -> Iterator[Finding]:
    for title, wording in worded.items():
        if title not in DOCUMENTS:
            yield Finding(wording.file, wording.line, title, "no such paper in documents.yaml")
        for name in wording.names():
            head, _, rest = name.partition(".")
            if name not in FACTS and not (rest and head in FAMILIES):
                yield Finding(wording.file, wording.line, title, f"nobody knows the fact {name}")
        for table in wording.tables():
            if table not in TABLES:
                yield Finding(wording.file, wording.line, title, f"there is no table {table}")
