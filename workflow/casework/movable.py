"""May this open case go on under another version of its process? What stands in the way, and what it changes.

Pure but for the posts of people a task names: those the caller brings. Nothing of the past may change by a move:
a case that under the new rules would have been accepted on another day, or a recorded act that they would not have
allowed, stays where it is.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from workflow.definitions.lint.model import Model
from workflow.definitions.lint.timing import can_resume, can_stop
from workflow.engine.case import CaseState
from workflow.engine.clocks import Reading, open_pauses, parse_facts, parse_rules
from workflow.engine.commands import Context
from workflow.engine.decide import read
from workflow.engine.guards import members_of, missing_materials
from workflow.engine.model import Process, State, Terms


@dataclass(frozen=True, slots=True)
class Side:
    """A case as one version sees it."""

    process: Process
    terms: Terms
    reading: Reading

    @property
    def due(self) -> dict[str, str]:
        """Return the due date of every clock that nothing has ended, also of one that is overdue."""
        return {clock.id: clock.due.isoformat() for clock in self.reading.clocks if clock.ended_on is None}


@dataclass(frozen=True, slots=True)
class Crossing:
    """One case between two versions. to: the name of its state in the new one. posts: of the people its task names."""

    case: CaseState
    old: Side
    new: Side
    model: Model
    to: str
    context: Context
    posts: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def state(self) -> State | None:
        """Return the state it would be in."""
        return self.new.process.states.get(self.to)


def side_of(process: Process, terms: Terms, case: CaseState, context: Context) -> Side:
    """Return the case as this version sees it at context.now."""
    return Side(process, terms, read(terms, case, context))


def named_by(process: Process, state: str, case: CaseState) -> tuple[str, ...]:
    """Return the people for whom the task of this state would be."""
    found = process.states.get(state)
    members = found.task.members if found and found.task else ""
    return members_of(case, members) if members else ()


def obstacles(crossing: Crossing) -> tuple[str, ...]:
    """Return every reason why the case cannot be moved, () if it can."""
    if crossing.state is None:
        return (f"there is no state {crossing.to!r} in the new version; map it to one",)
    checks = (_same_phase, _pauses, _clocks, _done_once, _members, _branches, _past, _materials)
    return tuple(reason for check in checks for reason in check(crossing))


def remarks(crossing: Crossing) -> tuple[str, ...]:
    """Return what does not stand in the way but should be known."""
    return tuple(_gone_dues(crossing))


def _same_phase(crossing: Crossing) -> Iterator[str]:
    """A move is no act: it accepts, decides and ends nothing."""
    before, after = crossing.old.process.states[crossing.case.state], crossing.state
    assert after is not None
    if before.phase != after.phase:
        yield f"it would go from {before.phase} to {after.phase}, which only an action may do"


def _pauses(crossing: Crossing) -> Iterator[str]:
    rules = parse_rules(crossing.old.terms.rules, key=crossing.old.terms.digest)
    facts = parse_facts(crossing.case.facts)
    for ground in open_pauses(rules, facts, crossing.context.calendar, crossing.context.now):
        if ground not in crossing.new.terms.rules.get("excluded", ()):
            yield f"time is paused for {ground}, which the new version does not exclude"
        elif not can_resume(crossing.model, crossing.to, ground):
            yield f"time is paused for {ground}, which the new version cannot end from {crossing.to}"


def _clocks(crossing: Crossing) -> Iterator[str]:
    for clock in crossing.old.reading.clocks:
        if clock.ended_on is not None:
            continue
        if clock.id not in crossing.new.process.clocks:
            yield f"the clock {clock.id} is open, which the new version does not know"
        elif not can_stop(crossing.model, crossing.to, clock.id):
            yield f"the clock {clock.id} is open, which the new version cannot stop from {crossing.to}"


def _done_once(crossing: Crossing) -> Iterator[str]:
    """What could be done once and was done must not become possible again under another name."""
    once = {a.name for s in crossing.old.process.states.values() for a in s.actions.values() if a.once}
    for name in sorted(once & set(crossing.case.used) - crossing.new.process.action_names()):
        yield f"{name} was done, once and for all; the new version has no such action"


def _members(crossing: Crossing) -> Iterator[str]:
    assert crossing.state is not None
    task = crossing.state.task
    if task is None or not task.members:
        return
    named = named_by(crossing.new.process, crossing.to, crossing.case)
    if not named:
        yield f"nobody is named by {task.members}, whose task {crossing.to} is"
    for person in named:
        if task.post not in crossing.posts.get(person, ()):
            yield f"{person}, named by {task.members}, does not hold the post {task.post} any more"


def _branches(crossing: Crossing) -> Iterator[str]:
    known = {branch["key"] for branch in crossing.new.terms.special.get("branches", ())}
    for key in sorted(set(crossing.case.branches) - known):
        yield f"the branch {key} was opened, which the new version does not have"


def _past(crossing: Crossing) -> Iterator[str]:
    """The law of what has happened stays what it was."""
    old, new = crossing.old.reading, crossing.new.reading
    if (old.accepted_on, old.accepted_by) != (new.accepted_on, new.accepted_by):
        yield f"its acceptance would change: {_accepted(old)}, under the new rules {_accepted(new)}"
    if old.state != new.state:
        yield f"the clocks say {old.state}, under the new rules {new.state}"
    unlawful = {f.code for f in new.findings if f.refused} - {f.code for f in old.findings if f.refused}
    if unlawful:
        yield f"what was done would not have been allowed: {', '.join(sorted(unlawful))}"


def _accepted(reading: Reading) -> str:
    return f"{reading.accepted_on} by {reading.accepted_by}" if reading.accepted_on else "not accepted"


def _materials(crossing: Crossing) -> Iterator[str]:
    """许可法32: whoever has submitted is not asked for more than was asked for then."""
    assert crossing.state is not None
    is_waiting = crossing.state.phase == "intake" or ("tolerated" in crossing.case.marks and not crossing.case.outcome)
    if not is_waiting:
        return
    before = set(missing_materials(crossing.case, crossing.old.terms))
    for name in missing_materials(crossing.case, crossing.new.terms):
        if name not in before:
            yield f"it would be asked for more: {name}"


def _gone_dues(crossing: Crossing) -> Iterator[str]:
    for clock, day in crossing.old.due.items():
        if clock not in crossing.new.due:
            yield f"the clock {clock}, due on {day}, would run no more"


def data_of(crossing: Crossing, mapping: Mapping[str, str], second: Any, because: str) -> dict[str, Any]:
    """Return what the event of a move says, its effects included."""
    return {
        "from_version": _named(crossing.old.process),
        "to_version": _named(crossing.new.process),
        "from_item_version": crossing.old.terms.item_version,
        "to_item_version": crossing.new.terms.item_version,
        "second": second,
        "because": because,
        "mapping": dict(mapping),
        "due_before": crossing.old.due,
        "due_after": crossing.new.due,
        "effects": {"process_digest": crossing.new.process.digest, "terms_digest": crossing.new.terms.digest},
    }


def _named(process: Process) -> str:
    return f"{process.version}+{process.digest[:12]}"
