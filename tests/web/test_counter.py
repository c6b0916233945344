"""At the window after acceptance: every act the processes leave to the clerk there has its page, and nothing else is shown."""

import io
import re
from collections.abc import Iterator

import pytest

from service_catalog.catalog import catalog
from tests.infrastructure.desk import Desk
from tests.service_catalog.builders import USCC, granting_answers
from tests.story.telling import applied, granted, made_ready, taken_in
from tests.story.test_procedures import tolerable, with_gap
from tests.web.people import PDF, Reader, words
from workflow.definitions.loader import processes
from workflow.engine.model import Action, State

SLUGS = sorted(slug for slug, process in processes().items() if process.kind == "procedure")
FORCE = """
update cases set state = %(state)s, phase = %(phase)s, snapshot = jsonb_set(snapshot, '{state}', to_jsonb(%(state)s::text))
 where case_no = %(no)s
"""


def put(desk: Desk, case_no: str, state: State) -> None:
    """Let a case stand in a state, however it would have come there."""
    with desk.office.work() as connection:
        connection.exec_driver_sql(FORCE, {"no": case_no, "state": state.name, "phase": state.phase})


def of_the_counter(slug: str) -> Iterator[tuple[State, list[Action]]]:
    """Yield every state of a process after its intake with what is left to the counter there."""
    for state in processes()[slug].states.values():
        acts = [one for one in state.actions.values() if "window-clerk" in one.by]
        if acts and state.phase not in ("draft", "intake"):
            yield state, acts


@pytest.mark.parametrize("slug", SLUGS)
def test_every_act_left_to_the_counter_is_offered_on_a_page_or_says_why_not(desk: Desk, slug: str) -> None:
    code = next(one.code for one in catalog().all() if one.process == slug)
    answers = granting_answers(catalog().newest(code)) if slug == "self-service" else {}
    case_no = applied(desk, code, materials=bool(answers), **answers)
    assert desk.case(case_no)["process"] == slug
    clerk, seen = Reader(desk, "clerk1"), set()
    for state, acts in of_the_counter(slug):
        put(desk, case_no, state)
        page = clerk.client.get(f"/cases/{case_no}/counter", base_url=clerk.base_url, follow_redirects=True)
        assert page.status_code == 200, (state.name, page.status_code)
        shown = page.text
        assert ("窗口代办" in shown) is (state.phase != "delivery")
        for act in acts:
            where = f"/cases/{case_no}/act/{act.name}"
            is_offered = f'href="{where}' in shown or (act.takes == "material" and 'type="file"' in shown)
            assert is_offered or f"<dt>{act.title}</dt>" in shown, (state.name, act.name)
            if act.name not in seen and act.takes != "material":
                seen.add(act.name)
                answer = clerk.get(where)
                assert answer.status_code == (200 if is_offered else 409), (state.name, act.name)
                assert is_offered or "现在不能办理" in answer.text
    assert {"record-service", "announce-service", "agree-to-electronic-service", "deliver", "publish"} <= seen


@pytest.fixture
def in_review(desk: Desk) -> str:
    """An accepted case that its reviewer has."""
    case_no = applied(desk, "26")
    taken_in(desk, case_no)
    return case_no


def test_the_counter_takes_in_and_serves_without_seeing_the_case(desk: Desk, in_review: str) -> None:
    clerk = Reader(desk, "clerk1")
    assert clerk.get(f"/cases/{in_review}").status_code == 404
    assert clerk.get(f"/cases?no={in_review}").headers["Location"] == f"/cases/{in_review}/counter"
    page = clerk.page(f"/cases/{in_review}/counter")
    assert not any(text in page for text in (USCC, "审查要点", "办理记录", "申请表"))
    assert "受理通知书" in page and "登记送达" in page
    link = re.search(r'href="([^"]+record-service[^"]+document=[^"]+)"[^>]*>登记送达<span class="sr"> 受理通知书', page)
    assert link
    form = clerk.page(link.group(1).replace("&amp;", "&"))
    assert re.search(r'<option value="[^"]+" selected>受理通知书', form) and 'name="data.recipient"' in form
    assert not re.search(r'name="data.recipient"[^>]*>[^<]', form), "a name may be covered here, so none is filled in"
    answer = clerk.send(f"/cases/{in_review}/act/agree-to-electronic-service", {"data.channel": "site"})
    assert answer.headers["Location"] == f"/cases/{in_review}/counter"
    assert "已办理" in clerk.page(f"/cases/{in_review}/counter")


