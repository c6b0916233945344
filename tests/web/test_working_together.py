"""Work changes hands on pages: transfer, delegation, urging, countersigning, marking many at once, ready phrases."""

import re

import pytest

from api.web.acts import PHRASES
from tests.infrastructure.desk import Desk
from tests.story.telling import applied, branches, taken_in
from tests.web.people import Reader, words
from tests.web.test_pages import counted


@pytest.fixture
def in_review(desk: Desk) -> str:
    """An accepted case that waits for a reviewer."""
    case_no = applied(desk, "26")
    taken_in(desk, case_no)
    return case_no


def options(page: str, name: str) -> list[str]:
    """Return whom a question offers."""
    found = re.search(rf'name="{re.escape(name)}"[^>]*>(.*?)</select>', page, re.S)
    values = found.group(1) if found else page
    pattern = r'<option value="([^"]+)"' if found else rf'name="{re.escape(name)}" value="([^"]+)"'
    return re.findall(pattern, values)


def test_work_is_transferred_delegated_and_taken_back_by_pages(desk: Desk, in_review: str) -> None:
    one, other = Reader(desk, "reviewer1"), Reader(desk, "reviewer2")
    one.post(f"/cases/{in_review}/claim", page=f"/cases/{in_review}")
    assert "转办" in one.page(f"/cases/{in_review}")
    offered = options(one.page(f"/cases/{in_review}/act/transfer"), "data.to")
    assert "reviewer2" in offered and not {"reviewer1", "clerk1", "approver1"} & set(offered)
    one.does(in_review, "transfer", to="reviewer2", reason="出差")
    assert in_review in other.page("/inbox?queue=mine") and in_review not in one.page("/inbox?queue=mine")
    closed = words(one.page(f"/cases/{in_review}"))
    assert "现在不能办的，为什么" in closed
    other.does(in_review, "delegate", to="reviewer1", until="2026-09-05", reason="开会")
    assert in_review in one.page("/inbox?queue=mine")
    other.does(in_review, "take-back")
    assert in_review in other.page("/inbox?queue=mine")


def test_whoever_answers_for_the_case_urges_it_and_the_handler_reads_of_it(desk: Desk, in_review: str) -> None:
    reviewer = Reader(desk, "reviewer1")
    reviewer.post(f"/cases/{in_review}/claim", page=f"/cases/{in_review}")
    for who in ("head1", "approver1", "supervisor1", "applicant1"):
        reader = Reader(desk, who)
        assert f'href="/cases/{in_review}/act/urge"' in reader.page(f"/cases/{in_review}"), who
        reader.does(in_review, "urge", note=f"请尽快办理（{who}）")
        assert f"请尽快办理（{who}）" in Reader(desk, "reviewer1").page(f"/cases/{in_review}")
    assert "催办" in words(reviewer.page("/messages"))


def test_countersigners_are_asked_sign_and_are_joined_by_pages(desk: Desk, in_review: str) -> None:
    reviewer = Reader(desk, "reviewer1")
    offered = options(reviewer.page(f"/cases/{in_review}/act/ask-countersign"), "data.people")
    assert {"reviewer2", "approver1", "legal1"} <= set(offered)
    assert not {"clerk1", "inspector1", "expert1", "reviewer1"} & set(offered), "they could never sign"
    reviewer.does(in_review, "ask-countersign", people=["reviewer2"], question="是否符合条件")
    reviewer.does(in_review, "add-signer", people=["legal1"])
    for who in ("reviewer2", "legal1"):
        signer = Reader(desk, who)
        assert in_review in signer.page("/inbox?queue=mine")
        signer.does(in_review, "countersign", conclusion="agree", note=f"同意 {who}")
    said = words(reviewer.page(f"/cases/{in_review}"))
    assert "审查中" in said and "同意 legal1" in said


