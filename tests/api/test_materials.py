"""Uploads: asked for first, kept only then, recorded once."""

import io
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.api.test_api import bearer, new_case
from workflow.store import cases

PDF = b"%PDF-1.4 a material"


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client of the application."""
    return app.test_client()


def upload(client: FlaskClient, case_no: str, who: str, name: str, content: bytes = PDF, **headers: str) -> Any:
    """Return the response to one upload."""
    file = (io.BytesIO(content), "材料.pdf")
    return client.post(
        f"/api/v1/cases/{case_no}/materials", data={"name": name, "file": file}, headers=bearer(client, who) | headers
    )


def a_material(client: FlaskClient, case_no: str) -> str:
    """Return the name of a material the applicant may supply."""
    listed = client.get(f"/api/v1/cases/{case_no}/materials", headers=bearer(client, "applicant1")).json["items"]
    return str(listed[0]["name"])


def kept(folder: Path) -> list[Path]:
    """Return every file that was kept."""
    return [path for path in (folder / "files").rglob("*") if path.is_file()]


def withdraw(client: FlaskClient, case_no: str, version: int) -> None:
    """End the case."""
    headers = bearer(client, "applicant1") | {"If-Match": f'"{version}"'}
    path = f"/api/v1/cases/{case_no}/actions/withdraw"
    assert client.post(path, json={"data": {}}, headers=headers).status_code == 200


def test_a_material_is_kept_under_its_hash_and_recorded_once(client: FlaskClient, tmp_path: Path) -> None:
    case_no = new_case(client).json["case_no"]
    name = a_material(client, case_no)
    first = upload(client, case_no, "applicant1", name, **{"Idempotency-Key": "m"})
    again = upload(client, case_no, "applicant1", name, **{"Idempotency-Key": "m"})
    assert (first.status_code, again.status_code) == (201, 201) and first.json == again.json
    (file,) = kept(tmp_path)
    assert file.name == first.json["sha256"] and file.read_bytes() == PDF
    listed = client.get(f"/api/v1/cases/{case_no}/materials", headers=bearer(client, "applicant1")).json["items"]
    assert [len(material["files"]) for material in listed if material["name"] == name] == [1]


def test_an_upload_retried_with_its_key_answers_the_same_though_the_case_moved_on(client: FlaskClient) -> None:
    case_no = new_case(client).json["case_no"]
    name = a_material(client, case_no)
    first = upload(client, case_no, "applicant1", name, **{"Idempotency-Key": "m"})
    withdraw(client, case_no, first.json["version"])
    assert upload(client, case_no, "applicant1", name, **{"Idempotency-Key": "m"}).json == first.json
    other = upload(client, case_no, "applicant1", name, PDF + b"2", **{"Idempotency-Key": "m"})
    assert (other.status_code, other.json["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")


@pytest.mark.parametrize(
    ("who", "name", "headers", "status", "code"),
    [
        ("applicant2", None, {}, 404, "NOT_FOUND"),
        ("applicant2", "没有的材料", {}, 404, "NOT_FOUND"),
        ("reviewer1", None, {}, 403, "WRONG_POST"),  # who reads the case, but hands in nothing
        ("applicant1", "没有的材料", {}, 422, "MATERIAL_UNKNOWN"),
        ("applicant1", None, {"If-Match": '"1"'}, 412, "STALE_VERSION"),
    ],
)
def test_what_may_not_be_added_is_neither_kept_nor_written(
    client: FlaskClient,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    who: str,
    name: str | None,
    headers: dict[str, str],
    status: int,
    code: str,
) -> None:
    case_no = new_case(client).json["case_no"]
    name = name or a_material(client, case_no)

    def write(*_: Any) -> None:
        raise AssertionError("an act was written only to be refused")

    monkeypatch.setattr(cases, "write", write)
    answer = upload(client, case_no, who, name, **headers)
    assert (answer.status_code, answer.json["code"]) == (status, code) and kept(tmp_path) == []


def test_a_case_that_has_ended_says_so_before_it_looks_at_the_name(client: FlaskClient, tmp_path: Path) -> None:
    case = new_case(client).json
    withdraw(client, case["case_no"], case["version"])
    answer = upload(client, case["case_no"], "applicant1", "没有的材料")
    assert (answer.status_code, answer.json["code"]) == (409, "ACTION_NOT_ALLOWED") and kept(tmp_path) == []
