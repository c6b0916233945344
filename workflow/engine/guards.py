"""Guards: a closed list of Chinese phrases, each one predicate with its code and its article.

A phrase not in this list is refused when a definition is loaded. Nothing is evaluated from files.
Each predicate returns "" when satisfied, else one Chinese sentence that says what is missing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from workflow.engine.case import CaseState
from workflow.engine.commands import Actor
from workflow.engine.errors import Reason, ReasonKind
from workflow.engine.model import Action, Terms

INSPECTORS_MIN = 2  # 许可法34(3): 指派两名以上工作人员
FORM = "申请表"


@dataclass(frozen=True, slots=True)
class Question:
    """What a guard may look at.

    people: posts of every person named in `given`, for the case's department.
    refusals: codes with which the clocks would refuse this act's fact.
    """

    case: CaseState
    action: Action
    given: Mapping[str, Any]
    terms: Terms
    actor: Actor
    now: datetime
    people: Mapping[str, frozenset[str]] = field(default_factory=dict)
    refusals: frozenset[str] = frozenset()

    def mark(self, name: str) -> Mapping[str, Any] | None:
        """Return the mark of that name, or None."""
        return self.case.marks.get(name)


Predicate = Callable[[Question], str]


@dataclass(frozen=True, slots=True)
class Guard:
    """One phrase. asks_data: it judges what is given, so it cannot be judged before anything is given."""

    phrase: str
    code: str
    law: str
    predicate: Predicate
    asks_data: bool = False
    kind: ReasonKind = "conflict"

    def judge(self, question: Question) -> Reason | None:
        """Return why not, or None."""
        text = self.predicate(question)
        return Reason(self.code, text, self.law, self.kind) if text else None


PHRASES: dict[str, Guard] = {}

# What an action can leave behind for later guards.
MARKS = frozenset(
    {
        "form-checked",
        "correction-asked",
        "visit-ordered",
        "visit-recorded",
        "visit-passed",
        "visit-failed",
        "rectification-ordered",
        "rectified",
        "opinion",
        "legal-review-asked",
        "legal-review-passed",
        "extension-asked",
        "delivered",
        "published",
        "paused",
    }
)


def _guard(
    phrase: str, code: str, law: str, *, asks_data: bool = False, kind: ReasonKind = "conflict"
) -> Callable[[Predicate], Predicate]:
    def register(predicate: Predicate) -> Predicate:
        PHRASES[phrase] = Guard(phrase, code, law, predicate, asks_data, kind)
        return predicate

    return register


@_guard("材料齐全", "MATERIALS_INCOMPLETE", "行政许可法 第三十二条第一款第五项")
def materials_complete(q: Question) -> str:
    """Every required material the applicant must supply is there."""
    missing = missing_materials(q.case, q.terms)
    return f"缺少材料：{'、'.join(missing)}。请一次性告知申请人补正，或待其补交后再受理。" if missing else ""


def missing_materials(case: CaseState, terms: Terms) -> list[str]:
    """Return the names of required materials the applicant has not supplied."""
    return [
        material.name
        for material in terms.materials
        if material.required and material.supply == "applicant" and material.code not in case.materials
    ]


@_guard("符合法定形式", "FORM_NOT_CHECKED", "行政许可法 第三十二条第一款第五项")
def in_legal_form(q: Question) -> str:
    """The form passed every check of its manual when it was submitted or amended."""
    return "" if q.mark("form-checked") else "申请表尚未通过校验，请先更正申请表。"


@_guard("尚未要求补正", "SECOND_CORRECTION_NOTICE", "行政许可法 第三十二条第一款第四项、第七十二条第四项")
def no_correction_yet(q: Question) -> str:
    """Corrections are asked for once, with everything on one list."""
    return "补正要求只能一次性告知，本件已经告知过。" if q.mark("correction-asked") else ""


@_guard(
    "缺项已全部列明", "MISSING_LIST_INCOMPLETE", "行政许可法 第三十二条第一款第四项", asks_data=True, kind="invalid"
)
def everything_missing_is_listed(q: Question) -> str:
    """The notice names known materials only, and every required one that is missing."""
    listed = {entry["material"] for entry in q.given.get("missing", ())}
    known = {m.name for m in q.terms.materials} | {m.code for m in q.terms.materials} | {FORM}
    unknown = sorted(listed - known)
    if unknown:
        return f"“{unknown[0]}”不是本事项的材料；请填写材料名称、材料编码或“{FORM}”。"
    code_of = {m.name: m.code for m in q.terms.materials}
    listed_codes = {code_of.get(name, name) for name in listed}
    left_out = [n for n in missing_materials(q.case, q.terms) if code_of[n] not in listed_codes]
    return f"补正须一次告知全部内容，清单漏列：{'、'.join(left_out)}。" if left_out else ""


@_guard("告知书所列缺项已补齐", "MISSING_NOT_SUPPLIED", "行政许可法 第三十二条第一款第五项")
def everything_listed_is_supplied(q: Question) -> str:
    """Each thing on the correction notice was supplied after the notice."""
    notice = q.mark("correction-asked")
    if notice is None:
        return "没有补正告知书。"
    code_of = {m.name: m.code for m in q.terms.materials}
    left = []
    for entry in notice["given"]["missing"]:
        name = entry["material"]
        if name == FORM:
            mark = q.mark("form-checked")
            supplied = mark["seq"] if mark else 0
        else:
            supplied = q.case.materials.get(code_of.get(name, name), {}).get("seq", 0)
        if supplied <= notice["seq"]:
            left.append(name)
    return f"补正告知书所列内容尚未补齐：{'、'.join(left)}。" if left else ""


@_guard("核查人员不少于两人", "TOO_FEW_INSPECTORS", "行政许可法 第三十四条第三款", asks_data=True, kind="invalid")
def two_inspectors_are_named(q: Question) -> str:
    """At least two different inspectors are named, and each holds the post."""
    named = set(q.given.get("inspectors", ()))
    strangers = sorted(person for person in named if "inspector" not in q.people.get(person, ()))
    if strangers:
        return f"“{strangers[0]}”不是本部门的现场核查人员。"
    return "" if len(named) >= INSPECTORS_MIN else "现场核查应当指派两名以上不同的核查人员。"


@_guard("本人是指派的核查人员", "NOT_ASSIGNED_INSPECTOR", "行政许可法 第三十四条第三款", kind="forbidden")
def is_assigned_inspector(q: Question) -> str:
    """Only the inspectors named in the order act on the visit."""
    order = q.mark("visit-ordered")
    named = order["given"]["inspectors"] if order else ()
    return "" if q.actor.id in named else "您不在本次现场核查任务单指派的人员之中。"


@_guard("由另一名核查人员确认", "SAME_INSPECTOR", "行政许可法 第三十四条第三款", kind="forbidden")
def confirmed_by_the_other(q: Question) -> str:
    """The inspector who wrote the record does not confirm it."""
    record = q.mark("visit-recorded")
    if record is None:
        return "尚无现场核查记录。"
    return "现场核查记录须由另一名核查人员确认，记录人不能自行确认。" if record["by"] == q.actor.id else ""


def _conclusion(wanted: str, label: str) -> Predicate:
    def predicate(q: Question) -> str:
        record = q.mark("visit-recorded")
        found = record["given"].get("conclusion") if record else None
        return "" if found == wanted else f"现场核查记录的结论不是“{label}”。"

    predicate.__doc__ = f"The record's conclusion is {wanted}."
    return predicate


_guard("记录结论为符合", "VISIT_CONCLUSION_DIFFERS", "行政许可法 第三十四条第三款")(_conclusion("pass", "符合"))
_guard("记录结论为整改", "VISIT_CONCLUSION_DIFFERS", "行政许可法 第三十四条第三款")(_conclusion("rectify", "整改"))
_guard("记录结论为不符合", "VISIT_CONCLUSION_DIFFERS", "行政许可法 第三十四条第三款")(_conclusion("fail", "不符合"))


@_guard("现场核查已有结论", "VISIT_NOT_CONCLUDED", "行政许可法 第三十四条第三款")
def visit_is_concluded(q: Question) -> str:
    """The visit passed or failed, confirmed by two inspectors."""
    done = q.mark("visit-passed") or q.mark("visit-failed")
    return "" if done else "本事项须现场核查，核查尚无经两人确认的结论。"


@_guard("现场核查已通过（如有）", "VISIT_FAILED", "行政许可法 第三十八条第一款")
def ordered_visit_has_passed(q: Question) -> str:
    """Where a visit was ordered, a grant needs it passed."""
    return "现场核查未通过，不能准予许可。" if q.mark("visit-ordered") and not q.mark("visit-passed") else ""


@_guard("整改期限不早于今日", "DATE_IN_THE_PAST", "事项办理规定", asks_data=True, kind="invalid")
def rectification_date_is_ahead(q: Question) -> str:
    """The order gives the holder time."""
    return "" if q.given.get("due_on", "") >= q.now.date().isoformat() else "整改期限不能早于今日。"


@_guard("审查意见已提交", "OPINION_MISSING", "行政许可法 第三十七条")
def opinion_is_filed(q: Question) -> str:
    """The reviewer's written opinion is on file."""
    return "" if q.mark("opinion") else "审查人员尚未提交审查意见。"


