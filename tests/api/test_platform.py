"""Logging in through an identity platform: only whom an administrator linked, only by an answer that is sound."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from api.app import create_app
from api.config import ConfigError, Oidc, Settings
from tests.api.test_tokens import events
from tests.infrastructure.browser import Browser
from tests.infrastructure.identity_platform import CLIENT_ID, CLIENT_SECRET, IdentityPlatform, identity_platform
from workflow.casework.accounts import link_identity
from workflow.casework.now import now
from workflow.casework.office import Office


def begin(browser: Browser) -> str:
    """Return the address the browser is led to."""
    answer = browser.get("/login/platform?next=/items/02")
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def back(browser: Browser, platform: IdentityPlatform) -> tuple[int, str]:
    """Go the whole way; return (status, where to or what is said)."""
    address = platform.approve(begin(browser))
    parts = urlsplit(address)
    answer = browser.get(f"{parts.path}?{parts.query}")
    return answer.status_code, answer.headers.get("Location") or answer.text


def test_only_a_linked_subject_with_a_sound_answer_logs_in(
    database_url: str, broker_url: str, tmp_path: Path, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    with identity_platform() as platform:
        oidc = Oidc(platform.issuer, CLIENT_ID, CLIENT_SECRET)
        app = create_app(Settings(database_url, broker_url, tmp_path, "s", second_factor="optional", oidc=oidc))
        browser = Browser(app)
        asked = {name: values[0] for name, values in parse_qs(urlsplit(begin(browser)).query).items()}
        assert asked["code_challenge_method"] == "S256" and asked["response_type"] == "code"
        assert len(asked["state"]) >= 20 and len(asked["nonce"]) >= 16 and asked["scope"] == "openid"
        assert asked["redirect_uri"] == "http://localhost/login/platform/back"
        assert "统一身份认证" in browser.get("/login").text

        status, said = back(browser, platform)
        assert status == 403 and "还没有关联" in said and not browser.is_in
        with office.look() as connection:
            assert connection.exec_driver_sql("select count(*) from identities").scalar_one() == 0
        assert link_identity(office, platform.issuer, "subject-1", "clerk1", "test", now())
        assert not link_identity(office, platform.issuer, "subject-1", "clerk2", "test", now())
        assert back(browser, platform) == (303, "/items/02") and browser.is_in
        assert "窗口甲" in browser.get("/").text and "LOGIN_BY_PLATFORM" in events(office)

        for wrong in ("state", "nonce", "iss", "aud", "azp", "exp", "key", "sub", "id_token"):
            platform.wrong = wrong
            other = Browser(app)
            status, said = back(other, platform)
            assert status == 401 and "没有完成" in said and not other.is_in, wrong
        platform.wrong = ""
        thief = Browser(app)  # the answer to somebody else's browser
        parts = urlsplit(platform.approve(begin(browser)))
        assert thief.get(f"{parts.path}?{parts.query}").status_code == 401 and not thief.is_in
        twice = urlsplit(platform.approve(begin(thief)))
        assert thief.get(f"{twice.path}?{twice.query}").status_code == 303
        assert thief.get(f"{twice.path}?{twice.query}").status_code == 401
        for query in ("", "?code=x", "?state=x", "?error=access_denied&error_description=no"):
            assert thief.get(f"/login/platform/back{query}").status_code == 401
        with office.work() as connection:
            connection.exec_driver_sql("update people set active = false where id = 'clerk1'")
        assert back(Browser(app), platform)[0] == 403
        app.extensions["banjian.office"].close()


def test_a_platform_that_is_away_or_calls_itself_otherwise_is_not_used(
    database_url: str, broker_url: str, tmp_path: Path
) -> None:
    with identity_platform() as platform:
        platform.wrong = "metadata"
        oidc = Oidc(platform.issuer, CLIENT_ID, CLIENT_SECRET)
        app = create_app(Settings(database_url, broker_url, tmp_path, "s", is_demo=True, oidc=oidc))
        assert Browser(app).get("/login/platform").status_code == 503
        app.extensions["banjian.office"].close()
    away = create_app(Settings(database_url, broker_url, tmp_path, "s", is_demo=True, oidc=oidc))
    answer = Browser(away).get("/login/platform")
    assert answer.status_code == 503 and "暂不可用" in answer.text
    away.extensions["banjian.office"].close()


def test_without_a_platform_there_is_none(app: Flask) -> None:
    assert (
        Browser(app).get("/login/platform").status_code == Browser(app).get("/login/platform/back").status_code == 404
    )
    assert "统一身份认证" not in Browser(app).get("/login").text


def test_half_a_platform_is_refused() -> None:
    env = {"DATABASE_URL": "postgresql:///x", "BROKER_URL": "redis://x", "BANJIAN_OIDC_ISSUER": "https://i"}
    with pytest.raises(ConfigError, match="BANJIAN_OIDC_CLIENT_ID is not set"):
        Settings.from_env(env)
    whole = env | {"BANJIAN_OIDC_CLIENT_ID": "c", "BANJIAN_OIDC_CLIENT_SECRET": "s"}
    assert Settings.from_env(whole).oidc == Oidc("https://i", "c", "s")
