"""One line a request, with its id and its case, and nothing about people."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.v1 import cases as cases_view
from tests.api.test_api import bearer, new_case
from tests.infrastructure.logged import logged
from tests.story.test_item_02 import APPLICANT, FORM


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client of the application."""
    return app.test_client()


def test_a_request_is_one_line_with_its_id_its_case_and_how_it_went(client: FlaskClient) -> None:
    case_no = new_case(client).json["case_no"]
    headers = bearer(client, "applicant1") | {"X-Request-Id": "from-the-proxy.1"}
    with logged("api") as lines:
        answer = client.get(f"/api/v1/cases/{case_no}", headers=headers)
    (line,) = lines.all
    assert answer.headers["X-Request-Id"] == line["request_id"] == "from-the-proxy.1"
    assert (line["event"], line["level"], line["program"], line["case_no"]) == ("request", "info", "api", case_no)
    assert (line["method"], line["route"], line["status"]) == ("GET", "/api/v1/cases/<case_no>", 200)
    assert line["ms"] > 0 and re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", line["time"])


def test_an_id_that_is_not_plain_is_replaced_and_the_last_request_s_case_forgotten(client: FlaskClient) -> None:
    case_no = new_case(client).json["case_no"]
    with logged("api") as lines:
        client.get(f"/api/v1/cases/{case_no}", headers={"X-Request-Id": 'a" b'})
        answer = client.get("/healthz")
    first, second = lines.all
    assert first["case_no"] == case_no and "case_no" not in second
    assert re.fullmatch(r"[0-9a-f]{16}", second["request_id"]) and first["request_id"] != second["request_id"]
    assert answer.headers["X-Request-Id"] == second["request_id"]


def test_no_line_holds_what_people_wrote_whatever_goes_wrong(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    with logged("api") as lines:
        new_case(client)
        new_case(client, form=FORM | {"storage_capacity": "张三"})
        client.get("/api/v1/cases/张三")
        client.get("/张三?name=张三")

        def fail(*_: object, **__: object) -> None:
            raise ValueError(f"could not save {APPLICANT}")

        monkeypatch.setattr(cases_view, "open_and_submit", fail)
        assert new_case(client).status_code == 500
    assert [line["status"] for line in lines.of("request") if line["route"] == "/api/v1/cases"] == [201, 422, 500]
    (error,) = lines.of("unexpected error")
    assert error["error"] == "ValueError" and error["level"] == "error" and error["at"][-1].endswith(" fail")
    written = [str(value) for value in (*APPLICANT.values(), *FORM.values()) if isinstance(value, str)]
    assert not [value for value in [*written, "applicant1"] if len(value) > 2 and value in lines.text]
    assert "张三" not in lines.text
