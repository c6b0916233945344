"""Read single personal data unmasked: once, with a reason, written down first, for supervisors to see (ADR 0031)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from workflow.casework.errors import RefusedError
from workflow.casework.masking import with_identity_number
from workflow.casework.office import Office
from workflow.casework.people import Person
from workflow.casework.tracking import Opened, open_for
from workflow.engine.errors import Reason, Refused
from workflow.ledger.chain import GENESIS, digest_of
from workflow.store.connect import Connection, Row
from workflow.store.sealed import open_form

LAST = "select n, hash from readings where case_id = %(id)s order by n desc limit 1"
INSERT = """
insert into readings (case_id, n, person_id, fields, reason, at, prev_hash, hash)
values (%(id)s, %(n)s, %(person)s, %(fields)s, %(reason)s, %(at)s, %(prev_hash)s, %(hash)s)
"""
LISTED = """
select r.id, c.case_no, c.item_code, c.department, r.n, r.person_id, p.name as person_name, r.fields, r.reason, r.at,
       r.prev_hash, r.hash
  from readings r join cases c on c.id = r.case_id join people p on p.id = r.person_id
 where (%(before)s::bigint is null or r.id < %(before)s) order by r.id desc limit %(limit)s
"""


def unmask(
    office: Office, case_no: str, person: Person, reason: str, fields: Sequence[str], now: datetime
) -> dict[str, Any]:
    """Return {"values", "reading"}: what these fields hold, after the reading was written down.

    fields: applicant.KEY or form.KEY. Raises NotFound for a case that is not theirs to see, RefusedError for a field that is
    not there, for a reason that holds an identity number, and for whoever has no such right.
    """
    with office.work() as connection:
        opened = open_for(connection, office, case_no, person, "unmask")
        if with_identity_number((reason,)):
            raise _refused(
                "IDENTITY_NUMBER_IN_TEXT", "理由写入不可更改的记录，不能含有公民身份号码，请删除。", "reason"
            )
        values = {field: _value(opened, case_no, field) for field in fields}
        reading = _write(connection, opened, reason, sorted(values), now)
    return {"values": values, "reading": reading}


def _value(opened: Opened, case_no: str, field: str) -> Any:
    part, _, key = field.partition(".")
    held: Mapping[str, Any] = {}
    if part == "applicant":
        held = opened.row.applicant
    elif part == "form":
        held = open_form(opened.row.form, case_no)
    if key not in held:
        raise _refused("FIELD_UNKNOWN", f"没有 {field[:60]} 这一项，请写 applicant.id_no、form.… 等。", "fields")
    return held[key]


def _write(connection: Connection, opened: Opened, reason: str, fields: list[str], now: datetime) -> dict[str, Any]:
    """Append the reading to the chain of readings of this case; nobody else does until the commit."""
    connection.exec_driver_sql("select pg_advisory_xact_lock(hashtextextended('readings', %(id)s))", {"id": opened.id})
    last = connection.exec_driver_sql(LAST, {"id": opened.id}).one_or_none()
    reading = {
        "case_no": opened.case.case_no,
        "n": last.n + 1 if last else 1,
        "person": opened.person.id,
        "fields": fields,
        "reason": reason,
        "at": now.isoformat(),
        "prev_hash": last.hash if last else GENESIS,
    }
    reading["hash"] = digest_of(reading)
    connection.exec_driver_sql(INSERT, {**reading, "id": opened.id, "at": now})
    return reading


def readings(office: Office, *, before: int | None, limit: int) -> tuple[list[dict[str, Any]], int | None]:
    """Return (every reading, newest first; id to continue before or None), for those who oversee."""
    with office.look() as connection:
        rows = connection.exec_driver_sql(LISTED, {"before": before, "limit": limit + 1}).all()
    page = rows[:limit]
    return [_shown(row) for row in page], page[-1].id if len(rows) > limit else None


def _shown(row: Row) -> dict[str, Any]:
    return {
        "case_no": row.case_no,
        "item_code": row.item_code,
        "department": row.department,
        "n": row.n,
        "person": {"id": row.person_id, "name": row.person_name},
        "fields": list(row.fields),
        "reason": row.reason,
        "at": row.at.isoformat(),
        "prev_hash": row.prev_hash,
        "hash": row.hash,
    }


def _refused(code: str, text: str, field: str) -> RefusedError:
    return RefusedError(Refused((Reason(code, text, "个人信息保护法 第六条、第三十四条", "invalid", field),)))
