"""banjian catalog import and export, as somebody types them."""

import shutil
from pathlib import Path

import pytest

from api.embedded import postgres
from tests.infrastructure.servers import create_database
from tests.service_catalog.national_rows import a_row, csv_file, rows
from tests.setup.test_commands import run
from workflow.casework import catalogue
from workflow.casework.office import Office
from workflow.store.migrate import upgrade


def test_10000_items_go_in_after_a_dry_run_that_wrote_nothing(
    office: Office, database_url: str, tmp_path: Path
) -> None:
    file = csv_file(tmp_path, rows(10_000))
    tried = run("catalog", "import", str(file), "--dry-run", DATABASE_URL=database_url)
    assert tried.returncode == 0 and "新增 10000" in tried.stdout, tried.stderr
    assert catalogue.all_columns(office) == []
    basis = ("--by", "catalog1", "--basis", "津政务〔2026〕1号")
    done = run("catalog", "import", str(file), *basis, DATABASE_URL=database_url)
    assert done.returncode == 0 and "已导入：新增 10000，变更 0" in done.stdout, done.stderr
    log, _more = catalogue.changes(office, before=None, limit=1)
    assert (log[0]["by"]["id"], log[0]["basis"]) == ("catalog1", "津政务〔2026〕1号")


@pytest.mark.parametrize("name", ["out.csv", "out.xlsx"])
def test_what_comes_out_goes_in_again_unchanged(database_url: str, tmp_path: Path, name: str) -> None:
    run("catalog", "import", str(csv_file(tmp_path, rows(787))), DATABASE_URL=database_url)
    out = str(tmp_path / name)
    assert run("catalog", "export", out, DATABASE_URL=database_url).returncode == 0
    again = run("catalog", "import", out, DATABASE_URL=database_url)
    assert "新增 0，变更 0，不变 787" in again.stdout, again.stderr


def test_one_wrong_row_keeps_everything_out_and_is_named(office: Office, database_url: str, tmp_path: Path) -> None:
    file = csv_file(tmp_path, [*rows(50), a_row(51, PLAN_EFFECTIVE_DATE="2024-01-01")])
    done = run("catalog", "import", str(file), DATABASE_URL=database_url)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert done.stdout.startswith("第 52 行 PLAN_EFFECTIVE_DATE（计划生效日期）：应当是 8 位日期")
    assert "没有导入任何事项" in done.stderr
    assert catalogue.all_columns(office) == []


def test_thousands_of_faults_do_not_make_thousands_of_lines(database_url: str, tmp_path: Path) -> None:
    file = csv_file(tmp_path, [row | {"IS_FEE": "x"} for row in rows(1000)])
    done = run("catalog", "import", str(file), DATABASE_URL=database_url)
    assert done.returncode == 1 and len(done.stdout.splitlines()) == 201
    assert "另有 800 处错误" in done.stdout and "1000 处错误" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "env", "code", "says"),
    [
        (["import", "{folder}/missing.csv"], {}, 2, "missing.csv"),
        (["import", "{folder}/empty.csv"], {}, 1, "空的"),
        (["import", "{folder}/items.csv", "--data", "{folder}/none"], {}, 2, "DATABASE_URL is not set"),
        (["import", "{folder}/items.csv"], {"DATABASE_URL": "postgresql://x@127.0.0.1:1/x"}, 1, "database refused"),
        (["export", "{folder}/out.pdf"], {}, 2, ".xlsx"),
        (["export", "{folder}/out.csv", "--data", "{folder}/none"], {}, 2, "DATABASE_URL is not set"),
    ],
)
def test_a_mistake_is_one_clear_line(
    tmp_path: Path, arguments: list[str], env: dict[str, str], code: int, says: str
) -> None:
    csv_file(tmp_path, rows(1))
    (tmp_path / "empty.csv").touch()
    done = run("catalog", *(word.format(folder=tmp_path) for word in arguments), **env)
    assert done.returncode == code, done.stderr
    assert says in done.stderr and len(done.stderr.strip().splitlines()) == 1


def test_a_database_that_was_not_migrated_says_so(server: str, worker_name: str, tmp_path: Path) -> None:
    url = create_database(server, f"empty_{worker_name}")
    done = run("catalog", "import", str(csv_file(tmp_path, rows(1))), DATABASE_URL=url)
    assert done.returncode == 1 and "banjian migrate" in done.stderr


def test_without_an_address_the_office_of_the_data_folder_is_used_and_left_stopped(
    run_folder: Path, tmp_path: Path
) -> None:
    data = run_folder / "own"
    url, handle = postgres.start(data / "postgres")
    upgrade(url)
    postgres.stop(handle)
    done = run("catalog", "import", str(csv_file(tmp_path, rows(3))), "--data", str(data))
    assert done.returncode == 0 and "新增 3" in done.stdout, done.stderr
    again = run("catalog", "import", str(csv_file(tmp_path, rows(3))), "--data", str(data))
    assert "不变 3" in again.stdout
    assert not (data / "postgres" / "postmaster.pid").exists()
    shutil.rmtree(data)
