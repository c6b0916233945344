"""What is wrong about a request before anybody reads what it says: tokens, headers, cursors, ids, methods, types, sizes.

One line a fault: the request, the status, the code. Always a problem document, in Chinese, never a 500.
"""

import base64
import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer

from tests.api.test_api import PROBLEM, bearer, new_case
from tests.api.test_wrong_inputs import CHINESE, none_of

V1 = "/api/v1"


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client of the application."""
    return app.test_client()


def fault(answer: Any, status: int, code: str) -> str:
    """Return what is wrong with a refusal, "" if it is as it should be."""
    if (answer.status_code, answer.mimetype) != (status, PROBLEM):
        return f"{answer.status_code} {answer.mimetype} {answer.text[:160]}"
    if answer.json["code"] != code:
        return f"{answer.json['code']}, not {code}"
    return "" if CHINESE.search(answer.json["detail"]) else f"not in Chinese: {answer.json['detail']}"


def signed(secret: str, payload: Any, salt: str = "banjian-token") -> str:
    """Return a token somebody signed."""
    return str(URLSafeTimedSerializer(secret, salt=salt).dumps(payload))


def wrong_tokens(sound: str) -> list[str]:
    """Return headers that let nobody in, though some look like it."""
    return [
        *("", " ", "Bearer", "Bearer ", "Bearer x", f"Basic {sound}", f"Bearer{sound}", f"Bearer  {sound}", "Bearer é"),
        *(f"Bearer {sound}x", f"Bearer {sound[:-1]}", f"Bearer {sound} x", f"Bearer x{sound}", f"Digest {sound}"),
        f"Bearer {sound.rpartition('.')[0]}.{'A' * 27}",
        f"Bearer {signed('another-secret', ['sysadmin1', 0, ''])}",
        f"Bearer {signed('test-secret', ['sysadmin1', 0, ''], 'another-salt')}",
        *(
            f"Bearer {signed('test-secret', payload)}"
            for payload in (None, 1, "clerk1", [], ["clerk1"], {"id": "clerk1"})
        ),
        *(f"Bearer {signed('test-secret', payload)}" for payload in (["clerk1", "x", ""], ["clerk1", None, ""])),
        *(f"Bearer {signed('test-secret', payload)}" for payload in (["nobody", 0, ""], ["clerk1", 9, ""])),
        *(f"Bearer {signed('test-secret', payload)}" for payload in (["clerk1", 0, "0" * 64], ["\x00", 0, "\x00"])),
        f"Bearer {'A' * 5000}",
        "Bearer " + base64.urlsafe_b64encode(b'{"alg":"none"}').decode() + ".e30.",
    ]


def test_no_token_but_a_sound_one_lets_anybody_in(client: FlaskClient) -> None:
    sound = bearer(client, "clerk1")["Authorization"].removeprefix("Bearer ")
    assert client.get(f"{V1}/tasks", headers={"Authorization": f"bearer {sound}"}).status_code == 200
    found = {}
    for number, header in enumerate(wrong_tokens(sound)):
        answer = client.get(f"{V1}/tasks", headers={"Authorization": header})
        found[number, header[:60]] = fault(answer, 401, "NOT_AUTHENTICATED")
        if "WWW-Authenticate" not in answer.headers:
            found[number, header[:60]] = "says not how to come in"
    for name in ("Cookie", "X-Authorization", "Proxy-Authorization"):
        found[name] = fault(client.get(f"{V1}/tasks", headers={name: f"Bearer {sound}"}), 401, "NOT_AUTHENTICATED")
    found["query"] = fault(client.get(f"{V1}/tasks?access_token={sound}"), 401, "NOT_AUTHENTICATED")
    none_of(found)


def cursor(value: Any) -> str:
    """Return a cursor somebody made up."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


PAGED = ("cases", "tasks?queue=mine", "permits", "catalog/items", "catalog/changes", "messages", "public/permits")
WRONG_CURSORS = (
    *("x", "%00", "=", "e30", "é", "' or 1=1 --", "../../etc/passwd", "A" * 300),
    *map(
        cursor, (None, [], "x", 1, {"id": "1"}, {"id": 1.5}, {"id": True}, {"id": 1, "x": 2}, {"id": 2**63}, {"seq": 1})
    ),
)


