"""Four eyes on pages: who changes something is led to a proposal, nothing changes, another person reads it and answers."""

import re

import pytest

from tests.duties.offices import one_human
from tests.duties.test_proposals import stand
from tests.infrastructure.desk import Desk
from tests.web.people import Reader, words
from tests.web.test_pages import counted
from workflow.casework.demo import DEPARTMENT

GIVE = {"department": DEPARTMENT, "post": "reviewer", "because": "增加审查力量"}
LISTS = "/admin/lists/once"
CHANGES: list[tuple[str, str, str, dict[str, str], list[str]]] = [
    ("sysadmin1", "secadmin1", "/admin/people/clerk2/give", {**GIVE, "valid_until": "2027-01-31"},
     ["没有这个岗位", "至 2027-01-31"]),
    ("sysadmin1", "secadmin1", "/admin/people/reviewer1/take", {"held": f"{DEPARTMENT}|reviewer", "because": "调离"},
     ["没有期限", "没有这个岗位"]),
    ("sysadmin1", "secadmin1", "/admin/people/clerk1/link", {"other": "reviewer1", "because": "同一人"},
     ["单独一人的账号", "同一人的账号：clerk1、reviewer1"]),
    ("catalog1", "catalog2", f"{LISTS}/entries", {"items": "02", "basis": "津政务〔2026〕1号"},
     ["不在清单上", "自 2026-09-01 起列入"]),
    ("catalog1", "catalog2", "/admin/manuals/02/cancel", {"cancelled_from": "2030-01-01", "basis": "津政务〔2026〕2号"},
     ["照常", "自 2030-01-01 起停止"]),
]  # fmt: skip


def proposed(reader: Reader, path: str, fields: dict[str, str]) -> str:
    """Return the address of the proposal that a page of an administrator leads to."""
    page = path.rsplit("/", 1)[0] if "/people/" in path else path
    answer = reader.send(path, fields, page=page)
    assert answer.status_code == 303, words(answer.text)[:800]
    assert re.fullmatch(r"/proposals/\d+", answer.headers["Location"])
    return str(answer.headers["Location"])


def test_a_change_on_a_page_waits_until_another_person_confirms_it(desk: Desk) -> None:
    readers = {name: Reader(desk, name) for name in ("sysadmin1", "secadmin1", "catalog1", "catalog2", "auditor1")}
    for by, other, path, fields, says in CHANGES:
        before, one, another = stand(desk), readers[by], readers[other]
        made = proposed(one, path, fields)
        own = words(one.page(made))
        assert stand(desk) == before and "另一人确认以后生效" in own
        assert all(text in own for text in (*says, "提出人不能确认自己的提议")) and "确认，立即生效" not in own
        assert one.post(f"{made}/confirm", page=made).status_code == 403 and stand(desk) == before
        assert made in another.page("/proposals")
        assert another.post(f"{made}/confirm", {"note": "已核对"}, page=made).status_code == 303
        assert stand(desk) != before, path
        done = words(another.page(made))
        assert "已确认" in done and "已核对" in done and "确认，立即生效" not in done
        assert made not in another.page("/proposals") and made in one.page("/proposals?view=mine")
        assert made in readers["auditor1"].page("/proposals?view=ended")


def test_an_entry_ends_and_a_closed_item_opens_again_by_two_people(desk: Desk) -> None:
    one, other = Reader(desk, "catalog1"), Reader(desk, "catalog2")
    for path, fields in (
        (f"{LISTS}/entries", {"items": "02", "basis": "依据"}),
        ("/admin/manuals/02/cancel", {"cancelled_from": "2026-09-01", "basis": "依据"}),
    ):
        other.post(f"{proposed(one, path, fields)}/confirm", page="/proposals")
    assert "自 2026-09-01 起不再受理" in words(one.page("/admin/manuals/02"))
    end = re.search(rf'href="({LISTS}/entries/\d+/end)"', one.page(LISTS))
    assert end
    ended = proposed(one, end.group(1), {"valid_until": "2026-12-31", "basis": "依据"})
    restored = proposed(one, "/admin/manuals/02/restore", {"basis": "依据"})
    assert "2026-12-31 后移出" in words(one.page(ended)) and "照常" in words(one.page(restored))
    for made in (ended, restored):
        assert other.post(f"{made}/confirm", page=made).status_code == 303
    assert "2026-12-31" in one.page(LISTS) and "不再受理" not in one.page("/admin/manuals/02")


def test_not_agreeing_needs_a_reason_and_the_proposer_takes_back(desk: Desk) -> None:
    one, other = Reader(desk, "sysadmin1"), Reader(desk, "secadmin1")
    made = proposed(one, "/admin/people/clerk2/give", GIVE)
    answer = other.post(f"{made}/reject", {"reason": " "}, page=made)
    assert answer.status_code == 422 and 'href="#reason"' in answer.text
    assert other.post(f"{made}/reject", {"reason": "编制已满"}, page=made).status_code == 303
    assert "没有同意" in other.page(made) and "编制已满" in one.page(made)
    assert one.post(f"{made}/reject", {"reason": "再想想"}, page="/proposals").status_code == 409
    again = proposed(one, "/admin/people/clerk2/give", GIVE)
    assert "撤回提议" in one.page(again)
    one.post(f"{again}/reject", {"reason": "写错了"}, page=again)
    assert "已撤回" in one.page(again) and "写错了" in one.page(again)


