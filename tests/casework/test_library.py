"""Experts and registers come from files: all rows or none, every error with its line."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from api.cli.main import group
from workflow.casework.office import Office
from workflow.store.sealed import register_index

EXPERTS = "person_id,name,unit,specialities\n"
REGISTER = "id_no,valid_from,valid_until,note\n"


def run(monkeypatch: pytest.MonkeyPatch, url: str, *words: str) -> Result:
    """Run a command on this database."""
    monkeypatch.setenv("DATABASE_URL", url)
    return CliRunner().invoke(group, list(words))


def test_a_library_replaces_the_one_before(
    office: Office, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "experts.csv"
    file.write_text(EXPERTS + "zhang.san,张三,示例大学,化工、安全\nexpert1,专家甲,示例设计院,\n", encoding="utf-8-sig")
    result = run(monkeypatch, database_url, "experts", "load", str(file))
    assert (result.exit_code, result.output) == (0, "2 experts in the library\n")
    with office.work() as connection:
        rows = connection.exec_driver_sql(
            "select person_id, specialities from experts where active order by person_id"
        ).all()
        posts = connection.exec_driver_sql(
            "select count(*) from person_posts where person_id = 'zhang.san' and post = 'expert'"
        ).scalar_one()
    assert [tuple(row) for row in rows] == [("expert1", []), ("zhang.san", ["化工", "安全"])]
    assert posts > 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name,unit\n", ":1: the columns are person_id, name, unit, specialities"),
        (EXPERTS + "a1,,单位,\n", ":2: name: is empty"),
        (EXPERTS + "a1,甲\n", ":2: 4 columns are needed"),
    ],
)
def test_a_wrong_library_is_refused_with_its_line(
    database_url: str, office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, words: str
) -> None:
    file = tmp_path / "experts.csv"
    file.write_text(text, encoding="utf-8")
    result = run(monkeypatch, database_url, "experts", "load", str(file))
    assert result.exit_code == 2 and words in result.output
    with office.work() as connection:
        assert connection.exec_driver_sql("select count(*) from experts where active").scalar_one() == 7


def loaded(monkeypatch: pytest.MonkeyPatch, url: str, file: Path, *more: str) -> Any:
    """Load a copy of the register of the dishonest."""
    return run(monkeypatch, url, "register", "load", "dishonesty", str(file), "--source", "测试", *more)


def test_a_register_is_replaced_whole_and_says_of_when_it_is(
    office: Office, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "register.csv"
    file.write_text(REGISTER + "11120000MB1908811Q,2026-01-01,2026-12-31,未修复\n", encoding="utf-8")
    result = loaded(monkeypatch, database_url, file, "--as-of", "2026-09-01T08:00:00+08:00")
    assert (result.exit_code, result.output) == (0, "1 entries in dishonesty\n")
    with office.work() as connection:
        found = connection.exec_driver_sql(
            "select id_no, valid_until::text from register_entries where register = 'dishonesty'"
        ).all()
    assert [tuple(row) for row in found] == [(register_index("11120000MB1908811Q"), "2026-12-31")]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("11120000MB1908811X,,,\n", ":2: id_no:"),
        ("11120000MB1908811Q,2026-13-01,,\n", ":2: valid_from: write a day"),
        ("11120000MB1908811Q,2026-02-01,2026-01-01,\n", "check"),
    ],
)
def test_a_wrong_register_changes_nothing(
    office: Office, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, row: str, words: str
) -> None:
    file = tmp_path / "register.csv"
    file.write_text(REGISTER + row, encoding="utf-8")
    result = loaded(monkeypatch, database_url, file)
    assert result.exit_code == 2 and words in result.output, result.output
    with office.work() as connection:
        assert connection.exec_driver_sql(
            "select id_no from register_entries where register = 'dishonesty'"
        ).scalars().all() == [register_index("9133021272513935X8")]
