"""Certificates as rows: one a version of a permit, the newest current."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from workflow.store.connect import Connection, Row

INSERT = """
insert into certificates (permit_id, version, life_id, seq, code, content, sha256, payload, key_id, algorithm, signature,
                          address, original_sha256, duplicate_sha256, renderer, issued_on, created_at)
values (%(permit_id)s, %(version)s, %(life_id)s, %(seq)s, %(code)s, %(content)s::jsonb, %(sha256)s, %(payload)s, %(key_id)s,
        %(algorithm)s, %(signature)s, %(address)s, %(original_sha256)s, %(duplicate_sha256)s, %(renderer)s, %(issued_on)s,
        %(created_at)s)
returning id
"""
FOUND = """
select k.id, k.version, k.code, k.content, k.sha256, k.payload, k.key_id, k.algorithm, k.signature, k.address,
       k.original_sha256, k.duplicate_sha256, k.renderer, k.superseded_at, p.permit_no, p.status, p.owner, p.department,
       p.valid_until, l.state as life_state
  from certificates k join permits p on p.id = k.permit_id join cases l on l.id = p.life_id
"""
MAKING = ("open", "renew", "change", "replace")  # acts of a permit's life after which there is a new certificate


def making_events(connection: Connection, life_id: int, until: int) -> list[dict[str, Any]]:
    """Return the events of a permit's life, up to one, after each of which there is a new certificate."""
    return list(
        connection.exec_driver_sql(
            "select body from events where case_id = %(life)s and seq <= %(until)s and type = any(%(making)s) order by seq",
            {"life": life_id, "until": until, "making": list(MAKING)},
        ).scalars()
    )


def granted_form(connection: Connection, permit_id: int) -> Row:
    """Return number and (sealed) answers of the case that led to the permit."""
    return connection.exec_driver_sql(
        "select c.case_no, c.form from permits p join cases c on c.id = p.case_id where p.id = %(id)s",
        {"id": permit_id},
    ).one()


def changes_of(connection: Connection, life_id: int, until: int) -> list[Row]:
    """Return number, answers and day of each case that changed the permit, up to an event of its life, oldest first."""
    return list(
        connection.exec_driver_sql(
            "select c.case_no, c.form, e.body ->> 'at' as at from events e"
            " join cases c on c.case_no = substr(e.body -> 'actor' ->> 'id', length('case:') + 1)"
            " where e.case_id = %(life)s and e.seq <= %(until)s and e.type = 'change' and c.form ? 'after' order by e.seq",
            {"life": life_id, "until": until},
        )
    )


def lock_permit(connection: Connection, life_id: int) -> None:
    """Hold the permit: nobody else issues certificates of it until the commit."""
    connection.exec_driver_sql("select id from permits where life_id = %(life)s for no key update", {"life": life_id})


def versions_of(connection: Connection, life_id: int) -> frozenset[int]:
    """Return the events of a permit's life whose certificate is there, by seq."""
    rows = connection.exec_driver_sql("select seq from certificates where life_id = %(life)s", {"life": life_id})
    return frozenset(row.seq for row in rows)


def put(connection: Connection, row: Mapping[str, Any], now: datetime) -> int:
    """Insert the newest certificate of a permit; the one before is superseded. Return its id."""
    connection.exec_driver_sql(
        "update certificates set superseded_at = %(now)s where permit_id = %(permit)s and superseded_at is null",
        {"now": now, "permit": row["permit_id"]},
    )
    content = json.dumps(row["content"], ensure_ascii=False)
    return int(connection.exec_driver_sql(INSERT, {**row, "content": content, "created_at": now}).scalar_one())


def lives_without(connection: Connection, after: int, limit: int) -> list[Row]:
    """Return lives of permits that have an act without its certificate and nobody at work on it, with the last such act.

    Not those whose holder's data were erased: there is nobody left to certify.
    """
    return list(
        connection.exec_driver_sql(
            "select p.life_id, p.permit_no, max(e.seq) as seq from permits p"
            " join events e on e.case_id = p.life_id and e.type = any(%(making)s)"
            " where p.life_id > %(after)s"
            "   and not exists (select from certificates k where k.life_id = e.case_id and k.seq = e.seq)"
            "   and not exists (select from outbox o where o.case_id = e.case_id and o.topic = 'certificate'"
            "                      and o.done_at is null and o.quarantined_at is null)"
            "   and not exists (select from erasures x where x.case_id = p.case_id)"
            " group by p.life_id, p.permit_no order by p.life_id limit %(limit)s",
            {"making": list(MAKING), "after": after, "limit": limit},
        )
    )


def by_code(connection: Connection, code: str) -> Row | None:
    """Return the certificate of that code, with its permit as it now stands; None if there is none."""
    return connection.exec_driver_sql(f"{FOUND} where k.code = %(code)s", {"code": code}).one_or_none()


def current_of(connection: Connection, permit_no: str) -> Row | None:
    """Return the current certificate of a permit; None if there is none (yet)."""
    return connection.exec_driver_sql(
        f"{FOUND} where p.permit_no = %(no)s and k.superseded_at is null", {"no": permit_no}
    ).one_or_none()
