"""Making an account by its page: what is asked, what is refused and how, and what the first application then knows."""

import re
from datetime import timedelta
from pathlib import Path

from api.v1.accounts import NEW_ACCOUNTS
from tests.api.test_accounts import FIRM, PERSON, SECRET
from tests.infrastructure.browser import Browser
from tests.infrastructure.desk import Desk
from tests.infrastructure.telephone import strict_app
from tests.service_catalog.builders import CITIZEN, USCC
from tests.web.people import words

PATH = "/account/new"
FORM_FIRM = {f"form.{key}": text for key, text in FIRM.items()}
FORM_PERSON = {f"form.{key}": text for key, text in PERSON.items()}


def joined(anybody: Browser, form: dict[str, str]) -> str:
    """Return the user name of a new account."""
    answer = anybody.post(PATH, form)
    assert answer.status_code == 303, words(answer.text)[:800]
    page = anybody.get(answer.headers["Location"])
    assert "no-store" in page.headers["Cache-Control"]
    found = re.search(r"<code>([a-z0-9.-]+)</code>", page.text)
    assert found
    return found.group(1)


def test_an_organisation_registers_logs_in_and_finds_its_first_application_filled_in(desk: Desk) -> None:
    anybody = Browser(desk.app)
    assert PATH in anybody.get("/login").text
    account = joined(anybody, FORM_FIRM)
    assert f'value="{account}"' in anybody.get(f"/login?username={account}").text
    assert anybody.log_in(account, SECRET).status_code == 303
    first = anybody.get("/items/02/apply").text
    for text in (FIRM["name"], USCC, FIRM["legal_representative"], FIRM["phone"], FIRM["email"]):
        assert f'value="{text}"' in first, text
    assert re.search(r'value="organisation"[^>]* checked', first)
    assert anybody.get(PATH).status_code == 303  # who is in has an account


def test_every_wrong_line_is_told_at_once_beside_its_field_and_the_password_is_not_sent_back(desk: Desk) -> None:
    anybody = Browser(desk.app)
    answer = anybody.post(PATH, {"form.holder": "organisation", "form.password": SECRET, "form.id_no": CITIZEN})
    assert answer.status_code == 422 and SECRET not in answer.text and f'value="{CITIZEN}"' in answer.text
    for key in ("name", "id_no", "legal_representative", "phone", "username"):
        assert f'href="#q-form-{key}"' in answer.text and f'id="q-form-{key}-error"' in answer.text, key
    assert "q-form-email-error" not in answer.text and "q-form-password-error" not in answer.text
    empty = anybody.post(PATH, {}).text
    assert 'href="#q-form-holder"' in empty and 'href="#q-form-password"' in empty
    assert "账号已经建立" not in anybody.get(f"{PATH}/made").text
    without_token = anybody.client.post(PATH, data=FORM_FIRM)
    assert without_token.status_code == 400


def test_a_person_without_javascript_may_leave_the_organisations_question_alone_or_answer_it(desk: Desk) -> None:
    anybody = Browser(desk.app)
    account = joined(anybody, FORM_PERSON | {"form.legal_representative": "多余"})
    anybody.log_in(account, SECRET)
    assert "多余" not in anybody.get("/account").text


def test_two_who_claim_one_number_and_one_name_see_the_same_page(desk: Desk) -> None:
    pages = []
    for _ in range(2):
        anybody = Browser(desk.app)
        account = joined(anybody, FORM_PERSON)
        pages.append(anybody.get(f"{PATH}/made").text.replace(account, ""))
    plain = [re.sub(r'value="[^"]+"|next=[^"]+', "", page) for page in pages]
    assert plain[0] == plain[1]


def test_very_many_accounts_from_one_address_have_to_wait(desk: Desk) -> None:
    limit = desk.app.extensions["banjian.throttle"]
    anybody = Browser(desk.app)
    for hours in range(36, 0, -1):
        limit.take(limit.key("accounts", "127.0.0.1"), NEW_ACCOUNTS, desk.now() - timedelta(hours=hours))
    joined(anybody, FORM_PERSON)
    refused = anybody.post(PATH, FORM_PERSON)
    assert refused.status_code == 429 and int(refused.headers["Retry-After"]) > 0 and "过多" in refused.text
    assert desk.call("POST", "/api/v1/accounts", None, PERSON)[1]["code"] == "REGISTRATION_THROTTLED"


def test_what_the_page_says_where_the_window_checks_and_where_nobody_may(
    database_url: str, broker_url: str, tmp_path: Path
) -> None:
    for how, said in (("checked", "政务服务窗口核验"), ("closed", "不开放自行注册")):
        app = strict_app(database_url, broker_url, tmp_path, registration=how)
        anybody = Browser(app)
        assert said in anybody.get(PATH).text
        answer = anybody.post(PATH, FORM_PERSON, page="/login")
        assert answer.status_code == (303 if how == "checked" else 403)
        assert (PATH in anybody.get("/login").text) == (how == "checked")
        app.extensions["banjian.office"].close()


def test_a_window_opens_an_account_by_the_number_on_the_document(
    database_url: str, broker_url: str, tmp_path: Path
) -> None:
    app = strict_app(database_url, broker_url, tmp_path, second_factor="optional")
    anybody, clerk, page = Browser(app), Browser(app), "/accounts/confirm"
    one, two = joined(anybody, FORM_PERSON), joined(Browser(app), FORM_PERSON)
    assert anybody.log_in(one, SECRET).status_code == 401
    clerk.log_in("clerk1")
    assert page in clerk.get("/inbox?queue=available").text

    def confirm(account: str, number: str) -> tuple[int, str]:
        answer = clerk.post(page, {"form.account": account, "form.id_no": number})
        return answer.status_code, answer.text

    status, text = confirm("", "")
    assert status == 422 and 'href="#q-form-account"' in text and 'href="#q-form-id_no"' in text
    status, text = confirm("nobody-1234", CITIZEN)
    assert status == 404 and "没有这个账号" in text and CITIZEN not in text
    status, text = confirm(one, USCC)
    assert status == 422 and "不一致" in text and f'value="{one}"' in text and USCC not in text
    assert confirm(one, CITIZEN)[0] == 303
    assert f"{one} 的证件已核验" in clerk.get(page).text
    assert anybody.log_in(one, SECRET).status_code == 303
    status, text = confirm(two, CITIZEN)
    assert status == 409 and "已核验给另一个账号" in text
    reviewer = Browser(app)
    reviewer.log_in("reviewer1")
    assert (
        reviewer.post(page, {"form.account": two, "form.id_no": CITIZEN}, page="/inbox?queue=available").status_code
        == 403
    )
    app.extensions["banjian.office"].close()
