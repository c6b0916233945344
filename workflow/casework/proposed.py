"""Changes of lists and closing an item as kinds of proposals; the changes themselves stand in catalogue.py."""

from datetime import date
from typing import Any

from workflow.casework import catalogue
from workflow.casework.catalogue import Author
from workflow.casework.four_eyes import Body, Doing, Kind
from workflow.casework.people import person_of
from workflow.store import items
from workflow.store.connect import Connection

CATALOGUE = frozenset({"catalogue-admin"})


def _author(connection: Connection, doing: Doing) -> Author:
    """Return the proposer as the author of the change; who confirmed it stands in the proposal."""
    person = person_of(connection, doing.proposer, doing.at.date())
    return Author(person.id, person.name, doing.at, doing.because)


def _put_entries(connection: Connection, body: Body, doing: Doing) -> dict[str, Any]:
    from_day = date.fromisoformat(body["valid_from"])
    return catalogue.add_entries_within(connection, body["list"], body["items"], from_day, _author(connection, doing))


def _end_entry(connection: Connection, body: Body, doing: Doing) -> dict[str, Any]:
    until = date.fromisoformat(body["valid_until"])
    return catalogue.end_entry_within(connection, body["list"], body["entry"], until, _author(connection, doing))


def _entry(connection: Connection, body: Body) -> dict[str, Any]:
    row = items.find_entry(connection, body["list"], body["entry"])
    before = catalogue.entry_json(row) if row else None
    return {"before": before, "after": {"valid_until": body["valid_until"]}}


def _cancel(connection: Connection, body: Body, doing: Doing) -> dict[str, Any]:
    day = date.fromisoformat(body["cancelled_from"]) if body["cancelled_from"] else None
    return catalogue.cancel_item_within(connection, body["item"], day, _author(connection, doing))


def _cancelled(connection: Connection, body: Body) -> dict[str, Any]:
    before = items.cancellations(connection).get(body["item"])
    return {"before": before.isoformat() if before else None, "after": body["cancelled_from"]}


KINDS = (
    Kind(
        "list-entries",
        "把事项列入清单",
        CATALOGUE,
        lambda body: f"{body['list']}：{'、'.join(body['items'])}",
        lambda _, body: {"before": None, "after": {"items": body["items"], "valid_from": body["valid_from"]}},
        _put_entries,
    ),
    Kind("end-entry", "移出清单", CATALOGUE, lambda body: f"{body['list']}：第 {body['entry']} 条", _entry, _end_entry),
    Kind("cancel-item", "取消或者恢复事项", CATALOGUE, lambda body: str(body["item"]), _cancelled, _cancel),
)
