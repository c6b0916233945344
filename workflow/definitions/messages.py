"""What people are told: texts as data (messages.yaml), with a closed list of placeholders and no personal data."""

import string
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from workflow.definitions.strict_yaml import Lines, load_file
from workflow.engine.vocabulary import CLOCK_IDS

KINDS = ("legal", "courtesy", "reminder")
PLACES = frozenset({"item", "case_no", "title", "due", "due_text", "papers"})
UNITS = ("working_day", "calendar_day")


@dataclass(frozen=True, slots=True)
class MessageText:
    """What an action tells. due: the clock whose last day is named, or ""."""

    kind: str
    applicant: str
    staff: str
    due: str = ""


@dataclass(frozen=True, slots=True)
class Reminder:
    """What somebody is told so many days before a period of their own ends."""

    days: int
    unit: str
    text: str


@dataclass(frozen=True, slots=True)
class Messages:
    """The whole file. due_text: the sentence that names a last day, where there is one."""

    default: MessageText
    due_text: str
    actions: Mapping[str, MessageText]
    reminders: Mapping[str, Reminder]

    def of(self, action: str) -> MessageText:
        """Return what an action tells; every action tells something."""
        return self.actions.get(action, self.default)


@cache
def messages() -> Messages:
    """Return the texts. Raises DefinitionError with the line of what is wrong."""
    plain, lines = load_file(Path(__file__).parent / "messages.yaml", name="messages.yaml")
    default = plain["default"]
    texts = MessageText("courtesy", default["applicant"], default["staff"])
    actions = {name: _text(name, entry, texts, lines) for name, entry in plain["actions"].items()}
    reminders = {clock: _reminder(clock, entry, lines) for clock, entry in plain["reminders"].items()}
    for one in (texts, *actions.values()):
        for text in (one.applicant, one.staff):
            _check_places(text, lines)
    return Messages(texts, default["due"], actions, reminders)


def _text(name: str, entry: Any, default: MessageText, lines: Lines) -> MessageText:
    if not isinstance(entry, dict) or set(entry) - {"kind", "due", "applicant", "staff"}:
        raise lines.error(("actions", name), f"{name}: only kind, due, applicant and staff")
    if entry.get("kind") not in KINDS:
        raise lines.error(("actions", name), f"{name}: kind is one of {', '.join(KINDS)}")
    if entry.get("due", "statutory") not in CLOCK_IDS:
        raise lines.error(("actions", name), f"{name}: unknown clock {entry['due']!r}")
    return MessageText(
        entry["kind"],
        entry.get("applicant", default.applicant),
        entry.get("staff", default.staff),
        entry.get("due", ""),
    )


def _reminder(clock: str, entry: Any, lines: Lines) -> Reminder:
    path = ("reminders", clock)
    if clock not in CLOCK_IDS:
        raise lines.error(path, f"unknown clock {clock!r}")
    if not isinstance(entry, dict) or set(entry) != {"days", "unit", "text"} or entry["unit"] not in UNITS:
        raise lines.error(path, f"{clock}: exactly days, unit ({' or '.join(UNITS)}) and text")
    _check_places(entry["text"], lines)
    return Reminder(entry["days"], entry["unit"], entry["text"])


def _check_places(text: str, lines: Lines) -> None:
    unknown = {name for _, name, _, _ in string.Formatter().parse(text) if name} - PLACES
    if unknown:
        raise lines.error(("actions",), f"unknown placeholder {sorted(unknown)[0]!r}")
