"""What is made public: exactly the columns of the standard, nothing that is a person's own, gone at once when ordered."""

import csv
import io
import json
from datetime import date
from typing import Any

import openpyxl
import pytest
from sqlalchemy.exc import SQLAlchemyError

from tests.infrastructure.desk import Desk
from tests.oversight.tampering import judged
from tests.service_catalog.builders import CITIZEN
from tests.story.telling import (
    applied,
    carried,
    carried_out,
    clocks,
    delivered,
    granted,
    made_ready,
    taken_in,
    trail,
    turned_down,
)
from workflow.casework import disclosure, follow
from workflow.casework.disclosure import COLUMNS, masked_text, problems_of, withdraw_annulled
from workflow.casework.tick import tick_due

ITEM = "26"


@pytest.fixture
def public(desk: Desk) -> str:
    """The number of a granted, delivered and published case."""
    case_no = applied(desk, ITEM)
    assert carried(desk, case_no)["state"] == "closed"
    return case_no


def decisions(desk: Desk, query: str = "") -> list[dict[str, Any]]:
    status, page = desk.get(f"/api/v1/public/decisions{query}")
    assert status == 200, page
    return list(page["items"])


def test_a_grant_and_a_refusal_are_public_without_login_in_the_columns_of_the_standard(desk: Desk, public: str) -> None:
    turned_down(desk, applied(desk, ITEM))
    refused, granted = decisions(desk)
    assert (refused["outcome"], granted["outcome"]) == ("refused", "granted")
    assert granted["permit_no"] and granted["status"] == "正常" and granted["uscc"] == "11120000MB1571593F"
    assert "理由" not in str(refused) and "不符合规定的条件" not in str(refused)
    assert public not in str(granted), "the number of the case is not among the columns"
    text = desk.client.get("/api/v1/public/decisions.csv").data.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert tuple(rows[0]) == COLUMNS and len(rows) == 3
    book = openpyxl.load_workbook(io.BytesIO(desk.client.get("/api/v1/public/decisions.xlsx").data))
    assert [cell.value for cell in book.worksheets[0][1]] == list(COLUMNS)
    assert [item["outcome"] for item in decisions(desk, "?outcome=refused")] == ["refused"]
    assert decisions(desk, "?from=2027-01-01") == [] and decisions(desk, "?q=100%25") == []
    assert len(decisions(desk, "?q=滨海示例")) == 2


def test_a_person_s_number_is_nowhere_to_be_found(desk: Desk) -> None:
    code = next(c for c in ("29", "44", "23", "22", "11") if _takes_people(c))
    case_no = applied(desk, code)
    carried(desk, case_no)
    (item,) = decisions(desk)
    assert (item["party"], item["party_kind"], item["uscc"]) == ("张三", "自然人", None)
    with desk.office.work() as connection:
        kept = connection.exec_driver_sql("select row::text from disclosures").scalar_one()
        assert CITIZEN not in kept
        for column in ("XK_XDR_ZJHM", "XK_FR_ZJHM", "XK_XDR_ZJLX", "XK_FR_ZJLX"):
            with pytest.raises(SQLAlchemyError), desk.office.work() as other:
                other.exec_driver_sql(
                    "update disclosures set row = row || jsonb_build_object(%(name)s::text, 'x')", {"name": column}
                )


def _takes_people(code: str) -> bool:
    from service_catalog.catalog import catalog

    return "organisation" not in catalog().newest(code).applicants


ROW = dict.fromkeys(COLUMNS, "") | {
    "XK_XDR_MC": "甲公司", "XK_XDR_LB": "法人及非法人组织", "XK_XDR_SHXYM": "11120000MB1571593F", "XK_XKWS": "决定书",
    "XK_WSH": "津开审准〔2026〕1号", "XK_XKJG": "局", "XK_NR": "内容", "XK_YXQZ": "2026-09-01", "XK_YXQZI": "2029-08-31",
}  # fmt: skip
FIRM, DAY = {"kind": "organisation"}, date(2026, 9, 1)


