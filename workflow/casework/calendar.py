"""Load a State Council notice, look at what is loaded, and at what a notice changed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from workflow.casework.errors import CaseworkError
from workflow.casework.four_eyes import Body, Doing, Kind, emergency, refused
from workflow.casework.office import Office
from workflow.casework.recompute import Change, look_ahead
from workflow.definitions.holiday_notice import HolidayNotice, Remark, check_notice
from workflow.engine.calendar import WorkingCalendar
from workflow.engine.calendar_change import Notice
from workflow.store import calendars, recomputes
from workflow.store.calendars import Version
from workflow.store.connect import Connection


@dataclass(frozen=True, slots=True)
class DayChange:
    """A day that meant something else until now. name: the holiday's, or why it is worked."""

    day: date
    was_working: bool
    is_working: bool
    name: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """version: the id of the new version, None if exactly these days were in force already."""

    version: int | None
    year: int
    days: tuple[DayChange, ...]
    doubts: tuple[Remark, ...]


class NotConfirmed(CaseworkError):
    """The notice is unusual; nothing was loaded. `doubts` say what a person has to confirm."""

    def __init__(self, doubts: Sequence[Remark]) -> None:
        self.doubts = tuple(doubts)
        super().__init__("；".join(doubt.what for doubt in doubts))


def load_notice(
    office: Office, notice: HolidayNotice, now: datetime, *, by: str, confirmed: bool, account: str = ""
) -> Loaded:
    """Put a notice in force from now on, without a second person. Raises NotConfirmed.

    account: os:ACCOUNT at the console; it is written down as an emergency (proposals.py).
    Only the notice is stored here; open cases are counted anew by recompute() and by the workers' sweep.
    """
    with office.work() as connection:
        loaded = load_within(connection, notice, now, by=by, confirmed=confirmed)
        if loaded.version is not None and account:
            body = {"notice": {"year": notice.year, "source": notice.source, "doc_no": notice.doc_no}}
            emergency(connection, KIND, body, f"由 {by} 在控制台载入", account, now)
    if loaded.version is not None:
        office.nudge()
    return loaded


def load_within(connection: Connection, notice: HolidayNotice, now: datetime, *, by: str, confirmed: bool) -> Loaded:
    """The same within a transaction of the caller's."""
    calendars.take_turn(connection)
    days = day_changes(connection, notice)
    doubts = _all_doubts(notice, days, now.date())
    if calendars.is_in_force(connection, notice.year, notice.schedule()):
        return Loaded(None, notice.year, (), doubts)
    if doubts and not confirmed:
        raise NotConfirmed(doubts)
    loaded = calendars.load(connection, notice.year, notice.schedule(), loaded_by=by, at=now)
    return Loaded(loaded, notice.year, days, doubts)


def day_changes(connection: Connection, notice: HolidayNotice) -> tuple[DayChange, ...]:
    """Return the days of the notice that mean something else by what is in force now, in order."""
    before = calendars.in_force(connection)[1]
    after = WorkingCalendar.from_schedules({notice.year: notice.schedule()})
    return tuple(
        DayChange(day, before.is_working(day), after.is_working(day), after.why(day) or before.why(day))
        for day in _days_of(notice.year)
        if before.is_working(day) is not after.is_working(day)
    )


def _days_of(year: int) -> Iterator[date]:
    for ordinal in range(date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal() + 1):
        yield date.fromordinal(ordinal)


def _all_doubts(notice: HolidayNotice, days: Sequence[DayChange], today: date) -> tuple[Remark, ...]:
    past = [change.day for change in days if change.day < today]
    if not past:
        return notice.doubts
    listed = "、".join(day.isoformat() for day in past[:5]) + ("等" if len(past) > 5 else "")
    what = f"{listed}已经过去而含义改变：已经发生的效力不变，仍在进行的期限可能因此已经届满"
    return (*notice.doubts, Remark((), what))


@dataclass(frozen=True, slots=True)
class Preview:
    """What loading a notice would do; nothing was stored. cases: (case number, rows of the list)."""

    days: tuple[DayChange, ...]
    doubts: tuple[Remark, ...]
    cases: Iterator[tuple[str, Sequence[Mapping[str, Any]]]]


