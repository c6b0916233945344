"""What every page promises: whose it is, what it refuses and what it then says, how often it asks the database."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from service_catalog.catalog import catalog
from tests.infrastructure.browser import Browser
from tests.infrastructure.desk import Desk
from tests.story.test_item_02 import FORM
from tests.web.people import COMMAND, VERSION, Reader, applied, begun, typed, words


@contextmanager
def counted(desk: Desk) -> Iterator[list[str]]:
    """Collect the statements the database is asked meanwhile."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        asked.append(statement)

    event.listen(desk.office.engine, "before_cursor_execute", note)
    yield asked
    event.remove(desk.office.engine, "before_cursor_execute", note)


def test_every_item_has_a_guide_a_self_check_and_a_first_step(desk: Desk) -> None:
    applicant = Reader(desk, "applicant1")
    for code in catalog().items:
        assert "开始申请" in applicant.page(f"/items/{code}"), code
        assert "看结果" in applicant.page(f"/items/{code}/check?who=企业"), code
        assert "谁来申请" in applicant.page(f"/items/{code}/apply"), code


def test_the_self_check_answers_for_my_situation(desk: Desk) -> None:
    anybody = Browser(desk.app)
    new = words(anybody.get("/items/02/check?form.storage_project=新建&form.contains_toxic=false").text)
    old = words(anybody.get("/items/02/check?form.storage_project=既有设施&form.contains_toxic=false").text)
    material = "储存设施建设项目安全设施竣工验收报告"
    assert material in new and material not in old
    sent = words(anybody.get("/items/02/check?situation=s8").text)
    assert "应当申请其他事项" in sent or "不需要办理" in sent


def test_a_search_that_finds_nothing_offers_what_was_perhaps_meant(desk: Desk) -> None:
    anybody = Browser(desk.app)
    short = words(anybody.get("/?q=危化").text)
    assert "您要找的是不是" in short and "危险化学品经营许可证核发（带储存设施）" in short
    nothing = words(anybody.get("/?q=zzzz").text)
    assert "您要找的是不是" not in nothing and "查看全部事项" in nothing


def test_an_applicant_is_told_whose_turn_it_is_until_when_and_what_happens_then(desk: Desk) -> None:
    applicant = Reader(desk, "applicant1")
    case_no = applied(applicant)
    assert "最迟 2026-09-08 一次告知" in words(applicant.page(f"/cases/{case_no}/receipt"))
    page = words(applicant.page(f"/cases/{case_no}"))
    assert "现在不用您办什么" in page and "正在由窗口受理办理" in page and "最迟 2026-09-08" in page
    assert "到期没有告知的" in page and "btn-primary" not in applicant.page(f"/cases/{case_no}").split("<main")[1]
    fields = {"data.missing.material": "安全评价报告", "data.missing.what": "未提交"}
    Reader(desk, "clerk1").send(f"/cases/{case_no}/act/ask-corrections", fields)
    page = words(applicant.page(f"/cases/{case_no}"))
    assert "轮到您" in page and "逾期没有补的" in page and "安全评价报告 ：未提交" in page
    listed = applicant.page(f"/cases/{case_no}/materials")
    assert words(listed).count("需要补正") == 1
    code = re.search(r'id="m-(m\d+)"', listed[: listed.index("需要补正</span>")].rpartition("<section")[2])
    assert code
    wrong = applicant.uploads(case_no, code[1], "材料.exe", b"MZ")
    assert wrong.status_code == 422 and f'href="#f-{code[1]}"' in wrong.text and f'id="f-{code[1]}-error"' in wrong.text


def test_pages_of_people_send_strangers_to_log_in_and_back(desk: Desk) -> None:
    anybody = Browser(desk.app)
    for path in ("/my/cases", "/inbox", "/cases/x", "/items/02/apply", "/supervision", "/admin", "/messages"):
        answer = anybody.get(path)
        assert answer.status_code == 302 and answer.headers["Location"].startswith(f"/login?next={path}"), path
    back = anybody.log_in("applicant1", next="/my/cases")
    assert back.headers["Location"] == "/my/cases"


