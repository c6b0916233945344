"""What supervisors click: the year down to its records, the load down to its tasks, a month assessed, an alert urged."""

import hashlib
import html
import json
import re
from urllib.parse import urlencode

from tests.infrastructure.desk import Desk
from tests.oversight.test_timeliness import observed, told
from tests.web.people import Reader, words
from workflow.oversight.report_files import FORMATS
from workflow.store.connect import transaction

PLACES = (
    "",
    "/load",
    "/urges",
    "/annual",
    "/annual/number?query=decided",
    "/annual/records?query=decided",
    "/assessments",
)
NUMBER = re.compile(r'href="(/supervision/annual/number\?[^"#]+)[^"]*">(\d+)')


def at(answer: str, pattern: str) -> str:
    """Return the first address of a page that fits."""
    found = re.search(pattern, answer)
    assert found, words(answer)[:1500]
    return html.unescape(found.group(1))


def test_the_year_opens_down_to_its_records_and_is_the_same_twice(desk: Desk) -> None:
    quick, slow, open_one = told(desk)
    observed(desk)
    supervisor = Reader(desk, "supervisor1")
    page = supervisor.page("/supervision/annual?year=2026")
    assert "2026年，共收到办理申请3件，受理3件，办结2件" in "".join(words(page).split())
    links = {(html.unescape(link), int(n)) for link, n in NUMBER.findall(page)}
    assert len(links) > 30
    for link, n in links:
        number = supervisor.page(link)
        if "permits" in link or not n or "open_and" in link:
            continue
        assert f'<p class="big">{n}' in number, link
    number = supervisor.page("/supervision/annual/number?year=2026&query=over_promise")
    assert "决定日期晚于承诺到期日" in number and "select m.item_code as key" in html.unescape(number)
    records = supervisor.get(at(number, r'href="(/supervision/annual/records[^"]+key=26)"'))
    head, line = records.text.splitlines()
    key, month, record, chain, n = line.split(",")
    assert head == "key,month,record,head,n" and (key, month, record, n) == ("26", "10", slow, "1")
    own = hashlib.sha256(f"{record} {chain} {n}".encode()).hexdigest()
    assert own[:16] in number and hashlib.sha256(f"26 {own}".encode()).hexdigest() in number
    files = {}
    for form in FORMATS:
        assert f"/supervision/annual/report.{form}?year=2026" in page
        one, two = (supervisor.get(f"/supervision/annual/report.{form}?year=2026") for _ in range(2))
        assert one.status_code == 200 and one.data == two.data, form
        files[form] = one.data
    counted = {n["query"]: n["value"] for n in json.loads(files["json"])["numbers"] if not n["key"]}
    assert {re.search(r"query=(\w+)", link)[1]: n for link, n in links if n}.items() <= counted.items()  # type: ignore[index]
    link = at(files["html"].decode(), r'href="(/supervision/annual/records\?year=2026[^"]+query=received[^"]*)"')
    assert {quick, slow, open_one} <= set(re.findall(r"26-\d{8}-\d+", supervisor.get(link).text))
    for path, status in (("number?query=x", 404), ("records?query=x", 404), ("report.exe", 404), ("?year=soon", 200)):
        supervisor.page(f"/supervision/annual/{path}".replace("/?", "?"), status)
    with transaction(desk.office.engine) as connection:
        connection.exec_driver_sql("update sums set n = n + 1 where figure = 'refused' or figure = 'decided'")
    assert "逐件计算" in supervisor.page("/supervision/annual/report.json?year=2026", 409)


def test_a_supervisor_assesses_a_month_talks_urges_and_sees_who_carries_what(desk: Desk) -> None:
    _quick, slow, open_one = told(desk)
    desk.at("2026-11-02T09:00:00")
    observed(desk)
    for who, status in (("clerk1", 403), ("head1", 403), ("applicant1", 403)):
        reader = Reader(desk, who)
        for place in PLACES:
            reader.page(f"/supervision{place}", status)
        assert reader.post("/supervision/assessments", {"month": "2026-10"}, page="/messages").status_code == 403
    supervisor, auditor = Reader(desk, "supervisor1"), Reader(desk, "auditor1")
    board = supervisor.page("/supervision")
    queue = supervisor.page(at(board, r'href="(/supervision/load\?[^"]+late=1)"'))
    assert open_one in queue and slow not in queue
    assert "现在没有待办" in supervisor.page("/supervision/load?department=x&post=reviewer")
    assert slow in supervisor.page(at(board, r'href="(/supervision/cases\?figure=permits[^"]+2026-12-31)"'))

    place = "/supervision/assessments?month=2026-10&kind=person"
    month = {"month": "2026-10", "kind": "person"}
    assert "还没有考核" in auditor.page(place) and "考核这个月" not in auditor.page(place)
    assert auditor.post("/supervision/assessments", month, page=place).status_code == 403
    assert supervisor.post("/supervision/assessments", month, page=place).status_code == 303
    page = supervisor.page(place)
    assert "审批官甲" in page and "不排名" in page and "承诺期限内办结率" in page  # one case: shown, not ranked
    assert slow in supervisor.page(at(page, r'href="(/supervision/cases[^"]+figure=timed)"'))
    talk = {**month, "subject": "approver1", "held_on": "2026-11-02", "present": "分管负责人", "issues": "承诺超期"}
    for more, said in (
        ({}, "请写明约谈日期和整改期限"),
        ({"improve_by": "2026-10-01"}, "整改期限不能早于约谈日期"),
        ({"improve_by": "2026-12-01", "subject": "clerk2"}, "约谈对象不在"),
        ({"improve_by": "2026-12-01", "issues": " "}, "请写明参加人和约谈内容"),
        ({"improve_by": "2026-12-01"}, "已记录约谈"),
    ):
        supervisor.post("/supervision/assessments/talks", {**talk, **more}, page=place)
        assert said in supervisor.page(place), said
    assert "第 1 号" in supervisor.page(place) and auditor.page(place).count("承诺超期") == 1
    early = {"month": "2026-11", "kind": "person"}
    supervisor.post("/supervision/assessments", early, page=place)
    assert "还没有结束" in supervisor.page(f"/supervision/assessments?{urlencode(early)}")
    assert "2026-10" in supervisor.page("/supervision/assessments?month=9999-12")  # nothing sound: the last month

    alert = at(supervisor.page("/supervision/alerts?status=open"), r'href="(/supervision/alerts/\d+)"')
    supervisor.post(f"{alert}/urged", {"text": "三日内说明", "answer_by": "soon"}, page=alert)
    assert "应当是一个日期" in supervisor.page(alert)
    supervisor.post(f"{alert}/urged", {"text": "三日内说明", "answer_by": "2026-11-05"}, page=alert)
    urged = supervisor.page("/supervision/urges")
    assert "三日内说明" in urged and "2026-11-05" in urged and "逾期" not in urged and alert in urged
    desk.at("2026-11-06T09:00:00")
    supervisor, head = Reader(desk, "supervisor1"), Reader(desk, "head1")
    assert "逾期" in supervisor.page("/supervision/urges")
    assert "/supervision/alerts" in head.page("/messages") and 'href="/supervision"' not in head.page("/messages")
    head.post(f"{alert}/explained", {"text": "系统升级，已补办"}, page=alert)
    supervisor.post(f"{alert}/lifted", {"text": "情况属实"}, page=alert)
    assert words(supervisor.page(alert)).count("撤销") >= 1 and "已撤销" in supervisor.page("/supervision/urges")
