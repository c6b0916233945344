"""Renewal (许可法50): filed in time and undecided when validity ends means renewed. Validity never rolls."""

from datetime import date

from workflow.engine.calendar import plain_end
from workflow.engine.facts import Fact, Period
from workflow.engine.fold import ONE_DAY, XK50, Fold
from workflow.engine.reading import Clock


def renewal_filed(fold: Fold, fact: Fact) -> None:
    """Start the clock that ends with the permit itself; say so if the filing is too early or too late."""
    valid_until, on = fact.given["valid_until"], fact.on
    lead, earliest = fold.rules.renewal, fold.rules.renewal_earliest
    law = lead.law or XK50
    if fold.decided:
        fold.refuse_decided(on)
        return
    if "renewal" in fold.clocks:
        fold.refuse("RENEWAL_ALREADY_FILED", on, law, "延续申请已经提出，不重复受理。")
        return
    if earliest is not None:
        first, more = _before(fold, valid_until, earliest)
        if on < first:
            text = f"最早自{first.isoformat()}起可以申请延续。"
            fold.refuse("RENEWAL_TOO_EARLY", on, law, text, earliest_on=first.isoformat(), **more)
            return
    latest, more = _before(fold, valid_until, lead)
    fold.renewal_in_time = on <= latest
    if not fold.renewal_in_time:
        text = f"延续申请最迟应于{latest.isoformat()}提出，逾期提出的不适用逾期未决定视为准予延续。"
        fold.find("RENEWAL_TOO_LATE", on, law, text, latest_on=latest.isoformat(), **more)
    if fold.state == "none":
        fold.state = "renewal-pending"
    _start(fold, on, valid_until)


def _start(fold: Fold, on: date, valid_until: date) -> None:
    days = max((valid_until - on).days, 0)
    clock = Clock("renewal", on, days, "calendar_day", valid_until, XK50, valid_until)
    next_day = valid_until + ONE_DAY
    clock.last_working_day = fold.calendar.sub_working_days(next_day, 1)
    fold.needs(clock.last_working_day, valid_until)
    fold.clocks["renewal"] = clock
    fold.watch = min(fold.watch, valid_until)


def _before(fold: Fold, day: date, period: Period) -> tuple[date, dict[str, bool]]:
    """Return the day that lies `period` before `day`, and whether that is only provisional."""
    if period.unit != "working_day":
        return plain_end(day, -period.n, period.unit), {}
    found = fold.calendar.sub_working_days(day, period.n)
    return found, fold.needs(found, day)


def validity_ends(fold: Fold, clock: Clock) -> None:
    """许可法50(2): no decision before the end of validity counts as renewal, if the filing was in time."""
    on = fold.expire(clock)
    if fold.renewal_in_time or not fold.rules.deemed_renewal_needs_timely_filing:
        until = clock.due.isoformat()
        text = f"有效期届满（{until}）前未作出是否准予延续的决定，视为准予延续。"
        fold.find("DEEMED_RENEWED", on, XK50, text, effective_on=until)
        fold.end_case("deemed-renewed", on)
        return
    text = f"有效期于{clock.due.isoformat()}届满；延续申请没有在期限内提出，不视为准予延续。"
    fold.find("VALIDITY_ENDED", on, XK50, text)
    fold.end_case("expired", on)


def permit_issued(fold: Fold, fact: Fact) -> None:
    """A permit begins: the last day of its validity is a day of its own and never rolls."""
    fold.state = "valid"
    until = fact.given.get("valid_until")
    fold.lapse("validity", fact.on)
    fold.clocks.pop("validity", None)
    if until is None:
        return
    days = max((until - fact.on).days, 0)
    fold.clocks["validity"] = Clock("validity", fact.on, days, "calendar_day", until, XK50, until)
    fold.watch = min(fold.watch, until)


def permit_renewed(fold: Fold, fact: Fact) -> None:
    """The same permit with a new last day. 许可法50(2): renewed in time, its old last day passing ended nothing."""
    fold.findings = [finding for finding in fold.findings if finding.code != "VALIDITY_ENDED"]
    permit_issued(fold, fact)


def permit_ended(fold: Fold, fact: Fact) -> None:
    """Revoked, withdrawn, forfeited or cancelled: no validity is left to run out, or to be renewed by silence."""
    fold.lapse("validity", fact.on)
    fold.lapse("renewal", fact.on)
    if fold.received_on is None:  # an application about the permit goes on: somebody has to answer it
        fold.state = "ended"


def validity_lapses(fold: Fold, clock: Clock) -> None:
    """The last day of validity is over and nobody renewed."""
    on = fold.expire(clock)
    fold.state = "expired"
    fold.find("VALIDITY_ENDED", on, "行政许可法 第七十条第一项", f"有效期于{clock.due.isoformat()}届满，未延续。")
