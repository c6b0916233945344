"""Service of documents: how, to whom, when; refused where the law does not let a paper count as served."""

from typing import Any

import pytest
from sqlalchemy.exc import SQLAlchemyError

from tests.infrastructure.desk import Desk
from tests.oversight.tampering import judged
from tests.story.telling import applied, clocks, granted, made_ready, taken_in
from tests.story.test_permits import imposed, permitted
from workflow.casework.archive import shelf

ITEM = "26"  # a document review


@pytest.fixture
def decided(desk: Desk) -> str:
    """A granted case whose decision was not served yet, on 2026-09-01."""
    case_no = applied(desk, ITEM)
    taken_in(desk, case_no)
    made_ready(desk, case_no)
    granted(desk, case_no)
    return case_no


def services(desk: Desk, case_no: str, who: str = "reviewer1") -> list[dict[str, Any]]:
    status, listed = desk.get(f"/api/v1/cases/{case_no}/services", who)
    assert status == 200, listed
    return list(listed["items"])


def decision_of(desk: Desk, case_no: str) -> str:
    _, listed = desk.get(f"/api/v1/cases/{case_no}/documents", "reviewer1")
    return str(next(paper["no"] for paper in listed["items"] if paper["title"] == "准予行政许可决定书"))


REFUSED = [
    ({"mode": "electronic"}, "ELECTRONIC_SERVICE_NOT_AGREED"),
    ({"mode": "left", "place": "住所"}, "WITNESS_MISSING"),
    ({"mode": "left", "witness": ["社区工作者"]}, "WITNESS_MISSING"),
    ({"mode": "post"}, "POST_NOT_PROVED"),
    ({"mode": "post", "mail_no": "EMS1"}, "POST_NOT_PROVED"),
    ({"mode": "proxy"}, "RELATION_MISSING"),
    ({"mode": "notice"}, "NOTICE_PERIOD_RUNNING"),
    ({"mode": "counter", "served_at": "2026-12-01T09:00:00+08:00"}, "SERVED_AT_IMPOSSIBLE"),
    ({"mode": "counter", "served_at": "2026-08-31T09:00:00+08:00"}, "SERVED_AT_IMPOSSIBLE"),
    ({"mode": "post", "mail_no": "EMS1", "signed_on": "2026-12-01"}, "SERVED_AT_IMPOSSIBLE"),
]


def test_what_does_not_prove_service_is_refused_and_changes_nothing(desk: Desk, decided: str) -> None:
    for given, code in REFUSED:
        assert desk.refused(decided, "clerk1", "deliver", recipient="张三", **given) == code, given
    assert (
        services(desk, decided) == services(desk, decided, "clerk1") == [] and desk.case(decided)["state"] == "granted"
    )


def test_a_decision_handed_over_has_its_record_of_service(desk: Desk, decided: str) -> None:
    desk.done(decided, "clerk1", "deliver", mode="counter", recipient="张三", place="政务大厅3号窗口")
    (record,) = services(desk, decided)
    assert services(desk, decided, "applicant1") == [record]
    assert (record["document"], record["document_no"]) == ("准予行政许可决定书", decision_of(desk, decided))
    assert (record["mode"], record["recipient"], record["place"]) == ("counter", "张三", "政务大厅3号窗口")
    assert record["receipt_no"].count("达〔2026〕") == 1 and record["recorded_by"] == "clerk1"
    assert services(desk, decided, "auditor1")[0]["recipient"] == "张**"
    assert services(desk, decided, "clerk1") == [record], "the window serves papers after the end too"
    assert desk.get(f"/api/v1/cases/{decided}", "clerk1")[0] == 404, "and reads nothing else of a case that ended"
    assert desk.get(f"/api/v1/cases/{decided}/services", "applicant2")[0] == 404


def test_the_day_on_the_return_slip_counts_not_the_day_of_the_record(desk: Desk, decided: str) -> None:
    due = clocks(desk, decided)["delivery"]["due"]
    desk.at("2026-09-30T09:00:00")  # after the period for service
    assert due < "2026-09-30"
    desk.done(decided, "clerk1", "deliver", mode="post", recipient="张三", mail_no="EMS123", signed_on="2026-09-08")
    assert services(desk, decided)[0]["served_at"].startswith("2026-09-08")
    assert clocks(desk, decided)["delivery"]["status"] == "met"


