"""Accounts of applicants, and what an administrator does at the console."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError

from api.auth.passwords import wrong_password
from service_catalog.identifiers import id_check
from tests.api.test_tokens import ROOT, events, token
from tests.api.test_wrong_inputs import faults, none_of
from tests.builders import a_case
from tests.infrastructure.browser import Browser
from tests.infrastructure.desk import PASSWORD, Desk
from tests.infrastructure.telephone import strict_app
from tests.service_catalog.builders import CITIZEN, USCC
from workflow.casework.accounts import linked_account
from workflow.casework.office import Office

SECRET = "correct horse battery"
PERSON = {
    "username": "lihua",
    "password": SECRET,
    "holder": "person",
    "name": "李华",
    "id_no": CITIZEN,
    "phone": "13800001111",
}
FIRM = PERSON | {
    "holder": "organisation",
    "name": "示例公司",
    "id_no": USCC,
    "legal_representative": "王明",
    "email": "office@example.com",
}


def register(app: Flask, **changes: Any) -> Any:
    """Return the answer to a registration."""
    body = {key: value for key, value in (PERSON | changes).items() if value is not ...}
    return app.test_client().post("/api/v1/accounts", json=body)


def test_somebody_registers_logs_in_reads_and_changes_the_profile(desk: Desk, office: Office) -> None:
    status, opened = desk.call("POST", "/api/v1/accounts", None, FIRM)
    account = opened["account"]
    assert (status, opened["status"]) == (202, "open") and account.startswith("lihua-") and len(account) == 10
    desk._tokens[account] = token(desk.app, account, SECRET).json["access_token"]
    me = desk.get("/api/v1/accounts/me", account)[1]
    assert (me["id_no"], me["phone"], me["legal_representative"], me["checked_on"]) == (
        USCC,
        "13800001111",
        "王明",
        None,
    )
    changed = desk.call("PATCH", "/api/v1/accounts/me", account, {"phone": "022-66201234"})[1]
    assert (changed["phone"], changed["email"]) == ("022-66201234", "office@example.com")
    for body in ({"phone": "x"}, {"legal_representative": ""}, {"email": "@"}, {"name": "别人"}, {"id_no": CITIZEN}):
        assert desk.call("PATCH", "/api/v1/accounts/me", account, body)[0] == 422, body
    assert desk.get("/api/v1/accounts/me", "clerk1")[1]["holder"] == ""
    assert desk.call("PATCH", "/api/v1/accounts/me", "clerk1", {"phone": "022-66201234"})[0] == 404
    with office.look() as connection:
        kept = connection.exec_driver_sql("select to_jsonb(p)::text as all from profiles p").one()
    assert not [word for word in (USCC, "66201234", "office@") if word in kept.all]


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"username": "Lihua"}, "username", "用户名"),
    ({"username": "1lihua"}, "username", "用户名"),
    ({"username": "13800001111"}, "username", "用户名"),
    ({"username": "li"}, "username", "用户名"),
    ({"username": "lihua\n"}, "username", "用户名"),
    ({"username": ...}, "username", "必填"),
    ({"password": "short"}, "password", "至少 10"),
    ({"password": "1234567890"}, "password", "太容易"),
    ({"password": "aaaaaaaaaaab"}, "password", "太容易"),
    ({"password": "my-lihua-word"}, "password", "用户名"),
    ({"password": "x" * 201}, "password", "200"),
    ({"holder": "robot"}, "holder", "账号类型：只能是"),
    ({"name": ""}, "name", "必填"),
    ({"name": "李\u200b华"}, "name", "不可见"),
    ({"name": "名" * 101}, "name", "100"),
    ({"id_no": CITIZEN[:-1]}, "id_no", "18 位"),
    ({"id_no": CITIZEN[:17] + ("0" if CITIZEN[17] != "0" else "1")}, "id_no", "校验位"),
    ({"id_no": USCC}, "id_no", "证件号码"),
    ({"holder": "organisation", "legal_representative": "王明"}, "id_no", "证件号码"),
    ({"holder": "organisation", "id_no": USCC}, "legal_representative", "法定代表人：必填"),
    ({"legal_representative": "王明"}, "legal_representative", "没有法定代表人"),
    ({"phone": "打我电话"}, "phone", "联系电话：应当是"),
    ({"email": "nobody"}, "email", "电子邮箱"),
    ({"vip": True}, "vip", "没有这一项"),
]


def test_every_wrong_line_of_a_registration_is_refused_and_named(app: Flask, office: Office) -> None:
    none_of(
        {
            (n, field): faults(register(app, **changes), 422, field, word)
            for n, (changes, field, word) in enumerate(WRONG)
        }
    )
    with office.look() as connection:
        assert connection.exec_driver_sql("select count(*) from profiles").scalar_one() == 0


def test_nothing_tells_whether_a_number_or_a_name_is_known(
    database_url: str, broker_url: str, tmp_path: Path, office: Office
) -> None:
    app = strict_app(database_url, broker_url, tmp_path, second_factor="optional")
    first, again = register(app), register(app)
    assert first.status_code == again.status_code == 202
    assert set(first.json) == set(again.json) and first.json["status"] == "to-be-checked"
    one, two = first.json["account"], again.json["account"]
    assert one != two
    waiting, wrong = token(app, one, SECRET), token(app, "nobody-1234", SECRET)
    assert (waiting.status_code, waiting.json) == (wrong.status_code, wrong.json)
    clerk = {"Authorization": f"Bearer {token(app, 'clerk1').json['access_token']}"}
    client = app.test_client()

    def confirm(account: str, id_no: str, headers: dict[str, str]) -> Any:
        return client.post(f"/api/v1/accounts/{account}/confirm", json={"id_no": id_no}, headers=headers)

    other = CITIZEN[:14] + "008"
    assert confirm(one, other + id_check(other), clerk).json["errors"][0]["field"] == "id_no"
    assert confirm(one, CITIZEN, {}).status_code == 401
    reviewer = {"Authorization": f"Bearer {token(app, 'reviewer1').json['access_token']}"}
    assert confirm(one, CITIZEN, reviewer).json["code"] == "WRONG_POST"
    assert confirm("nobody-1234", CITIZEN, clerk).status_code == 404
    assert confirm(one, CITIZEN, clerk).status_code == confirm(one, CITIZEN, clerk).status_code == 204
    refused = confirm(two, CITIZEN, clerk)
    assert (refused.status_code, refused.json["code"]) == (409, "NUMBER_TAKEN")
    assert token(app, one, SECRET).status_code == 200 and token(app, two, SECRET).status_code == 401
    assert events(office).count("IDENTITY_CHECKED") == 1
    for wrong_row in ("id_no = 'plain'", "checked_by = person_id", "checked_at = now()", "legal_representative = 'x'"):
        with pytest.raises(IntegrityError), office.work() as connection:
            connection.exec_driver_sql(f"update profiles set {wrong_row} where person_id = %(id)s", {"id": two})
    app.extensions["banjian.office"].close()


def test_an_office_may_close_its_registration(database_url: str, broker_url: str, tmp_path: Path) -> None:
    app = strict_app(database_url, broker_url, tmp_path, registration="closed")
    assert register(app).json["code"] == "REGISTRATION_CLOSED"
    app.extensions["banjian.office"].close()


def test_a_new_password_ends_everything_that_was_open(desk: Desk, office: Office) -> None:
    browser = Browser(desk.app)
    browser.log_in("clerk1")
    path = "/api/v1/accounts/me/password"
    for old, new, code in (
        ("wrong", SECRET, "WRONG_CREDENTIALS"),
        (PASSWORD, "short", "INVALID_INPUT"),
        (PASSWORD, PASSWORD, "INVALID_INPUT"),
        (PASSWORD, "clerk1-and-more", "INVALID_INPUT"),
    ):
        assert desk.call("POST", path, "clerk1", {"old": old, "new": new})[1]["code"] == code
    assert browser.is_in
    assert desk.call("POST", path, "clerk1", {"old": PASSWORD, "new": SECRET})[0] == 204
    assert not browser.is_in and desk.get("/api/v1/tasks", "clerk1")[0] == 401
    assert token(desk.app, "clerk1").status_code == 401 and token(desk.app, "clerk1", SECRET).status_code == 200
    assert "PASSWORD_CHANGED" in events(office)
    page = Browser(desk.app)
    page.log_in("clerk2")
    fields = {"old": PASSWORD, "new": SECRET, "again": "another word of it"}
    assert "两次输入" in page.post("/account/password", fields, page="/account").text
    assert "不正确" in page.post("/account/password", fields | {"old": "x", "again": SECRET}, page="/account").text
    changed = page.post("/account/password", fields | {"again": SECRET}, page="/account")
    assert changed.status_code == 303 and not page.is_in and page.get("/account").status_code == 303
    assert page.log_in("clerk2", SECRET).status_code == 303


def test_an_administrator_closes_an_account_and_never_their_own(desk: Desk, office: Office) -> None:
    browser = Browser(desk.app)
    browser.log_in("clerk1")
    path = "/api/v1/accounts/{}/deactivate"
    assert desk.call("POST", path.format("clerk1"), "clerk2")[1]["code"] == "WRONG_POST"
    assert desk.call("POST", path.format("sysadmin1"), "sysadmin1")[1]["code"] == "OWN_ACCOUNT"
    assert desk.call("POST", path.format("nobody"), "sysadmin1")[0] == 404
    assert desk.call("POST", path.format("clerk1"), "sysadmin1")[0] == 204
    assert not browser.is_in and token(desk.app, "clerk1").status_code == 401
    assert desk.call("POST", path.format("clerk1"), "sysadmin1")[0] == 404
    with office.look() as connection:
        row = connection.exec_driver_sql("select * from security_log where event = 'DEACTIVATED'").one()
    assert (row.person_id, row.by_person) == ("clerk1", "sysadmin1")


def test_the_console_adds_staff_mends_what_they_lost_and_links_them(
    app: Flask, office: Office, database_url: str
) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, "DATABASE_URL": database_url}
        command = [sys.executable, "-m", "api.cli", "accounts", *arguments]
        return subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=90)

    made = run("add", "newhead", "新任负责人", "--post", "示例部门:department-head")
    first = made.stdout.strip().rpartition(" ")[2]
    assert made.returncode == 0 and token(app, "newhead", first).status_code == 200, made.stderr
    again = run("add", "newhead", "别人")
    assert again.returncode == 1 and "already" in again.stderr and "Traceback" not in again.stderr
    second = run("password", "newhead").stdout.strip().rpartition(" ")[2]
    assert token(app, "newhead", first).status_code == 401 and token(app, "newhead", second).status_code == 200
    assert run("link", "newhead", "--issuer", "https://i", "--subject", "s", "--by", "x").returncode == 0
    assert linked_account(office, "https://i", "s") == "newhead"
    wrong = [
        run("link", "clerk1", "--issuer", "https://i", "--subject", "s", "--by", "x"),
        run("password", "nobody"),
        run("reset-factor", "newhead"),
        run("add", "x", "y", "--post", "no-department"),
    ]
    assert [(one.returncode, len(one.stderr.strip().splitlines())) for one in wrong] == [(1, 1)] * 4
    assert run("deactivate", "newhead").returncode == 0 and token(app, "newhead", second).status_code == 401


@pytest.mark.parametrize("password", ["Tr0ub4dor&3x", "正确的马电池订书钉啊啊", "a b c d e f g h"])
def test_a_long_password_of_any_signs_is_fine(password: str) -> None:
    assert wrong_password(password, "lihua") == ""


def test_several_people_act_for_an_organisation_and_each_record_names_the_human(desk: Desk, office: Office) -> None:
    handlers = []
    for name in ("李华", "王明"):
        account = desk.call("POST", "/api/v1/accounts", None, PERSON | {"name": name})[1]["account"]
        desk._tokens[account] = token(desk.app, account, SECRET).json["access_token"]
        handlers.append(account)
    case_no = a_case(office, "2026-09-01T08:00:00").case["case_no"]
    assert desk.get(f"/api/v1/cases/{case_no}", handlers[0])[0] == 404
    verbs = ["read", "submit", "supply", "speak", "withdraw", "receive"]
    mandate = {"verbs": verbs, "valid_until": "2027-08-31", "note": "经办人"}
    for account in handlers:
        assert desk.call("POST", "/api/v1/mandates", "applicant1", mandate | {"agent": account})[0] == 201
    acts: list[tuple[str, str, dict[str, str]]] = [
        (handlers[0], "urge", {"note": "请尽快"}),
        (handlers[1], "withdraw", {}),
    ]
    for account, action, data in acts:
        version = desk.case(case_no)["version"]
        status, answer = desk.call(
            "POST", f"/api/v1/cases/{case_no}/actions/{action}", account, {"data": data}, {"If-Match": f'"{version}"'}
        )
        assert status == 200, (action, answer)
    events_of = desk.get(f"/api/v1/cases/{case_no}/events", "applicant1")[1]["items"]
    assert [(one["type"], one["actor"]["id"], one["actor"]["name"]) for one in events_of[-2:]] == [
        ("urge", handlers[0], "李华"),
        ("withdraw", handlers[1], "王明"),
    ]
