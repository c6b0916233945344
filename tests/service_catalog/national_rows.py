"""Rows of the national list for tests: every value plausible, none real."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl

USCC = "11120000MB1571593F"
SUBJECTS = ("食品经营", "道路运输", "公共场所卫生", "医疗器械", "出版物零售", "人力资源服务", "水路运输", "特种设备")
ACTIONS = ("许可证核发", "备案", "变更登记", "延续", "注销", "年度报告受理", "资格认定")
DEPARTMENTS = ("示例市场监督管理局", "示例交通运输局", "示例卫生健康委员会", "示例政务服务办公室")


def a_row(number: int = 1, **changes: Any) -> dict[str, str]:
    """Return one row; `...` leaves a column out."""
    basic = f"0001{number:08d}"
    whole = {
        "TASK_NAME": f"{SUBJECTS[number % 8]}{ACTIONS[number % 7]}（第{number}类）",
        "CATALOG_CODE": basic,
        "TASK_TYPE": "01" if number % 2 else "07",
        "BY_LAW": "示例条例 第三条",
        "USE_LEVEL": "4",
        "TASK_CODE": f"{USCC}4{basic}",
        "TASK_VERSION": "1",
        "DEPT_NAME": DEPARTMENTS[number % 4],
        "DEPT_CODE": USCC,
        "DEPT_TYPE": "1",
        "ANTICIPATE_DAY": "20",
        "ANTICIPATE_TYPE": "1",
        "PROMISE_DAY": "7",
        "PROMISE_TYPE": "1",
        "ACCEPT_CONDITION": "依法设立，有固定场所",
        "IS_FEE": "0",
        "SERVER_TYPE": "2,6",
        "PROJECT_TYPE": "2",
        "HANDLE_TYPE": "1,2",
        "LIMIT_SCENE_NUM": "1",
        "IS_ONLINE": "1",
        "TRANSACT_ADDR": "示例路1号政务服务中心",
        "RESULT_NAME": "示例许可证",
        "PLAN_EFFECTIVE_DATE": "20240101",
        "TASK_STATE": "1",
    }
    return {name: value for name, value in {**whole, **changes}.items() if value is not ...}


def rows(count: int) -> list[dict[str, str]]:
    """Return that many rows, each another item."""
    return [a_row(number) for number in range(1, count + 1)]


def table(given: Sequence[Mapping[str, str]]) -> list[list[str]]:
    """Return heading and rows."""
    names = list(dict.fromkeys(name for row in given for name in row))
    return [names, *([row.get(name, "") for name in names] for row in given)]


def csv_text(given: Sequence[Mapping[str, str]]) -> str:
    """Return the rows as CSV text."""
    text = io.StringIO()
    csv.writer(text).writerows(table(given))
    return text.getvalue()


def csv_file(folder: Path, given: Sequence[Mapping[str, str]], *, encoding: str = "utf-8") -> Path:
    """Write the rows as CSV."""
    path = folder / "items.csv"
    path.write_bytes(csv_text(given).encode(encoding))
    return path


def xlsx_file(folder: Path, lines: Iterable[Sequence[Any]]) -> Path:
    """Write lines as the first sheet of a workbook."""
    path = folder / "items.xlsx"
    book = openpyxl.Workbook()
    for line in lines:
        book.active.append(list(line))
    book.save(path)
    return path
