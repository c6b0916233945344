"""Changes of the catalogue, one transaction each: import, lists and their entries, cancelling. What exists is told by the caller.

The manuals are files this package does not see; who calls has made sure that an item code names something.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from workflow.casework.errors import KeyReused, NotFound, RefusedError
from workflow.casework.office import Office
from workflow.engine.errors import Reason, ReasonKind, Refused
from workflow.store import cases, items
from workflow.store.cases import Idempotency
from workflow.store.connect import Connection, Row
from workflow.store.items import Author, Change, ItemRow

__all__ = ["Author", "Imported", "ItemRow"]


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did, or would do: codes by kind of change. absent: known here, not in the file, left as they are."""

    added: tuple[str, ...]
    adjusted: tuple[str, ...]
    unchanged: int
    absent: int
    is_dry_run: bool


def import_items(
    office: Office, given: Sequence[ItemRow], author: Author, *, handed_down: frozenset[str], dry_run: bool
) -> Imported:
    """Write what is new or different, all of it or nothing; return what that was. dry_run: only say it.

    handed_down: codes that come from a higher authority, said so in the change log.
    """
    with office.work() as connection:
        if not dry_run:
            number = items.next_version(connection)
        known = items.known_items(connection)
        touched = [item for item in given if item.code not in known or known[item.code].digest != item.digest]
        added = tuple(item.code for item in touched if item.code not in known)
        adjusted = tuple(item.code for item in touched if item.code in known)
        unchanged = len(given) - len(touched)
        done = Imported(added, adjusted, unchanged, len(known) - unchanged - len(adjusted), dry_run)
        if dry_run or not touched:
            return done
        was = items.bodies(connection, adjusted)
        body = {"added": len(added), "adjusted": len(adjusted), "unchanged": done.unchanged}
        change_id = items.record(connection, number, author, [Change("import", body=body)])[0]
        changes = [_change(item, was.get(item.code), handed_down) for item in touched]
        items.record(connection, number, author, changes)
        dated = [_dated(item, known.get(item.code), author.at.date()) for item in touched]
        items.put(connection, dated, author, change_id)
        return done


def _dated(item: ItemRow, before: Row | None, today: date) -> ItemRow:
    """Return the item with the day it was cancelled: the list's own, else the one known, else the day we read of it."""
    if item.state != "cancelled" or item.cancelled_from is not None:
        return item
    return replace(item, cancelled_from=(before.cancelled_since if before else None) or today)


def _change(item: ItemRow, before: Mapping[str, str] | None, handed_down: frozenset[str]) -> Change:
    if before is None:
        return Change("item-handed-down" if item.code in handed_down else "item-added", item.code)
    columns = sorted(name for name in {*before, *item.body} if before.get(name) != item.body.get(name))
    is_cancelled = item.state == "cancelled" and "TASK_STATE" in columns
    return Change("item-cancelled" if is_cancelled else "item-adjusted", item.code, body={"columns": columns})


def create_list(
    office: Office, list_id: str, name: str, note: str, author: Author, known: Idempotency | None
) -> dict[str, Any]:
    """Return the new list. Raises RefusedError if its id or name is taken, KeyReused."""
    with office.work() as connection:
        if answer := _earlier(connection, author, known):
            return answer
        number = items.next_version(connection)
        if not items.put_list(connection, list_id, name, note, author):
            raise _refused("LIST_EXISTS", "已有这个编号或者名称的清单，请换一个。", "conflict", "list_id")
        items.record(connection, number, author, [Change("list-created", list_id=list_id, body={"name": name})])
        row = items.find_list(connection, list_id)
        assert row is not None
        return _keep(connection, author, known, list_json(row))


def add_entries(
    office: Office,
    list_id: str,
    named: Mapping[str, str],
    valid_from: date,
    author: Author,
    known: Idempotency | None,
) -> dict[str, Any]:
    """Put items (code → name) on a list from that day; return {"entries": [...]}.

    Raises NotFound for the list, RefusedError naming every item that is on it already; then none was put there.
    """
    with office.work() as connection:
        if answer := _earlier(connection, author, known):
            return answer
        return _keep(connection, author, known, add_entries_within(connection, list_id, named, valid_from, author))


def add_entries_within(
    connection: Connection, list_id: str, named: Mapping[str, str], valid_from: date, author: Author
) -> dict[str, Any]:
    """The same within a transaction of the caller's."""
    number = items.next_version(connection)
    if items.find_list(connection, list_id) is None:
        raise NotFound(list_id)
    taken = items.covered(connection, list_id, list(named), valid_from)
    if taken:
        text = "事项 {} 在这一天已经在清单上，请先结束原来的一条。"
        raise RefusedError(
            Refused(tuple(Reason("ALREADY_ON_LIST", text.format(c), "", "conflict", "item_codes") for c in taken))
        )
    ids = items.put_entries(connection, list_id, named, valid_from, author)
    made = [row for row in (items.find_entry(connection, list_id, one) for one in ids) if row is not None]
    body = {"valid_from": valid_from.isoformat()}
    items.record(connection, number, author, [Change("entry-added", code, list_id, body) for code in named])
    return {"entries": [entry_json(row) for row in made]}


def end_entry_within(
    connection: Connection, list_id: str, entry_id: int, valid_until: date, author: Author
) -> dict[str, Any]:
    """Return the entry, ended on that day; the caller commits. Raises NotFound, RefusedError."""
    number = items.next_version(connection)
    row = items.find_entry(connection, list_id, entry_id)
    if row is None:
        raise NotFound(str(entry_id))
    if row.valid_until is not None:
        raise _refused("ENTRY_ENDED", f"这一条已于 {row.valid_until} 结束。", "conflict", "entry_id")
    if valid_until < row.valid_from:
        text = f"截止日期：不能早于列入日期 {row.valid_from}。"
        raise _refused("INVALID_INPUT", text, "invalid", "valid_until")
    items.end_entry(connection, entry_id, valid_until, author)
    change = Change("entry-ended", row.item_code, list_id, {"valid_until": valid_until.isoformat()})
    items.record(connection, number, author, [change])
    row = items.find_entry(connection, list_id, entry_id)
    assert row is not None
    return entry_json(row)


