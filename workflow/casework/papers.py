"""Papers: freeze what an issued paper says, draw its file, seal both; and give them to those who may read them.

The number came with the act, in the act's own transaction. Here, any time later and as often as a killed worker needs:
the content follows from the event, the file from the content, and row, seal and outbox row are one commit.
"""

import io
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from workflow.casework import files
from workflow.casework.office import Office
from workflow.engine.case import CaseState, effects_of, replay
from workflow.engine.commands import SYSTEM, Context
from workflow.engine.dates import SHANGHAI
from workflow.engine.decide import read
from workflow.ledger.chain import GENESIS, canonical
from workflow.ledger.papers import seal
from workflow.papers.compose import compose
from workflow.papers.facts import Issued
from workflow.papers.pades import sealed as sealed_pdf
from workflow.papers.pdf import paper_pdf, renderer
from workflow.store import papers as store
from workflow.store import personal
from workflow.store.connect import Connection, Row
from workflow.store.sealed import open_applicant, paper_place


def shelf(office: Office) -> Path:
    """Return the folder of issued files, each named by its sha256."""
    return office.folder / "papers"


def issue_document(connection: Connection, office: Office, case_id: int, seq: int, title: str, now: datetime) -> None:
    """Freeze, draw and seal one numbered paper; nothing if that was done. Caller commits. Raises CannotSay, CannotDraw."""
    row = store.document(connection, case_id, seq, title)
    if row.ready:
        return
    paper = issued(connection, office, row)
    content, id_no = compose(paper), str(paper.applicant.get("id_no", ""))
    pdf_sha = keep_file(office, sealed_pdf(paper_pdf(content, id_no), row.no))
    text = canonical(content).decode()
    sha = sha256(text.encode()).hexdigest()
    hidden = personal.seal(id_no, paper_place(row.no))
    store.keep_document(connection, row.id, text, sha, hidden, pdf_sha, renderer(), now)
    about = {
        "case_no": row.case_no,
        "kind": "document",
        "title": row.title,
        "no": row.no,
        "event_seq": row.seq,
        "event_hash": row.event["hash"],
        "content_sha256": sha,
        "files": {"pdf": pdf_sha},
        "renderer": renderer(),
    }
    put_seal(connection, case_id, about, now, document_id=row.id)


def put_seal(connection: Connection, case_id: int, about: Mapping[str, Any], now: datetime, **subject: int) -> None:
    """Append the next seal of the case."""
    n, prev_hash = store.hold_seals(connection, case_id) or (0, GENESIS)
    store.put_seal(connection, case_id, seal(about, n=n + 1, prev_hash=prev_hash), now, **subject)


def keep_file(office: Office, content: bytes) -> str:
    """Keep a file on the shelf; return its sha256. The same content is the same file."""
    digest = sha256(content).hexdigest()
    if not files.path_of(shelf(office), digest).exists():
        files.store(shelf(office), io.BytesIO(content), digest)
    return digest


def issued(connection: Connection, office: Office, row: Row) -> Issued:
    """Return a paper with everything that held when its event happened, from the events alone."""
    events = store.events_until(connection, row.case_id, row.seq)
    before = replay(row.case_no, events[:-1])
    after = replay(row.case_no, events)
    terms = office.terms(connection, after.terms_digest)
    moment = datetime.fromisoformat(row.event["at"]).astimezone(SHANGHAI)
    context = Context(moment, office.calendar(connection), SYSTEM)
    permit = store.permit_of_case(connection, row.case_id, row.permit_id)
    return Issued(
        title=row.title,
        no=row.no,
        event=row.event,
        before=before,
        after=after,
        process=office.process(connection, after.process_digest),
        terms=terms,
        reading=read(terms, after, context),
        calendar=context.calendar,
        applicant=open_applicant(row.applicant, row.case_no),
        department=row.department,
        people=store.names(connection, sorted(_named(row.event, before, after))),
        permit=decided_permit(connection, permit, row.no) if permit else {},
        served=tuple(
            store.titled(connection, row.case_id, effects_of(row.event).get("service", {}).get("documents", ()))
        ),
    )


def _named(event: Mapping[str, Any], *states: CaseState) -> set[str]:
    """Return everything in the case that may be the id of a person."""
    found: set[str] = set(effects_of(event).get("draw", {}).get("left_out", ()))
    values = [*event["data"].values()]
    for state in states:
        found |= set(state.people)
        for entries in state.collected.values():
            found |= set(entries)
        values += [value for mark in state.marks.values() for value in mark["given"].values()]
    for value in values:
        found |= {value} if isinstance(value, str) and len(value) <= 64 else set()
        found |= {one for one in value if isinstance(one, str)} if isinstance(value, list) else set()
    return found


def decided_permit(connection: Connection, permit: Row, decision_no: str) -> dict[str, Any]:
    """Return the permit as that decision left it; {} if the decision did nothing to it."""
    found = connection.exec_driver_sql(
        "select max(seq) from events where case_id = %(life)s"
        " and body -> 'data' -> 'effects' -> 'permit' ->> 'decision_no' = %(no)s",
        {"life": permit.life_id, "no": decision_no},
    ).scalar_one()
    return permit_at(connection, permit, found) if found else {}


def permit_at(connection: Connection, permit: Row, seq: int) -> dict[str, Any]:
    """Return what held of a permit after an event of its life: number, name, holder, content, days, decision."""
    life = replay(permit.life_no, store.events_until(connection, permit.life_id, seq))
    return {
        "permit_no": permit.permit_no,
        "certificate": permit.certificate,
        "holder": life.permit.get("holder") or permit.applicant["name"],
        "content": life.permit.get("content") or permit.first_content or "",
        "valid_from": life.permit["valid_from"],
        "valid_until": life.permit.get("valid_until"),
        "decision_no": life.permit["decision_no"],
    }
