"""Tell the clocks a story in few words and get the public JSON back."""

from datetime import date, datetime

from workflow.definitions.limits import default_rules
from workflow.definitions.official_days import official_schedules
from workflow.engine.calendar import WorkingCalendar
from workflow.engine.dates import SHANGHAI
from workflow.engine.explain import explain_json

CALENDAR = WorkingCalendar.from_schedules(official_schedules())
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=SHANGHAI)


def wd(n, **more):
    return {"n": n, "unit": "working_day", **more}


def cd(n, **more):
    return {"n": n, "unit": "calendar_day", **more}


def at(day, kind, **given):
    """One event; dates may be date objects."""
    return {
        "type": kind,
        "at": str(day),
        **{k: str(v) if isinstance(v, date) else v for k, v in given.items()},
    }


def paused(start, ground="expert-review", **given):
    """A suspension with its notice served on the day it begins."""
    return at(start, "suspended", ground=ground, notice_served_at=str(start), **given)


def answer(facts, **callbacks):
    """Put a whole input to the public function."""
    return explain_json(
        facts,
        callbacks.get("calendar", CALENDAR),
        defaults=default_rules(),
        rules_of_item=callbacks.get("rules_of_item", lambda code: None),
        default_as_of=NOW,
    )


def tell(*events, as_of, process="document-review", calendar=CALENDAR, **rules):
    """Return the reading of these events."""
    facts = {"process": process, "rules": rules, "events": list(events), "as_of": str(as_of)}
    return answer(facts, calendar=calendar)


def clock(reading, clock_id):
    found = [entry for entry in reading["clocks"] if entry["id"] == clock_id]
    assert len(found) == 1, f"{clock_id}: {[entry['id'] for entry in reading['clocks']]}"
    return found[0]


def due(reading, clock_id="statutory"):
    return clock(reading, clock_id)["due"]


def codes(reading):
    return [finding["code"] for finding in reading["findings"]]


def finding(reading, code):
    found = [entry for entry in reading["findings"] if entry["code"] == code]
    assert len(found) == 1, f"{code}: {codes(reading)}"
    return found[0]
