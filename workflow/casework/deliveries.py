"""Send what was recorded: one delivery per message and channel, claimed, sent outside any transaction, then marked.

A process that dies between sending and marking sends again, under the same id: the receiving side can tell. The address
is looked up when it is sent, not when the message was written.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from workflow.casework.contacts import address_of
from workflow.casework.office import Office
from workflow.casework.telling import UNNAMED
from workflow.store.connect import Connection, Row

log = logging.getLogger(__name__)
Deliver = Callable[[str, Mapping[str, Any]], None]
CHANNELS = ("email", "sms", "wechat")
BATCH = 50
LEASE = timedelta(seconds=60)
ATTEMPTS_MAX = 8
BACK_OFF = (5, 30, 120, 600, 1800, 3600, 7200)  # seconds after the first, second, ... failure
CLAIM = """
update message_deliveries d set next_try_at = %(until)s
  from (select id from message_deliveries where state = 'waiting' and next_try_at <= %(now)s
           and channel = any(%(channels)s) order by next_try_at, id limit %(limit)s for update skip locked) mine
  join message_deliveries own on own.id = mine.id join messages m on m.id = own.message_id
  join cases c on c.id = m.case_id
 where d.id = mine.id
returning d.id, d.channel, d.attempts, m.recipient, m.case_id, m.action, m.kind, m.title, m.text, m.due_on, c.case_no
"""
FAILED = """
update message_deliveries set attempts = attempts + 1, error = %(error)s,
       next_try_at = %(now)s::timestamptz
         + make_interval(secs => (%(delays)s::int[])[least(attempts + 1, cardinality(%(delays)s::int[]))]),
       state = case when attempts + 1 >= %(most)s then 'quarantined' else state end,
       quarantined_at = case when attempts + 1 >= %(most)s then %(now)s::timestamptz end
 where id = %(id)s and state = 'waiting'
"""


class Undeliverable(Exception):
    """The other side says this address will never work; trying again is no use. Names no address."""


def plan(connection: Connection, message_id: int, key: str, channels: Sequence[str], now: datetime) -> None:
    """Record what will be sent for a message, before anything is. key: the message's own stable key."""
    for channel in channels:
        connection.exec_driver_sql(
            "insert into message_deliveries (id, message_id, channel, created_at, next_try_at)"
            " values (%(id)s, %(message)s, %(channel)s, %(now)s, %(now)s) on conflict do nothing",
            {"id": f"{key}-{channel}", "message": message_id, "channel": channel, "now": now},
        )


def send_due(office: Office, now: datetime, channels: Mapping[str, Deliver], *, limit: int = BATCH) -> int:
    """Send every delivery that is due; return how many were tried. One that fails never stops the others."""
    if not channels:
        return 0
    with office.work() as connection:
        claim = {"now": now, "until": now + LEASE, "channels": list(channels), "limit": limit}
        rows = connection.exec_driver_sql(CLAIM, claim).all()
    for row in rows:
        _send(office, row, channels[row.channel], now)
    return len(rows)


def _send(office: Office, row: Row, deliver: Deliver, now: datetime) -> None:
    with office.look() as connection:
        address, state = address_of(connection, row)
    if state:
        _mark(office, row.id, state, now)
        return
    message = {
        "to": address,
        "case_no": "" if row.action in UNNAMED else row.case_no,
        "kind": row.kind,
        "title": row.title,
        "text": row.text,
        "due_on": row.due_on.isoformat() if row.due_on else None,
    }
    try:
        deliver(row.id, message)
    except Exception as error:  # the other side may do anything; the delivery is counted and kept
        most = 1 if isinstance(error, Undeliverable) else ATTEMPTS_MAX
        log.warning("delivery failed: %s", type(error).__name__, extra={"channel": row.channel})
        with office.work() as connection:
            connection.exec_driver_sql(
                FAILED,
                {"id": row.id, "now": now, "error": type(error).__name__, "most": most, "delays": list(BACK_OFF)},
            )
        return
    _mark(office, row.id, "sent", now)


def _mark(office: Office, delivery_id: str, state: str, now: datetime) -> None:
    with office.work() as connection:
        connection.exec_driver_sql(
            "update message_deliveries set state = %(state)s, attempts = attempts + 1, error = null,"
            " sent_at = case when %(state)s = 'sent' then %(now)s::timestamptz end"
            " where id = %(id)s and state = 'waiting'",
            {"id": delivery_id, "state": state, "now": now},
        )


def retry(office: Office, now: datetime) -> int:
    """Put every delivery that was put aside back into the queue, under its own id; return how many."""
    with office.work() as connection:
        rows = connection.exec_driver_sql(
            "update message_deliveries set state = 'waiting', attempts = 0, next_try_at = %(now)s, quarantined_at = null"
            " where state = 'quarantined' returning id",
            {"now": now},
        )
    return len(rows)
