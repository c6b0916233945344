"""Sessions of pages: begun by a form, ended at once by whatever ends them; the API never reads their cookie."""

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError

from api.app import create_app
from api.auth.redirects import safe_next
from api.auth.sessions import csrf
from api.config import DEMO_PASSWORD, Settings
from tests.infrastructure.browser import Browser
from tests.infrastructure.desk import Desk
from workflow.casework.office import Office
from workflow.casework.sessions import end_sessions, forget_old_sessions


def test_a_person_logs_in_by_a_form_and_out_again(app: Flask) -> None:
    browser = Browser(app)
    assert not browser.is_in
    entered = browser.log_in("clerk1", next="/items/02")
    assert (entered.status_code, entered.headers["Location"]) == (303, "/items/02")
    assert "窗口甲" in browser.get("/").text
    assert browser.get("/login").status_code == 303
    assert browser.get("/logout").status_code == 200 and browser.is_in
    left = browser.post("/logout")
    assert (left.status_code, left.headers["Location"]) == (303, "/") and not browser.is_in
    assert browser.cookie() == ""


@pytest.mark.parametrize(
    ("address", "name", "is_secure"),
    [("http://localhost", "banjian", False), ("https://localhost", "__Host-banjian", True)],
)
def test_the_cookie_says_nothing_and_no_script_nor_other_site_gets_it(
    app: Flask, address: str, name: str, is_secure: bool
) -> None:
    answer = Browser(app, address).log_in("clerk1")
    (cookie,) = [line for line in answer.headers.getlist("Set-Cookie") if line.startswith(f"{name}=")]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie and "clerk1" not in cookie
    assert ("Secure" in cookie) is is_secure and "Domain" not in cookie
    assert "no-store" in answer.headers["Cache-Control"]


def test_wrong_words_are_refused_alike_and_nothing_tells_which_was_wrong(app: Flask) -> None:
    browser = Browser(app)
    answers = [
        browser.log_in(name, word)
        for name, word in (("clerk1", "wrong"), ("nobody", "wrong"), ("\x00", "wrong"), ("x" * 99, "y" * 999), ("", ""))
    ]
    assert {answer.status_code for answer in answers} == {401} and not browser.is_in
    assert all("用户名或密码不正确" in answer.text and 'role="alert"' in answer.text for answer in answers)


def test_a_form_without_this_browser_s_token_is_refused(app: Flask) -> None:
    browser, other = Browser(app), Browser(app)
    words = {"username": "clerk1", "password": DEMO_PASSWORD}
    stolen = other.get("/login").text.split('name="csrf_token" value="')[1].split('"')[0]
    browser.get("/login")
    for token in ("", "x", stolen):
        refused = browser.client.post("/login", data=words | {"csrf_token": token})
        assert refused.status_code == 400 and "页面已经过期" in refused.text
    browser.log_in("clerk1")
    assert browser.client.post("/logout").status_code == 400 and browser.is_in
    secure = Browser(app, "https://localhost")
    token = secure.get("/login").text.split('name="csrf_token" value="')[1].split('"')[0]
    elsewhere = {"Referer": "https://elsewhere.example/"}
    sent = secure.client.post("/login", data=words | {"csrf_token": token}, base_url=secure.base_url, headers=elsewhere)
    assert sent.status_code == 400


def test_the_api_reads_no_cookie_and_so_needs_no_token_of_a_form(app: Flask) -> None:
    browser = Browser(app)
    browser.log_in("clerk1")
    for method, path in (("GET", "/api/v1/cases"), ("GET", "/api/v1/tasks"), ("POST", "/api/v1/tasks/1/claim")):
        answer = browser.client.open(path, method=method)
        assert (answer.status_code, answer.json["code"]) == (401, "NOT_AUTHENTICATED"), path
    plain = app.test_client().post("/api/v1/auth/token", json={"username": "clerk1", "password": DEMO_PASSWORD})
    assert plain.status_code == 200 and "Set-Cookie" not in plain.headers


def test_every_form_of_a_page_is_protected_and_only_the_api_is_not(app: Flask) -> None:
    exempt = {blueprint.name for blueprint in csrf._exempt_blueprints}
    for rule in app.url_map.iter_rules():
        if {"POST", "PUT", "PATCH", "DELETE"} & (rule.methods or set()):
            is_exempt = rule.endpoint.partition(".")[0] in exempt
            assert is_exempt == rule.rule.startswith("/api/"), rule.rule
    assert not csrf._exempt_views


@pytest.mark.parametrize("wanted", ["/", "/items/02", "/?q=%E7%BB%8F&cursor=x", "/cases/1?a=//b", "/a:b"])
def test_a_page_of_this_office_may_come_next(wanted: str) -> None:
    assert safe_next(wanted) == wanted


@pytest.mark.parametrize(
    "wanted",
    [
        *("//evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example", "javascript:alert(1)"),
        *("evil.example", "/\t/evil.example", "/\n/evil.example", " //evil.example", "/ /x", "", None, "?next=/x"),
        *("/api/v1/cases", "/login?next=/login", "/logout", "/static/x", "/" + "x" * 500, "/\x00", "/a\\b", "data:x"),
    ],
)
def test_nothing_else_may_come_next(wanted: str | None) -> None:
    assert safe_next(wanted) == "/"


