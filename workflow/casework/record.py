"""Write down what was decided: numbers, seal, one write statement, documents, decision, permit."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from workflow.casework.locked import Locked
from workflow.casework.office import Office
from workflow.casework.reminders import note_periods
from workflow.casework.views import Answer, CaseFacts, case_facts, case_json, task_json
from workflow.casework.webhooks import topic_of
from workflow.definitions.documents import DOCUMENTS
from workflow.definitions.organs import organ_word
from workflow.engine.case import CaseState, documents_of, effects_of, special_procedures
from workflow.engine.decide import Decided, seal, wake_at
from workflow.engine.guards import members_of
from workflow.engine.roles import delegation
from workflow.store import cases
from workflow.store.cases import Idempotency
from workflow.store.certificates import MAKING
from workflow.store.connect import Connection
from workflow.store.personal import sealed_in

NO_DUE = date.max


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: the answer for the caller, the case after it, and the sealed events."""

    answer: Answer
    case: CaseState
    events: tuple[Mapping[str, Any], ...]


def write_down(
    connection: Connection,
    office: Office,
    locked: Locked,
    decided: Decided,
    now: datetime,
    *,
    person: str,
    known: Idempotency | None = None,
    shown: Mapping[str, Any] | None = None,
) -> Written:
    """Write the events into the chain of the case with its task, due date, papers and messages. Caller commits.

    shown: the applicant as the answer names them, if not in full.
    """
    numbers = _numbers(connection, locked, decided, now.year)
    events, case = seal(locked.case, decided, numbers)
    facts = case_facts(case, decided.reading, locked.process)
    moved = case.state != locked.case.state
    assignee = _assignee(locked, case, events, moved=moved)
    task = task_json(
        locked.process,
        case,
        task_id=None if moved else locked.task_id,
        assignee=assignee,
        due=facts.task_due,
    )
    applicant = locked.applicant if shown is None else shown
    answer = case_json(case, facts, applicant=applicant, process=locked.process, terms=locked.terms, task=task)
    written = cases.write(
        connection,
        _parameters(locked, case, facts, events, decided, now, moved=moved, assignee=assignee)
        | {
            "person": person,
            "key": known.key if known else None,
            "body_hash": known.body_hash if known else None,
            "answer": _kept(answer, locked) if known else None,
        },
    )
    assert written.cases == 1 and written.events == len(events), f"{case.case_no}: lost its lock"
    if task and moved:
        task["id"] = written.task_id
        answer["tasks"] = [task]
    if not moved:
        _hand_over(connection, locked, case, assignee, now)
    _documents_and_decision(connection, office, locked, events, now)
    note_periods(connection, office, locked.id, decided.reading)
    return Written(Answer(case.seq, answer), case, tuple(events))


def _kept(answer: Mapping[str, Any], locked: Locked) -> str:
    """Return the answer as it is remembered: what it shows of the applicant in full is sealed, as on the case's row."""
    applicant = {
        key: locked.stored[key] if sealed_in(locked.stored.get(key)) and value == locked.applicant[key] else value
        for key, value in answer["applicant"].items()
    }
    return json.dumps({**answer, "applicant": applicant}, ensure_ascii=False)


def _hand_over(connection: Connection, locked: Locked, case: CaseState, assignee: str | None, now: datetime) -> None:
    """Put the open task into other hands where an event said so, or where those it belongs to have changed."""
    task = locked.process.states[case.state].task
    members = members_of(case, task.members) if task and task.members else ()
    was = members_of(locked.case, task.members) if task and task.members else ()
    mark = delegation(case)
    if assignee != locked.assignee or members != was or mark != delegation(locked.case):
        delegated = (mark["by"], mark["given"]["until"]) if mark else None
        cases.hand_over(connection, locked.id, assignee, members, now, delegated=delegated)


def _numbers(connection: Connection, locked: Locked, decided: Decided, year: int) -> list[str]:
    words = [DOCUMENTS[title].word for _, title in decided.documents]
    if not words:
        return []
    organ = organ_word(locked.department)
    counted = cases.next_numbers(connection, organ, year, words)
    return [f"{organ}{word}〔{year}〕{number}号" for word, number in zip(words, counted, strict=True)]


