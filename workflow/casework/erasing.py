"""Destroy what an applicant supplied, once it need not be kept any longer (个人信息保护法47): data, salt and files.

When that is, retention.yaml says for each item; nothing goes before. Then the archive package goes too, and of certificates
what they say. What stays: events, papers' words, records of service, which name people and hold no numbers, and the row of
the package, which says what was kept until when. The chain stays whole: of applicant and form it holds commitments that
nobody can open without the salt.
"""

import json
from dataclasses import dataclass
from datetime import datetime

from workflow.casework import files
from workflow.casework.archive import shelf as archive_shelf
from workflow.casework.errors import NotFound, RefusedError
from workflow.casework.office import Office
from workflow.casework.papers import shelf
from workflow.casework.retention import may_erase
from workflow.casework.storage import storage_of
from workflow.engine.errors import Refused
from workflow.store.connect import Connection, Row

GONE = "（已删除）"
CASE = """
select c.id, c.case_no, c.applicant ->> 'kind' as kind, c.applicant ->> 'name' as name, a.period, a.keep_until,
       a.sha256 as package, exists (select from erasures where case_id = c.id) as erased
  from cases c left join archives a on a.case_id = c.id where c.case_no = %(case_no)s for update of c
"""
ERASE = """
update cases set applicant = %(applicant)s::jsonb, form = '{}', salt = null, applicant_index = null where id = %(id)s
"""
# The signed words go with what was signed; number, code and hash stay, so that the public page can say what became of it.
ERASE_CERTIFICATES = """
update certificates k set payload = '', signature = '', content = jsonb_build_object('erased', true) || (
       select jsonb_object_agg(key, value) from jsonb_each(k.content)
        where key in ('code', 'permit_no', 'version', 'certificate', 'organ', 'issued_on', 'valid_from', 'valid_until'))
  from permits p where p.id = k.permit_id and p.case_id = %(id)s
"""


@dataclass(frozen=True, slots=True)
class Erased:
    """What was destroyed."""

    case_no: str
    files: int


def erase(office: Office, case_no: str, by: str, now: datetime) -> Erased:
    """Return what was destroyed. Raises NotFound; RefusedError before its time, or where something still rests on the data.

    The rows first, in one transaction with the entry in `erasures`; then the files, which nothing names any more. A second
    call after a crash between the two destroys the files that are left.
    """
    with office.work() as connection:
        row = connection.exec_driver_sql(CASE, {"case_no": case_no}).one_or_none()
        if row is None:
            raise NotFound(case_no)
        digests, papers = _files_of(connection, row.id)
        if not row.erased:
            reasons = may_erase(connection, row.id, now.date())
            if reasons:
                raise RefusedError(Refused(reasons))
            _erase(connection, row)
            rule = _rule(row)
            connection.exec_driver_sql(
                "insert into erasures (case_id, by_id, rule, files, at) values (%(id)s, %(by)s, %(rule)s, %(n)s, %(now)s)",
                {"id": row.id, "by": by, "rule": rule, "n": len(digests) + len(papers), "now": now},
            )
        connection.exec_driver_sql(
            "update materials set erased_at = coalesce(erased_at, %(now)s), file_name = %(gone)s where case_id = %(id)s",
            {"id": row.id, "now": now, "gone": GONE},
        )
        shared = _still_needed(connection, row.id, digests)
    storage = storage_of(office.folder)
    for digest in digests - shared:
        storage.destroy(digest)
    for digest in papers:
        files.path_of(shelf(office), digest).unlink(missing_ok=True)
    if row.package:
        files.path_of(archive_shelf(office), row.package).unlink(missing_ok=True)
    return Erased(case_no, len(digests - shared) + len(papers) + bool(row.package))


def _rule(row: Row) -> str:
    """Return under which rule it goes, and the hash of the package that goes with it."""
    if row.package is None:
        return "没有提交的草稿，不归档"
    return f"保管期限{row.period}，至{row.keep_until.isoformat()}期满；归档包 {row.package}"


def _erase(connection: Connection, row: Row) -> None:
    """Overwrite what the applicant gave, in the case and wherever it was copied to."""
    name = row.name if row.kind == "organisation" else GONE  # the name of an organisation is public
    applicant = json.dumps({"kind": row.kind, "name": name, "id_no": ""}, ensure_ascii=False)
    connection.exec_driver_sql(ERASE, {"id": row.id, "applicant": applicant})
    connection.exec_driver_sql("delete from idempotency where answer ->> 'case_no' = %(no)s", {"no": row.case_no})
    connection.exec_driver_sql("update documents set id_no = '' where case_id = %(id)s", {"id": row.id})
    connection.exec_driver_sql(
        "update permits set holder = %(name)s, holder_id_no = '', holder_index = null where case_id = %(id)s",
        {"id": row.id, "name": name},
    )
    for life in connection.exec_driver_sql(
        "select life_id from permits where case_id = %(id)s", {"id": row.id}
    ).scalars():
        if life is not None:
            connection.exec_driver_sql(ERASE, {"id": life, "applicant": applicant})
    connection.exec_driver_sql(ERASE_CERTIFICATES, {"id": row.id})


def _files_of(connection: Connection, case_id: int) -> tuple[set[str], set[str]]:
    """Return the digests of (materials, drawn papers and certificates) of a case."""
    materials = connection.exec_driver_sql(
        "select sha256 from materials where case_id = %(id)s", {"id": case_id}
    ).scalars()
    papers = connection.exec_driver_sql(
        "select pdf_sha256 from documents where case_id = %(id)s and pdf_sha256 is not null"
        " union select unnest(array[k.original_sha256, k.duplicate_sha256]) from certificates k"
        " join permits p on p.id = k.permit_id where p.case_id = %(id)s",
        {"id": case_id},
    ).scalars()
    return set(materials), set(papers)


def _still_needed(connection: Connection, case_id: int, digests: set[str]) -> set[str]:
    """Return the digests that other cases hold too: the same file handed in twice is kept once."""
    return set(
        connection.exec_driver_sql(
            "select sha256 from materials where sha256 = any(%(digests)s) and case_id <> %(id)s and erased_at is null",
            {"digests": sorted(digests), "id": case_id},
        ).scalars()
    )