@pytest.mark.parametrize(("who", "paths"), [
    ("applicant1", ("/inbox", "/supervision", "/admin", "/admin/people", "/supervision/alerts")),
    ("clerk1", ("/supervision", "/supervision/timeliness.csv", "/admin", "/admin/settings", "/admin/people")),
    ("supervisor1", ("/admin/settings", "/admin/manuals")),
])  # fmt: skip
def test_a_page_of_another_post_is_refused(desk: Desk, who: str, paths: tuple[str, ...]) -> None:
    reader = Reader(desk, who)
    for path in paths:
        assert reader.get(path).status_code == 403, path


def test_a_stranger_s_case_looks_like_none_on_every_page(desk: Desk) -> None:
    case_no = applied(Reader(desk, "applicant1"), materials=False)
    stranger = Reader(desk, "applicant2")
    for page in (
        "",
        "/clocks",
        "/flow",
        "/materials",
        "/receipt",
        "/check",
        "/edit/1",
        "/act/withdraw",
        "/papers/1",
        "/files/x",
    ):
        real, none = stranger.get(f"/cases/{case_no}{page}"), stranger.get(f"/cases/02-20260901-999999{page}")
        assert real.status_code == none.status_code == 404, page
    assert stranger.post(f"/cases/{case_no}/act/withdraw", page="/my/cases").status_code == 404
    assert "已收件" in words(Reader(desk, "applicant1").page(f"/cases/{case_no}"))


def test_a_form_without_its_token_does_nothing(desk: Desk) -> None:
    applicant = Reader(desk, "applicant1")
    case_no = applied(applicant, materials=False)
    for path in (
        f"/cases/{case_no}/act/withdraw",
        f"/cases/{case_no}/materials",
        "/items/02/apply",
        "/messages/read",
        f"/cases/{case_no}/claim",
    ):
        answer = applicant.client.post(path, data={})
        assert answer.status_code == 400 and "页面已经过期" in answer.text, path
    assert "已收件" in words(applicant.page(f"/cases/{case_no}"))


def test_a_wrong_answer_is_told_beside_its_field_and_in_the_summary(desk: Desk) -> None:
    applicant = Reader(desk, "applicant1")
    answer = applicant.send(
        "/items/02/apply", {"applicant.kind": "organisation", "applicant.name": "甲", "applicant.id_no": "123"}
    )
    assert (
        answer.status_code == 422
        and 'href="#q-applicant-id_no"' in answer.text
        and 'id="q-applicant-id_no-error"' in answer.text
    )
    case_no = begun(applicant)
    answer = applicant.send(f"/cases/{case_no}/edit/2", {"form.safety_staff_count": "许多"})
    assert answer.status_code == 422 and 'href="#q-form-safety_staff_count"' in answer.text and "许多" in answer.text
    answer = applicant.send(f"/cases/{case_no}/check", {})
    assert answer.status_code == 422 and f"/cases/{case_no}/edit/1?back=check#q-form-business_mode" in answer.text


def test_an_answer_hidden_by_another_is_not_sent_on(desk: Desk) -> None:
    applicant = Reader(desk, "applicant1")
    case_no = begun(applicant)
    given = typed(FORM) | {"form.storage_lessor": "某公司", "form.storage_tenure": "自有"}
    names = [name for name in given if name.startswith("form.storage") or "hazard" in name or "assessment" in name]
    assert applicant.send(f"/cases/{case_no}/edit/3", {name: given[name] for name in names}).status_code == 303
    assert "某公司" not in applicant.page(f"/cases/{case_no}/check")


def test_who_comes_second_is_told_who_was_first(desk: Desk) -> None:
    applicant = Reader(desk, "applicant1")
    case_no = applied(applicant)
    clerk = Reader(desk, "clerk1")
    stale = clerk.get(f"/cases/{case_no}/act/accept").text
    applicant.does(case_no, "urge", note="请尽快")
    version = re.search(r'name="version" value="(\d+)"', stale)
    assert version
    answer = clerk.post(f"/cases/{case_no}/act/accept", {"version": version.group(1)})
    assert answer.status_code == 409 and "滨海示例化工贸易有限公司刚刚办理了本件" in answer.text