def test_a_row_that_is_not_sound_is_held() -> None:
    assert problems_of(ROW, FIRM, DAY, DAY) == []
    for change, party, decided in (
        ({"XK_XDR_SHXYM": "11120000MB1571593E"}, FIRM, DAY),
        ({"XK_YXQZI": "2026-08-31"}, FIRM, DAY),
        ({"XK_WSH": ""}, FIRM, DAY),
        ({}, FIRM, date(2026, 9, 2)),
        ({"XK_NR": "联系人 13912345678"}, FIRM, DAY),
        ({"BZ": CITIZEN}, FIRM, DAY),
        ({}, {"kind": "person", "id_no": "120116201009071235"}, DAY),
    ):
        assert len(problems_of(ROW | change, party, decided, DAY)) == 1, change


def test_numbers_and_addresses_are_taken_out_of_texts() -> None:
    text = f"储存量10吨，证号{CITIZEN}，电话13912345678、022-66201234，账号6222021234567890123，a@b.cn，津开审准〔2026〕1号"
    assert masked_text(text) == "储存量10吨，证号（略），电话（略）、（略），账号（略），（略），津开审准〔2026〕1号"


def test_an_order_with_a_reason_takes_a_disclosure_away_at_once(desk: Desk, public: str) -> None:
    (item,) = decisions(desk)
    path = f"/api/v1/disclosures/{item['id']}"
    assert desk.call("POST", f"{path}/withdraw", None, {"reason": "决定有误"})[0] == 401
    for who in ("applicant1", "clerk1"):  # no post of theirs orders anything, so nothing is looked for
        for place in (path, "/api/v1/disclosures/999"):
            assert desk.call("POST", f"{place}/withdraw", who, {"reason": "决定有误"})[1]["code"] == "WRONG_POST"
    assert desk.call("POST", f"{path}/withdraw", "head1", {})[0] == 422
    assert desk.call("POST", "/api/v1/disclosures/999/withdraw", "head1", {"reason": "决定有误"})[0] == 404
    assert desk.call("POST", f"{path}/withdraw", "head1", {"reason": "决定被复议撤销"})[0] == 200
    assert decisions(desk) == []
    assert len(desk.client.get("/api/v1/public/decisions.csv").data.decode().splitlines()) == 1
    assert desk.call("POST", f"{path}/withdraw", "head1", {"reason": "再次"})[1]["code"] == "ALREADY_DONE"
    _, listed = desk.get("/api/v1/disclosures?state=withdrawn", "clerk1")
    assert listed["items"][0]["last_order"]["reason"] == "决定被复议撤销" and listed["items"][0]["case_no"] == public
    assert desk.get("/api/v1/disclosures", "applicant1")[0] == 403
    assert desk.call("POST", f"{path}/restore", "approver1", {"reason": "复核无误"})[0] == 200
    assert len(decisions(desk)) == 1
    with pytest.raises(SQLAlchemyError, match="append-only"), desk.office.work() as connection:
        connection.exec_driver_sql("delete from disclosure_orders")


def test_what_was_annulled_is_withdrawn_by_itself(desk: Desk, public: str) -> None:
    assert withdraw_annulled(desk.office, desk.now()) == 0
    with desk.office.work() as connection:
        connection.exec_driver_sql("update permits set status = 'revoked'")
    assert withdraw_annulled(desk.office, desk.now()) == 1 and decisions(desk) == []
    assert withdraw_annulled(desk.office, desk.now()) == 0


def test_a_held_row_is_not_shown_and_cannot_be_restored_unsound(desk: Desk, public: str) -> None:
    with desk.office.work() as connection:
        connection.exec_driver_sql("update disclosures set state = 'held', problems = '{有问题}'")
    assert decisions(desk) == []
    _, held = desk.get("/api/v1/disclosures?state=held", "clerk1")
    assert held["items"][0]["problems"] == ["有问题"]
    answer = desk.call("POST", f"/api/v1/disclosures/{held['items'][0]['id']}/restore", "head1", {"reason": "公示"})
    assert answer[1]["code"] == "DISCLOSURE_NOT_SOUND"
    with pytest.raises(SQLAlchemyError), desk.office.work() as connection:
        connection.exec_driver_sql("update disclosures set state = 'public'")


