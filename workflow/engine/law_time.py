"""Time that does not count (许可法45), visits, rectification, and the one extension (许可法42)."""

from datetime import date

from workflow.engine.facts import Fact, Period
from workflow.engine.fold import XK42, XK45, Fold
from workflow.engine.vocabulary import GROUNDS

APPROVER_NAMES = {
    "department-head": "本机关负责人",
    "government-head": "本级人民政府（管委会）负责人",
    "lead-department-head": "牵头部门负责人",
}


def suspended(fold: Fold, fact: Fact) -> None:
    """许可法45: one of the grounds, and the time needed told in writing; from service, not before."""
    ground, on = fact.given["ground"], fact.on
    served = fact.given.get("notice_served_at")
    is_listed = ground in fold.rules.excluded
    if not is_listed:
        text = f"本事项没有把“{GROUNDS[ground]}”列为可以扣除的时间，时间照常计算。"
        fold.refuse("SUSPENSION_GROUND_NOT_ALLOWED", on, XK45, text)
    if served is None:
        text = f"未将{GROUNDS[ground]}所需时间书面告知申请人，时间照常计算。"
        fold.refuse("SUSPENSION_NOT_NOTIFIED", on, XK45, text)
    elif is_listed and fold.decided:
        fold.refuse_decided(on)
    elif is_listed:
        fold.pause(ground, max(on, served.date()), fact.given.get("notified_days"))


def resumed(fold: Fold, fact: Fact) -> None:
    """The special procedure is over; time counts again from the next working day."""
    ground = fact.given.get("ground")
    if ground is None:
        still_open = [pause.ground for pause in fold.suspensions if pause.end is None]
        ground = still_open[-1] if still_open else ""
    fold.resume(ground, fact.on)
    if ground == "rectification":
        fold.meet("rectification", fact.on)


def visit_started(fold: Fold, fact: Fact) -> None:
    """A visit counts as time, unless the item's own rule excludes it and the applicant was told."""
    if "on-site" not in fold.rules.excluded or fold.decided:
        return
    served = fact.given.get("notice_served_at")
    if served is None:
        text = "未书面告知现场核查所需时间，核查期间照常计时。"
        fold.find("SUSPENSION_NOT_NOTIFIED", fact.on, XK45, text)
        return
    fold.pause("on-site", max(fact.on, served.date()), fact.given.get("notified_days"))


def site_visited(fold: Fold, fact: Fact) -> None:
    """The visit is over. By itself a visit never stops a clock (许可法45 does not list it)."""
    fold.resume("on-site", fact.on)
    if fold.decided:
        fold.meet("post-verification", fact.on)


def rectification_ordered(fold: Fold, fact: Fact) -> None:
    """The order is itself the served notice; it also ends the visit that led to it."""
    fold.resume("on-site", fact.on)
    served = fact.given.get("notice_served_at")
    start = max(fact.on, served.date()) if served else fact.on
    if "rectification" in fold.rules.excluded and not fold.decided:
        fold.pause("rectification", start, None)
    _start_rectification(fold, fact, start)


def _start_rectification(fold: Fold, fact: Fact, start: date) -> None:
    due_on, days = fact.given.get("due_on"), fact.given.get("days")
    rule = fold.rules.rectification
    if due_on is not None:  # a date set by the order is that date, and does not roll
        period = Period(max((due_on - start).days, 0), "calendar_day", rule.law if rule else "")
    elif days is not None:
        period = Period(days, rule.unit if rule else "calendar_day", rule.law if rule else "")
    elif rule is not None:
        period = rule
    else:
        return
    clock = fold.start("rectification", start, period, "责令整改通知")
    if due_on is not None:
        clock.due = clock.rolls_from = due_on
        clock.is_fixed = True


def rectified(fold: Fold, fact: Fact) -> None:
    """The applicant reports; time counts again from the next working day."""
    fold.resume("rectification", fact.on)
    fold.meet("rectification", fact.on)


def extension_approved(fold: Fold, fact: Fact) -> None:
    """许可法42: once, before expiry, by the right head, the reason told to the applicant."""
    rule, on = fold.rules.extension, fact.on
    clock = fold.clocks.get("statutory")
    if rule is None:
        fold.refuse("EXTENSION_NOT_ALLOWED", on, XK42, "法律法规对本事项的期限另有规定，不适用延期。")
        return
    reasons = []
    if clock is None and not fold.decided:
        reasons.append(("EXTENSION_NOT_ALLOWED", "本件尚未受理，期限还没有起算，不能延期。"))
    if fold.extension:
        reasons.append(("EXTENSION_ALREADY_USED", "期限只能延长一次。"))
    if clock is not None and on > clock.due and (clock.ended_on is not None or on > fold.settle(clock, on)):
        reasons.append(("EXTENSION_AFTER_EXPIRY", f"法定期限已于{clock.due.isoformat()}届满，不能再批准延期。"))
    if rule.approver and fact.given.get("by") != rule.approver:
        who = APPROVER_NAMES.get(rule.approver, rule.approver)
        reasons.append(("WRONG_APPROVER", f"延期应当由{who}批准。"))
    if not fact.given.get("reason_notified"):
        reasons.append(("EXTENSION_REASON_NOT_NOTIFIED", "应当将延长期限的理由告知申请人。"))
    for code, text in reasons:
        fold.refuse(code, on, rule.law or XK42, text)
    if not reasons and fold.decided:
        fold.refuse_decided(on)
    elif not reasons:
        fold.extension = rule.n
