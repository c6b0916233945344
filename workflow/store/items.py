"""Items of the national list, dated lists, cancellations and the change log. Every change takes the same row first."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from workflow.store.connect import Connection, Row

BATCH = 1000  # items written by one statement

PUT_ITEMS = """
insert into service_items as known (code, name, initials, department, kind, process, project_type, attributes, applicant_types,
       catalog_code, task_code, local_code, result, state, effective_from, cancelled_from, version, digest)
select code, name, initials, department, kind, process, project_type, attributes, applicant_types, catalog_code, task_code,
       local_code, result, state, effective_from, cancelled_from, 1, digest
  from jsonb_to_recordset(%(items)s::jsonb) as given (code text, name text, initials text, department text, kind text,
       process text, project_type text, attributes text[], applicant_types text[], catalog_code text, task_code text,
       local_code text, result text, state text, effective_from date, cancelled_from date, digest text)
    on conflict (code) do update set name = excluded.name, initials = excluded.initials, department = excluded.department,
       kind = excluded.kind, process = excluded.process, project_type = excluded.project_type,
       attributes = excluded.attributes, applicant_types = excluded.applicant_types, catalog_code = excluded.catalog_code,
       task_code = excluded.task_code, local_code = excluded.local_code, result = excluded.result, state = excluded.state,
       effective_from = excluded.effective_from, cancelled_from = excluded.cancelled_from,
       digest = excluded.digest, version = known.version + 1
"""

PUT_VERSIONS = """
insert into service_item_versions (code, version, digest, body, change_id, recorded_at)
select s.code, s.version, s.digest, given.body, %(change)s, %(now)s
  from jsonb_to_recordset(%(items)s::jsonb) as given (code text, body jsonb) join service_items s on s.code = given.code
"""

PUT_CHANGES = """
insert into catalogue_changes (version, at, by_id, by_name, kind, item_code, list_id, basis, body)
select %(version)s, %(now)s, %(by_id)s, %(by_name)s, kind, item_code, list_id, %(basis)s, coalesce(body, '{}')
  from jsonb_to_recordset(%(changes)s::jsonb) as given (kind text, item_code text, list_id text, body jsonb)
returning id
"""

ITEMS = """
select code, name, initials, department, kind, process, project_type, attributes, applicant_types, catalog_code, task_code,
       local_code, result, state, effective_from, cancelled_from, version from service_items order by code
"""

ENTRIES = """
select id, list_id, item_code, item_name, valid_from, valid_until, basis, added_by, added_at, ended_by, ended_at, end_basis
  from item_list_entries
"""


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One item as it is stored: what searches and pages need, and in `body` every column as it was written."""

    code: str
    name: str
    initials: str
    department: str
    kind: str
    process: str
    project_type: str
    attributes: tuple[str, ...]
    applicant_types: tuple[str, ...]
    catalog_code: str
    task_code: str
    local_code: str
    result: str
    state: str
    effective_from: date | None
    cancelled_from: date | None
    digest: str
    body: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the change log. body: what changed, for people and programs."""

    kind: str
    item_code: str | None = None
    list_id: str | None = None
    body: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Author:
    """Who changes the catalogue, when, and on which basis."""

    id: str
    name: str
    at: datetime
    basis: str


def version(connection: Connection) -> int:
    """Return the number that moves with every change of the catalogue."""
    return int(connection.exec_driver_sql("select version from catalogue_state").scalar_one())


def next_version(connection: Connection) -> int:
    """Return the new number; until the commit nobody else changes the catalogue."""
    return int(
        connection.exec_driver_sql("update catalogue_state set version = version + 1 returning version").scalar_one()
    )


def record(connection: Connection, number: int, author: Author, changes: Sequence[Change]) -> list[int]:
    """Append to the change log; return the ids."""
    rows = connection.exec_driver_sql(
        PUT_CHANGES,
        {
            "version": number,
            "now": author.at,
            "by_id": author.id,
            "by_name": author.name,
            "basis": author.basis,
            "changes": json.dumps([asdict(change) for change in changes], ensure_ascii=False),
        },
    )
    return [int(one) for one in rows.scalars()]


def known_items(connection: Connection) -> dict[str, Row]:
    """Return the digest of every item's newest version and since when it is cancelled, if it is, by code."""
    rows = connection.exec_driver_sql(
        "select code, digest, case when state = 'cancelled' then cancelled_from end as cancelled_since from service_items"
    )
    return {row.code: row for row in rows}


def put(connection: Connection, items: Sequence[ItemRow], author: Author, change_id: int) -> None:
    """Write these items and a new version of each."""
    for start in range(0, len(items), BATCH):
        batch = [asdict(item) for item in items[start : start + BATCH]]
        text = json.dumps(batch, ensure_ascii=False, default=str)
        parameters = {"items": text, "change": change_id, "now": author.at}
        connection.exec_driver_sql(PUT_ITEMS, parameters)
        connection.exec_driver_sql(PUT_VERSIONS, parameters)


def all_items(connection: Connection) -> list[Row]:
    """Return every item's newest version by code, without its columns."""
    return list(connection.exec_driver_sql(ITEMS).all())


def bodies(connection: Connection, codes: Iterable[str] | None = None) -> dict[str, dict[str, str]]:
    """Return the columns of these items' newest versions, of all without codes."""
    rows = connection.exec_driver_sql(
        "select v.code, v.body from service_items s join service_item_versions v on v.code = s.code and v.version = s.version"
        " where %(codes)s::text[] is null or s.code = any(%(codes)s) order by v.code",
        {"codes": None if codes is None else list(codes)},
    )
    return {row.code: row.body for row in rows}