def test_a_cursor_is_one_of_ours_or_refused(client: FlaskClient) -> None:
    headers, found = bearer(client, "clerk1"), {}
    for path in PAGED:
        for wrong in WRONG_CURSORS:
            mark = "&" if "?" in path else "?"
            answer = client.get(f"{V1}/{path}{mark}cursor={wrong}", headers=headers)
            found[path, wrong[:30]] = fault(answer, 422, "INVALID_INPUT")
    none_of(found)


WRONG_IDS = (
    "0",
    "-1",
    "1.5",
    "x",
    "99999999999999999999",
    "%00",
    "%ff",
    "%2e%2e%2f",
    "é",
    "' or 1=1 --",
    "1" * 500,
    "%0a",
)
BY_ID = (
    *("GET cases/{}", "GET cases/{}/events", "GET cases/{}/clocks", "GET cases/{}/documents", "GET cases/{}/actions"),
    *("GET cases/{}/form", "GET cases/{}/materials", "GET permits/{}", "GET catalog/items/{}", "GET public/verify/{}"),
    *("GET catalog/processes/{}", "POST tasks/{}/claim", "POST tasks/{}/release", "POST messages/{}/read"),
)


UNKNOWN = {
    "catalog/items": "ITEM_UNKNOWN",
    "catalog/processes": "PROCESS_UNKNOWN",
    "public/verify": "CERTIFICATE_UNKNOWN",
}


def test_an_id_nobody_gave_is_not_found(client: FlaskClient) -> None:
    headers, found = bearer(client, "clerk1"), {}
    for line in BY_ID:
        method, _, path = line.partition(" ")
        for wrong in WRONG_IDS:
            answer = client.open(f"{V1}/{path.format(wrong)}", method=method, headers=headers)
            found[line, wrong[:30]] = fault(answer, 404, UNKNOWN.get(path.split("/{}")[0], "NOT_FOUND"))
    none_of(found)


def test_a_method_a_route_does_not_know_is_named_so(client: FlaskClient) -> None:
    headers, found = bearer(client, "clerk1"), {}
    for path in ("cases", "tasks", "permits", "auth/token", "auth/refresh", "accounts", "accounts/me", "catalog/items"):
        for method in ("DELETE", "PUT", "TRACE", "PROPFIND"):
            answer = client.open(f"{V1}/{path}", method=method, headers=headers)
            found[path, method] = fault(answer, 405, "METHOD_NOT_ALLOWED") or (
                "" if "Allow" in answer.headers else "says not which are"
            )
    none_of(found)


BODIES = ("auth/token", "auth/refresh", "auth/revoke", "auth/factor", "auth/factor/enrol", "accounts", "cases")
WRONG_TYPES = ("text/plain", "application/x-www-form-urlencoded", "text/html", "application/xml", "x", "")
WRONG_JSON: tuple[tuple[bytes, int, str], ...] = (
    (b"{", 400, "MALFORMED_JSON"),
    (b"[]", 400, "MALFORMED_JSON"),
    (b"null", 400, "MALFORMED_JSON"),
    (b"\xff", 400, "MALFORMED_JSON"),
    (b'{"a": 1, "a": 2}', 400, "MALFORMED_JSON"),
    (b'{"a": NaN}', 400, "MALFORMED_JSON"),
    (b'{"a": "\\u0000"}', 400, "MALFORMED_JSON"),
    (b'{"a": ' + b"[" * 40 + b"]" * 40 + b"}", 400, "MALFORMED_JSON"),
    (b'{"a": "' + b"x" * 1_000_001 + b'"}', 400, "MALFORMED_JSON"),
    (b'{"colour": "red"}', 422, "INVALID_INPUT"),
)


def test_a_body_of_another_type_or_no_sound_json_is_refused_everywhere(client: FlaskClient) -> None:
    headers, found = bearer(client, "applicant1"), {}
    for path in BODIES:
        for kind in WRONG_TYPES:
            answer = client.post(f"{V1}/{path}", data=b"a=b", headers=headers | {"Content-Type": kind})
            found[path, kind] = fault(answer, 415, "UNSUPPORTED_MEDIA_TYPE")
        for body, status, code in WRONG_JSON:
            sent = headers | {"Content-Type": "application/json"}
            found[path, body[:30]] = fault(client.post(f"{V1}/{path}", data=body, headers=sent), status, code)
    large = client.post(f"{V1}/auth/token", data=b"x" * 23_000_000, headers={"Content-Type": "application/json"})
    found["large"] = fault(large, 413, "TOO_LARGE")
    none_of(found)


