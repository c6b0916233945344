"""The decision (许可法38), its service (44) and publication, and withdrawal before it."""

from workflow.engine.facts import Fact
from workflow.engine.fold import LIMITS, OFFICE_RULE, TOLERANCE, XK44, Fold


def decided(fold: Fold, fact: Fact) -> None:
    """许可法38: stops the limits, starts service and publication. 许可法47: not while a hearing is open."""
    outcome, on = fact.given["outcome"], fact.on
    if fold.decided:
        fold.refuse_decided(on)
        return
    is_refused = False
    if fold.gate:
        text = "听证权利告知后尚在等待期内，或者听证尚未举行，不得作出决定。"
        fold.refuse("HEARING_RIGHT_PENDING", on, "行政许可法 第四十七条、第四十八条", text)
        is_refused = True
    if outcome == "granted" and _waits_for_tolerated_material(fold):
        fold.refuse("TOLERANT_MATERIAL_MISSING", on, TOLERANCE, "容缺材料尚未补齐，不能作出准予决定。")
        is_refused = True
    if not is_refused:
        _stop_what_ran(fold, fact)
        _start_what_follows(fold, fact)


def _waits_for_tolerated_material(fold: Fold) -> bool:
    clock = fold.clocks.get("supplement")
    return fold.supplement_owed_by == "tolerance" and clock is not None and clock.ended_on is None


def _stop_what_ran(fold: Fold, fact: Fact) -> None:
    on = fact.on
    for clock_id in LIMITS:
        clock = fold.clocks.get(clock_id)
        if clock is not None and clock.ended_on is None:
            fold.settle(clock, on)
            fold.meet(clock_id, on)
    fold.meet("renewal", on)
    if fold.suspensions:
        fold.close_suspensions(on)
    for clock_id in ("correction", "resubmission", "rectification", "publicity"):
        fold.lapse(clock_id, on)
    if fact.given["outcome"] == "refused":
        fold.lapse("supplement", on)


def _start_what_follows(fold: Fold, fact: Fact) -> None:
    outcome, on, rules = fact.given["outcome"], fact.on, fold.rules
    fold.decided = fold.state = outcome
    if outcome == "granted":
        fold.start("delivery", on, rules.delivery, XK44)
    elif rules.refusal_delivery is not None:
        fold.start("delivery", on, rules.refusal_delivery, OFFICE_RULE)
    fold.start("publication", on, rules.publication, "发改办财金〔2018〕424号")
    fold.start("general-disclosure", on, rules.general_disclosure, "政府信息公开条例 第二十六条")
    if outcome == "granted" and fold.commitment == "conditions":
        fold.start("post-verification", on, rules.post_verification, OFFICE_RULE)


def delivered(fold: Fold, fact: Fact) -> None:
    """Served: on the day the record of service names, which may be written later."""
    served = fact.given.get("served_at")
    fold.meet("delivery", min(served.date(), fact.on) if served else fact.on)
    if fold.decided and fold.ended_on is None:
        fold.state = "delivered"


def published(fold: Fold, fact: Fact) -> None:
    """Published: both duties to publish are done."""
    fold.meet("publication", fact.on)
    fold.meet("general-disclosure", fact.on)


def withdrawn(fold: Fold, fact: Fact) -> None:
    """The application is taken back, or the examination ended: everything stops."""
    if fold.decided:
        fold.refuse_decided(fact.on)
        return
    fold.end_case("withdrawn", fact.on)
