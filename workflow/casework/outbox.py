"""What follows from an act after its commit: document records and messages. Each is safe to run twice."""

import json
import logging
import os
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from workflow.casework import joint, permit_over
from workflow.casework.logs import about
from workflow.casework.office import Office
from workflow.casework.papers import issue_document
from workflow.casework.tick import ATTEMPTS_MAX, BACK_OFF
from workflow.store import queues
from workflow.store.connect import Connection, Row
from workflow.store.humans import HUMAN
from workflow.store.posts import VALID_TODAY

log = logging.getLogger(__name__)

BATCH = 50
# Whoever was kept out of the case hears no more of it.
RECUSED_OF = f"""exists (select from recusals r join people p on p.id = r.person_id join people me on me.id = person_posts.person_id
  where r.case_id = %(case)s and r.status = 'upheld' and {HUMAN} = coalesce(me.human_id, me.id))"""
Deliver = Callable[[str, Mapping[str, Any]], None]


def to_folder(folder: Path) -> Deliver:
    """Return a delivery that writes each message as one file; writing the same message again is harmless."""

    def deliver(message_id: str, message: Mapping[str, Any]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / f"{message_id}.json"
        draft = folder / f".{message_id}.{os.getpid()}"
        draft.write_text(json.dumps(message, ensure_ascii=False, indent=1), encoding="utf-8")
        draft.replace(target)

    return deliver


def to_log(message_id: str, message: Mapping[str, Any]) -> None:
    """Deliver to the log only: the console back end."""
    log.info("message", extra={"outbox_id": message_id.partition("-")[0]})


def relay(office: Office, now: datetime, deliver: Deliver = to_log, *, limit: int = BATCH) -> int:
    """Work off due outbox rows; return how many were tried.

    One row that fails is tried again with back-off and put aside after five attempts; the rest go on.
    """
    with office.work() as connection:
        rows = queues.claim_outbox(connection, now, limit)
    for row in rows:
        with about(case_no=row.case_no, outbox_id=row.id, topic=row.topic):
            _try(office, row, now, deliver)
    return len(rows)


def _try(office: Office, row: Row, now: datetime, deliver: Deliver) -> None:
    try:
        with office.work() as connection:
            TOPICS[row.topic](connection, office, row, now, deliver)
            queues.outbox_done(connection, row.id, now)
        log.info("outbox row done")
    except Exception as error:  # a poison message must not stop the others; it is counted and kept
        log.exception("outbox row failed")
        with office.work() as connection:
            queues.outbox_failed(connection, row.id, now, f"{type(error).__name__}: {error}", ATTEMPTS_MAX, BACK_OFF)


def _document(connection: Connection, office: Office, row: Row, now: datetime, deliver: Deliver) -> None:
    issue_document(connection, office, row.case_id, row.seq, row.body["title"], now)


def _notify(connection: Connection, office: Office, row: Row, now: datetime, deliver: Deliver) -> None:
    """Record each message before it is sent; resolve the recipients now, not when the event happened."""
    case = connection.exec_driver_sql(
        "select id, case_no, item_name, owner, department from cases where id = %(id)s", {"id": row.case_id}
    ).one()
    text = f"{case.item_name}(办件编号 {case.case_no}):{row.body['title']}。{row.body.get('note', '')}"
    people = [*row.body.get("people", ()), *_recipients(connection, row.body["to"], case, now.date())]
    for recipient in dict.fromkeys(people):
        connection.exec_driver_sql(
            "insert into messages (outbox_id, case_id, recipient, text, created_at)"
            " values (%(outbox)s, %(case)s, %(recipient)s, %(text)s, %(now)s) on conflict do nothing",
            {"outbox": row.id, "case": row.case_id, "recipient": recipient, "text": text, "now": now},
        )
        message = {"to": recipient, "case_no": case.case_no, "text": text, "action": row.body["action"]}
        deliver(f"{row.id}-{recipient}", message)


def _recipients(connection: Connection, posts: list[str], case: Row, today: date) -> list[str]:
    people = [case.owner] if "applicant" in posts and case.owner else []
    staff = connection.exec_driver_sql(
        "select distinct person_id from person_posts where department = %(department)s and post = any(%(posts)s)"
        f" and {VALID_TODAY} and not {RECUSED_OF} order by person_id",
        {
            "case": case.id,
            "department": case.department,
            "posts": [post for post in posts if post != "applicant"],
            "today": today,
        },
    ).scalars()
    return people + list(staff)


def _open_branch(connection: Connection, office: Office, row: Row, now: datetime, deliver: Deliver) -> None:
    joint.open_branch(connection, office, row.case_id, row.body["branch"], now)


def _tell_parent(connection: Connection, office: Office, row: Row, now: datetime, deliver: Deliver) -> None:
    joint.tell_parent(connection, office, row.case_id, row.body, now)


def _call_off(connection: Connection, office: Office, row: Row, now: datetime, deliver: Deliver) -> None:
    joint.call_off(connection, office, row.case_id, now)


def _permit_over(connection: Connection, office: Office, row: Row, now: datetime, deliver: Deliver) -> None:
    permit_over.tell(connection, office, row.case_id, now)


TOPICS: Mapping[str, Callable[[Connection, Office, Row, datetime, Deliver], None]] = {
    "document": _document,
    "notify": _notify,
    "open-branch": _open_branch,
    "tell-parent": _tell_parent,
    "call-off": _call_off,
    "permit-over": _permit_over,
}
