"""A certificate through the life of its permit: what the public page and its JSON say of it, with no worker running."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

import pytest
from click.testing import CliRunner

from api.cli.verify import signing as signing_command
from api.cli.verify import verify as verify_command
from tests.infrastructure.desk import Desk
from tests.papers.test_reading_papers import fetched
from tests.story.telling import granted
from tests.story.test_permits import RENEWAL, imposed, opened, permitted, reviewed
from workflow.casework import certificates, outbox
from workflow.casework.certificates import issue_missing
from workflow.ledger.certificates import embedded
from workflow.ledger.papers import first_broken
from workflow.store import papers as store

CHANGE = {"changed_items": ["名称"], "before": "甲", "after": "乙", "new_holder": "滨海示例化工有限公司"}


def certificate(desk: Desk, permit_no: str, copy: str = "original") -> bytes:
    """Return a copy of the current certificate."""
    answer = fetched(desk, f"/api/v1/permits/{quote(permit_no)}/certificate.pdf?copy={copy}", "applicant1")
    assert answer.status_code == 200, answer.data
    return bytes(answer.data)


def said(desk: Desk, code: str, **query: str) -> Any:
    """Return the public verdict on a code."""
    text = "&".join(f"{name}={quote(value)}" for name, value in query.items())
    status, answer = desk.get(f"/api/v1/public/verify/{quote(code)}?{text}")
    return answer["result"] if status == 200 else (status, answer["code"])


def page(desk: Desk, code: str, query: str = "") -> tuple[int, str]:
    """Return the public page on a code."""
    answer = desk.client.get(f"/verify/{quote(code)}{query}")
    return answer.status_code, answer.data.decode()


def test_the_public_hears_at_once_what_became_of_a_certificate(desk: Desk) -> None:
    permit_no = permitted(desk)
    carried = embedded(certificate(desk, permit_no))
    code, token = carried["content"]["code"], carried["token"]
    assert certificate(desk, permit_no) != certificate(desk, permit_no, "duplicate")
    assert said(desk, code) == said(desk, code, t=token) == said(desk, permit_no) == "valid"
    assert said(desk, code.lower(), no=permit_no) == "valid"
    assert said(desk, code, no="津开审证26〔2026〕9999号") == "re-pointed"
    assert said(desk, "0" * 16, t=token) == "re-pointed"
    spoiled = ("A" if token[40] != "A" else "B").join((token[:40], token[41:]))
    assert said(desk, code, t=spoiled) == said(desk, code, t="x.y") == "forged"
    assert said(desk, "0" * 16) == (404, "CERTIFICATE_UNKNOWN")
    status, text = page(desk, code, f"?t={token}")
    assert status == 200 and "有效" in text and permit_no in text and carried["content"]["holder"] in text
    assert page(desk, "0" * 16)[0] == 404 and "没有签发过" in page(desk, "0" * 16)[1]
    assert desk.client.get("/verify").status_code == 200

    imposed(desk, permit_no, "suspend", "penalty")
    assert said(desk, code, t=token) == "suspended" and "已被暂扣" in page(desk, code)[1]
    imposed(desk, permit_no, "reinstate", "term-over")
    assert said(desk, code) == "valid"

    case_no = opened(desk, permit_no, "change", CHANGE)
    reviewed(desk, case_no)
    granted(desk, case_no)
    newer = embedded(certificate(desk, permit_no))
    assert (newer["content"]["version"], newer["content"]["holder"]) == (2, "滨海示例化工有限公司")
    shown = dict(newer["content"]["fields"])
    assert list(shown) == ["住所", "法定代表人", "注册资本", "变更记录"] and shown["变更记录"].endswith(
        "名称变更为：乙"
    )
    path = f"/api/v1/public/verify/{newer['content']['code']}"
    asked = [desk.get(path + query)[1]["certificate"] for query in (f"?t={newer['token']}", "")]
    assert ["fields" in content for content in asked] == [True, False], "a number alone is no certificate in hand"
    assert (said(desk, code, t=token), said(desk, newer["content"]["code"])) == ("superseded", "valid")
    assert said(desk, newer["content"]["code"], t=token) == "re-pointed"

    desk.set("2029-09-02T09:00:00")  # no worker has noted that the last day is over
    assert said(desk, newer["content"]["code"]) == "expired"
    desk.set("2029-08-31T23:00:00")
    imposed(desk, permit_no, "revoke", "procedure")
    assert said(desk, newer["content"]["code"]) == said(desk, code) == "revoked"


def test_a_renewed_certificate_follows_on_and_the_old_one_holds_until_then(desk: Desk) -> None:
    permit_no = permitted(desk)
    old = embedded(certificate(desk, permit_no))["content"]["code"]
    desk.at("2029-06-01T09:00:00")
    case_no = opened(desk, permit_no, "renew", RENEWAL)
    desk.set("2029-09-01T00:00:01")  # 许可法50: nobody decided, and no worker has noted it
    assert said(desk, old) == "valid"
    desk.set("2029-06-01T10:00:00")
    reviewed(desk, case_no)
    granted(desk, case_no)
    new = embedded(certificate(desk, permit_no))["content"]
    assert (new["version"], new["reason"], new["valid_from"]) == (2, "延续", "2029-09-01")
    assert said(desk, old) == said(desk, new["code"]) == "valid"
    desk.set("2029-09-01T09:00:00")
    assert (said(desk, old), said(desk, new["code"])) == ("superseded", "valid")


def test_a_permit_older_than_certificates_gets_its_own_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as before:
        before.setattr(outbox.certificates, "issue", lambda *_: None)
        permit_no = permitted(desk)
        desk.work()
    path = f"/api/v1/permits/{quote(permit_no)}/certificate.pdf"
    assert fetched(desk, path, "applicant1").json["code"] == "DOCUMENT_NOT_READY"
    desk.set("2026-09-03T09:00:00")
    with monkeypatch.context() as broken:
        broken.setattr(certificates, "signer", lambda *_: {}["no key"])
        assert issue_missing(desk.office, desk.now()) == ([], [f"{permit_no}: KeyError: 'no key'"])
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: issue_missing(desk.office, desk.now()), range(4)))
    assert [failed for _, failed in found] == [[]] * 4 and [permit_no] in [done for done, _ in found]
    assert issue_missing(desk.office, desk.now()) == ([], [])
    content = embedded(certificate(desk, permit_no))["content"]
    assert (content["version"], content["issued_on"]) == (1, "2026-09-01"), (
        "it says when it was granted, not when drawn"
    )
    with desk.office.look() as connection:
        counted = "select (select count(*) from certificates) as made, (select count(*) from paper_seals where certificate_id is not null) as sealed"
        assert tuple(connection.exec_driver_sql(counted).one()) == (1, 1)


def test_what_was_changed_behind_the_office_is_forged(desk: Desk) -> None:
    permit_no = permitted(desk)
    content = embedded(certificate(desk, permit_no))["content"]
    with desk.office.work() as connection:
        connection.exec_driver_sql(
            "update certificates set content = jsonb_set(content, '{holder}', '\"别的公司\"') where code = %(code)s",
            {"code": content["code"]},
        )
    assert said(desk, content["code"]) == "forged"
    with desk.office.work() as connection:
        life = connection.exec_driver_sql(
            "select case_id from paper_seals where certificate_id is not null"
        ).scalar_one()
        seals = store.seals(connection, life)
    assert first_broken(seals) is None and seals[0]["kind"] == "certificate"


def test_only_the_holder_and_the_department_get_the_file_and_anybody_the_keys(desk: Desk) -> None:
    permit_no = permitted(desk)
    path = f"/api/v1/permits/{quote(permit_no)}/certificate.pdf"
    codes = [fetched(desk, path, who).status_code for who in ("reviewer1", "applicant2", None)]
    assert codes == [200, 404, 401]
    assert fetched(desk, f"{path}?copy=third", "applicant1").status_code == 422
    published = desk.get("/.well-known/banjian-keys.json")[1]
    assert published == desk.get("/api/v1/public/keys")[1]
    (key,) = published["keys"]
    assert key["alg"] == "Ed25519" and set(key) == {"kid", "alg", "use", "kty", "crv", "x", "from", "until"}
    folder = desk.office.folder / "signing"
    assert [file.stat().st_mode & 0o777 for file in folder.glob("*.key")] == [0o600]


def test_the_commands_verify_a_file_and_rotate_the_keys(desk: Desk) -> None:
    permit_no = permitted(desk)
    folder = desk.office.folder
    pdf, keys = folder / "cert.pdf", folder / "keys.json"
    pdf.write_bytes(certificate(desk, permit_no))
    keys.write_text(json.dumps(desk.get("/api/v1/public/keys")[1]), encoding="utf-8")
    run = CliRunner()

    def verified(*arguments: str) -> int:
        return run.invoke(verify_command, [*arguments, "--keys", str(keys)]).exit_code

    link = f"https://example.invalid/verify/{embedded(pdf.read_bytes())['content']['code']}?t={embedded(pdf.read_bytes())['token']}"
    assert (verified(str(pdf)), verified(link), verified("hello")) == (0, 0, 2)
    desk.set("2029-09-02T09:00:00")
    assert verified(str(pdf)) == 3
    made = run.invoke(signing_command, ["rotate", "--algorithm", "SM2-SM3", "--keys-folder", str(folder / "signing")])
    listed = run.invoke(signing_command, ["list", "--keys-folder", str(folder / "signing")]).output.splitlines()
    assert made.exit_code == 0 and len(listed) == 2 and "public half only" in listed[0] and "SM2-SM3" in listed[1]
    desk.set("2026-09-02T09:00:00")
    second = embedded(certificate(desk, permitted(desk)))
    assert said(desk, second["content"]["code"], t=second["token"]) == "valid"
    assert said(desk, permit_no) == "valid"
