"""What each paper says, from wording/*.yaml: sentences with placeholders, lists, tables and due dates. Read strictly."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from workflow.definitions.strict_yaml import Lines, load_file

HERE = Path(__file__).parent / "wording"
PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_.-]*)\}")
ADDRESSEES = ("party", "named", "public", "internal")
REMEDIES = ("", "refusal", "not-accepted", "termination", "decision")
KEYS = {"to", "body", "receipt", "remedies", "remedies-if"}
STEP_KEYS = {"say", "list", "table", "due", "when", "unless", "title"}


@dataclass(frozen=True, slots=True)
class Step:
    """One piece of a paper: exactly one of say, list, table or due; left out unless `when` holds and `unless` does not."""

    say: str = ""
    list: str = ""
    table: str = ""
    due: tuple[str, ...] = ()
    when: str = ""
    unless: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Wording:
    """One kind of paper. to: the party, people the act names, the public, or nobody outside (internal).

    receipt: a part for the proof of service is printed at its foot. remedies: which text on review and suit; only
    where the fact `remedies_if` is there, if that is given.
    """

    title: str
    to: str
    body: tuple[Step, ...]
    receipt: bool
    remedies: str
    remedies_if: str
    file: str
    line: int

    def names(self) -> Iterator[str]:
        """Yield every fact the wording asks for."""
        for step in self.body:
            yield from PLACEHOLDER.findall(step.say)
            yield from (name for name in (step.when, step.unless, step.list) if name)
        if self.remedies_if:
            yield self.remedies_if

    def tables(self) -> Iterator[str]:
        """Yield every table it shows."""
        return (step.table for step in self.body if step.table)


@cache
def wordings() -> Mapping[str, Wording]:
    """Return every wording by the title of its paper. Raises DefinitionError."""
    found: dict[str, Wording] = {}
    for path in sorted(HERE.glob("*.yaml")):
        for wording in read(path):
            assert wording.title not in found, f"{wording.title} is worded twice"
            found[wording.title] = wording
    return found


def read(path: Path) -> list[Wording]:
    """Return the wordings of one file. Raises DefinitionError with file and line."""
    name = f"wording/{path.name}"
    plain, lines = load_file(path, name=name)
    return [_wording(title, entry, name, lines) for title, entry in plain.items()]


def _wording(title: str, entry: Any, file: str, lines: Lines) -> Wording:
    if not isinstance(entry, dict) or not {"to", "body"} <= set(entry) <= KEYS:
        raise lines.error((title,), f"{title}: needs to and body, may have {', '.join(sorted(KEYS - {'to', 'body'}))}")
    if entry["to"] not in ADDRESSEES:
        raise lines.error((title, "to"), f"to: one of {', '.join(ADDRESSEES)}")
    if entry.get("remedies", "") not in REMEDIES:
        raise lines.error((title, "remedies"), f"remedies: one of {', '.join(REMEDIES[1:])}")
    return Wording(
        title,
        entry["to"],
        tuple(_step(step, (title, "body", index), lines) for index, step in enumerate(entry["body"])),
        entry.get("receipt", False) is True,
        entry.get("remedies", ""),
        entry.get("remedies-if", ""),
        file,
        lines.at((title,)),
    )


def _step(step: Any, path: tuple[str | int, ...], lines: Lines) -> Step:
    if isinstance(step, str):
        return Step(say=step)
    if not isinstance(step, dict) or not set(step) <= STEP_KEYS:
        raise lines.error(path, f"a sentence, or a map of {', '.join(sorted(STEP_KEYS))}")
    if sum(key in step for key in ("say", "list", "table", "due")) != 1:
        raise lines.error(path, "needs exactly one of say, list, table, due")
    due = step.get("due", ())
    return Step(**{**step, "due": (due,) if isinstance(due, str) else tuple(due)})
