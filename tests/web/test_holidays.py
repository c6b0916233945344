"""A holiday notice on a page: pasted or sent as the file the command reads, looked at, proposed, confirmed by another."""

import html
import io
import json
import re
from typing import Any

from tests.calendar.notices import plain_2027
from tests.duties.test_proposals import stand
from tests.infrastructure.desk import Desk
from tests.story.telling import applied
from tests.web.people import Reader, words

PATH = "/admin/calendar"
NOTICE = plain_2027() | {"published_on": "2026-08-04"}


def as_file(plain: dict[str, Any]) -> str:
    """Return a notice as the file the command reads."""
    return "\n".join(f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in plain.items())


def looked_at(reader: Reader, text: str, *, status: int = 200) -> str:
    answer = reader.post(PATH, {"notice": text})
    assert answer.status_code == status, words(answer.text)[:800]
    return str(answer.text)


def test_a_pasted_notice_shows_what_it_changes_and_is_proposed(desk: Desk) -> None:
    desk.at("2026-12-21T09:00:00")
    case_no = applied(desk, "26")
    desk.done(case_no, "clerk1", "accept")
    before, keeper, other = stand(desk), Reader(desk, "catalog1"), Reader(desk, "catalog2")
    page = looked_at(keeper, as_file(NOTICE))
    text = words(page)
    assert "2027-02-05 春节" in text and "1 件在办件的到期日改变" in text and case_no in text and "暂定" in text
    assert stand(desk) == before, "looking loads nothing"
    carried = re.search(r'name="notice" value="([^"]+)"', page)
    assert carried and json.loads(html.unescape(carried.group(1))) == NOTICE
    answer = keeper.post(f"{PATH}/propose", {"notice": html.unescape(carried.group(1))}, page=PATH)
    made = answer.headers["Location"]
    assert answer.status_code == 303 and stand(desk) == before
    assert "2027-02-05（春节）" in words(other.page(made)) and "catalog1" not in words(other.page(made))
    assert other.post(f"{made}/confirm", page=made).status_code == 303 and stand(desk) != before
    assert "2027" in words(keeper.page(PATH)).split("通知文件")[0]
    again = keeper.post(f"{PATH}/propose", {"notice": json.dumps(NOTICE)}, page=PATH)
    assert again.status_code == 409 and "已经如此" in words(again.text)


def test_a_notice_comes_as_a_file_or_field_by_field(desk: Desk) -> None:
    keeper = Reader(desk, "catalog1")
    token = re.search(r'name="csrf_token" value="([^"]+)"', keeper.page(PATH))
    assert token
    sent = {"csrf_token": html.unescape(token.group(1)), "file": (io.BytesIO(as_file(NOTICE).encode()), "2027.yaml")}
    headers = {"Referer": f"{keeper.base_url}{PATH}"}
    answer = keeper.client.post(PATH, data=sent, base_url=keeper.base_url, headers=headers)
    assert answer.status_code == 200 and "2027-02-05 春节" in words(answer.text)
    typed = {
        **{name: str(NOTICE[name]) for name in ("year", "source", "doc_no", "published_on")},
        "days_off": "\n".join(f"{day} {name}" for day, name in NOTICE["days_off"].items()),
        "worked": "\n".join(NOTICE["worked"]),
    }
    by_hand = keeper.post(PATH, typed)
    assert by_hand.status_code == 200 and "2027-02-05 春节" in words(by_hand.text)


def test_what_is_unusual_has_to_be_ticked_and_what_is_wrong_is_told_by_its_line(desk: Desk) -> None:
    keeper, before = Reader(desk, "catalog1"), stand(desk)
    odd = NOTICE | {"days_off": {day: name for day, name in NOTICE["days_off"].items() if name != "端午节"}}
    page = words(looked_at(keeper, as_file(odd)))
    assert "没有名为“端午节”的休息日" in page and "以上异常之处无误" in page
    given = {"notice": json.dumps(odd)}
    refused = keeper.post(f"{PATH}/propose", given, page=PATH)
    assert refused.status_code == 409 and "有异常之处" in words(refused.text)
    assert keeper.post(f"{PATH}/propose", {**given, "confirm": "1"}, page=PATH).status_code == 303
    wrong = looked_at(keeper, as_file(NOTICE).replace("2027-01-01", "2026-01-01"), status=422)
    assert re.search(r"第 \d+ 行：", words(wrong)) and "不在 2027 年" in words(wrong)
    for text in ("year: 2027\n\tsource: x", "[", "{", "2027", "year: &a 2027"):
        assert "需要修改" in looked_at(keeper, text, status=422)
    assert keeper.post(f"{PATH}/propose", {"notice": "不是 JSON"}, page=PATH).status_code == 422
    assert stand(desk) == before


def test_only_who_keeps_the_catalogue_proposes_a_notice(desk: Desk) -> None:
    for who, status in (("sysadmin1", 200), ("auditor1", 200), ("supervisor1", 403), ("clerk1", 403)):
        reader = Reader(desk, who)
        assert reader.get(PATH).status_code == status, who
        sent = reader.post(f"{PATH}/propose", {"notice": json.dumps(NOTICE)}, page="/messages")
        assert sent.status_code == 403, who
    assert "提议载入" not in looked_at(Reader(desk, "auditor1"), as_file(NOTICE))
    assert desk.get("/api/v1/proposals", "auditor1")[1]["items"] == []
