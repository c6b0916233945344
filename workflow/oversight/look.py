"""One case as those see it who oversee it: its events, its clocks, and where it stood for how long."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from workflow.engine.calendar import WorkingCalendar
from workflow.engine.case import CaseState, effects_of
from workflow.engine.clocks import Reading
from workflow.engine.dates import day_in_shanghai
from workflow.engine.model import Process, Terms
from workflow.store.connect import Row

AUTOMATIC = ("clock", "system", "case")
Event = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Stay:
    """A time in one state. seq: the event that ended it. person, post: who did so, or the state's own post."""

    state: str
    entered_on: date
    left_on: date
    seq: int
    person: str
    post: str


@dataclass(frozen=True)
class Look:
    """Everything about one case on one day. row: of `cases`; events: in order; today: for what silence brings about."""

    row: Row
    case: CaseState
    events: Sequence[Event]
    reading: Reading
    process: Process
    terms: Terms
    calendar: WorkingCalendar
    today: date
    assignee: str = ""

    def on(self, event: Event) -> date:
        """Return the day of an event."""
        return day_in_shanghai(datetime.fromisoformat(event["at"]))

    def facts(self, *kinds: str) -> Iterator[tuple[Event, Mapping[str, Any]]]:
        """Yield (event, legal fact) for facts of these kinds."""
        for event in self.events:
            fact = effects_of(event).get("fact")
            if fact and fact["type"] in kinds:
                yield event, fact

    @cached_property
    def stays(self) -> tuple[Stay, ...]:
        """Return every stay in a state that has ended, in order."""
        found = []
        state, since = "", None
        for event in self.events:
            if state and since is not None and event["to"] != state:
                found.append(self._stay(state, since, event))
            if event["to"] != state:
                state, since = event["to"], self.on(event)
        return tuple(found)

    def _stay(self, state: str, since: date, event: Event) -> Stay:
        actor = event["actor"]
        place = self.process.states.get(state)
        own = place.task.post if place and place.task else ""
        is_person = actor["post"] not in AUTOMATIC
        return Stay(
            state,
            since,
            max(self.on(event), since),
            event["seq"],
            actor["id"] if is_person else "",
            actor["post"] if is_person else own,
        )

    def holder_on(self, day: date) -> str:
        """Return who had the case in hand when that day began: applicant or office."""
        state = ""
        for event in self.events:
            if self.on(event) >= day:
                break
            state = event["to"]
        place = self.process.states.get(state)
        return "applicant" if place and place.task and place.task.post == "applicant" else "office"