def test_the_register_of_permits_is_searched_and_downloaded(desk: Desk, public: str) -> None:
    (permit,) = desk.get("/api/v1/public/permits?q=滨海")[1]["items"]
    for query in ("q=没有", "status=revoked", "item_code=02", "department=另一个", "q=%25%25%25"):
        assert desk.get(f"/api/v1/public/permits?{query}")[1]["items"] == [], query
    assert desk.get("/api/v1/public/permits?status=lost")[0] == 422
    with desk.office.work() as connection:
        connection.exec_driver_sql("update permits set holder = '=cmd|calc'")
    rows = list(csv.reader(io.StringIO(desk.client.get("/api/v1/public/permits.csv").data.decode("utf-8-sig"))))
    assert rows[1][0] == permit["permit_no"] and rows[1][4] == "'=cmd|calc"
    lines = desk.client.get("/api/v1/public/permits.json").data.decode().splitlines()
    assert json.loads(lines[0])["permit_no"] == permit["permit_no"] and "id_no" not in lines[0]


def events_of(desk: Desk, case_no: str) -> list[str]:
    """Return the acts of a case, in order."""
    return [event["type"] for event in trail(desk, case_no)]


def test_what_nobody_publishes_is_published_by_itself_before_its_last_day(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = []
    for step in (granted, lambda desk, no: carried_out(desk, no, "refuse", reasons="不符合规定的条件")):
        cases.append(applied(desk, ITEM))
        taken_in(desk, cases[-1])
        made_ready(desk, cases[-1])
        step(desk, cases[-1])
    assert clocks(desk, cases[0])["publication"]["due"] == "2026-09-10"
    desk.at("2026-09-08T23:59:59")
    assert decisions(desk) == []

    class Killed(BaseException):
        pass

    def die(*_: Any) -> None:
        raise Killed

    desk.set("2026-09-09T00:00:01")
    with monkeypatch.context() as dying:
        dying.setattr(follow, "put_disclosure", die)
        for _ in cases:
            with pytest.raises(Killed):
                tick_due(desk.office, desk.now())
    assert decisions(desk) == [] and "publish-in-time" not in events_of(desk, cases[0])
    desk.at("2026-09-09T00:01:05")  # the lease of whoever died is over
    shown = decisions(desk)
    assert {item["outcome"] for item in shown} == {"granted", "refused"} and len(shown) == 2
    assert all(item["published_at"].startswith("2026-09-09") for item in shown)
    assert all(set(item) == set(shown[0]) for item in shown)
    desk.at("2026-09-20T09:00:00")
    for case_no in cases:
        assert events_of(desk, case_no).count("publish-in-time") == 1
        assert "publication-late" not in events_of(desk, case_no)
    assert clocks(desk, cases[0])["publication"]["status"] == "met"
    assert delivered(desk, cases[0])["state"] == "closed" and len(decisions(desk)) == 2
    assert judged(desk.office)[0] == 0


def test_a_row_that_is_not_sound_is_held_and_the_office_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disclosure, "problems_of", lambda *_: ["统一社会信用代码校验位不正确"])
    case_no = applied(desk, ITEM)
    taken_in(desk, case_no)
    made_ready(desk, case_no)
    granted(desk, case_no)
    desk.at("2026-09-09T00:00:01")
    assert decisions(desk) == [] and "publish-in-time" in events_of(desk, case_no)
    with desk.office.look() as connection:
        told = connection.exec_driver_sql(
            "select recipient from messages where action = 'disclosure-held' order by recipient"
        ).scalars().all()  # fmt: skip
    assert {"clerk1", "head1", "supervisor1"} <= set(told) and "applicant1" not in told
    assert len(told) == len(set(told)), "nobody is told twice"
