"""The archive package of an ended case: one verifiable bag with everything, made by the worker, the same bytes every time."""

import io
import json
import logging
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from workflow.casework import files
from workflow.casework.errors import NotFound
from workflow.casework.office import Office
from workflow.casework.people import Person
from workflow.casework.storage import Folder, Storage, storage_of
from workflow.casework.tracking import open_for
from workflow.definitions.retention import retention
from workflow.engine.case import CaseState, replay
from workflow.engine.commands import SYSTEM, Context
from workflow.engine.dates import SHANGHAI
from workflow.engine.decide import read
from workflow.engine.explain import reading_json
from workflow.ledger.bag import bag
from workflow.store import cases, definitions
from workflow.store import papers as paper_store
from workflow.store.connect import Connection, Row
from workflow.store.sealed import open_applicant, open_form

log = logging.getLogger(__name__)
CASE = "select * from cases where id = %(id)s"
DOCUMENTS = """
select id, seq, no, title, issued_at, content, sha256, pdf_sha256, ready_at from documents where case_id = %(id)s order by id
"""
MATERIALS = (
    "select code, name, file_name, media_type, size, sha256, seq from materials where case_id = %(id)s order by id"
)
SERVICES = """
select d.no, s.mode, s.recipient, s.relation, s.served_at, s.place, s.mail_no, s.witness, s.proof, s.announced_on,
       s.consent_seq, s.basis, s.recorded_by, s.recorded_at, s.receipt_no, s.seq
  from service_records s join documents d on d.id = s.document_id where s.case_id = %(id)s order by s.id
"""
PUT = """
insert into archives (case_id, seq, sha256, size, missing, period, keep_until, made_at)
values (%(id)s, %(seq)s, %(sha)s, %(size)s, %(missing)s, %(period)s, %(until)s, %(now)s)
on conflict (case_id) do update set sha256 = excluded.sha256, size = excluded.size, missing = excluded.missing,
       made_at = excluded.made_at, seq = excluded.seq where archives.missing <> '{}' or archives.seq < excluded.seq
"""


class NotReady(Exception):
    """A paper of the case has not been written yet; the worker looks again."""


def shelf(office: Office) -> Path:
    """Return the folder of packages, each named by its sha256."""
    return office.folder / "archive"


def archive_case(connection: Connection, office: Office, case_id: int, now: datetime) -> str | None:
    """Make the package of an ended case; return its sha256, None if it is there. Caller commits. Raises NotReady.

    It is made anew where files were missing, or where papers were served after the end; then it takes the earlier one's place.
    """
    known = connection.exec_driver_sql(
        "select seq, sha256, missing from archives where case_id = %(id)s for update", {"id": case_id}
    ).one_or_none()
    row = connection.exec_driver_sql(CASE, {"id": case_id}).one()
    if known is not None and not known.missing and known.seq == row.version:
        return None
    if connection.exec_driver_sql("select from erasures where case_id = %(id)s", {"id": case_id}).one_or_none():
        return None
    content, missing = package(connection, office, row)
    digest = sha256(content).hexdigest()
    if not files.path_of(shelf(office), digest).exists():
        files.store(shelf(office), io.BytesIO(content), digest)
    terms = office.terms(connection, row.terms_digest)
    kept = retention(row.item_code, terms.kind, row.outcome or "")
    connection.exec_driver_sql(
        PUT,
        {
            "id": case_id,
            "seq": row.version,
            "sha": digest,
            "size": len(content),
            "missing": missing,
            "period": f"{kept.words}{'' if kept.verified else '（未核对）'}",
            "until": kept.until(ended_on(connection, row)),
            "now": now,
        },
    )
    if known is not None and known.sha256 != digest:  # a crash before the commit: the outbox row comes again
        files.path_of(shelf(office), known.sha256).unlink(missing_ok=True)
    if missing:
        log.warning("archive lacks files", extra={"count": len(missing)})
    return digest


def ended_on(connection: Connection, row: Row) -> date:
    """Return the day on which a case came to where it is; papers may have been served since. row: id, state."""
    at: datetime = connection.exec_driver_sql(
        "select max(at) from events where case_id = %(id)s and body ->> 'to' = %(state)s and body ->> 'from' <> %(state)s",
        {"id": row.id, "state": row.state},
    ).scalar_one()
    return at.astimezone(SHANGHAI).date()


def package(connection: Connection, office: Office, row: Row) -> tuple[bytes, list[str]]:
    """Return (the bag of a case, the names of files that are not where they should be). Raises NotReady."""
    events = cases.events_of(connection, row.id)
    case = replay(row.case_no, events)
    documents = connection.exec_driver_sql(DOCUMENTS, {"id": row.id}).all()
    if any(document.ready_at is None for document in documents):
        raise NotReady(row.case_no)
    payload: dict[str, bytes] = {
        "case.json": _json(_facts(row, case)),
        "application.json": _json(
            {"applicant": open_applicant(row.applicant, row.case_no), "form": open_form(row.form, row.case_no)}
        ),
        "events.jsonl": b"".join(_line(event) for event in events),
        "clocks.json": _json(_clocks(connection, office, row, case, events)),
        "terms.json": _json(_stored(connection, "terms", row.terms_digest)),
        "process.json": definitions.load_process(connection, row.process_digest).source.encode(),
        "documents.json": _json([_plain(document) for document in documents]),
        "services.json": _json(_rows(connection, SERVICES, row.id)),
        "seals.json": _json(paper_store.seals(connection, row.id)),
    }
    missing: list[str] = []
    papers, uploads = Folder(office.folder / "papers"), storage_of(office.folder)
    for document in documents:
        if document.pdf_sha256:
            _take(payload, missing, papers, document.pdf_sha256, f"papers/{document.no}.pdf")
    listed = _rows(connection, MATERIALS, row.id)
    payload["materials.json"] = _json(listed)
    for material in listed:
        name = f"materials/{material['seq']:04d}-{material['sha256'][:12]}.{_extension(material['file_name'])}"
        _take(payload, missing, uploads, material["sha256"], name)
    if missing:
        payload["missing.json"] = _json(missing)
    return bag(row.case_no, payload, _info(row, events)), missing