@_guard("法制审核已通过（如需）", "LEGAL_REVIEW_MISSING", "重大行政执法决定法制审核制度")
def legal_review_is_done(q: Question) -> str:
    """Where the item is on the list of major decisions, or review was asked for, it passed."""
    needed = q.terms.legal_review or q.mark("legal-review-asked")
    return "本件须经法制审核，尚未通过。" if needed and not q.mark("legal-review-passed") else ""


@_guard("已说明理由", "REASONS_MISSING", "行政许可法 第三十八条第二款", asks_data=True, kind="invalid")
def reasons_are_given(q: Question) -> str:
    """An adverse decision states its reasons."""
    return "" if str(q.given.get("reasons", "")).strip() else "不利决定应当说明理由，请填写 reasons。"


@_guard("已告知救济途径", "REMEDIES_MISSING", "行政许可法 第三十八条第二款", asks_data=True, kind="invalid")
def remedies_are_told(q: Question) -> str:
    """An adverse decision tells how to apply for review or sue."""
    return "" if str(q.given.get("remedies", "")).strip() else "应当告知申请行政复议或者提起行政诉讼的权利。"


@_guard(
    "已指明有权机关", "COMPETENT_AGENCY_MISSING", "行政许可法 第三十二条第一款第二项", asks_data=True, kind="invalid"
)
def competent_agency_is_named(q: Question) -> str:
    """A refusal for want of competence names the agency to go to."""
    return "" if str(q.given.get("competent_agency", "")).strip() else "应当告知申请人向哪个行政机关申请。"


