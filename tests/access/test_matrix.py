"""The matrix has an entry for every route and every action, and its lint finds what nobody would miss."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask

from api.access import entry_of
from api.cli.access import access
from tests.access.by_hand import CHECKS, differing
from tests.access.mutate import without
from workflow.definitions.access import FILE, matrix
from workflow.definitions.access_page import page
from workflow.definitions.lint.access import lint_access
from workflow.definitions.loader import processes

ROUTE = '  "GET /healthz": system watch\n'
CLERK = "    - {whose: department, what: case, may: [accept], in: [intake]}\n"


def test_every_route_has_an_entry_and_every_entry_a_route(app: Flask) -> None:
    served = {
        entry_of(method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert served == set(matrix().routes)


def test_a_route_without_an_entry_is_closed(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    assert app.test_client().get("/healthz").status_code == 200
    routes = {route: targets for route, targets in matrix().routes.items() if route != "GET /healthz"}
    monkeypatch.setattr("api.access.matrix", lambda without=replace(matrix(), routes=routes): without)
    assert app.test_client().get("/healthz").status_code == 403


def test_the_shipped_matrix_is_clean() -> None:
    assert lint_access(processes()) == []


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        (CLERK, "", "the matrix gives window-clerk no 'accept' there"),
        (CLERK, CLERK.replace("intake", "review"), "no act of kind 'accept' for window-clerk in phase review"),
        (CLERK, CLERK * 2, "case accept is said twice"),
        (CLERK, CLERK.replace("department", "own"), "'own' is a relation of applicant, not of window-clerk"),
        (CLERK, CLERK.replace("accept", "inspect"), "no process has an act of kind 'inspect' for window-clerk"),
        (CLERK, CLERK.replace("accept", "fly"), "unknown action of case 'fly'"),
        (CLERK, CLERK.replace("intake", "noon"), "unknown phase 'noon'"),
        (CLERK, CLERK.replace("what: case", "what: moon"), "unknown object 'moon'"),
        (CLERK, CLERK.replace("department", "friends"), "unknown relation 'friends'"),
        (CLERK, CLERK.replace("}", ", sees: everything}"), "unknown view 'everything'"),
        (CLERK, CLERK.replace("}", ", colour: red}"), "unknown key 'colour'"),
        (CLERK, CLERK.replace("}", ", under: read}"), "`under` names what a mandate has to say"),
        ("  window-clerk:\n", "  window-cleaner:\n", "unknown post 'window-cleaner'"),
        ("  deliver: [deliver, publish]\n", "  deliver: [deliver]\n", "action 'publish' of a process has no entry"),
        ("  deliver: [deliver, publish]\n", "  deliver: [deliver, publish, fly]\n", "no process has an action 'fly'"),
        ("  deliver: [deliver, publish]\n", "  deliver: [deliver, publish, urge]\n", "stands under 'urge' too"),
        (ROUTE, '  "GET /healthz": system dance\n', "unknown object or action 'system dance'"),
        ("may: [watch, describe]", "may: [describe]", "nobody may watch system"),
        ("may: [load, changes]", "may: [load, changes, read]", None),
        ("what: permit, may: [list, read, apply], sees", "what: permit, may: [list, read, apply], in: [draft], sees", "permit has no phases"),
        ("    - {whose: none, what: webhook", "    - {whose: all, what: case, may: [read]}\n    - {whose: none, what: webhook", "never touch a case"),
        ("    - {whose: none, what: session", "    - {whose: all, what: session", "the public has no relation to any object"),
    ],
)  # fmt: skip
def test_a_planted_fault_is_found_with_its_line(tmp_path: Path, was: str, becomes: str, said: str | None) -> None:
    whole = FILE.read_text(encoding="utf-8")
    assert was in whole
    planted = tmp_path / "access.yaml"
    planted.write_text(whole.replace(was, becomes, 1), encoding="utf-8")
    found = [str(finding) for finding in lint_access(processes(), planted)]
    if said is None:
        assert found == []
        return
    assert any(said in one for one in found), found
    assert all(re.match(r"access\.yaml:\d+: ", one) for one in found)


def test_what_the_walk_cannot_tell_is_as_written_by_hand() -> None:
    assert differing() == ""


def test_each_line_of_that_table_misses_its_line_in_the_matrix() -> None:
    missed = []
    for who, what, may, _, allowed in CHECKS:
        posts = {*who.here, *who.anywhere} or {who.kind or "public"}
        lines = [line for line in matrix().of(what, may) if line.post in posts and line.whose != "mandated"]
        for line in lines if allowed else ():
            with without(line, may):
                if not differing(what, may):
                    missed.append(f"{line.post} {line.whose} {what} {may}")
    assert missed == []


def test_the_page_is_current(tmp_path: Path) -> None:
    assert CliRunner().invoke(access, ["docs", "docs/access.md", "--check"]).exit_code == 0
    stale = tmp_path / "access.md"
    stale.write_text("old", encoding="utf-8")
    assert CliRunner().invoke(access, ["docs", str(stale), "--check"]).exit_code == 1
    assert CliRunner().invoke(access, ["docs", str(stale)]).exit_code == 0
    assert stale.read_text(encoding="utf-8") == page()
