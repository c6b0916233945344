"""What a check has to say: one thing wrong, where, which law it offends, and the shortest path that shows it."""

from collections.abc import Iterator
from dataclasses import dataclass


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


@dataclass(frozen=True, slots=True)
class Fault:
    """A finding that does not know its file yet."""

    line: int
    key: str
    what: str
    law: str = ""
    path: tuple[str, ...] = ()


Faults = Iterator[Fault]