def test_a_form_sent_twice_is_done_once(desk: Desk) -> None:
    applicant = Reader(desk, "applicant1")
    fields = {
        "applicant.kind": "organisation",
        "applicant.name": "甲公司",
        "applicant.id_no": "11120000MB1571593F",
        "command": "a1b2c3",
    }
    first, again = (applicant.post("/items/02/apply", fields) for _ in range(2))
    assert first.headers["Location"] == again.headers["Location"]


def test_a_double_click_that_hands_a_case_on_says_twice_that_it_is_done(desk: Desk) -> None:
    case_no = applied(Reader(desk, "applicant1"))
    clerk, path = Reader(desk, "clerk1"), f"/cases/{case_no}/act/accept"
    page = clerk.page(path)
    hidden = {name: one.search(page).group(1) for name, one in (("version", VERSION), ("command", COMMAND))}  # type: ignore[union-attr]
    first, again = (clerk.post(path, hidden, page="/messages") for _ in range(2))
    assert first.status_code == again.status_code == 303
    assert first.headers["Location"] == again.headers["Location"] == "/inbox"
    assert "已办理" in clerk.page("/inbox?queue=available")
    other = {"version": hidden["version"], "command": "b2c3d4"}
    assert clerk.post(path, other, page="/messages").status_code == 404
    assert Reader(desk, "applicant2").post(path, hidden, page="/messages").status_code == 404
    accepted = desk.call("GET", f"/api/v1/cases/{case_no}/events", "reviewer1")[1]["items"]
    assert [one["type"] for one in accepted].count("accept") == 1


def test_an_act_that_is_closed_says_why(desk: Desk) -> None:
    case_no = applied(Reader(desk, "applicant1"), materials=False)
    page = Reader(desk, "clerk1").page(f"/cases/{case_no}/act/accept", 409)
    assert "现在不能办理" in page and "材料" in words(page)


def test_two_who_mark_the_same_task_learn_who_has_it(desk: Desk) -> None:
    case_no = applied(Reader(desk, "applicant1"))
    one, other = Reader(desk, "clerk1"), Reader(desk, "clerk2")
    task = re.search(r'name="task" value="(\d+)"', one.page("/inbox?queue=available"))
    assert task
    marked = {"task": task.group(1)}
    assert one.send("/inbox/claim", marked, page="/inbox?queue=available").status_code == 303
    assert case_no in one.page("/inbox?queue=mine")
    other.post("/inbox/claim", marked, page="/messages")
    assert "已由" in words(other.page("/inbox?queue=available"))


def test_the_language_link_leads_nowhere_else(desk: Desk) -> None:
    anybody = Browser(desk.app)
    assert anybody.get("/language/en?next=//evil.example/x").headers["Location"] == "/"
    assert anybody.get("/language/en?next=/items/02").headers["Location"] == "/items/02"
    assert "Conditions" in anybody.get("/items/02").text


@pytest.mark.parametrize(("who", "path", "most"), [
    ("", "/", 3),
    ("", "/items/02", 3),
    ("applicant1", "/my/cases", 10),
    ("clerk1", "/inbox?queue=available", 12),
    ("clerk1", "/cases/{case}", 40),
    ("applicant1", "/cases/{case}", 40),
])  # fmt: skip
def test_a_page_asks_the_database_the_same_few_times_however_much_there_is(
    desk: Desk, who: str, path: str, most: int
) -> None:
    case_no = applied(Reader(desk, "applicant1"), materials=False)
    reader = Reader(desk, who) if who else Browser(desk.app)
    reader.get(path.format(case=case_no))  # what is kept for a while is kept now
    with counted(desk) as before:
        reader.get(path.format(case=case_no))
    for _ in range(3):
        applied(Reader(desk, "applicant1"), materials=False)
    with counted(desk) as after:
        assert reader.get(path.format(case=case_no)).status_code == 200
    assert len(after) == len(before) <= most, "\n".join(after)
