"""Destroy what an applicant supplied, once it need not be kept any longer (个人信息保护法47): data, salt and files.

What stays: events, papers' words, records of service: the archive of the office itself, which names people and holds no
numbers. The chain stays whole: of applicant and form it holds commitments that nobody can open without the salt.
"""

import json
from dataclasses import dataclass
from datetime import date, datetime

from workflow.casework import files
from workflow.casework.errors import NotFound, RefusedError
from workflow.casework.office import Office
from workflow.casework.papers import shelf
from workflow.casework.storage import storage_of
from workflow.engine.calendar import plain_end
from workflow.engine.dates import SHANGHAI
from workflow.engine.errors import Reason, Refused
from workflow.store.connect import Connection, Row

LAW = "个人信息保护法 第十九条、第四十七条"
RETENTION_YEARS = 30  # 国家档案局令第8号: 永久、30年、10年; which holds for an item is its archive's word. Unverified.
GONE = "（已删除）"
CASE = """
select c.id, c.case_no, c.phase, c.applicant ->> 'kind' as kind, c.applicant ->> 'name' as name,
       (select max(at) from events where case_id = c.id) as ended_at,
       exists (select from erasures where case_id = c.id) as erased,
       exists (select from permits p where (p.case_id = c.id or p.life_id = c.id) and p.status in ('valid', 'suspended'))
           as permit_holds,
       exists (select from cases b where b.parent_id = c.id and b.phase <> 'ended') as branches_open
  from cases c where c.case_no = %(case_no)s for update of c
"""
ERASE = """
update cases set applicant = %(applicant)s::jsonb, form = '{}', salt = null, applicant_index = null where id = %(id)s
"""


@dataclass(frozen=True, slots=True)
class Erased:
    """What was destroyed."""

    case_no: str
    files: int


def erase(office: Office, case_no: str, by: str, now: datetime, *, years: int = RETENTION_YEARS) -> Erased:
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
            _check(row, now.date(), years)
            _erase(connection, row)
            rule = f"办结后满{years}年"
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
    return Erased(case_no, len(digests - shared) + len(papers))


def _check(row: Row, today: date, years: int) -> None:
    if row.phase != "ended":
        raise _refused("CASE_NOT_ENDED", "办件还没有办结，不能删除个人信息。")
    if row.permit_holds:
        raise _refused("PERMIT_STILL_HOLDS", "由本件取得的证照仍然有效，不能删除持证人的信息。")
    if row.branches_open:
        raise _refused("BRANCHES_OPEN", "本件还有没有办结的分支，不能删除个人信息。")
    until = plain_end(row.ended_at.astimezone(SHANGHAI).date(), years, "year")
    if today <= until:
        raise _refused("RETENTION_NOT_OVER", f"保存期限到 {until.isoformat()} 届满，之前不能删除。")


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


def _files_of(connection: Connection, case_id: int) -> tuple[set[str], set[str]]:
    """Return the digests of (materials, drawn papers) of a case."""
    materials = connection.exec_driver_sql(
        "select sha256 from materials where case_id = %(id)s", {"id": case_id}
    ).scalars()
    papers = connection.exec_driver_sql(
        "select pdf_sha256 from documents where case_id = %(id)s and pdf_sha256 is not null", {"id": case_id}
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


def _refused(code: str, text: str) -> RefusedError:
    return RefusedError(Refused((Reason(code, text, LAW, "conflict"),)))
