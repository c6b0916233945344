"""CaseState: what a case is after its events, and the fold that makes it so.

The fold reads only events, never definitions, so that a stranger can repeat it (workflow.ledger.verify).
Everything an action changed is written in the event itself, under data.effects.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from workflow.ledger.chain import GENESIS

Event = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CaseState:
    """A case after `seq` events. Its JSON is the snapshot on the case row.

    facts: legal facts for the clocks, in order.  marks: what later steps may rely on, each with by, post,
    at, seq and the data given.  people: person id -> posts that person acted under (duty to keep apart).
    used: action -> how often.  materials: material code -> its latest supply.  fired: clock findings
    already acted on, as CODE@date.  alerts: each cites the seq of its event.  outcome: granted | refused | "" while undecided.
    collected: name -> person -> what that person gave (opinions, signatures).  branches: key -> case_no, state, outcome.
    permit: of the life of a permit, what holds now.
    """

    case_no: str
    item_code: str = ""
    process: str = ""
    process_digest: str = ""
    terms_digest: str = ""
    owner: str = ""
    state: str = ""
    seq: int = 0
    head: str = GENESIS
    facts: tuple[Mapping[str, Any], ...] = ()
    marks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    people: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    used: Mapping[str, int] = field(default_factory=dict)
    materials: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    fired: tuple[str, ...] = ()
    outcome: str = ""
    alert: str = ""
    alerts: tuple[Mapping[str, Any], ...] = ()
    collected: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)
    branches: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    permit: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the snapshot as plain JSON data."""
        return {
            **{name: getattr(self, name) for name in self.__slots__},
            "facts": list(self.facts),
            "people": {person: list(posts) for person, posts in self.people.items()},
            "fired": list(self.fired),
            "alerts": list(self.alerts),
        }

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "CaseState":
        """Return the state a snapshot describes."""
        return cls(
            **{
                **plain,
                "facts": tuple(plain["facts"]),
                "people": {person: tuple(posts) for person, posts in plain["people"].items()},
                "fired": tuple(plain["fired"]),
                "alerts": tuple(plain["alerts"]),
            }
        )


_SEVERITY = {"": 0, "yellow": 1, "red": 2}


def effects_of(event: Event) -> Mapping[str, Any]:
    """Return what an event changed."""
    found: Mapping[str, Any] = event["data"].get("effects", {})
    return found


def documents_of(event: Event) -> Sequence[dict[str, Any]]:
    """Return the documents an event issues: title, and no once it is sealed."""
    found: Sequence[dict[str, Any]] = effects_of(event).get("documents", ())
    return found


def apply(case: CaseState, event: Event) -> CaseState:
    """Return the case after one more event."""
    effects = effects_of(event)
    actor = event["actor"]
    changes: dict[str, Any] = {"state": event["to"], "seq": event["seq"], "head": event["hash"]}
    for key in ("item_code", "process", "process_digest", "terms_digest", "owner", "outcome"):
        if key in effects:
            changes[key] = effects[key]
    if "fact" in effects:
        changes["facts"] = (*case.facts, effects["fact"])
    if "material" in effects:
        material = effects["material"]
        changes["materials"] = {**case.materials, material["code"]: {**material, "seq": event["seq"]}}
    if "fired" in effects:
        changes["fired"] = (*case.fired, effects["fired"])
    if "alert" in effects:
        changes["alerts"] = (*case.alerts, _alert(event, effects))
        if _SEVERITY[effects["alert"]] > _SEVERITY[case.alert]:
            changes["alert"] = effects["alert"]
    if "marks" in effects or "clears" in effects:
        changes["marks"] = _marks(case, event, effects)
    if "collects" in effects or "clears" in effects:
        changes["collected"] = _collected(case, event, effects)
    if "branches" in effects:
        changes["branches"] = {
            **case.branches,
            **{key: {**case.branches.get(key, {}), **branch} for key, branch in effects["branches"].items()},
        }
    if "permit" in effects:
        changes["permit"] = {**case.permit, **effects["permit"]}
    is_aside = effects.get("recusal", {}).get("status") == "open"  # to ask who should act is no part in the case
    if not is_aside and actor["post"] not in case.people.get(actor["id"], ()):
        changes["people"] = {**case.people, actor["id"]: (*case.people.get(actor["id"], ()), actor["post"])}
    changes["used"] = {**case.used, event["type"]: case.used.get(event["type"], 0) + 1}
    return replace(case, **changes)


def _alert(event: Event, effects: Mapping[str, Any]) -> dict[str, Any]:
    """Return the alert with the event that proves it."""
    finding = effects.get("finding", {})
    return {
        "level": effects["alert"],
        "code": finding.get("code", event["type"]),
        "on": finding.get("on", event["at"][:10]),
        "text": finding.get("text", ""),
        "law": effects.get("law", ""),
        "seq": event["seq"],
    }


def _marks(case: CaseState, event: Event, effects: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    gone = set(effects.get("clears", ()))
    marks = {name: mark for name, mark in case.marks.items() if name not in gone}
    for name in effects.get("marks", ()):
        marks[name] = _entry(event)
    return marks


def _entry(event: Event) -> dict[str, Any]:
    """Return who gave what, when: what a mark or a collection keeps of an event."""
    return {
        "by": event["actor"]["id"],
        "post": event["actor"]["post"],
        "at": event["at"],
        "seq": event["seq"],
        "given": {key: value for key, value in event["data"].items() if key != "effects"},
    }


def _collected(case: CaseState, event: Event, effects: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    gone = set(effects.get("clears", ()))
    collected = {name: entries for name, entries in case.collected.items() if name not in gone}
    name = effects.get("collects")
    if name:
        who = effects.get("collects_as") or event["actor"]["id"]
        collected[name] = {**collected.get(name, {}), who: _entry(event)}
    return collected


def special_procedures(case: CaseState) -> tuple[str, ...]:
    """Return the grounds of the special procedures (许可法45) that were notified and have not ended, oldest first."""
    grounds: list[str] = []
    for fact in case.facts:
        if fact["type"] == "suspended" and fact["ground"] not in grounds:
            grounds.append(fact["ground"])
        elif fact["type"] == "resumed" and grounds:
            ended = fact.get("ground") or grounds[-1]
            grounds = [ground for ground in grounds if ground != ended]
    return tuple(grounds)


def replay(case_no: str, events: Iterable[Event]) -> CaseState:
    """Return the case after all its events, from nothing."""
    case = CaseState(case_no)
    for event in events:
        case = apply(case, event)
    return case
