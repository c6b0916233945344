"""The commands people type: one clear line when something is wrong; the whole tree starts, stops, survives."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from api.cli.main import COMMANDS, group

ROOT = Path(__file__).parents[2]
BANJIAN = [sys.executable, "-c", "from api.cli import main; main()"]
FACTS = {"process": "document-review", "events": [{"type": "accepted", "at": "2026-02-11"}], "as_of": "2026-02-12"}


def run(*arguments: str, stdin: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    """Return what a command printed."""
    clean = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "BROKER_URL")}
    return subprocess.run(
        [*BANJIAN, *arguments], input=stdin, env=clean | env, cwd=ROOT, capture_output=True, text=True, timeout=90
    )


@pytest.mark.parametrize(
    ("arguments", "stdin", "env", "code", "says"),
    [
        (["clock", "explain"], "{", {}, 2, "JSON"),
        (["clock", "explain"], '{"process": "x", "process": "y"}', {}, 2, "重复"),
        (["clock", "explain"], '{"process": "x", "events": []}', {}, 2, "process"),
        (["clock", "explain", "nowhere.json"], "", {}, 2, "nowhere.json: No such file"),
        (["clock", "explain", "tests"], "", {}, 2, "tests: Is a directory"),
        (["migrate"], "", {}, 2, "DATABASE_URL is not set"),
        (["worker"], "", {}, 2, "DATABASE_URL is not set"),
        (["api"], "", {"DATABASE_URL": "postgresql:///x"}, 2, "BROKER_URL is not set"),
        (["migrate"], "", {"DATABASE_URL": "mysql://x"}, 1, "postgresql"),
        (["serve"], "", {"BANJIAN_CLOCK": "2025-09-30T20:15:00+08:00"}, 2, "refused without --demo"),
        (["serve"], "", {"BANJIAN_DEMO_PASSWORD": "x"}, 2, "refused without --demo"),
        (["serve", "--data", "/proc/nowhere"], "", {}, 1, "cannot be written"),
        (["diagram", "nothing"], "", {}, 2, "no process type or item"),
    ],
)
def test_a_mistake_is_one_clear_line(
    arguments: list[str], stdin: str, env: dict[str, str], code: int, says: str
) -> None:
    done = run(*arguments, stdin=stdin, **env)
    assert done.returncode == code, done.stderr
    assert says in done.stderr and "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_port_in_use_is_one_clear_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = run("serve", "--port", str(taken.getsockname()[1]), "--data", str(tmp_path))
    assert done.returncode == 1 and "cannot be used" in done.stderr and "Traceback" not in done.stderr


def test_facts_from_a_file_and_from_standard_input_give_the_same_dates(tmp_path: Path) -> None:
    file = tmp_path / "facts.json"
    file.write_text(json.dumps([FACTS]), encoding="utf-8")
    from_file = json.loads(run("clock", "explain", str(file)).stdout)
    assert from_file == [json.loads(run("clock", "explain", stdin=json.dumps(FACTS)).stdout)]
    assert from_file[0]["clocks"][0]["due"] == "2026-03-17"


def test_an_item_code_brings_its_rules() -> None:
    facts = {"item_code": "02", "events": [{"type": "accepted", "at": "2026-09-03"}], "as_of": "2026-09-04"}
    clocks = json.loads(run("clock", "explain", stdin=json.dumps(facts)).stdout)["clocks"]
    assert {c["id"]: c["due"] for c in clocks} == {"statutory": "2026-10-21", "promised": "2026-10-08"}


def test_the_diagram_and_the_lint_speak() -> None:
    assert run("diagram", "on-site").stdout.startswith("stateDiagram-v2")
    assert run("diagram", "02").stdout == run("diagram", "on-site").stdout
    assert run("catalog", "lint").returncode == 0


def test_a_broken_manual_is_a_finding_with_its_line(tmp_path: Path) -> None:
    source = ROOT / "service_catalog/manuals/01-hazchem-trading-no-storage.yaml"
    broken = tmp_path / source.name
    text = source.read_text(encoding="utf-8").replace("kind: licence", "kind: licence\nkinds: licence")
    broken.write_text(text, encoding="utf-8")
    line = text[: text.index("kinds: licence")].count("\n") + 1
    done = run("catalog", "lint", str(broken))
    assert done.returncode == 1 and f"{source.name}:{line}:" in done.stdout


def test_compose_runs_only_commands_we_have() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    ours = {name: s["command"] for name, s in compose["services"].items() if s.get("command", [""])[0] == "banjian"}
    assert set(ours) == {"migrate", "api", "worker", "beat"}
    for command in ours.values():
        assert command[1] in COMMANDS
        made = group.get_command(None, command[1])  # type: ignore[arg-type]
        options = {option for parameter in made.params for option in parameter.opts}
        assert {word for word in command[2:] if word.startswith("--")} <= options
