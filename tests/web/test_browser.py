"""The office in a real browser: whole stories by clicking, on desks and phones, with and without JavaScript."""

import io
import re

from PIL import Image

from tests.story.telling import all_finished
from tests.story.telling import applied as story_applied
from tests.story.test_item_02 import APPLICANT, FORM
from tests.web.people import PDF, SCAN, Reader, applied, typed
from tests.web.visitors import Clicker, Site, fills_in, overflow


def photograph() -> bytes:
    """Return a small real photograph."""
    kept = io.BytesIO()
    Image.new("RGB", (8, 6), "green").save(kept, "JPEG")
    return kept.getvalue()


def applies(person: Clicker, item: str = "02") -> str:
    """Apply for item 02 step by step; return the number on the receipt."""
    page = person.goes(f"/items/{item}")
    person.clicks("开始申请")
    for key in ("name", "id_no"):
        page.fill(f'[name="applicant.{key}"]', APPLICANT[key])
    person.clicks("保存草稿", kind="button")
    while "/edit/" in page.url:
        fills_in(page, typed(FORM))
        person.clicks("保存，继续", kind="button")
    for number in range(page.locator("input[type=file]").count()):
        page.locator("input[type=file]").nth(number).set_input_files(
            {"name": "材料.pdf", "mimeType": "application/pdf", "buffer": SCAN if number else PDF}
        )
        page.locator("form:has(input[type=file]) button").nth(number).click()
        page.wait_for_load_state()
        page.locator(f"text=已提交 >> nth={number}").wait_for()
    person.clicks("核对并提交")
    person.clicks("提交申请", kind="button")
    assert "提交成功" in page.inner_text("main")
    found = re.search(r"/cases/([^/]+)/receipt", page.url)
    assert found
    return found.group(1)


def test_five_people_bring_a_permit_about_by_clicking(site: Site) -> None:
    applicant = Clicker(site, "applicant1")
    case_no = applies(applicant)
    clerk = Clicker(site, "clerk1")
    clerk.goes("/inbox?queue=available")
    clerk.page.locator("tr", has_text=case_no).locator("input[type=checkbox]").check()
    clerk.clicks("签收勾选", kind="button")
    assert case_no in clerk.page.inner_text("main")
    clerk.takes(case_no, "受理")
    site.desk.at("2026-09-02T09:00:00")
    reviewer = Clicker(site, "reviewer1")
    reviewer.takes(case_no, "下达现场核查任务", inspectors=["inspector1", "inspector2"], planned_on="2026-09-02")
    one, other = Clicker(site, "inspector1", phone=True), Clicker(site, "inspector2", phone=True)
    one.takes(case_no, "开始现场核查", notice_served_at="2026-09-02T09:00", notified_days="3")
    one.goes(f"/cases/{case_no}")
    one.clicks("上传现场照片")
    one.page.set_input_files("input[type=file]", {"name": "现场.jpg", "mimeType": "image/jpeg", "buffer": photograph()})
    one.page.locator("img.thumb").wait_for()
    one.clicks("保存照片", kind="button")
    one.page.locator(".tile img").wait_for()
    assert one.page.evaluate("document.querySelector('.tile img').naturalWidth") == 8
    one.takes(case_no, "填写现场核查记录", conclusion="pass", findings="现场与申报一致")
    assert overflow(one.page) == 0
    other.takes(case_no, "确认：符合")
    reviewer.takes(case_no, "提出审查意见", conclusion="grant", findings="符合条件")
    approver = Clicker(site, "approver1")
    approver.takes(case_no, "准予许可")
    clerk = Clicker(site, "clerk1")
    clerk.goes(f"/cases/{case_no}")
    clerk.takes(case_no, "送达", mode="counter", recipient="张三")
    applicant = Clicker(site, "applicant1")
    page = applicant.goes("/my/permits")
    assert "危险化学品经营许可证" in page.inner_text("main") and "有效" in page.inner_text("main")
    page = applicant.goes(f"/cases/{case_no}")
    assert "办结" in page.inner_text("main")
    assert site.errors == []


