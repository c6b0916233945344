"""What every answer says to browsers, how often somebody may ask, and whom a proxy may speak for."""

from pathlib import Path

import pytest
from flask import Flask

from api.app import create_app
from api.config import ConfigError, Settings
from api.headers import ALWAYS
from tests.api.test_tokens import token
from tests.infrastructure.browser import Browser
from tests.infrastructure.telephone import forget_counts


def test_every_answer_carries_the_headers_and_no_page_has_inline_code(app: Flask) -> None:
    client = app.test_client()
    paths = (
        "/",
        "/login",
        "/items/02",
        "/nope",
        "/healthz",
        "/static/banjian.css",
        "/api/v1/nope",
        "/api/openapi.json",
    )
    for path in paths:
        answer = client.get(path)
        for name, value in ALWAYS.items():
            assert answer.headers.get(name) == value, (path, name)
        assert "Strict-Transport-Security" not in answer.headers
        if answer.mimetype == "text/html":
            page = answer.text.lower()
            assert (
                "<style" not in page and " style=" not in page and "javascript:" not in page and " onclick=" not in page
            )
            assert page.count("<script") == page.count("<script src=") + page.count("<script defer src=")
    assert "unsafe" not in ALWAYS["Content-Security-Policy"]
    secure = client.get("/", base_url="https://localhost")
    assert secure.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert client.get("/api/v1/catalog/items").headers["Cache-Control"] == "no-store"


def limited(database_url: str, broker_url: str, folder: Path, **more: str) -> Flask:
    """Return an application that lets nobody ask often."""
    rates = {"rate_limit": "5 per hour", "rate_limit_login": "3 per hour"} | more
    made = create_app(
        Settings(database_url, broker_url, folder, "test-secret", is_demo=True, second_factor="optional", **rates)
    )
    if "redis://127" not in broker_url:
        forget_counts(made)
    return made


@pytest.mark.parametrize("is_broker_there", [True, False])
def test_who_asks_too_often_is_told_when_to_come_back_and_others_are_not(
    database_url: str, broker_url: str, tmp_path: Path, is_broker_there: bool
) -> None:
    app = limited(database_url, broker_url if is_broker_there else "redis://127.0.0.1:1/0", tmp_path)
    client = app.test_client()
    one, two = (token(app, who).json["access_token"] for who in ("clerk1", "clerk2"))

    def ask(bearer: str = "", address: str = "192.0.2.1", path: str = "/api/v1/catalog/items") -> object:
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        return client.get(path, headers=headers, environ_base={"REMOTE_ADDR": address})

    statuses = [ask(one).status_code for _ in range(6)]
    assert statuses == [200] * 5 + [429]
    refused = ask(one, "192.0.2.99")  # a person is counted wherever they are
    assert (refused.status_code, refused.json["code"], refused.mimetype) == (
        429,
        "RATE_LIMITED",
        "application/problem+json",
    )
    assert 1 <= int(refused.headers["Retry-After"]) <= 3601 and "秒后再试" in refused.json["detail"]
    assert ask(two).status_code == 200
    assert [ask(f"junk-{n}").status_code for n in range(6)][-1] == 429  # who makes tokens up is an address
    assert ask(address="192.0.2.2").status_code == 200
    assert ask(path="/healthz").status_code == 200
    assert token(app, "clerk1").status_code == 200  # the third login from there
    assert token(app, "clerk1").json["code"] == "RATE_LIMITED"
    browser = Browser(app)
    browser.client.environ_base["REMOTE_ADDR"] = "192.0.2.7"
    page = [browser.get("/") for _ in range(6)][-1]
    assert page.status_code == 429 and "过于频繁" in page.text and page.mimetype == "text/html"
    app.extensions["banjian.office"].close()


def test_a_proxy_speaks_for_others_only_where_it_is_trusted(database_url: str, broker_url: str, tmp_path: Path) -> None:
    told = {"X-Forwarded-For": "198.51.100.1, 203.0.113.5", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil"}
    seen: dict[int, tuple[str | None, bool]] = {}
    for hops in (0, 1):
        app = create_app(Settings(database_url, broker_url, tmp_path, "s", is_demo=True, trusted_proxies=hops))

        @app.before_request
        def look(hops: int = hops) -> None:
            from flask import request

            seen[hops] = request.remote_addr, request.is_secure

        app.test_client().get("/healthz", headers=told, environ_base={"REMOTE_ADDR": "10.0.0.1"})
        app.extensions["banjian.office"].close()
    assert seen == {0: ("10.0.0.1", False), 1: ("203.0.113.5", True)}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BANJIAN_RATE_LIMIT", "many"),
        ("BANJIAN_RATE_LIMIT_LOGIN", "0 per hour"),
        ("BANJIAN_TRUSTED_PROXIES", "-1"),
        ("BANJIAN_PUBLIC_URL", "javascript:x"),
        ("BANJIAN_SECOND_FACTOR", "no"),
        ("BANJIAN_REGISTRATION", "yes"),
    ],
)
def test_a_setting_of_the_gate_that_cannot_be_is_named(name: str, value: str) -> None:
    env = {"DATABASE_URL": "postgresql:///x", "BROKER_URL": "redis://x"}
    earnest, demo = Settings.from_env(env), Settings.from_env(env | {"BANJIAN_DEMO": "1"})
    assert (earnest.second_factor, earnest.registration, demo.second_factor, demo.registration) == (
        "required",
        "checked",
        "optional",
        "open",
    )
    with pytest.raises(ConfigError, match=name):
        Settings.from_env(env | {name: value})
