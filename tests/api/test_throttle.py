"""Wrong logins take longer and longer; nobody is locked out by others; the count survives the broker."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import redis
from flask import Flask

from api.auth.throttle import NAME
from tests.infrastructure.browser import Browser
from tests.infrastructure.desk import PASSWORD, Desk
from workflow.casework import people
from workflow.casework.office import Office

HOME, CAFE, ATTACKER = "192.0.2.1", "198.51.100.7", "203.0.113.9"


def try_in(app: Flask, who: str, password: str, address: str) -> Any:
    """Return the answer to a login from an address."""
    body = {"username": who, "password": password}
    return app.test_client().post("/api/v1/auth/token", json=body, environ_base={"REMOTE_ADDR": address})


@pytest.fixture
def desk(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A desk whose clock stands still."""
    monkeypatch.setattr("workflow.casework.now.time", SimpleNamespace(time=lambda: 0.0))
    made = Desk(app, monkeypatch)
    set_running = made.set

    def set_still(moment: str) -> None:
        set_running(moment)
        monkeypatch.setenv("BANJIAN_CLOCK_STARTED", "0")

    made.set = set_still  # type: ignore[method-assign]
    made.set("2026-09-01T09:00:00")
    return made


def no_broker(app: Flask) -> None:
    """Take the broker away."""
    nowhere = redis.Redis.from_url("redis://127.0.0.1:1", socket_connect_timeout=1)  # as the application asks: once
    app.extensions["banjian.throttle"] = replace(app.extensions["banjian.throttle"], broker=nowhere)


@pytest.mark.parametrize("is_broker_there", [True, False])
def test_wrong_words_cost_more_time_each_and_the_owner_comes_in_from_a_known_place(
    app: Flask, desk: Desk, office: Office, is_broker_there: bool
) -> None:
    if not is_broker_there:
        no_broker(app)
    assert try_in(app, "clerk1", PASSWORD, HOME).status_code == 200
    browser = Browser(app)
    assert browser.log_in("clerk1").status_code == 303  # from 127.0.0.1, with a device cookie from now on
    desk.set("2026-09-01T09:00:00")
    answers = [try_in(app, "clerk1", "wrong", ATTACKER) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert (answers[-1].json["code"], answers[-1].headers["Retry-After"]) == ("LOGIN_THROTTLED", "1")
    waits = []
    for second in (2, 6, 14, 30, 59):
        desk.set(f"2026-09-01T09:00:{second:02}")
        assert try_in(app, "clerk1", "wrong", ATTACKER).status_code == 401
        refused = try_in(app, "CLERK1 ", PASSWORD, ATTACKER)  # the right password, too early, from where nobody was
        assert refused.status_code == 429 and "秒后再试" in refused.json["detail"]
        waits.append(int(refused.headers["Retry-After"]))
    assert waits == [2, 4, 8, 16, 32]
    assert try_in(app, "clerk1", PASSWORD, CAFE).status_code == 429
    assert try_in(app, "clerk1", PASSWORD, HOME).status_code == 200  # a known address
    browser.post("/logout")
    browser.client.environ_base["REMOTE_ADDR"] = ATTACKER  # a known device, even from the attacker's network
    assert browser.log_in("clerk1").status_code == 303
    desk.set("2026-09-01T10:10:00")
    assert try_in(app, "clerk1", PASSWORD, CAFE).status_code == 200  # and others when the wait is over


def test_no_wait_is_longer_than_a_quarter_of_an_hour(app: Flask, desk: Desk) -> None:
    moment = desk.now()
    throttle = app.extensions["banjian.throttle"]
    key = throttle.key("name", "somebody")
    throttle.broker.hset(f"banjian:{key}", mapping={"count": 10_000, "last": int(moment.timestamp())})
    assert throttle.take(key, NAME, moment) == 900


def test_one_address_that_tries_many_names_waits_and_known_people_there_do_not(app: Flask, desk: Desk) -> None:
    assert try_in(app, "clerk2", PASSWORD, ATTACKER).status_code == 200
    codes = [try_in(app, f"nobody{number}", "wrong", ATTACKER).status_code for number in range(53)]
    assert codes.count(401) == 50 and codes[-1] == 429
    assert try_in(app, "clerk1", PASSWORD, ATTACKER).status_code == 429
    assert try_in(app, "clerk2", PASSWORD, ATTACKER).status_code == 200
    assert try_in(app, "clerk1", PASSWORD, HOME).status_code == 200


@pytest.mark.parametrize("is_broker_there", [True, False])
def test_many_attempts_at_once_are_many_attempts(app: Flask, desk: Desk, is_broker_there: bool) -> None:
    if not is_broker_there:
        no_broker(app)
    with ThreadPoolExecutor(12) as pool:
        codes = list(pool.map(lambda _: try_in(app, "clerk1", "wrong", ATTACKER).status_code, range(24)))
    assert codes.count(401) == 5 and codes.count(429) == 19


def test_who_does_not_exist_is_answered_by_the_same_work(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    verify = people._hasher.verify
    counting = SimpleNamespace(verify=lambda *a: asked.append(a[0]) or verify(*a), hash=people._hasher.hash)
    monkeypatch.setattr(people, "_hasher", counting)
    known, unknown = try_in(app, "clerk1", "wrong", HOME), try_in(app, "nobody", "wrong", HOME)
    assert (known.status_code, known.json, dict(known.headers)["Content-Length"]) == (
        unknown.status_code,
        unknown.json,
        dict(unknown.headers)["Content-Length"],
    )
    assert len(asked) == 2 and asked[1] == people._DECOY
    assert people.hash_password("x").split("$")[:4] == people._DECOY.split("$")[:4]  # the same cost


def test_the_log_of_logins_names_no_address_and_no_words(app: Flask, office: Office) -> None:
    try_in(app, "clerk1", "wrong", HOME)
    try_in(app, "my-password-by-mistake", "wrong", HOME)
    try_in(app, "clerk1", PASSWORD, HOME)
    with office.look() as connection:
        rows = [
            row.line for row in connection.exec_driver_sql("select to_jsonb(l) as line from security_log l order by id")
        ]
        places = connection.exec_driver_sql("select string_agg(to_jsonb(p)::text, '') as all from login_places p").one()
    assert [(row["event"], row["person_id"]) for row in rows] == [
        ("LOGIN_FAILED", "clerk1"),
        ("LOGIN_FAILED", None),
        ("LOGIN", "clerk1"),
    ]
    assert len({row["place"] for row in rows}) == 1
    assert not [word for word in (HOME, "mistake", "wrong") if word in json.dumps(rows) + places.all]


def test_auditors_and_administrators_read_the_log_page_by_page(desk: Desk) -> None:
    for who in ("clerk1", "clerk2"):
        try_in(desk.app, who, "wrong", HOME)
    path = "/api/v1/security/events"
    status, page = desk.get(f"{path}?limit=2", "auditor1")
    assert (status, [one["event"] for one in page["items"]]) == (200, ["LOGIN", "LOGIN_FAILED"])
    assert [one["person_id"] for one in page["items"]] == ["auditor1", "clerk2"]
    rest = desk.get(f"{path}?cursor={page['next']}", "auditor1")[1]
    assert [one["person_id"] for one in rest["items"]] == ["clerk1"] and rest["next"] is None
    mine = desk.get(f"{path}?account=clerk1", "sysadmin1")[1]["items"]
    assert [one["event"] for one in mine] == ["LOGIN_FAILED"]
    assert desk.get(path, "clerk1")[1]["code"] == "WRONG_POST" and desk.get(path)[0] == 401
