"""A granted, a refused, a corrected, an extended and a revoked case have all their papers: real API, real worker, HTTP."""

import io
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import quote

from pypdf import PdfReader

from tests.infrastructure.live import LiveOffice
from tests.papers.test_every_paper import bare
from tests.story.telling import applied, delivered, granted, made_ready, missing, taken_in, turned_down
from workflow.ledger.certificates import embedded, read_keys, verify

SECONDS = 60
FIRST = ("材料接收凭证", "受理通知书")
VISIT = ("现场核查任务单", "现场核查结论确认表")


def raw(live: LiveOffice, path: str, who: str | None) -> tuple[int, bytes]:
    """Return (status, body) of a GET."""
    headers = {"Authorization": f"Bearer {live.token(who)}"} if who else {}
    request = urllib.request.Request(f"http://127.0.0.1:{live.port}{quote(path, safe='/?=&:%')}", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def papers(live: LiveOffice, case_no: str) -> dict[str, str]:
    """Return the words of every paper of a case, by title, once a worker has drawn all of them; each also as a page."""

    def drawn() -> Any:
        _, listed = live.get(f"/api/v1/cases/{case_no}/documents", "reviewer1")
        return listed["items"] if all(paper["pdf_sha256"] for paper in listed["items"]) else None

    found = {}
    for paper in live.wait_for(drawn, SECONDS):
        base = f"/api/v1/cases/{case_no}/documents/{paper['id']}"
        status, pdf = raw(live, f"{base}.pdf", "applicant1")
        assert status == 200 and raw(live, f"{base}.html", "applicant1")[0] == 200
        text = bare("".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages))
        assert bare(paper["no"]) in text and bare(paper["title"]) in text
        found[paper["title"]] = text
    return found


def test_every_case_has_all_its_papers(live: LiveOffice) -> None:
    live.at("2026-09-01T09:00:00")
    permitted = applied(live, "26")
    taken_in(live, permitted)
    made_ready(live, permitted)
    granted(live, permitted)
    delivered(live, permitted)
    refused = applied(live, "26")
    turned_down(live, refused, "场所不符合规定")
    corrected = applied(live, "26", materials=False)
    lacking = [{"material": name, "what": "没有提交"} for name in missing(live, corrected)]
    live.done(corrected, "clerk1", "ask-corrections", missing=lacking)
    for entry in lacking:
        live.upload(corrected, "applicant1", entry["material"])
    live.done(corrected, "applicant1", "resubmit")
    extended = applied(live, "02")
    live.done(extended, "clerk1", "accept")
    live.done(extended, "reviewer1", "request-extension", reason="情况复杂")
    live.done(extended, "head1", "extend", reason="情况复杂", reason_notified=True)

    told = papers(live, permitted)
    assert list(told) == [*FIRST, *VISIT, "准予行政许可决定书", "送达回证"]
    assert "2029年8月31日" in told["准予行政许可决定书"] and "二〇二六年九月一日" in told["准予行政许可决定书"]
    assert "准予行政许可决定书" in told["送达回证"]
    told = papers(live, refused)
    assert "不予行政许可决定书" in told and "送达回证" in told
    assert all(
        words in told["不予行政许可决定书"] for words in ("场所不符合规定", "六十日内", "六个月内", "第三十八条第二款")
    )
    told = papers(live, corrected)
    assert {"一次性补正告知书", "受理通知书"} <= set(told)
    assert all(bare(entry["material"]) in told["一次性补正告知书"] for entry in lacking)
    told = papers(live, extended)
    assert "情况复杂" in told["延期告知书"] and "10个工作日" in told["延期告知书"] and "国庆节" in told["延期告知书"]

    _, held = live.get("/api/v1/permits", "applicant1")
    permit_no = held["items"][0]["permit_no"]
    path = f"/api/v1/permits/{permit_no}/certificate.pdf"
    live.wait_for(lambda: raw(live, path, "applicant1")[0] == 200, SECONDS)
    pdf = raw(live, path, "applicant1")[1]
    live.kill("worker")  # from here on nobody but the API runs
    keys = read_keys(live.get("/.well-known/banjian-keys.json")[1])
    payload = verify(pdf, keys)
    public = f"/api/v1/public/verify/{payload['c']}?t={embedded(pdf)['token']}"
    assert live.get(public)[1]["result"] == "valid"

    status, case = live.call("POST", quote(f"/api/v1/permits/{permit_no}/revoke"), "reviewer1", {})
    assert status == 201, case
    revoked = case["case_no"]
    live.done(revoked, "reviewer1", "announce", ground="procedure", facts="违反法定程序")
    live.done(revoked, "applicant1", "make-statement", statement="有异议")
    status, answer = live.act(revoked, "approver1", "impose", reasons="事实清楚", public_harm=False)
    if status == 409 and answer["code"] == "LEGAL_REVIEW_MISSING":
        live.done(revoked, "approver1", "ask-legal-review")
        live.done(revoked, "legal1", "pass-legal-review", finding="合法")
        live.done(revoked, "approver1", "impose", reasons="事实清楚", public_harm=False)
    assert live.get(public)[1]["result"] == "revoked"
    live.start_worker()
    told = papers(live, revoked)
    assert {"拟作处理事先告知书", "陈述申辩笔录", "撤销行政许可决定书"} <= set(told)
    assert bare(permit_no) in told["撤销行政许可决定书"] and "行政复议" in told["撤销行政许可决定书"]
