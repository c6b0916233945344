"""Tables of strangers, CSV and XLSX, read as rows of text and written back; bounded in size whatever the file says.

A code keeps its leading zeros and a text that looks like a formula stays a text, in both directions.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO
from xml.parsers import expat

import openpyxl
from openpyxl.cell import WriteOnlyCell
from openpyxl.utils.exceptions import InvalidFileException

from workflow.spreadsheet import Rows, unguarded

FILE_MAX = 64 * 1024 * 1024
UNPACKED_MAX = 256 * 1024 * 1024
MEMBERS_MAX = 2_000
ROWS_MAX = 50_000
COLUMNS_MAX = 300
CELL_MAX = 32_767  # what a spreadsheet cell holds
CHARACTERS_MAX = 100_000_000
ENCODINGS = ("utf-8-sig", "gb18030")
EXACT_MAX = 2**53  # beyond, a spreadsheet's number has lost digits


class TableRefused(ValueError):
    """The file is no table we read; the message says why and what to do, in Chinese."""


def read_table(path: Path) -> list[list[str]]:
    """Return the rows of a file, the heading first, every cell as text. Raises TableRefused, OSError."""
    size = path.stat().st_size
    if size > FILE_MAX:
        raise TableRefused(f"文件有 {size // 1024 // 1024} MB，最多 {FILE_MAX // 1024 // 1024} MB，请分成几个文件。")
    with path.open("rb") as file:
        is_zip = file.read(4) == b"PK\x03\x04"
        file.seek(0)
        rows = _bounded(_xlsx_rows(file) if is_zip else _csv_rows(file.read()))
    if not rows:
        raise TableRefused("文件是空的，第 1 行应当是列名。")
    return rows


def _bounded(rows: Iterable[list[str]]) -> list[list[str]]:
    """Return the rows without empty ones at the end; refuses what is beyond every sensible list."""
    found: list[list[str]] = []
    last = characters = 0
    for row in rows:
        if len(found) > ROWS_MAX:
            raise TableRefused(f"超过 {ROWS_MAX} 行，请分成几个文件。")
        if len(row) > COLUMNS_MAX:
            raise TableRefused(f"第 {len(found) + 1} 行超过 {COLUMNS_MAX} 列，请核对文件。")
        characters += sum(map(len, row))
        if characters > CHARACTERS_MAX:
            raise TableRefused("文字总量过大，请分成几个文件。")
        found.append(row)
        if any(row):
            last = len(found)
    return found[:last]


def _csv_rows(raw: bytes) -> Iterator[list[str]]:
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise TableRefused("文件是 UTF-16 编码，请另存为“CSV UTF-8”。")
    reader = csv.reader(io.StringIO(_decoded(raw), newline=""), strict=True)
    number = 0
    while True:
        number += 1
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise TableRefused(f"第 {number} 行起读不下去：引号没有成对，或者一格过长，请核对。") from error
        if row is None:
            return
        yield [unguarded(cell) for cell in row]


def _decoded(raw: bytes) -> str:
    for encoding in ENCODINGS:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue  # the next one may fit
        if "\x00" in text:
            raise TableRefused("文件含有空字符，不是 CSV 文本，请重新导出。")
        return text
    raise TableRefused("文件既不是 UTF-8 也不是 GB18030 编码，请另存为“CSV UTF-8”。")


def _xlsx_rows(file: BinaryIO) -> Iterator[list[str]]:
    """Yield the rows of the first sheet."""
    try:
        _check_archive(file)
        book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError) as error:
        if isinstance(error, TableRefused):
            raise
        raise TableRefused("文件不是完好的 XLSX 工作簿，请重新导出。") from error
    try:
        if not book.worksheets:
            raise TableRefused("工作簿中没有工作表。")
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what the file says of its size is not believed
        for row in sheet.iter_rows(values_only=True):  # gaps come as empty rows, so they are counted too
            cells = [_cell_text(value) for value in row]
            while cells and not cells[-1]:
                cells.pop()
            yield cells
    except TableRefused:
        raise
    except Exception as error:  # openpyxl lets whatever a broken part causes through: KeyError, ParseError, ...
        raise TableRefused("工作簿的内容已损坏，请重新导出。") from error
    finally:
        book.close()


def _check_archive(file: BinaryIO) -> None:
    """Refuse archives that unpack to too much, and XML that defines entities. Raises TableRefused."""
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        if len(members) > MEMBERS_MAX or sum(member.file_size for member in members) > UNPACKED_MAX:
            raise TableRefused(f"工作簿解开后超过 {UNPACKED_MAX // 1024 // 1024} MB，请分成几个文件。")
        if any(member.flag_bits & 1 for member in members):
            raise TableRefused("工作簿有密码，请去掉密码后重新保存。")
        for member in members:
            if member.filename.endswith((".xml", ".rels")):
                with archive.open(member) as part:
                    _check_prolog(part)
    file.seek(0)


class _Begun(Exception):
    """The first element has been reached: what may define entities is over."""


def _check_prolog(part: Any) -> None:
    """A workbook has no document type; entities are how XML grows without bound."""
    parser = expat.ParserCreate()

    def refuse(*_given: Any) -> None:
        raise TableRefused("工作簿的 XML 含有文档类型定义，不予读取。")

    def begun(*_given: Any) -> None:
        raise _Begun

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = begun
    try:
        while chunk := part.read(65_536):
            parser.Parse(chunk, False)
    except _Begun:
        return
    except expat.ExpatError as error:
        raise TableRefused("工作簿的内容已损坏，请重新导出。") from error


def _cell_text(value: Any) -> str:
    """Return what the cell says; a number that has lost digits keeps the sign of it (E+)."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int | float):
        if abs(value) >= EXACT_MAX:
            return f"{value:.5E}"
        return str(int(value)) if value == int(value) else repr(value)
    if isinstance(value, datetime | date):
        return f"{value:%Y%m%d}"
    return unguarded(str(value))


def write_csv(path: Path, rows: Iterable[Sequence[str]]) -> None:
    """Write rows as UTF-8 with a mark that spreadsheets recognise; formulas are guarded."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = Rows(file)
        for row in rows:
            table.write(row)


def write_xlsx(path: Path, rows: Iterable[Sequence[str]], *, title: str) -> None:
    """Write rows as one sheet of texts; nothing in it is ever a number or a formula."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    for row in rows:
        sheet.append([_text_cell(sheet, cell) for cell in row])
    book.save(path)


def _text_cell(sheet: Any, text: str) -> Any:
    if not text:
        return None
    cell = WriteOnlyCell(sheet, value=text[:CELL_MAX])
    cell.data_type = "s"  # a text that begins with = is no formula
    cell.number_format = "@"
    return cell
