"""Documents, certificates and their seals as rows."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from workflow.store.connect import Connection, Row

DOCUMENT = """
select d.id, d.no, d.title, d.seq, d.pdf_sha256 is not null as ready, e.body as event, c.case_no, c.department, c.applicant,
       c.id as case_id, c.permit_id
  from documents d join events e using (case_id, seq) join cases c on c.id = d.case_id
 where d.case_id = %(case)s and d.seq = %(seq)s and d.title = %(title)s for no key update of d
"""
PERMIT = """
select p.id, p.permit_no, p.certificate, p.life_id, l.applicant, l.case_no as life_no, p.item_code, p.item_name, p.department,
       p.issued_on, d.document_no as first_decision, g.body -> 'data' ->> 'conditions' as first_content, t.body as terms
  from permits p join cases l on l.id = p.life_id
  join cases c on c.id = p.case_id join terms t on t.digest = c.terms_digest
  left join decisions d on d.case_id = p.case_id and d.round = 1
  left join events g on g.case_id = d.case_id and g.seq = d.seq
 where {}
"""
# No two papers of a case are sealed at once: the chain has one order.
ONE_AT_A_TIME = "select pg_advisory_xact_lock(hashtextextended('paper-seals', %(case)s))"
LAST_SEAL = "select n, hash from paper_seals where case_id = %(case)s order by n desc limit 1"


def document(connection: Connection, case_id: int, seq: int, title: str) -> Row:
    """Return a numbered paper with its event and case, locked. ValueError if it was never numbered."""
    return connection.exec_driver_sql(DOCUMENT, {"case": case_id, "seq": seq, "title": title}).one()


def events_until(connection: Connection, case_id: int, seq: int) -> list[dict[str, Any]]:
    """Return the events of a case up to and with that one."""
    return list(
        connection.exec_driver_sql(
            "select body from events where case_id = %(case)s and seq <= %(seq)s order by seq",
            {"case": case_id, "seq": seq},
        ).scalars()
    )


def names(connection: Connection, people: Sequence[str]) -> dict[str, str]:
    """Return id -> name of those who have an account."""
    rows = connection.exec_driver_sql(
        "select id, name from people where id = any(%(people)s)", {"people": sorted(people)}
    )
    return {row.id: row.name for row in rows}


def permit_of_case(connection: Connection, case_id: int, permit_id: int | None) -> Row | None:
    """Return the permit a case is about, or the one it led to."""
    where = "p.id = %(permit)s or (%(permit)s::bigint is null and p.case_id = %(case)s)"
    return connection.exec_driver_sql(PERMIT.format(where), {"case": case_id, "permit": permit_id}).one_or_none()


def permit_of_life(connection: Connection, life_id: int) -> Row:
    """Return the permit whose life this is."""
    return connection.exec_driver_sql(PERMIT.format("p.life_id = %(life)s"), {"life": life_id}).one()


def titled(connection: Connection, case_id: int, numbers: Sequence[str]) -> list[tuple[str, str]]:
    """Return (title, number) of papers of the case."""
    if not numbers:
        return []
    rows = connection.exec_driver_sql(
        "select title, no from documents where case_id = %(case)s and no = any(%(numbers)s) order by id",
        {"case": case_id, "numbers": list(numbers)},
    )
    return [(row.title, row.no) for row in rows]


def keep_document(
    connection: Connection,
    document_id: int,
    text: str,
    sha: str,
    id_no: str,
    pdf_sha: str,
    renderer: str,
    now: datetime,
) -> None:
    """Freeze the content of a paper with the hash of its file. id_no: sealed."""
    connection.exec_driver_sql(
        "update documents set content = %(text)s::jsonb, sha256 = %(sha)s, id_no = %(id_no)s,"
        " pdf_sha256 = %(pdf)s, renderer = %(renderer)s, ready_at = %(now)s where id = %(id)s",
        {"id": document_id, "text": text, "sha": sha, "id_no": id_no, "pdf": pdf_sha, "renderer": renderer, "now": now},
    )


def hold_seals(connection: Connection, case_id: int) -> tuple[int, str] | None:
    """Return (number, hash) of the case's last seal, or None; nobody else seals in this case until the commit."""
    connection.exec_driver_sql(ONE_AT_A_TIME, {"case": case_id})
    last = connection.exec_driver_sql(LAST_SEAL, {"case": case_id}).one_or_none()
    return (last.n, last.hash) if last else None


def put_seal(connection: Connection, case_id: int, body: Mapping[str, Any], now: datetime, **subject: int) -> None:
    """Append a seal. subject: document_id or certificate_id."""
    connection.exec_driver_sql(
        "insert into paper_seals (case_id, n, document_id, certificate_id, hash, body, sealed_at)"
        " values (%(case)s, %(n)s, %(document)s, %(certificate)s, %(hash)s, %(body)s::jsonb, %(now)s)",
        {
            "case": case_id,
            "n": body["n"],
            "document": subject.get("document_id"),
            "certificate": subject.get("certificate_id"),
            "hash": body["hash"],
            "body": json.dumps(body, ensure_ascii=False),
            "now": now,
        },
    )


def seals(connection: Connection, case_id: int) -> list[dict[str, Any]]:
    """Return the seals of a case in order."""
    return list(
        connection.exec_driver_sql(
            "select body from paper_seals where case_id = %(case)s order by n", {"case": case_id}
        ).scalars()
    )


def cases_with_seals(connection: Connection, after: int, limit: int) -> list[int]:
    """Return ids of cases that issued papers, in order, after a given one."""
    return list(
        connection.exec_driver_sql(
            "select distinct case_id from paper_seals where case_id > %(after)s order by case_id limit %(limit)s",
            {"after": after, "limit": limit},
        ).scalars()
    )
