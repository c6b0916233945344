"""What a guard is: a phrase with its code, its article and its predicate, and what it may look at."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from workflow.engine.case import CaseState
from workflow.engine.commands import NOTHING_AROUND, Actor, Surroundings
from workflow.engine.errors import Reason, ReasonKind
from workflow.engine.model import Action, Terms
from workflow.engine.roles import human_of, is_kept_out


@dataclass(frozen=True, slots=True)
class Question:
    """What a guard may look at.

    people: posts of every person named in `given`, for the case's department.
    refusals: codes with which the clocks would refuse this act's fact.
    """

    case: CaseState
    action: Action
    given: Mapping[str, Any]
    terms: Terms
    actor: Actor
    now: datetime
    people: Mapping[str, frozenset[str]] = field(default_factory=dict)
    refusals: frozenset[str] = frozenset()
    around: Surroundings = NOTHING_AROUND
    humans: Mapping[str, str] = field(default_factory=dict)
    apart: tuple[tuple[str, str], ...] = ()

    def is_me(self, person: str) -> bool:
        """Return True if that account is the actor's own, or another one of the same human."""
        return self.same(person, self.actor.id)

    def same(self, one: str, other: str) -> bool:
        """Return True if two accounts are one human's."""
        return human_of(self.humans, one) == human_of(self.humans, other)

    def is_kept_out(self, person: str) -> bool:
        """Return True if a recusal of that human was upheld in the case."""
        return is_kept_out(self.case, self.humans, person)

    def mark(self, name: str) -> Mapping[str, Any] | None:
        """Return the mark of that name, or None."""
        return self.case.marks.get(name)

    def collected(self, name: str) -> Mapping[str, Mapping[str, Any]]:
        """Return what was collected under that name, by person."""
        return self.case.collected.get(name, {})

    def members(self, where: str) -> tuple[str, ...]:
        """Return the people a mark names: MARK.FIELD."""
        return members_of(self.case, where)


def members_of(case: CaseState, where: str) -> tuple[str, ...]:
    """Return the people named by a mark, written MARK.FIELD; () if there is no such mark."""
    name, _, field_name = where.partition(".")
    mark = case.marks.get(name)
    return tuple(mark["given"].get(field_name, ())) if mark else ()


Predicate = Callable[[Question], str]


@dataclass(frozen=True, slots=True)
class Guard:
    """One phrase. asks_data: it judges what is given, so it cannot be judged before anything is given."""

    phrase: str
    code: str
    law: str
    predicate: Predicate
    asks_data: bool = False
    kind: ReasonKind = "conflict"

    def judge(self, question: Question) -> Reason | None:
        """Return why not, or None."""
        text = self.predicate(question)
        return Reason(self.code, text, self.law, self.kind) if text else None


PHRASES: dict[str, Guard] = {}


# What an action can leave behind for later guards.
MARKS = frozenset(
    {
        "form-checked",
        "correction-asked",
        "visit-ordered",
        "visit-recorded",
        "visit-passed",
        "visit-failed",
        "rectification-ordered",
        "rectified",
        "opinion",
        "legal-review-asked",
        "legal-review-passed",
        "extension-asked",
        "delivered",
        "published",
        "paused",
        "tolerated",
        "supplemented",
        "third-party-told",
        "visit-waived",
        "handed-over",
        "delegated",
        "countersign-asked",
        "expert-review-notified",
        "experts-drawn",
        "expert-review-done",
        "publicity-opened",
        "publicity-done",
        "objection-open",
        "hearing-rights",
        "hearing-ordered",
        "hearing-notified",
        "hearing-held",
        "rules-checked",
        "informed",
        "declined",
        "committed",
        "verification-ordered",
        "verification-recorded",
        "verified",
        "shortfall",
        "intended",
        "heard",
        "downgraded",
        "branches-open",
        "renewal-filed",
        "fraud",
        "partly",
        "electronic-consent",
    }
)


# Under which names things are collected from several people.
COLLECTIONS = frozenset(
    {
        "expert-opinions",
        "expert-undertakings",
        "recusals",
        "recusal-requests",
        "recused",
        "recusal-rejections",
        "countersigns",
        "publicities",
        "statements",
        "branch-shortfalls",
        "service-announcements",
    }
)


def phrase(
    words: str, code: str, law: str, *, asks_data: bool = False, kind: ReasonKind = "conflict"
) -> Callable[[Predicate], Predicate]:
    """Return what puts a predicate on the list, under its phrase."""

    def register(predicate: Predicate) -> Predicate:
        PHRASES[words] = Guard(words, code, law, predicate, asks_data, kind)
        return predicate

    return register
