"""Visits on site (行政许可法 34)."""

from workflow.engine.guards.asking import Predicate, Question, phrase
from workflow.engine.roles import acted_as, clash_of, human_of

INSPECTORS_MIN = 2  # 许可法34(3): 指派两名以上工作人员


@phrase("核查人员不少于两人", "TOO_FEW_INSPECTORS", "行政许可法 第三十四条第三款", asks_data=True, kind="invalid")
def two_inspectors_are_named(q: Question) -> str:
    """At least two different inspectors are named, and each holds the post."""
    named = set(q.given.get("inspectors", ()))
    strangers = sorted(
        person for person in named if "inspector" not in q.people.get(person, ()) or q.is_kept_out(person)
    )
    if strangers:
        return f"“{strangers[0]}”不是本部门的现场核查人员，或者已经回避。"
    busy = sorted(person for person in named if clash_of(q.apart, "inspector", acted_as(q.case, q.humans, person)))
    if busy:
        return f"“{busy[0]}”在本件中已经担任其他岗位，不能担任核查人员。"
    people = {human_of(q.humans, person) for person in named}
    return "" if len(people) >= INSPECTORS_MIN else "现场核查应当指派两名以上不同的核查人员。"


@phrase("本人是指派的核查人员", "NOT_ASSIGNED_INSPECTOR", "行政许可法 第三十四条第三款", kind="forbidden")
def is_assigned_inspector(q: Question) -> str:
    """Only the inspectors named in the order act on the visit."""
    order = q.mark("visit-ordered")
    named = order["given"]["inspectors"] if order else ()
    return "" if q.actor.id in named else "您不在本次现场核查任务单指派的人员之中。"


@phrase("由另一名核查人员确认", "SAME_INSPECTOR", "行政许可法 第三十四条第三款", kind="forbidden")
def confirmed_by_the_other(q: Question) -> str:
    """The inspector who wrote the record does not confirm it."""
    record = q.mark("visit-recorded")
    if record is None:
        return "尚无现场核查记录。"
    return "现场核查记录须由另一名核查人员确认，记录人不能自行确认。" if q.is_me(record["by"]) else ""


def _conclusion(wanted: str, label: str) -> Predicate:
    def predicate(q: Question) -> str:
        record = q.mark("visit-recorded")
        found = record["given"].get("conclusion") if record else None
        return "" if found == wanted else f"现场核查记录的结论不是“{label}”。"

    predicate.__doc__ = f"The record's conclusion is {wanted}."
    return predicate


phrase("记录结论为符合", "VISIT_CONCLUSION_DIFFERS", "行政许可法 第三十四条第三款")(_conclusion("pass", "符合"))
phrase("记录结论为整改", "VISIT_CONCLUSION_DIFFERS", "行政许可法 第三十四条第三款")(_conclusion("rectify", "整改"))


phrase("记录结论为不符合", "VISIT_CONCLUSION_DIFFERS", "行政许可法 第三十四条第三款")(_conclusion("fail", "不符合"))


@phrase("现场核查已有结论", "VISIT_NOT_CONCLUDED", "行政许可法 第三十四条第三款")
def visit_is_concluded(q: Question) -> str:
    """The visit passed or failed, confirmed by two inspectors, or was lawfully waived."""
    done = q.mark("visit-passed") or q.mark("visit-failed") or q.mark("visit-waived")
    return "" if done else "本事项须现场核查，核查尚无经两人确认的结论。"


@phrase("现场核查已有结论（如需）", "VISIT_NOT_CONCLUDED", "行政许可法 第三十四条第三款")
def needed_visit_is_concluded(q: Question) -> str:
    """Where the item's rule orders a visit, or one was ordered, there is no opinion without its conclusion."""
    is_needed = q.terms.special.get("on-site") == "always" or q.mark("visit-ordered")
    return visit_is_concluded(q) if is_needed else ""


@phrase("现场核查已通过（如有）", "VISIT_FAILED", "行政许可法 第三十八条第一款")
def ordered_visit_has_passed(q: Question) -> str:
    """Where a visit was ordered, a grant needs it passed."""
    return "现场核查未通过，不能准予许可。" if q.mark("visit-ordered") and not q.mark("visit-passed") else ""


@phrase("整改期限不早于今日", "DATE_IN_THE_PAST", "事项办理规定", asks_data=True, kind="invalid")
def rectification_date_is_ahead(q: Question) -> str:
    """The order gives the holder time."""
    return "" if q.given.get("due_on", "") >= q.now.date().isoformat() else "整改期限不能早于今日。"


@phrase("核查可以免于进行", "VISIT_IS_MANDATORY", "行政许可法 第三十四条第三款")
def visit_may_be_waived(q: Question) -> str:
    """Where the item's rule leaves the visit to the office's judgement."""
    return "" if q.terms.special.get("on-site") == "optional" else "本事项必须现场核查，不能免于核查。"
