"""Check everything that was issued: every seal against its row, its event and its file; files nobody sealed."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from workflow.casework.office import Office
from workflow.casework.papers import shelf
from workflow.casework.read_papers import issued_file
from workflow.ledger.chain import canonical
from workflow.ledger.papers import first_broken
from workflow.store import papers as store
from workflow.store.connect import Connection

LOT = 200
ROWS = """
select s.n, e.hash as event_hash, coalesce(d.content, k.content) as content, coalesce(d.no, p.permit_no || '/' || k.version) as no,
       exists (select from erasures x where x.case_id in (s.case_id, p.case_id)) as erased
  from paper_seals s
  left join documents d on d.id = s.document_id
  left join certificates k on k.id = s.certificate_id left join permits p on p.id = k.permit_id
  join events e on e.case_id = s.case_id and e.seq = (s.body ->> 'event_seq')::int
 where s.case_id = %(case)s order by s.n
"""


def check_papers(office: Office) -> tuple[int, list[str], int]:
    """Return (seals checked, what is wrong, one line each, files that no seal names)."""
    checked, wrong, known, after = 0, [], set[str](), 0
    while True:
        with office.look() as connection:
            cases = store.cases_with_seals(connection, after, LOT)
            for case_id in cases:
                bodies = store.seals(connection, case_id)
                checked += len(bodies)
                known |= {digest for body in bodies for digest in body["files"].values()}
                wrong += list(_of_case(connection, office, case_id, bodies))
        if len(cases) < LOT:
            break
        after = cases[-1]
    on_shelf = {path.name for path in shelf(office).glob("??/*")}
    return checked, wrong, len(on_shelf - known)


def _of_case(connection: Connection, office: Office, case_id: int, bodies: list[dict[str, Any]]) -> Iterator[str]:
    broken = first_broken(bodies)
    if broken:
        yield f"{bodies[0]['case_no']}: seal {broken} does not follow from the one before"
    rows = {row.n: row for row in connection.exec_driver_sql(ROWS, {"case": case_id})}
    for body in bodies:
        row = rows.get(body["n"])
        if row is None or row.no != body["no"]:
            yield f"{body['no']}: the row it seals is gone or has another number"
            continue
        if row.erased:  # what it said and its file were destroyed when their time was over
            continue
        if sha256(canonical(row.content)).hexdigest() != body["content_sha256"]:
            yield f"{body['no']}: the content is not what was sealed"
        if row.event_hash != body["event_hash"]:
            yield f"{body['no']}: the event is not the one that issued it"
        for name, digest in body["files"].items():
            if issued_file(office, digest) is None:
                yield f"{body['no']}: the file ({name}) is gone or was changed"
