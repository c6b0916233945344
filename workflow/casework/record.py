"""Write down what was decided: numbers, seal, one write statement, documents, decision, permit."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from workflow.casework.office import Office
from workflow.casework.permits import grant_permit
from workflow.casework.views import Answer, CaseFacts, case_facts, case_json, task_json
from workflow.definitions.documents import DOCUMENTS
from workflow.engine.case import CaseState, documents_of, effects_of
from workflow.engine.clocks import next_wake
from workflow.engine.decide import Decided, seal
from workflow.engine.model import Process, Terms
from workflow.store import cases
from workflow.store.cases import Idempotency
from workflow.store.connect import Connection

NO_DUE = date.max


@dataclass(frozen=True, slots=True)
class Locked:
    """A case whose row this transaction holds."""

    id: int
    case: CaseState
    process: Process
    terms: Terms
    department: str
    owner: str | None
    applicant: Mapping[str, Any]
    task_id: int | None = None
    assignee: str | None = None


def record(
    connection: Connection,
    office: Office,
    locked: Locked,
    decided: Decided,
    now: datetime,
    *,
    person: str,
    known: Idempotency | None = None,
) -> Answer:
    """Write the events and everything that follows; return the case as it now is. Caller commits."""
    numbers = _numbers(connection, office, locked, decided, now.year)
    events, case = seal(locked.case, decided, numbers)
    facts = case_facts(case, decided.reading, locked.process)
    moved = case.state != locked.case.state
    assignee = _assignee(locked, case, moved=moved)
    task = task_json(
        locked.process, case.state, task_id=None if moved else locked.task_id, assignee=assignee, due=facts.task_due
    )
    answer = case_json(
        case, facts, applicant=locked.applicant, process=locked.process, department=locked.department, task=task
    )
    written = cases.write(
        connection,
        _parameters(locked, case, facts, events, decided, now, moved=moved, assignee=assignee)
        | {
            "person": person,
            "key": known.key if known else None,
            "body_hash": known.body_hash if known else None,
            "answer": json.dumps(answer, ensure_ascii=False) if known else None,
        },
    )
    assert written.cases == 1 and written.events == len(events), f"{case.case_no}: lost its lock"
    if task and moved:
        task["id"] = written.task_id
        answer["tasks"] = [task]
    _documents_and_decision(connection, office, locked, events, now)
    return Answer(case.seq, answer)


def _numbers(connection: Connection, office: Office, locked: Locked, decided: Decided, year: int) -> list[str]:
    words = [DOCUMENTS[title].word for _, title in decided.documents]
    if not words:
        return []
    counted = cases.next_numbers(connection, locked.department, year, words)
    return [f"{office.number_prefix}{word}〔{year}〕{number}号" for word, number in zip(words, counted, strict=True)]


def _assignee(locked: Locked, case: CaseState, *, moved: bool) -> str | None:
    if not moved:
        return locked.assignee
    task = locked.process.states[case.state].task
    return locked.owner if task and task.post == "applicant" else None


def _parameters(
    locked: Locked,
    case: CaseState,
    facts: CaseFacts,
    events: Sequence[Mapping[str, Any]],
    decided: Decided,
    now: datetime,
    *,
    moved: bool,
    assignee: str | None,
) -> dict[str, Any]:
    state = locked.process.states[case.state]
    task = state.task if moved else None
    return {
        "id": locked.id,
        "was": locked.case.seq,
        "state": case.state,
        "phase": state.phase,
        "version": case.seq,
        "head": case.head,
        "snapshot": json.dumps(case.to_json(), ensure_ascii=False),
        "terms_digest": case.terms_digest,
        "process_digest": case.process_digest,
        "received_at": facts.received_at,
        "accepted_on": facts.accepted_on,
        "decided_on": facts.decided_on,
        "outcome": case.outcome or None,
        "statutory_due": facts.statutory_due,
        "promised_due": facts.promised_due,
        "alert": case.alert,
        "now": now,
        "events": json.dumps(events, ensure_ascii=False),
        "close_task": moved,
        "department": locked.department,
        "post": task.post if task else None,
        "title": task.title if task else None,
        "assignee": assignee,
        "due_on": facts.task_due or NO_DUE,
        "wake_at": None if state.ends else next_wake(decided.reading, now),
        "outbox": json.dumps(_outbox(events, locked.process), ensure_ascii=False),
    }


def _outbox(events: Sequence[Mapping[str, Any]], process: Process) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = []
    for event in events:
        for document in documents_of(event):
            messages.append({"topic": "document", "seq": event["seq"], "body": document})
        action = process.find(event["from"], event["type"]) if event["from"] else None
        if action and action.tells:
            body = {"to": list(action.tells), "action": action.name, "title": action.title, "at": event["at"]}
            messages.append({"topic": "notify", "seq": event["seq"], "body": body})
    return messages


def _documents_and_decision(
    connection: Connection, office: Office, locked: Locked, events: Sequence[Mapping[str, Any]], now: datetime
) -> None:
    documents = [{"seq": event["seq"], **document} for event in events for document in documents_of(event)]
    if documents:
        cases.insert_documents(connection, locked.id, now, documents)
    for event in events:
        effects = effects_of(event)
        if "outcome" not in effects:
            continue
        decision_no = effects["documents"][0]["no"]
        decided_on = date.fromisoformat(event["at"][:10])
        cases.insert_decision(connection, locked.id, effects["outcome"], event["seq"], decision_no, decided_on)
        if effects["outcome"] == "granted":
            grant_permit(connection, office, locked, decision_no, decided_on, event["data"].get("conditions", ""))
