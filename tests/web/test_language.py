"""Where English is chosen nothing of the interface is left in Chinese: neither forgotten in a template nor on its way here."""

import ast
import html
import json
import re
from pathlib import Path

import pytest

from api.web.casepage import CLOCK_STATUS
from api.web.i18n import HERE, english
from tests.infrastructure.desk import Desk
from tests.web.people import Reader, applied, begun
from workflow.definitions.access import matrix
from workflow.definitions.loader import processes
from workflow.engine.vocabulary import CLOCK_IDS, GROUNDS, POSTS

WEB = Path(HERE).parent
SAID = re.compile(r'\b_\(\s*"((?:[^"\\]|\\.)*)"')
PLACES = re.compile(r"%\((\w+)\)s")
CHINESE = re.compile("[\u4e00-\u9fff]")
# What an applicant and anybody sees; the rest is for staff.
TEMPLATES = ("applicant", "open", "public", "case/months.html", "case/clocks.html", "case/flow.html")
MODULES = [
    "account",
    "apply",
    "fields",
    "files",
    "flow",
    "joining",
    "lights",
    "login",
    "mandates",
    "mine",
    "months",
    "outline",
    "public",
    "trail",
    "verify",
    "who",
    "words",
]
OURS = ("办件", "中文")  # the name of the product, the name of the language


def has_english(text: str) -> bool:
    return bool(english().gettext(text) != text)


def test_every_word_of_the_frame_has_its_english() -> None:
    files = [*WEB.glob("templates/**/*.html"), *WEB.glob("*.py")]
    said = {text for file in files for text in SAID.findall(file.read_text(encoding="utf-8")) if text != "…"}
    assert len(said) > 300
    lacking = [text for text in sorted(said) if not has_english(text)]
    assert lacking == []
    wrong = [text for text in said if set(PLACES.findall(text)) != set(PLACES.findall(english().gettext(text)))]
    assert wrong == []


def test_no_template_of_applicants_and_the_public_says_chinese_past_the_translation() -> None:
    files = [*WEB.glob("templates/*.html")]
    for place in TEMPLATES:
        files += WEB.glob(f"templates/{place}/*.html") if "." not in place else [WEB / "templates" / place]
    found = {}
    for file in files:
        text = re.sub(r"{#.*?#}", "", file.read_text(encoding="utf-8"), flags=re.S)
        text = re.sub(r"""\b_\(\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')""", "", text)
        left = [one for one in re.findall("[\u4e00-\u9fff]+", text) if one not in OURS]
        if left:
            found[file.name] = left
    assert found == {}


class Strings(ast.NodeVisitor):
    """Collects the Chinese of a module but for its docstrings."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def visit_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):
            self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and CHINESE.search(node.value):
            self.found.append(node.value)


@pytest.mark.parametrize("module", MODULES)
def test_every_chinese_word_in_a_view_of_applicants_has_its_english(module: str) -> None:
    strings = Strings()
    strings.visit(ast.parse((WEB / f"{module}.py").read_text(encoding="utf-8")))
    assert [text for text in strings.found if not has_english(text)] == []


def test_the_words_of_the_processes_that_applicants_see_have_their_english() -> None:
    seen = {
        *POSTS.values(),
        *GROUNDS.values(),
        *CLOCK_IDS.values(),
        *CLOCK_STATUS.values(),
        *matrix().mandates.values(),
    }
    for process in processes().values():
        seen |= {process.title, *(clock.title for clock in process.clocks.values())}
        for state in process.states.values():
            seen |= {state.title, *([state.task.title] if state.task else [])}
            for action in state.actions.values():
                if {"applicant", "agent"} & set(action.by):
                    seen |= {action.title}
                    seen |= {word for ask in action.asks for word in (ask.label, *ask.options.values())}
    assert [text for text in sorted(seen) if not has_english(text)] == []


def shown(page: str) -> list[str]:
    """Return the pieces of text of a page as people see or hear them."""
    body = re.sub(r'<svg[^>]*viewBox="-1 -1.*?</svg>', "", page, flags=re.S)  # drawn from the definition: data
    attributes = re.findall(r'(?:aria-label|placeholder|title|alt|data-label)="([^"]*)"', body)
    pieces = [*re.split(r"<[^>]+>", body), *attributes]
    return [html.unescape(one).strip() for one in pieces if CHINESE.search(one)]


def test_a_page_in_english_shows_no_chinese_that_has_its_english(desk: Desk) -> None:
    applicant, clerk = Reader(desk, "applicant1"), Reader(desk, "clerk1")
    received, accepted = applied(applicant, materials=False), applied(applicant)
    draft = begun(applicant, "01")
    clerk.does(accepted, "accept")
    applicant.client.set_cookie("lang", "en")
    left: dict[str, list[str]] = {}
    paths = (
        "/ /?q=zzzz /items/02 /items/40 /items/02/check?who=企业 /register /decisions /times /verify"
        " /verify/x /items/02/apply /my/cases /my/permits /my/mandates /messages /account /account/factor /nowhere"
        f" /cases/{draft} /cases/{draft}/edit/1 /cases/{draft}/materials /cases/{draft}/check /cases/{received}"
        f" /cases/{received}/receipt /cases/{accepted} /cases/{accepted}/clocks /cases/{accepted}/flow"
        f" /cases/{accepted}/act/withdraw /cases/{accepted}/act/urge /cases/{accepted}/act/grant /logout"
    ).split()
    for path in paths:
        words = [one for one in shown(applicant.get(path).text) if has_english(one) and one not in OURS]
        if words:
            left[path] = words
    assert not left, json.dumps(left, ensure_ascii=False, indent=1)
