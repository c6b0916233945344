"""Working-day schedules as dated, sourced versions in the database; the newest of a year is in force.

A version is never edited and never removed. One that came with the release before there was any case counts
as known from the beginning; every later one is in force from the moment it was loaded (in_force_from).
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from workflow.engine.calendar import Earlier, WorkingCalendar
from workflow.ledger.chain import canonical
from workflow.store.connect import Connection, Row

SEEDED_BY = "release"
LOCK = 4_126_090_105  # advisory lock: versions are numbered in the order in which they become visible

VERSIONS = (
    "select id, year, source, doc_no, published_on, loaded_at, loaded_by, in_force_from, digest, body"
    " from calendar_versions"
)


@dataclass(frozen=True, slots=True)
class Version:
    """One schedule as it was loaded. off: {date text: name}; worked: [date text]; in_force_from None: always."""

    id: int
    year: int
    source: str
    doc_no: str | None
    published_on: date | None
    loaded_at: datetime
    loaded_by: str
    in_force_from: datetime | None
    digest: str
    off: Mapping[str, str]
    worked: Sequence[str]


def seed(connection: Connection, schedules: Mapping[int, Mapping[str, Any]]) -> None:
    """Load this release's schedules for years that have none; a loaded notice is never overruled."""
    known = set(connection.exec_driver_sql("select distinct year from calendar_versions").scalars())
    missing = sorted(set(schedules) - known)
    if not missing:
        return
    at = connection.exec_driver_sql("select case when exists (select from cases) then now() end").scalar_one()
    for year in missing:
        load(connection, year, schedules[year], loaded_by=SEEDED_BY, at=at)


def take_turn(connection: Connection) -> None:
    """Wait until nobody else is loading a schedule, and keep others waiting until commit."""
    connection.exec_driver_sql("select pg_advisory_xact_lock(%(lock)s)", {"lock": LOCK})


def load(connection: Connection, year: int, schedule: Mapping[str, Any], *, loaded_by: str, at: datetime | None) -> int:
    """Put one year's schedule in force; return its version id.

    at: the moment from which it is in force; None: it was known before the first case.
    """
    take_turn(connection)
    text, digest = _spelled(schedule)
    version: int = connection.exec_driver_sql(
        "insert into calendar_versions"
        " (year, source, doc_no, published_on, loaded_at, loaded_by, in_force_from, digest, body)"
        " values (%(year)s, %(source)s, %(doc_no)s, %(published_on)s, coalesce(%(at)s::timestamptz, now()), %(by)s,"
        # each later than the one before, so that what was in force at any moment has one answer
        " case when %(at)s::timestamptz is not null then greatest(%(at)s::timestamptz,"
        " (select max(in_force_from) + interval '1 microsecond' from calendar_versions)) end,"
        " %(digest)s, %(body)s::jsonb) returning id",
        {
            "year": year,
            "source": schedule["source"],
            "doc_no": schedule.get("doc_no"),
            "published_on": schedule.get("published_on"),
            "by": loaded_by,
            "at": at,
            "digest": digest,
            "body": text,
        },
    ).scalar_one()
    return version


def is_in_force(connection: Connection, year: int, schedule: Mapping[str, Any]) -> bool:
    """Return True if exactly these days, under these names, are in force for that year."""
    newest = of_year(connection, year)
    return newest is not None and newest.digest == _spelled(schedule)[1]


def _spelled(schedule: Mapping[str, Any]) -> tuple[str, str]:
    """Return the days of a schedule in the one spelling that is stored, and its digest."""
    days = {
        "off": {str(day): name for day, name in schedule["off"].items()},
        "worked": sorted(str(day) for day in schedule["worked"]),
    }
    text = canonical(days).decode()
    return text, hashlib.sha256(text.encode()).hexdigest()


def in_force(connection: Connection) -> tuple[int, WorkingCalendar]:
    """Return (newest version id, the calendar of the newest schedule per year, with what was known before)."""
    return known_at(connection, None)


def known_at(connection: Connection, version: int | None) -> tuple[int, WorkingCalendar]:
    """Return the same as it was when `version` was the newest (None: now)."""
    newest, schedules, earlier = _known(connection, version)
    return newest, WorkingCalendar.from_schedules(schedules).with_history(earlier)


def with_proposal(connection: Connection, year: int, schedule: Mapping[str, Any], at: datetime) -> WorkingCalendar:
    """Return the calendar there would be if this schedule were loaded at that moment."""
    _, schedules, earlier = _known(connection, None)
    proposed = WorkingCalendar.from_schedules({**schedules, year: schedule})
    return proposed.with_history([*earlier, _until(at, schedules)])


def _known(connection: Connection, version: int | None) -> tuple[int, dict[int, dict[str, Any]], list[Earlier]]:
    rows = connection.exec_driver_sql(
        "select id, year, source, in_force_from, body from calendar_versions"
        " where %(version)s::bigint is null or id <= %(version)s order by id",
        {"version": version},
    ).all()
    schedules = {row.year: _schedule(row) for row in rows if row.in_force_from is None}
    earlier: list[Earlier] = []
    for row in rows:
        if row.in_force_from is not None:
            earlier.append(_until(row.in_force_from, schedules))
            schedules[row.year] = _schedule(row)
    return max((row.id for row in rows), default=0), schedules, earlier


def _until(moment: datetime, schedules: Mapping[int, Mapping[str, Any]]) -> Earlier:
    return Earlier(moment, partial(WorkingCalendar.from_schedules, dict(schedules)))


def _schedule(row: Row) -> dict[str, Any]:
    return {**row.body, "source": row.source}


def versions(connection: Connection, *, after: int = 0) -> list[Version]:
    """Return every version loaded after that id, oldest first."""
    rows = connection.exec_driver_sql(f"{VERSIONS} where id > %(after)s order by id", {"after": after})
    return [_version(row) for row in rows]


def of_year(connection: Connection, year: int) -> Version | None:
    """Return the schedule in force for a year, or None if none is loaded."""
    row = connection.exec_driver_sql(
        f"{VERSIONS} where year = %(year)s order by id desc limit 1", {"year": year}
    ).one_or_none()
    return None if row is None else _version(row)


def _version(row: Row) -> Version:
    return Version(
        row.id,
        row.year,
        row.source,
        row.doc_no,
        row.published_on,
        row.loaded_at,
        row.loaded_by,
        row.in_force_from,
        row.digest,
        row.body["off"],
        row.body["worked"],
    )