def test_the_login_form_leads_to_no_other_place(app: Flask) -> None:
    assert Browser(app).log_in("clerk1", next="//evil.example").headers["Location"] == "/"
    assert 'value="/"' in Browser(app).get("/login?next=https://evil.example").text


def test_a_session_ends_when_idle_and_after_twelve_hours_by_the_office_s_clock(desk: Desk) -> None:
    browser = Browser(desk.app)
    desk.set("2026-09-01T09:00:00")
    browser.log_in("clerk1")
    desk.set("2026-09-01T09:29:59")
    assert browser.is_in
    desk.set("2026-09-01T10:00:00")
    assert not browser.is_in
    desk.set("2026-09-02T08:00:00")
    browser.log_in("clerk1")
    moment = desk.now()
    for _ in range(28):  # used every 25 minutes, and still not for longer than twelve hours
        moment += timedelta(minutes=25)
        desk.set(moment.replace(tzinfo=None).isoformat())
        assert browser.is_in
    desk.set("2026-09-02T20:00:01")
    assert not browser.is_in


def test_a_clock_set_back_ends_what_was_begun_later(desk: Desk) -> None:
    browser = Browser(desk.app)
    browser.log_in("clerk1")
    desk.set("2026-08-31T09:00:00")
    assert not browser.is_in


@pytest.mark.parametrize("what", ["password", "deactivated", "epoch"])
def test_a_session_ends_with_the_password_the_account_or_all_tokens(app: Flask, office: Office, what: str) -> None:
    browser, other = Browser(app), Browser(app)
    browser.log_in("clerk1")
    other.log_in("clerk2")
    assert browser.is_in
    with office.work() as connection:
        if what == "password":
            (row,) = connection.exec_driver_sql("select now() as at")
            end_sessions(connection, "clerk1", row.at, "password")
        elif what == "deactivated":
            connection.exec_driver_sql("update people set active = false where id = 'clerk1'")
        else:
            connection.exec_driver_sql("update people set token_epoch = token_epoch + 1 where id = 'clerk1'")
    assert not browser.is_in and other.is_in


def test_a_stolen_cookie_is_worth_nothing_after_the_log_out_and_none_is_taken_over(app: Flask) -> None:
    browser, thief = Browser(app), Browser(app)
    browser.log_in("clerk1")
    kept = browser.cookie()
    browser.post("/logout")
    thief.client.set_cookie("banjian", kept)
    assert not thief.is_in
    thief.client.set_cookie("banjian", "chosen-by-somebody")
    thief.log_in("clerk2")
    assert thief.cookie() not in ("", "chosen-by-somebody")


def test_logging_in_again_ends_the_session_before(app: Flask) -> None:
    browser, kept = Browser(app), Browser(app)
    browser.log_in("clerk1")
    kept.client.set_cookie("banjian", browser.cookie())
    page = browser.get("/logout").text.split('name="csrf_token" value="')[1].split('"')[0]
    words = {"username": "clerk2", "password": DEMO_PASSWORD, "csrf_token": page}
    assert browser.client.post("/login", data=words).status_code == 303
    assert browser.is_in and not kept.is_in


def test_only_a_hash_of_the_cookie_is_kept_and_old_sessions_go(app: Flask, office: Office, desk: Desk) -> None:
    browser = Browser(app)
    browser.log_in("clerk1")
    with office.look() as connection:
        (row,) = connection.exec_driver_sql("select digest, to_jsonb(s)::text as all from sessions s")
    assert row.digest == hashlib.sha256(browser.cookie().encode()).hexdigest() and browser.cookie() not in row.all
    forget_old_sessions(office, desk.now() + timedelta(days=89))
    forget_old_sessions(office, desk.now() + timedelta(days=91))
    with office.look() as connection:
        assert connection.exec_driver_sql("select count(*) from sessions").scalar_one() == 0


def test_a_session_has_one_hash_one_end_and_does_not_run_backwards(app: Flask, office: Office) -> None:
    Browser(app).log_in("clerk1")
    for wrong in ("digest = 'x'", "seen_at = begun_at - interval '1 s'", "ended_at = now()", "ended_why = 'log-out'"):
        with pytest.raises(IntegrityError), office.work() as connection:
            connection.exec_driver_sql(f"update sessions set {wrong}")


def test_accounts_are_told_on_the_login_page_of_a_demo_only(database_url: str, broker_url: str, tmp_path: Path) -> None:
    def page(**more: bool) -> str:
        made = create_app(Settings(database_url, broker_url, tmp_path, "test-secret", **more))
        text: str = made.test_client().get("/login").text
        made.extensions["banjian.office"].close()
        return text

    assert "clerk1" not in page() and DEMO_PASSWORD not in page()
    own = page(is_demo=True)
    assert "clerk1" in own and DEMO_PASSWORD not in own
    assert DEMO_PASSWORD in page(is_demo=True, has_default_demo_password=True)
