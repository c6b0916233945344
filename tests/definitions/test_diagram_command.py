"""banjian diagram, and the same over HTTP."""

from pathlib import Path

import pytest
from flask import Flask

from tests.setup.test_commands import run
from workflow.definitions.bpmn.write import bpmn
from workflow.definitions.handbook import pages
from workflow.definitions.loader import processes


def test_an_item_and_its_process_are_the_same_file_and_the_one_the_api_gives(app: Flask) -> None:
    expected = bpmn(processes()["on-site"])
    for name in ("on-site", "02"):
        done = run("diagram", name, "--bpmn")
        assert done.returncode == 0 and done.stdout == expected, done.stderr
    answer = app.test_client().get("/api/v1/catalog/processes/on-site/bpmn")
    assert (answer.status_code, answer.mimetype, answer.text) == (200, "application/xml", expected)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="on-site.bpmn"'
    assert app.test_client().get("/api/v1/catalog/processes/nothing/bpmn").json["code"] == "PROCESS_UNKNOWN"


def test_the_picture_and_the_pages_are_written(tmp_path: Path) -> None:
    assert run("diagram", "document-review", "--svg").stdout.startswith("<svg ")
    done = run("diagram", "--docs", str(tmp_path / "pages"))
    assert done.returncode == 0
    assert {path.name for path in (tmp_path / "pages").iterdir()} == set(pages(processes()))


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        ((), 2, "say a process type or item, or --docs DIR"),
        (("on-site", "--docs", "x"), 2, "say a process type or item, or --docs DIR"),
        (("nothing", "--bpmn"), 2, "no process type or item"),
        (("--docs", "README.md"), 2, "is a file"),
        (("--docs", "/proc/nowhere"), 1, "/proc/nowhere"),
    ],
)
def test_a_mistake_is_said_clearly(arguments: tuple[str, ...], code: int, says: str) -> None:
    done = run("diagram", *arguments)
    assert done.returncode == code and says in done.stderr and "Traceback" not in done.stderr, done.stderr
