"""What someone asks for, and what the engine may know while it decides."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from workflow.engine.calendar import WorkingCalendar


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. `posts` are the posts this person holds for the case's department, today.

    owns: True if this person is the case's applicant (or acts under a valid mandate).
    """

    id: str
    name: str
    posts: frozenset[str] = frozenset()
    owns: bool = False


CLOCK = Actor(id="clock", name="时限", posts=frozenset({"clock"}))
SYSTEM = Actor(id="system", name="系统", posts=frozenset({"system"}))


@dataclass(frozen=True, slots=True)
class Act:
    """Take `action` with `data`; `opinion` is the officer's words for the record."""

    action: str
    data: Mapping[str, Any] = field(default_factory=dict)
    opinion: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """Everything from outside: the moment (aware, Asia/Shanghai), the calendar, who acts.

    people: posts, for the case's department, of each person the command's data names.
    """

    now: datetime
    calendar: WorkingCalendar
    actor: Actor
    people: Mapping[str, frozenset[str]] = field(default_factory=dict)