def test_a_file_brought_to_the_counter_is_kept_and_a_wrong_one_is_refused_there(desk: Desk) -> None:
    clerk = Reader(desk, "clerk1")
    in_review, _gaps = with_gap(desk, next(code for code in ("29", "20", "26", "12") if tolerable(code)))
    clerk.does(in_review, "accept-tolerantly", promise="三日内补交")
    path = f"/cases/{in_review}/counter"
    code = re.search(r'<option value="(m\d+)"', clerk.page(path))
    assert code
    before = len(_files(desk, in_review))
    for body, name, status in ((b"MZ", "材料.exe", 422), (PDF, "补充.pdf", 303)):
        token = re.search(r'name="csrf_token" value="([^"]+)"', clerk.page(path))
        assert token
        answer = clerk.client.post(
            path,
            data={"csrf_token": token.group(1), "name": code.group(1), "file": (io.BytesIO(body), name)},
            base_url=clerk.base_url,
            headers={"Referer": f"{clerk.base_url}{path}"},
        )
        assert answer.status_code == status, words(answer.text)[:600]
    assert len(_files(desk, in_review)) == before + 1


def _files(desk: Desk, case_no: str) -> list[str]:
    listed = desk.get(f"/api/v1/cases/{case_no}/materials", "reviewer1")[1]["items"]
    return [file["file_name"] for one in listed for file in one["files"]]


def test_the_counter_page_is_nobody_else_s(desk: Desk, in_review: str) -> None:
    path = f"/cases/{in_review}/counter"
    assert Reader(desk, "reviewer1").get(path).headers["Location"] == f"/cases/{in_review}"
    for who in ("applicant1", "applicant2", "inspector1", "expert1", "sysadmin1"):
        assert Reader(desk, who).get(path).status_code in (403, 404), who
    clerk = Reader(desk, "clerk1")
    assert clerk.get("/cases/02-20260901-999999/counter").status_code == 404
    assert clerk.get(f"/cases/{in_review}/act/propose").status_code == 404
    with desk.office.work() as connection:
        sql = "delete from person_posts where person_id = 'clerk2' and department = %(department)s"
        connection.exec_driver_sql(sql, {"department": desk.case(in_review)["department"]})
    assert Reader(desk, "clerk2").get(path).status_code == 404


WAYS: list[tuple[dict[str, str], str]] = [
    ({"mode": "counter", "place": "3号窗口"}, "窗口领取"),
    ({"mode": "proxy", "relation": "同住配偶"}, "他人代收"),
    ({"mode": "post", "mail_no": "EMS123", "signed_on": "2026-09-01"}, "邮寄"),
    ({"mode": "left", "place": "住所", "witness": "李四"}, "留置送达"),
    ({"mode": "electronic"}, "电子送达"),
]


def test_service_is_recorded_by_each_way_and_the_case_shows_it_with_its_proof(desk: Desk, in_review: str) -> None:
    clerk, reviewer = Reader(desk, "clerk1"), Reader(desk, "reviewer1")
    listed = desk.get(f"/api/v1/cases/{in_review}/documents", "reviewer1")[1]["items"]
    no = next(one["no"] for one in listed if one["title"] == "受理通知书")
    path = f"/cases/{in_review}/act/record-service"
    form = clerk.page(f"{path}?document={no}&mode=post")
    assert re.search(r'value="post" checked|value="post"[^>]* checked', form)
    assert "仅用于：邮寄。" in words(form) and "data-shown" in form
    clerk.does(in_review, "agree-to-electronic-service", channel="site")
    for number, (given, name) in enumerate(WAYS):
        bare = {"data.document": no, "data.recipient": f"收件人{number}", "data.mode": given["mode"]}
        if given["mode"] in ("proxy", "post", "left"):
            refused = clerk.send(path, bare)
            assert refused.status_code == 422 and "需要修改" in words(refused.text)
        clerk.does(in_review, "record-service", document=no, recipient=f"收件人{number}", **given)
        shown = words(reviewer.page(f"/cases/{in_review}"))
        assert name in shown and f"收件人{number}" in shown and "送达回证" in shown
    receipt = re.search(r'<a href="(/cases/[^"]+/papers/\d+)">送达回证<span', reviewer.page(f"/cases/{in_review}"))
    assert receipt and "送达回证" in reviewer.page(receipt.group(1))
    masked = words(Reader(desk, "supervisor1").page(f"/cases/{in_review}"))
    assert "收件人0" not in masked and "窗口领取" in masked


def test_a_paper_nobody_can_be_given_is_announced_and_served_after_thirty_days(desk: Desk, in_review: str) -> None:
    clerk = Reader(desk, "clerk1")
    made_ready(desk, in_review)
    granted(desk, in_review)
    listed = desk.get(f"/api/v1/cases/{in_review}/documents", "reviewer1")[1]["items"]
    no = next(one["no"] for one in listed if one["title"] == "准予行政许可决定书")
    announced = {"document": no, "reason": "下落不明", "where": "门户网站"}
    clerk.does(in_review, "announce-service", **announced)
    too_early = clerk.send(f"/cases/{in_review}/act/deliver", {"data.mode": "notice", "data.recipient": "张三"})
    assert too_early.status_code in (409, 422) and "30日" in words(too_early.text)
    desk.at("2026-10-09T09:00:00")
    clerk = Reader(desk, "clerk1")
    clerk.does(in_review, "deliver", mode="notice", recipient="张三")
    assert "公告送达" in words(Reader(desk, "reviewer1").page(f"/cases/{in_review}"))
