"""A paper before it is issued says what the issued one says, takes no number and leaves no trace; samples of every kind."""

import io
import re
from typing import Any

import pytest
from pypdf import PdfReader

from tests.infrastructure.desk import Desk
from tests.story.telling import applied, made_ready, taken_in
from tests.web.people import Reader, words
from workflow.definitions.documents import DOCUMENTS
from workflow.papers.wording import wordings

STAND = """
select (select count(*) from events) as events, (select count(*) from documents) as papers,
       (select coalesce(sum(last), 0) from number_counters) as numbers, (select count(*) from outbox) as messages,
       (select count(*) from permits) as permits, (select max(version) from cases) as version
"""


def stand(desk: Desk) -> tuple[Any, ...]:
    with desk.office.work() as connection:
        return tuple(connection.exec_driver_sql(STAND).one())


def text_of(pdf: bytes) -> str:
    return "".join("".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages)


def bare(text: str) -> str:
    return re.sub(r"\s+|（预览，未编号）|津开审\w*〔2026〕\d+号", "", text)


@pytest.fixture
def to_decide(desk: Desk) -> str:
    """A case that waits for the decision."""
    case_no = applied(desk, "26")
    taken_in(desk, case_no)
    made_ready(desk, case_no)
    return case_no


def test_a_preview_is_the_paper_without_its_number_and_leaves_no_trace(desk: Desk, to_decide: str) -> None:
    approver, path = Reader(desk, "approver1"), f"/cases/{to_decide}/act/grant"
    before = stand(desk)
    page = approver.send(path, {"data.conditions": "限本市范围", "preview": "1"})
    assert page.status_code == 200 and 'data-mark="预览"' in page.text and "（预览，未编号）" in page.text
    drawn = approver.send(path, {"data.conditions": "限本市范围", "preview": "pdf-0"})
    assert drawn.mimetype == "application/pdf" and drawn.headers["Cache-Control"] == "no-store"
    text = text_of(drawn.data)
    assert "预览" in text and "限本市范围" in text and "未编号" in text
    assert stand(desk) == before
    assert not re.search(r"津开审准〔2026〕\d+号", page.text + text)
    approver.does(to_decide, "grant", conditions="限本市范围")
    listed = desk.get(f"/api/v1/cases/{to_decide}/documents", "approver1")[1]["items"]
    paper = next(one for one in listed if one["title"] == "准予行政许可决定书")
    said = [block["text"] for block in paper["content"]["blocks"] if block["kind"] == "para"]
    shown = bare(words(page.text))
    assert said and all(bare(one) in shown for one in said)


def test_an_act_that_would_be_refused_says_so_instead_of_a_preview(desk: Desk, to_decide: str) -> None:
    approver, before = Reader(desk, "approver1"), stand(desk)
    path = f"/cases/{to_decide}/act/refuse"
    answer = approver.send(path, {"preview": "1"})
    assert answer.status_code == 422 and "需要修改" in words(answer.text) and "data-mark" not in answer.text
    stale = approver.post(path, {"preview": "1", "version": "1", "data.reasons": "不符合"}, page=path)
    assert stale.status_code == 409 and stand(desk) == before
    assert Reader(desk, "clerk1").post(path, {"preview": "1"}, page="/messages").status_code == 404
    assert Reader(desk, "applicant1").post(path, {"preview": "1"}, page="/messages").status_code in (404, 409)


def test_what_chance_decides_is_not_previewed(desk: Desk) -> None:
    case_no = applied(desk, "03")
    taken_in(desk, case_no)
    reviewer = Reader(desk, "reviewer1")
    reviewer.does(case_no, "notify-expert-review", notified_days="10", notice_served_at="2026-09-01T09:00")
    path = f"/cases/{case_no}/act/draw-experts"
    page = reviewer.page(path)
    assert "专家抽取记录" in page and "先看文书预览" not in page
    assert reviewer.send(path, {"preview": "1"}).status_code == 409


def test_every_kind_of_paper_has_its_sample(desk: Desk) -> None:
    keeper = Reader(desk, "catalog1")
    listed = keeper.page("/admin/papers")
    assert len(wordings()) > 50
    for title in wordings():
        code = DOCUMENTS[title].code
        assert f'href="/admin/papers/{code}"' in listed
        page = keeper.page(f"/admin/papers/{code}")
        assert 'data-mark="样张"' in page and title in page and "{" not in words(page), title
    for code in ("grant-decision", "correction-notice"):
        answer = keeper.get(f"/admin/papers/{code}.pdf")
        assert answer.mimetype == "application/pdf" and "样张" in text_of(answer.data)
    assert keeper.get("/admin/papers/nothing").status_code == keeper.get("/admin/papers/nothing.pdf").status_code == 404
    assert Reader(desk, "clerk1").get("/admin/papers/grant-decision.pdf").status_code == 403
