"""Who gets an issued paper, as what, and what was sealed of it."""

from hashlib import sha256
from typing import Any

from tests.infrastructure.desk import Desk
from tests.story.telling import applied, carried
from workflow.ledger.papers import first_broken
from workflow.store import papers as store


def fetched(desk: Desk, path: str, who: str | None, **headers: str) -> Any:
    """Return the raw response of a GET."""
    send = {"Authorization": f"Bearer {desk.token(who)}"} if who else {}
    return desk.client.get(path, headers={**send, **headers})


def listed(desk: Desk, case_no: str, who: str = "applicant1") -> list[Any]:
    """Return the papers of a case as somebody reads their list."""
    status, answer = desk.get(f"/api/v1/cases/{case_no}/documents", who)
    assert status == 200
    return list(answer["items"])


def test_a_paper_is_read_by_its_owner_and_its_department_and_masked_by_overseers(desk: Desk) -> None:
    case_no = applied(desk, "02")
    carried(desk, case_no)
    papers = listed(desk, case_no)
    assert [paper["title"] for paper in papers][-2:] == ["准予行政许可决定书", "送达回证"]
    for paper in papers:
        base = f"/api/v1/cases/{case_no}/documents/{paper['id']}"
        for who in ("applicant1", "reviewer1"):
            file = fetched(desk, f"{base}.pdf", who)
            assert (file.status_code, file.mimetype, file.data[:5]) == (200, "application/pdf", b"%PDF-")
            assert sha256(file.data).hexdigest() == paper["pdf_sha256"] == file.headers["ETag"].strip('"')
            assert "filename*=UTF-8''%E" in file.headers["Content-Disposition"]
        assert fetched(desk, f"{base}.pdf", "applicant1", **{"If-None-Match": file.headers["ETag"]}).status_code == 304
        refused = fetched(desk, f"{base}.pdf", "auditor1")
        assert (refused.status_code, refused.json["code"]) == (403, "MASKED_ONLY")
        masked = fetched(desk, f"{base}.html", "auditor1").data.decode()
        full = fetched(desk, f"{base}.html", "applicant1").data.decode()
        name = desk.case(case_no, "applicant1")["applicant"]["name"]
        assert name in full and name in masked  # of an organisation: it is public
    number = desk.case(case_no, "applicant1")["applicant"]["id_no"]
    decision = f"/api/v1/cases/{case_no}/documents/{papers[-2]['id']}.html"
    assert number in fetched(desk, decision, "reviewer1").data.decode()
    assert number not in fetched(desk, decision, "supervisor1").data.decode()
    assert number not in str(listed(desk, case_no, "auditor1"))
    first = f"/api/v1/cases/{case_no}/documents/{papers[0]['id']}"
    other = applied(desk, "17", materials=False)
    strangers = [
        fetched(desk, f"{first}.pdf", "applicant2").status_code,
        fetched(desk, f"/api/v1/cases/{other}/documents/{papers[0]['id']}.pdf", "applicant1").status_code,
        fetched(desk, f"/api/v1/cases/{case_no}/documents/{10**30}.pdf", "applicant1").status_code,
        fetched(desk, f"{first}.html", None).status_code,
    ]
    assert strangers == [404, 404, 404, 401]


def test_what_was_issued_is_sealed_and_a_change_shows(desk: Desk) -> None:
    case_no = applied(desk, "17")
    carried(desk, case_no)
    with desk.office.work() as connection:
        case_id = connection.exec_driver_sql(
            "select id from cases where case_no = %(no)s", {"no": case_no}
        ).scalar_one()
        seals = store.seals(connection, case_id)
    papers = listed(desk, case_no)
    assert [seal["no"] for seal in seals] == [paper["no"] for paper in papers]
    assert [seal["files"]["pdf"] for seal in seals] == [paper["pdf_sha256"] for paper in papers]
    assert [seal["content_sha256"] for seal in seals] == [paper["sha256"] for paper in papers]
    assert first_broken(seals) is None
    assert first_broken([{**seals[0], "no": "津开审准〔2026〕9号"}, *seals[1:]]) == 1
    assert first_broken(seals[1:]) == 1 and first_broken([seals[0], *seals[2:]]) == 2


def test_a_paper_no_worker_has_drawn_yet_is_not_ready_and_one_that_is_lost_is_drawn_again(desk: Desk) -> None:
    desk.work = lambda: None  # type: ignore[method-assign]
    case_no = applied(desk, "17", materials=False)
    paper = listed(desk, case_no)[0]
    path = f"/api/v1/cases/{case_no}/documents/{paper['id']}.pdf"
    waiting = fetched(desk, path, "applicant1")
    assert (waiting.status_code, waiting.json["code"], waiting.headers["Retry-After"]) == (
        409,
        "DOCUMENT_NOT_READY",
        "2",
    )
    Desk.work(desk)
    drawn = fetched(desk, path, "applicant1")
    for file in (desk.office.folder / "papers").rglob("*"):
        if file.is_file():
            file.write_bytes(b"%PDF-1.7 something else")
    assert fetched(desk, path, "applicant1").data == drawn.data


def test_a_sign_no_font_has_puts_the_paper_aside_with_the_sign_named(desk: Desk) -> None:
    case_no = applied(desk, "17")
    reason = "缺少盖章\U000323af"
    desk.act(case_no, "clerk1", "ask-corrections", missing=[{"material": "申请表", "what": reason}])
    for minute in range(1, 60, 5):
        desk.at(f"2026-09-01T10:{minute:02d}:00")
    with desk.office.work() as connection:
        row = connection.exec_driver_sql(
            "select o.error, o.quarantined_at is not null as aside, d.content is null as empty, d.no from outbox o"
            " join documents d on d.case_id = o.case_id and d.seq = o.seq and d.title = o.body ->> 'title'"
            " where o.body ->> 'title' = '一次性补正告知书'"
        ).one()
    assert row.aside and row.empty and "U+323AF" in row.error and row.no
