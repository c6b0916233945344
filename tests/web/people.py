"""People at browsers without JavaScript, in the process of the test: what they click is what a page offers."""

import html
import io
import re
from typing import Any

from tests.infrastructure.browser import Browser
from tests.infrastructure.desk import Desk
from tests.story.test_item_02 import APPLICANT, FORM

VERSION = re.compile(r'name="version" value="(\d+)"')
COMMAND = re.compile(r'name="command" value="([0-9a-f]+)"')
SCAN = b"%PDF-1.4 without an end"  # nothing for a child process to open: one is started for each whole PDF
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


class Reader(Browser):
    """Somebody logged in, who reads pages and sends their forms as they are."""

    def __init__(self, desk: Desk, username: str) -> None:
        super().__init__(desk.app)
        self.desk, self._token = desk, ""
        assert self.log_in(username).status_code == 303

    def page(self, path: str, status: int = 200) -> str:
        """Return the text of a page that answers with this status."""
        answer = self.get(path)
        assert answer.status_code == status, (path, answer.status_code, words(answer.text)[:800])
        return answer.text

    def send(self, path: str, fields: dict[str, Any], *, page: str | None = None) -> Any:
        """Send the form of a page with its hidden fields; return the answer."""
        text = self.get(page or path).text
        patterns = {"version": VERSION, "command": COMMAND, "csrf_token": TOKEN}
        hidden = {name: html.unescape(found[1]) for name, one in patterns.items() if (found := one.search(text))}
        headers = {"Referer": f"{self.base_url}{page or path}"}
        answer = self.client.post(path, data={**hidden, **fields}, base_url=self.base_url, headers=headers)
        self.desk.work()
        return answer

    def does(self, case_no: str, action: str, **data: Any) -> str:
        """Take an action by its form; it has to succeed. Return the case's page afterwards."""
        path = f"/cases/{case_no}/act/{action}"
        answer = self.send(path, {f"data.{name}": value for name, value in data.items()})
        assert answer.status_code == 303, (action, answer.status_code, words(answer.text)[:1500])
        after = answer.headers["Location"]
        return self.client.get(after, base_url=self.base_url, follow_redirects=True).text

    def uploads(self, case_no: str, code: str, name: str = "材料.pdf", body: bytes = SCAN) -> Any:
        """Hand in a file for one line of the list."""
        path = f"/cases/{case_no}/materials"
        if not self._token:  # one holds for the whole session
            token = TOKEN.search(self.get(path).text)
            self._token = html.unescape(token.group(1)) if token else ""
        fields = {
            "csrf_token": self._token,
            "name": code,
            "file": (io.BytesIO(body), name),
        }
        answer = self.client.post(
            path, data=fields, base_url=self.base_url, headers={"Referer": f"{self.base_url}{path}"}
        )
        self.desk.work()
        return answer


def words(page: str) -> str:
    """Return the words of a page."""
    text = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", page.split("<main", 1)[-1], flags=re.S)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", text)))


def typed(form: dict[str, Any]) -> dict[str, Any]:
    """Return answers as a browser sends them."""
    found: dict[str, Any] = {}
    for key, value in form.items():
        if isinstance(value, bool):
            found[f"form.{key}"] = "true" if value else "false"
        else:
            found[f"form.{key}"] = "\n".join(value) if isinstance(value, list) else str(value)
    return found


def begun(reader: Reader, item: str = "02", applicant: dict[str, Any] | None = None) -> str:
    """Return the number of a draft made by the first step."""
    fields = {f"applicant.{key}": value for key, value in (applicant or APPLICANT).items()}
    answer = reader.send(f"/items/{item}/apply", fields)
    assert answer.status_code == 303, words(answer.text)[:1500]
    found = re.search(r"/cases/([^/]+)/edit/1", answer.headers["Location"])
    assert found
    return found.group(1)


def applied(reader: Reader, item: str = "02", form: dict[str, Any] | None = None, *, materials: bool = True) -> str:
    """Return the number of an application sent by its pages, step by step."""
    case_no = begun(reader, item)
    given = typed(FORM if form is None else form)
    path = f"/cases/{case_no}/edit/1"
    while "/edit/" in path:
        page = reader.page(path)
        names = set(re.findall(r'name="(form\.[a-z0-9_]+)"', page))
        answer = reader.send(path, {name: value for name, value in given.items() if name in names})
        assert answer.status_code == 303, words(answer.text)[:1500]
        path = answer.headers["Location"]
    assert path.endswith("/materials"), path
    if materials:
        for code in re.findall(r'name="name" value="(m\d+)"', reader.page(path)):
            assert reader.uploads(case_no, code).status_code == 303
    answer = reader.send(f"/cases/{case_no}/check", {})
    assert answer.status_code == 303, words(answer.text)[:1500]
    return case_no
