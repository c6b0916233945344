"""Fifty values of personal data are planted; everybody who must not read them asks for everything, and finds none.

The crawl is made from the application's own map of addresses, so that a new address joins by itself: one whose parts the
crawl does not know how to fill fails the test until it is taught.
"""

import io
import itertools
import json
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import pypdf
import pytest
from flask import Flask
from werkzeug.routing import Rule

from service_catalog.identifiers import id_check
from tests.api.test_tokens import token
from tests.infrastructure.browser import Browser
from tests.infrastructure.desk import Desk
from tests.infrastructure.logged import Lines, logged
from tests.story.telling import carried, form_of, missing

ECHO = "13712345678"  # what a sender writes where it does not belong
OWNER, STAFF = "applicant1", "reviewer1"
# Everybody whom the matrix shows no personal data in full; None: somebody without an account.
OTHERS = ("applicant2", "agent1", "supervisor1", "auditor1", "catalog1", "sysadmin1", "secadmin1", None)


def citizen(seventeen: str) -> str:
    """Return a citizen's number with its check character."""
    return seventeen + id_check(seventeen)


PERSON = {
    "kind": "person",
    "name": "欧阳金鸣",
    "id_no": citizen("12011619870314101"),
    "phone": "13811110001",
    "email": "ouyang.jm@example.cn",
    "address": "天津市河西区梧桐里17号2门501",
    "contact": "慕容银雀",
}
SOLE_TRADER = {
    "operator_name": "欧阳金鸣（经营者）",
    "operator_id": citizen("12011619870314103"),
    "operator_domicile": "天津市南开区白鹭巷3号院9楼",
    "liaison_phone": "13811110002",
    "business_form": "家庭经营",
    "family_members": ["司徒鹂音，配偶", "欧阳鹤鸣，子女", "欧阳小鹊，子女"],
}
COMPANY = {
    "kind": "organisation",
    "name": "天津金丝雀餐饮管理有限公司",
    "id_no": "11120000MB1571593F",
    "phone": "13811110003",
    "email": "contact.que@example.cn",
    "contact": "端木青鸾",
    "legal_representative": "诸葛彩凤",
}
FOREIGNER = {
    "foreigner_name": "CANARY SERINUS",
    "birth_on": "1979-11-23",
    "passport_no": "PX8841207Q",
    "passport_ends_on": "2031-07-19",
}
FOUNDERS = {
    "legal_rep_name": "皇甫黄莺",
    "legal_rep_phone": "13811110004",
    "liaison_phone": "13811110005",
    "holders": ["赫连百灵，认缴60万元", "上官翠羽，认缴10万元", "尉迟画眉，认缴40万元"],
    "directors": ["澹台云雀，执行董事", "公孙杜鹃，经理"],
    "supervisors": ["轩辕鹧鸪，监事", "令狐苍鹭，监事"],
}
PHARMACY = {
    "enterprise_head": "长孙燕回",
    "quality_head": "宇文鸿渐",
    "quality_head_phone": "13811110006",
    "pharmacist_reg_no": ["REG120119790001", "REG120119790002"],
}
CONTACTS = {"email": "private.nest@example.cn", "sms": "13811110007"}
IN_WORDS = {"phone": "13811110008", "card": "6222021203014567890"}
IN_FILE_NAME = "13811110009"
ACCOUNT = {"phone": "13811110010", "email": "nest.account@example.cn", "legal_representative": "百里白鹇"}
EXPERT = {"unit": "天津云雀检测中心（濮阳丹鹤）", "phone": "13811110011"}
IN_MANDATE = "13811110012"
IN_MESSAGE = {"name": "淳于锦鸡", "phone": "13811110013"}
IN_RATING = "13811110014"
SERVED = {
    "recipient": "钟离归雁",
    "place": "天津市和平区锦雉里5号",
    "relation_phone": "13811110015",
    "proof_phone": "13811110016",
}


def canaries() -> list[str]:
    """Return every planted value, lists by their entries."""
    planted = [PERSON, SOLE_TRADER, FOREIGNER, FOUNDERS, PHARMACY, CONTACTS, IN_WORDS]
    values = [value for part in planted for key, value in part.items() if key not in ("kind", "business_form")]
    values += [COMPANY[key] for key in ("phone", "email", "contact", "legal_representative")]
    values += [IN_FILE_NAME, IN_MANDATE, IN_RATING]
    values += [value for part in (ACCOUNT, EXPERT, IN_MESSAGE, SERVED) for value in part.values()]
    flat = itertools.chain.from_iterable(value if isinstance(value, list) else [value] for value in values)
    return [re.split("[，（]", str(value))[0] if not str(value).startswith("天津") else str(value) for value in flat]


