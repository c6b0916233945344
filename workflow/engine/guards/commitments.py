"""Commitments and their verification (优化营商环境条例 40)."""

from workflow.engine.conditions import holds
from workflow.engine.guards.asking import Predicate, Question, phrase
from workflow.engine.guards.intake import missing_materials


def _commits_to(wanted: str, text: str) -> Predicate:
    def predicate(q: Question) -> str:
        mark = q.mark("committed")
        return "" if mark and mark["given"].get("form") == wanted else text

    predicate.__doc__ = f"The applicant signed a commitment to {wanted}."
    return predicate


phrase("承诺符合条件", "NOT_COMMITTED", "优化营商环境条例 第四十条")(
    _commits_to("conditions", "申请人没有作出符合条件的承诺。")
)
phrase("承诺补交材料", "NOT_COMMITTED", "信用承诺审批制度")(_commits_to("materials", "申请人没有作出补交材料的承诺。"))


@phrase("没有作出承诺", "COMMITTED", "优化营商环境条例 第四十条")
def nothing_was_committed(q: Question) -> str:
    """The ordinary way: nothing is verified afterwards."""
    return "申请人已经作出承诺。" if q.mark("committed") else ""


@phrase("承诺所需材料齐全", "MATERIALS_INCOMPLETE", "行政许可法 第三十二条第一款第五项")
def committed_materials_complete(q: Question) -> str:
    """Who commits to supply materials hands in only those that may not wait; others everything."""
    mark = q.mark("committed")
    tolerate = bool(mark and mark["given"].get("form") == "materials")
    missing = missing_materials(q.case, q.terms, tolerate=tolerate)
    return f"缺少材料：{'、'.join(missing)}。" if missing else ""


@phrase("适用告知承诺", "COMMITMENT_EXCLUDED", "优化营商环境条例 第四十条")
def commitment_is_open(q: Question) -> str:
    """The item is on the list, and these answers are not excluded from it."""
    commitment = q.terms.special.get("commitment")
    if not commitment:
        return "本事项不适用告知承诺。"
    excluded = commitment.get("excluded_when")
    return (
        "按申请表所填情形，本件不适用告知承诺，请按一般程序办理。"
        if excluded and holds(excluded, q.around.form)
        else ""
    )


@phrase("未选择一般程序", "DECLINED", "消防法 第十五条；优化营商环境条例 第四十条")
def has_not_declined(q: Question) -> str:
    """The choice is the applicant's, once made it stands."""
    return "申请人已经选择一般程序。" if q.mark("declined") else ""


@phrase("本人是指派的事后核查人员", "NOT_ASSIGNED_INSPECTOR", "行政许可法 第六十一条", kind="forbidden")
def is_assigned_verifier(q: Question) -> str:
    """Only the inspectors named in the order act on the check."""
    named = q.members("verification-ordered.inspectors")
    return "" if q.actor.id in named else "您不在本次事后核查指派的人员之中。"


@phrase("由另一名事后核查人员确认", "SAME_INSPECTOR", "行政许可法 第六十一条", kind="forbidden")
def verification_confirmed_by_the_other(q: Question) -> str:
    """The inspector who wrote the record does not confirm it."""
    record = q.mark("verification-recorded")
    if record is None:
        return "尚无事后核查记录。"
    return "核查记录须由另一名核查人员确认，记录人不能自行确认。" if q.is_me(record["by"]) else ""


def _verification_says(wanted: str, label: str) -> Predicate:
    def predicate(q: Question) -> str:
        record = q.mark("verification-recorded")
        found = record["given"].get("conclusion") if record else None
        return "" if found == wanted else f"事后核查记录的结论不是“{label}”。"

    predicate.__doc__ = f"The record's conclusion is {wanted}."
    return predicate


phrase("事后核查结论为属实", "VERIFICATION_DIFFERS", "优化营商环境条例 第四十条")(_verification_says("true", "属实"))
phrase("事后核查结论为须整改", "VERIFICATION_DIFFERS", "优化营商环境条例 第四十条")(
    _verification_says("shortfall", "须整改")
)


phrase("事后核查结论为不属实", "VERIFICATION_DIFFERS", "优化营商环境条例 第四十条")(
    _verification_says("false", "不属实")
)
