"""banjian catalog lint: only what was asked for, one line a finding, never a traceback."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api.cli.catalog import catalog
from service_catalog.catalog import MANUALS
from tests.service_catalog.builders import manual_file
from workflow.definitions.loader import HERE


def lint(*arguments: object) -> Result:
    """Return what the command printed; it must not have died."""
    done = CliRunner().invoke(catalog, ["lint", *map(str, arguments)])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def test_unverified_of_one_file_lists_that_file_and_no_other() -> None:
    file = next(MANUALS.glob("02-*.yaml"))
    lines = lint("--unverified", file).stdout.splitlines()
    assert lines and all(line.startswith(f"unverified: {file.name}:") for line in lines)


def test_unverified_of_a_broken_manual_is_one_finding(tmp_path: Path) -> None:
    broken = tmp_path / "99-a.yaml"
    broken.write_text("item: 01: 02\n", encoding="utf-8")
    done = lint("--unverified", broken)
    assert (done.exit_code, len(done.stdout.splitlines())) == (1, 1) and done.stdout.startswith("99-a.yaml:1: manual:")


def test_a_broken_manual_in_a_folder_does_not_hide_the_others(tmp_path: Path) -> None:
    (tmp_path / "99-a.yaml").write_text("item: 01: 02\n", encoding="utf-8")
    (tmp_path / "98-b.yaml").write_bytes(b"\xff\xfe\n")
    (tmp_path / "97-c.yaml").mkdir()
    manual_file(tmp_path, ("law: 测试法 第三条, verified: true", "law: 测试法 第三条, verified: false"))
    done = lint("--unverified", tmp_path)
    assert done.exit_code == 1
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == ["98-b.yaml", "99-a.yaml", "unverified"]


def test_a_broken_shipped_manual_is_no_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "manuals"
    shutil.copytree(MANUALS, folder)
    file = next(folder.glob("01-*.yaml"))
    file.write_text(file.read_text("utf-8").replace("kind: licence", "kind: licences"), encoding="utf-8")
    monkeypatch.setattr("api.cli.checks.MANUALS", folder)
    done = lint("--unverified")
    assert done.exit_code == 1 and f"{file.name}:" in done.stdout.splitlines()[0]


def test_a_folder_of_definitions_is_checked_with_its_own_parts(tmp_path: Path) -> None:
    folder = tmp_path / "definitions"
    shutil.copytree(HERE, folder, ignore=shutil.ignore_patterns("*.py", "lint", "__pycache__"))
    assert (lint(folder).exit_code, lint(folder).stdout) == (0, "")
    staff = folder / "parts/staff.yaml"
    staff.write_text(
        staff.read_text("utf-8").replace("本人不是代班人, 接办人可以办理]", "本人不是代班人]"),
        encoding="utf-8",
    )
    for place in (folder, staff, folder / "on-site.yaml"):
        done = lint(place)
        assert done.exit_code == 1 and "lacks `接办人可以办理`" in done.stdout
        assert all(line.startswith("parts/staff.yaml:") for line in done.stdout.splitlines())


def test_remarks_are_told_when_asked_and_are_no_fault(tmp_path: Path) -> None:
    limit = "limit: {n: 15, unit: working_day, law: 己, verified: true}"
    branch = f"{{name: 甲, department: 乙, task: 丙, law: 丁, verified: true, {limit}"
    file = manual_file(
        tmp_path,
        ("process: document-review", "process: joint"),
        ("kind: licence", "kind: joint"),
        added="joint: {mode: bundle, text: 甲, law: 乙, verified: true}\nbranches:\n"
        f"  - {branch}, key: a}}\n  - {branch}, key: b, after: [a]}}\n",
    )
    assert (lint(file).exit_code, lint(file).stdout) == (0, "")
    assert lint("--remarks", file).stdout.startswith("remark: 77-test-item.yaml:")
