"""People at real browsers."""

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
    page.evaluate(axe)
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    found: Any = page.evaluate("tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", tags)
    return [
        f"{page.url}: {one['id']}: {one['help']}: {node['html'][:160]} {node.get('failureSummary', '')[:300]}"
        for one in found["violations"]
        for node in one["nodes"][:3]
    ]


def overflow(page: Page) -> int:
    """Return by how many pixels the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
