"""The values a process is made of. Frozen, plain, without behaviour beyond lookup.

A Process comes from YAML (workflow.definitions.loader). Terms come from a service item
(service_catalog.terms) and are pinned to a case when it is submitted (ADR 0002).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, Literal

from workflow.ledger.chain import canonical

AskType = Literal["text", "texts", "date", "datetime", "flag", "count", "choice", "person", "people", "materials"]
Outcome = Literal["granted", "refused"]


@dataclass(frozen=True, slots=True)
class Ask:
    """One field of an action's `data`: what the person acting must or may state.

    options: for `choice`, code -> Chinese label; the single key "@grounds" means the grounds the
    item's terms allow. needs: other fields are independent; `required` fields must be present.
    """

    name: str
    label: str
    type: AskType
    required: bool = False
    options: Mapping[str, str] = field(default_factory=dict)
    least: int | None = None
    most: int | None = None  # of a date: the most days from today


@dataclass(frozen=True, slots=True)
class Task:
    """The piece of work a state opens: for which post, under which title.

    members: MARK.FIELD names a list of people given with a mark; then it is theirs together, and nobody else's.
    """

    post: str
    title: str
    members: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """One edge. `by` holds posts, or exactly ("clock",), ("system",) or ("case",): another case that asks for it.

    when: for clock actions, the clock finding that sets it off (DEEMED_ACCEPTED, ...).
    records: the legal fact the clocks read (workflow.engine.facts), or "".
    fixes: constants merged into the recorded fact, e.g. {"ground": "on-site"}.
    marks / clears: what later guards may rely on (see guards.py).
    takes: what must come with the act besides its data: the checked form, or a stored material.
    does: what the engine computes for this act (see works.py); it becomes part of the event.
    collects: the name under which what each person gives is kept, one entry a person (or a `collects_by` field).
    on_permit: what this act does to the permit of the case; "@operation" if the terms say.
    one_hand: posts that are kept apart from this one, and yet one person may hold both for this act: it is reported.
    """

    name: str
    title: str
    by: tuple[str, ...]
    then: str
    law: str
    needs: tuple[str, ...] = ()
    asks: tuple[Ask, ...] = ()
    records: str = ""
    fixes: Mapping[str, str] = field(default_factory=dict)
    when: str = ""
    issues: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    clears: tuple[str, ...] = ()
    decides: Outcome | Literal[""] = ""
    once: bool = False
    alert: Literal["", "yellow", "red"] = ""
    tells: tuple[str, ...] = ()
    takes: Literal["", "form", "material"] = ""
    does: tuple[str, ...] = ()
    collects: str = ""
    collects_by: str = ""
    on_permit: str = ""
    one_hand: tuple[str, ...] = ()
    line: int = 0

    def ask(self, name: str) -> Ask | None:
        """Return the field of that name, or None."""
        return next((ask for ask in self.asks if ask.name == name), None)

    @property
    def is_automatic(self) -> bool:
        """Return True if the clock, the system or another case takes this action, never a person."""
        return self.by in (("clock",), ("system",), ("case",))


@dataclass(frozen=True, slots=True)
class State:
    """Where a case stands. `ends` names the outcome of a terminal state ("" = not terminal).

    phase: draft | intake | review | delivery | after (what follows a grant) | ended.
    """

    name: str
    title: str
    phase: str
    actions: Mapping[str, Action]
    task: Task | None = None
    ends: str = ""
    part: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class ClockRule:
    """How a process uses one clock, for people: its Chinese name and its law."""

    id: str
    title: str
    law: str
    length: str


@dataclass(frozen=True, slots=True)
class Process:
    """One of the state machines, in one version. `digest` identifies the content (sha256 hex).

    kind: procedure (one of the eight an item runs on) | branch | permit | office (begun by the office itself).
    staff: the fewest people of the office with whom a case must be finishable, kept apart as they are.
    """

    slug: str
    title: str
    version: str
    law: str
    starts_in: str
    states: Mapping[str, State]
    clocks: Mapping[str, ClockRule]
    people: Mapping[str, str]
    apart: tuple[tuple[str, str], ...]
    digest: str
    source: str = ""
    kind: str = "procedure"
    staff: int | None = None

    def find(self, state: str, action: str) -> Action | None:
        """Return the edge `action` out of `state`, or None if this version has no such edge or state."""
        found = self.states.get(state)
        return found.actions.get(action) if found else None

    def action_names(self) -> frozenset[str]:
        """Return the names of every action anywhere in the process."""
        return frozenset(name for state in self.states.values() for name in state.actions)


@dataclass(frozen=True, slots=True)
class MaterialTerm:
    """A material of this case: `required` is already decided from the form at submission.

    supply: applicant (must be uploaded or handed in) | shared (from government data) | system.
    tolerable: the office may accept without it and wait for it (容缺受理, 承诺补交).
    """

    code: str
    name: str
    required: bool
    supply: Literal["applicant", "shared", "system"]
    tolerable: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """What this case was promised, frozen at submission: the engine needs nothing else.

    rules: the clock rules in the shape of the public contract (correction, decision, extension,
    promised, excluded, delivery, publication, ...), numbers with their unit.
    result: certificate name and validity {"certificate": str, "validity": {"n", "unit"} | None}, and "valid_until" where
    the application names the last day.
    kind: licence | filing | registration | approval | confirmation | joint | service | branch | permit.
    papers: the titles that stand for "@grant" and "@refusal" in a definition.
    special: what single process types need: auto, commitment, joint, branches, forward, experts, publicity, hearing,
    on-site, personal (field of the form -> kind of personal data). permit: the permit this case is about, {"permit_no", "operation", "valid_until", ...}, or {}.
    """

    item_code: str
    item_name: str
    item_version: str
    process: str
    process_version: str
    process_digest: str
    department: str
    rules: Mapping[str, Any]
    materials: tuple[MaterialTerm, ...]
    result: Mapping[str, Any]
    legal_review: bool = False
    kind: str = "licence"
    public_safety: bool = False
    papers: Mapping[str, str] = field(default_factory=dict)
    special: Mapping[str, Any] = field(default_factory=dict)
    permit: Mapping[str, Any] = field(default_factory=dict)
    digest: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the terms as plain JSON data, the digest included."""
        plain = {name: getattr(self, name) for name in Terms.__slots__}
        plain["materials"] = [{name: getattr(m, name) for name in MaterialTerm.__slots__} for m in self.materials]
        return plain

    def sealed(self) -> "Terms":
        """Return the terms under the digest of their content; equal terms have equal digests."""
        plain = {name: value for name, value in self.to_json().items() if name != "digest"}
        return replace(self, digest=sha256(canonical(plain)).hexdigest())

    def at(self, department: str) -> "Terms":
        """Return the same terms for another department."""
        return replace(self, department=department).sealed()

    @property
    def personal(self) -> Mapping[str, str]:
        """Return which answers of the form are personal data: field -> kind."""
        found: Mapping[str, str] = self.special.get("personal", {})
        return found

    def pinned_to(self, process: Process) -> "Terms":
        """Return the same promises under another version of their process."""
        if process.digest == self.process_digest:
            return self
        return replace(self, process_version=process.version, process_digest=process.digest).sealed()

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "Terms":
        """Return the terms that plain JSON data describes."""
        return cls(**{**plain, "materials": tuple(MaterialTerm(**m) for m in plain["materials"])})
