"""Public notice (许可法36, 46), the holder's right to be heard before a right is taken, and checks after a grant."""

from workflow.engine.facts import Fact, Period
from workflow.engine.fold import OFFICE_RULE, XK38, XK47, Fold
from workflow.engine.reading import Clock

XK36 = "行政许可法 第三十六条"
HEARD_FIRST = "行政许可法 第六十九条；正当程序"


def publicity_started(fold: Fold, fact: Fact) -> None:
    """The notice is out for its days. They count, unless the item's own rule excludes publicity (许可法45 does not)."""
    if fold.decided:
        fold.refuse_decided(fact.on)
        return
    rule = fold.rules.publicity
    given = fact.given
    period = Period(given["n"], given.get("unit", rule.unit), rule.law) if "n" in given else rule
    fold.start("publicity", fact.on, period, XK36)
    served = given.get("notice_served_at")
    if "publicity" in fold.rules.excluded and served is not None:
        fold.pause("publicity", max(fact.on, served.date()), None)


def publicity_ended(fold: Fold, fact: Fact) -> None:
    """Taken down before its time: whatever it was for has to be made public anew."""
    fold.lapse("publicity", fact.on)
    fold.resume("publicity", fact.on)


def publicity_lapses(fold: Fold, clock: Clock) -> None:
    """The days of the notice are over."""
    on = fold.expire(clock)
    clock.status = "met"
    fold.find("PUBLICITY_ENDED", on, clock.law or XK36, f"公示已于{clock.due.isoformat()}期满。")
    fold.resume("publicity", clock.due)


def statement_invited(fold: Fold, fact: Fact) -> None:
    """Told what is intended and why; so many days to answer."""
    fold.start("statement", fact.on, fold.rules.statement, HEARD_FIRST)


def statement_made(fold: Fold, fact: Fact) -> None:
    """Answered, or waived in writing."""
    fold.meet("statement", fact.on)


def statement_lapses(fold: Fold, clock: Clock) -> None:
    """No answer in time: the office may decide without one."""
    on = fold.expire(clock)
    clock.status = "lapsed"
    fold.find("STATEMENT_LAPSED", on, clock.law or HEARD_FIRST, "逾期未提出陈述申辩意见，视为放弃。")


def notice_served(fold: Fold, fact: Fact) -> None:
    """A notice reached the party: the party's period counts from that day, not from the day it was printed."""
    rules, served = fold.rules, fact.given.get("served_at")
    started = {
        "correction": ("resubmission", rules.resubmission, OFFICE_RULE),
        "hearing-rights": ("hearing-request", rules.hearing_request, XK47),
        "statement": ("statement", rules.statement, HEARD_FIRST),
    }.get(fact.given.get("notice", ""))
    if started is None or served is None:
        return
    clock_id, period, law = started
    clock = fold.clocks.get(clock_id)
    if clock is not None and clock.ended_on is None and clock.starts < served.date() <= fact.on:
        fold.start(clock_id, served.date(), period, law)


def verification_ordered(fold: Fold, fact: Fact) -> None:
    """A granted case was drawn for a check afterwards; the permit stands meanwhile."""
    fold.start("post-verification", fact.on, fold.rules.post_verification, OFFICE_RULE)


def verified(fold: Fold, fact: Fact) -> None:
    """The check is done, whatever it found."""
    fold.meet("post-verification", fact.on)


def forwarded(fold: Fold, fact: Fact) -> None:
    """许可法35, 43: examined here, sent on with everything; the upper authority's own period begins there."""
    if fold.decided:
        fold.refuse("ALREADY_DECIDED", fact.on, XK38, "本件已经作出决定，不能再转报。")
        return
    for clock_id in ("statutory", "promised"):
        clock = fold.clocks.get(clock_id)
        if clock is not None and clock.ended_on is None:
            fold.settle(clock, fact.on)
            fold.meet(clock_id, fact.on)
    fold.end_case("forwarded", fact.on)
