"""Edges no shipped manual takes, on small manuals of their own: promised papers, cases sent on to a higher authority."""

from datetime import date, timedelta
from functools import partial
from pathlib import Path

import pytest

from api.catalogue import LiveCatalogue
from service_catalog.catalog import Catalog
from service_catalog.offers import offer
from tests.infrastructure.desk import Desk
from tests.service_catalog.builders import SHIPPED, an_item
from tests.story.telling import applicant_of, clocks, delivered, missing, papers, proposed
from workflow.casework.demo import DEPARTMENT

FORM = {"size": "大", "area": 10, "heads": 2, "is_new": True}
HERE = ("department: 测试机关", f"department: {DEPARTMENT}")
MATERIALS = (
    "  - {code: m01, name: 申请书}",
    "  - {code: m01, name: 申请书}\n  - {code: m02, name: 验资报告, tolerable: true}",
)
COMMITMENT = """\
commitment: {form: materials, text: 承诺六十个工作日内补交, law: 信用承诺审批制度, verified: false}
"""
FORWARD = """\
forward: {to: 市级主管机关, text: 开发区初审后转报, law: 行政许可法 第三十五条, verified: true}
"""


def with_manual(desk: Desk, folder: Path, *changes: tuple[str, str], added: str) -> None:
    """Let the office also offer item 77."""
    item = an_item(folder, HERE, MATERIALS, *changes, added=added)
    catalogue = Catalog.of({**SHIPPED.items, "77": (item,)})
    desk.app.extensions["banjian.catalogue"] = LiveCatalogue(desk.office, catalogue)
    desk.office.offers = partial(offer, catalogue)


def applied(desk: Desk, *, leave_out: str = "") -> str:
    """Return a submitted case of item 77."""
    body = {"item_code": "77", "applicant": applicant_of("02"), "form": FORM, "submit": False}
    status, case = desk.call("POST", "/api/v1/cases", "applicant1", body)
    assert status == 201, case
    for name in missing(desk, case["case_no"]):
        if name != leave_out:
            desk.upload(case["case_no"], "applicant1", name)
    desk.done(case["case_no"], "applicant1", "submit")
    return str(case["case_no"])


def promised(desk: Desk, folder: Path) -> str:
    """Return a case granted on the promise to supply one paper within sixty working days."""
    with_manual(desk, folder, ("process: document-review", "process: notify-commit"), added=COMMITMENT)
    case_no = applied(desk, leave_out="验资报告")
    desk.done(case_no, "clerk1", "inform", conditions="须补交验资报告")
    assert desk.refused(case_no, "applicant1", "commit", form="conditions", statement="甲") == "FIELD_INVALID"
    desk.done(case_no, "applicant1", "commit", form="materials", statement="六十个工作日内补交验资报告")
    desk.done(case_no, "clerk1", "accept-commitment")
    desk.done(case_no, "approver1", "grant")
    delivered(desk, case_no)
    assert desk.case(case_no)["state"] == "supplement-pending"
    assert (clocks(desk, case_no)["supplement"]["n"], clocks(desk, case_no)["supplement"]["unit"]) == (
        60,
        "working_day",
    )
    return case_no


def test_a_promised_paper_handed_in_closes_the_case(desk: Desk, tmp_path: Path) -> None:
    case_no = promised(desk, tmp_path)
    desk.upload(case_no, "applicant1", "验资报告")
    assert desk.case(case_no)["state"] == "closed"
    assert clocks(desk, case_no)["supplement"]["status"] == "met"


def test_a_promise_not_kept_leads_to_revocation_after_the_holder_was_heard(desk: Desk, tmp_path: Path) -> None:
    case_no = promised(desk, tmp_path)
    due = date.fromisoformat(clocks(desk, case_no)["supplement"]["due"])
    desk.at(f"{due}T23:00:00")
    assert desk.case(case_no)["state"] == "supplement-pending"
    desk.at(f"{due + timedelta(days=1)}T00:01:00")
    assert desk.case(case_no)["state"] == "revocation-considered"
    desk.done(case_no, "reviewer1", "announce-revocation", ground="default", facts="逾期未补交")
    desk.done(case_no, "applicant1", "make-statement", statement="没有异议")
    case = desk.done(case_no, "approver1", "revoke", ground="default", reasons="未履行承诺", public_harm=False)
    assert case["state"] == "revoked"


def test_a_case_of_an_upper_authority_is_sent_on_with_its_first_examination(desk: Desk, tmp_path: Path) -> None:
    with_manual(desk, tmp_path, added=FORWARD)
    case_no = applied(desk)
    desk.done(case_no, "clerk1", "accept")
    proposed(desk, case_no)
    assert desk.refused(case_no, "approver1", "grant") == "MUST_BE_FORWARDED"
    case = desk.done(case_no, "approver1", "forward", opinion_text="初审同意")
    assert (case["state"], case["outcome"]) == ("forwarded", None)
    assert clocks(desk, case_no)["statutory"]["status"] == "met" and papers(desk, case_no)[-1] == "初审意见"


def test_a_case_decided_here_is_not_sent_on(desk: Desk, tmp_path: Path) -> None:
    with_manual(desk, tmp_path, added="")
    case_no = applied(desk)
    desk.done(case_no, "clerk1", "accept")
    proposed(desk, case_no)
    assert desk.refused(case_no, "approver1", "forward", opinion_text="同意") == "NOTHING_TO_FORWARD"


def test_a_refusal_after_testing_names_the_standard_it_rests_on(desk: Desk, tmp_path: Path) -> None:
    with_manual(desk, tmp_path, added="")
    case_no = applied(desk)
    desk.done(case_no, "clerk1", "accept")
    pause = {"ground": "testing", "notified_days": 3, "notice_served_at": "2026-09-01T10:00:00+08:00"}
    desk.done(case_no, "reviewer1", "pause", **pause)
    desk.done(case_no, "reviewer1", "resume", result="检测报告 2026-01")
    proposed(desk, case_no, "refuse")
    assert desk.refused(case_no, "approver1", "refuse", reasons="不合格") == "STANDARD_MISSING"
    case = desk.done(case_no, "approver1", "refuse", reasons="不合格", standard="GB 00000-2026 第5条")
    assert case["outcome"] == "refused"


@pytest.mark.parametrize("is_fresh", [True, False])
def test_a_machine_that_cannot_know_asks_a_person(desk: Desk, tmp_path: Path, is_fresh: bool) -> None:
    rules = """\
auto:
  version: "2026-01-01"
  sample-percent: 100
  law: 本机关自助办理规则
  verified: false
  rules:
    - {key: small, text: 面积不大于五十, holds: {field: area, at_most: 50}}
    - {key: known, text: 已经登记, register: business, present: true}
"""
    with_manual(desk, tmp_path, ("process: document-review", "process: self-service"), added=rules)
    if not is_fresh:
        with desk.office.work() as connection:
            connection.exec_driver_sql("update registers set as_of = '2026-08-01'")
    case_no = applied(desk)
    assert desk.case(case_no)["state"] == ("in-audit" if is_fresh else "received")
