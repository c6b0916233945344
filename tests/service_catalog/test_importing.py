"""A file of the national list: what is read, what is refused row by row, and that reading is bounded."""

import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest

from service_catalog import tables
from service_catalog.importing import Listing, read_listing, write_listing
from service_catalog.tables import TableRefused
from tests.service_catalog.national_rows import a_row, csv_file, csv_text, rows, table, xlsx_file

NEW = "11120000MB1571593F40001"


def errors(listing: Listing) -> list[tuple[int, str]]:
    """Return (row, column) of every error."""
    return [(remark.row, remark.column) for remark in listing.errors]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_is_read_in_the_encodings_people_save(tmp_path: Path, encoding: str) -> None:
    listing = read_listing(csv_file(tmp_path, rows(3), encoding=encoding))
    assert listing.remarks == ()
    assert [row.item.name for row in listing.rows] == [row["TASK_NAME"] for row in rows(3)]


def test_787_and_10000_rows_are_read_alike_from_csv_and_xlsx(tmp_path: Path) -> None:
    for count in (787, 10_000):
        listing = read_listing(csv_file(tmp_path, rows(count)))
        assert (len(listing.rows), listing.errors) == (count, ())
    assert read_listing(xlsx_file(tmp_path, table(rows(787)))).rows == read_listing(csv_file(tmp_path, rows(787))).rows


def test_codes_stay_texts_with_their_leading_zeros(tmp_path: Path) -> None:
    item = read_listing(csv_file(tmp_path, [a_row(7)])).rows[0]
    assert item.columns["CATALOG_CODE"] == "000100000007"
    assert item.columns["TASK_CODE"] == f"{NEW}00000007"
    assert item.columns["TASK_TYPE"] == "01"


def test_what_is_derived_follows_the_columns(tmp_path: Path) -> None:
    row = a_row(
        1, PROJECT_TYPE="1", PROMISE_DAY="1", SERVER_TYPE="1，2", IS_SERVICE_TERMINALS="是", LOCAL_TASK_CODE="02"
    )
    item = read_listing(csv_file(tmp_path, [row])).rows[0].item
    assert (item.kind, item.process, item.local_code) == ("licence", "instant", "02")
    assert item.applicant_types == ("自然人", "企业")
    assert item.attributes == ("马上办", "网上办", "一次办", "自助办")
    assert (item.effective_from, item.cancelled_from, item.state) == (date(2024, 1, 1), None, "in-use")


def test_the_item_is_named_by_its_handling_code_where_it_has_one(tmp_path: Path) -> None:
    row = a_row(1, TASK_HANDLE_ITEM=f"{NEW}0000000101")
    assert read_listing(csv_file(tmp_path, [row])).rows[0].item.code == f"{NEW}0000000101"


def test_headings_may_be_written_in_chinese_or_small_letters(tmp_path: Path) -> None:
    text = csv_text([a_row()]).replace("TASK_NAME", "事项名称").replace("TASK_CODE", "task_code")
    (tmp_path / "items.csv").write_text(text, encoding="utf-8")
    assert len(read_listing(tmp_path / "items.csv").rows) == 1