def test_an_applicant_without_javascript_applies_corrects_and_withdraws(site: Site) -> None:
    applicant = Clicker(site, "applicant1", scripts=False, phone=True)
    case_no = applies(applicant)
    clerk = Clicker(site, "clerk1")
    clerk.goes(f"/cases/{case_no}")
    clerk.clicks("一次性告知补正")
    clerk.page.locator('[name="data.missing.what"]').first.fill("第三页缺少签字")
    clerk.clicks("确认", kind="button")
    page = applicant.goes(f"/cases/{case_no}")
    assert "待补正" in page.inner_text("main") and overflow(page) == 0
    assert "第三页缺少签字" in page.inner_text("main") and "补正完毕，重新提交" in page.inner_text("details[open]")
    applicant.clicks("去补交材料")
    page.locator("input[type=file]").first.set_input_files(
        {"name": "补正.pdf", "mimeType": "application/pdf", "buffer": PDF}
    )
    page.locator("form:has(input[type=file]) button").first.click()
    applicant.takes(case_no, "补正完毕，重新提交")
    assert "审查中" in page.inner_text("main")
    applicant.takes(case_no, "撤回申请", reason="另行申请")
    assert "申请人撤回" in page.inner_text("main")


def test_a_joint_case_shows_its_branches_and_is_decided_as_one(site: Site) -> None:
    case_no = story_applied(site.desk, "40")
    Reader(site.desk, "clerk1").does(case_no, "accept")
    approver = Clicker(site, "approver1")
    page = approver.goes(f"/cases/{case_no}")
    branches = page.locator("section:has(#branches)")
    assert "办理中" in branches.inner_text()
    all_finished(site.desk, case_no)
    page = approver.goes(f"/cases/{case_no}")
    assert "办理中" not in branches.inner_text() and "同意" in branches.inner_text()
    approver.takes(case_no, "联合办理准予")
    assert "准予" in approver.page.inner_text("main") and site.errors == []


def test_who_hands_a_case_on_is_told_so_and_a_stale_page_leads_back_to_work(site: Site) -> None:
    case_no = applied(Reader(site.desk, "applicant1"))
    clerk, colleague = Clicker(site, "clerk1"), Clicker(site, "clerk1")
    colleague.goes(f"/cases/{case_no}/act/accept")
    clerk.takes(case_no, "受理")
    assert "/inbox" in clerk.page.url and f"{case_no} 现在不由您的岗位查看" in clerk.page.inner_text("main")
    colleague.clicks("确认", kind="button")
    page = colleague.page
    stale = page.inner_text("main")
    assert "没有找到" in stale and "已经转到别的环节" in stale and "不用再办一次" in stale
    unknown = colleague.goes("/cases/02-20260901-999999/act/accept").inner_text("main")
    assert unknown == stale  # of a case that is not theirs to see, people learn nothing, not even that there is one
    colleague.clicks("回到待办")
    assert "/inbox" in page.url


def test_a_refusal_says_why_and_what_can_be_done(site: Site) -> None:
    case_no = applied(Reader(site.desk, "applicant1"))
    clerk = Clicker(site, "clerk1")
    clerk.goes(f"/cases/{case_no}/act/grant")
    assert "现在不能办理" in clerk.page.inner_text("main")
    Reader(site.desk, "clerk1").does(case_no, "accept")
    approver = Clicker(site, "approver1")
    page = approver.goes(f"/cases/{case_no}")
    page.locator("summary", has_text="现在不能办的").first.click()
    assert "审查" in page.inner_text("details[open]")
    reviewer = Reader(site.desk, "reviewer1")
    reviewer.does(case_no, "plan-visit", inspectors=["inspector1", "inspector2"], planned_on="2026-09-01")
    Reader(site.desk, "inspector1").does(case_no, "start-visit")
    Reader(site.desk, "inspector1").does(case_no, "record-visit", conclusion="fail", findings="间距不足")
    Reader(site.desk, "inspector2").does(case_no, "confirm-failure")
    reviewer.does(case_no, "propose", conclusion="refuse", findings="现场不符合")
    approver.goes(f"/cases/{case_no}")
    approver.clicks("不予许可")
    approver.clicks("确认", kind="button")
    assert page.locator(".summary a").first.inner_text().startswith("请填写")
    page.locator(".summary a").first.click()
    assert page.evaluate("location.hash") == "#q-data-reasons"
    page.fill('[name="data.reasons"]', "储存设施防火间距不足")
    approver.clicks("确认", kind="button")
    assert "不予" in page.inner_text("main")
