"""What single actions ask of the office: registers, bans, the library of experts."""

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from workflow.store.connect import Connection
from workflow.store.sealed import register_index

REGISTERS = """
select r.id, r.as_of, exists (select from register_entries e
        where e.register = r.id and e.id_no in (%(id_no)s, %(index)s)
          and %(today)s between e.valid_from and coalesce(e.valid_until, 'infinity')) as present
  from registers r where r.as_of + r.good_for >= %(now)s order by r.id
"""
BANS = """
select item_code, until, law from bans
 where id_no in (%(id_no)s, %(index)s) and item_code = %(item_code)s and until >= %(today)s order by until desc
"""
DOCUMENTS = """
select d.no, d.title, d.seq, d.issued_at,
       d.seq = (select max(seq) from decisions where case_id = d.case_id) as decision,
       array(select recipient from service_records s where s.document_id = d.id) as served_on
  from documents d where d.case_id = %(id)s and d.title <> '送达回证' order by d.id
"""


def documents(connection: Connection, case_id: int) -> tuple[dict[str, Any], ...]:
    """Return the numbered papers of a case, oldest first; `decision` marks those of its decision."""
    rows = connection.exec_driver_sql(DOCUMENTS, {"id": case_id})
    return tuple(
        {
            "no": row.no,
            "title": row.title,
            "seq": row.seq,
            "issued_at": row.issued_at.isoformat(),
            "decision": bool(row.decision),
            "served_on": list(row.served_on),
        }
        for row in rows
    )


def registers(connection: Connection, id_no: str, now: datetime) -> dict[str, dict[str, Any]]:
    """Return what each register that is fresh enough says of this identity number: {"as_of", "present"}."""
    index = register_index(id_no)  # the number itself in rows from before sealing
    rows = connection.exec_driver_sql(REGISTERS, {"id_no": id_no, "index": index, "now": now, "today": now.date()})
    return {row.id: {"as_of": row.as_of.isoformat(), "present": row.present} for row in rows}


def bans(connection: Connection, id_no: str, item_code: str, today: date) -> tuple[dict[str, Any], ...]:
    """Return the bans in force on that day, the longest first."""
    index = register_index(id_no)
    rows = connection.exec_driver_sql(BANS, {"id_no": id_no, "index": index, "item_code": item_code, "today": today})
    return tuple({"item_code": row.item_code, "until": row.until.isoformat(), "law": row.law} for row in rows)


def put_ban(connection: Connection, parameters: Mapping[str, Any]) -> None:
    """Keep a ban with the event that imposed it."""
    connection.exec_driver_sql(
        "insert into bans (id_no, item_code, starts_on, until, law, case_id, seq) values (%(id_no)s, %(item_code)s,"
        " %(starts_on)s, %(until)s, %(law)s, %(case_id)s, %(seq)s)",
        {**parameters, "id_no": register_index(parameters["id_no"])},
    )


def experts(connection: Connection) -> tuple[dict[str, Any], ...]:
    """Return the library: everybody who may be drawn, by id."""
    rows = connection.exec_driver_sql(
        "select e.person_id, p.name, e.unit, e.unit_code, e.specialities from experts e join people p on p.id = e.person_id"
        " where e.active and p.active order by e.person_id"
    )
    return tuple(
        {
            "id": row.person_id,
            "name": row.name,
            "unit": row.unit,
            "unit_code": row.unit_code,
            "specialities": list(row.specialities),
        }
        for row in rows
    )


def retire_experts(connection: Connection) -> None:
    """Take everybody out of the library; who is in the new one comes back."""
    connection.exec_driver_sql("update experts set active = false where active")


def put_expert(
    connection: Connection, person_id: str, unit: str, specialities: Iterable[str], *, unit_code: str = ""
) -> None:
    """Add an expert to the library, or bring the entry up to date."""
    connection.exec_driver_sql(
        "insert into experts (person_id, unit, unit_code, specialities)"
        " values (%(id)s, %(unit)s, %(code)s, %(specialities)s)"
        " on conflict (person_id) do update set unit = excluded.unit, unit_code = excluded.unit_code,"
        " specialities = excluded.specialities, active = true",
        {"id": person_id, "unit": unit, "code": unit_code, "specialities": list(specialities)},
    )


def put_register(
    connection: Connection, register: str, source: str, as_of: datetime, entries: Iterable[Mapping[str, Any]]
) -> int:
    """Replace a register by a newer copy; return how many entries it has."""
    connection.exec_driver_sql(
        "insert into registers (id, as_of, source) values (%(id)s, %(as_of)s, %(source)s)"
        " on conflict (id) do update set as_of = excluded.as_of, source = excluded.source",
        {"id": register, "as_of": as_of, "source": source},
    )
    connection.exec_driver_sql("delete from register_entries where register = %(id)s", {"id": register})
    rows = [
        {
            "id_no": register_index(entry["id_no"]),
            "valid_from": str(entry.get("valid_from") or date(1900, 1, 1)),
            "valid_until": str(entry["valid_until"]) if entry.get("valid_until") else None,
            "note": entry.get("note") or "",
        }
        for entry in entries
    ]
    connection.exec_driver_sql(
        "insert into register_entries (register, id_no, valid_from, valid_until, note)"
        " select %(id)s, id_no, valid_from, valid_until, note from jsonb_to_recordset(%(rows)s::jsonb)"
        " as entry(id_no text, valid_from date, valid_until date, note text)",
        {"id": register, "rows": json.dumps(rows, ensure_ascii=False)},
    )
    return len(rows)
