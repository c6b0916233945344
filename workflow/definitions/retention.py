"""How long the archive of a case is kept, as data (retention.yaml); what was not verified says so."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from workflow.definitions.strict_yaml import load_file

FOREVER = "forever"


@dataclass(frozen=True, slots=True)
class Retention:
    """years: None means for ever. verified: False where nobody has checked the number against its basis."""

    years: int | None
    basis: str
    verified: bool

    @property
    def words(self) -> str:
        """Return the period as people write it."""
        return "永久" if self.years is None else f"{self.years}年"

    def until(self, ended_on: date) -> date | None:
        """Return the last day on which it is kept, counted from the first of January after the case ended; None: for ever."""
        return None if self.years is None else date(ended_on.year + self.years, 12, 31)


@cache
def _table() -> Mapping[str, Any]:
    plain, lines = load_file(Path(__file__).parent / "retention.yaml", name="retention.yaml")
    found: dict[str, Any] = {}
    for name in ("default", "undecided"):
        found[name] = _entry(plain[name], lines, (name,))
    for group in ("kinds", "items"):
        found[group] = {key: _entry(entry, lines, (group, key)) for key, entry in plain[group].items()}
    return found


def _entry(entry: Any, lines: Any, path: tuple[str, ...]) -> Retention:
    if not isinstance(entry, dict) or set(entry) != {"years", "verified", "basis"}:
        raise lines.error(path, "exactly years, verified and basis")
    years = entry["years"]
    if years != FOREVER and not (isinstance(years, int) and 1 <= years <= 200):
        raise lines.error(path, "years is a number from 1 to 200, or forever")
    return Retention(None if years == FOREVER else years, entry["basis"], entry["verified"] is True)


def retention(item_code: str, kind: str, outcome: str) -> Retention:
    """Return the period for a case of this item (kind: of the item), with this outcome ("" for none)."""
    table = _table()
    if item_code in table["items"]:
        found: Retention = table["items"][item_code]
    elif not outcome:
        found = table["undecided"]
    else:
        found = table["kinds"].get(kind, table["default"])
    return found
