"""Tell other systems what was decided (审管联动): endpoints by configuration, calls recorded before they are made.

A call keeps its id and its bytes for every try. Calls about one subject (a permit, else a case) to one endpoint keep their
order: nobody hears of a revocation before the grant.
"""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from workflow.casework.errors import NotFound
from workflow.casework.office import Office
from workflow.store.connect import Connection, Row

log = logging.getLogger(__name__)
Call = Callable[[str, bytes], int]  # (id, body) -> the other side's status if it took it; raises otherwise
TOPICS = ("decision.granted", "decision.refused", "permit.changed")
BATCH = 50
LEASE = timedelta(seconds=60)
ATTEMPTS_MAX = 10
BACK_OFF = (5, 30, 120, 600, 1800, 3600, 7200, 21600, 43200)  # seconds
ABOUT = """
select c.id, c.case_no, c.item_code, c.item_name, c.department, c.applicant ->> 'kind' as kind, c.applicant ->> 'name' as name,
       c.kind as chain, d.document_no, d.decided_on, d.outcome, e.type, e.at, e.hash,
       p.permit_no, p.certificate, p.valid_from, p.valid_until, p.status, p.holder
  from cases c join events e on e.case_id = c.id and e.seq = %(seq)s
  left join decisions d on d.case_id = c.id
  left join permits p on p.case_id = c.id or p.life_id = c.id or p.id = c.permit_id
 where c.id = %(id)s
"""
CLAIM = """
update webhook_calls w set next_try_at = %(until)s
  from (select id from webhook_calls mine where state = 'waiting' and next_try_at <= %(now)s
           and endpoint = any(%(endpoints)s)
           and not exists (select from webhook_calls earlier where earlier.endpoint = mine.endpoint
                              and earlier.subject = mine.subject and earlier.outbox_id < mine.outbox_id
                              and earlier.state <> 'sent')
         order by next_try_at, outbox_id limit %(limit)s for update skip locked) due
 where w.id = due.id
returning w.id, w.endpoint, w.body
"""
FAILED = """
update webhook_calls set attempts = attempts + 1,
       next_try_at = %(now)s::timestamptz
         + make_interval(secs => (%(delays)s::int[])[least(attempts + 1, cardinality(%(delays)s::int[]))]),
       state = case when attempts + 1 >= %(most)s then 'quarantined' else state end,
       quarantined_at = case when attempts + 1 >= %(most)s then %(now)s::timestamptz end
 where id = %(id)s and state = 'waiting'
"""
LIST = """
select id, endpoint, subject, topic, state, attempts, created_at, sent_at, quarantined_at, outbox_id,
       coalesce((select jsonb_agg(jsonb_build_object('at', at, 'status', status, 'error', error) order by t.id)
                   from webhook_tries t where t.call_id = webhook_calls.id), '[]') as tries
  from webhook_calls where (%(state)s::text is null or state = %(state)s)
   and (%(before)s::bigint is null or outbox_id < %(before)s) order by outbox_id desc, endpoint limit %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Somebody who is told. topics: of what; departments, items: of whose and which, () means all."""

    id: str
    call: Call
    topics: tuple[str, ...] = TOPICS
    departments: tuple[str, ...] = ()
    items: tuple[str, ...] = ()

    def wants(self, topic: str, department: str, item_code: str) -> bool:
        """Return True if this endpoint is to hear of it."""
        return (
            topic in self.topics
            and (not self.departments or department in self.departments)
            and (not self.items or item_code in self.items)
        )


def topic_of(effects: Mapping[str, Any], *, kind: str, slug: str) -> str:
    """Return what an event is to other systems, "" if nothing."""
    if slug == "branch":
        return ""
    if kind == "permit":
        return "permit.changed" if "permit" in effects else ""
    return f"decision.{effects['outcome']}" if "outcome" in effects else ""


def plan_calls(connection: Connection, row: Row, endpoints: Sequence[Endpoint], now: datetime) -> None:
    """Write down the calls an outbox row asks for, before any is made. No personal number is in them."""
    about = connection.exec_driver_sql(ABOUT, {"id": row.case_id, "seq": row.seq}).one_or_none()
    if about is None:
        return
    topic = str(row.body["topic"])
    for endpoint in endpoints:
        if not endpoint.wants(topic, about.department, about.item_code):
            continue
        call_id = f"{row.id}-{endpoint.id}"
        connection.exec_driver_sql(
            "insert into webhook_calls (id, outbox_id, case_id, endpoint, subject, topic, body, created_at, next_try_at)"
            " values (%(id)s, %(outbox)s, %(case)s, %(endpoint)s, %(subject)s, %(topic)s, %(body)s, %(now)s, %(now)s)"
            " on conflict do nothing",
            {
                "id": call_id,
                "outbox": row.id,
                "case": row.case_id,
                "endpoint": endpoint.id,
                "subject": about.permit_no or about.case_no,
                "topic": topic,
                "body": _body(call_id, topic, about),
                "now": now,
            },
        )


