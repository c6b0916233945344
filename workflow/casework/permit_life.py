"""The life of a permit: a chain of its own on the same engine (definitions/permit.yaml).

A permit begins with the grant, in the grant's own transaction. Whatever happens to it later is asked for by a case
and written into both chains at once; the row in `permits` is a projection of the permit's chain.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from workflow.casework.errors import RefusedError
from workflow.casework.locked import Locked, lock_of
from workflow.casework.office import Office
from workflow.casework.permits import grant_permit, last_day
from workflow.casework.record import write_down
from workflow.casework.reminders import note_periods
from workflow.definitions.loader import processes
from workflow.engine.case import CaseState
from workflow.engine.clocks import next_wake
from workflow.engine.commands import SYSTEM, Act, Context, another_case
from workflow.engine.decide import decide, open_case, read, seal
from workflow.engine.errors import Reason, Refused
from workflow.engine.model import Terms
from workflow.store import cases, definitions, queues
from workflow.store.connect import Connection
from workflow.store.personal import new_salt

SLUG = "permit"
# What the register calls a permit, by the state of its life.
STATUS = {
    "valid": "valid",
    "renewal-pending": "valid",
    "suspended": "suspended",
    "suspended-pending": "suspended",
    "revoked": "revoked",
    "withdrawn": "withdrawn",
    "forfeited": "forfeited",
    "expired": "expired",
    "cancelled": "cancelled",
}


def begin(
    connection: Connection, office: Office, locked: Locked, decision_no: str, on: date, content: str, now: datetime
) -> None:
    """Make the permit of a first grant and open its chain; nothing where the item's result is no certificate."""
    granted = grant_permit(connection, locked, decision_no, on, content)
    if granted is None:
        return
    permit_id, permit_no, until = granted
    process = processes()[SLUG]
    terms = _terms_of(locked.terms, permit_no, until)
    definitions.store_terms(connection, terms)
    fact: dict[str, Any] = {"type": "permit_issued", "at": now.isoformat()}
    if until:
        fact["valid_until"] = until.isoformat()
    effects = {
        "item_code": terms.item_code,
        "terms_digest": terms.digest,
        "owner": locked.owner or "",
        "fact": fact,
        "permit": {"decision_no": decision_no, "valid_from": on.isoformat(), "valid_until": fact.get("valid_until")},
    }
    context = Context(now, office.calendar(connection), SYSTEM)
    opened = open_case(process, permit_no, context, "system", effects, {"case_no": locked.case.case_no})
    events, life = seal(CaseState(permit_no), opened, ())
    life_id = cases.insert(
        connection,
        {
            "case_no": permit_no,
            "item_code": terms.item_code,
            "item_name": terms.item_name,
            "process": process.slug,
            "process_digest": process.digest,
            "definition_version": process.version,
            "terms_digest": terms.digest,
            "department": locked.department,
            "owner": locked.owner,
            "state": life.state,
            "phase": process.states[life.state].phase,
            "head": life.head,
            "snapshot": json.dumps(life.to_json(), ensure_ascii=False),
            "now": now,
            "kind": "permit",
            "parent_id": None,
            "branch": None,
            "permit_id": None,
            "operation": None,
        },
        applicant=locked.applicant,
        form={},
        kinds={},
        salt=new_salt(),
    )
    state = process.states[life.state]
    cases.insert_first(
        connection, life_id, events[0], state=state, department=locked.department, assignee=None, now=now
    )
    connection.exec_driver_sql(
        "update permits set life_id = %(life)s where id = %(id)s", {"life": life_id, "id": permit_id}
    )
    queues.put_outbox(connection, "certificate", life_id, events[0]["seq"], now)
    reading = read(terms, life, context)
    queues.wake_first(connection, life_id, next_wake(reading, now))
    note_periods(connection, office, life_id, reading)


def _terms_of(terms: Terms, permit_no: str, until: date | None) -> Terms:
    process = processes()[SLUG]
    return replace(
        terms,
        process=SLUG,
        process_version=process.version,
        process_digest=process.digest,
        materials=(),
        kind="permit",
        special={},
        papers={},
        permit={"permit_no": permit_no, "valid_until": until.isoformat() if until else None},
    ).sealed()


def apply(
    connection: Connection, office: Office, locked: Locked, operation: str, data: Mapping[str, Any], now: datetime
) -> None:
    """Do to the permit of this case what the case decided. Raises RefusedError where its life does not allow it.

    The case's own row is locked first, the permit's second, always in that order.
    """
    permit_no = _permit_no(connection, locked)
    if permit_no is None:
        return
    actor = another_case(locked.case.case_no)
    row = cases.lock(connection, permit_no, actor.id, now.date(), None)
    if row is None:
        reason = Reason("PERMIT_HAS_NO_LIFE", f"证照 {permit_no} 没有可以办理的记录。", "", "conflict")
        raise RefusedError(Refused((reason,)))
    life = lock_of(connection, office, row)
    action = life.process.find(life.case.state, operation)
    known = {ask.name for ask in action.asks} if action else set()
    act = Act(operation, {key: value for key, value in data.items() if key in known})
    context = Context(
        now,
        office.calendar(connection, row.calendar_version),
        actor,
        humans=office.humans(connection, row.link_version),
    )
    decided = decide(life.process, life.terms, life.case, act, context)
    if isinstance(decided, Refused):
        if operation == "renewal-over":  # the permit ended otherwise meanwhile: nothing is left to do
            return
        raise RefusedError(decided)
    written = write_down(connection, office, life, decided, now, person=actor.id)
    project(connection, life.id, written.case)


def project(connection: Connection, life_id: int, life: CaseState) -> None:
    """Bring the register's row up to what the chain says."""
    permit = life.permit
    connection.exec_driver_sql(
        "update permits set status = %(status)s, valid_from = coalesce(%(valid_from)s::date, valid_from),"
        " valid_until = coalesce(%(valid_until)s::date, valid_until), content = coalesce(%(content)s, content),"
        " holder = coalesce(%(holder)s, holder), decision_no = coalesce(%(decision_no)s, decision_no)"
        " where life_id = %(id)s",
        {
            "id": life_id,
            "status": STATUS[life.state],
            **{key: permit.get(key) for key in ("valid_from", "valid_until", "content", "holder", "decision_no")},
        },
    )


def _permit_no(connection: Connection, locked: Locked) -> str | None:
    """Return the permit this case is about, or the one it led to."""
    if locked.terms.permit:
        return str(locked.terms.permit["permit_no"])
    number: str | None = connection.exec_driver_sql(
        "select permit_no from permits where case_id = %(id)s", {"id": locked.id}
    ).scalar_one_or_none()
    return number


def renewed_validity(about: Mapping[str, Any], result: Mapping[str, Any], on: date) -> dict[str, str]:
    """Return the new first and last day: they follow the old ones, or begin with the decision if those are over."""
    old = date.fromisoformat(about["valid_until"])
    start = old + timedelta(days=1) if on <= old + timedelta(days=1) else on
    until = last_day(start, result)
    return {"valid_from": start.isoformat(), **({"valid_until": until.isoformat()} if until else {})}
