"""The end of the account: status, alerts and wake-up days of every clock at the start of one day."""

from collections.abc import Mapping
from datetime import date
from operator import attrgetter
from typing import Any

from workflow.engine.fold import LIMITS, ONE_DAY, PROMISE_LAW, XK45, XK47, Fold
from workflow.engine.reading import Clock, Finding, Reading
from workflow.engine.suspensions import merge
from workflow.engine.vocabulary import GROUNDS

# clock -> (finding, law or "" for the clock's own, text)
OVERDUE: Mapping[str, tuple[str, str, str]] = {
    "statutory": (
        "STATUTORY_OVERDUE",
        "行政许可法 第四十二条、第七十四条",
        "超过法定期限未作出决定；逾期不等于准予。",
    ),
    "promised": ("PROMISE_OVERDUE", PROMISE_LAW, "超过承诺期限未作出决定，应当公开说明理由。"),
    "delivery": ("DELIVERY_OVERDUE", "", "超过送达期限，请立即送达。"),
    "publication": ("PUBLICATION_OVERDUE", "", "超过双公示期限，请立即公示。"),
    "hearing-arrange": ("HEARING_OVERDUE", XK47, "超过组织听证的期限。"),
    "post-verification": ("POST_VERIFICATION_OVERDUE", "", "超过事后核查期限；许可仍然有效，核查仍须进行。"),
    "rectification": ("RECTIFICATION_OVERDUE", "", "逾期未完成整改。"),
}
_ON = attrgetter("on")


def finish(fold: Fold, today: date) -> Reading:
    """Return the reading at the start of `today`, with every alert that has arisen by then."""
    wakes: list[date] = []
    provisional = False
    final_from, final_until = fold.calendar.final_from, fold.calendar.final_until
    for clock in fold.clocks.values():
        if clock.ended_on is None:
            _bring_up_to(fold, clock, today, wakes)
        if clock.id == "promised":
            _near(fold, clock, today, wakes)
        if (clock.ended_on or today) > clock.due:
            _overdue(fold, clock, today)
        if (clock.starts < final_from or clock.due > final_until) and _is_provisional(fold, clock):
            clock.provisional = provisional = True
    for clock in fold.replaced:
        _overdue(fold, clock, today)
    if fold.suspensions:
        _used_up(fold, today, wakes)
    if fold.missing_years:
        provisional = True
        years = sorted(fold.missing_years)
        text = f"{'、'.join(map(str, years))}年的节假日安排尚未载入，涉及的日期是暂定的。"
        fold.find("CALENDAR_NOT_LOADED", today, "行政许可法 第八十二条", text, years=years)
    if len(fold.findings) > 1:
        fold.findings.sort(key=_ON)
    return Reading(
        fold.state,
        fold.received_on,
        fold.accepted_on,
        fold.accepted_by,
        tuple(fold.clocks.values()),
        tuple(fold.findings),
        provisional,
        tuple(wakes),
        today,
        tuple(fold.passed),
    )


def _bring_up_to(fold: Fold, clock: Clock, today: date, wakes: list[date]) -> None:
    """Set the status of a clock that nothing has ended."""
    if clock.id in LIMITS:
        fold.settle(clock, today)
        holding = [p.start for p in fold.suspensions if p.holds_on(today) and p.start <= clock.due]
        if holding:
            clock.status, clock.paused_since = "paused", min(holding)
            return
    if today > clock.due:
        clock.status = "expired"
        return
    wakes.append(clock.due + ONE_DAY)


def _is_provisional(fold: Fold, clock: Clock) -> bool:
    """Return True if a day this clock depends on lies in a year that is not loaded.

    Working days depend on every day after the start; other periods only on where their last day rolls to.
    """
    if clock.id == "validity":
        return False  # never rolls, so no calendar has a say
    if clock.id == "renewal":
        assert clock.last_working_day is not None
        first = clock.last_working_day
    else:
        first = clock.starts + ONE_DAY if clock.rolls_from is None else clock.rolls_from
    return bool(fold.needs(first, clock.due))


def _overdue(fold: Fold, clock: Clock, today: date) -> None:
    end = clock.ended_on or today
    if end <= clock.due or clock.status == "paused" or clock.id not in OVERDUE:
        return
    code, law, text = OVERDUE[clock.id]
    days = fold.calendar.working_days_between(clock.due, end)
    more: dict[str, Any] = {"due": clock.due.isoformat(), "working_days": days}
    if code == "PROMISE_OVERDUE":
        more["required_artifact"] = "公开说明理由"
    fold.findings.append(Finding(code, clock.due + ONE_DAY, law or clock.law, text, False, more))


def _near(fold: Fold, clock: Clock, today: date, wakes: list[date]) -> None:
    """Yellow from one working day before the promised date (policy), if undecided when that day begins."""
    end = clock.ended_on or today
    yellow = fold.calendar.sub_working_days(clock.due, 1)
    if fold.suspensions:
        _earlier_lights(fold, clock, end)
    if yellow <= clock.starts:
        return
    clock.yellow_from = yellow
    if clock.status == "paused":
        return
    if end >= yellow:
        _light(fold, yellow, clock.due)
    else:
        wakes.append(yellow)


def _light(fold: Fold, yellow: date, due: date) -> None:
    day = due.isoformat()
    found = Finding("PROMISE_NEAR", yellow, PROMISE_LAW, f"承诺期限{day}将到。", False, {"due": day})
    if found not in fold.findings:
        fold.findings.append(found)


def _earlier_lights(fold: Fold, clock: Clock, end: date) -> None:
    """Keep the lights that were on before a suspension moved the due date on."""
    late = [pause for pause in fold.suspensions if (pause.start - clock.starts).days >= clock.n - 1]
    if not late:  # n - 1 units are at least as many days: no suspension began in the yellow light
        return
    first_due, _, _ = fold.due_with(clock, ())
    first_yellow = fold.calendar.sub_working_days(first_due, 1)
    for pause in late:
        if not first_yellow <= pause.start <= end:
            continue
        due, _, _ = fold.due_with(clock, merge(fold.suspensions, clock.starts, pause.start))
        yellow = fold.calendar.sub_working_days(due, 1)
        was_paused = any(other.start < yellow and other.holds_on(yellow) for other in fold.suspensions)
        if clock.starts < yellow <= pause.start <= due and not was_paused:
            _light(fold, yellow, due)


def _used_up(fold: Fold, today: date, wakes: list[date]) -> None:
    """The announced days are gone and no further notice was served: time counts again."""
    for pause in fold.suspensions:
        if pause.end is None and pause.start > today and "statutory" in fold.clocks:
            wakes.append(pause.start)
        if pause.cap is None:
            continue
        if pause.end is None and pause.cap >= today:
            wakes.append(pause.cap + ONE_DAY)
        if (pause.end or today) > pause.cap and not _is_followed(fold, pause.ground, pause.cap):
            text = f"告知的{GROUNDS[pause.ground]}时间已于{pause.cap.isoformat()}用完，未再次告知，恢复计时。"
            fold.find("SUSPENSION_DAYS_USED_UP", pause.cap + ONE_DAY, XK45, text)


def _is_followed(fold: Fold, ground: str, cap: date) -> bool:
    """Return True if a further notice on the same ground carries on from there."""
    return any(
        other.ground == ground and other.start <= cap and (other.cap is None or other.cap > cap)
        for other in fold.suspensions
    )
