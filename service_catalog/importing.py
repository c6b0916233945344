"""A file of the national list, read whole: every row checked, every fault told, nothing decided about storage."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from service_catalog.national import COLUMNS, HANDED_DOWN, Remark, Row, read_heading, read_row
from service_catalog.tables import TableRefused, read_table, write_csv, write_xlsx
from workflow.ledger.chain import canonical

SHEET = "实施清单"
WRITERS = (".csv", ".xlsx")


@dataclass(frozen=True, slots=True)
class Listing:
    """What a file says: the sound rows, and everything to tell about the others. May be stored only without errors."""

    rows: tuple[Row, ...]
    remarks: tuple[Remark, ...]
    count: int

    @property
    def errors(self) -> tuple[Remark, ...]:
        """Return what forbids the import."""
        return tuple(remark for remark in self.remarks if remark.is_error)

    @property
    def warnings(self) -> tuple[Remark, ...]:
        """Return what is worth a look."""
        return tuple(remark for remark in self.remarks if not remark.is_error)

    @property
    def handed_down(self) -> frozenset[str]:
        """Return the codes whose power comes from a higher authority (权力来源)."""
        return frozenset(
            row.item.code for row in self.rows if row.columns.get("POWER_SOURCE") in (HANDED_DOWN, "上级下放")
        )


def read_listing(path: Path, *, ignore_unknown: bool = False) -> Listing:
    """Return everything a CSV or XLSX file says. Raises TableRefused, OSError."""
    heading, *rows = read_table(path)
    names, remarks = read_heading(heading, ignore_unknown=ignore_unknown)
    if any(remark.is_error for remark in remarks):
        return Listing((), tuple(remarks), len(rows))
    found: list[Row] = []
    seen: dict[str, int] = {}
    count = 0
    for number, cells in enumerate(rows, 2):
        if not any(cell.strip() for cell in cells):
            continue
        count += 1
        row, said = _row(number, names, cells)
        remarks += said
        if row is None:
            continue
        first = seen.setdefault(row.item.code, number)
        if first != number:
            column = "TASK_HANDLE_ITEM" if "TASK_HANDLE_ITEM" in row.columns else "TASK_CODE"
            remarks.append(Remark(number, column, f"编码 {row.item.code} 与第 {first} 行重复，请删除一行。"))
            continue
        found.append(row)
    if not count:
        remarks.append(Remark(2, "", "文件只有列名，没有事项。"))
    return Listing(tuple(found), tuple(remarks), count)


def _row(number: int, names: Sequence[str], cells: Sequence[str]) -> tuple[Row | None, list[Remark]]:
    if any(cell.strip() for cell in cells[len(names) :]):
        what = f"有 {len(cells)} 格，列名只有 {len(names)} 个；含有逗号的内容应当加英文引号，请核对。"
        return None, [Remark(number, "", what)]
    return read_row(number, {name: cell for name, cell in zip(names, cells, strict=False) if name})


def digest_of(row: Row) -> str:
    """Return the digest of everything a row says; an equal row is the same version."""
    return hashlib.sha256(canonical({"code": row.item.code, **row.columns})).hexdigest()


def write_listing(path: Path, items: Iterable[Mapping[str, str]]) -> None:
    """Write items in the columns they were read from, as CSV or XLSX by the file's name. Raises TableRefused, OSError."""
    names = [column.name for column in COLUMNS]
    rows = [names, *([item.get(name, "") for name in names] for item in items)]
    match path.suffix.lower():
        case ".csv":
            write_csv(path, rows)
        case ".xlsx":
            write_xlsx(path, rows, title=SHEET)
        case _:
            raise TableRefused("文件名应当以 .csv 或者 .xlsx 结尾。")
