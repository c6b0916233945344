"""The applicant's story with the keyboard alone: where the focus is can be seen, goes forward, and reaches everything."""

from typing import Any

from playwright.sync_api import Page

from tests.story.test_item_02 import APPLICANT, FORM
from tests.web.people import SCAN, typed
from tests.web.visitors import Site, overflow

STOPS_MAX = 90
# What has the focus, whether one sees that it has, and whether it comes after the last thing that had it.
FOCUS = """() => {
  const one = document.activeElement, style = getComputedStyle(one), last = window.lastFocus
  window.lastFocus = one
  const box = one.getBoundingClientRect()
  return {
    tag: one.tagName.toLowerCase(), type: one.type || '', name: one.name || '', value: one.value || '',
    checked: !!one.checked, text: (one.innerText || '').trim(),
    seen: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 && box.width > 0 && box.height > 0,
    forward: !last || !last.isConnected || !!(last.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING),
  }
}"""


class Keys:
    """Somebody without a mouse."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def tab(self) -> dict[str, Any]:
        """Go on to what comes next; it has to show that it has the focus."""
        self.page.keyboard.press("Tab")
        focus: dict[str, Any] = self.page.evaluate(FOCUS)
        assert focus["seen"] and focus["forward"], focus
        return focus

    def skip(self) -> None:
        """Jump over head and navigation, to the content; who jumped before sending a form is there already."""
        if self.page.url.endswith("#main"):
            return
        assert self.tab()["text"] == "跳到正文"
        self.page.keyboard.press("Enter")

    def to(self, text: str, answers: dict[str, str] | None = None) -> None:
        """Go to a link, button or summary with these words, answering what is asked on the way."""
        for _ in range(STOPS_MAX):
            focus = self.tab()
            if focus["tag"] in ("a", "button", "summary") and focus["text"].startswith(text):
                return
            if answers:
                self._answer(focus, answers.get(focus["name"], ""))
        raise AssertionError(f"no way to {text} on {self.page.url}")

    def press(self, text: str, answers: dict[str, str] | None = None) -> None:
        """Go there and press it; the next page has to come."""
        self.to(text, answers)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def _answer(self, focus: dict[str, Any], wanted: str) -> None:
        if not wanted:
            return
        if focus["type"] == "radio":
            self.page.keyboard.press("Space")
            for _ in range(20):
                if self.page.evaluate("document.activeElement.value") == wanted:
                    return
                self.page.keyboard.press("ArrowDown")
            raise AssertionError(focus["name"])
        if focus["type"] == "select-one":
            self.page.keyboard.press("Home")
            for _ in range(40):
                if self.page.evaluate("document.activeElement.value") == wanted:
                    return
                self.page.keyboard.press("ArrowDown")
            raise AssertionError(focus["name"])
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.insert_text(wanted)


def test_an_applicant_applies_with_the_keyboard_alone_and_prints_the_receipt(site: Site) -> None:
    page = site.at(site.visitor("applicant1"), "/items/02")
    keys = Keys(page)
    keys.skip()
    keys.press("开始申请")
    keys.skip()
    keys.press("保存草稿", {f"applicant.{key}": APPLICANT[key] for key in ("name", "id_no")} | {"applicant.phone": "x"})
    page.locator(".summary:focus").wait_for()  # the errors are read first
    keys.to("联系电话")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "q-applicant-phone"
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text("022-66201234")
    keys.press("保存草稿")
    while "/edit/" in page.url:
        keys.skip()
        keys.press("保存，继续", typed(FORM))
    keys.skip()
    while keys.tab()["type"] != "file":
        pass
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Space")
    chooser.value.set_files({"name": "材料.pdf", "mimeType": "application/pdf", "buffer": SCAN})
    keys.press("上传")
    page.locator("text=已提交").first.wait_for()
    keys.skip()
    keys.press("核对并提交")
    keys.skip()
    keys.press("提交申请")
    assert "提交成功" in page.inner_text("main")
    _prints(page)
    keys.skip()
    keys.press("查看办件")
    keys.skip()
    keys.to("其他")
    page.keyboard.press("Enter")
    keys.to("撤回申请")


def _prints(page: Page) -> None:
    """What is printed: number, code and what comes next; nothing to click, no frame."""
    page.emulate_media(media="print")
    for gone in (".top", ".bar", ".foot", ".acts", ".skip"):
        assert not page.locator(gone).first.is_visible(), gone
    for kept in ("h1", ".qr", "main ol", "main .big"):
        assert page.locator(kept).first.is_visible(), kept
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    page.set_viewport_size({"width": 700, "height": 990})  # A4 at 96 dpi, less its margins
    assert overflow(page) == 0
    page.emulate_media(media="screen")