CANARIES = sorted(set(canaries()))


class Planted:
    """An office whose cases hold the values, with everything an address can name."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        for channel, address in CONTACTS.items():
            status, answer = desk.call("PUT", f"/api/v1/messages/contacts/{channel}", OWNER, {"address": address})
            assert status < 300, answer
        first = self._filed("11", PERSON, SOLE_TRADER)
        second = self._filed("29", COMPANY, FOREIGNER)
        third = self._filed("08", COMPANY, FOUNDERS)
        fourth = self._filed("15", COMPANY, PHARMACY)
        self.cases = [first, second, third, fourth]
        carried(desk, first)
        note = f"请致电{IN_WORDS['phone']}或者{COMPANY['contact']}，账号{IN_WORDS['card']}"
        desk.done(second, OWNER, "withdraw", reason=note)
        self._besides(first, third)
        desk.work()
        self.known = self._known()

    def _besides(self, ended: str, open_case: str) -> None:
        """Plant what stands beside applications: an account, a mandate, a message, a rating, a record of service, an expert."""
        desk = self.desk
        firm = {
            "username": "canary",
            "password": "a-long-pass-phrase",
            "holder": "organisation",
            "name": COMPANY["name"],
        }
        status, made = desk.call("POST", "/api/v1/accounts", None, {**firm, "id_no": COMPANY["id_no"], **ACCOUNT})
        assert status == 202, made
        self.account = made["account"]
        mandate = {"agent": "agent1", "verbs": ["read"], "item_code": "46", "valid_until": "2026-12-31"}
        status, made = desk.call("POST", "/api/v1/mandates", OWNER, {**mandate, "note": f"请联系{IN_MANDATE}"})
        assert status == 201, made
        rating = {"level": 5, "comment": f"没有人接电话，请回{IN_RATING}", "anonymous": True}
        status, made = desk.call("POST", f"/api/v1/cases/{ended}/rating", OWNER, rating)
        assert status == 201, made
        desk.done(open_case, "clerk1", "accept")
        number = desk.get(f"/api/v1/cases/{open_case}/documents", OWNER)[1]["items"][0]["no"]
        served = {name: SERVED[name] for name in ("recipient", "place")}
        served |= {"relation": f"配偶，电话{SERVED['relation_phone']}", "proof": f"通话录音（{SERVED['proof_phone']}）"}
        desk.done(open_case, "clerk1", "record-service", document=number, mode="proxy", **served)
        with desk.office.work() as connection:
            connection.exec_driver_sql(
                "insert into messages (outbox_id, case_id, recipient, action, title, kind, text, created_at)"
                " select o.id, o.case_id, %(to)s, 'x', 't', 'legal', %(text)s, now() from outbox o where not exists"
                " (select from messages m where m.outbox_id = o.id and m.recipient = %(to)s) limit 1",
                {"to": OWNER, "text": f"请与{IN_MESSAGE['name']}联系：{IN_MESSAGE['phone']}"},
            )
            connection.exec_driver_sql(
                "update experts set unit = %(unit)s, specialities = array[%(phone)s]",
                {"unit": EXPERT["unit"], "phone": EXPERT["phone"]},
            )

    def _filed(self, code: str, applicant: dict[str, Any], answers: dict[str, Any]) -> str:
        desk = self.desk
        body = {"item_code": code, "applicant": applicant, "form": form_of(code, **answers), "submit": False}
        status, case = desk.call("POST", "/api/v1/cases", OWNER, body, {"Idempotency-Key": code})
        assert status == 201, case
        case_no = str(case["case_no"])
        for name in missing(desk, case_no):
            answer = desk.client.post(
                f"/api/v1/cases/{case_no}/materials",
                data={"name": name, "file": (io.BytesIO(b"%PDF-1.4 x"), f"{applicant['contact']}{IN_FILE_NAME}.pdf")},
                headers={"Authorization": f"Bearer {desk.token(OWNER)}"},
            )
            assert answer.status_code == 201, answer.text
        desk.done(case_no, OWNER, "submit")
        return case_no

    def _known(self) -> dict[str, list[str]]:
        """Return, for each part of an address, what it may be."""
        with self.desk.office.look() as connection:

            def column(sql: str) -> list[str]:
                return [str(value) for value in connection.exec_driver_sql(sql).scalars()] or ["1"]

            return {
                "case_no": self.cases,
                "document_id": column("select id from documents order by id"),
                "sha256": column("select distinct sha256 from materials"),
                "permit_no": column("select permit_no from permits"),
                "code": column("select code from certificates"),
                "account": ["applicant1", "reviewer1"],
                "alert_id": column("select id from alerts"),
                "disclosure_id": column("select id from disclosures"),
                "message_id": column("select id from messages order by id desc limit 2"),
                "task_id": column("select id from tasks order by id desc limit 2"),
                "call_id": ["1"],
                "item_code": ["11", "29"],
                "slug": ["self-service"],
                "list_id": ["x"],
                "entry_id": ["1"],
                "year": ["2026"],
                "step": ["1", "2"],
                "action": ["withdraw", "accept"],
                "operation": ["change"],
                "channel": ["email"],
                "token": ["x" * 32],
                "mandate_id": column("select id from mandates"),
                "what": ["withdraw"],
                "lang": ["en"],
                "kind": ["explain"],
                "tag": ["x"],
                "name": ["x"],
                "filename": ["app.css"],
                "form": ["json", "html", "pdf", "xlsx"],
            }

    def bearer(self, who: str) -> dict[str, str]:
        """Return the login of an account for programs."""
        return {"Authorization": f"Bearer {self.desk.token(who)}"}

    def _numbers(self, table: str) -> list[str]:
        with self.desk.office.look() as connection:
            if connection.exec_driver_sql("select to_regclass(%(t)s)", {"t": table}).scalar_one() is None:
                return ["1"]
            return [str(n) for n in connection.exec_driver_sql(f"select id from {table} limit 3").scalars()] or ["1"]

    def addresses(self, rule: Rule) -> Iterator[str]:
        """Yield the addresses of a rule; the parts that belong together are tried in every combination of a few."""
        names = sorted(rule.arguments)
        for name in names:
            if name.endswith("_id") and name not in self.known:  # by custom the number of a row of that table
                self.known[name] = self._numbers(f"{name.removesuffix('_id')}s")
        unknown = [name for name in names if name not in self.known]
        assert not unknown, f"teach the crawl how to fill {unknown} of {rule.rule}"
        for values in itertools.product(*(self.known[name] for name in names)):
            path = rule.rule
            for name, value in zip(names, values, strict=True):
                path = re.sub(rf"<(?:[^<>:]+:)?{name}>", value, path)
            yield path


QUERIES = {
    "/api/v1/supervision/timeliness": "?from=2026-08-01&to=2026-12-31&by=person",
    "/api/v1/supervision/cases": "?from=2026-08-01&to=2026-12-31",
    "/api/v1/statistics/annual": "?year=2026",
    "/api/v1/statistics/annual/records": "?year=2026&query=issued",
    "/api/v1/clock/explain": "",
}
# What the law itself shows: the name of who holds a permit, in the public register and on what anybody may verify
# (law.md §7.9); the events as they are, to those who verify them.
SHOWN: tuple[tuple[str | None, str, tuple[str, ...]], ...] = (
    ("*", r"/api/v1/public/|/api/v1/disclosures|/verify/|/certificate.pdf", (PERSON["name"],)),
    ("*", r"/permits|^/register|^/decisions", (PERSON["name"],)),
    ("auditor1", r"/events|^/cases/[^/]+$", (*IN_WORDS.values(), COMPANY["contact"], *SERVED.values())),
    ("agent1", r"/mandates", (IN_MANDATE,)),  # the other side of it
)


def readable(answer: Any) -> str:
    """Return everything a reader gets of an answer as text: headers, body, the words of PDFs and workbooks."""
    head = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
    body = answer.data
    if body[:5] == b"%PDF-" and len(body) > 100:
        return head + "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(body)).pages)
    if body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return head + "\n".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())
    return head + body.decode("utf-8", "replace")


def found_in(text: str) -> set[str]:
    """Return the values a text holds, also where JSON or a header spells them its own way."""
    spelled = text.encode("ascii", "backslashreplace").decode()
    return {value for value in CANARIES if value in text or json.dumps(value).strip('"') in spelled}


def allowed(who: str | None, path: str) -> set[str]:
    """Return the values that this person may read at this address."""
    return {
        value for person, place, values in SHOWN if person in ("*", who) and re.search(place, path) for value in values
    }


def asked(app: Flask, planted: Planted, who: str | None) -> Iterator[tuple[str, str]]:
    """Yield (address, what was read there) of every GET that the application knows, as this person."""
    browser = Browser(app)
    if who:
        assert browser.log_in(who).status_code in (200, 302, 303)
    bearer = {"Authorization": f"Bearer {planted.desk.token(who)}"} if who else {}
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.rule.startswith(("/static", "/assets", "/logout")):
            continue
        for path in planted.addresses(rule):
            path += QUERIES.get(rule.rule, "")
            is_api = path.startswith("/api/")
            answer = planted.desk.client.get(path, headers=bearer) if is_api else browser.get(path)
            assert answer.status_code < 500 or path == "/readyz", (who, path, answer.text[:300])
            yield path, readable(answer)


@pytest.fixture
def planted(desk: Desk) -> Planted:
    """The planted office."""
    return Planted(desk)


def leaks(app: Flask, planted: Planted, who: str | None) -> list[tuple[str | None, str, set[str]]]:
    """Return (who, address, values) of whatever was read that should not have been."""
    read = ((path, found_in(text) - allowed(who, path)) for path, text in asked(app, planted, who))
    return [(who, path, values) for path, values in read if values]


WRONG_BODIES: tuple[Any, ...] = (
    {},
    {"id_no": ECHO, "applicant": {"id_no": ECHO, "phone": ECHO}, "form": {"phone": ECHO}},
    {"data": {"reason": ECHO, ECHO: ECHO}, "opinion": [ECHO], "reason": ECHO, "fields": [ECHO]},
    f'{{"data": {ECHO}',
)


def wrong_answers(app: Flask, planted: Planted, who: str | None) -> Iterator[tuple[str, str, str]]:
    """Yield (method, address, answer) of typical mistakes at every address of the API that takes something."""
    bearer = {"Authorization": f"Bearer {planted.desk.token(who)}", "If-Match": '"1"'} if who else {}
    for rule in app.url_map.iter_rules():
        methods = sorted((rule.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"})
        if not rule.rule.startswith("/api/") or "/auth/" in rule.rule:  # a wrong login is throttled, for everybody
            continue
        path = next(planted.addresses(rule))
        for method, body in itertools.product(methods, WRONG_BODIES):
            send: dict[str, Any] = {"data": body, "content_type": "application/json"}
            if not isinstance(body, str):
                send = {"json": body}
            answer = planted.desk.client.open(path, method=method, headers=bearer, **send)
            assert answer.status_code < 500, (who, method, path, answer.text[:300])
            yield method, path, readable(answer)


def error_pages(app: Flask) -> list[str]:
    """Return the pages that repeat in words what was asked for and is not there; links to itself a page has."""
    browser = Browser(app)
    browser.log_in("supervisor1")
    wrong = (f"/cases/{ECHO}", f"/items/{ECHO}", f"/permits/{ECHO}", f"/nothing/{ECHO}", f"/processes/{ECHO}?q={ECHO}")
    return [
        path
        for path in wrong
        if (answer := browser.get(path)).status_code != 404 or ECHO in re.sub('="[^"]*"', "", answer.text)
    ]


def test_nobody_reads_a_planted_value_whom_the_matrix_does_not_show_it(app: Flask, planted: Planted) -> None:
    assert len(CANARIES) >= 50, len(CANARIES)
    with logged("api") as lines:
        seen: set[str] = set()
        for who in (OWNER, STAFF):
            for _, text in asked(app, planted, who):
                seen |= found_in(text)
        planted.desk._tokens[planted.account] = token(app, planted.account, "a-long-pass-phrase").json["access_token"]
        seen |= found_in(planted.desk.client.get("/api/v1/accounts/me", headers=planted.bearer(planted.account)).text)
        nobodys = {CONTACTS["email"], CONTACTS["sms"], *EXPERT.values()}  # shown to nobody at all, or only in part
        assert set(CANARIES) - seen <= nobodys, f"planted in vain: {set(CANARIES) - seen - nobodys}"
        found = [leak for who in OTHERS for leak in leaks(app, planted, who)]
        for who in ("supervisor1", "applicant2", None):
            for method, path, text in wrong_answers(app, planted, who):
                values = found_in(text) | ({ECHO} if ECHO in text else set())
                found += [(who, f"{method} {path}", values)] if values else []
        found += [(None, f"the error page of {path}", {ECHO}) for path in error_pages(app)]
        found += [(None, "a log line", values) for values in [_logged(lines)] if values]
    assert not found, "\n".join(map(str, found))


def _logged(lines: Lines) -> set[str]:
    assert lines.all, "nothing was logged"
    return found_in(lines.text) | ({ECHO} if ECHO in lines.text else set())
