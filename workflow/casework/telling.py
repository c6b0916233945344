"""Put into words what somebody is to be told: the text of the action, the last day that matters, the papers issued."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from workflow.casework.office import Office
from workflow.definitions.messages import messages
from workflow.engine.case import CaseState
from workflow.engine.commands import SYSTEM, Context
from workflow.engine.decide import read
from workflow.store.connect import Connection, Row

REMIND = "remind:"
UNNAMED = frozenset(
    {"rating-bad", "rating-late"}
)  # nobody is told which case it is: who rated may wish to stay unknown
CASE = """
select c.id, c.case_no, c.item_name, c.owner, c.department, c.snapshot, c.terms_digest, c.phase, c.kind,
       array(select '《' || d.title || '》' || d.no from documents d where d.case_id = c.id and d.seq = %(seq)s
              order by d.id) as papers
  from cases c where c.id = %(id)s
"""


@dataclass(frozen=True, slots=True)
class Told:
    """One message in words. kind: legal | courtesy | reminder. for_applicant / for_staff: the text for each."""

    action: str
    title: str
    kind: str
    for_applicant: str
    for_staff: str
    due_on: date | None = None


def case_of(connection: Connection, case_id: int, seq: int) -> Row:
    """Return the case a message is about, with the papers its event issued."""
    return connection.exec_driver_sql(CASE, {"id": case_id, "seq": seq}).one()


def in_words(connection: Connection, office: Office, case: Row, body: Mapping[str, Any], now: datetime) -> Told:
    """Return what the outbox row tells, read against the clocks as they stand now."""
    action = str(body["action"])
    if action.startswith(REMIND):
        return _reminder(case, body)
    text = messages().of(action)
    due = _due(connection, office, case, text.due, now) if text.due else None
    kind = "legal" if case.papers or text.kind == "legal" else text.kind
    places = _places(case, body, due)
    general = messages().default
    for_applicant = _filled(text.applicant, general.applicant, places)
    for_staff = _filled(text.staff, general.staff, places)
    note = body.get("note", "")
    return Told(action, body["title"], kind, for_applicant + note, for_staff + note, due)


def _filled(pattern: str, general: str, places: Mapping[str, str]) -> str:
    """Return the text; where the clock it names does not run, the general words, so that no last day is made up."""
    needs_due = "{due}" in pattern and not places["due"]
    return (general if needs_due else pattern).format_map(places)


def _places(case: Row, body: Mapping[str, Any], due: date | None) -> dict[str, str]:
    day = due.isoformat() if due else ""
    return {
        "item": case.item_name,
        "case_no": case.case_no,
        "title": body["title"],
        "papers": f"已出具{'、'.join(case.papers)}。" if case.papers else "",
        "due": day,
        "due_text": messages().due_text.format(due=day) if day else "",
    }


def _due(connection: Connection, office: Office, case: Row, clock_id: str, now: datetime) -> date | None:
    context = Context(now, office.calendar(connection), SYSTEM)
    terms = office.terms(connection, case.terms_digest)
    clock = read(terms, CaseState.from_json(case.snapshot), context).clock(clock_id)
    return clock.due if clock else None


def _reminder(case: Row, body: Mapping[str, Any]) -> Told:
    reminder = messages().reminders[body["action"].removeprefix(REMIND)]
    due = date.fromisoformat(body["due"])
    text = reminder.text.format_map(_places(case, body, due))
    return Told(body["action"], body["title"], "reminder", text, text, due)