def _body(call_id: str, topic: str, about: Row) -> str:
    permit = None
    if about.permit_no:
        permit = {
            "permit_no": about.permit_no,
            "certificate": about.certificate,
            "holder": about.holder,
            "valid_from": about.valid_from.isoformat(),
            "valid_until": about.valid_until.isoformat() if about.valid_until else None,
            "status": about.status,
        }
    decision = None
    if about.outcome:
        decision = {"no": about.document_no, "on": about.decided_on.isoformat(), "outcome": about.outcome}
    told = {
        "id": call_id,
        "topic": topic,
        "action": about.type,
        "occurred_at": about.at.isoformat(),
        "case_no": about.case_no,
        "item_code": about.item_code,
        "item_name": about.item_name,
        "department": about.department,
        "party": {"kind": about.kind, "name": about.name},
        "decision": decision,
        "permit": permit,
        "event_hash": about.hash,
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def call_due(office: Office, now: datetime, endpoints: Sequence[Endpoint], *, limit: int = BATCH) -> int:
    """Make every call that is due; return how many were tried. One that fails holds back only its own subject."""
    by_id = {endpoint.id: endpoint for endpoint in endpoints}
    if not by_id:
        return 0
    with office.work() as connection:
        claim = {"now": now, "until": now + LEASE, "endpoints": list(by_id), "limit": limit}
        rows = connection.exec_driver_sql(CLAIM, claim).all()
    for row in rows:
        _call(office, row, by_id[row.endpoint], now)
    return len(rows)


def _call(office: Office, row: Row, endpoint: Endpoint, now: datetime) -> None:
    try:
        status = endpoint.call(row.id, row.body.encode())
    except Exception as error:  # the other side may do anything; the call is counted and kept
        log.warning("call failed: %s", type(error).__name__, extra={"endpoint": endpoint.id})
        with office.work() as connection:
            _tried(connection, row.id, now, getattr(error, "status", 0), type(error).__name__)
            connection.exec_driver_sql(
                FAILED, {"id": row.id, "now": now, "most": ATTEMPTS_MAX, "delays": list(BACK_OFF)}
            )
        return
    _mark_sent(office, row.id, status, now)


def _mark_sent(office: Office, call_id: str, status: int, now: datetime) -> None:
    with office.work() as connection:
        _tried(connection, call_id, now, status, "")
        connection.exec_driver_sql(
            "update webhook_calls set state = 'sent', attempts = attempts + 1, sent_at = %(now)s where id = %(id)s",
            {"id": call_id, "now": now},
        )


def _tried(connection: Connection, call_id: str, now: datetime, status: int, error: str) -> None:
    connection.exec_driver_sql(
        "insert into webhook_tries (call_id, at, status, error) values (%(id)s, %(now)s, %(status)s, %(error)s)",
        {"id": call_id, "now": now, "status": status, "error": error},
    )


def replay(
    office: Office, now: datetime, *, call_id: str | None = None, endpoint: str | None = None, state: str | None = None
) -> int:
    """Put calls back into the queue, sent ones too, under the same ids and bytes; return how many. Raises NotFound."""
    with office.work() as connection:
        rows = connection.exec_driver_sql(
            "update webhook_calls set state = 'waiting', attempts = 0, next_try_at = %(now)s, quarantined_at = null"
            " where (%(id)s::text is null or id = %(id)s) and (%(endpoint)s::text is null or endpoint = %(endpoint)s)"
            " and (%(state)s::text is null or state = %(state)s) returning id",
            {"now": now, "id": call_id, "endpoint": endpoint, "state": state},
        )
    if call_id is not None and not rows:
        raise NotFound(call_id)
    office.nudge()
    return len(rows)


def calls(
    office: Office, *, state: str | None, before: int | None, limit: int
) -> tuple[list[dict[str, Any]], int | None]:
    """Return (the delivery log, newest first; where to continue or None)."""
    with office.look() as connection:
        rows = connection.exec_driver_sql(LIST, {"state": state, "before": before, "limit": limit + 1}).all()
    page = rows[:limit]
    return [_shown(row) for row in page], page[-1].outbox_id if len(rows) > limit else None


def _shown(row: Row) -> dict[str, Any]:
    return {
        "id": row.id,
        "endpoint": row.endpoint,
        "subject": row.subject,
        "topic": row.topic,
        "state": row.state,
        "attempts": row.attempts,
        "created_at": row.created_at.isoformat(),
        "sent_at": row.sent_at.isoformat() if row.sent_at else None,
        "tries": row.tries,
    }