# (changes of a sound row, the column that is wrong, a word of the message)
WRONG_ROWS = [
    ({"TASK_NAME": ""}, "TASK_NAME", "必填"),
    ({"TASK_NAME": "   "}, "TASK_NAME", "必填"),
    ({"TASK_NAME": "名" * 301}, "TASK_NAME", "最多 300"),
    ({"TASK_NAME": "许可\u200b证"}, "TASK_NAME", "不可见"),
    ({"TASK_NAME": "许可\n证"}, "TASK_NAME", "一行"),
    ({"TASK_NAME": "许可\ue000证"}, "TASK_NAME", "不能识别"),
    ({"CATALOG_CODE": ""}, "CATALOG_CODE", "必填"),
    ({"CATALOG_CODE": "0" * 13}, "CATALOG_CODE", "最多 12"),
    ({"CATALOG_CODE": "0001 0001"}, "CATALOG_CODE", "字母、数字"),
    ({"TASK_CODE": ""}, "TASK_CODE", "必填"),
    ({"TASK_CODE": "1" * 37}, "TASK_CODE", "最多 36"),
    ({"TASK_CODE": "1.112E+30"}, "TASK_CODE", "科学计数法"),
    ({"TASK_CODE": "编码"}, "TASK_CODE", "字母、数字"),
    ({"TASK_CODE": "' or 1=1 --"}, "TASK_CODE", "字母、数字"),
    ({"TASK_HANDLE_ITEM": "1" * 51}, "TASK_HANDLE_ITEM", "最多 50"),
    ({"TASK_TYPE": "1"}, "TASK_TYPE", "填写 01"),
    ({"TASK_TYPE": "许可证"}, "TASK_TYPE", "01（行政许可）"),
    ({"USE_LEVEL": "8"}, "USE_LEVEL", "只能填写"),
    ({"SERVER_TYPE": "2,8"}, "SERVER_TYPE", "只能填写"),
    ({"PROJECT_TYPE": "3"}, "PROJECT_TYPE", "即办件"),
    ({"IS_FEE": "2"}, "IS_FEE", "0（否）"),
    ({"ANTICIPATE_DAY": "二十"}, "ANTICIPATE_DAY", "整数"),
    ({"ANTICIPATE_DAY": "-5"}, "ANTICIPATE_DAY", "整数"),
    ({"ANTICIPATE_DAY": "7.5"}, "ANTICIPATE_DAY", "整数"),
    ({"ANTICIPATE_DAY": "NaN"}, "ANTICIPATE_DAY", "整数"),
    ({"ANTICIPATE_DAY": "99999999999"}, "ANTICIPATE_DAY", "最多 10"),
    ({"ANTICIPATE_TYPE": "周"}, "ANTICIPATE_TYPE", "工作日"),
    ({"PROMISE_DAY": "21"}, "PROMISE_DAY", "长于法定 20 工作日"),
    ({"PROMISE_DAY": "2", "PROMISE_TYPE": "5"}, "PROMISE_DAY", "长于法定"),
    ({"PLAN_EFFECTIVE_DATE": "2024-01-01"}, "PLAN_EFFECTIVE_DATE", "YYYYMMDD"),
    ({"PLAN_EFFECTIVE_DATE": "20240230"}, "PLAN_EFFECTIVE_DATE", "没有这一天"),
    ({"PLAN_EFFECTIVE_DATE": "00010101"}, "PLAN_EFFECTIVE_DATE", "年份"),
    ({"PLAN_CANCEL_DATE": "20240101"}, "PLAN_CANCEL_DATE", "晚于"),
    ({"TASK_STATE": "作废"}, "TASK_STATE", "取消"),
]


@pytest.mark.parametrize(("changes", "column", "word"), WRONG_ROWS)
def test_a_wrong_cell_is_told_with_row_column_and_what_to_do(
    tmp_path: Path, changes: dict[str, str], column: str, word: str
) -> None:
    listing = read_listing(csv_file(tmp_path, [a_row(1), a_row(2, **changes), a_row(3)]))
    assert errors(listing) == [(3, column)]
    assert word in str(listing.errors[0])
    assert str(listing.errors[0]).startswith(f"第 3 行 {column}（")


def test_all_faults_of_all_rows_are_told_at_once(tmp_path: Path) -> None:
    given = [a_row(1, TASK_NAME="", IS_FEE="x"), a_row(2), a_row(3, PLAN_EFFECTIVE_DATE="x", PROMISE_DAY="21")]
    assert errors(read_listing(csv_file(tmp_path, given))) == [
        (2, "TASK_NAME"), (2, "IS_FEE"), (4, "PLAN_EFFECTIVE_DATE"), (4, "PROMISE_DAY")
    ]  # fmt: skip


def test_a_code_that_comes_twice_names_both_rows(tmp_path: Path) -> None:
    listing = read_listing(csv_file(tmp_path, [a_row(1), a_row(2), a_row(1, TASK_NAME="别的名称")]))
    assert errors(listing) == [(4, "TASK_CODE")]
    assert "第 2 行重复" in str(listing.errors[0])


