"""Definition files are refused where they are wrong, with file and line; ours are sound."""

from pathlib import Path

import pytest

from workflow.definitions.diagram import mermaid
from workflow.definitions.lint import lint
from workflow.definitions.loader import build, load_process, processes
from workflow.definitions.strict_yaml import load
from workflow.engine.errors import DefinitionError
from workflow.engine.machine import advance, edges_from

SMALL = """\
process: tiny
name: 小流程
version: "2026-01-01"
law: 行政许可法
starts-in: open
people: {reviewer: 审查人员}
states:
  open:
    name: 开始
    phase: review
    task: {for: reviewer, title: 办理}
    actions:
      finish:
        name: 办结
        by: reviewer
        then: done
        law: 行政许可法
  done: {name: 完, phase: ended, ends: done}
"""


def written(folder: Path, text: str) -> Path:
    """Return a file with this text."""
    path = folder / "tiny.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        ("        by: reviewer", "        by: reviewer\n        bye: x", 16, "Unknown field"),
        ("        by: reviewer", "        by: reviewer\n        by: reviewer", 16, "duplicate key"),
        ('version: "2026-01-01"', "version: 2026-01-01", 3, "unquoted date"),
        ("        by: reviewer", "        by: reviewer\n        needs: 看着办", 16, "unknown guard phrase"),
        ("        by: reviewer", "        by: approver", 15, "unknown post"),
        ("        then: done", "        then: nowhere", 16, "unknown state"),
        ("        by: reviewer", "        by: reviewer\n        records: happened", 16, "unknown fact"),
        ("        by: reviewer", "        by: reviewer\n        issues: 便条", 16, "unknown document"),
        ("        by: reviewer", "        by: reviewer\n        marks: tick", 16, "unknown mark"),
        ("        by: reviewer", "        by: clock", 15, "`when` belongs to actions by the clock"),
        ("starts-in: open", "starts-in: shut", 5, "unknown state"),
        ("for: reviewer", "for: expert", 11, "unknown post"),
        ("        law: 行政许可法", "        law: yes", 17, "bare word"),
        ("people: {reviewer", "people: &p {reviewer", 6, "anchors"),
        ("    name: 开始", "\tname: 开始", 9, "tab"),
        ("starts-in: open", "starts-in: open\nuses: [nothing]", 6, "part 'nothing' does not exist"),
    ],
)
def test_an_editor_s_error_is_refused_with_its_line(tmp_path: Path, old: str, new: str, line: int, what: str) -> None:
    assert old in SMALL
    with pytest.raises(DefinitionError) as refused:
        load_process(written(tmp_path, SMALL.replace(old, new, 1)))
    assert (refused.value.file, refused.value.line) == ("tiny.yaml", line), str(refused.value)
    assert what in refused.value.what


def test_a_sound_definition_loads(tmp_path: Path) -> None:
    process = load_process(written(tmp_path, SMALL))
    assert advance(process, "open", "finish") == "done"
    assert advance(process, "done", "finish") is None and advance(process, "open", "fly") is None


def test_the_digest_follows_the_content_and_nothing_else(tmp_path: Path) -> None:
    one = load_process(written(tmp_path, SMALL))
    commented = load_process(written(tmp_path, "# a comment\n" + SMALL))
    changed = load_process(written(tmp_path, SMALL.replace("办结", "结束")))
    assert one.digest == commented.digest != changed.digest


@pytest.mark.parametrize("slug", sorted(processes()))
def test_a_stored_process_is_built_again_as_it_was(slug: str) -> None:
    process = processes()[slug]
    plain, _ = load(process.source, "stored")
    again = build(plain)
    assert again.digest == process.digest
    assert all(edges_from(again, name) == edges_from(process, name) for name in process.states)


@pytest.mark.parametrize("slug", sorted(processes()))
def test_ours_have_no_findings_and_a_diagram(slug: str) -> None:
    process = processes()[slug]
    assert lint(process) == []
    assert mermaid(process).startswith("stateDiagram-v2")
