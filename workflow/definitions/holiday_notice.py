"""A State Council notice on working days as a file: read strictly, checked against what every notice holds.

    year: 2027
    source: 国务院办公厅关于2027年部分节假日安排的通知
    doc_no: 国办发明电〔2026〕7号
    published_on: "2026-11-04"
    days_off: {"2027-01-01": 元旦, "2027-02-05": 春节}
    worked: ["2027-02-20"]

Errors refuse the file. Doubts do not: a person has to confirm them, because a notice may be unusual
(one more day off in 2015, a longer Spring Festival in 2020). JSON with the same keys is read as well.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path as FilePath
from typing import Any

from workflow.definitions.strict_yaml import Path, load, load_file
from workflow.engine.calendar import FIXED_HOLIDAYS
from workflow.engine.errors import BanjianError

KEYS = ("year", "source", "doc_no", "published_on", "days_off", "worked")
YEAR_MIN, YEAR_MAX = 1990, 2200  # as the table holds them
NAME_MAX, TEXT_MAX = 20, 200
HOLIDAYS = ("元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节")
# 全国年节及纪念日放假办法: days off for all, those on a weekend made up for on a working day.
HOLIDAY_DAYS, HOLIDAY_DAYS_BEFORE_2025 = 13, 11  # the latter since 2008


@dataclass(frozen=True, slots=True)
class Remark:
    """Something wrong or doubtful at `path` of the file, in Chinese; line 0 if there is no file."""

    path: Path
    what: str
    line: int = 0

    @property
    def field(self) -> str:
        """Return the path as text."""
        return ".".join(str(piece) for piece in self.path) or "(全部)"


class NoticeError(BanjianError):
    """The notice was refused: every error, with file and line where there is a file."""

    def __init__(self, errors: Sequence[Remark], file: str = "") -> None:
        self.errors, self.file = tuple(errors), file
        super().__init__("\n".join(f"{file}:{one.line}: {one.what}" if file else one.what for one in errors))


@dataclass(frozen=True, slots=True)
class HolidayNotice:
    """The days of one year. doubts: what a person has to confirm before it is loaded."""

    year: int
    source: str
    doc_no: str
    published_on: date
    off: Mapping[date, str]
    worked: tuple[date, ...]
    doubts: tuple[Remark, ...] = ()

    def schedule(self) -> dict[str, Any]:
        """Return it as the store keeps it."""
        return {
            "off": {day.isoformat(): name for day, name in self.off.items()},
            "worked": [day.isoformat() for day in self.worked],
            "source": self.source,
            "doc_no": self.doc_no,
            "published_on": self.published_on,
        }


def read_notice(path: FilePath, *, today: date) -> HolidayNotice:
    """Return the notice of a YAML or JSON file. Raises DefinitionError (not readable), NoticeError."""
    plain, lines = load_file(path, name=path.name)
    return check_notice(plain, today=today, file=path.name, line_of=lines.at)


def parse_notice(text: str, file: str, *, today: date) -> HolidayNotice:
    """Return the notice of a text. Raises DefinitionError, NoticeError."""
    plain, lines = load(text, file)
    return check_notice(plain, today=today, file=file, line_of=lines.at)


def check_notice(plain: Any, *, today: date, file: str = "", line_of: Any = lambda path: 0) -> HolidayNotice:
    """Return the notice that plain data describes. Raises NoticeError with every error."""
    errors = [Remark(path, what, line_of(path)) for path, what in _errors(plain, today)]
    if errors:
        raise NoticeError(errors, file)
    off = {date.fromisoformat(day): name for day, name in sorted(plain["days_off"].items())}
    worked = tuple(sorted(date.fromisoformat(day) for day in plain["worked"]))
    doubts = tuple(Remark(path, what, line_of(path)) for path, what in _doubts(plain["year"], off, worked))
    return HolidayNotice(
        plain["year"],
        plain["source"].strip(),
        plain["doc_no"].strip(),
        date.fromisoformat(plain["published_on"]),
        off,
        worked,
        doubts,
    )


Found = Iterator[tuple[Path, str]]


def _errors(plain: Any, today: date) -> Found:
    if not isinstance(plain, Mapping):
        yield (), f"应当是一组键值，须有：{'、'.join(KEYS)}"
        return
    for key in plain:
        if key not in KEYS:
            yield (str(key),), f"没有“{str(key)[:40]}”这一项，可用：{'、'.join(KEYS)}"
    for key in KEYS:
        if key not in plain:
            yield (), f"缺少 {key}"
    year = plain.get("year")
    if "year" in plain and (type(year) is not int or not YEAR_MIN <= year <= YEAR_MAX):
        yield ("year",), f"year 应当是 {YEAR_MIN} 至 {YEAR_MAX} 的年份，不加引号"
        year = None
    for key in ("source", "doc_no"):
        if key in plain and not _is_text(plain[key], TEXT_MAX):
            yield (key,), f"{key} 应当写明，不超过 {TEXT_MAX} 字"
    if "published_on" in plain:
        published = _date(plain["published_on"])
        if published is None:
            yield ("published_on",), '应当是加引号的日期，例如 "2026-11-04"'
        elif published > today:
            yield ("published_on",), f"印发日期 {published} 还没有到"
    yield from _errors_in_days(plain, year)


def _errors_in_days(plain: Mapping[Any, Any], year: int | None) -> Found:
    off, worked = plain.get("days_off", {}), plain.get("worked", [])
    if not isinstance(off, Mapping):
        yield ("days_off",), 'days_off 应当是日期到节日名称的对应，例如 {"2027-01-01": 元旦}'
        off = {}
    if not isinstance(worked, list):
        yield ("worked",), 'worked 应当是日期的列表，例如 ["2027-02-20"]；没有调休时写 []'
        worked = []
    for day, name in off.items():
        yield from _errors_of_day(("days_off", day), day, year)
        if not _is_text(name, NAME_MAX):
            yield ("days_off", day), f"{day} 应当写明节日名称，不超过 {NAME_MAX} 字"
    seen: set[Any] = set()
    for index, day in enumerate(worked):
        path = ("worked", index)
        wrong = list(_errors_of_day(path, day, year))
        yield from wrong
        if wrong:
            continue
        if day in seen:
            yield path, f"{day} 写了两次"
        seen.add(day)
        if day in off:
            yield path, f"{day} 既写为休息日，又写为上班日"
        found = _date(day)
        if found is not None and found.weekday() < 5:
            yield path, f"{day} 是星期{'一二三四五'[found.weekday()]}，本来就上班；worked 只写调休上班的周六、周日"


def _errors_of_day(path: Path, day: Any, year: int | None) -> Found:
    found = _date(day)
    if found is None:
        yield path, f'“{str(day)[:40]}”应当是加引号的日期，例如 "2027-01-01"'
    elif year is not None and found.year != year:
        yield path, f"{day} 不在 {year} 年；跨年的日子请另行载入 {found.year} 年更正后的安排"


def _date(value: Any) -> date | None:
    if not isinstance(value, str) or len(value) != 10:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _is_text(value: Any, most: int) -> bool:
    return isinstance(value, str) and 0 < len(value.strip()) <= most and value.isprintable()


def _doubts(year: int, off: Mapping[date, str], worked: Sequence[date]) -> Found:
    """What is unusual: said, never corrected."""
    for (month, day), name in FIXED_HOLIDAYS.items():
        is_new = (month, day) == (5, 2)  # a holiday since 2025
        if date(year, month, day) not in off and not (is_new and year < 2025):
            yield ("days_off",), f"{year}-{month:02d}-{day:02d}（{name}）是法定节日，没有写为休息日"
    for name in HOLIDAYS:
        if not any(name in found for found in off.values()):
            yield ("days_off",), f"没有名为“{name}”的休息日"
    known = HOLIDAY_DAYS if year >= 2025 else HOLIDAY_DAYS_BEFORE_2025
    net = sum(day.weekday() < 5 for day in off) - len(worked)
    if net != known and year >= 2008:
        what = f"周一至周五的休息日减去调休上班日是 {net} 天，《全国年节及纪念日放假办法》规定放假 {known} 天"
        yield ("days_off",), what
