"""Measure one case: its dates, whether limits were kept, whose days they were. Pure: from events and terms alone.

Working days are those of (start, end]: the day of the event is not counted (民法典201). A day belongs to a pause if the
clocks exclude it (行政许可法45), else to whoever had the case in hand when it began.
"""

from collections import Counter
from datetime import date, timedelta
from typing import Any

from workflow.engine.case import effects_of
from workflow.oversight.look import AUTOMATIC, Look

ONE_DAY = timedelta(days=1)


def measure(look: Look) -> dict[str, Any]:
    """Return the row of case_measures for this case."""
    row, case, reading = look.row, look.case, look.reading
    decided_on, ended = row.decided_on, look.process.states[case.state].ends
    return {
        "case_id": row.id,
        "version": case.seq,
        "head": case.head,
        "looked_on": look.today,
        "kind": row.kind,
        "service": look.terms.kind,
        "item_code": row.item_code,
        "process": row.process,
        "department": row.department,
        "applicant": row.applicant,
        "operation": row.operation or "",
        "is_open": not ended,
        "received_on": reading.received_on,
        "accepted_on": row.accepted_on,
        "is_deemed": reading.accepted_by == "deemed",
        "decided_on": decided_on,
        "outcome": row.outcome,
        "decided_by": _decider(look),
        "ended_on": look.on(look.events[-1]) if ended else None,
        "ended_as": ended,
        **_published(look),
        "statutory_due": row.statutory_due,
        "promised_due": row.promised_due,
        "in_law": _kept(decided_on, row.statutory_due),
        "as_promised": _kept(decided_on, row.promised_due),
        **_days(look, decided_on),
        "corrections": sum(1 for _ in look.facts("correction_requested")),
        "hearings": sum(1 for _ in look.facts("hearing_record_signed")),
        "is_extended": any(True for _ in look.facts("extension_approved")),
    }


def steps(look: Look) -> list[dict[str, Any]]:
    """Return the rows of case_steps: every stay in a state that has ended."""
    between = look.calendar.working_days_between
    return [
        {
            "case_id": look.row.id,
            "seq": stay.seq,
            "state": stay.state,
            "post": stay.post,
            "person": stay.person,
            "entered_on": stay.entered_on,
            "left_on": stay.left_on,
            "working_days": between(stay.entered_on, stay.left_on),
        }
        for stay in look.stays
    ]


def _kept(decided_on: date | None, due: date | None) -> bool | None:
    """Lawful until the end of the due date; None where there is nothing to keep."""
    return None if decided_on is None or due is None else decided_on <= due


def _decider(look: Look) -> str:
    for event in reversed(look.events):
        if effects_of(event).get("outcome"):
            return "" if event["actor"]["post"] in AUTOMATIC else str(event["actor"]["id"])
    return ""


def _published(look: Look) -> dict[str, Any]:
    """Return when the decision was made public, and whether in time (七个工作日，发改办财金〔2018〕424号)."""
    clock = look.reading.clock("publication")
    if clock is None:
        return {"published_on": None, "is_disclosed": None}
    if clock.status == "met" or (clock.ended_on is not None and clock.status == "expired"):
        return {"published_on": clock.ended_on, "is_disclosed": clock.status == "met"}
    return {"published_on": None, "is_disclosed": False if clock.status == "expired" else None}


def _days(look: Look, decided_on: date | None) -> dict[str, Any]:
    """Return the working days from receipt to decision by whose they were, and those used of the limit."""
    begun, ended = look.reading.received_on, decided_on
    statutory = look.reading.clock("statutory")
    if begun is None or ended is None:
        return {"working_days": None, "office_days": 0, "applicant_days": 0, "paused_days": 0, "paused": {}}
    spans = statutory.removed if statutory else ()
    paused: Counter[str] = Counter()
    whose: Counter[str] = Counter()
    used, day = 0, begun
    while day < ended:
        day += ONE_DAY
        if not look.calendar.is_working(day):
            continue
        ground = next((names for start, end, names in spans if start < day <= end), "")
        if ground:
            paused[ground] += 1
        else:
            whose[look.holder_on(day)] += 1
            used += bool(statutory and day > statutory.starts)
    return {
        "working_days": used if statutory else None,
        "office_days": whose["office"],
        "applicant_days": whose["applicant"],
        "paused_days": sum(paused.values()),
        "paused": dict(paused),
    }
