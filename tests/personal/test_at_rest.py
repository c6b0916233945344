"""What a copy of the database shows: no number of anybody, in no table, from the application to the permit."""

import json
from typing import Any

import pytest
from click.testing import CliRunner

from api.cli.keys import keys as command
from tests.infrastructure.desk import Desk
from tests.service_catalog.builders import CITIZEN
from tests.story.telling import carried, form_of, missing
from workflow.casework.sealing import count_sealed
from workflow.store import keys, personal, sealed
from workflow.store.connect import Connection
from workflow.store.personal import commitment

PHONE, LANDLINE, HOME = "13820060303", "022-66370001", "滨海新区解放路77号1门301"
APPLICANT = {
    "kind": "person",
    "name": "张三",
    "id_no": CITIZEN,
    "phone": PHONE,
    "address": HOME,
    "email": "zhangsan@example.cn",
}
NUMBERS = (CITIZEN, PHONE, LANDLINE, HOME, "zhangsan@example.cn")


def filed(desk: Desk) -> str:
    """Return the number of a submitted case of a person who gave everything."""
    form = form_of("11", operator_id=CITIZEN, liaison_phone=LANDLINE)
    body = {"item_code": "11", "applicant": APPLICANT, "form": form, "submit": False}
    status, case = desk.call("POST", "/api/v1/cases", "applicant1", body, {"Idempotency-Key": "first"})
    assert status == 201, case
    assert desk.call("POST", "/api/v1/cases", "applicant1", body, {"Idempotency-Key": "first"})[1] == case
    for name in missing(desk, case["case_no"]):
        desk.upload(case["case_no"], "applicant1", name)
    desk.done(case["case_no"], "applicant1", "submit")
    return str(case["case_no"])


def everything(connection: Connection) -> dict[str, str]:
    """Return every row of every table as text."""
    tables = connection.exec_driver_sql(
        "select table_name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'"
    ).scalars()
    return {
        table: "\n".join(connection.exec_driver_sql(f'select t::text from "{table}" t').scalars()) for table in tables
    }


def test_no_table_holds_a_number_of_anybody_and_everybody_entitled_still_reads_them(desk: Desk) -> None:
    case_no = filed(desk)
    carried(desk, case_no)
    with desk.office.look() as connection:
        found = {(table, word) for table, text in everything(connection).items() for word in NUMBERS if word in text}
        assert not found
        row = connection.exec_driver_sql("select * from cases where case_no = %(no)s", {"no": case_no}).one()
        first, submitted = (
            connection.exec_driver_sql(
                "select body -> 'data' -> 'effects' from events where case_id = %(id)s and type = %(type)s order by seq",
                {"id": row.id, "type": kind},
            ).scalars()[0]
            for kind in ("open", "submit")
        )
    _, case = desk.get(f"/api/v1/cases/{case_no}", "applicant1")
    assert case["applicant"] == APPLICANT
    _, form = desk.get(f"/api/v1/cases/{case_no}/form", "reviewer1")
    assert (form["form"]["operator_id"], form["form"]["liaison_phone"]) == (CITIZEN, LANDLINE)
    _, permits = desk.get("/api/v1/permits", "applicant1")
    assert [permit["holder_id_no"] for permit in permits["items"]] == [CITIZEN]
    salt = sealed.open_salt(row.salt, case_no)
    assert first["applicant"] == commitment(salt, APPLICANT)
    assert submitted["form"] == commitment(salt, sealed.open_form(row.form, case_no))
    assert row.applicant_index == sealed.index_of(APPLICANT)


def test_overseers_read_the_case_and_no_number_of_anybody(desk: Desk) -> None:
    case_no = filed(desk)
    carried(desk, case_no)
    for path in ("", "/form", "/events", "/documents", "/materials", "/actions", "/clocks", "/services"):
        status, answer = desk.get(f"/api/v1/cases/{case_no}{path}", "supervisor1")
        text = json.dumps(answer, ensure_ascii=False)
        assert status in (200, 403, 404) and not [word for word in (*NUMBERS, "张三") if word in text], path
    _, papers = desk.get(f"/api/v1/cases/{case_no}/documents", "supervisor1")
    for paper in papers["items"]:
        page = desk.client.get(
            f"/api/v1/cases/{case_no}/documents/{paper['id']}.html",
            headers={"Authorization": f"Bearer {desk.token('supervisor1')}"},
        ).data.decode()
        assert "张**" in page and not [word for word in (*NUMBERS, "张三") if word in page]
    _, case = desk.get(f"/api/v1/cases/{case_no}", "supervisor1")
    assert case["applicant"]["name"] == "张**" and case["applicant"]["phone"] == "138******03"


