"""Records of service (送达回证): one row for each paper and receiver, written with the event that says so."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from workflow.casework.locked import Locked
from workflow.casework.masking import mask_name, mask_text
from workflow.casework.office import Office
from workflow.casework.people import Person
from workflow.casework.tracking import open_for
from workflow.engine.calendar import WorkingCalendar
from workflow.engine.case import effects_of
from workflow.engine.dates import SHANGHAI
from workflow.engine.remedies import remedy_days
from workflow.papers.wording import wordings
from workflow.store.connect import Connection, Row

RECEIPT = "送达回证"
INSERT = """
insert into service_records (case_id, seq, document_id, mode, recipient, relation, served_at, place, mail_no, witness,
       proof, announced_on, consent_seq, basis, recorded_by, recorded_at, receipt_no)
select %(case_id)s, %(seq)s, d.id, %(mode)s, %(recipient)s, %(relation)s, %(served_at)s, %(place)s, %(mail_no)s,
       %(witness)s::text[], %(proof)s, %(announced_on)s, %(consent_seq)s, %(basis)s, %(by)s, %(now)s, %(receipt_no)s
  from documents d where d.case_id = %(case_id)s and d.no = any(%(documents)s)
"""
OF_CASE = """
select s.id, d.no, d.title, s.mode, s.recipient, s.relation, s.served_at, s.place, s.mail_no, s.witness, s.proof,
       s.announced_on, s.consent_seq, s.basis, s.recorded_by, s.recorded_at, s.receipt_no, s.seq
  from service_records s join documents d on d.id = s.document_id
 where s.case_id = %(id)s order by s.id
"""


def put_record(connection: Connection, locked: Locked, event: Mapping[str, Any], now: datetime) -> None:
    """Keep the record of service an event tells of, if it tells of one."""
    effects = effects_of(event)
    service = effects.get("service")
    if not service or not service["documents"]:
        return
    given = event["data"]
    receipts = [document["no"] for document in effects.get("documents", ()) if document["title"] == RECEIPT]
    connection.exec_driver_sql(
        INSERT,
        {
            "case_id": locked.id,
            "seq": event["seq"],
            "documents": list(service["documents"]),
            "mode": service["mode"],
            "served_at": datetime.fromisoformat(service["served_at"]),
            "announced_on": service.get("announced_on"),
            "consent_seq": service.get("consent_seq"),
            "basis": service.get("basis", ""),
            "recipient": given["recipient"],
            "witness": list(given.get("witness") or ()),
            **{name: given.get(name) or "" for name in ("relation", "place", "mail_no", "proof")},
            "by": event["actor"]["id"],
            "now": now,
            "receipt_no": receipts[0] if receipts else "",
        },
    )


def services(office: Office, case_no: str, person: Person) -> list[dict[str, Any]]:
    """Return the records of service of a case, oldest first; overseers read names of receivers masked.

    Raises NotFound, for a stranger's case just the same.
    """
    with office.look() as connection:
        opened = open_for(connection, office, case_no, person, "documents")
        rows = connection.exec_driver_sql(OF_CASE, {"id": opened.id}).all()
        calendar = office.calendar(connection)
    in_full = opened.grant.in_full
    return [_shown(row, in_full=in_full) | _remedies(row, calendar) for row in rows]


def _remedies(row: Row, calendar: WorkingCalendar) -> dict[str, Any]:
    """Return until when the receiver may ask for review or sue: both count from service, not from the date of the paper."""
    wording = wordings().get(row.title)
    if wording is None or not wording.remedies:
        return {"review_until": None, "suit_until": None}
    review, suit = remedy_days(row.served_at.astimezone(SHANGHAI).date(), calendar)
    return {"review_until": review.isoformat(), "suit_until": suit.isoformat()}


def _shown(row: Row, *, in_full: bool) -> dict[str, Any]:
    return {
        "document_no": row.no,
        "document": row.title,
        "mode": row.mode,
        "recipient": row.recipient if in_full else mask_name(row.recipient),
        "relation": row.relation if in_full else mask_text(row.relation or ""),
        "served_at": row.served_at.isoformat(),
        "place": row.place if in_full else "",
        "mail_no": row.mail_no,
        "witness": list(row.witness) if in_full else [mask_name(name) for name in row.witness],
        "proof": row.proof if in_full else mask_text(row.proof or ""),
        "announced_on": row.announced_on.isoformat() if row.announced_on else None,
        "consent_seq": row.consent_seq,
        "basis": row.basis,
        "receipt_no": row.receipt_no,
        "recorded_by": row.recorded_by,
        "recorded_at": row.recorded_at.isoformat(),
        "seq": row.seq,
    }