def cancel_item_within(
    connection: Connection, item_code: str, cancelled_from: date | None, author: Author
) -> dict[str, Any]:
    """From that day the item takes no new case; open ones go on. None: it takes new ones again. The caller commits."""
    number = items.next_version(connection)
    before = items.cancellations(connection).get(item_code)
    if before == cancelled_from:
        text = f"本事项已定于 {before} 起取消。" if before else "本事项没有被取消。"
        raise _refused("NOTHING_TO_CHANGE", text, "conflict", "cancelled_from")
    day = cancelled_from.isoformat() if cancelled_from else None
    kind = "item-cancelled" if cancelled_from else "item-restored"
    change_id = items.record(connection, number, author, [Change(kind, item_code, body={"cancelled_from": day})])[0]
    items.put_cancellation(connection, item_code, cancelled_from, change_id)
    return {"item_code": item_code, "cancelled_from": day}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything the database knows of the catalogue, read at one moment, with its version number."""

    version: int
    items: tuple[Row, ...]
    cancellations: Mapping[str, date]
    memberships: tuple[Row, ...]


def version_of(office: Office) -> int:
    """Return the number that moves with every change of the catalogue."""
    with office.work() as connection:
        return items.version(connection)


def snapshot(office: Office, today: date) -> Snapshot:
    """Return the catalogue's part of the database; the number is read first, so a later change is seen as one."""
    with office.work() as connection:
        number = items.version(connection)
        return Snapshot(
            number,
            tuple(items.all_items(connection)),
            items.cancellations(connection),
            tuple(items.memberships(connection, today)),
        )


def columns_of(office: Office, code: str) -> dict[str, str]:
    """Return every column of an item's newest version as it was written. Raises NotFound."""
    with office.work() as connection:
        found = items.bodies(connection, [code])
    if code not in found:
        raise NotFound(code)
    return found[code]


def all_columns(office: Office) -> list[dict[str, str]]:
    """Return the columns of every item's newest version, by code."""
    with office.work() as connection:
        return list(items.bodies(connection).values())


def all_lists(office: Office) -> list[dict[str, Any]]:
    """Return every list."""
    with office.work() as connection:
        return [list_json(row) for row in items.lists(connection)]


def list_of(
    office: Office, list_id: str, *, after: int, limit: int, on: date | None
) -> tuple[dict[str, Any], list[dict[str, Any]], int | None]:
    """Return (the list, a page of its entries, the id to continue after or None). Raises NotFound."""
    with office.work() as connection:
        row = items.find_list(connection, list_id)
        if row is None:
            raise NotFound(list_id)
        found = items.entries(connection, list_id, after=after, limit=limit + 1, on=on)
    page = found[:limit]
    return list_json(row), [entry_json(one) for one in page], page[-1].id if len(found) > limit else None


def changes(
    office: Office, *, before: int | None, limit: int, item_code: str | None = None, list_id: str | None = None
) -> tuple[list[dict[str, Any]], int | None]:
    """Return (a page of the change log, newest first; the id to continue before or None)."""
    with office.work() as connection:
        rows = items.changes(connection, before=before, limit=limit + 1, item_code=item_code, list_id=list_id)
    page = rows[:limit]
    return [_change_json(row) for row in page], page[-1].id if len(rows) > limit else None


def list_json(row: Row) -> dict[str, Any]:
    """Return a list as the API shows it."""
    return {
        "list_id": row.id,
        "name": row.name,
        "note": row.note,
        "basis": row.basis,
        "created_at": row.created_at.isoformat(),
        "open_entries": row.open,
    }


def entry_json(row: Row) -> dict[str, Any]:
    """Return an entry: what is on the list since when, on which basis, who put it there, and how it ended."""
    return {
        "entry_id": row.id,
        "item_code": row.item_code,
        "item_name": row.item_name,
        "valid_from": row.valid_from.isoformat(),
        "valid_until": row.valid_until.isoformat() if row.valid_until else None,
        "basis": row.basis,
        "added_by": row.added_by,
        "added_at": row.added_at.isoformat(),
        "ended_by": row.ended_by,
        "ended_at": row.ended_at.isoformat() if row.ended_at else None,
        "end_basis": row.end_basis,
    }


def _change_json(row: Row) -> dict[str, Any]:
    return {
        "id": row.id,
        "at": row.at.isoformat(),
        "by": {"id": row.by_id, "name": row.by_name},
        "kind": row.kind,
        "item_code": row.item_code,
        "list_id": row.list_id,
        "basis": row.basis,
        "details": row.body,
    }


def _refused(code: str, text: str, kind: ReasonKind, field: str) -> RefusedError:
    return RefusedError(Refused((Reason(code, text, "", kind, field),)))


def _earlier(connection: Connection, author: Author, known: Idempotency | None) -> dict[str, Any] | None:
    """Return the answer given before under this key. Raises KeyReused if it was to another request."""
    earlier = cases.earlier_answer(connection, author.id, known.key) if known else None
    if earlier is None:
        return None
    assert known is not None
    if earlier[0] != known.body_hash:
        raise KeyReused(known.key)
    return earlier[1]


def _keep(connection: Connection, author: Author, known: Idempotency | None, answer: dict[str, Any]) -> dict[str, Any]:
    if known:
        cases.keep_answer(connection, author.id, known, answer, author.at)
    return answer
