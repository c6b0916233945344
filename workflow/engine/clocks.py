"""The clocks: legal facts in, due dates and findings out. Pure; the one place where time is law.

read_clocks() folds the facts in order. Before each fact, and at the end, the law acts for those who were
silent (acceptance by silence, lapsed rights, deemed renewal). A fact the law does not allow changes nothing
but leaves a finding with refused=True. Nothing stores remaining time: every date is computed from
(start, n, unit, what was excluded), so a new calendar changes them all (ADR 0007).
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time

from workflow.engine.alerts import finish
from workflow.engine.calendar import WorkingCalendar
from workflow.engine.dates import SHANGHAI, day_in_shanghai
from workflow.engine.facts import Fact, Rules, parse_fact, parse_facts, parse_rules
from workflow.engine.fold import SILENT, XK50, Fold
from workflow.engine.law_decision import decided, delivered, published, withdrawn
from workflow.engine.law_hearing import (
    hearing_announced,
    hearing_notice_served,
    hearing_record_signed,
    hearing_requested,
    hearing_right_lapses,
    hearing_rights_served,
    hearing_waived,
)
from workflow.engine.law_intake import (
    accepted,
    commitment_signed,
    correction_requested,
    deem_accepted,
    received,
    resubmission_lapses,
    resubmitted,
    supplement_lapses,
    supplemented,
    tolerantly_accepted,
)
from workflow.engine.law_notice import (
    forwarded,
    notice_served,
    publicity_ended,
    publicity_lapses,
    publicity_started,
    statement_invited,
    statement_lapses,
    statement_made,
    verification_ordered,
    verified,
)
from workflow.engine.law_renewal import (
    permit_ended,
    permit_issued,
    permit_renewed,
    renewal_filed,
    validity_ends,
    validity_lapses,
)
from workflow.engine.law_time import (
    extension_approved,
    rectification_ordered,
    rectified,
    resumed,
    site_visited,
    suspended,
    visit_started,
)
from workflow.engine.reading import Clock, Finding, Reading
from workflow.engine.recount import change_calendar

__all__ = [
    "Clock",
    "Finding",
    "Reading",
    "next_wake",
    "open_pauses",
    "parse_fact",
    "parse_facts",
    "parse_rules",
    "read_clocks",
    "refusals_of",
]

EFFECTS: Mapping[str, Callable[[Fold, Fact], None]] = {
    effect.__name__: effect
    for effect in (
        received,
        correction_requested,
        resubmitted,
        accepted,
        tolerantly_accepted,
        commitment_signed,
        suspended,
        resumed,
        extension_approved,
        hearing_rights_served,
        hearing_requested,
        hearing_waived,
        hearing_notice_served,
        hearing_record_signed,
        rectification_ordered,
        rectified,
        visit_started,
        site_visited,
        decided,
        delivered,
        notice_served,
        published,
        supplemented,
        renewal_filed,
        withdrawn,
        publicity_started,
        publicity_ended,
        hearing_announced,
        statement_invited,
        statement_made,
        verification_ordered,
        verified,
        forwarded,
        permit_issued,
        permit_renewed,
        permit_ended,
    )
}
SILENCE: Mapping[str, Callable[[Fold, Clock], None]] = {
    "correction": deem_accepted,
    "resubmission": resubmission_lapses,
    "supplement": supplement_lapses,
    "hearing-request": hearing_right_lapses,
    "publicity": publicity_lapses,
    "statement": statement_lapses,
    "renewal": validity_ends,
    "validity": validity_lapses,
}
_AFTER_THE_END = frozenset({"delivered", "notice_served", "published"})


def read_clocks(rules: Rules, facts: Sequence[Fact], calendar: WorkingCalendar, as_of: datetime) -> Reading:
    """Return every clock at `as_of` (or at the last fact, if that is later)."""
    if not facts:
        return Reading.empty()
    fold = _fold(rules, facts, calendar, as_of)
    today = max(day_in_shanghai(as_of), facts[-1].on)
    if today > fold.watch:
        _elapse(fold, today)
    return finish(fold, today)


def refusals_of(rules: Rules, facts: Sequence[Fact], candidate: Fact, calendar: WorkingCalendar) -> tuple[Finding, ...]:
    """Return the findings with which the law would refuse `candidate` after `facts`; () if it is allowed."""
    fold = _fold(rules, facts, calendar, candidate.at)
    before = len(fold.findings)
    _take(fold, candidate)
    return tuple(finding for finding in fold.findings[before:] if finding.refused)


def open_pauses(rules: Rules, facts: Sequence[Fact], calendar: WorkingCalendar, as_of: datetime) -> tuple[str, ...]:
    """Return the grounds of every pause nothing has ended by `as_of`, each once, oldest first."""
    fold = _fold(rules, facts, calendar, as_of)
    today = day_in_shanghai(as_of)
    if today > fold.watch:
        _elapse(fold, today)
    return tuple(dict.fromkeys(pause.ground for pause in fold.suspensions if pause.end is None))


def next_wake(reading: Reading, as_of: datetime) -> datetime | None:
    """Return the next midnight (Asia/Shanghai) at which the reading changes though nobody acts, or None."""
    today = day_in_shanghai(as_of)
    ahead = [day for day in reading.wakes if day > today]
    return datetime.combine(min(ahead), time.min, SHANGHAI) if ahead else None


def _fold(rules: Rules, facts: Sequence[Fact], calendar: WorkingCalendar, until: datetime) -> Fold:
    earlier = calendar.earlier
    if earlier and facts and facts[0].at < earlier[-1].moment:
        return _fold_through_changes(rules, facts, calendar, until)
    fold = Fold(rules, calendar)
    for fact in facts:
        if fold.ended_on is None and fact.on <= fold.watch:
            EFFECTS[fact.type](fold, fact)
        else:
            _take(fold, fact)
    return fold


def _fold_through_changes(rules: Rules, facts: Sequence[Fact], calendar: WorkingCalendar, until: datetime) -> Fold:
    """The same for a case older than a change of the calendar: every day is read as it was known that day.

    What was done, and what silence had brought about by then, stays; what still runs is counted anew.
    """
    seen = [known for known in calendar.earlier if facts[0].at < known.moment]
    following = [*(known.calendar for known in seen[1:]), calendar]
    changes = deque(zip((known.moment for known in seen), following, strict=True))
    fold = Fold(rules, seen[0].calendar)
    for fact in facts:
        while changes and changes[0][0] <= fact.at:
            _change(fold, *changes.popleft(), until)
        _take(fold, fact)
    for moment, known in changes:
        _change(fold, moment, known, until)
    return fold


def _change(fold: Fold, moment: datetime, calendar: WorkingCalendar, until: datetime) -> None:
    day = day_in_shanghai(min(moment, until))
    if day > fold.watch:
        _elapse(fold, day)
    change_calendar(fold, moment, day, calendar)


def _take(fold: Fold, fact: Fact) -> None:
    """Apply one fact, after what the law did by itself before it."""
    if fact.on > fold.watch:
        _elapse(fold, fact.on)
    if fold.ended_on is None or fact.type in _AFTER_THE_END:
        EFFECTS[fact.type](fold, fact)
    elif fold.state == "deemed-renewed" and fact.type == "decided":
        text = "有效期届满前未作出决定，已经视为准予延续，不能再就延续申请作出决定。"
        fold.refuse("DEEMED_RENEWED_ALREADY", fact.on, XK50, text)
    else:
        fold.refuse("CASE_ENDED", fact.on, "行政许可法 第三十二条至第五十条", "本件已经结束，不能再办理。")


def _elapse(fold: Fold, today: date) -> None:
    """Let silence take effect up to the start of `today`, in the order of the dates on which periods end."""
    while True:
        first = None
        for name in SILENT:
            clock = fold.clocks.get(name)
            if clock is not None and clock.ended_on is None and (first is None or clock.due < first.due):
                first = clock
        if first is None or first.due >= today:
            fold.watch = first.due if first else date.max
            return
        SILENCE[first.id](fold, first)
