"""Why the engine says no.

    BanjianError
    ├── DefinitionError      a process file or manual is wrong: file, line, what to do
    ├── FactsError           facts given to the clock are not facts: which field, what to do
    └── (refusals are values, not exceptions: see Refused)

A refusal is an answer, not an accident, so decide() returns it. Exceptions are kept for input that
has no meaning at all.
"""

from dataclasses import dataclass
from typing import Literal

ReasonKind = Literal["forbidden", "conflict", "invalid", "missing"]


class BanjianError(Exception):
    """The root of every error this project raises on purpose."""


class DefinitionError(BanjianError):
    """A definition file was refused; the message starts with file:line."""

    def __init__(self, file: str, line: int | None, what: str) -> None:
        self.file, self.line, self.what = file, line, what
        place = f"{file}:{line}" if line is not None else file
        super().__init__(f"{place}: {what}")


class FactsError(BanjianError):
    """Facts handed to the clock could not be read; `field` is a path such as events[2].at."""

    def __init__(self, field: str, what: str) -> None:
        self.field, self.what = field, what
        super().__init__(f"{field}: {what}")


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason for a refusal.

    code: UPPER_SNAKE, stable, for machines.  text: Chinese, for people, says what to do.
    law: the article, or "" where the reason is technical.  field: the input field, or "".
    """

    code: str
    text: str
    law: str = ""
    kind: ReasonKind = "conflict"
    field: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """decide()'s answer when the act is not allowed; nothing changed. Never empty."""

    reasons: tuple[Reason, ...]

    def __post_init__(self) -> None:
        assert self.reasons, "a refusal always has a reason"

    @property
    def codes(self) -> tuple[str, ...]:
        """Return the codes of all reasons, in order."""
        return tuple(reason.code for reason in self.reasons)
