"""A notice file is refused where it is wrong, every error with its line; what is unusual is doubted, not changed."""

import json
from datetime import date
from pathlib import Path

import pytest

from tests.calendar.notices import TODAY, notice_2026, plain_2027
from workflow.definitions.holiday_notice import NoticeError, check_notice, parse_notice, read_notice
from workflow.definitions.official_days import official_schedules
from workflow.engine.errors import DefinitionError

SMALL = """\
year: 2027
source: 国务院办公厅关于2027年部分节假日安排的通知
doc_no: 国办发明电〔2026〕7号
published_on: "2026-11-04"
days_off:
  "2027-01-01": 元旦
  "2027-02-05": 春节
worked:
  - "2027-02-20"
"""


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        ("year: 2027", 'year: "2027"', 1, "year 应当是"),
        ("year: 2027", "year: 1027", 1, "year 应当是"),
        ("doc_no: 国办发明电〔2026〕7号", "doc_no:", 3, "doc_no 应当写明"),
        ("doc_no:", "number:", 3, "没有“number”这一项"),
        ("doc_no: 国办发明电〔2026〕7号\n", "", 1, "缺少 doc_no"),
        ('"2026-11-04"', '"2026-11-31"', 4, "加引号的日期"),
        ('"2026-11-04"', '"2028-11-04"', 4, "还没有到"),
        ('  "2027-01-01": 元旦', '  "2027-01-01":', 6, "写明节日名称"),
        ('  "2027-01-01"', '  "2027-13-01"', 6, "应当是加引号的日期"),
        ('  "2027-01-01"', '  "2026-12-31"', 6, "不在 2027 年"),
        ('  "2027-01-01"', '  "20270101"', 6, "应当是加引号的日期"),
        ('  - "2027-02-20"', '  - "2027-02-22"', 9, "本来就上班"),
        ('  - "2027-02-20"', '  - "2027-02-20"\n  - "2027-02-20"', 10, "写了两次"),
        ('  "2027-02-05": 春节', '  "2027-02-20": 春节', 9, "既写为休息日"),
        ("worked:", "worked: x\nrest:", 8, "worked 应当是日期的列表"),
        ("days_off:", "days_off: x\nrest:", 5, "days_off 应当是"),
    ],
)
def test_an_error_is_refused_with_its_line(old: str, new: str, line: int, what: str) -> None:
    assert old in SMALL
    with pytest.raises(NoticeError) as refused:
        parse_notice(SMALL.replace(old, new, 1), "2027.yaml", today=TODAY)
    assert [one.line for one in refused.value.errors if what in one.what] == [line], str(refused.value)
    assert f"2027.yaml:{line}: " in str(refused.value)


def test_every_error_is_told_at_once() -> None:
    text = SMALL.replace("year: 2027", "year: 2027\nyears: 1").replace('"2027-01-01": 元旦', '"x": 元旦')
    with pytest.raises(NoticeError) as refused:
        parse_notice(text, "f", today=TODAY)
    assert len(refused.value.errors) == 2


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (SMALL.replace('"2027-01-01"', "2027-01-01"), "元旦"),
        (SMALL.replace('"2026-11-04"', "2026-11-04"), "unquoted date"),
        (SMALL + "year: 2027\n", "duplicate key"),
        (SMALL.replace('  "2027-02-05"', '  "2027-01-01"'), "duplicate key"),
        ("", "empty document"),
        ("[]", "一组键值"),
        ("- \t", "tab"),
    ],
)
def test_yaml_is_read_strictly(text: str, what: str) -> None:
    if what == "元旦":  # a key is text in any case
        assert parse_notice(text, "f", today=TODAY).off[date(2027, 1, 1)] == "元旦"
        return
    with pytest.raises((DefinitionError, NoticeError), match=what):
        parse_notice(text, "f", today=TODAY)


def test_json_with_the_same_keys_is_the_same_notice(tmp_path: Path) -> None:
    (tmp_path / "n.json").write_text(json.dumps(plain_2027(), indent=1), encoding="utf-8")
    one = read_notice(tmp_path / "n.json", today=TODAY)
    assert one == check_notice(plain_2027(), today=TODAY) and one.doubts == () and len(one.off) == 24


@pytest.mark.parametrize("year", sorted(set(official_schedules()) - {2004, 2005, 2006, 2007, 2011, 2012, 2015, 2020}))
def test_no_ordinary_notice_of_the_past_is_doubted(year: int) -> None:
    known = official_schedules()[year]
    plain = {
        "year": year,
        "source": "通知",
        "doc_no": "国办发明电",
        "published_on": f"{year - 1}-12-01",
        "days_off": {str(day): name for day, name in known["off"].items()},
        "worked": [str(day) for day in known["worked"]],
    }
    assert check_notice(plain, today=TODAY).doubts == ()


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"without": "01-01"}, "2027-01-01（元旦）是法定节日"),
        ({"without": "06-09"}, "没有名为“端午节”"),
        ({"off": {"临时放假": "03-03"}}, "是 14 天"),
        ({"worked": "02-14"}, "是 17 天"),
    ],
)
def test_what_is_unusual_is_doubted(changes: dict[str, object], what: str) -> None:
    notice = check_notice(plain_2027(**changes), today=TODAY)  # type: ignore[arg-type]
    assert any(what in doubt.what for doubt in notice.doubts)


def test_a_year_s_own_extraordinary_day_is_doubted_and_kept() -> None:
    notice = notice_2026(off={"临时放假": "11-13"})
    assert len(notice.doubts) == 1 and notice.off[date(2026, 11, 13)] == "临时放假"
