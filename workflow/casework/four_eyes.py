"""What four eyes are made of: a kind of change that one person proposes and another confirms (ADR 0025).

The kinds themselves stand beside the changes they carry out; proposals.py knows them all.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from workflow.casework.errors import RefusedError
from workflow.casework.office import Office
from workflow.engine.errors import Reason, ReasonKind, Refused
from workflow.store import proposals as store
from workflow.store.connect import Connection, Row

log = logging.getLogger(__name__)
DAYS_OPEN = 14
LAW = "本机关办理规程（重要事项须经两人）"
Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Doing:
    """One carrying out of a proposal: whose it is, who confirms, when, why."""

    office: Office
    proposer: str
    because: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Kind:
    """What may be proposed. posts: who proposes and who confirms; concerns: the accounts it is about, who do neither.

    diff: what would change, read from the database as it is.  carry_out: does it; raises what the change itself raises.
    """

    name: str
    title: str
    posts: frozenset[str]
    subject: Callable[[Body], str]
    diff: Callable[[Connection, Body], Any]
    carry_out: Callable[[Connection, Body, Doing], Any]
    concerns: Callable[[Body], tuple[str, ...]] = lambda _: ()


def refused(code: str, text: str, kind: ReasonKind = "conflict", field: str = "") -> RefusedError:
    """Return the refusal of a proposal, or of an answer to one."""
    return RefusedError(Refused((Reason(code, text, LAW, kind, field),)))


def insert(connection: Connection, kind: Kind, body: Body, because: str, by: str, now: datetime) -> int:
    """Write a proposal down with what it would change now; return its id."""
    return store.insert(
        connection,
        {
            "kind": kind.name,
            "subject": kind.subject(body)[:200],
            "body": dict(body),
            "diff": kind.diff(connection, body),
            "because": because,
            "by": by,
            "at": now,
            "until": now + timedelta(days=DAYS_OPEN),
        },
    )


def emergency(connection: Connection, kind: Kind, body: Body, because: str, by: str, now: datetime) -> None:
    """Write down what one person does at the console without a second one, in the transaction in which it is done.

    by: os:ACCOUNT. Supervisors list these, and the log warns.
    """
    made = insert(connection, kind, body, because, by, now)
    store.answer(connection, found(connection, made), "emergency", by, now)
    log.warning("changed at the console by one person", extra={"kind": kind.name, "proposal": made})


def found(connection: Connection, proposal_id: int) -> Row:
    """Return a proposal that is there."""
    row = store.find(connection, proposal_id)
    assert row is not None
    return row
