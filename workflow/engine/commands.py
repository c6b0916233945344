"""What someone asks for, and what the engine may know while it decides."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from workflow.engine.calendar import WorkingCalendar


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. `posts` are the posts this person holds for the case's department, today.

    owns: True if this person is the case's applicant, or acts under a mandate of theirs for what is asked.
    agent_of: in the second case, the applicant's account (民法典162: in the name of the one who grants).
    """

    id: str
    name: str
    posts: frozenset[str] = frozenset()
    owns: bool = False
    agent_of: str = ""


def another_case(case_no: str) -> Actor:
    """Return the actor for what one case asks of another: a joint case of its branches, a case of its permit."""
    return Actor(id=f"case:{case_no}", name=f"办件{case_no}", posts=frozenset({"case"}))


CLOCK = Actor(id="clock", name="时限", posts=frozenset({"clock"}))
SYSTEM = Actor(id="system", name="系统", posts=frozenset({"system"}))


@dataclass(frozen=True, slots=True)
class Act:
    """Take `action` with `data`; `opinion` is the officer's words for the record."""

    action: str
    data: Mapping[str, Any] = field(default_factory=dict)
    opinion: str = ""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What single actions need to know of the office; gathered only for them, recorded with what came of it.

    seed: fresh randomness (hex), so that a draw can be repeated by anyone.  experts: the library, each with id, name,
    unit, specialities.  form: the answers of the application.  registers: name -> {"as_of", "present"} for this
    applicant; one that is missing cannot be asked.  bans: {"item_code", "until", "law"} in force against the applicant.
    assignee: who holds the open task.  applicant_code: the applicant's identity number.  applicant_people: names of
    people who speak for the applicant.  documents: the numbered papers of the case, oldest first, each with no, title,
    seq, issued_at, decision (it belongs to the decision), served_on (whom it was served on).
    """

    seed: str = ""
    experts: tuple[Mapping[str, Any], ...] = ()
    form: Mapping[str, Any] = field(default_factory=dict)
    registers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    bans: tuple[Mapping[str, Any], ...] = ()
    applicant: str = ""
    assignee: str | None = None
    applicant_code: str = ""
    applicant_people: tuple[str, ...] = ()
    documents: tuple[Mapping[str, Any], ...] = ()


NOTHING_AROUND = Surroundings()


@dataclass(frozen=True, slots=True)
class Context:
    """Everything from outside: the moment (aware, Asia/Shanghai), the calendar, who acts.

    people: posts, for the case's department, of each person the command's data names.
    humans: account -> human for accounts that are not their own human; whoever compares people compares humans.
    """

    now: datetime
    calendar: WorkingCalendar
    actor: Actor
    people: Mapping[str, frozenset[str]] = field(default_factory=dict)
    around: Surroundings = NOTHING_AROUND
    humans: Mapping[str, str] = field(default_factory=dict)
