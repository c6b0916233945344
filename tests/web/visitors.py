"""People at real browsers."""

import re
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, Request

from tests.infrastructure.desk import PASSWORD, Desk

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 900}


class Site:
    """The office and the browsers that look at it."""

    def __init__(self, desk: Desk, browser: Browser, url: str) -> None:
        self.desk, self.browser, self.url = desk, browser, url
        self.outside: list[str] = []
        self.errors: list[str] = []
        self._contexts: list[BrowserContext] = []

    def visitor(self, username: str = "", *, phone: bool = False, scripts: bool = True, lang: str = "") -> Page:
        """Return a page of a new browser session, logged in if a name is given."""
        context = self.browser.new_context(
            viewport=PHONE if phone else DESK,
            java_script_enabled=scripts,
            has_touch=phone,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            reduced_motion="reduce",
        )
        context.set_default_timeout(15_000)
        if lang:
            context.add_cookies([{"name": "lang", "value": lang, "url": self.url}])
        self._contexts.append(context)
        page = context.new_page()
        page.on("request", self._seen)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda line: self.errors.append(line.text) if line.type == "error" else None)
        if username:
            page.goto(f"{self.url}/login")
            page.fill("#username", username)
            page.fill("#password", PASSWORD)
            page.click("main form button")
        return page

    def _seen(self, request: Request) -> None:
        if not request.url.startswith((self.url, "data:", "blob:", "about:", "chrome-extension:")):
            self.outside.append(request.url)

    def at(self, page: Page, path: str) -> Page:
        """Go to a path of the office."""
        self.desk.work()
        page.goto(f"{self.url}{path}")
        return page

    def close(self) -> None:
        """End every session."""
        for context in self._contexts:
            context.close()


def faults(page: Page, axe: str) -> list[str]:
    """Return what the accessibility checker finds against WCAG 2.2 AA, one line each."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe)
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    how = {"runOnly": {"type": "tag", "values": tags}, "resultTypes": ["violations"], "preload": False}
    found: Any = page.evaluate("how => axe.run(document, how)", how)
    return [
        f"{page.url}: {one['id']}: {one['help']}: {node['html'][:160]} {node.get('failureSummary', '')[:300]}"
        for one in found["violations"]
        for node in one["nodes"][:3]
    ]


SHIFTS = """() => new Promise((done) => {
  const seen = new PerformanceObserver(() => {})
  seen.observe({type: 'layout-shift', buffered: true})
  requestAnimationFrame(() => requestAnimationFrame(() =>
    done(seen.takeRecords().filter((one) => !one.hadRecentInput).reduce((sum, one) => sum + one.value, 0))))
})"""


def shifted(page: Page) -> float:
    """Return by how much the page moved under its reader's eyes while it came (cumulative layout shift)."""
    return float(page.evaluate(SHIFTS))


def overflow(page: Page) -> int:
    """Return by how many pixels the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


class Clicker:
    """Somebody at a browser who only clicks and types."""

    def __init__(self, site: Site, username: str, **how: Any) -> None:
        self.site, self.page = site, site.visitor(username, **how)

    def goes(self, path: str) -> Page:
        """Open a page of the office."""
        return self.site.at(self.page, path)

    def clicks(self, words: str, *, kind: str = "link") -> None:
        """Click the first link or button with these words."""
        self.page.get_by_role(kind, name=words, exact=False).first.click()  # type: ignore[arg-type]

    def takes(self, case_no: str, action: str, **data: str | list[str]) -> None:
        """Open the case, click the action, fill in what it asks, confirm."""
        self.goes(f"/cases/{case_no}")
        link = self.page.locator("main a", has_text=re.compile(f"^{re.escape(action)}$")).first
        if not link.is_visible():
            self.page.locator("summary", has_text="其他").first.click()
        link.click()
        for name, value in data.items():
            fill(self.page, f"data.{name}", value)
        self.page.get_by_role("button", name="确认").first.click()
        assert "已办理" in self.page.inner_text("main"), self.page.inner_text("main")[:800]


def fill(page: Page, name: str, value: str | list[str]) -> None:
    """Answer one question, whatever kind of control it is."""
    values = value if isinstance(value, list) else [value]
    boxes = page.locator(f'[name="{name}"]')
    first = boxes.first
    kind = first.get_attribute("type") or first.evaluate("one => one.tagName.toLowerCase()")
    if kind in ("radio", "checkbox"):
        for one in values:
            page.locator(f'[name="{name}"][value="{one}"]').check()
    elif kind == "select":
        first.select_option(values[0])
    else:
        first.fill("\n".join(values))


def fills_in(page: Page, form: dict[str, str]) -> None:
    """Answer the questions of an application that this step asks."""
    names = page.locator('[name^="form."]').evaluate_all("all => [...new Set(all.map(one => one.name))]")
    for name in names:
        if name in form and page.locator(f'[name="{name}"]').first.is_visible():
            fill(page, name, form[name])