def preview(office: Office, notice: HolidayNotice, now: datetime, *, most: int | None = None) -> Preview:
    """Return what loading this notice now would change, case by case. Reads only. most: open cases to look at."""
    with office.work() as connection:
        days = day_changes(connection, notice)
        newest = recomputes.target(connection)
        calendar = calendars.with_proposal(connection, notice.year, notice.schedule(), now)
    cited = Notice(newest + 1, notice.year, "", notice.source, notice.doc_no)
    cases = look_ahead(office, Change(newest + 1, calendar), now, cited, most=most)
    return Preview(days, _all_doubts(notice, days, now.date()), cases)


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A version with what became of it. moved: cases whose dates it moved; passed: only their past would differ."""

    version: Version
    is_in_force: bool
    moved: int
    passed: int


def versions(office: Office) -> list[VersionLine]:
    """Return every schedule ever loaded, oldest first."""
    with office.work() as connection:
        found = calendars.versions(connection)
        counts = recomputes.counts(connection)
    newest = {version.year: version.id for version in found}
    return [
        VersionLine(version, newest[version.year] == version.id, *counts.get(version.id, (0, 0))) for version in found
    ]


def schedule(office: Office, year: int) -> Version | None:
    """Return the schedule in force for a year, or None if none is loaded."""
    with office.work() as connection:
        return calendars.of_year(connection, year)


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One row of the before/after list. seq: the event that told the case, None if the clock had ended."""

    case_id: int
    case_no: str
    clock: str
    was_due: date
    was_provisional: bool
    due: date
    provisional: bool
    note: str
    seq: int | None


def changes(
    office: Office, version: int, *, after: tuple[int, str] = (0, ""), limit: int = 1000
) -> tuple[list[ChangeLine], tuple[int, str] | None]:
    """Return (rows of the before/after list of a version, where to go on or None)."""
    with office.work() as connection:
        rows = recomputes.changes(connection, version, after=after, limit=limit + 1)
    page = [
        ChangeLine(
            row.id,
            row.case_no,
            row.clock,
            row.was_due,
            row.was_provisional,
            row.due,
            row.provisional,
            row.note,
            row.seq,
        )
        for row in rows[:limit]
    ]
    return page, (page[-1].case_id, page[-1].clock) if len(rows) > limit else None


def all_changes(office: Office, version: int) -> Iterator[ChangeLine]:
    """Yield the whole list of a version."""
    after: tuple[int, str] | None = (0, "")
    while after is not None:
        page, after = changes(office, version, after=after)
        yield from page


def put_aside(office: Office) -> Sequence[tuple[str, str]]:
    """Return (case number, error) of cases that could not be counted anew."""
    with office.work() as connection:
        return recomputes.failures(connection)


def try_again(office: Office) -> None:
    """Let cases put aside be counted once more."""
    with office.work() as connection:
        recomputes.forget_failures(connection)


FAR_OFF = date(2200, 1, 1)  # a notice that was checked when it was proposed is not judged by its date again


def _load(connection: Connection, body: Body, doing: Doing) -> dict[str, Any]:
    notice = check_notice(body["notice"], today=doing.at.date())
    done = load_within(connection, notice, doing.at, by=doing.proposer, confirmed=bool(body["confirm"]))
    if done.version is None:
        raise refused("NOTHING_TO_CHANGE", f"{notice.year}年的安排已经如此。")
    return {"version": done.version, "year": done.year}


def _days(connection: Connection, body: Body) -> Any:
    """Return the days that would mean something else; of an emergency, which is already done, only what it was."""
    notice: Mapping[str, Any] = body["notice"]
    if "days_off" not in notice:
        return dict(notice)
    checked = check_notice(notice, today=FAR_OFF)
    return [
        {"date": one.day.isoformat(), "was_working": one.was_working, "is_working": one.is_working, "name": one.name}
        for one in day_changes(connection, checked)
    ]


KIND = Kind(
    "load-calendar",
    "载入节假日安排",
    frozenset({"catalogue-admin"}),
    lambda body: f"{body['notice']['year']}年（{body['notice'].get('doc_no') or body['notice'].get('source')}）",
    _days,
    _load,
)