def test_electronic_service_needs_consent_recorded_before(desk: Desk, decided: str) -> None:
    desk.done(decided, "applicant1", "agree-to-electronic-service", channel="site")
    desk.done(decided, "applicant1", "end-electronic-service")
    assert desk.refused(decided, "applicant1", "end-electronic-service") == "NO_CONSENT_IN_FORCE", "once is enough"
    assert (
        desk.refused(decided, "clerk1", "deliver", mode="electronic", recipient="张三")
        == "ELECTRONIC_SERVICE_NOT_AGREED"
    )
    consent = desk.done(decided, "applicant1", "agree-to-electronic-service", channel="email")["version"]
    desk.done(decided, "clerk1", "deliver", mode="electronic", recipient="张三")
    assert services(desk, decided)[0]["consent_seq"] == consent


def test_a_paper_left_in_place_names_its_witness(desk: Desk, decided: str) -> None:
    desk.done(decided, "clerk1", "deliver", mode="left", recipient="张三", place="住所", witness=["社区工作者王某"])
    assert services(desk, decided)[0]["witness"] == ["社区工作者王某"]


def test_service_by_public_notice_takes_thirty_days(desk: Desk, decided: str) -> None:
    no = decision_of(desk, decided)
    given = {"reason": "下落不明，邮件退回", "where": "门户网站公告栏"}
    assert desk.refused(decided, "clerk1", "announce-service", document="没有", **given) == "DOCUMENT_NOT_TO_SERVE"
    desk.done(decided, "clerk1", "announce-service", document=no, **given)
    desk.at("2026-10-01T23:59:00")  # the thirtieth day
    late = {"mode": "notice", "recipient": "张三"}
    assert desk.refused(decided, "clerk1", "deliver", **late) == "NOTICE_PERIOD_RUNNING"
    desk.at("2026-10-02T00:00:01")
    desk.done(decided, "clerk1", "deliver", **late)
    record = services(desk, decided)[0]
    assert record["announced_on"] == "2026-09-01" and record["served_at"].startswith("2026-10-01")


def test_a_correction_notice_served_later_gives_the_applicant_the_whole_period(desk: Desk) -> None:
    case_no = applied(desk, ITEM, materials=False)
    _, listed = desk.get(f"/api/v1/cases/{case_no}/materials", "clerk1")
    missing = [{"material": m["name"], "what": "请补交"} for m in listed["items"] if m["required"]]
    desk.done(case_no, "clerk1", "ask-corrections", missing=missing)
    printed = clocks(desk, case_no)["resubmission"]
    _, papers = desk.get(f"/api/v1/cases/{case_no}/documents", "clerk1")
    no = next(paper["no"] for paper in papers["items"] if paper["title"] == "一次性补正告知书")
    desk.at("2026-09-21T09:00:00")
    posted = {"document": no, "mode": "post", "recipient": "张三", "mail_no": "EMS9", "signed_on": "2026-09-20"}
    assert (
        desk.refused(case_no, "clerk1", "record-service", **{**posted, "document": "没有"}) == "DOCUMENT_NOT_TO_SERVE"
    )
    desk.done(case_no, "clerk1", "record-service", **posted)
    served = clocks(desk, case_no)["resubmission"]
    assert (printed["starts"], served["starts"]) == ("2026-09-01", "2026-09-20") and served["due"] > printed["due"]
    assert desk.refused(case_no, "clerk1", "record-service", **posted) == "DOCUMENT_NOT_TO_SERVE"
    desk.at("2026-10-12T09:00:00")
    assert desk.case(case_no)["state"] == "awaiting-corrections", "the printed date has passed, the served one has not"
    desk.at(f"{served['due']}T23:59:59")
    desk.set("2026-10-21T00:00:00")
    desk.work()
    assert desk.case(case_no)["state"] == "returned"


def test_the_database_refuses_a_record_the_law_does_not_know(desk: Desk, decided: str) -> None:
    desk.done(decided, "clerk1", "deliver", mode="counter", recipient="张三")
    copied = (
        "insert into service_records (case_id, seq, document_id, mode, recipient, served_at, recorded_by, recorded_at,"
        " receipt_no, announced_on) select case_id, seq, document_id, '{mode}', '李四', served_at, recorded_by,"
        " {at}, receipt_no, {announced} from service_records limit 1"
    )
    for mode, at, announced in (
        ("electronic", "recorded_at", "null"),
        ("left", "recorded_at", "null"),
        ("post", "recorded_at", "null"),
        ("proxy", "recorded_at", "null"),
        ("notice", "recorded_at", "null"),
        ("notice", "recorded_at", "recorded_at::date - 30"),
        ("counter", "served_at - interval '1 day'", "null"),
        ("fax", "recorded_at", "null"),
    ):
        with pytest.raises(SQLAlchemyError), desk.office.work() as connection:
            connection.exec_driver_sql(copied.format(mode=mode, at=at, announced=announced))
    with pytest.raises(SQLAlchemyError, match="append-only"), desk.office.work() as connection:
        connection.exec_driver_sql("update service_records set recipient = '李四'")