def test_every_post_has_its_phrases_and_they_stand_beside_the_opinion(desk: Desk, in_review: str) -> None:
    posts = {"clerk1": "window-clerk", "reviewer1": "reviewer", "head1": "department-head"}
    assert set(posts.values()) <= set(PHRASES)
    page = Reader(desk, "reviewer1").page(f"/cases/{in_review}/act/ask-countersign")
    assert all(f'data-phrase="{phrase}" data-into="opinion"' in page for phrase in PHRASES["reviewer"])


def test_what_a_colleague_has_taken_says_so(desk: Desk, in_review: str) -> None:
    reviewer, other = Reader(desk, "reviewer1"), Reader(desk, "reviewer2")
    act = f"/cases/{in_review}/act/ask-countersign"
    assert f'href="{act}"' in other.page(f"/cases/{in_review}")
    reviewer.post(f"/cases/{in_review}/claim", page=f"/cases/{in_review}")
    page = other.page(f"/cases/{in_review}")
    assert f'href="{act}"' not in page and "<dt>送会签</dt>" in page and "待办已由他人签收" in words(page)
    assert "待办已由他人签收" in words(other.page(act, 409))


def test_many_are_claimed_at_once_and_none_without_a_mark(desk: Desk, in_review: str) -> None:
    numbers = [applied(desk, "26", materials=False) for _ in range(3)]
    clerk = Reader(desk, "clerk1")
    page = clerk.page("/inbox?queue=available")
    marks = re.findall(r'name="task" value="(\d+)"', page)
    assert len(marks) >= 3 and 'data-all="[name=task]"' in page
    assert "请先勾选" in words(clerk.client.get(
        clerk.post("/inbox/claim", page="/inbox?queue=available").headers["Location"], base_url=clerk.base_url
    ).text)  # fmt: skip
    clerk.post("/inbox/claim", {"task": marks}, page="/inbox?queue=available")  # type: ignore[dict-item]
    mine = clerk.page("/inbox?queue=mine")
    assert f"已签收 {len(marks)} 件" in mine and all(one in mine for one in numbers)


def test_a_joint_case_and_its_branches_lead_to_each_other_as_far_as_the_reader_may_go(desk: Desk) -> None:
    case_no = applied(desk, "40")
    desk.done(case_no, "clerk1", "accept")
    opened = branches(desk, case_no)
    first, *others = opened.values()
    with desk.office.work() as connection:
        connection.exec_driver_sql("update cases set department = '别的部门' where case_no = %(no)s", {"no": first})
    approver = Reader(desk, "approver1")
    page = approver.page(f"/cases/{case_no}")
    rows = {one["branch"]: one for one in desk.case(case_no, "approver1")["branches"]}
    assert others and all(f'href="/cases/{one}"' in page for one in others)
    assert {rows[key]["case_no"] for key, no in opened.items() if no != first} == set(others)
    assert f'href="/cases/{first}"' not in page and approver.get(f"/cases/{first}").status_code == 404
    assert [key for key, no in opened.items() if "state_name" not in rows[key]] == [next(iter(opened))]
    assert f'href="/cases/{case_no}"' in approver.page(f"/cases/{others[0]}")
    assert desk.case(others[0], "approver1")["joint_case"] == case_no
    whole = Reader(desk, "applicant1").page(f"/cases/{case_no}")
    assert all(f'href="/cases/{one}"' in whole for one in opened.values()), "the party may open all of its own"
    with counted(desk) as many:
        approver.page(f"/cases/{case_no}")
    with desk.office.work() as connection:
        connection.exec_driver_sql(
            "update cases set department = '别的部门' where case_no = any(%(all)s)", {"all": [case_no, *others[1:]]}
        )
    with counted(desk) as few:
        assert "并联办件中的一个分支" not in approver.page(f"/cases/{others[0]}")
    assert desk.case(others[0], "approver1")["joint_case"] is None
    assert len(many) <= len(few) + 2 <= 45, "\n".join(many)