@pytest.mark.parametrize("column", ["TASK_NAME", "CATALOG_CODE", "TASK_CODE"])
def test_a_missing_column_is_told_and_nothing_else(tmp_path: Path, column: str) -> None:
    listing = read_listing(csv_file(tmp_path, [a_row(1, **{column: ...})]))
    assert errors(listing) == [(1, column)] and "缺少" in str(listing.errors[0])


def test_an_unknown_column_is_told_with_its_likely_name_or_passed_over_on_request(tmp_path: Path) -> None:
    path = csv_file(tmp_path, [a_row(1, TASKTYPE="01", COLOUR="red")])
    listing = read_listing(path)
    assert [remark.column for remark in listing.errors] == ["TASKTYPE", "COLOUR"]
    assert "是不是“TASK_TYPE”" in str(listing.errors[0])
    passed = read_listing(path, ignore_unknown=True)
    assert passed.errors == () and len(passed.rows) == 1 and len(passed.warnings) == 2


def test_a_column_that_comes_twice_is_refused(tmp_path: Path) -> None:
    text = csv_text([a_row()]).replace("RESULT_NAME", "TASK_NAME")
    (tmp_path / "items.csv").write_text(text, encoding="utf-8")
    assert errors(read_listing(tmp_path / "items.csv")) == [(1, "TASK_NAME")]


def test_a_row_with_more_cells_than_the_heading_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "items.csv"
    path.write_text("TASK_NAME,CATALOG_CODE,TASK_CODE\n食品,经营,000112001000,1\n", encoding="utf-8")
    listing = read_listing(path)
    assert errors(listing) == [(2, "")] and "逗号" in str(listing.errors[0])


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"TASK_CODE": "91120116MA0000000X4000100000001"}, "TASK_CODE"),
        ({"CATALOG_CODE": "112001000"}, "CATALOG_CODE"),
        ({"LIMIT_SCENE_NUM": "2"}, "LIMIT_SCENE_EXPLAIN"),
        ({"PROJECT_TYPE": "1"}, "PROMISE_DAY"),
        ({"ANTICIPATE_DAY": "0"}, "ANTICIPATE_DAY"),
    ],
)
def test_what_is_only_doubtful_is_a_remark_and_does_not_stop_the_import(
    tmp_path: Path, changes: dict[str, str], column: str
) -> None:
    listing = read_listing(csv_file(tmp_path, [a_row(1, **changes)]))
    assert listing.errors == () and len(listing.rows) == 1
    assert [remark.column for remark in listing.warnings] == [column]


@pytest.mark.parametrize(
    ("raw", "word"),
    [
        (b"", "空的"),
        (b"\n\n\n", "空的"),
        ("TASK_NAME,CATALOG_CODE,TASK_CODE\n".encode("utf-16"), "UTF-16"),
        (b"TASK_NAME\x00,CATALOG_CODE", "空字符"),
        (b"\xff\xffTASK_NAME,\x81", "编码"),
        (b'TASK_NAME,"CATALOG_CODE\n', "引号"),
        (b"PK\x03\x04 not a workbook", "XLSX"),
        (b"A," * 400, "300 列"),
    ],
)
def test_what_is_no_table_says_so(tmp_path: Path, raw: bytes, word: str) -> None:
    path = tmp_path / "items.csv"
    path.write_bytes(raw)
    with pytest.raises(TableRefused, match=word):
        read_listing(path)


@pytest.mark.parametrize("sign", [";", "\t"])
def test_columns_separated_by_another_sign_say_so(tmp_path: Path, sign: str) -> None:
    (tmp_path / "items.csv").write_text(csv_text([a_row()]).replace(",", sign), encoding="utf-8")
    listing = read_listing(tmp_path / "items.csv")
    assert len(listing.errors) == 1 and "英文逗号" in str(listing.errors[0])


def test_a_heading_alone_is_not_an_import(tmp_path: Path) -> None:
    (tmp_path / "items.csv").write_text("TASK_NAME,CATALOG_CODE,TASK_CODE\n", encoding="utf-8")
    assert "没有事项" in str(read_listing(tmp_path / "items.csv").errors[0])


