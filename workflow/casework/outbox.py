"""What follows from an act after its commit: document records and messages. Each is safe to run twice."""

import json
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from workflow.casework import certificates, joint, permit_over, ratings, scanning
from workflow.casework.archive import archive_case
from workflow.casework.contacts import PARTY
from workflow.casework.deliveries import Deliver, plan
from workflow.casework.logs import about
from workflow.casework.masking import mask_text
from workflow.casework.office import Office
from workflow.casework.papers import issue_document
from workflow.casework.telling import Told, case_of, in_words
from workflow.casework.tick import ATTEMPTS_MAX, BACK_OFF
from workflow.casework.webhooks import Endpoint, plan_calls
from workflow.store import queues
from workflow.store.connect import Connection, Row
from workflow.store.humans import HUMAN
from workflow.store.posts import VALID_TODAY

log = logging.getLogger(__name__)

BATCH = 50
# Whoever was kept out of the case hears no more of it.
RECUSED_OF = f"""exists (select from recusals r join people p on p.id = r.person_id join people me on me.id = person_posts.person_id
  where r.case_id = %(case)s and r.status = 'upheld' and {HUMAN} = coalesce(me.human_id, me.id))"""


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


def relay(
    office: Office,
    now: datetime,
    deliver: Deliver = to_log,
    *,
    limit: int = BATCH,
    channels: Sequence[str] = (),
    endpoints: Sequence[Endpoint] = (),
) -> int:
    """Work off due outbox rows; return how many were tried.

    deliver: the back end for development, told of every message at once.  channels: over which of the real ones a
    message is to go out; that is written down here and sent by deliveries.send_due.
    endpoints: the systems that are told of decisions; the calls are written down here and made by webhooks.call_due.
    One row that fails is tried again with back-off and put aside after five attempts; the rest go on.
    """
    with office.work() as connection:
        rows = queues.claim_outbox(connection, now, limit)
    for row in rows:
        with about(case_no=row.case_no, outbox_id=row.id, topic=row.topic):
            _try(office, row, now, Means(deliver, tuple(channels), tuple(endpoints)))
    return len(rows)


@dataclass(frozen=True, slots=True)
class Means:
    """How messages go out: the development back end, the names of the real channels, the systems that are told."""

    deliver: Deliver
    channels: tuple[str, ...]
    endpoints: tuple[Endpoint, ...]


def _try(office: Office, row: Row, now: datetime, means: Means) -> None:
    try:
        with office.work() as connection:
            TOPICS[row.topic](connection, office, row, now, means)
            queues.outbox_done(connection, row.id, now)
        log.info("outbox row done")
    except Exception as error:  # a poison message must not stop the others; it is counted and kept
        log.exception("outbox row failed")
        with office.work() as connection:
            queues.outbox_failed(
                connection, row.id, now, mask_text(f"{type(error).__name__}: {error}"), ATTEMPTS_MAX, BACK_OFF
            )


def _document(connection: Connection, office: Office, row: Row, now: datetime, means: Means) -> None:
    issue_document(connection, office, row.case_id, row.seq, row.body["title"], now)


def _certificate(connection: Connection, office: Office, row: Row, now: datetime, means: Means) -> None:
    certificates.issue(connection, office, row.case_id, row.seq, now)


def _notify(connection: Connection, office: Office, row: Row, now: datetime, means: Means) -> None:
    """Record each message before it is sent; resolve the recipients now, not when the event happened."""
    case = case_of(connection, row.case_id, row.seq)
    told = in_words(connection, office, case, row.body, now)
    people = [*row.body.get("people", ()), *_recipients(connection, row.body["to"], case, now.date())]
    for recipient in dict.fromkeys(people):
        text = told.for_applicant if recipient in (case.owner, PARTY) else told.for_staff
        message_id = _put_message(connection, row, told, recipient, text, now)
        if message_id is not None:
            plan(connection, message_id, f"{row.id}-{recipient}", means.channels, now)
        message = {"to": recipient, "case_no": case.case_no, "text": text, "action": told.action}
        means.deliver(f"{row.id}-{recipient}", message)


def _put_message(connection: Connection, row: Row, told: Told, recipient: str, text: str, now: datetime) -> int | None:
    """Keep a message; return its id, None if it was kept before."""
    found: int | None = connection.exec_driver_sql(
        "insert into messages (outbox_id, case_id, recipient, action, title, kind, text, due_on, created_at)"
        " values (%(outbox)s, %(case)s, %(recipient)s, %(action)s, %(title)s, %(kind)s, %(text)s, %(due)s, %(now)s)"
        " on conflict do nothing returning id",
        {
            "outbox": row.id,
            "case": row.case_id,
            "recipient": recipient,
            "action": told.action,
            "title": told.title,
            "kind": told.kind,
            "text": text,
            "due": told.due_on,
            "now": now,
        },
    ).scalar_one_or_none()
    return found


def _recipients(connection: Connection, posts: list[str], case: Row, today: date) -> list[str]:
    people = [case.owner or PARTY] if "applicant" in posts else []
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


def _tell_systems(connection: Connection, office: Office, row: Row, now: datetime, means: Means) -> None:
    plan_calls(connection, row, means.endpoints, now)


def _archive(connection: Connection, office: Office, row: Row, now: datetime, means: Means) -> None:
    archive_case(connection, office, row.case_id, now)


def _invite(connection: Connection, office: Office, row: Row, now: datetime, means: Means) -> None:
    ratings.invite(connection, row.case_id, row.seq, now)


def _open_branch(connection: Connection, office: Office, row: Row, now: datetime, means: Means) -> None:
    joint.open_branch(connection, office, row.case_id, row.body["branch"], now)


def _tell_parent(connection: Connection, office: Office, row: Row, now: datetime, means: Means) -> None:
    joint.tell_parent(connection, office, row.case_id, row.body, now)


def _call_off(connection: Connection, office: Office, row: Row, now: datetime, means: Means) -> None:
    joint.call_off(connection, office, row.case_id, now)


def _permit_over(connection: Connection, office: Office, row: Row, now: datetime, means: Means) -> None:
    permit_over.tell(connection, office, row.case_id, now)


def _scan_file(connection: Connection, office: Office, row: Row, now: datetime, means: Means) -> None:
    scanning.scan(connection, office, row.body, now)


TOPICS: Mapping[str, Callable[[Connection, Office, Row, datetime, Means], None]] = {
    "document": _document,
    "certificate": _certificate,
    "notify": _notify,
    "tell-systems": _tell_systems,
    "archive": _archive,
    "invite-rating": _invite,
    "open-branch": _open_branch,
    "tell-parent": _tell_parent,
    "call-off": _call_off,
    "permit-over": _permit_over,
    scanning.TOPIC: _scan_file,
}
