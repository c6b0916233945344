"""What a casework function raises instead of committing. The API turns each into one problem document.

CaseworkError
├── RefusedError     the engine said no: reasons with codes and articles
├── NotFound         no such thing, or not yours: the same answer
├── StaleCase        the caller saw an older version
├── KeyReused        the idempotency key was used for another request
├── TaskTaken        somebody else has claimed the task
├── StepUpRequired   a second factor is needed first (signing)
├── FactorExists, NoFactor   a second factor is there already, or is not (factors)
└── ChangeRefused    a version may not be published, or cases may not be moved to it
"""

from typing import Any

from workflow.engine.errors import BanjianError, Refused


class CaseworkError(BanjianError):
    """Nothing was changed."""


class RefusedError(CaseworkError):
    """The engine refused; `refused.reasons` say why."""

    def __init__(self, refused: Refused) -> None:
        self.refused = refused
        super().__init__("; ".join(reason.text for reason in refused.reasons))


class NotFound(CaseworkError):
    """There is no such thing for this person."""


class StaleCase(CaseworkError):
    """The case has moved on since version `seen`."""

    def __init__(self, case_no: str, *, seen: int, now: int, last: dict[str, Any] | None = None) -> None:
        self.case_no, self.seen, self.now, self.last = case_no, seen, now, last
        super().__init__(f"{case_no}: seen version {seen}, now {now}")


class KeyReused(CaseworkError):
    """The same Idempotency-Key came with another request."""


class ChangeRefused(CaseworkError):
    """A new version, or the move of open cases to it, is refused; `lines` say why, one reason each."""

    def __init__(self, *lines: str) -> None:
        self.lines = lines
        super().__init__("; ".join(lines))


class TaskTaken(CaseworkError):
    """The task belongs to somebody else now."""

    def __init__(self, assignee: str) -> None:
        self.assignee = assignee
        super().__init__(assignee)