def test_a_row_moved_to_another_case_does_not_open_and_says_nothing(desk: Desk) -> None:
    one, other = filed(desk), None
    body = {"item_code": "11", "applicant": {**APPLICANT, "phone": "13920060303"}, "form": form_of("11")}
    other = desk.call("POST", "/api/v1/cases", "applicant1", body)[1]["case_no"]
    with desk.office.work() as connection:
        connection.exec_driver_sql(
            "update cases set applicant = (select applicant from cases where case_no = %(one)s) where case_no = %(other)s",
            {"one": one, "other": other},
        )
    status, answer = desk.get(f"/api/v1/cases/{other}", "applicant1")
    assert (status, answer["code"]) == (503, "PERSONAL_DATA_UNAVAILABLE")
    assert not [word for word in NUMBERS if word in json.dumps(answer)]


def plain_again(connection: Connection, case_no: str) -> None:
    """Put a case back to how the version before sealing kept it."""
    row = connection.exec_driver_sql("select * from cases where case_no = %(no)s", {"no": case_no}).one()
    connection.exec_driver_sql(
        "update cases set applicant = %(applicant)s::jsonb, form = %(form)s::jsonb, salt = null, applicant_index = null"
        " where id = %(id)s",
        {
            "id": row.id,
            "applicant": json.dumps(sealed.open_applicant(row.applicant, case_no), ensure_ascii=False),
            "form": json.dumps(sealed.open_form(row.form, case_no), ensure_ascii=False),
        },
    )
    for permit in connection.exec_driver_sql("select * from permits"):
        plain = sealed.open_holder(permit.holder_id_no, permit.permit_no)
        connection.exec_driver_sql(
            "update permits set holder_id_no = %(id_no)s, holder_index = null where id = %(id)s",
            {"id_no": plain, "id": permit.id},
        )
    for paper in connection.exec_driver_sql("select id, no, id_no from documents"):
        plain = personal.opened(paper.id_no, sealed.paper_place(paper.no))
        connection.exec_driver_sql(
            "update documents set id_no = %(id_no)s where id = %(id)s", {"id_no": plain, "id": paper.id}
        )


def test_older_rows_are_read_as_they_are_and_sealed_by_command_twice_alike(
    desk: Desk, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_no = filed(desk)
    carried(desk, case_no)
    with desk.office.work() as connection:
        plain_again(connection, case_no)
        connection.exec_driver_sql(
            "insert into register_entries (register, id_no) values ('dishonesty', %(no)s)", {"no": CITIZEN}
        )
    before = [_read(desk, case_no, who) for who in ("applicant1", "reviewer1", "supervisor1")]
    run = CliRunner(env={"DATABASE_URL": database_url})
    told = run.invoke(command, ["check"])
    assert told.exit_code == 0 and "not sealed yet" in told.output
    told = run.invoke(command, ["seal"])
    assert told.exit_code == 0 and "1 numbers indexed" in told.output, told.output
    with desk.office.look() as connection:
        found = {(table, word) for table, text in everything(connection).items() for word in NUMBERS if word in text}
    assert not found
    assert run.invoke(command, ["seal"]).output == "0 rows sealed, 0 numbers indexed\n"
    assert [_read(desk, case_no, who) for who in ("applicant1", "reviewer1", "supervisor1")] == before
    assert set(count_sealed(desk.office)) == {keys.held().ring().current}


def _read(desk: Desk, case_no: str, who: str) -> list[Any]:
    paths = (f"/api/v1/cases/{case_no}", f"/api/v1/cases/{case_no}/form", f"/api/v1/cases/{case_no}/documents")
    return [desk.get(path, who) for path in (*paths, "/api/v1/permits")]


def test_an_identity_number_never_enters_the_chain(desk: Desk) -> None:
    case_no = filed(desk)
    for data in ({"reason": f"身份证{CITIZEN}有误"}, {"reason": CITIZEN}):
        assert desk.refused(case_no, "applicant1", "withdraw", **data) == "IDENTITY_NUMBER_IN_TEXT"
    assert desk.act(case_no, "applicant1", "withdraw", reason=f"编号{CITIZEN[:-1]}0不是证件")[0] == 200
