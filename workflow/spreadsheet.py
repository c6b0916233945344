"""Cells of exports that a spreadsheet would run as a formula are kept texts: the one helper of every CSV and XLSX."""

import csv
from collections.abc import Iterable
from typing import IO, Any

GUARD = "'"
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def guarded(cell: Any) -> Any:
    """Return a text so that no spreadsheet runs it; numbers, dates and None as they are."""
    return GUARD + cell if isinstance(cell, str) and cell.startswith(FORMULA_SIGNS) else cell


def unguarded(cell: str) -> str:
    """Return the text that guarded() was given."""
    return cell[1:] if cell.startswith(GUARD) and cell[1:].startswith(FORMULA_SIGNS) else cell


class Rows:
    """A CSV whose every cell is guarded. newline: how lines end."""

    def __init__(self, file: IO[str], *, newline: str = "\r\n") -> None:
        self._writer = csv.writer(file, lineterminator=newline)

    def write(self, row: Iterable[Any]) -> None:
        """Write one row."""
        self._writer.writerow([guarded(cell) for cell in row])
