"""The API's promises: versions, keys, strict bodies, problem documents, the matching OpenAPI document."""

import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openapi_spec_validator import validate

from tests.builders import terms_02
from tests.story.test_item_02 import APPLICANT, FORM
from workflow.engine.asks import json_schema

PROBLEM = "application/problem+json"


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client of the application."""
    return app.test_client()


def bearer(client: FlaskClient, who: str) -> dict[str, str]:
    """Return the header of a demo account."""
    answer = client.post("/api/v1/auth/token", json={"username": who, "password": "banjian-demo"})
    return {"Authorization": f"Bearer {answer.json['access_token']}"}


def new_case(client: FlaskClient, **more: Any) -> Any:
    """Return the response to a submission of item 02."""
    headers = bearer(client, "applicant1") | more.pop("headers", {})
    body = {"item_code": "02", "applicant": APPLICANT, "form": FORM, "submit": True} | more
    return client.post("/api/v1/cases", json=body, headers=headers)


def test_the_same_key_and_body_get_the_same_answer(client: FlaskClient) -> None:
    first = new_case(client, headers={"Idempotency-Key": "k1"})
    again = new_case(client, headers={"Idempotency-Key": "k1"})
    assert first.status_code == again.status_code == 201
    assert first.json == again.json and again.headers["Idempotent-Replayed"] == "true"


def test_the_same_key_with_another_body_is_422(client: FlaskClient) -> None:
    new_case(client, headers={"Idempotency-Key": "k1"})
    other = new_case(client, submit=False, headers={"Idempotency-Key": "k1"})
    assert (other.status_code, other.json["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")


def test_a_key_is_its_owners_and_answers_nobody_else(client: FlaskClient) -> None:
    first = new_case(client, headers={"Idempotency-Key": "k1"})
    other = new_case(client, headers={"Idempotency-Key": "k1"} | bearer(client, "applicant2"))
    assert first.status_code == other.status_code == 201 and "Idempotent-Replayed" not in other.headers
    assert first.json["case_no"] != other.json["case_no"]


def test_an_action_retried_with_its_key_answers_the_same_though_the_case_moved_on(client: FlaskClient) -> None:
    case = new_case(client).json
    headers = bearer(client, "applicant1") | {"If-Match": f'"{case["version"]}"', "Idempotency-Key": "w"}
    path = f"/api/v1/cases/{case['case_no']}/actions/withdraw"
    first = client.post(path, json={"data": {}}, headers=headers)
    again = client.post(path, json={"data": {}}, headers=headers)
    assert first.status_code == again.status_code == 200
    assert first.json == again.json and first.json["state"] == "withdrawn"


@pytest.mark.parametrize(("if_match", "status"), [(None, 428), ('"1"', 412), ("2", 400), ('"x"', 400)])
def test_an_action_needs_the_version_its_caller_saw(client: FlaskClient, if_match: str | None, status: int) -> None:
    case = new_case(client).json
    headers = bearer(client, "clerk1") | ({"If-Match": if_match} if if_match else {})
    answer = client.post(f"/api/v1/cases/{case['case_no']}/actions/accept", json={}, headers=headers)
    assert answer.status_code == status and answer.mimetype == PROBLEM


@pytest.mark.parametrize(
    "body",
    [
        b'{"item_code": "02", "item_code": "01"}',
        b'{"item_code": NaN}',
        b'{"item_code": 1e999}',
        b'{"item_code": 99999999999999999999999999}',
        b'{"item_code": ' + b"[" * 200 + b"]" * 200 + b"}",
        b'["02"]',
        b'"02"',
        b"{",
        b"\xff\xfe",
        b'{"item_code": "\\ud800"}',
        b'{"item_code": "\\u0000"}',
    ],
)
def test_json_that_is_not_sound_is_400(client: FlaskClient, body: bytes) -> None:
    headers = bearer(client, "applicant1") | {"Content-Type": "application/json"}
    answer = client.post("/api/v1/cases", data=body, headers=headers)
    assert (answer.status_code, answer.json["code"]) == (400, "MALFORMED_JSON")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "item_code"),
        ({"item_code": "99", "applicant": APPLICANT}, "item_code"),
        ({"item_code": 2, "applicant": APPLICANT}, "item_code"),
        ({"item_code": "02", "applicant": APPLICANT, "submit": "yes"}, "submit"),
        ({"item_code": "02", "applicant": []}, "applicant"),
        ({"item_code": "02", "applicant": APPLICANT, "colour": "red"}, "colour"),
        ({"item_code": "02", "applicant": {**APPLICANT, "id_no": "11120000MB1571593E"}}, "applicant.id_no"),
        (
            {"item_code": "02", "applicant": APPLICANT, "form": {**FORM, "storage_capacity": "many"}, "submit": True},
            "form.storage_capacity",
        ),
    ],
)
def test_a_wrong_field_is_422_and_named(client: FlaskClient, body: dict[str, Any], field: str) -> None:
    answer = client.post("/api/v1/cases", json=body, headers=bearer(client, "applicant1"))
    assert answer.status_code == 422 and answer.mimetype == PROBLEM
    assert field in [error["field"] for error in answer.json["errors"]]


@pytest.mark.parametrize(
    ("action", "who", "status", "code"),
    [
        ("fly", "clerk1", 422, "ACTION_UNKNOWN"),
        ("grant", "approver1", 409, "ACTION_NOT_ALLOWED"),
        ("accept", "reviewer1", 403, "WRONG_POST"),
        ("accept", "clerk1", 409, "MATERIALS_INCOMPLETE"),
        ("deem-accepted", "clerk1", 409, "ACTION_NOT_ALLOWED"),
        ("withdraw", "clerk1", 403, "WRONG_POST"),
    ],
)
def test_what_is_not_allowed_is_refused_by_its_rule(
    client: FlaskClient, action: str, who: str, status: int, code: str
) -> None:
    case = new_case(client).json
    headers = bearer(client, who) | {"If-Match": f'"{case["version"]}"'}
    answer = client.post(f"/api/v1/cases/{case['case_no']}/actions/{action}", json={}, headers=headers)
    assert (answer.status_code, answer.json["code"]) == (status, code)


def test_one_person_cannot_accept_and_decide(client: FlaskClient, app: Flask) -> None:
    office = app.extensions["banjian.office"]
    with office.work() as connection:
        connection.exec_driver_sql(
            "insert into person_posts (person_id, department, post) select 'clerk1', department, post from person_posts"
            " where person_id in ('approver1', 'reviewer1')"
        )
    case = new_case(client).json
    path = f"/api/v1/cases/{case['case_no']}"
    headers = bearer(client, "clerk1")
    listed = client.get(f"{path}/materials", headers=headers).json["items"]
    missing = [{"material": m["name"], "what": "缺"} for m in listed if m["required"] and m["supply"] == "applicant"]
    asked = client.post(
        f"{path}/actions/ask-corrections", json={"data": {"missing": missing}}, headers=headers | {"If-Match": '"2"'}
    )
    assert asked.status_code == 200
    terminate = client.post(
        f"{path}/actions/terminate",
        json={"data": {"ground": "ended", "reasons": "企业已注销"}},
        headers=headers | {"If-Match": '"3"'},
    )
    assert (terminate.status_code, terminate.json["code"]) == (403, "SEPARATION_OF_DUTIES")


def test_the_actions_listed_are_those_that_may_be_done(client: FlaskClient) -> None:
    case = new_case(client).json
    path = f"/api/v1/cases/{case['case_no']}/actions"
    clerk = client.get(path, headers=bearer(client, "clerk1")).json["items"]
    assert "accept" not in [one["action"] for one in clerk]
    asked = next(one for one in clerk if one["action"] == "ask-corrections")
    assert asked["schema"]["required"] == ["missing"]
    terms, process = terms_02()
    for one in clerk:  # what is served is what tests/definitions/test_action_schemas.py holds against the engine
        action = process.states["received"].actions[one["action"]]
        wanted = json_schema(action, terms)
        assert one["schema"]["properties"] == wanted["properties"]
        assert sorted(one["schema"].get("required", [])) == sorted(wanted.get("required", []))
    assert [one["action"] for one in client.get(path, headers=bearer(client, "approver1")).json["items"]] == [
        "refuse-for-fraud",
        "terminate",
        "urge",
        "declare-recusal",
        "request-recusal",
    ]


def test_tasks_are_claimed_by_one_person(client: FlaskClient) -> None:
    new_case(client)
    task = client.get("/api/v1/tasks?queue=available", headers=bearer(client, "clerk1")).json["items"][0]
    path = f"/api/v1/tasks/{task['id']}"
    assert client.post(f"{path}/claim", headers=bearer(client, "clerk1")).status_code == 200
    taken = client.post(f"{path}/claim", headers=bearer(client, "clerk2"))
    assert (taken.status_code, taken.json["code"]) == (409, "TASK_TAKEN")
    moved = client.post(f"{path}/transfer", json={"to": "clerk2"}, headers=bearer(client, "clerk1"))
    assert moved.json["assignee"] == "clerk2"
    assert client.post(f"{path}/claim", headers=bearer(client, "reviewer1")).status_code == 409


def test_everybody_else_is_asked_to_log_in(client: FlaskClient) -> None:
    for path in ("/api/v1/cases", "/api/v1/tasks", "/api/v1/permits"):
        answer = client.get(path, headers={"Authorization": "Bearer x"})
        assert (answer.status_code, answer.json["code"]) == (401, "NOT_AUTHENTICATED")
        assert client.get(path).status_code == 401


def test_the_openapi_document_is_valid(client: FlaskClient) -> None:
    document = client.get("/api/openapi.json").json
    validate(document)
    assert "/api/v1/cases/{case_no}/actions/{action}" in document["paths"]


def test_health_readiness_and_metrics_answer(client: FlaskClient) -> None:
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").json["status"] in ("ready", "not ready")
    assert b"banjian_outbox_waiting" in client.get("/metrics").data


def test_the_clock_explains_itself_over_http(client: FlaskClient) -> None:
    facts = {
        "process": "document-review",
        "events": [{"type": "received", "at": "2025-09-30T20:15:00+08:00", "channel": "online"}],
        "as_of": "2025-10-15T00:00:00+08:00",
    }
    one = client.post("/api/v1/clock/explain", json=facts).json
    assert one["accepted_by"] == "deemed" and one["clocks"][0]["due"] == "2025-10-14"
    assert client.post("/api/v1/clock/explain", json=[facts, facts]).json == [one, one]
    wrong = client.post("/api/v1/clock/explain", json=facts | {"process": "x"})
    assert (wrong.status_code, wrong.json["errors"][0]["field"]) == (422, "process")


def test_pages_show_the_catalogue_and_a_guide(client: FlaskClient) -> None:
    assert "危险化学品经营许可证核发" in client.get("/?q=经营许可").text
    assert "申请材料" in client.get("/items/02").text
    assert client.get("/items/nothing").status_code == 404
    assert json.loads(client.get("/api/v1/catalog/items/02/guide").text)["item_code"] == "02"


@pytest.mark.parametrize("path", ["/nope", "/items/nothing", "/static/nothing.css"])
def test_a_person_who_goes_astray_gets_a_page_and_a_program_a_document(client: FlaskClient, path: str) -> None:
    page = client.get(path)
    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert "没有找到" in page.text and "返回事项目录" in page.text
    assert client.get("/api/v1/nope").mimetype == PROBLEM
