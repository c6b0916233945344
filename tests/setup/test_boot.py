"""./run and ./test before anything is installed: what they check, say and leave alone. No network."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from api.version import VERSION

ROOT = Path(__file__).parents[2]
TOOLS = ("sh", "cat", "cksum", "dirname", "mkdir", "rm", "tail")
LOCKS = [ROOT / "requirements" / name for name in ("run.txt", "dev.txt")]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone with nothing in it but what ./run looks at, in a folder with a space in its name."""
    folder = tmp_path / "a clone"
    (folder / "requirements").mkdir(parents=True)
    for name in ("run", "test", "_boot"):
        shutil.copy2(ROOT / name, folder / name)
    for lock in LOCKS:
        shutil.copy2(lock, folder / "requirements" / lock.name)
    return folder


@pytest.fixture
def bare(tmp_path: Path) -> dict[str, str]:
    """An environment without Python, uv, home or anything else but a few tools."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in TOOLS:
        found = shutil.which(name)
        assert found, name
        (tools / name).symlink_to(found)
    return {"PATH": str(tools)}


def start(clone: Path, env: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(clone / "run"), *arguments]
    return subprocess.run(command, env=env, cwd="/", capture_output=True, text=True, timeout=60)


def make_ready(clone: Path, env: dict[str, str]) -> None:
    """Put in place what a finished installation leaves behind, its command replaced by one that says what it got."""
    programs = clone / ".venv/bin"
    programs.mkdir(parents=True)
    (programs / "python").symlink_to(sys.executable)
    (programs / "banjian").write_text('#!/bin/sh\nprintf "<%s>" "$@"\n')
    (programs / "banjian").chmod(0o755)
    sum_ = subprocess.run(
        ["cksum"],
        stdin=(clone / "requirements/run.txt").open("rb"),
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    (clone / ".venv/.banjian-run").write_text(f"{sum_.stdout.strip()} {clone}")


def test_without_python_one_line_says_what_to_install(clone: Path, bare: dict[str, str]) -> None:
    done = start(clone, bare)
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.count("\n") == 1 and "Python 3.11 or newer is needed" in done.stderr
    assert not (clone / ".venv").exists()


def test_a_python_that_is_too_old_is_no_python(clone: Path, bare: dict[str, str]) -> None:
    old = Path(bare["PATH"]) / "python3"
    old.write_text('#!/bin/sh\ncase "$*" in *version_info*) exit 1 ;; *print*) echo "$0" ;; esac\n')
    old.chmod(0o755)
    done = start(clone, bare)
    assert done.returncode == 1 and "Python 3.11 or newer is needed" in done.stderr


def test_a_python_without_venv_is_told_apart(clone: Path, bare: dict[str, str]) -> None:
    lacking = Path(bare["PATH"]) / "python3"
    lacking.write_text(f'#!/bin/sh\n[ "$1" = -m ] && exit 1\n[ "$2" = "${{2#*print}}" ] || echo "{lacking}"\nexit 0\n')
    lacking.chmod(0o755)
    done = start(clone, bare)
    assert done.returncode == 1 and "python3-venv" in done.stderr.splitlines()[-1]


def test_when_all_is_in_place_nothing_is_installed_and_arguments_go_on(clone: Path, bare: dict[str, str]) -> None:
    make_ready(clone, bare)
    done = start(clone, bare, "--data", "a b")
    assert done.returncode == 0 and done.stderr == ""
    assert done.stdout == "<serve><--demo><--data><a b>"


def test_a_changed_lock_is_installed_anew(clone: Path, bare: dict[str, str]) -> None:
    make_ready(clone, bare)
    with (clone / "requirements/run.txt").open("a") as lock:
        lock.write("# newer\n")
    assert start(clone, bare).returncode == 1


def test_a_clone_that_was_moved_is_installed_anew(clone: Path, bare: dict[str, str]) -> None:
    make_ready(clone, bare)
    moved = clone.rename(clone.with_name("moved"))
    assert start(moved, bare).returncode == 1


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_has_hashes_and_no_address(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert "://" not in text and "--index" not in text and "--find-links" not in text
    blocks = re.split(r"\n(?=[a-z0-9])", text)
    assert len(blocks) > 20
    for block in blocks:
        assert "==" in block.splitlines()[0] and "--hash=sha256:" in block, block.splitlines()[0]


@pytest.mark.parametrize("name", ["run", "test", "_boot", ".ci/run"])
def test_scripts_are_plain_shell_and_can_be_run(name: str) -> None:
    path = ROOT / name
    subprocess.run(["sh", "-n", str(path)], check=True, timeout=10)
    assert name == "_boot" or os.access(path, os.X_OK)


def test_what_pyproject_wants_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {lock: set(project["dependencies"]) for lock in LOCKS}
    wanted[LOCKS[1]] |= set(project["optional-dependencies"]["dev"])
    for lock, requirements in wanted.items():
        locked = {line.split("==")[0] for line in lock.read_text(encoding="utf-8").splitlines() if "==" in line}
        names = {re.split(r"[\[<>=; ]", requirement)[0].lower() for requirement in requirements}
        assert names <= locked, names - locked


def test_every_package_we_use_has_its_way_out_written_down() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    adr = (ROOT / "docs/adr/0011-dependencies.md").read_text(encoding="utf-8")
    names = {re.split(r"[\[<>=; ]", requirement)[0].lower() for requirement in project["dependencies"]}
    assert {name for name in names if not re.search(rf"\b{re.escape(name)}\b", adr)} == set()


def test_the_program_says_which_version_it_is() -> None:
    for words in (["--version"], ["version"]):
        done = subprocess.run(
            [sys.executable, "-m", "api.cli", *words], cwd=ROOT, capture_output=True, text=True, timeout=30
        )
        assert done.returncode == 0 and VERSION in done.stdout and done.stdout.startswith("banjian")


def test_make_help_lists_every_target() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", text, re.M))
    assert targets == set(re.findall(r"^([a-z]+):.*## ", text, re.M))
