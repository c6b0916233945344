"""Tokens of programs: short-lived, renewed once each, gone within seconds with their session, password or account."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import DBAPIError, IntegrityError

from api.config import SETTINGS, ConfigError, Settings, sources
from tests.infrastructure.browser import Browser
from tests.infrastructure.desk import PASSWORD, Desk
from workflow.casework.office import Office
from workflow.environment import value_of

ROOT = Path(__file__).parents[2]


def token(app: Flask, who: str = "clerk1", password: str = PASSWORD) -> Any:
    """Return the answer to a login."""
    return app.test_client().post("/api/v1/auth/token", json={"username": who, "password": password})


def refresh(app: Flask, refresh_token: str) -> Any:
    """Return the answer to a refresh token."""
    return app.test_client().post("/api/v1/auth/refresh", json={"refresh_token": refresh_token})


def revoke(app: Flask, body: dict[str, Any], bearer: str = "") -> int:
    """Return the status of a revocation."""
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    return app.test_client().post("/api/v1/auth/revoke", json=body, headers=headers).status_code


def status(app: Flask, bearer: str) -> int:
    """Return how an access token is taken."""
    return app.test_client().get("/api/v1/tasks", headers={"Authorization": f"Bearer {bearer}"}).status_code


def events(office: Office) -> list[str]:
    """Return the security log, oldest first."""
    with office.look() as connection:
        return [row.event for row in connection.exec_driver_sql("select event from security_log order by id")]


def test_a_login_gives_a_short_token_and_the_means_to_renew_it_once(app: Flask, office: Office) -> None:
    first = token(app).json
    assert set(first) == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert (first["token_type"], first["expires_in"]) == ("Bearer", 900) and status(app, first["access_token"]) == 200
    second = refresh(app, first["refresh_token"]).json
    assert second["refresh_token"] != first["refresh_token"] and status(app, second["access_token"]) == 200
    with office.look() as connection:
        kept = connection.exec_driver_sql("select string_agg(to_jsonb(r)::text, '') as all from refresh_tokens r").one()
    assert not [word for word in (first["refresh_token"], second["refresh_token"]) if word in kept.all]


def test_a_refresh_token_that_comes_back_ends_its_session_and_no_other(app: Flask, office: Office) -> None:
    stolen, other = token(app).json, token(app).json
    renewed = refresh(app, stolen["refresh_token"]).json
    again = refresh(app, stolen["refresh_token"])
    assert (again.status_code, again.json["code"]) == (401, "REFRESH_TOKEN_REUSED")
    assert again.headers["WWW-Authenticate"].startswith("Bearer")
    assert refresh(app, renewed["refresh_token"]).json["code"] == "REFRESH_TOKEN_INVALID"
    assert status(app, renewed["access_token"]) == status(app, stolen["access_token"]) == 401
    assert status(app, other["access_token"]) == 200 and refresh(app, other["refresh_token"]).status_code == 200
    assert events(office) == ["LOGIN", "LOGIN", "REFRESH_TOKEN_REUSED"]


def test_a_session_can_be_ended_by_either_token_or_all_of_them_at_once(app: Flask, office: Office) -> None:
    one, two, three, four = (token(app).json for _ in range(4))
    browser = Browser(app)
    browser.log_in("clerk1")
    assert revoke(app, {"refresh_token": one["refresh_token"]}) == 204
    assert revoke(app, {"refresh_token": "nobody-knows-it"}) == 204
    assert revoke(app, {}, two["access_token"]) == 204
    assert [status(app, pair["access_token"]) for pair in (one, two, three)] == [401, 401, 200]
    assert refresh(app, one["refresh_token"]).status_code == refresh(app, two["refresh_token"]).status_code == 401
    assert revoke(app, {}) == revoke(app, {"everywhere": True}) == revoke(app, {}, "x") == 401
    assert revoke(app, {"refresh_token": three["refresh_token"], "everywhere": True}) == 422
    assert browser.is_in and revoke(app, {"everywhere": True}, three["access_token"]) == 204
    assert [status(app, pair["access_token"]) for pair in (three, four)] == [401, 401] and not browser.is_in
    assert refresh(app, four["refresh_token"]).status_code == 401
    assert events(office)[-1] == "REVOKED_EVERYWHERE" and token(app).status_code == 200


@pytest.mark.parametrize("change", ["token_epoch = token_epoch + 1", "active = false"])
def test_a_token_ends_with_the_account_or_its_epoch_within_seconds(
    app: Flask, office: Office, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    pair = token(app).json
    bare = app.extensions["banjian.tokens"].issue(
        app.extensions["banjian.tokens"]._look_up("clerk1", 0, "").person
    )  # a token of no session ends likewise
    assert status(app, pair["access_token"]) == status(app, bare) == 200
    with office.work() as connection:
        connection.exec_driver_sql(f"update people set {change} where id = 'clerk1'")
    later = time.monotonic() + 5.1
    monkeypatch.setattr("api.auth.tokens.time.monotonic", lambda: later)
    assert status(app, pair["access_token"]) == status(app, bare) == 401
    assert refresh(app, pair["refresh_token"]).status_code == 401


def test_tokens_end_by_themselves(app: Flask, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    pair = token(app).json
    begun = time.time()
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: begun + 899)
    assert status(app, pair["access_token"]) == 200
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: begun + 902)
    assert status(app, pair["access_token"]) == 401
    desk.set("2026-09-01T20:59:00")
    pair = refresh(app, pair["refresh_token"]).json
    desk.set("2026-09-01T21:00:01")  # twelve hours after the login, however often it was renewed
    assert refresh(app, pair["refresh_token"]).json["code"] == "REFRESH_TOKEN_INVALID"


def test_of_two_who_renew_at_once_one_gets_the_next_token(app: Flask, office: Office) -> None:
    pair = token(app).json
    with office.work() as connection, pytest.raises(IntegrityError):
        connection.exec_driver_sql(
            "insert into refresh_tokens (digest, session, issued_at)"
            " select repeat('a', 64), session, issued_at from refresh_tokens"
        )
    assert refresh(app, pair["refresh_token"]).status_code == 200


@pytest.mark.parametrize("sql", ["update security_log set event = 'LOGIN'", "delete from security_log"])
def test_the_security_log_keeps_what_it_has(app: Flask, office: Office, sql: str) -> None:
    token(app)
    with pytest.raises(DBAPIError, match="append-only"), office.work() as connection:
        connection.exec_driver_sql("set session_replication_role = replica")
        connection.exec_driver_sql(sql)


def test_every_setting_tells_where_it_comes_from_and_no_secret_is_shown(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("from-a-file\n", encoding="utf-8")
    env = {
        "BANJIAN_SECRET_KEY_FILE": str(secret),
        "DATABASE_URL": "postgresql://u:hidden@h/x",
        "BROKER_URL": "redis://b",
    }
    told = {name: (value, source) for name, value, source in sources(env | {"BANJIAN_ACCESS_MINUTES": "5"})}
    assert told["BANJIAN_SECRET_KEY"] == ("(secret)", f"file {secret}") and told["BANJIAN_DATA"] == (".data", "default")
    assert told["BANJIAN_ACCESS_MINUTES"] == ("5", "environment") and told["DATABASE_URL"] == (
        "(secret)",
        "environment",
    )
    settings = Settings.from_env(env)
    assert (settings.secret_key, settings.access_minutes) == ("from-a-file", 15)
    assert Settings.from_env(env | {"BANJIAN_DEMO": "1"}).access_minutes == 60
    described = (ROOT / "docs/operating.md").read_text(encoding="utf-8")
    assert not [name for name in SETTINGS if f"`{name}`" not in described]


@pytest.mark.parametrize(
    ("env", "says"),
    [
        ({"BANJIAN_SECRET_KEY": "x", "BANJIAN_SECRET_KEY_FILE": "/x"}, "both set"),
        ({"BANJIAN_SECRET_KEY_FILE": "/nowhere"}, "BANJIAN_SECRET_KEY_FILE cannot be read"),
        ({"BANJIAN_SECRET_KEY_FILE": os.devnull}, "empty"),
        ({"BANJIAN_ACCESS_MINUTES": "0"}, "BANJIAN_ACCESS_MINUTES must be a whole number from 1 to 480"),
        ({"BANJIAN_DEMO_PASSWORD_FILE": "/x"}, "refused without --demo"),
        ({"DATABASE_URL": ""}, "DATABASE_URL is not set"),
    ],
)
def test_a_setting_that_cannot_be_is_named(env: dict[str, str], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        Settings.from_env({"DATABASE_URL": "postgresql:///x", "BROKER_URL": "redis://x"} | env)
    assert value_of({"X": " y "}, "X") == "y"


def test_the_command_shows_every_setting() -> None:
    env = {**os.environ, "BANJIAN_ACCESS_MINUTES": "many", "DATABASE_URL": "postgresql://u:hidden@h/x"}
    command = [sys.executable, "-m", "api.cli", "settings"]
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and "BANJIAN_ACCESS_MINUTES must be" in done.stderr
    assert all(name in done.stdout for name in SETTINGS) and "hidden" not in done.stdout


def test_the_secret_kept_beside_the_data_is_its_owner_s_alone(tmp_path: Path) -> None:
    env = {"DATABASE_URL": "postgresql:///x", "BROKER_URL": "redis://x", "BANJIAN_DATA": str(tmp_path / "new")}
    first = Settings.from_env(env).secret_key
    assert first == Settings.from_env(env).secret_key and len(first) >= 43
    assert (tmp_path / "new" / "secret.key").stat().st_mode & 0o777 == 0o600