def test_a_change_that_cannot_be_is_told_where_it_was_asked_for(desk: Desk) -> None:
    admin, keeper = Reader(desk, "sysadmin1"), Reader(desk, "catalog1")
    for reader, path, fields, says in (
        (admin, "/admin/people/clerk2/give", {**GIVE, "post": "system-admin"}, "不能与其他岗位由一人担任"),
        (admin, "/admin/people/clerk2/give", {**GIVE, "post": "king"}, "请选择：岗位"),
        (admin, "/admin/people/clerk2/give", {**GIVE, "because": ""}, "请填写：理由"),
        (admin, "/admin/people/clerk2/give", {**GIVE, "valid_until": "2026-08-01"}, "截止日期不能早于今日"),
        (admin, "/admin/people/clerk2/link", {"other": "nobody", "because": "x"}, "没有账号“nobody”"),
        (keeper, f"{LISTS}/entries", {"items": "02\n9999", "basis": "x"}, "没有事项 9999"),
        (keeper, f"{LISTS}/entries", {"items": "02", "valid_from": "明天", "basis": "x"}, "应当是日期"),
        (keeper, "/admin/lists/new", {"list_id": "清单", "name": "清单", "basis": "x"}, "小写字母"),
    ):
        page = path.rsplit("/", 1)[0] if "/people/" in path else path
        answer = reader.send(path, fields, page=page)
        assert answer.status_code in (409, 422) and says in words(answer.text), (path, words(answer.text)[:600])
        assert all(str(text) in answer.text for text in fields.values() if text != "king")
    assert desk.get("/api/v1/proposals", "auditor1")[1]["items"] == []


def test_nobody_asks_for_a_change_of_their_own_account(desk: Desk) -> None:
    one_human(desk, "sysadmin1", "clerk2")
    admin = Reader(desk, "sysadmin1")
    for account in ("sysadmin1", "clerk2"):
        assert "提议授予" not in admin.page(f"/admin/people/{account}")
        answer = admin.post(f"/admin/people/{account}/give", GIVE, page="/admin/people")
        assert answer.status_code == 403 and "涉及您本人" in words(answer.text)


@pytest.mark.parametrize("who", ["clerk1", "supervisor1"])
def test_whoever_has_not_the_post_proposes_and_answers_nothing(desk: Desk, who: str) -> None:
    made = proposed(Reader(desk, "sysadmin1"), "/admin/people/clerk2/give", GIVE)
    before, reader = stand(desk), Reader(desk, who)
    watches = who == "supervisor1"
    assert (reader.get(made).status_code, reader.get("/proposals").status_code) == (
        (200, 200) if watches else (404, 403)
    )
    assert not watches or "确认，立即生效" not in reader.page(made)
    for path, fields in ((f"{made}/confirm", {}), (f"{made}/reject", {"reason": "不"})):
        assert reader.post(path, fields, page="/messages").status_code == (403 if watches else 404), path
    for path, fields in [*((path, fields) for _, _, path, fields, _ in CHANGES), ("/admin/publish", {})]:
        assert reader.post(path, fields, page="/messages").status_code == 403, path
    assert stand(desk) == before and "等待确认" in Reader(desk, "secadmin1").page(made)
    assert Reader(desk, "catalog1").get(made).status_code == 404, "of the other kind of administrators"


def test_versions_are_published_by_two_people(desk: Desk) -> None:
    with desk.office.work() as connection:
        connection.exec_driver_sql("alter table published_versions disable trigger all")
        connection.exec_driver_sql("delete from published_versions where name in ('22', 'on-site')")
        connection.exec_driver_sql("alter table published_versions enable always trigger published_append_only")
    one, other = Reader(desk, "catalog1"), Reader(desk, "catalog2")
    page = words(one.page("/admin/publish"))
    assert "没有发布过" in page and "手册：22" in page and "流程：现场核查件" in page
    made = proposed(one, "/admin/publish", {"because": "新版手册"})
    assert "手册：22" in words(other.page(made)) and "没有发布过" in words(other.page("/admin/publish"))
    assert other.post(f"{made}/confirm", page=made).status_code == 303
    assert "没有要改变的" in words(one.page("/admin/publish"))
    assert "手册：22" in words(one.page(made)), "what it changed can be read for good"


def test_a_list_of_proposals_costs_the_same_however_long_it_is(desk: Desk) -> None:
    admin = Reader(desk, "sysadmin1")
    admin.page("/proposals")
    with counted(desk) as none:
        admin.page("/proposals")
    for number in range(3):
        proposed(admin, "/admin/people/clerk2/give", {**GIVE, "because": f"理由{number}"})
    with counted(desk) as three:
        assert admin.page("/proposals").count("/proposals/") >= 3
    assert len(three) <= len(none) + 1 <= 8, "\n".join(three)
