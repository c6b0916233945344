"""Proposals and their answers: append-only rows."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from workflow.store.connect import Connection, Row

LOCK = 570_209_011  # the first half of an advisory lock; the second is the proposal
COLUMNS = """
select p.id, p.kind, p.subject, p.body, p.diff, p.because, p.proposed_by, p.proposed_at, p.until,
       a.answer, a.answered_by, a.answered_at, a.note, a.result
  from proposals p left join proposal_answers a on a.proposal_id = p.id
"""
STATUS = {
    "open": "a.answer is null and p.until > %(now)s",
    "expired": "a.answer is null and p.until <= %(now)s",
    "ended": "(a.answer is not null or p.until <= %(now)s)",
    **{answer: f"a.answer = '{answer}'" for answer in ("confirmed", "rejected", "withdrawn", "emergency")},
}


def insert(connection: Connection, parameters: Mapping[str, Any]) -> int:
    """Write a proposal down; return its id."""
    told = {key: json.dumps(parameters[key], ensure_ascii=False) for key in ("body", "diff")}
    return int(
        connection.exec_driver_sql(
            "insert into proposals (kind, subject, body, diff, because, proposed_by, proposed_at, until)"
            " values (%(kind)s, %(subject)s, %(body)s::jsonb, %(diff)s::jsonb, %(because)s, %(by)s, %(at)s, %(until)s)"
            " returning id",
            {**parameters, **told},
        ).scalar_one()
    )


def answer(
    connection: Connection, proposal: Row, what: str, by: str, at: datetime, note: str = "", result: Any = None
) -> None:
    """Write the answer down. A second one, or one's own confirmation, violates a key or a check."""
    connection.exec_driver_sql(
        "insert into proposal_answers (proposal_id, proposed_by, answer, answered_by, answered_at, note, result)"
        " values (%(id)s, %(proposer)s, %(what)s, %(by)s, %(at)s, %(note)s, %(result)s::jsonb)",
        {
            "id": proposal.id,
            "proposer": proposal.proposed_by,
            "what": what,
            "by": by,
            "at": at,
            "note": note,
            "result": json.dumps(result, ensure_ascii=False),
        },
    )


def hold(connection: Connection, proposal_id: int) -> None:
    """Let nobody else answer this proposal until commit. No row lock: the programs' role may not change these rows."""
    connection.exec_driver_sql("select pg_advisory_xact_lock(%(lock)s, %(id)s)", {"lock": LOCK, "id": proposal_id})


def find(connection: Connection, proposal_id: int) -> Row | None:
    """Return a proposal with its answer."""
    return connection.exec_driver_sql(f"{COLUMNS} where p.id = %(id)s", {"id": proposal_id}).one_or_none()


def page(
    connection: Connection,
    kinds: Sequence[str],
    *,
    status: str | None,
    by: str | None,
    before: int | None,
    limit: int,
    now: datetime,
) -> list[Row]:
    """Return proposals of these kinds, newest first. by: only this account's."""
    where = ["p.kind = any(%(kinds)s)", "(%(before)s::bigint is null or p.id < %(before)s)"]
    if by is not None:
        where.append("p.proposed_by = %(by)s")
    if status:
        where.append(STATUS[status])
    sql = f"{COLUMNS} where {' and '.join(where)} order by p.id desc limit %(limit)s"
    return list(
        connection.exec_driver_sql(
            sql, {"kinds": list(kinds), "by": by, "before": before, "limit": limit, "now": now}
        ).all()
    )
