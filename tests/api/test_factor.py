"""The second factor: codes taken once, recovery codes, who must have one, and signing with one given a moment ago."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError

from tests.api.test_tokens import events
from tests.builders import a_case
from tests.infrastructure.browser import Browser
from tests.infrastructure.desk import PASSWORD, Desk
from tests.infrastructure.telephone import Telephone, strict_app
from workflow.casework.demo import DEPARTMENT
from workflow.casework.four_eyes import insert
from workflow.casework.office import Office
from workflow.casework.proposals import KINDS

FACTOR = "/api/v1/auth/factor"


@pytest.fixture
def app(database_url: str, broker_url: str, tmp_path: Path) -> Iterator[Flask]:
    """An application that requires second factors."""
    made = strict_app(database_url, broker_url, tmp_path)
    yield made
    made.extensions["banjian.office"].close()


@pytest.fixture
def telephone(monkeypatch: pytest.MonkeyPatch) -> Telephone:
    """A telephone."""
    return Telephone(monkeypatch)


def log_in(desk: Desk, who: str, code: str = "") -> tuple[int, Any]:
    """Return the answer to a login with name, password and perhaps a code; its token is used from now on."""
    body = {"username": who, "password": PASSWORD} | ({"code": code} if code else {})
    status, answer = desk.call("POST", "/api/v1/auth/token", None, body)
    if status == 200:
        desk._tokens[who] = answer["access_token"]
    return status, answer


def with_factor(desk: Desk, who: str, telephone: Telephone) -> list[str]:
    """Set up a second factor; return the recovery codes."""
    status, made = desk.call("POST", f"{FACTOR}/enrol", who, {"password": PASSWORD})
    assert status == 201 and made["uri"].startswith("otpauth://totp/") and made["qr_svg"].startswith("<svg")
    telephone.secret = made["secret"]
    status, answer = desk.call("POST", f"{FACTOR}/confirm", who, {"code": telephone.code()})
    assert status == 200
    codes: list[str] = answer["recovery_codes"]
    return codes


def test_who_must_have_a_factor_can_do_nothing_else_before(desk: Desk, telephone: Telephone) -> None:
    for who in ("approver1", "head1", "govhead1", "catalog1", "sysadmin1"):
        status, answer = desk.get("/api/v1/tasks", who)
        assert (status, answer["code"]) == (403, "SECOND_FACTOR_REQUIRED"), who
    assert desk.get("/api/v1/tasks", "clerk1")[0] == desk.get("/api/v1/cases", "applicant1")[0] == 200
    assert desk.get(FACTOR, "approver1")[1] | {"given_at": None} == {
        "confirmed_at": None,
        "given_at": None,
        "recovery_codes": 0,
        "required": True,
    }
    assert len(with_factor(desk, "approver1", telephone)) == 10
    assert desk.get("/api/v1/tasks", "approver1")[0] == 200
    assert desk.get(FACTOR, "approver1")[1]["recovery_codes"] == 10


def test_a_code_is_taken_once_and_only_of_this_minute(desk: Desk, telephone: Telephone, office: Office) -> None:
    with_factor(desk, "approver1", telephone)
    used = telephone.code()
    assert log_in(desk, "approver1")[1]["code"] == "SECOND_FACTOR_NEEDED"
    assert log_in(desk, "approver1", used)[1]["code"] == "WRONG_CODE"  # it confirmed the factor
    code = telephone.next_code()
    assert log_in(desk, "approver1", code)[0] == 200
    assert log_in(desk, "approver1", code)[0] == 401
    old = telephone.next_code()
    telephone.wait(90)
    assert log_in(desk, "approver1", old)[0] == 401
    telephone.wait()
    ahead = telephone.next_code()
    telephone.wait(-30)
    assert log_in(desk, "approver1", ahead)[0] == 200  # a telephone that is half a minute ahead
    telephone.wait(-30)
    assert log_in(desk, "approver1", telephone.code())[0] == 401  # nothing before what was taken
    assert events(office).count("FACTOR_WRONG") == 4
    with office.look() as connection:
        kept = connection.exec_driver_sql("select to_jsonb(f)::text as all from factors f").one()
    assert telephone.secret not in kept.all


def test_a_recovery_code_is_good_once_and_a_factor_goes_with_password_and_code(
    desk: Desk, telephone: Telephone, office: Office
) -> None:
    first, second, *_ = with_factor(desk, "approver1", telephone)
    assert log_in(desk, "approver1", first.lower().replace("-", ""))[0] == 200
    assert log_in(desk, "approver1", first)[1]["code"] == "WRONG_CODE"
    assert desk.get(FACTOR, "approver1")[1]["recovery_codes"] == 9
    with office.look() as connection:
        rows = connection.exec_driver_sql("select string_agg(digest, ',') as all from recovery_codes").one()
    assert second not in rows.all and second.replace("-", "") not in rows.all
    assert desk.call("POST", f"{FACTOR}/enrol", "approver1", {"password": PASSWORD})[1]["code"] == "FACTOR_EXISTS"
    refused = [
        desk.call("POST", f"{FACTOR}/remove", "approver1", {"password": password, "code": code})[1]["code"]
        for password, code in (("wrong", second), (PASSWORD, "000000"))
    ]
    assert refused == ["WRONG_CREDENTIALS", "WRONG_CODE"]
    assert desk.call("POST", f"{FACTOR}/remove", "approver1", {"password": PASSWORD, "code": second})[0] == 204
    assert log_in(desk, "approver1")[0] == 200
    assert events(office)[-2:] == ["FACTOR_REMOVED", "LOGIN"]
    for path, body in (("", {"code": "123456"}), ("/confirm", {"code": "123456"})):
        assert desk.call("POST", f"{FACTOR}{path}", "approver1", body)[1]["code"] == "NO_FACTOR"


def test_signing_needs_a_factor_given_within_ten_minutes(desk: Desk, telephone: Telephone, office: Office) -> None:
    case_no = a_case(office, "2026-09-01T08:00:00").case["case_no"]
    with_factor(desk, "approver1", telephone)
    desk.set("2026-09-01T09:30:00")
    assert log_in(desk, "approver1", telephone.next_code())[0] == 200
    version = desk.case(case_no)["version"]
    path = f"/api/v1/cases/{case_no}/actions"

    def sign(**headers: str) -> tuple[int, Any]:
        found = {"If-Match": f'"{version}"'} | {name.replace("_", "-"): value for name, value in headers.items()}
        return desk.call(
            "POST", f"{path}/refuse-for-fraud", "approver1", {"data": {"reasons": "评价报告系伪造"}}, found
        )

    desk._patch.setenv("BANJIAN_CLOCK", "2026-09-01T09:41:30+08:00")  # the token lives, its factor is old
    status, answer = sign()
    assert (status, answer["code"]) == (403, "STEP_UP_REQUIRED") and "X-Second-Factor" in answer["detail"]
    assert desk.case(case_no)["version"] == version
    assert sign(X_Second_Factor="000000")[1]["code"] == "WRONG_CODE"
    assert desk.call("POST", FACTOR, "approver1", {"code": telephone.next_code()})[0] == 204
    assert sign(Idempotency_Key="once")[0] == 200
    assert sign(Idempotency_Key="once")[0] == 200


def test_the_factor_may_come_with_the_act_and_a_retry_brings_the_same_one(
    desk: Desk, telephone: Telephone, office: Office
) -> None:
    case_no = a_case(office, "2026-09-01T08:00:00").case["case_no"]
    with_factor(desk, "approver1", telephone)
    desk._patch.setenv("BANJIAN_CLOCK", "2026-09-01T09:41:30+08:00")
    headers = {"If-Match": '"2"', "X-Second-Factor": telephone.next_code(), "Idempotency-Key": "k"}
    body = {"data": {"reasons": "评价报告系伪造"}}
    path = f"/api/v1/cases/{case_no}/actions/refuse-for-fraud"
    assert desk.call("POST", path, "approver1", body, headers)[0] == 200
    assert desk.call("POST", path, "approver1", body, headers)[0] == 200
    assert desk.call("POST", path, "clerk1", body, {"If-Match": '"3"', "X-Second-Factor": "123456"})[1]["code"] == (
        "NO_FACTOR"
    )


def test_a_page_asks_for_the_code_and_sets_the_factor_up(app: Flask, telephone: Telephone, office: Office) -> None:
    browser = Browser(app)
    assert browser.log_in("approver1").status_code == 303
    assert browser.get("/login").headers["Location"] == "/account/factor" and not browser.is_in
    assert "必须使用动态口令" in browser.get("/account/factor").text
    assert browser.post("/account/factor", {"step": "begin", "password": "wrong"}).status_code == 401
    page = browser.post("/account/factor", {"step": "begin", "password": PASSWORD}).text
    telephone.secret = page.split("密钥 <code>")[1].split("</code>")[0]
    assert browser.post("/account/factor", {"step": "confirm", "code": "000000"}).status_code == 422
    done = browser.post("/account/factor", {"step": "confirm", "code": telephone.code()}).text
    assert done.count("<li><code>") == 10 and browser.is_in
    browser.post("/logout")
    asked = browser.log_in("approver1", next="/items/02")
    assert asked.status_code == 200 and "one-time-code" in asked.text and not browser.is_in
    assert browser.post("/login/code", {"code": "000000"}).status_code == 401 and not browser.is_in
    entered = browser.post("/login/code", {"code": telephone.next_code(), "next": "/items/02"})
    assert entered.headers["Location"] == "/items/02" and browser.is_in
    stranger = Browser(app)
    refused = stranger.post("/login/code", {"code": telephone.next_code()})
    assert refused.headers["Location"] == "/login" and not stranger.is_in


def test_a_right_code_passes_where_wrong_passwords_made_others_wait(desk: Desk, telephone: Telephone) -> None:
    with_factor(desk, "approver1", telephone)

    def try_in(password: str, code: str = "") -> Any:
        body = {"username": "approver1", "password": password} | ({"code": code} if code else {})
        return desk.client.post("/api/v1/auth/token", json=body, environ_base={"REMOTE_ADDR": "203.0.113.9"}).json

    codes = [try_in("wrong")["code"] for _ in range(20)]
    assert codes[-1] == "LOGIN_THROTTLED"
    assert try_in("wrong", telephone.next_code())["code"] == "WRONG_CREDENTIALS"
    assert try_in(PASSWORD, telephone.code())["code"] == "WRONG_CODE"
    assert "access_token" in try_in(PASSWORD, telephone.next_code())
    guesses = [desk.call("POST", FACTOR, "approver1", {"code": "000000"})[1]["code"] for _ in range(7)]
    assert guesses[0] == "WRONG_CODE" and guesses[-1] == "LOGIN_THROTTLED"


def test_a_factor_is_sealed_and_confirmed_after_it_was_made(desk: Desk, telephone: Telephone, office: Office) -> None:
    with_factor(desk, "approver1", telephone)
    for wrong in ("secret = 'JBSWY3DPEHPK3PXP'", "confirmed_at = made_at - interval '1 day'", "last_step = -1"):
        with pytest.raises(IntegrityError), office.work() as connection:
            connection.exec_driver_sql(f"update factors set {wrong}")


def test_a_page_asks_for_the_code_before_it_signs_and_loses_nothing(
    app: Flask, desk: Desk, telephone: Telephone, office: Office
) -> None:
    case_no = a_case(office, "2026-09-01T08:00:00").case["case_no"]
    with_factor(desk, "approver1", telephone)
    browser = Browser(app)
    browser.log_in("approver1")
    browser.post("/login/code", {"code": telephone.next_code()})
    assert browser.is_in
    desk._patch.setenv("BANJIAN_CLOCK", "2026-09-01T09:20:00+08:00")
    path = f"/cases/{case_no}/act/refuse-for-fraud"
    form = {"data.reasons": "评价报告系伪造", "version": str(desk.case(case_no)["version"])}
    asked = browser.post(path, form)
    assert asked.status_code == 403 and 'name="second_factor"' in asked.text and "评价报告系伪造" in asked.text
    wrong = browser.post(path, form | {"second_factor": "000000"})
    assert wrong.status_code == 403 and "不正确" in wrong.text and "评价报告系伪造" in wrong.text
    assert desk.case(case_no, "auditor1")["state"] == "received"
    signed = browser.post(path, form | {"second_factor": telephone.next_code()})
    assert signed.status_code == 303 and desk.case(case_no)["state"] == "refused"


def test_what_binds_the_office_outside_of_cases_is_signed_too(desk: Desk, telephone: Telephone) -> None:
    with_factor(desk, "sysadmin1", telephone)
    desk._patch.setenv("BANJIAN_CLOCK", "2026-09-01T09:20:00+08:00")
    close, code = "/api/v1/accounts/clerk1/deactivate", {"X-Second-Factor": telephone.next_code()}
    for path in (close, "/api/v1/proposals/1/confirm"):
        status, answer = desk.call("POST", path, "sysadmin1", {})
        assert (status, answer["code"]) == (403, "STEP_UP_REQUIRED"), path
    assert desk.call("POST", close, "sysadmin1", {}, code)[0] == 204


def test_a_proposal_is_confirmed_on_its_page_with_a_code_only(app: Flask, desk: Desk, telephone: Telephone) -> None:
    body = {"person": "clerk2", "department": DEPARTMENT, "post": "reviewer", "valid_until": None}
    with desk.office.work() as connection:
        insert(connection, KINDS["give-post"], body, "增加审查力量", "secadmin1", desk.now())
    with_factor(desk, "sysadmin1", telephone)
    browser = Browser(app)
    browser.log_in("sysadmin1")
    browser.post("/login/code", {"code": telephone.next_code()})
    desk._patch.setenv("BANJIAN_CLOCK", "2026-09-01T09:20:00+08:00")
    path = "/proposals/1/confirm"
    asked = browser.post(path, {"note": "已核对"}, page="/proposals/1")
    assert asked.status_code == 403 and 'name="second_factor"' in asked.text and "已核对" in asked.text
    assert "等待确认" in browser.get("/proposals/1").text
    signed = browser.post(path, {"note": "已核对", "second_factor": telephone.next_code()}, page="/proposals/1")
    assert signed.status_code == 303 and "已核对" in browser.get("/proposals/1").text
