"""Seal what is stored: rows from before sealing began, and every row after a new key. In lots, safe to run twice."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from workflow.casework.office import Office
from workflow.store.connect import Connection, Row

LOT = 200


@dataclass(frozen=True, slots=True)
class Place:
    """Where sealed values are kept: how to read a lot after an id, seal a row anew, and name the keys of a row."""

    name: str
    lot: str
    seal: Callable[[Connection, Row], int]
    key_names: Callable[[Row], list[str]]


PLACES: tuple[Place, ...] = ()


def reseal(office: Office) -> int:
    """Seal with the current key whatever is not; return how many values that were."""
    return sum(_reseal(office, place) for place in PLACES)


def _reseal(office: Office, place: Place) -> int:
    count, after = 0, 0
    while True:
        with office.work() as connection:
            rows = connection.exec_driver_sql(f"{place.lot} for update", {"after": after, "limit": LOT})
            count += sum(place.seal(connection, row) for row in rows)
        if len(rows) < LOT:
            return count
        after = rows[-1].id


def count_sealed(office: Office) -> Counter[str]:
    """Return how many values each key seals; "" counts those that are not sealed yet."""
    found: Counter[str] = Counter()
    for place in PLACES:
        after = 0
        while True:
            with office.look() as connection:
                rows = connection.exec_driver_sql(place.lot, {"after": after, "limit": LOT})
            for row in rows:
                found.update(place.key_names(row))
            if len(rows) < LOT:
                break
            after = rows[-1].id
    return found
