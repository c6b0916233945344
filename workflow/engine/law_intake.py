"""Receipt, correction, acceptance (许可法32), acceptance with gaps, and commitments."""

from datetime import date

from workflow.engine.facts import Fact, Period
from workflow.engine.fold import LIMITS, OFFICE_RULE, ONE_DAY, PROMISE_LAW, TOLERANCE, XK32, XK42, Fold
from workflow.engine.reading import Clock

UNIT_NAMES = {"working_day": "个工作日", "calendar_day": "日", "month": "个月", "year": "年"}


def received(fold: Fold, fact: Fact) -> None:
    """许可法32: receipt starts the five days. 法释〔2009〕20号6: electronic filings count at any hour."""
    if fold.received_on is not None:
        fold.refuse("ALREADY_RECEIVED", fact.on, XK32, "本件已经收件。")
        return
    if fold.decided:
        fold.refuse_decided(fact.on)
        return
    fold.received_on = on = _receipt_day(fold, fact)
    if fold.state == "none":
        fold.state = "received"
    rules = fold.rules
    if fold.accepted_on is None:
        fold.start("correction", on, rules.correction, XK32)
    if rules.decision.since == "received":
        fold.start("statutory", on, rules.decision, XK42)
    if rules.promised is not None and rules.promised.since == "received":
        fold.start("promised", on, rules.promised, PROMISE_LAW)


def _receipt_day(fold: Fold, fact: Fact) -> date:
    confirmed = fact.given.get("confirmed_at")
    if confirmed is not None:
        return confirmed.date()  # type: ignore[no-any-return]
    if fact.given.get("channel", "online") == "online":
        return fact.on
    day = fact.on
    if fact.at.time() > fold.rules.office_closes:  # 民法典203(2): business hours
        day += ONE_DAY
    open_day = fold.calendar.roll_forward(day)
    fold.needs(day, open_day)
    return open_day


def deem_accepted(fold: Fold, clock: Clock) -> None:
    """许可法32(4): not told in time means accepted, from the day of receipt."""
    on = fold.expire(clock)
    assert fold.received_on is not None, "the period for corrections starts with receipt"
    period = f"{clock.n}{UNIT_NAMES[clock.unit]}内（至{clock.due.isoformat()}）"
    text = f"收件后{period}未一次性告知补正，自收件之日起视为受理。"
    fold.find("DEEMED_ACCEPTED", on, clock.law or XK32, text, effective_on=fold.received_on.isoformat())
    _accept(fold, fold.received_on, "deemed")


def _accept(fold: Fold, on: date, by: str) -> None:
    """Start the limits, unless they already run from receipt."""
    fold.accepted_on, fold.accepted_by, fold.state = on, by, "accepted"
    rules = fold.rules
    if rules.decision.since != "received" or "statutory" not in fold.clocks:
        fold.start("statutory", on, rules.decision, XK42)
    promised = rules.promised
    if promised is not None and (promised.since != "received" or "promised" not in fold.clocks):
        fold.start("promised", on, promised, PROMISE_LAW)


def correction_requested(fold: Fold, fact: Fact) -> None:
    """许可法32(4): once, everything at once, within the period."""
    if fold.correction_asked:
        text = "补正要求只能一次性告知全部内容，不得再次要求补正。"
        fold.refuse("SECOND_CORRECTION_NOTICE", fact.on, "行政许可法 第三十二条、第七十二条", text)
        return
    clock = fold.clocks.get("correction")
    if fold.accepted_on is not None or (clock is not None and clock.ended_on is not None):
        passed = clock is not None and fact.on > clock.due
        since = f"补正告知期限已于{clock.due.isoformat()}届满，" if passed and clock is not None else ""
        fold.refuse("LATE_CORRECTION_NOTICE", fact.on, XK32, f"{since}本件已经受理，不得再要求补正。")
        return
    if fold.decided:
        fold.refuse_decided(fact.on)
        return
    fold.correction_asked = True
    fold.state = "correction-pending"
    fold.meet("correction", fact.on)
    fold.start("resubmission", fact.on, fold.rules.resubmission, OFFICE_RULE)
    for clock_id in LIMITS:  # one that ran from receipt waits until the materials are complete
        fold.put_aside(clock_id, fact.on)


