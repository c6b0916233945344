"""The hearing (许可法46-48): right, request, notice, record. While it is open nobody decides."""

from workflow.engine.facts import Fact
from workflow.engine.fold import XK47, XK48, Fold
from workflow.engine.reading import Clock


def hearing_rights_served(fold: Fold, fact: Fact) -> None:
    """许可法47: told of the right; five days to ask. A further notice never undoes a request."""
    if fold.decided:
        fold.refuse_decided(fact.on)
        return
    if fold.gate == "requested":
        return
    fold.gate = "rights"
    fold.start("hearing-request", fact.on, fold.rules.hearing_request, XK47)
    if fold.rules.hearing_stops_from_rights:
        _pause(fold, fact)


def hearing_announced(fold: Fold, fact: Fact) -> None:
    """许可法46: the office itself announces a hearing. No decision before it was held, and its time does not count."""
    if fold.decided:
        fold.refuse_decided(fact.on)
        return
    fold.meet("hearing-request", fact.on)
    fold.gate = "requested"
    _pause(fold, fact)


def hearing_requested(fold: Fold, fact: Fact) -> None:
    """Asked in time: the office has twenty days, and the time does not count (policy: from the request)."""
    clock = fold.clocks.get("hearing-request")
    if clock is not None and fact.on > clock.due:
        text = f"申请听证的期限已于{clock.due.isoformat()}届满。"
        fold.refuse("HEARING_REQUEST_TOO_LATE", fact.on, XK47, text)
        return
    if fold.decided:
        fold.refuse_decided(fact.on)
        return
    fold.meet("hearing-request", fact.on)
    if fold.gate == "requested":
        return
    fold.gate = "requested"
    fold.start("hearing-arrange", fact.on, fold.rules.hearing_arrange, XK47)
    _pause(fold, fact)


def _pause(fold: Fold, fact: Fact) -> None:
    already = any(pause.ground == "hearing" and pause.end is None for pause in fold.suspensions)
    if "hearing" in fold.rules.excluded and not already:
        fold.pause("hearing", fact.on, None)


def hearing_waived(fold: Fold, fact: Fact) -> None:
    """Waived in writing: the gate closes."""
    fold.meet("hearing-request", fact.on)
    fold.lapse("hearing-arrange", fact.on)
    fold.gate = ""
    fold.resume("hearing", fact.on)


def hearing_right_lapses(fold: Fold, clock: Clock) -> None:
    """Nobody asked within the period: the right is gone, the gate closes."""
    on = fold.expire(clock)
    clock.status = "lapsed"
    fold.gate = ""
    fold.find("HEARING_REQUEST_LAPSED", on, XK47, "逾期未申请听证，视为放弃听证权利。")
    fold.resume("hearing", clock.due)


def hearing_notice_served(fold: Fold, fact: Fact) -> None:
    """许可法48(1): time and place at least seven working days before."""
    if fold.decided:
        fold.refuse_decided(fact.on)
        return
    hearing_on = fact.given["hearing_on"]
    last = fold.calendar.sub_working_days(hearing_on, fold.rules.hearing_notice_days)
    more = fold.needs(last, hearing_on)
    if fact.on > last:
        days = fold.rules.hearing_notice_days
        text = f"听证通知应当最迟于{last.isoformat()}送达（举行听证的{days}个工作日前），请另定听证日期。"
        fold.refuse("HEARING_NOTICE_TOO_LATE", fact.on, XK48, text, latest_on=last.isoformat(), **more)


def hearing_record_signed(fold: Fold, fact: Fact) -> None:
    """Held and signed: the decision is open again, time counts from the next working day."""
    fold.gate = ""
    fold.meet("hearing-request", fact.on)
    fold.meet("hearing-arrange", fact.on)
    fold.resume("hearing", fact.on)