WRONG_HEADERS: list[tuple[dict[str, str], int, str]] = [
    *(
        ({"If-Match": etag}, 400, "BAD_IF_MATCH")
        for etag in ("2", '"x"', 'W/"2"', '"-1"', '"2", "3"', '""', '"9999999999"')
    ),
    ({"If-Match": "*"}, 400, "BAD_IF_MATCH"),
    ({}, 428, "VERSION_REQUIRED"),
    ({"If-Match": '"1"'}, 412, "STALE_VERSION"),
    ({"If-Match": '"99"'}, 412, "STALE_VERSION"),
    *(
        ({"If-Match": '"2"', "Idempotency-Key": key}, 400, "BAD_IDEMPOTENCY_KEY")
        for key in ("", " ", "a b", "k" * 201, "é", "键", "\t")
    ),
    ({"If-Match": '"2"', "X-Second-Factor": "123456"}, 409, "NO_FACTOR"),
    ({"If-Match": '"2"', "X-Second-Factor": "é" * 500}, 409, "NO_FACTOR"),
]


def test_a_header_that_is_not_sound_is_refused(client: FlaskClient) -> None:
    case_no, found = new_case(client).json["case_no"], {}
    for number, (more, status, code) in enumerate(WRONG_HEADERS):
        headers = bearer(client, "applicant1") | more
        answer = client.post(f"{V1}/cases/{case_no}/actions/withdraw", json={"data": {}}, headers=headers)
        found[number, str(more)[:60]] = fault(answer, status, code)
    none_of(found)


WRONG_WORDS: list[tuple[str, dict[str, Any], int, str]] = [
    ("auth/token", {"username": "clerk1", "password": "x", "code": 123456}, 422, "INVALID_INPUT"),
    ("auth/token", {"username": "clerk1", "password": "x", "code": "1"}, 422, "INVALID_INPUT"),
    ("auth/token", {"username": ["clerk1"], "password": "x"}, 422, "INVALID_INPUT"),
    ("auth/token", {"username": "clerk1' or '1'='1", "password": "x"}, 401, "WRONG_CREDENTIALS"),
    ("auth/refresh", {}, 422, "INVALID_INPUT"),
    ("auth/refresh", {"refresh_token": "x" * 101}, 422, "INVALID_INPUT"),
    ("auth/refresh", {"refresh_token": "é"}, 401, "REFRESH_TOKEN_INVALID"),
    ("auth/refresh", {"refresh_token": None}, 422, "INVALID_INPUT"),
    ("auth/revoke", {"everywhere": "true"}, 422, "INVALID_INPUT"),
    ("auth/revoke", {"refresh_token": "x", "everywhere": True}, 422, "INVALID_INPUT"),
    ("auth/factor", {"code": "123456"}, 409, "NO_FACTOR"),
    ("auth/factor", {"code": "12345"}, 422, "INVALID_INPUT"),
    ("auth/factor", {"code": 123456}, 422, "INVALID_INPUT"),
    ("auth/factor/enrol", {"password": "x"}, 401, "WRONG_CREDENTIALS"),
    ("auth/factor/confirm", {"code": "123456"}, 409, "NO_FACTOR"),
    ("auth/factor/remove", {"password": "banjian-demo", "code": "123456"}, 409, "NO_FACTOR"),
    ("accounts/nobody/confirm", {"id_no": "x"}, 403, "WRONG_POST"),
    ("accounts/nobody/deactivate", {}, 403, "WRONG_POST"),
    ("accounts/me/password", {"old": "x"}, 422, "INVALID_INPUT"),
    ("tasks/1/transfer", {"to": ["clerk1"]}, 422, "INVALID_INPUT"),  # said before any task is looked for
    ("tasks/1/transfer", {"to": "clerk1"}, 404, "NOT_FOUND"),
]


def test_wrong_words_to_the_doors_of_the_office_are_refused(client: FlaskClient) -> None:
    headers = bearer(client, "applicant1")
    none_of(
        {
            (number, path): fault(client.post(f"{V1}/{path}", json=body, headers=headers), status, code)
            for number, (path, body, status, code) in enumerate(WRONG_WORDS)
        }
    )


def test_the_list_of_wrong_requests_is_long() -> None:
    sizes = (len(wrong_tokens("a.b")), len(PAGED) * len(WRONG_CURSORS), len(BY_ID) * len(WRONG_IDS), len(WRONG_HEADERS))
    assert sum(sizes) + len(BODIES) * (len(WRONG_TYPES) + len(WRONG_JSON)) + len(WRONG_WORDS) >= 400