WAYS: list[dict[str, Any]] = [
    {"mode": "counter", "served_at": "2026-09-01T17:00:00+08:00"},
    {"mode": "proxy", "relation": "配偶"},
    {"mode": "post", "mail_no": "EMS1", "signed_on": "2026-09-03"},
    {"mode": "electronic"},
    {"mode": "left", "place": "住所", "witness": ["社区工作者王某"]},
    {"mode": "notice"},
]


def packages(desk: Desk) -> list[tuple[str, int]]:
    """Return (sha256, seq) of every archive package, and hold the shelf to holding exactly them."""
    with desk.office.look() as connection:
        rows = connection.exec_driver_sql("select sha256, seq from archives").all()
    assert {path.name for path in shelf(desk.office).glob("??/*")} == {row.sha256 for row in rows}
    return [(row.sha256, row.seq) for row in rows]


def test_a_paper_that_ended_the_case_is_served_in_every_way_and_nothing_ends_twice(desk: Desk) -> None:
    case_no = applied(desk, ITEM)
    ended = desk.done(
        case_no,
        "clerk1",
        "not-accepted",
        reasons="不属于本机关职权",
        competent_agency="某局",
        remedies="可以申请行政复议",
    )
    _, listed = desk.get(f"/api/v1/cases/{case_no}/documents", "clerk1")
    no = next(paper["no"] for paper in listed["items"] if paper["title"] == "不予受理决定书")
    before = packages(desk)
    paper = {"document": no, "recipient": "张三"}
    for given, code in (*REFUSED, ({"mode": "counter", "document": "没有"}, "DOCUMENT_NOT_TO_SERVE")):
        assert desk.refused(case_no, "clerk1", "record-service", **{**paper, **given}) == code, given
    for who in ("applicant1", "reviewer1"):
        assert desk.act(case_no, who, "record-service", **paper, **WAYS[0])[0] in (403, 409), who
    assert desk.act(case_no, "applicant2", "agree-to-electronic-service", channel="site")[0] == 404
    assert desk.refused(case_no, "clerk1", "accept") == "CASE_ENDED"
    assert packages(desk) == before and desk.case(case_no)["version"] == ended["version"]
    desk.done(case_no, "applicant1", "agree-to-electronic-service", channel="site")
    desk.done(case_no, "clerk1", "announce-service", document=no, reason="下落不明", where="门户网站公告栏")
    desk.at("2026-10-02T09:00:00")
    for number, way in enumerate(WAYS):
        desk.done(case_no, "clerk1", "record-service", document=no, recipient=f"受送达人{number}", **way)
    again = {"document": no, "recipient": "受送达人0", **WAYS[0]}
    assert desk.refused(case_no, "clerk1", "record-service", **again) == "DOCUMENT_NOT_TO_SERVE"

    found = services(desk, case_no)
    assert [record["mode"] for record in found] == [way["mode"] for way in WAYS]
    assert len({record["receipt_no"] for record in found}) == 6 and all(record["receipt_no"] for record in found)
    assert [record["served_at"][:10] for record in found] == [
        "2026-09-01", "2026-10-02", "2026-09-03", "2026-10-02", "2026-10-02", "2026-10-01",
    ]  # fmt: skip
    # 六十日 and 六个月 from the day after service: 31 October is a Saturday, 1 March a Monday.
    assert (found[0]["review_until"], found[0]["suit_until"]) == ("2026-11-02", "2027-03-01")
    case = desk.case(case_no)
    assert (case["state"], case["outcome"]) == (ended["state"], ended["outcome"])
    ((sha, seq),) = packages(desk)
    assert seq == case["version"] and sha != before[0][0], "the package holds the proof of service"
    with desk.office.look() as connection:
        invited = connection.exec_driver_sql("select count(*) from outbox where topic = 'invite-rating'").scalar_one()
        open_tasks = connection.exec_driver_sql("select count(*) from tasks where closed_at is null").scalar_one()
    assert (invited, open_tasks) == (1, 0)
    assert judged(desk.office)[0] == 0


def test_what_takes_a_permit_away_is_served_on_its_holder(desk: Desk) -> None:
    permit_no = permitted(desk)
    case_no = imposed(desk, permit_no, "revoke", "procedure")
    _, listed = desk.get(f"/api/v1/cases/{case_no}/documents", "clerk1")
    paper = next(paper for paper in listed["items"] if paper["title"] == "撤销行政许可决定书")
    desk.done(case_no, "clerk1", "record-service", document=paper["no"], mode="counter", recipient="张三")
    (record,) = services(desk, case_no)
    assert (record["document"], record["served_at"][:10]) == ("撤销行政许可决定书", "2026-09-01")
    assert record["review_until"] and record["receipt_no"]
    assert desk.case(case_no)["state"] == "imposed"