def _assignee(locked: Locked, case: CaseState, events: Sequence[Mapping[str, Any]], *, moved: bool) -> str | None:
    if not moved:
        assigned = [effects_of(event)["assign"] for event in events if "assign" in effects_of(event)]
        return assigned[-1] if assigned else locked.assignee
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
        "members": list(members_of(case, task.members)) if task and task.members else None,
        "due_on": facts.task_due or NO_DUE,
        "wake_at": None if state.ends else wake_at(locked.process, case, decided.reading, now),
        "outbox": json.dumps(_outbox(events, locked, case), ensure_ascii=False),
    }


def _outbox(events: Sequence[Mapping[str, Any]], locked: Locked, case: CaseState) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = []
    for event in events:
        effects = effects_of(event)
        for document in documents_of(event):
            messages.append({"topic": "document", "seq": event["seq"], "body": document})
        action = locked.process.find(event["from"], event["type"]) if event["from"] else None
        if action and action.tells:
            body = {"to": list(action.tells), "action": action.name, "title": action.title, "at": event["at"]}
            messages.append({"topic": "notify", "seq": event["seq"], "body": body})
        if effects.get("assign"):
            told = {
                "to": [],
                "people": [effects["assign"]],
                "action": "assigned",
                "title": "待办交接",
                "at": event["at"],
            }
            messages.append({"topic": "notify", "seq": event["seq"], "body": told})
        if action and effects.get("tells_people"):
            body = {"to": [], "action": action.name, "title": action.title, "at": event["at"]}
            body |= {"people": effects["tells_people"], "note": effects.get("tells_note", "")}
            messages.append({"topic": "notify", "seq": event["seq"], "body": body})
        topic = topic_of(effects, kind=locked.kind, slug=locked.process.slug)
        if topic:
            messages.append({"topic": "tell-systems", "seq": event["seq"], "body": {"topic": topic}})
        for key in effects.get("opens", ()):
            messages.append({"topic": "open-branch", "seq": event["seq"], "body": {"branch": key}})
        ends = locked.process.states[event["to"]].ends
        is_over = event["from"] == event["to"]  # what is served after the end is kept too, and ends nothing again
        if ends not in NOTHING_TO_KEEP:
            messages.append({"topic": "archive", "seq": event["seq"], "body": {}})
            if locked.kind == "procedure" and not is_over:
                messages.append({"topic": "invite-rating", "seq": event["seq"], "body": {}})
        news = _for_the_parent(locked, event, effects, case)
        if news:
            messages.append({"topic": "tell-parent", "seq": event["seq"], "body": news})
        if locked.kind == "permit" and effects.get("fact", {}).get("type") == "permit_ended":
            messages.append({"topic": "permit-over", "seq": event["seq"], "body": {}})
        if locked.kind == "permit" and event["type"] in MAKING:
            messages.append({"topic": "certificate", "seq": event["seq"], "body": {}})
        if case.branches and ends in CALLED_OFF and not is_over:
            messages.append({"topic": "call-off", "seq": event["seq"], "body": {}})
    return messages


# "" while it goes on; a draft that was thrown away was never a service.
NOTHING_TO_KEEP = ("", "discarded")
# How a joint case may end that leaves its branches nothing to do.
CALLED_OFF = ("withdrawn", "terminated", "returned")


def _for_the_parent(
    locked: Locked, event: Mapping[str, Any], effects: Mapping[str, Any], case: CaseState
) -> dict[str, Any] | None:
    """Return what a joint case has to hear of its branch: it has an outcome, or its time stands still or runs again."""
    if locked.parent_id is None or locked.process.states[event["from"] or event["to"]].ends:
        return None
    ends = locked.process.states[event["to"]].ends
    if "outcome" in effects or (ends and not locked.case.outcome and ends != "closed"):
        outcome = effects.get("outcome") or {"agreed": "granted", "disagreed": "refused"}.get(ends, ends)
        return {"branch": locked.branch, "outcome": outcome, "at": event["at"]}
    fact = effects.get("fact", {}).get("type")
    if fact not in ("suspended", "resumed"):
        return None
    return {"branch": locked.branch, "paused": bool(special_procedures(case))}


def _documents_and_decision(
    connection: Connection, office: Office, locked: Locked, events: Sequence[Mapping[str, Any]], now: datetime
) -> None:
    """Keep the numbered papers, and the decision: a second one violates its key, whatever the code does."""
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
