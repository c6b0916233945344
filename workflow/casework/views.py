"""What readers get: plain data in the words of the public contract."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from workflow.casework.masking import mask_applicant
from workflow.engine.case import CaseState
from workflow.engine.clocks import Reading
from workflow.engine.dates import iso
from workflow.engine.model import Process, Terms
from workflow.engine.roles import delegation


@dataclass(frozen=True, slots=True)
class Answer:
    """A case after an act: `version` is its ETag, `case` its public JSON."""

    version: int
    case: dict[str, Any]
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """The columns of a case that follow from its events and clocks, computed in one place.

    provisional: a date rests on a year whose notice has not been loaded.
    """

    received_at: str | None
    accepted_on: date | None
    decided_on: date | None
    statutory_due: date | None
    promised_due: date | None
    task_due: date | None
    provisional: bool = False


def applicant_for(applicant: Mapping[str, Any], *, in_full: bool) -> dict[str, Any]:
    """Return the applicant as a reader sees them. Overseers read everything but personal data: in_full is False."""
    return dict(applicant) if in_full else mask_applicant(applicant)


def case_facts(case: CaseState, reading: Reading, process: Process) -> CaseFacts:
    """Return the derived columns. task_due: the soonest due date that binds whoever acts now."""
    dues = {clock.id: clock.due for clock in reading.clocks}
    running = [clock.due for clock in reading.clocks if clock.status in ("running", "paused")]
    overdue = [c.due for c in reading.clocks if c.status == "expired" and c.id in ("statutory", "promised")]
    received = next((fact["at"] for fact in case.facts if fact["type"] == "received"), None)
    decided = next((fact["at"] for fact in case.facts if fact["type"] == "decided"), None)
    ended = bool(process.states[case.state].ends)
    pending = running + (overdue if decided is None else [])
    return CaseFacts(
        received_at=received,
        accepted_on=reading.accepted_on,
        decided_on=datetime.fromisoformat(decided).date() if decided else _deemed_on(case, reading),
        statutory_due=dues.get("statutory"),
        promised_due=dues.get("promised"),
        task_due=min(pending) if pending and not ended else None,
        provisional=reading.provisional,
    )


def _deemed_on(case: CaseState, reading: Reading) -> date | None:
    """Return the day on which silence decided: deemed renewal takes effect at the end of validity (许可法50)."""
    clock = reading.clock("renewal")
    return clock.due if case.outcome and clock is not None else None


def case_json(
    case: CaseState,
    facts: CaseFacts,
    *,
    applicant: Mapping[str, Any],
    process: Process,
    terms: Terms,
    task: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """Return the public JSON of a case (contract §3); branches of a joint case, the permit a case is about."""
    keys = [branch["key"] for branch in terms.special.get("branches", ())]  # in the manual's order, however kept
    permit = {key: terms.permit.get(key) for key in ("permit_no", "valid_until", "operation")} if terms.permit else None
    return {
        "case_no": case.case_no,
        "item_code": case.item_code,
        "process": case.process,
        "definition_version": f"{process.version}+{process.digest[:12]}",
        "state": case.state,
        "state_name": process.states[case.state].title,
        "version": case.seq,
        "applicant": dict(applicant),
        "received_at": facts.received_at,
        "accepted_on": iso(facts.accepted_on),
        "decided_on": iso(facts.decided_on),
        "outcome": case.outcome or None,
        "due": {"statutory": iso(facts.statutory_due), "promised": iso(facts.promised_due)},
        "provisional": facts.provisional,
        "department": terms.department,
        "tasks": [dict(task)] if task else [],
        "alerts": [dict(alert) for alert in case.alerts],
        "branches": [{"branch": key, **case.branches[key]} for key in keys if key in case.branches],
        "permit": permit,
    }


def task_json(
    process: Process, case: CaseState, *, task_id: int | None, assignee: str | None, due: date | None
) -> dict[str, Any] | None:
    """Return the public JSON of the task the case's state opens, or None. delegated: in whose place, until when."""
    task = process.states[case.state].task
    if task is None:
        return None
    mark = delegation(case)
    delegated = {"by": mark["by"], "until": mark["given"]["until"]} if mark else None
    return {
        "id": task_id,
        "post": task.post,
        "title": task.title,
        "assignee": assignee,
        "due_on": iso(due),
        "delegated": delegated,
    }