def resubmitted(fold: Fold, fact: Fact) -> None:
    """许可法32(5): accepted from the day everything on the notice was supplied."""
    if fold.accepted_on is not None or not fact.given.get("complete", True):
        return
    if fold.decided:
        fold.refuse_decided(fact.on)
        return
    fold.meet("correction", fact.on)
    fold.meet("resubmission", fact.on)
    _accept(fold, fact.on, "resubmission")


def accepted(fold: Fold, fact: Fact) -> None:
    """The office accepts. After acceptance by silence or by complete resubmission it moves nothing."""
    if fold.accepted_on is not None:
        return
    if fold.decided:
        fold.refuse_decided(fact.on)
        return
    fold.meet("resubmission", fact.on)
    if fact.given.get("deemed"):
        _record_deemed(fold, fact)
        return
    fold.meet("correction", fact.on)
    _accept(fold, fact.on, "clerk")


def _record_deemed(fold: Fold, fact: Fact) -> None:
    """The office's own record that silence had its effect, where the facts alone do not show it."""
    effective = fact.given.get("effective_on") or fold.received_on or fact.on
    clock = fold.clocks.get("correction")
    if clock is not None and clock.ended_on is None:
        clock.status, clock.ended_on = "expired", fact.on
    text = "未在期限内一次性告知补正，自收件之日起视为受理。"
    fold.find("DEEMED_ACCEPTED", fact.on, XK32, text, effective_on=effective.isoformat())
    _accept(fold, effective, "deemed")


def tolerantly_accepted(fold: Fold, fact: Fact) -> None:
    """容缺受理: review goes on, the result waits; the time to supply may not exceed the promised limit."""
    if fold.accepted_on is not None:
        return
    accepted(fold, fact)
    if fold.accepted_on is None:
        return
    cap_supplement(fold, fold.start("supplement", fact.on, _tolerated_period(fold), TOLERANCE))
    fold.supplement_owed_by = "tolerance"


def _tolerated_period(fold: Fold) -> Period:
    return fold.rules.supplement or fold.rules.promised or fold.rules.decision


def cap_supplement(fold: Fold, clock: Clock) -> None:
    """End the time to supply with the promised limit, if that comes first."""
    promised = fold.clocks.get("promised")
    if promised is None:
        return
    due, rolls_from, _ = fold.due_with(promised, ())
    if clock.due <= due:
        return
    clock.due, clock.unit, clock.rolls_from = due, promised.unit, rolls_from
    clock.n = promised.n
    if promised.starts != clock.starts:
        clock.unit = "working_day"
        clock.n = fold.calendar.working_days_between(clock.starts, clock.due)
    fold.watch = min(fold.watch, clock.due)


def uncap_supplement(fold: Fold, clock: Clock) -> None:
    """Give a tolerated gap its own period again, to be capped anew."""
    period = _tolerated_period(fold)
    clock.n, clock.unit = period.n, period.unit


def commitment_signed(fold: Fold, fact: Fact) -> None:
    """告知承诺: to conditions (verified after the grant) or to materials (supplied within the period)."""
    fold.commitment = fact.given.get("form", "materials" if fold.rules.supplement else "conditions")
    if fold.commitment == "materials":
        period = fold.rules.supplement or fold.rules.commitment_supplement
        fold.start("supplement", fact.on, period, "告知承诺制度")
        fold.supplement_owed_by = "commitment"


def supplemented(fold: Fold, fact: Fact) -> None:
    """What was promised has been supplied."""
    fold.meet("supplement", fact.on)


def resubmission_lapses(fold: Fold, clock: Clock) -> None:
    """Not corrected in time: the papers go back, without prejudice to a new application."""
    on = fold.expire(clock)
    fold.find("RESUBMISSION_LAPSED", on, clock.law, "逾期未补正，作退件处理。")
    fold.end_case("returned", on)


def supplement_lapses(fold: Fold, clock: Clock) -> None:
    """Before the decision the examination ends; after a grant a broken commitment opens the procedure to revoke."""
    on = fold.expire(clock)
    if fold.supplement_owed_by == "tolerance" or not fold.decided:
        what = "容缺材料" if fold.supplement_owed_by == "tolerance" else "承诺的材料"
        fold.find("SUPPLEMENT_LAPSED", on, clock.law, f"逾期未补齐{what}，终止办理。")
        fold.end_case("terminated", on)
        return
    fold.find("SUPPLEMENT_LAPSED", on, clock.law, "逾期未补齐承诺的材料，应当启动撤销程序。")