def test_empty_rows_are_passed_over_and_rows_keep_their_numbers(tmp_path: Path) -> None:
    blank = dict.fromkeys(a_row(), "")
    listing = read_listing(csv_file(tmp_path, [a_row(1), blank, a_row(2, IS_FEE="x"), blank]))
    assert listing.count == 2 and errors(listing) == [(4, "IS_FEE")]


def test_numbers_and_dates_of_a_workbook_are_read_as_what_they_mean(tmp_path: Path) -> None:
    heading, line = table([a_row(1)])
    cells: list[object] = list(line)
    cells[heading.index("PROMISE_DAY")] = 7.0
    cells[heading.index("PLAN_EFFECTIVE_DATE")] = datetime(2024, 1, 1)
    columns = read_listing(xlsx_file(tmp_path, [heading, cells])).rows[0].columns
    assert (columns["PROMISE_DAY"], columns["PLAN_EFFECTIVE_DATE"]) == ("7", "20240101")


def test_a_code_a_spreadsheet_turned_into_a_number_is_refused(tmp_path: Path) -> None:
    heading, line = table([a_row(1)])
    cells: list[object] = list(line)
    cells[heading.index("TASK_CODE")] = 1112000015715934000112001000123
    listing = read_listing(xlsx_file(tmp_path, [heading, cells]))
    assert errors(listing) == [(2, "TASK_CODE")] and "科学计数法" in str(listing.errors[0])


def test_a_workbook_that_unpacks_to_too_much_is_refused_before_it_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = xlsx_file(tmp_path, table(rows(3)))
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/zeros.bin", b"\0" * 5_000_000)
    monkeypatch.setattr(tables, "UNPACKED_MAX", 4_000_000)
    assert path.stat().st_size < 100_000
    with pytest.raises(TableRefused, match="解开后超过"):
        read_listing(path)


def test_a_workbook_whose_xml_defines_entities_is_refused(tmp_path: Path) -> None:
    path = xlsx_file(tmp_path, table(rows(1)))
    laughs = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'
    for encoding in ("utf-8", "utf-16"):
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr(
                f"docProps/{encoding}.xml", laughs.replace("?>", f' encoding="{encoding}"?>', 1).encode(encoding)
            )
        with pytest.raises(TableRefused, match="文档类型"):
            read_listing(path)


@pytest.mark.parametrize(("row", "cell", "word"), [(1048576, "A1048576", "行"), (3, "XFD3", "300 列")])
def test_a_row_or_cell_far_away_is_refused_and_not_padded_for_ever(
    tmp_path: Path, row: int, cell: str, word: str
) -> None:
    path = xlsx_file(tmp_path, table(rows(1)))
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    far = f'<row r="{row}"><c r="{cell}" t="inlineStr"><is><t>x</t></is></c></row></sheetData>'
    sheet = parts["xl/worksheets/sheet1.xml"].decode().replace("</sheetData>", far)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in {**parts, "xl/worksheets/sheet1.xml": sheet.encode()}.items():
            archive.writestr(name, content)
    with pytest.raises(TableRefused, match=word):
        read_listing(path)


def test_more_rows_than_any_list_has_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "ROWS_MAX", 10)
    with pytest.raises(TableRefused, match="超过 10 行"):
        read_listing(csv_file(tmp_path, rows(11)))


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_what_is_exported_is_imported_the_same_and_never_a_formula(tmp_path: Path, suffix: str) -> None:
    risky = a_row(1, TASK_NAME='=HYPERLINK("http://x","点")', RESULT_NAME="@证", LIMIT_EXPLAIN="-", BY_LAW="+1\n-2")
    before = read_listing(csv_file(tmp_path, [risky, *rows(5)[1:]])).rows
    path = tmp_path / f"out{suffix}"
    write_listing(path, [row.columns for row in before])
    assert read_listing(path).rows == before
    if suffix == ".csv":
        assert "'=HYPERLINK" in path.read_text("utf-8-sig")
    else:
        sheet = zipfile.ZipFile(path).read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in sheet


def test_export_knows_two_kinds_of_files(tmp_path: Path) -> None:
    with pytest.raises(TableRefused, match="xlsx"):
        write_listing(tmp_path / "items.pdf", [])