def cancellations(connection: Connection) -> dict[str, date]:
    """Return from which day the office takes no new case of an item."""
    rows = connection.exec_driver_sql(
        "select item_code, cancelled_from from item_cancellations where cancelled_from is not null"
    )
    return {row.item_code: row.cancelled_from for row in rows}


def put_cancellation(connection: Connection, item_code: str, cancelled_from: date | None, change_id: int) -> None:
    """Keep from which day an item takes no new case; None: it takes new cases again."""
    connection.exec_driver_sql(
        "insert into item_cancellations (item_code, cancelled_from, change_id) values (%(code)s, %(from)s, %(change)s)"
        " on conflict (item_code) do update set cancelled_from = excluded.cancelled_from, change_id = excluded.change_id",
        {"code": item_code, "from": cancelled_from, "change": change_id},
    )


def lists(connection: Connection) -> list[Row]:
    """Return every list with how many entries it has open."""
    return list(
        connection.exec_driver_sql(
            "select id, name, note, basis, created_at, (select count(*) from item_list_entries e"
            " where e.list_id = l.id and e.valid_until is null) as open from item_lists l order by id"
        ).all()
    )


def find_list(connection: Connection, list_id: str) -> Row | None:
    """Return one list, or None."""
    return connection.exec_driver_sql(
        "select id, name, note, basis, created_at, (select count(*) from item_list_entries e"
        " where e.list_id = l.id and e.valid_until is null) as open from item_lists l where id = %(id)s",
        {"id": list_id},
    ).one_or_none()


def put_list(connection: Connection, list_id: str, name: str, note: str, author: Author) -> bool:
    """Make a list; return False if its id or its name is taken."""
    made = connection.exec_driver_sql(
        "insert into item_lists (id, name, note, basis, created_at, created_by)"
        " values (%(id)s, %(name)s, %(note)s, %(basis)s, %(now)s, %(by)s) on conflict do nothing returning id",
        {"id": list_id, "name": name, "note": note, "basis": author.basis, "now": author.at, "by": author.id},
    ).scalar_one_or_none()
    return made is not None


def entries(connection: Connection, list_id: str, *, after: int, limit: int, on: date | None) -> list[Row]:
    """Return entries of a list in the order they were added; `on`: only those that held on that day."""
    return list(
        connection.exec_driver_sql(
            f"{ENTRIES} where list_id = %(list)s and id > %(after)s"
            " and (%(on)s::date is null or %(on)s between valid_from and coalesce(valid_until, 'infinity'))"
            " order by id limit %(limit)s",
            {"list": list_id, "after": after, "limit": limit, "on": on},
        ).all()
    )


def find_entry(connection: Connection, list_id: str, entry_id: int) -> Row | None:
    """Return one entry of a list, or None."""
    return connection.exec_driver_sql(
        f"{ENTRIES} where list_id = %(list)s and id = %(id)s", {"list": list_id, "id": entry_id}
    ).one_or_none()


def memberships(connection: Connection, today: date) -> list[Row]:
    """Return what is on a list today or will be."""
    return list(
        connection.exec_driver_sql(
            "select list_id, item_code, valid_from, valid_until from item_list_entries"
            " where valid_until is null or valid_until >= %(today)s",
            {"today": today},
        ).all()
    )


def covered(connection: Connection, list_id: str, codes: Sequence[str], valid_from: date) -> list[str]:
    """Return which of these items are on the list on that day or later."""
    rows = connection.exec_driver_sql(
        "select distinct item_code from item_list_entries where list_id = %(list)s and item_code = any(%(codes)s)"
        " and coalesce(valid_until, 'infinity') >= %(from)s order by item_code",
        {"list": list_id, "codes": list(codes), "from": valid_from},
    )
    return list(rows.scalars())


def put_entries(
    connection: Connection, list_id: str, named: Mapping[str, str], valid_from: date, author: Author
) -> list[int]:
    """Put items (code → name) on a list; return the entries' ids, in the order given."""
    rows = connection.exec_driver_sql(
        "insert into item_list_entries (list_id, item_code, item_name, valid_from, basis, added_by, added_at)"
        " select %(list)s, code, name, %(from)s, %(basis)s, %(by)s, %(now)s"
        "   from unnest(%(codes)s::text[], %(names)s::text[]) with ordinality as given (code, name, place) order by place"
        " returning id",
        {
            "list": list_id,
            "codes": list(named),
            "names": list(named.values()),
            "from": valid_from,
            "basis": author.basis,
            "by": author.id,
            "now": author.at,
        },
    )
    return [int(one) for one in rows.scalars()]


def end_entry(connection: Connection, entry_id: int, valid_until: date, author: Author) -> None:
    """Let an entry end on that day, its last one."""
    connection.exec_driver_sql(
        "update item_list_entries set valid_until = %(until)s, ended_by = %(by)s, ended_at = %(now)s,"
        " end_basis = %(basis)s where id = %(id)s",
        {"id": entry_id, "until": valid_until, "by": author.id, "now": author.at, "basis": author.basis},
    )


def changes(
    connection: Connection, *, before: int | None, limit: int, item_code: str | None, list_id: str | None
) -> list[Row]:
    """Return the change log, newest first."""
    return list(
        connection.exec_driver_sql(
            "select id, at, by_id, by_name, kind, item_code, list_id, basis, body from catalogue_changes"
            " where (%(before)s::bigint is null or id < %(before)s)"
            " and (%(item)s::text is null or item_code = %(item)s) and (%(list)s::text is null or list_id = %(list)s)"
            " order by id desc limit %(limit)s",
            {"before": before, "limit": limit, "item": item_code, "list": list_id},
        ).all()
    )