def _take(payload: dict[str, bytes], missing: list[str], store: Storage, digest: str, name: str) -> None:
    """Put a kept file into the package if it is there and is what its name says. Raises StoreUnavailable."""
    try:
        with store.open(digest) as stream:
            content = stream.read()
    except FileNotFoundError:
        content = b""
    if content and sha256(content).hexdigest() == digest:
        payload[name] = content
    else:
        missing.append(name)


def _extension(file_name: str) -> str:
    extension = file_name.rpartition(".")[2].lower()
    return extension if extension.isascii() and extension.isalnum() and len(extension) <= 8 else "bin"


def _facts(row: Row, case: CaseState) -> dict[str, Any]:
    names = (
        "case_no",
        "item_code",
        "item_name",
        "process",
        "definition_version",
        "department",
        "kind",
        "branch",
        "operation",
    )
    dates = ("accepted_on", "decided_on", "statutory_due", "promised_due", "received_at", "created_at", "updated_at")
    return {
        **{name: getattr(row, name) for name in names},
        **{name: _plain_value(getattr(row, name)) for name in dates},
        "state": row.state,
        "outcome": row.outcome,
        "head": row.head,
        "process_digest": row.process_digest,
        "terms_digest": row.terms_digest,
        "people": {person: list(posts) for person, posts in sorted(case.people.items())},
        "alerts": [dict(alert) for alert in case.alerts],
    }


def _clocks(connection: Connection, office: Office, row: Row, case: CaseState, events: list[dict[str, Any]]) -> Any:
    """Return every clock explained day by day, as of the last event."""
    moment = datetime.fromisoformat(events[-1]["at"])
    context = Context(moment, office.calendar(connection), SYSTEM)
    return reading_json(read(office.terms(connection, row.terms_digest), case, context), context.calendar)


def _stored(connection: Connection, table: str, digest: str) -> Any:
    return connection.exec_driver_sql(
        f"select body from {table} where digest = %(digest)s", {"digest": digest}
    ).scalar_one()


def _info(row: Row, events: list[dict[str, Any]]) -> dict[str, str]:
    return {
        "Source-Organization": row.department,
        "External-Identifier": row.case_no,
        "External-Description": f"{row.item_name}（{row.item_code}）",
        "Bagging-Date": events[-1]["at"][:10],
        "Bag-Software-Agent": "banjian",
        "Event-Chain-Head": row.head,
        "Event-Count": str(len(events)),
    }


def _rows(connection: Connection, sql: str, case_id: int) -> list[dict[str, Any]]:
    return [_plain(row) for row in connection.exec_driver_sql(sql, {"id": case_id})]


def _plain(row: Row) -> dict[str, Any]:
    return {name: _plain_value(value) for name, value in row._asdict().items() if name not in ("id", "ready_at")}


def _plain_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(SHANGHAI).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()


def _line(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n").encode()


def archive_of(office: Office, case_no: str, person: Person) -> dict[str, Any]:
    """Return what is known of the package. Raises NotFound."""
    with office.look() as connection:
        opened = open_for(connection, office, case_no, person)
        return _known(connection, opened.id, case_no)


def archive_file(office: Office, case_no: str, person: Person | None) -> Path:
    """Return where the package is. person: whom the access matrix lets have it; None: an operator.

    Raises NotFound for a stranger's case just the same; RefusedError where they may read it, but not have this.
    """
    with office.look() as connection:
        if person is not None:
            open_for(connection, office, case_no, person, "archive")
        row = connection.exec_driver_sql(
            "select a.sha256 from archives a join cases c on c.id = a.case_id where c.case_no = %(no)s",
            {"no": case_no.replace("\x00", "")},
        ).one_or_none()
    path = files.path_of(shelf(office), row.sha256) if row else None
    if path is None or not path.exists():
        raise NotFound(case_no)
    return path


def _known(connection: Connection, case_id: int, case_no: str) -> dict[str, Any]:
    row = connection.exec_driver_sql(
        "select sha256, size, missing, period, keep_until, made_at from archives where case_id = %(id)s",
        {"id": case_id},
    ).one_or_none()
    if row is None:
        raise NotFound(case_no)
    return {
        "case_no": case_no,
        "sha256": row.sha256,
        "size": row.size,
        "complete": not row.missing,
        "missing": list(row.missing),
        "period": row.period,
        "keep_until": row.keep_until.isoformat() if row.keep_until else None,
        "made_at": row.made_at.isoformat(),
    }