@_guard("结果文书已上传", "SPECIAL_RESULT_MISSING", "行政许可法 第四十五条", asks_data=True, kind="invalid")
def special_result_is_filed(q: Question) -> str:
    """The special procedure's result is described."""
    return "" if str(q.given.get("result", "")).strip() else "请填写特别程序的结果文书（名称、文号、结论）。"


@_guard("送达情况已记录", "SERVICE_NOT_RECORDED", "行政许可法 第四十四条", asks_data=True, kind="invalid")
def service_is_recorded(q: Question) -> str:
    """How and to whom the decision was served is on record."""
    return "" if q.given.get("mode") and str(q.given.get("recipient", "")).strip() else "请填写送达方式和签收人。"


@_guard("已送达", "NOT_DELIVERED", "行政许可法 第四十四条")
def is_delivered(q: Question) -> str:
    """The decision was served."""
    return "" if q.mark("delivered") else "决定尚未送达。"


@_guard("尚未公开", "ALREADY_PUBLISHED", "行政许可法 第四十条")
def not_published_yet(q: Question) -> str:
    """Publishing happens once."""
    return "本决定已经公开。" if q.mark("published") else ""


@_guard("已公开", "NOT_PUBLISHED", "行政许可法 第四十条")
def is_published(q: Question) -> str:
    """The decision was published."""
    return "" if q.mark("published") else "决定尚未公开。"


def _clock_guard(phrase: str, law: str, *codes: str) -> None:
    """A phrase that the clocks judge: satisfied when none of `codes` refuses the act."""

    def predicate(q: Question) -> str:
        return f"不满足“{phrase}”。" if q.refusals & set(codes) else ""

    predicate.__doc__ = f"The clocks do not refuse with {', '.join(codes)}."
    PHRASES[phrase] = Guard(phrase, codes[0], law, predicate, asks_data=True)


_clock_guard("期限尚未届满", "行政许可法 第四十二条第一款", "EXTENSION_AFTER_EXPIRY")
_clock_guard("只延期一次", "行政许可法 第四十二条第一款", "EXTENSION_ALREADY_USED")
_clock_guard("由有权负责人批准", "行政许可法 第四十二条", "WRONG_APPROVER")
_clock_guard("理由已告知申请人", "行政许可法 第四十二条第一款", "EXTENSION_REASON_NOT_NOTIFIED")
_clock_guard("法定事由已选定", "行政许可法 第四十五条", "SUSPENSION_GROUND_NOT_ALLOWED")
_clock_guard("所需时间已书面告知", "行政许可法 第四十五条", "SUSPENSION_NOT_NOTIFIED")
