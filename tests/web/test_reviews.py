"""Bad ratings on pages: called back, answered, put right, closed; an appeal; whom they belong to."""

import re

import pytest

from tests.infrastructure.desk import Desk
from tests.story.telling import applied, carried
from tests.web.people import Reader, words
from tests.web.test_pages import counted

ITEM = "26"
MORE = """
with invited as (
  insert into rating_invitations (case_id, token_hash, invited_at)
  select id, repeat(id::text, 64), created_at from cases on conflict do nothing),
more as (
  insert into ratings (case_id, level, comment, is_anonymous, department, item_code, item_name, handlers, rated_at)
  select c.id, r.level, '', false, r.department, r.item_code, r.item_name, r.handlers, r.rated_at
    from ratings r, cases c where c.id <> r.case_id returning id)
insert into rating_cases (rating_id, state, due_on, opened_at)
select more.id, b.state, b.due_on, b.opened_at from more, rating_cases b
"""


@pytest.fixture
def rated(desk: Desk) -> str:
    """A case that has ended and was rated badly, under a name, on its own page."""
    case_no = applied(desk, ITEM)
    assert carried(desk, case_no)["state"] == "closed"
    applicant = Reader(desk, "applicant1")
    fields = {"level": "5", "comment": "等了太久"}
    assert applicant.post(f"/cases/{case_no}/rating", fields, page=f"/cases/{case_no}").status_code == 303
    return case_no


def takes(reader: Reader, step: str, note: str = "已经电话联系", path: str = "/ratings/1") -> int:
    """Return the status of a step; taken by a button the page offers, if it is taken."""
    answer = reader.post(f"{path}/{step}", {"note": note}, page=path)
    return int(answer.status_code)


def offered(reader: Reader) -> list[str]:
    return re.findall(r'formaction="/ratings/1/([a-z-]+)"', reader.page("/ratings/1"))


def test_a_bad_rating_is_seen_to_step_by_step(desk: Desk, rated: str) -> None:
    clerk, head = Reader(desk, "clerk1"), Reader(desk, "head1")
    assert "/ratings/1" in clerk.page("/ratings") and "等了太久" in clerk.page("/ratings/1")
    assert rated in words(head.page("/ratings/1")) and f'href="/cases/{rated}"' in head.page("/ratings/1")
    assert offered(clerk) == ["call-back", "appeal"], "who handled the case may appeal"
    answer = clerk.post("/ratings/1/call-back", {"note": " "}, page="/ratings/1")
    assert answer.status_code == 422 and 'href="#note"' in answer.text
    for step in ("call-back", "answer", "rectify"):
        assert step in offered(clerk)
        assert takes(clerk, step, f"情况：{step}") == 303
        assert f"情况：{step}" in clerk.page("/ratings/1")
    assert "close" not in offered(clerk) and takes(clerk, "close") == 403
    assert offered(head)[0] == "close" and takes(head, "close", "已经核实") == 303
    assert "已办结" in head.page("/ratings/1") and offered(head) == []
    assert "/ratings/1" not in head.page("/ratings") and "/ratings/1" in head.page("/ratings?view=all")


def test_an_appeal_is_decided_by_a_supervisor(desk: Desk, rated: str) -> None:
    head, supervisor = Reader(desk, "head1"), Reader(desk, "supervisor1")
    assert takes(head, "appeal", "评价针对的是其他部门") == 303
    assert offered(head) == [] and offered(supervisor) == ["uphold", "dismiss"]
    assert takes(head, "uphold") == 403
    assert takes(supervisor, "uphold", "申诉成立") == 303
    assert "申诉成立，不计入" in head.page("/ratings/1") and takes(supervisor, "dismiss") == 409


def test_who_wished_to_stay_unknown_stays_unknown_on_the_page(desk: Desk) -> None:
    case_no = applied(desk, ITEM)
    carried(desk, case_no)
    path = f"/cases/{case_no}"
    Reader(desk, "applicant1").post(f"{path}/rating", {"level": "4", "anonymous": "1"}, page=path)
    head = Reader(desk, "head1")
    for page in (head.page("/ratings"), head.page("/ratings/1")):
        assert case_no not in page and "匿名" in page and "张三" not in page
    assert "answer" in offered(head), "nobody is called back who wished to stay unknown"
    assert case_no in Reader(desk, "supervisor1").page("/ratings/1")


def test_bad_ratings_are_no_page_for_others_and_one_question_for_the_list(desk: Desk, rated: str) -> None:
    assert Reader(desk, "applicant1").get("/ratings").status_code == 403
    head = Reader(desk, "head1")
    assert head.get("/ratings/999").status_code == head.get(f"/ratings/{2**70}").status_code == 404
    with desk.office.work() as connection:
        connection.exec_driver_sql("delete from person_posts where person_id = 'clerk2'")
    stranger = Reader(desk, "clerk2")
    assert stranger.get("/ratings/1").status_code == stranger.get("/ratings/999").status_code == 403
    with counted(desk) as one:
        head.page("/ratings")
    for _ in range(2):
        applied(desk, ITEM, materials=False)
    with desk.office.work() as connection:
        connection.exec_driver_sql(MORE)
    with counted(desk) as three:
        assert head.page("/ratings").count('href="/ratings/') >= 3
    assert len(three) == len(one) <= 8, "\n".join(three)
