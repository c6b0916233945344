"""Reading what is masked: with a reason, once, written down; and destroying what need not be kept."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from click.testing import CliRunner
from sqlalchemy.exc import DBAPIError

from api.cli.personal import personal as command
from tests.infrastructure.desk import Desk
from tests.oversight.tampering import judged
from tests.papers.test_certificate_life import certificate, page, said
from tests.papers.test_reading_papers import fetched
from tests.personal.test_at_rest import APPLICANT, NUMBERS, PHONE, everything, filed
from tests.service_catalog.builders import CITIZEN
from tests.story.test_permits import imposed, permitted
from workflow.casework.archive import shelf
from workflow.casework.certificates import issue_missing
from workflow.casework.files import path_of
from workflow.casework.paper_check import check_papers
from workflow.ledger.certificates import embedded
from workflow.ledger.chain import GENESIS, digest_of


def unmasked(desk: Desk, case_no: str, who: str, *fields: str, reason: str = "核对投诉人身份") -> tuple[int, Any]:
    """Return the answer to an unmasking."""
    return desk.call("POST", f"/api/v1/cases/{case_no}/unmask", who, {"reason": reason, "fields": list(fields)})


def test_a_supervisor_reads_a_number_once_for_a_reason_that_all_supervisors_see(desk: Desk) -> None:
    case_no = filed(desk)
    status, answer = unmasked(desk, case_no, "supervisor1", "applicant.id_no", "form.operator_id")
    assert (status, answer["values"]) == (200, {"applicant.id_no": CITIZEN, "form.operator_id": CITIZEN})
    assert unmasked(desk, case_no, "auditor1", "applicant.phone")[1]["values"] == {"applicant.phone": PHONE}
    status, listed = desk.get("/api/v1/supervision/readings?limit=1", "supervisor1")
    assert status == 200 and [one["person"]["id"] for one in listed["items"]] == ["auditor1"]
    _, older = desk.get(f"/api/v1/supervision/readings?cursor={listed['next']}", "supervisor1")
    (first,) = older["items"]
    assert (first["case_no"], first["reason"]) == (case_no, "核对投诉人身份")
    assert first["fields"] == ["applicant.id_no", "form.operator_id"]
    assert not [word for word in NUMBERS if word in json.dumps([listed, older], ensure_ascii=False)]
    previous = GENESIS
    for one in (first, listed["items"][0]):
        body = {key: one[key] for key in ("case_no", "n", "fields", "reason", "at", "prev_hash")}
        assert one["prev_hash"] == previous
        assert digest_of({**body, "person": one["person"]["id"]}) == one["hash"]
        previous = one["hash"]
    assert desk.case(case_no, "supervisor1")["applicant"]["phone"] != PHONE, "the view stays masked"


@pytest.mark.parametrize(
    ("who", "fields", "reason", "status", "code"),
    [
        ("supervisor1", ["applicant.id_no"], "查", 422, "INVALID_INPUT"),
        ("supervisor1", [], "核对投诉人身份", 422, "INVALID_INPUT"),
        ("supervisor1", ["applicant.secret"], "核对投诉人身份", 422, "FIELD_UNKNOWN"),
        ("supervisor1", ["salt"], "核对投诉人身份", 422, "FIELD_UNKNOWN"),
        ("supervisor1", ["applicant.id_no"], f"核对{CITIZEN}", 422, "IDENTITY_NUMBER_IN_TEXT"),
        ("reviewer1", ["applicant.id_no"], "核对投诉人身份", 403, "WRONG_POST"),
        ("applicant2", ["applicant.id_no"], "核对投诉人身份", 404, "NOT_FOUND"),
        (None, ["applicant.id_no"], "核对投诉人身份", 401, "NOT_AUTHENTICATED"),
    ],
)
def test_without_reason_right_or_field_nothing_is_shown_nor_written(
    desk: Desk, who: Any, fields: list[str], reason: str, status: int, code: str
) -> None:
    case_no = filed(desk)
    found, answer = unmasked(desk, case_no, who, *fields, reason=reason)
    assert (found, answer["code"]) == (status, code) and "values" not in answer
    assert desk.get("/api/v1/supervision/readings", "supervisor1")[1]["items"] == []


def test_the_list_of_readings_is_for_overseers_and_never_changes(desk: Desk) -> None:
    unmasked(desk, filed(desk), "supervisor1", "applicant.phone")
    for who, status in (("applicant1", 403), ("reviewer1", 403), (None, 401)):
        assert desk.get("/api/v1/supervision/readings", who)[0] == status
    for sql in ("update readings set reason = '没有什么理由'", "delete from readings", "truncate readings"):
        with pytest.raises(DBAPIError, match="append-only"), desk.office.work() as connection:
            connection.exec_driver_sql(sql)


@pytest.fixture
def ended(desk: Desk, tmp_path: Path) -> Iterator[str]:
    """A case that was withdrawn on 2026-09-01, with a file of its own and one that another case has too."""
    case_no = filed(desk)
    assert list((tmp_path / "files").rglob("*")), "it has files"
    desk.done(case_no, "applicant1", "withdraw", reason="不办了")
    desk.work()
    yield case_no


def erased(desk: Desk, database_url: str, case_no: str, tmp_path: Path) -> Any:
    """Return what the command said."""
    env = {"DATABASE_URL": database_url, "BANJIAN_DATA": str(tmp_path)}
    return CliRunner(env=env).invoke(command, ["erase", case_no, "--by", "数据保护负责人"])


def test_nothing_is_erased_before_its_time(desk: Desk, ended: str, database_url: str, tmp_path: Path) -> None:
    desk.set("2036-12-31T09:00:00")  # withdrawn: ten years, counted from the first of January after (retention.yaml)
    told = erased(desk, database_url, ended, tmp_path)
    assert told.exit_code == 1 and "档案保管至 2036-12-31，期满前不得销毁" in told.output
    open_case = filed_again(desk)
    desk.set("2090-01-01T09:00:00")
    told = erased(desk, database_url, open_case, tmp_path)
    assert told.exit_code == 1 and "尚未办结" in told.output
    assert erased(desk, database_url, "11-20260901-999999", tmp_path).exit_code == 2
    assert desk.case(ended, "applicant1")["applicant"] == APPLICANT


def filed_again(desk: Desk) -> str:
    """Return a second case, a draft."""
    body = {"item_code": "11", "applicant": APPLICANT, "form": {}}
    return str(desk.call("POST", "/api/v1/cases", "applicant1", body)[1]["case_no"])


def test_what_is_erased_is_gone_and_the_chain_stays_whole(
    desk: Desk, ended: str, database_url: str, tmp_path: Path
) -> None:
    desk.set("2037-01-01T09:00:00")
    told = erased(desk, database_url, ended, tmp_path)
    assert told.exit_code == 0 and "erased, with" in told.output, told.output
    assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []
    with desk.office.look() as connection:
        tables = everything(connection)
        left = {(table, word) for table, text in tables.items() for word in NUMBERS if word in text}
        row = connection.exec_driver_sql("select * from cases where case_no = %(no)s", {"no": ended}).one()
    assert not left and (row.salt, row.form, row.applicant_index) == (None, {}, None)
    assert row.applicant == {"kind": "person", "name": "（已删除）", "id_no": ""}
    assert APPLICANT["name"] not in tables["cases"]
    code, report = judged(desk.office)
    assert code == 0, report
    assert erased(desk, database_url, ended, tmp_path).exit_code == 0, "twice is once"
    status, files = desk.get(f"/api/v1/cases/{ended}/materials", "applicant1")
    assert status == 200 and all(one["erased"] for material in files["items"] for one in material["files"])
    sha256 = next(one["sha256"] for material in files["items"] for one in material["files"])
    assert desk.get(f"/api/v1/cases/{ended}/materials/{sha256}", "applicant1")[1]["code"] == "FILE_ERASED"
    with pytest.raises(DBAPIError, match="append-only"), desk.office.work() as connection:
        connection.exec_driver_sql("delete from erasures")


def test_a_file_that_another_case_needs_stays(desk: Desk, ended: str, database_url: str, tmp_path: Path) -> None:
    other = filed_again(desk)
    listed = desk.get(f"/api/v1/cases/{other}/materials", "applicant1")[1]["items"]
    desk.upload(other, "applicant1", listed[0]["name"])
    desk.set("2037-01-01T09:00:00")
    assert erased(desk, database_url, ended, tmp_path).exit_code == 0
    files = [f for one in desk.get(f"/api/v1/cases/{other}/materials", "applicant1")[1]["items"] for f in one["files"]]
    headers = {"Authorization": f"Bearer {desk.token('applicant1')}"}
    assert desk.client.get(f"/api/v1/cases/{other}/materials/{files[0]['sha256']}", headers=headers).status_code == 200


def test_certificates_the_life_of_the_permit_and_the_package_go_with_the_case(
    desk: Desk, database_url: str, tmp_path: Path
) -> None:
    permit_no = permitted(desk)
    carried = embedded(certificate(desk, permit_no))
    imposed(desk, permit_no, "revoke", "procedure")
    with desk.office.look() as connection:
        case = connection.exec_driver_sql(
            "select c.case_no, p.life_id, a.sha256 from permits p join cases c on c.id = p.case_id"
            " join archives a on a.case_id = c.id"
        ).one()
    package = path_of(shelf(desk.office), case.sha256)
    desk.set("2056-12-31T09:00:00")
    told = erased(desk, database_url, case.case_no, tmp_path)
    assert told.exit_code == 1 and "档案保管至 2056-12-31" in told.output and package.exists()
    assert said(desk, carried["content"]["code"]) == "revoked"
    desk.set("2057-01-01T09:00:00")
    assert erased(desk, database_url, case.case_no, tmp_path).exit_code == 0
    with desk.office.look() as connection:
        kept = connection.exec_driver_sql("select content, payload, signature from certificates").one()
        life = connection.exec_driver_sql(
            "select applicant, form, salt from cases where id = %(id)s", {"id": case.life_id}
        )
        assert tuple(life.one()) == (
            {"kind": "organisation", "name": carried["content"]["holder"], "id_no": ""},
            {},
            None,
        )
        (rule,) = connection.exec_driver_sql("select rule from erasures").scalars()
    assert case.sha256 in rule and "30年（未核对）" in rule and "2056-12-31" in rule
    assert (kept.payload, kept.signature) == ("", "") and not {"holder", "holder_id", "fields", "content"} & set(
        kept.content
    )
    for query in ({}, {"t": carried["token"]}):
        assert said(desk, carried["content"]["code"], **query) == "erased"
    status, text = page(desk, carried["content"]["code"])
    assert status == 200 and "已经依法销毁" in text and carried["content"]["holder"] not in text
    path = f"/api/v1/permits/{quote(permit_no)}/certificate.pdf"
    assert fetched(desk, path, "applicant1").json["code"] == "FILE_GONE"
    checked, wrong, _ = check_papers(desk.office)
    assert checked > 3 and wrong == []
    with desk.office.work() as connection:
        connection.exec_driver_sql("update outbox set done_at = null, next_try_at = created_at where topic = 'archive'")
    desk.work()
    assert not package.exists() and issue_missing(desk.office, desk.now()) == ([], [])
    assert judged(desk.office)[0] == 0
