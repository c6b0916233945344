"""Item 02 from the first page to the verified permit, five people, by forms alone."""

import html
import re

from tests.infrastructure.browser import Browser
from tests.infrastructure.desk import Desk
from tests.oversight.test_timeliness import observed
from tests.web.people import Reader, applied, words


def test_a_permit_by_clicking_alone(desk: Desk) -> None:
    applicant = Reader(desk, "applicant1")
    case_no = applied(applicant)
    receipt = words(applicant.page(f"/cases/{case_no}/receipt"))
    assert "提交成功" in receipt and case_no in receipt
    clerk = Reader(desk, "clerk1")
    assert case_no in clerk.page("/inbox?queue=available")
    clerk.does(case_no, "accept")
    page = words(applicant.page(f"/cases/{case_no}"))
    assert "承诺办结" in page and "第1天" in page and "周末" in page
    reviewer = Reader(desk, "reviewer1")
    reviewer.does(case_no, "plan-visit", inspectors=["inspector1", "inspector2"], planned_on="2026-09-03")
    desk.at("2026-09-03T09:00:00")
    applicant, clerk, reviewer = (Reader(desk, who) for who in ("applicant1", "clerk1", "reviewer1"))
    one, other = Reader(desk, "inspector1"), Reader(desk, "inspector2")
    one.does(case_no, "start-visit", notice_served_at="2026-09-03T09:00", notified_days="3")
    one.does(case_no, "record-visit", conclusion="pass", findings="与申报一致")
    other.does(case_no, "confirm-pass")
    reviewer.does(case_no, "propose", conclusion="grant", findings="符合条件")
    approver = Reader(desk, "approver1")
    preview = approver.send(f"/cases/{case_no}/act/grant", {"preview": "1"})
    assert "准予行政许可决定书" in preview.text and "还没有出具" in preview.text
    assert "待决定" in approver.page(f"/cases/{case_no}")
    approver.does(case_no, "grant")
    clerk.does(case_no, "deliver", mode="counter", recipient="张三")
    page = words(applicant.page(f"/cases/{case_no}"))
    assert "结果：准予" in page and "危险化学品经营许可证 津开审证" in page and "办结" in page
    assert "核查员甲" in page and "inspector1" not in page and "+08:00" not in page  # names and moments, no codes
    for said in ("感谢您的评价", "已经评价"):  # once, and the second time it says so
        applicant.post(f"/cases/{case_no}/rating", {"level": "1"}, page=f"/cases/{case_no}")
        assert said in applicant.page(f"/cases/{case_no}"), said
    permits = applicant.page("/my/permits")
    assert "危险化学品经营许可证" in permits
    _counted_and_public(desk, case_no)


def _counted_and_public(desk: Desk, case_no: str) -> None:
    """The permit is counted, every figure opens its cases, and anybody finds it."""
    observed(desk)
    supervisor = Reader(desk, "supervisor1")
    board = supervisor.page("/supervision")
    assert "发证数" in board and "data-chart" in board and "100.0%" in board
    link = re.search(r'href="(/supervision/cases[^"]+figure=granted)"', board)
    assert link
    assert case_no in supervisor.page(html.unescape(link.group(1)))
    table = supervisor.get("/supervision/timeliness.csv?by=item")
    assert table.mimetype == "text/csv" and "危险化学品经营许可证核发" in table.text
    covered = words(supervisor.page(f"/cases/{case_no}"))
    for name in ("张三",):
        assert name not in covered, covered[max(0, covered.index(name) - 200) : covered.index(name) + 60]
    anybody = Browser(desk.app)
    applicant = Reader(desk, "applicant1")
    permit = re.search(r'href="(/permits/[^"]+)"', applicant.page("/my/permits"))
    assert permit
    opened = applicant.page(permit.group(1))
    assert "延续" in opened and "变更" in opened
    file = applicant.get(f"{permit.group(1)}/certificate.pdf")
    assert file.mimetype == "application/pdf" and file.data.startswith(b"%PDF")
    assert "✓" in anybody.get(permit.group(1).replace("/permits/", "/verify/")).text
    assert "许可决定公示" in anybody.get("/decisions").text
    assert "危险化学品经营许可证" in anybody.get("/register").text
    assert "中位数" in anybody.get("/times").text
