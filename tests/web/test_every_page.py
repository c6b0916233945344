"""Every page against WCAG 2.2 AA, at 320 pixels, within its weight, with nothing from outside; pictures of them on demand.

BANJIAN_SCREENS=docs/screens keeps the pictures that the README shows.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Response

from tests.calendar.notices import plain_2027
from tests.oversight.test_timeliness import observed
from tests.web import desk_places
from tests.web.people import Reader, applied, begun
from tests.web.visitors import DESK, Site, faults, overflow, shifted

WEIGHT_MAX = 300 * 1024
ADMINS = ("catalog1", "supervisor1", "sysadmin1")
SHIFT_MAX = 0.1  # what counts as good
NARROW = {"width": 320, "height": 700}


def prepared(site: Site) -> dict[str, str]:
    """Return the numbers of cases in different places."""
    applicant = Reader(site.desk, "applicant1")
    accepted, received, corrected = (applied(applicant, materials=number != 1) for number in range(3))
    draft = begun(applicant, "01")
    clerk = Reader(site.desk, "clerk1")
    clerk.does(accepted, "accept")
    clerk.send(
        f"/cases/{corrected}/act/ask-corrections",
        {"data.missing.material": "安全评价报告", "data.missing.what": "未提交"},
    )
    reviewer = Reader(site.desk, "reviewer1")
    if os.environ.get("BANJIAN_SCREENS"):
        granted(site, applied(applicant))
    reviewer.does(accepted, "plan-visit", inspectors=["inspector1", "inspector2"], planned_on="2026-09-01")
    cases = {"accepted": accepted, "received": received, "corrected": corrected, "draft": draft}
    desk_places.prepare(site, cases)
    return cases


def granted(site: Site, case_no: str) -> None:
    """Bring one case to its permit and count it, so that a dashboard has something to show."""
    who = {name: Reader(site.desk, name) for name in ("clerk1", "reviewer1", "inspector1", "inspector2", "approver1")}
    who["clerk1"].does(case_no, "accept")
    who["reviewer1"].does(case_no, "plan-visit", inspectors=["inspector1", "inspector2"], planned_on="2026-09-01")
    who["inspector1"].does(case_no, "start-visit")
    who["inspector1"].does(case_no, "record-visit", conclusion="pass", findings="与申报一致")
    who["inspector2"].does(case_no, "confirm-pass")
    who["reviewer1"].does(case_no, "propose", conclusion="grant", findings="符合条件")
    who["approver1"].does(case_no, "grant")
    observed(site.desk)


def places(cases: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """Yield (who, path, name of the picture or "")."""
    for path, name in (
        ("/", "home"),
        ("/?q=许可", ""),
        ("/items/02", "guide"),
        ("/login", "login"),
        ("/processes/on-site", ""),
        ("/register", ""),
        ("/decisions", ""),
        ("/times", ""),
        ("/verify", ""),
        ("/account/new", ""),
    ):
        yield "", path, name
    yield "", "/items/02/check?form.business_mode=批发&form.storage_project=新建&form.contains_toxic=true", "check"
    draft, received, corrected, accepted = (cases[one] for one in ("draft", "received", "corrected", "accepted"))
    for path, name in (
        ("/items/02/apply", ""),
        (f"/cases/{draft}/edit/1", "step"),
        (f"/cases/{draft}/materials", ""),
        (f"/cases/{draft}/check", ""),
        (f"/cases/{received}/receipt", "receipt"),
        (f"/cases/{accepted}", "case-applicant"),
        (f"/cases/{accepted}/clocks", "clocks"),
        (f"/cases/{accepted}/flow", ""),
        (f"/cases/{corrected}", "correction"),
        (f"/cases/{received}/act/withdraw", ""),
        ("/my/cases", ""),
        ("/my/permits", ""),
        ("/my/mandates", ""),
        ("/account", ""),
        ("/messages", ""),
        ("/cases/02-20260901-999999", ""),
    ):
        yield "applicant1", path, name
    for path, name in (
        ("/inbox?queue=available", "inbox"),
        ("/inbox?queue=department", ""),
        ("/cases", ""),
        ("/accounts/confirm", ""),
        (f"/cases/{received}", "case-staff"),
        (f"/cases/{received}/act/ask-corrections", "correction-list"),
        (f"/cases/{received}/act/accept", ""),
    ):
        yield "clerk1", path, name
    yield "inspector1", f"/cases/{accepted}/act/start-visit", "visit-phone"
    yield "reviewer1", f"/cases/{accepted}", ""
    for path in (
        "/admin",
        "/admin/manuals",
        "/admin/manuals/22",
        "/admin/processes/check",
        "/admin/lists",
        "/admin/calendar",
        "/admin/papers",
    ):
        yield "catalog1", path, "difference" if path.endswith("/22") else ""
    for path, name in (
        ("/supervision", "supervision"),
        ("/supervision/overdue", ""),
        ("/supervision/alerts", ""),
        ("/supervision/alerts/1", ""),
        ("/supervision/urges", ""),
        ("/supervision/load?department=x&post=reviewer", ""),
        ("/supervision/annual?year=2026", "annual"),
        ("/supervision/annual/number?year=2026&query=received", ""),
        ("/supervision/assessments?month=2026-08", ""),
        (f"/cases/{accepted}", ""),
    ):
        yield "supervisor1", path, name
    for path in ("/admin/people", "/admin/jobs", "/admin/settings"):
        yield "sysadmin1", path, ""
    yield from desk_places.places(cases)


def looked_at_after_a_click(site: Site, cases: dict[str, str]) -> Iterator[Page]:
    """Yield what only a form shows: a paper before it is issued, a proposal to confirm, what a notice changes."""
    page = site.at(site.visitor("clerk1"), f"/cases/{cases['received']}/act/ask-corrections")
    page.locator('[name="data.missing.what"]').first.fill("第三页缺少签字")
    page.get_by_role("button", name="先看文书预览").click()
    page.locator(".drawn").wait_for()
    yield page
    yield site.at(site.visitor("secadmin1"), "/proposals/3")
    page = site.at(site.visitor("catalog1"), "/admin/calendar")
    odd = plain_2027(without="06-09") | {"published_on": "2026-08-04"}
    page.fill("#notice", "\n".join(f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in odd.items()))
    page.get_by_role("button", name="看会改变什么").click()
    page.locator("#looked").wait_for()
    yield page


def picture(page: Page, name: str) -> None:
    """Keep a picture, small enough for the repository, where the run asks for them."""
    folder = os.environ.get("BANJIAN_SCREENS")
    if folder and name:
        narrow = name.endswith("-phone")
        page.set_viewport_size({"width": 360, "height": 740} if narrow else {"width": 1100, "height": 760})
        page.screenshot(path=Path(folder) / f"{name}.jpg", type="jpeg", quality=55, scale="css")
        page.set_viewport_size(DESK)


@pytest.mark.parametrize("readers", [("", "applicant1"), ("clerk1", "inspector1", "reviewer1"), ADMINS], ids=str)
def test_every_page_can_be_used_by_everybody(site: Site, axe: str, readers: tuple[str, ...]) -> None:
    cases = prepared(site)
    wrong: list[str] = []
    people: dict[str, Page] = {}
    weights: list[int] = []
    for who, path, name in places(cases):
        if who not in readers:
            continue
        if who not in people:
            people[who] = site.visitor(who)
            people[who].context.add_init_script(axe)
            people[who].on("response", lambda answer: weights.append(_weight(answer)))
        page = people[who]
        weights.clear()
        page.goto(f"{site.url}{path}")
        if (moved := shifted(page)) > SHIFT_MAX:
            wrong.append(f"{path}: moves by {moved:.2f} while it comes")
        if sum(weights) > WEIGHT_MAX:
            wrong.append(f"{path}: weighs {sum(weights) // 1024} KB")
        picture(page, name)
        wrong += faults(page, axe)
        page.set_viewport_size(NARROW)
        if overflow(page):
            wrong.append(f"{path}: {overflow(page)} pixels wider than a phone of 320")
        page.set_viewport_size(DESK)
    assert wrong == []
    assert [one for one in site.errors if "404" not in one and "409" not in one] == []


def _weight(answer: Response) -> int:
    return answer.request.sizes()["responseBodySize"]


def test_what_only_a_form_shows_can_be_used_by_everybody(site: Site, axe: str) -> None:
    cases = prepared(site)
    for page, name in zip(looked_at_after_a_click(site, cases), ("preview", "proposal", "notice"), strict=True):
        picture(page, name)
        page.set_viewport_size(DESK)
        wrong = faults(page, axe)
        page.set_viewport_size(NARROW)
        assert (wrong, overflow(page)) == ([], 0), page.url
    assert site.errors == []


def test_the_frame_is_english_where_english_is_chosen(site: Site, axe: str) -> None:
    page = site.at(site.visitor(lang="en"), "/items/02")
    assert "Conditions" in page.inner_text("main") and "危险化学品经营许可证" in page.inner_text("main")
    assert page.get_attribute("html", "lang") == "en"
    page.get_by_role("link", name="中文").click()
    assert "申请条件" in page.inner_text("main") and page.url.endswith("/items/02")
    assert faults(page, axe) == []


def test_the_keyboard_alone_reaches_and_claims_work(site: Site) -> None:
    case_no = applied(Reader(site.desk, "applicant1"))
    page = site.at(site.visitor("clerk1"), "/inbox?queue=available")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    for key in ("j", "x"):
        page.keyboard.press(key)
    assert page.locator("input[type=checkbox]:checked").count() == 1
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/cases/{case_no}")
