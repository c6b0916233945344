"""What was put aside goes back into its queue by a button, and calls to other systems are read and sent again."""

import re

from api.web.admin import WHAT
from tests.infrastructure.desk import Desk
from tests.story.telling import applied
from tests.web.people import Reader, words
from tests.web.test_pages import counted
from workflow.casework.outbox import TOPICS

ASIDE = """
with row as (
  insert into outbox (topic, case_id, seq, body, created_at, next_try_at, quarantined_at, attempts, error)
  select 'invite-rating', id, 1, '{}', now(), now(), now(), 5, 'ValueError: 不行' from cases returning id)
select id from row
"""
CALLS = """
insert into webhook_calls (id, outbox_id, case_id, endpoint, subject, topic, body, created_at, next_try_at, state, attempts,
       quarantined_at)
select '0000-call-' || n, o.id, o.case_id, 'regulator-' || n, 'x', 'decision.granted', '{}', now(), now(), 'quarantined', 10, now()
  from (select id, case_id from outbox order by id limit 1) o, generate_series(1, 3) n;
insert into webhook_tries (call_id, at, status, error) select id, now(), 500, 'HTTPError' from webhook_calls
"""


def aside(desk: Desk) -> tuple[int, int, int]:
    with desk.office.work() as connection:
        row = connection.exec_driver_sql(
            "select (select count(*) from outbox where quarantined_at is not null) as a,"
            " (select count(*) from due_dates where quarantined_at is not null) as b,"
            " (select count(*) from message_deliveries where state = 'quarantined') as c"
        ).one()
    return tuple(row)  # type: ignore[return-value]


def test_each_thing_put_aside_goes_back_once_and_only_by_an_administrator(desk: Desk) -> None:
    applied(desk, "26", materials=False)
    with desk.office.work() as connection:
        connection.exec_driver_sql(ASIDE)
        connection.exec_driver_sql("update due_dates set quarantined_at = now(), attempts = 5, error = 'KeyError'")
        connection.exec_driver_sql(
            "insert into message_deliveries (id, message_id, channel, created_at, next_try_at, state, quarantined_at,"
            " attempts) select '1-clerk1-email', id, 'email', now(), now(), 'quarantined', now(), 8 from messages limit 1"
        )
    assert aside(desk) == (1, 1, 1)
    admin, auditor = Reader(desk, "sysadmin1"), Reader(desk, "auditor1")
    page = admin.page("/admin/jobs")
    assert all(text in words(page) for text in ("邀请评价", "时限", "电子邮件", "不行"))
    assert "放回队列" not in auditor.page("/admin/jobs")
    forms = re.findall(r'action="(/admin/jobs/\w+/release)".*?name="key" value="([^"]+)"', page, re.S)
    assert sorted(path.split("/")[3] for path, _ in forms) == ["clocks", "deliveries", "outbox"]
    for path, key in forms:
        assert auditor.post(path, {"key": key}, page="/messages").status_code == 403
        before = sum(aside(desk))
        assert admin.post(path, {"key": key}, page="/admin/jobs").status_code == 303
        assert sum(aside(desk)) == before - 1
        assert admin.post(path, {"key": key}, page="/admin/jobs").status_code == 404, "somebody was first"
    assert admin.post("/admin/jobs/people/release", {"key": "1"}, page="/admin/jobs").status_code == 404


def test_calls_are_read_and_sent_again_by_system_administrators(desk: Desk) -> None:
    applied(desk, "26", materials=False)
    admin = Reader(desk, "sysadmin1")
    with counted(desk) as none:
        assert "没有推送" in admin.page("/admin/calls")
    with desk.office.work() as connection:
        for sql in CALLS.split(";"):
            connection.exec_driver_sql(sql)
    with counted(desk) as three:
        page = words(admin.page("/admin/calls?state=quarantined"))
    assert page.count("准予许可") == 3 and "500 HTTPError" in page and len(three) == len(none) <= 6
    for who in ("auditor1", "clerk1", "catalog1"):
        reader = Reader(desk, who)
        assert reader.get("/admin/calls").status_code == 403
        assert reader.post("/admin/calls/0000-call-1/replay", page="/messages").status_code == 403
    assert admin.post("/admin/calls/0000-call-1/replay", page="/admin/calls").status_code == 303
    assert admin.post("/admin/calls/none/replay", page="/admin/calls").status_code == 404
    assert words(admin.page("/admin/calls?state=quarantined")).count("准予许可") == 2
    assert words(admin.page("/admin/calls?state=waiting")).count("准予许可") == 1


def test_every_kind_of_background_work_has_a_name() -> None:
    assert set(TOPICS) <= set(WHAT)
