"""The facts a paper may speak of, in words. A closed list: a wording that asks for another one fails its lint."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from workflow.definitions.documents import DOCUMENTS
from workflow.definitions.wording import who
from workflow.engine.asks import options_of
from workflow.engine.calendar import WorkingCalendar
from workflow.engine.case import CaseState, effects_of, special_procedures
from workflow.engine.clocks import Clock, Reading
from workflow.engine.model import Action, Ask, Process, Terms
from workflow.engine.vocabulary import GROUNDS, PERMIT_GROUNDS, PERMIT_OPERATIONS
from workflow.papers.words import day_words, law_words, length_words, lines_of, moment_words

MASKED_KEYS = ("effects",)


@dataclass(frozen=True, slots=True)
class Issued:
    """A numbered paper and everything that held when it was issued.

    before / after: the case around the event. reading: its clocks right after the event, counted by `calendar`.
    people: id -> name of everybody named. permit: what the paper's decision made of a permit, or {}.
    served: (title, number) of the papers a proof of service speaks of. department: the organ that issues.
    """

    title: str
    no: str
    event: Mapping[str, Any]
    before: CaseState
    after: CaseState
    process: Process
    terms: Terms
    reading: Reading
    calendar: WorkingCalendar
    applicant: Mapping[str, Any]
    department: str
    people: Mapping[str, str] = field(default_factory=dict)
    permit: Mapping[str, Any] = field(default_factory=dict)
    served: tuple[tuple[str, str], ...] = ()

    @property
    def action(self) -> Action | None:
        """Return the action that issued the paper, if the process still names it."""
        return self.process.find(self.event["from"], self.event["type"]) if self.event["from"] else None

    @property
    def given(self) -> Mapping[str, Any]:
        """Return what the act stated."""
        return {key: value for key, value in self.event["data"].items() if key not in MASKED_KEYS}

    def mark(self, name: str) -> Mapping[str, Any] | None:
        """Return a mark as it stands after the event, or stood before it."""
        return self.after.marks.get(name) or self.before.marks.get(name)

    def collected(self, name: str) -> Mapping[str, Mapping[str, Any]]:
        """Return what several people gave under one name."""
        return self.after.collected.get(name) or self.before.collected.get(name) or {}

    def clock(self, clock_id: str) -> Clock | None:
        """Return a clock that the paper may name: it runs, stands still, or has run out."""
        return next((c for c in reversed(self.reading.clocks) if c.id == clock_id), None)


def fact(issued: Issued, name: str) -> str | list[str]:
    """Return one fact in words; "" where there is none. KeyError for a name nobody knows."""
    head, _, rest = name.partition(".")
    if rest and head in FAMILIES:
        return FAMILIES[head](issued, rest)
    return FACTS[name](issued)


def spoken(issued: Issued, ask: Ask | None, value: Any) -> str | list[str]:
    """Return something that was stated, in words: choices by their label, people by their name, days as days."""
    if value is None:
        return ""
    if ask is None:
        return lines_of(value) if isinstance(value, list) else str(value)
    match ask.type:
        case "choice":
            return str(options_of(ask, issued.terms).get(value) or _any_label(value))
        case "date":
            return day_words(value)
        case "datetime":
            return moment_words(value)
        case "flag":
            return "是" if value else "否"
        case "person":
            return str(issued.people.get(value, value))
        case "people":
            return [issued.people.get(person, person) for person in value]
        case "materials":
            return [f"{entry['material']}：{entry['what']}" for entry in value]
        case "texts":
            return list(value)
    return str(value)


def _any_label(value: Any) -> str:
    grounds = (GROUNDS, *PERMIT_GROUNDS.values())
    return next((labels[value] for labels in grounds if value in labels), str(value))


def ask_of(issued: Issued, name: str) -> Ask | None:
    """Return the question the act answered under that name."""
    return issued.action.ask(name) if issued.action else None


def asks_of_mark(issued: Issued, mark: str) -> list[Ask]:
    """Return the questions of the actions that leave a mark, in their order."""
    actions = [action for state in issued.process.states.values() for action in state.actions.values()]
    return list({ask.name: ask for action in actions if mark in action.marks for ask in action.asks}.values())


def _given(issued: Issued, name: str) -> str | list[str]:
    return spoken(issued, ask_of(issued, name), issued.given.get(name))


def _of_mark(issued: Issued, path: str) -> str | list[str]:
    mark, _, name = path.partition(".")
    found = issued.mark(mark)
    if found is None:
        return ""
    ask = next((ask for ask in asks_of_mark(issued, mark) if ask.name == name), None)
    return spoken(issued, ask, found["given"].get(name))


def _due(issued: Issued, clock_id: str) -> str:
    clock = issued.clock(clock_id)
    return day_words(clock.due) if clock and clock.status in ("running", "paused", "expired") else ""


def _extended(issued: Issued, clock_id: str) -> str:
    clock = issued.clock(clock_id)
    return length_words(clock.extended_by, clock.unit) if clock and clock.extended_by else ""


def _received(issued: Issued) -> str:
    at = next((one["at"] for one in issued.after.facts if one["type"] == "received"), None)
    return day_words(at or issued.event["at"])


def _both(first: str, second: str) -> str:
    return law_words(first if not second or second in first else f"{first}；{second}")


def _law(issued: Issued) -> str:
    return str(effects_of(issued.event).get("law", ""))


def _intended(issued: Issued) -> str:
    operation = issued.terms.permit.get("operation", "")
    return PERMIT_OPERATIONS.get(operation, "撤销") + "许可"


def _pause_ground(issued: Issued) -> str:
    grounds = special_procedures(issued.after)
    return GROUNDS.get(grounds[-1], "特别程序") if grounds else "特别程序"


def _approver(issued: Issued) -> str:
    return who(issued.process, [issued.event["actor"]["post"]])


def _ban(issued: Issued) -> str:
    ban = effects_of(issued.event).get("ban")
    if not ban:
        return ""
    years = {1: "一", 3: "三"}[ban["years"]]
    return f"根据{law_words(ban['law'])}的规定，自本决定之日起{years}年内，不得再次申请该行政许可。"


def _finding(issued: Issued) -> str:
    return str(effects_of(issued.event).get("finding", {}).get("text", ""))


def _asked_for_a_person(issued: Issued) -> str:
    mark = issued.mark("form-checked")
    return "是" if mark and mark["given"].get("wants_a_person") else ""


def _drawn(issued: Issued) -> list[str]:
    return [issued.people.get(person, person) for person in issued.given.get("experts", ())]


def _you(issued: Issued) -> str:
    return "你" if issued.applicant.get("kind") == "person" else "你单位"


def _yes(is_so: bool) -> str:
    return "是" if is_so else ""


FAMILIES: Mapping[str, Callable[[Issued, str], str | list[str]]] = {
    "given": _given,
    "mark": _of_mark,
    "due": _due,
    "extended": _extended,
}
FACTS: Mapping[str, Callable[[Issued], str | list[str]]] = {
    "party": lambda i: str(i.applicant["name"]),
    "you": _you,
    "item": lambda i: i.terms.item_name,
    "granted_item": lambda i: i.terms.item_name.rpartition("：")[0] if i.terms.permit else i.terms.item_name,
    "case_no": lambda i: i.after.case_no,
    "today": lambda i: day_words(i.event["at"]),
    "moment": lambda i: moment_words(i.event["at"]),
    "received": _received,
    "accepted": lambda i: day_words(i.reading.accepted_on) if i.reading.accepted_on else day_words(i.event["at"]),
    "deemed": lambda i: _yes(i.reading.accepted_by == "deemed"),
    "act_law": lambda i: law_words(_law(i) or DOCUMENTS[i.title].law),
    "paper_law": lambda i: law_words(DOCUMENTS[i.title].law),
    "grant_law": lambda i: _both(DOCUMENTS[i.title].law, _law(i)),
    "refusal_law": lambda i: _both(DOCUMENTS[i.title].law, _law(i)),
    "action": lambda i: i.action.title if i.action else "",
    "approver_post": _approver,
    "finding": _finding,
    "by-another-case": lambda i: _yes(i.event["actor"]["post"] == "case"),
    "asked-for-a-person": _asked_for_a_person,
    "pause_ground": _pause_ground,
    "drawn": _drawn,
    "forward_to": lambda i: str(i.terms.special.get("forward", {}).get("to", "")),
    "permit_no": lambda i: str(i.permit.get("permit_no") or i.terms.permit.get("permit_no") or ""),
    "intended_operation": _intended,
    "warned": lambda i: _yes(i.event["type"] == "refuse-for-fraud"),
    "ban": _ban,
    "rights-to-others": lambda i: _yes(i.terms.kind == "licence"),
}


def as_text(value: str | list[str]) -> str:
    """Return a fact as one text, entries joined by ；."""
    return value if isinstance(value, str) else "；".join(lines_of(value))
