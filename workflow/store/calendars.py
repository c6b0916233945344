"""Working-day schedules as dated, sourced versions in the database; the newest of a year is in force."""

import hashlib
from collections.abc import Mapping
from typing import Any

from workflow.engine.calendar import WorkingCalendar
from workflow.ledger.chain import canonical
from workflow.store.connect import Connection

SEEDED_BY = "release"


def seed(connection: Connection, schedules: Mapping[int, Mapping[str, Any]]) -> None:
    """Load this release's schedules for years that have none; a loaded notice is never overruled."""
    known = set(connection.exec_driver_sql("select distinct year from calendar_versions").scalars())
    for year in sorted(set(schedules) - known):
        load(connection, year, schedules[year], loaded_by=SEEDED_BY)


def load(connection: Connection, year: int, schedule: Mapping[str, Any], *, loaded_by: str) -> int | None:
    """Keep one year's schedule; return its version id, or None if exactly this one is already known."""
    body = {
        "off": {str(day): name for day, name in schedule["off"].items()},
        "worked": sorted(str(day) for day in schedule["worked"]),
    }
    text = canonical(body).decode()
    return connection.exec_driver_sql(
        "insert into calendar_versions (year, source, published_on, loaded_by, digest, body)"
        " values (%(year)s, %(source)s, %(published_on)s, %(loaded_by)s, %(digest)s, %(body)s::jsonb)"
        " on conflict (year, digest) do nothing returning id",
        {
            "year": year,
            "source": schedule["source"],
            "published_on": schedule.get("published_on"),
            "loaded_by": loaded_by,
            "digest": hashlib.sha256(text.encode()).hexdigest(),
            "body": text,
        },
    ).scalar_one_or_none()


def in_force(connection: Connection) -> tuple[int, WorkingCalendar]:
    """Return (newest version id, the calendar of the newest schedule per year)."""
    rows = connection.exec_driver_sql(
        "select distinct on (year) id, year, source, body from calendar_versions order by year, id desc"
    ).all()
    schedules = {row.year: {**row.body, "source": row.source} for row in rows}
    return max((row.id for row in rows), default=0), WorkingCalendar.from_schedules(schedules)
