"""Guards: a closed list of Chinese phrases, each one predicate with its code and its article.

A phrase not in this list is refused when a definition is loaded. Nothing is evaluated from files.
Each predicate returns "" when satisfied, else one Chinese sentence that says what is missing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from workflow.engine.case import CaseState, special_procedures
from workflow.engine.commands import NOTHING_AROUND, Actor, Surroundings
from workflow.engine.conditions import holds
from workflow.engine.errors import Reason, ReasonKind
from workflow.engine.model import Action, Terms
from workflow.engine.roles import (
    RECUSAL_LAW,
    acted_as,
    clash_of,
    delegation,
    human_of,
    is_kept_out,
    open_recusals,
)
from workflow.engine.vocabulary import GROUNDS, MUST_REVOKE, UNHEARD

NO_HANDLERS = frozenset({"supervisor", "auditor", "catalogue-admin", "system-admin"})  # they decide no case
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
    around: Surroundings = NOTHING_AROUND
    humans: Mapping[str, str] = field(default_factory=dict)
    apart: tuple[tuple[str, str], ...] = ()

    def is_me(self, person: str) -> bool:
        """Return True if that account is the actor's own, or another one of the same human."""
        return self.same(person, self.actor.id)

    def same(self, one: str, other: str) -> bool:
        """Return True if two accounts are one human's."""
        return human_of(self.humans, one) == human_of(self.humans, other)

    def is_kept_out(self, person: str) -> bool:
        """Return True if a recusal of that human was upheld in the case."""
        return is_kept_out(self.case, self.humans, person)

    def mark(self, name: str) -> Mapping[str, Any] | None:
        """Return the mark of that name, or None."""
        return self.case.marks.get(name)

    def collected(self, name: str) -> Mapping[str, Mapping[str, Any]]:
        """Return what was collected under that name, by person."""
        return self.case.collected.get(name, {})

    def members(self, where: str) -> tuple[str, ...]:
        """Return the people a mark names: MARK.FIELD."""
        return members_of(self.case, where)


def members_of(case: CaseState, where: str) -> tuple[str, ...]:
    """Return the people named by a mark, written MARK.FIELD; () if there is no such mark."""
    name, _, field_name = where.partition(".")
    mark = case.marks.get(name)
    return tuple(mark["given"].get(field_name, ())) if mark else ()


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
        "tolerated",
        "supplemented",
        "third-party-told",
        "visit-waived",
        "handed-over",
        "delegated",
        "countersign-asked",
        "expert-review-notified",
        "experts-drawn",
        "expert-review-done",
        "publicity-opened",
        "publicity-done",
        "objection-open",
        "hearing-rights",
        "hearing-ordered",
        "hearing-notified",
        "hearing-held",
        "rules-checked",
        "informed",
        "declined",
        "committed",
        "verification-ordered",
        "verification-recorded",
        "verified",
        "shortfall",
        "intended",
        "heard",
        "downgraded",
        "branches-open",
        "renewal-filed",
        "fraud",
        "partly",
        "electronic-consent",
    }
)


# Under which names things are collected from several people.
COLLECTIONS = frozenset(
    {
        "expert-opinions",
        "expert-undertakings",
        "recusals",
        "recusal-requests",
        "recused",
        "recusal-rejections",
        "countersigns",
        "publicities",
        "statements",
        "branch-shortfalls",
        "service-announcements",
    }
)


def _guard(
    phrase: str, code: str, law: str, *, asks_data: bool = False, kind: ReasonKind = "conflict"
) -> Callable[[Predicate], Predicate]:
    def register(predicate: Predicate) -> Predicate:
        PHRASES[phrase] = Guard(phrase, code, law, predicate, asks_data, kind)
        return predicate

    return register


phrase = _guard  # for the phrases of other modules


@_guard("材料齐全", "MATERIALS_INCOMPLETE", "行政许可法 第三十二条第一款第五项")
def materials_complete(q: Question) -> str:
    """Every required material the applicant must supply is there."""
    missing = missing_materials(q.case, q.terms)
    return f"缺少材料：{'、'.join(missing)}。请一次性告知申请人补正，或待其补交后再受理。" if missing else ""


def missing_materials(case: CaseState, terms: Terms, *, tolerate: bool = False) -> list[str]:
    """Return the names of required materials the applicant has not supplied. tolerate: leave out those that may wait."""
    return [
        material.name
        for material in terms.materials
        if material.required and material.supply == "applicant" and material.code not in case.materials
        if not (tolerate and material.tolerable)
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
    """Each thing on the correction notice was supplied after it, but for what a corrected form no longer asks for."""
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
        elif code_of.get(name, name) not in code_of.values():
            continue
        else:
            supplied = q.case.materials.get(code_of.get(name, name), {}).get("seq", 0)
        if supplied <= notice["seq"]:
            left.append(name)
    return f"补正告知书所列内容尚未补齐：{'、'.join(left)}。" if left else ""


@_guard("核查人员不少于两人", "TOO_FEW_INSPECTORS", "行政许可法 第三十四条第三款", asks_data=True, kind="invalid")
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
    return "现场核查记录须由另一名核查人员确认，记录人不能自行确认。" if q.is_me(record["by"]) else ""


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
    """The visit passed or failed, confirmed by two inspectors, or was lawfully waived."""
    done = q.mark("visit-passed") or q.mark("visit-failed") or q.mark("visit-waived")
    return "" if done else "本事项须现场核查，核查尚无经两人确认的结论。"


@_guard("现场核查已有结论（如需）", "VISIT_NOT_CONCLUDED", "行政许可法 第三十四条第三款")
def needed_visit_is_concluded(q: Question) -> str:
    """Where the item's rule orders a visit, or one was ordered, there is no opinion without its conclusion."""
    is_needed = q.terms.special.get("on-site") == "always" or q.mark("visit-ordered")
    return visit_is_concluded(q) if is_needed else ""


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
    """The reviewer's written opinion is on file, and its author was not kept out of the case since."""
    mark = q.mark("opinion")
    if mark is None:
        return "审查人员尚未提交审查意见。"
    return "提出审查意见的人员已经回避，请退回审查，由他人重新提出。" if q.is_kept_out(mark["by"]) else ""


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
    "已说明所依据的技术标准（如经检验检测）",
    "STANDARD_MISSING",
    "行政许可法 第五十五条第三款",
    asks_data=True,
    kind="invalid",
)
def standard_is_named(q: Question) -> str:
    """许可法55(3): a refusal after inspection, testing or quarantine names the technical standard it rests on."""
    tested = any(
        fact["type"] == "suspended" and fact.get("ground") in ("inspection", "testing", "quarantine")
        for fact in q.case.facts
    )
    is_named = str(q.given.get("standard", "")).strip()
    return (
        "经检验、检测、检疫不予许可的，应当写明所依据的技术标准、技术规范（standard）。"
        if tested and not is_named
        else ""
    )


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


@_guard("有特别程序正在进行", "NO_SPECIAL_PROCEDURE", "行政许可法 第四十五条")
def a_special_procedure_runs(q: Question) -> str:
    """Some special procedure was notified and has not ended."""
    return "" if special_procedures(q.case) else "没有正在进行的特别程序。"


@_guard("特别程序均已结束", "SPECIAL_PROCEDURES_OPEN", "行政许可法 第四十五条")
def no_special_procedure_runs(q: Question) -> str:
    """No opinion while a test, an appraisal or a review still runs."""
    left = special_procedures(q.case)
    return f"特别程序尚未结束：{'、'.join(GROUNDS[ground] for ground in left)}。" if left else ""


@_guard("只有一项特别程序正在进行", "SPECIAL_PROCEDURES_OPEN", "行政许可法 第四十五条")
def one_special_procedure_runs(q: Question) -> str:
    """Time runs again only when the last of several has ended; each ends by its own result."""
    left = special_procedures(q.case)
    names = "、".join(GROUNDS[ground] for ground in left)
    return f"同时进行的特别程序有：{names}；请逐项登记结果。" if len(left) > 1 else ""


@_guard("有几项特别程序同时进行", "ONE_SPECIAL_PROCEDURE", "行政许可法 第四十五条")
def several_special_procedures_run(q: Question) -> str:
    """To end one of several, there are several."""
    return "" if len(special_procedures(q.case)) > 1 else "没有几项特别程序同时进行。"


@_guard("该项特别程序正在进行", "NOT_THIS_PROCEDURE", "行政许可法 第四十五条", asks_data=True, kind="invalid")
def this_special_procedure_runs(q: Question) -> str:
    """The procedure named was notified and has not ended. An expert review ends with its summary, not before."""
    ground = q.given.get("ground", "")
    if ground not in special_procedures(q.case):
        return f"“{GROUNDS.get(ground, ground)}”不在正在进行的特别程序之中。"
    by_experts = ground == "expert-review" and q.mark("expert-review-notified") and not q.mark("expert-review-done")
    if by_experts and q.action.records == "resumed":
        return "专家评审以汇总评审意见结束，请办理“汇总评审意见，恢复计时”。"
    return ""


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


# -- what the item's own terms ask for -------------------------------------------------------------


@_guard("主要材料齐全", "MATERIALS_INCOMPLETE", "容缺受理制度")
def main_materials_complete(q: Question) -> str:
    """Everything that may not wait is there."""
    missing = missing_materials(q.case, q.terms, tolerate=True)
    return f"缺少不可容缺的材料：{'、'.join(missing)}。" if missing else ""


@_guard("确有可以容缺的材料", "NOTHING_TO_TOLERATE", "容缺受理制度")
def something_may_wait(q: Question) -> str:
    """Acceptance with gaps needs a gap."""
    return "" if missing_materials(q.case, q.terms) else "材料已经齐全，请直接受理。"


@_guard("没有失信记录", "APPLICANT_DISHONEST", "优化营商环境条例 第四十条；容缺受理制度")
def is_creditworthy(q: Question) -> str:
    """Who has an unrepaired record of dishonesty may not rely on a promise; a register that cannot be asked says nothing."""
    found = q.around.registers.get("dishonesty")
    if found is None:
        return ""
    return "申请人有尚未修复的失信记录，不适用告知承诺和容缺受理。" if found["present"] else ""


@_guard("容缺材料已补齐", "TOLERANT_MATERIAL_MISSING", "容缺受理承诺")
def gaps_are_closed(q: Question) -> str:
    """Everything promised later has come."""
    missing = missing_materials(q.case, q.terms)
    return f"尚未补齐：{'、'.join(missing)}。" if missing else ""


@_guard("正在等待容缺材料", "NOTHING_TOLERATED", "容缺受理承诺")
def gaps_are_open(q: Question) -> str:
    """The case was accepted with gaps that are not closed yet."""
    return "" if q.mark("tolerated") and not q.mark("supplemented") else "本件没有待补的容缺材料。"


@_guard("未在禁止申请期内", "APPLICATION_BANNED", "行政许可法 第七十八条、第七十九条")
def is_not_banned(q: Question) -> str:
    """After a fraud on a matter of public safety nobody may apply for it again for one or three years."""
    ban = next((ban for ban in q.around.bans if ban["item_code"] == q.terms.item_code), None)
    return f"申请人在{ban['until']}前不得再次申请本事项（{ban['law']}）。" if ban else ""


@_guard("备案事项", "NOT_A_FILING", "本事项办理规定")
def is_a_filing(q: Question) -> str:
    """A filing is confirmed, not permitted: no separate acceptance, no decision by another."""
    return "" if q.terms.kind == "filing" else "本事项不是备案，应当经受理、审查后决定。"


@_guard("不是备案", "IS_A_FILING", "本事项办理规定")
def is_no_filing(q: Question) -> str:
    """What is permitted is accepted first and decided by another."""
    return "" if is_a_filing(q) else "备案事项补正后请重新提交备案。"


@_guard("核查可以免于进行", "VISIT_IS_MANDATORY", "行政许可法 第三十四条第三款")
def visit_may_be_waived(q: Question) -> str:
    """Where the item's rule leaves the visit to the office's judgement."""
    return "" if q.terms.special.get("on-site") == "optional" else "本事项必须现场核查，不能免于核查。"


@_guard("应当公示的已公示", "PUBLICITY_MISSING", "行政许可法 第三十六条；事项办理规定")
def publicity_is_done(q: Question) -> str:
    """Each public notice the item's rule asks for before the decision has run its days."""
    wanted = {one["stage"]: one for one in q.terms.special.get("publicity", ()) if one["need"] == "always"}
    done = {entry["given"].get("stage") for entry in q.collected("publicities").values()}
    missing = [stage for stage in wanted if stage not in done]
    return f"还没有完成公示：{'、'.join(PUBLICITY_STAGES[stage] for stage in missing)}。" if missing else ""


PUBLICITY_STAGES = {"after-acceptance": "受理公示", "before-decision": "拟作决定公示"}


@_guard("应当听证的已听证", "HEARING_MISSING", "行政许可法 第四十六条")
def hearing_is_held(q: Question) -> str:
    """Where law asks for a hearing, no opinion without it."""
    is_owed = q.terms.special.get("hearing") == "always" and not q.mark("hearing-held")
    return "本事项依法应当听证，尚未举行听证。" if is_owed else ""


@_guard(
    "已回应听证笔录（如经听证）",
    "HEARING_RECORD_IGNORED",
    "行政许可法 第四十八条第二款",
    asks_data=True,
    kind="invalid",
)
def decision_answers_the_record(q: Question) -> str:
    """许可法48(2): a decision after a hearing is based on its record, and says so."""
    if not q.mark("hearing-held") or str(q.given.get("hearing_findings", "")).strip():
        return ""
    return "本件经过听证，决定应当根据听证笔录作出，请填写 hearing_findings（对听证意见的采纳情况）。"


@_guard("听证由当事人申请", "HEARING_EX_OFFICIO", "行政许可法 第四十六条")
def hearing_was_asked_for(q: Question) -> str:
    """A hearing the office owes to the public is not the parties' to call off."""
    return "" if q.mark("hearing-rights") else "本次听证由本机关依职权举行，当事人不能撤回。"


@_guard("已到听证之日", "HEARING_NOT_HELD_YET", "行政许可法 第四十八条")
def hearing_day_has_come(q: Question) -> str:
    """No record before the day of the hearing."""
    notice = q.mark("hearing-notified")
    on = notice["given"]["hearing_on"] if notice else ""
    return "" if on and on <= q.now.date().isoformat() else f"听证定于{on or '（未通知）'}举行，尚未到期。"


@_guard("异议已处理（如有）", "OBJECTION_OPEN", "行政许可法 第三十六条")
def objections_are_answered(q: Question) -> str:
    """Nobody proposes over an objection that was not answered."""
    return "公示期间的异议尚未答复。" if q.mark("objection-open") else ""


@_guard("有待答复的异议", "NO_OBJECTION", "行政许可法 第三十六条")
def an_objection_is_open(q: Question) -> str:
    """There is an objection to answer."""
    return "" if q.mark("objection-open") else "没有待答复的异议。"


@_guard("公示期已满", "PUBLICITY_RUNNING", "行政许可法 第三十六条")
def notice_has_run(q: Question) -> str:
    """The days of the notice are over."""
    return "" if q.mark("publicity-done") else "公示尚未期满。"


@_guard("专家评审已有结论", "EXPERT_REVIEW_MISSING", "行政许可法 第四十五条")
def expert_review_is_done(q: Question) -> str:
    """The item needs an expert opinion."""
    return "" if q.mark("expert-review-done") else "本事项须经专家评审，尚无评审结论。"


@_guard("专家评审已有结论（如需）", "EXPERT_REVIEW_MISSING", "行政许可法 第四十五条")
def needed_expert_review_is_done(q: Question) -> str:
    """Where the item's rule orders an expert review, or one was begun, there is no opinion without its conclusion."""
    is_needed = q.terms.special.get("experts", {}).get("need") == "always" or q.mark("expert-review-notified")
    return expert_review_is_done(q) if is_needed else ""


@_guard("需要转报上级机关", "NOTHING_TO_FORWARD", "行政许可法 第三十五条")
def is_forwarded(q: Question) -> str:
    """The item is decided by an upper authority after a first examination here."""
    return "" if q.terms.special.get("forward") else "本事项由本机关决定，不需要转报。"


@_guard("由本机关决定", "MUST_BE_FORWARDED", "行政许可法 第三十五条")
def is_decided_here(q: Question) -> str:
    """A case that is only examined here is not granted here."""
    return "本事项由上级机关决定，请转报，不能在本机关作出准予决定。" if q.terms.special.get("forward") else ""


# -- experts, countersigners, whoever is named ------------------------------------------------------


@_guard("本人是抽取的专家", "NOT_A_DRAWN_EXPERT", "专家评审管理制度", kind="forbidden")
def is_a_drawn_expert(q: Question) -> str:
    """Only experts who were drawn for this case."""
    return "" if q.actor.id in q.members("experts-drawn.experts") else "您不是本件抽取的评审专家。"


@_guard("本人尚未提交评审意见", "OPINION_ALREADY_GIVEN", "专家评审管理制度")
def has_no_opinion_yet(q: Question) -> str:
    """One opinion a person."""
    has_given = any(q.is_me(person) for person in q.collected("expert-opinions"))
    return "您已经提交评审意见，不能重复提交。" if has_given else ""


@_guard("本人已承诺保密和无利害关系", "UNDERTAKING_MISSING", "行政许可法 第五条；专家评审管理制度")
def has_undertaken(q: Question) -> str:
    """许可法5: experts keep what they learn to themselves; who has an interest stays away."""
    return "" if q.actor.id in q.collected("expert-undertakings") else "请先签署保密和无利害关系承诺。"


@_guard("专家意见达到法定人数", "NO_QUORUM", "专家评审管理制度")
def experts_have_a_quorum(q: Question) -> str:
    """Enough of those drawn have given their opinion."""
    drawn = q.members("experts-drawn.experts")
    given = [person for person in drawn if person in q.collected("expert-opinions")]
    quorum = int(q.terms.special.get("experts", {}).get("quorum") or len(drawn))
    return "" if drawn and len(given) >= quorum else f"评审意见还没有达到法定人数（{len(given)}/{quorum}）。"


STRICTNESS = ("pass", "revise", "fail")


def _experts_say(wanted: tuple[str, ...], text: str) -> Predicate:
    def predicate(q: Question) -> str:
        given, gone = q.collected("expert-opinions"), q.collected("recusals")
        heard = [entry for who, entry in given.items() if who not in gone and not q.is_kept_out(who)]
        opinions = [entry["given"]["conclusion"] for entry in heard]  # who stood aside has no voice any more
        votes = {word: opinions.count(word) for word in STRICTNESS}
        leading = max(votes, key=lambda word: (votes[word], STRICTNESS.index(word)))
        return "" if given and leading in wanted else text

    predicate.__doc__ = f"Most experts say {' or '.join(wanted)}; a tie counts for the stricter word."
    return predicate


_guard("多数专家要求修改", "EXPERTS_SAY_OTHERWISE", "专家评审管理制度")(
    _experts_say(("revise",), "多数专家没有要求申请人修改。")
)
_guard("多数专家已有明确结论", "EXPERTS_SAY_OTHERWISE", "专家评审管理制度")(
    _experts_say(("pass", "fail"), "多数专家要求申请人修改，请先退申请人修改。")
)


@_guard("本人在会签人之中", "NOT_A_COUNTERSIGNER", "本机关办理规程", kind="forbidden")
def is_asked_to_countersign(q: Question) -> str:
    """Only those asked."""
    return "" if q.actor.id in q.members("countersign-asked.people") else "您不在本件的会签人之中。"


@_guard("本人尚未会签", "ALREADY_COUNTERSIGNED", "本机关办理规程")
def has_not_countersigned(q: Question) -> str:
    """Once a person."""
    return "您已经会签。" if any(q.is_me(person) for person in q.collected("countersigns")) else ""


@_guard("会签人均已会签", "COUNTERSIGN_OPEN", "本机关办理规程")
def all_have_countersigned(q: Question) -> str:
    """Everybody asked has signed."""
    asked = [person for person in q.members("countersign-asked.people") if not q.is_kept_out(person)]
    left = [person for person in asked if person not in q.collected("countersigns")]
    return f"还有 {len(left)} 人没有会签。" if left else ""


@_guard("所列人员均为本部门工作人员", "STRANGER_NAMED", "本机关办理规程", asks_data=True, kind="invalid")
def named_people_work_here(q: Question) -> str:
    """People named for a countersignature hold some post in the department, and are not the one who asks."""
    asked = q.members("countersign-asked.people")
    named = [person for person in q.given.get("people", ()) if isinstance(person, str) and person not in asked]
    strangers = sorted(person for person in named if not q.people.get(person) or q.is_kept_out(person))
    if strangers:
        return f"“{strangers[0]}”不是本部门的工作人员，或者已经回避。"
    return "不能请本人会签。" if any(q.is_me(person) for person in named) else ""


@_guard("本人是经办人", "NOT_THE_HANDLER", "本机关办理规程", kind="forbidden")
def holds_the_task(q: Question) -> str:
    """Only who holds the task hands it on."""
    return "" if q.around.assignee == q.actor.id else "待办不在您名下，请先签收。"


@_guard("接办人可以办理", "RECEIVER_LACKS_POST", "岗位分离制度", asks_data=True, kind="invalid")
def receiver_may_take_over(q: Question) -> str:
    """The colleague holds the post of the task, and may act under it here; work changes hands, never posts."""
    to, post = str(q.given.get("to", "")), q.action.by[0]
    if q.is_me(to):
        return "不能转给本人。"
    if post not in q.people.get(to, ()) or q.is_kept_out(to):
        return f"“{to}”没有办理本环节的岗位，或者已经回避。"
    is_apart = clash_of(q.apart, post, acted_as(q.case, q.humans, to))
    return f"“{to}”在本件中已经担任应当分离的岗位，不能接办。" if is_apart else ""


@_guard("本人不是代班人", "DELEGATION_CHAINED", "本机关办理规程", kind="forbidden")
def is_no_delegate(q: Question) -> str:
    """Whoever works in another's place gives the work back; they pass it on to nobody."""
    mark = delegation(q.case)
    return "您是代班人，不能再委派或者转办，请退回委派人。" if mark and q.is_me(mark["given"]["to"]) else ""


@_guard("代班期限在规定之内", "DELEGATION_TOO_LONG", "本机关办理规程", asks_data=True, kind="invalid")
def delegation_is_short(q: Question) -> str:
    """From today on, and for no more days than the definition allows."""
    ask, until = q.action.ask("until"), str(q.given.get("until", ""))
    most = (ask.most if ask else None) or 0
    last = (q.now.date() + timedelta(days=most)).isoformat()
    return "" if q.now.date().isoformat() <= until <= last else f"代班至应当在今日至{last}之间（最多{most}日）。"


@_guard("由本人委派且代班未满", "NOT_DELEGATED", "本机关办理规程", kind="forbidden")
def delegated_it(q: Question) -> str:
    """Who delegated may end it before its time."""
    mark = delegation(q.case)
    return "" if mark and q.is_me(mark["by"]) else "本件没有由您委派他人代班。"


@_guard("本件由他人转来", "NOT_HANDED_OVER", "本机关办理规程", kind="forbidden")
def was_handed_over(q: Question) -> str:
    """There is somebody to hand it back to."""
    mark = q.mark("handed-over")
    return "" if mark and mark["given"].get("to") == q.actor.id else "本件不是他人转给您的。"


@_guard("本人转出且对方尚未办理", "ALREADY_ACTED_ON", "本机关办理规程")
def may_take_back(q: Question) -> str:
    """Until the other has done something, the one who handed on may take it back."""
    mark = q.mark("handed-over")
    if mark is None or mark["by"] != q.actor.id:
        return "本件不是由您转出的。"
    return "" if mark["seq"] == q.case.seq else "对方已经办理，不能拿回。"


@_guard("本人提出且审批人尚未办理", "ALREADY_ACTED_ON", "本机关办理规程")
def may_recall(q: Question) -> str:
    """Until the approver has done something, the reviewer may take the opinion back."""
    mark = q.mark("opinion")
    if mark is None or mark["by"] != q.actor.id:
        return "审查意见不是由您提出的。"
    return "" if mark["seq"] == q.case.seq else "审批人已经办理，不能拿回。"


# -- recusal 回避 -----------------------------------------------------------------------------------


@_guard("没有待决定的回避申请", "RECUSAL_OPEN", RECUSAL_LAW)
def no_recusal_is_open(q: Question) -> str:
    """While it is open whether somebody has to stay away, nobody decides; everything else goes on, and so does time."""
    waiting = open_recusals(q.case)
    return f"对“{waiting[0]}”的回避申请尚未决定，决定之前不能作出本决定。" if waiting else ""


@_guard("被申请人参与办理本件", "NOT_A_HANDLER", RECUSAL_LAW, asks_data=True, kind="invalid")
def may_be_asked_to_stay_away(q: Question) -> str:
    """Somebody of this department who could take part; the head of the government is for the authority above him."""
    who = str(q.given.get("who", ""))
    posts = q.actor.posts if who == q.actor.id else q.people.get(who, frozenset())
    if not posts - NO_HANDLERS:
        return f"“{who}”不是本部门的工作人员。"
    if q.is_kept_out(who):
        return f"“{who}”已经回避。"
    if any(q.same(who, one) for one in open_recusals(q.case)):
        return f"对“{who}”已有待决定的回避申请。"
    return "管委会负责人的回避由上级机关决定，请书面提出。" if "government-head" in posts else ""


@_guard("回避申请待决定", "NO_RECUSAL_OPEN", RECUSAL_LAW, asks_data=True, kind="invalid")
def recusal_is_open(q: Question) -> str:
    """What is decided was asked for."""
    who = str(q.given.get("who", ""))
    return "" if who in open_recusals(q.case) else f"没有对“{who}”待决定的回避申请。"


@_guard("有回避申请待决定", "NO_RECUSAL_OPEN", RECUSAL_LAW)
def some_recusal_is_open(q: Question) -> str:
    """There is something to decide."""
    return "" if open_recusals(q.case) else "没有待决定的回避申请。"


@_guard("由有权负责人决定回避", "WRONG_RECUSAL_DECIDER", RECUSAL_LAW, asks_data=True, kind="forbidden")
def decided_by_the_right_head(q: Question) -> str:
    """The head of the department decides; on a head, and once a head is kept out, the head of the government."""
    who = str(q.given.get("who", ""))
    if q.is_me(who):
        return "不能决定本人的回避。"
    is_head = "department-head" in q.people.get(who, frozenset())
    head_is_out = any(entry["post"] == "government-head" for entry in q.collected("recused").values())
    if "government-head" in q.actor.posts and (is_head or head_is_out):
        return ""
    if is_head:
        return "本机关负责人的回避由管委会负责人决定。"
    return "" if "department-head" in q.actor.posts else "工作人员的回避由本机关负责人决定。"


@_guard("名单中有已回避的专家", "NO_EXPERT_RECUSED", "专家评审管理制度")
def a_drawn_expert_is_kept_out(q: Question) -> str:
    """Somebody has to be drawn in their place."""
    drawn = q.members("experts-drawn.experts")
    return "" if any(q.is_kept_out(one) for one in drawn) else "抽取的专家中没有已回避的人。"


# -- self-service, commitment, what follows a grant -------------------------------------------------


@_guard("规则全部通过", "RULES_NOT_MET", "个人信息保护法 第二十四条；本机关自助办理规则")
def every_rule_is_true(q: Question) -> str:
    """A machine grants only where every rule is known to be true and nobody asked for a person."""
    mark = q.mark("rules-checked")
    return "" if mark and mark["given"].get("outcome") == "all-true" else "并非每一条规则都能确认成立，由工作人员办理。"


@_guard("规则未全部通过", "RULES_MET", "个人信息保护法 第二十四条；本机关自助办理规则")
def some_rule_is_not_true(q: Question) -> str:
    """Unknown or false: a person decides. A machine never refuses."""
    mark = q.mark("rules-checked")
    return "" if mark and mark["given"].get("outcome") != "all-true" else "规则全部成立。"


@_guard("尚未核对规则", "RULES_CHECKED", "本机关自助办理规则")
def rules_are_not_checked(q: Question) -> str:
    """Once a submission."""
    return "规则已经核对。" if q.mark("rules-checked") else ""


@_guard("系统自动准予", "NOT_BY_MACHINE", "本机关自助办理规则")
def was_granted_by_machine(q: Question) -> str:
    """The rules decided, so the result goes out electronically at once."""
    return every_rule_is_true(q)


@_guard("抽中事后抽查", "NOT_SAMPLED", "行政许可法 第六十一条")
def was_sampled(q: Question) -> str:
    """The draw at submission chose this case for an audit."""
    mark = q.mark("rules-checked")
    return "" if mark and mark["given"].get("sampled") and not every_rule_is_true(q) else "本件未抽中事后抽查。"


@_guard("未抽中事后抽查", "SAMPLED", "行政许可法 第六十一条")
def was_not_sampled(q: Question) -> str:
    """No audit follows."""
    return "本件抽中事后抽查。" if not was_sampled(q) else ""


def _commits_to(wanted: str, text: str) -> Predicate:
    def predicate(q: Question) -> str:
        mark = q.mark("committed")
        return "" if mark and mark["given"].get("form") == wanted else text

    predicate.__doc__ = f"The applicant signed a commitment to {wanted}."
    return predicate


_guard("承诺符合条件", "NOT_COMMITTED", "优化营商环境条例 第四十条")(
    _commits_to("conditions", "申请人没有作出符合条件的承诺。")
)
_guard("承诺补交材料", "NOT_COMMITTED", "信用承诺审批制度")(_commits_to("materials", "申请人没有作出补交材料的承诺。"))


@_guard("没有作出承诺", "COMMITTED", "优化营商环境条例 第四十条")
def nothing_was_committed(q: Question) -> str:
    """The ordinary way: nothing is verified afterwards."""
    return "申请人已经作出承诺。" if q.mark("committed") else ""


@_guard("决定为不予", "NOT_REFUSED", "行政许可法 第三十八条第二款")
def is_refused(q: Question) -> str:
    """What was refused needs no check afterwards."""
    return "" if q.case.outcome == "refused" else "本件没有作出不予决定。"


@_guard("决定为准予", "NOT_GRANTED", "行政许可法 第三十八条第一款")
def is_granted(q: Question) -> str:
    """What follows a grant."""
    return "" if q.case.outcome == "granted" else "本件没有作出准予决定。"


@_guard("承诺所需材料齐全", "MATERIALS_INCOMPLETE", "行政许可法 第三十二条第一款第五项")
def committed_materials_complete(q: Question) -> str:
    """Who commits to supply materials hands in only those that may not wait; others everything."""
    mark = q.mark("committed")
    tolerate = bool(mark and mark["given"].get("form") == "materials")
    missing = missing_materials(q.case, q.terms, tolerate=tolerate)
    return f"缺少材料：{'、'.join(missing)}。" if missing else ""


@_guard("适用告知承诺", "COMMITMENT_EXCLUDED", "优化营商环境条例 第四十条")
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


@_guard("未选择一般程序", "DECLINED", "消防法 第十五条；优化营商环境条例 第四十条")
def has_not_declined(q: Question) -> str:
    """The choice is the applicant's, once made it stands."""
    return "申请人已经选择一般程序。" if q.mark("declined") else ""


@_guard("本人是指派的事后核查人员", "NOT_ASSIGNED_INSPECTOR", "行政许可法 第六十一条", kind="forbidden")
def is_assigned_verifier(q: Question) -> str:
    """Only the inspectors named in the order act on the check."""
    named = q.members("verification-ordered.inspectors")
    return "" if q.actor.id in named else "您不在本次事后核查指派的人员之中。"


@_guard("由另一名事后核查人员确认", "SAME_INSPECTOR", "行政许可法 第六十一条", kind="forbidden")
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


_guard("事后核查结论为属实", "VERIFICATION_DIFFERS", "优化营商环境条例 第四十条")(_verification_says("true", "属实"))
_guard("事后核查结论为须整改", "VERIFICATION_DIFFERS", "优化营商环境条例 第四十条")(
    _verification_says("shortfall", "须整改")
)
_guard("事后核查结论为不属实", "VERIFICATION_DIFFERS", "优化营商环境条例 第四十条")(
    _verification_says("false", "不属实")
)


@_guard("已告知并听取陈述申辩", "HOLDER_NOT_HEARD", "行政许可法 第六十九条；正当程序")
def holder_was_heard(q: Question) -> str:
    """Nobody loses a right unheard: told what is intended, and answered, waived or silent for the period."""
    return "" if q.mark("intended") and q.mark("heard") else "尚未告知相对人并听取其陈述申辩。"


@_guard("撤销不致公共利益重大损害", "PUBLIC_INTEREST", "行政许可法 第六十九条第三款", asks_data=True, kind="invalid")
def revocation_does_no_public_harm(q: Question) -> str:
    """许可法69(3): not revoked where the public interest would suffer greatly."""
    return "撤销可能对公共利益造成重大损害的，不予撤销。" if q.given.get("public_harm") is True else ""


# -- joint cases and the life of permits --------------------------------------------------------------


@_guard("各分支均已办结", "BRANCHES_OPEN", "行政许可法 第二十六条第二款")
def every_branch_has_ended(q: Question) -> str:
    """All branches of this case have an outcome; silence of a department is not consent."""
    left = [b["name"] for b in q.case.branches.values() if not b.get("outcome")]
    return f"尚未办结：{'、'.join(left)}。" if left or not q.case.branches else ""


@_guard("各分支均同意", "A_BRANCH_REFUSED", "行政许可法 第二十六条第二款")
def every_branch_agrees(q: Question) -> str:
    """Each branch was granted."""
    against = [b["name"] for b in q.case.branches.values() if b.get("outcome") != "granted"]
    return f"下列分支没有同意：{'、'.join(against)}。" if against else ""


@_guard("有分支不同意", "NO_BRANCH_REFUSED", "行政许可法 第二十六条第二款")
def some_branch_disagrees(q: Question) -> str:
    """At least one branch was not granted."""
    return "" if every_branch_agrees(q) else "各分支均已同意。"


@_guard("有分支同意", "NO_BRANCH_AGREED", "行政许可法 第二十六条第二款")
def some_branch_agrees(q: Question) -> str:
    """A partial result has something to hand out."""
    agreed = [b for b in q.case.branches.values() if b.get("outcome") == "granted"]
    return "" if agreed else "没有分支同意，不能部分办结。"


@_guard(
    "各部门提出的缺项已汇总",
    "MISSING_LIST_INCOMPLETE",
    "行政许可法 第二十六条第二款、第三十二条",
    asks_data=True,
    kind="invalid",
)
def shortfalls_are_joined(q: Question) -> str:
    """One combined notice: everything any department of a joint case found missing is on it."""
    listed = {entry["material"] for entry in q.given.get("missing", ())}
    code_of = {m.name: m.code for m in q.terms.materials}
    listed |= {code_of.get(name, name) for name in listed}
    left_out = [
        wanted["material"]
        for entry in q.collected("branch-shortfalls").values()
        for wanted in entry["given"]["missing"]
        if not {wanted["material"], code_of.get(wanted["material"], "")} & listed
    ]
    return f"补正须一次告知全部内容，漏列了联办部门提出的：{'、'.join(left_out)}。" if left_out else ""


@_guard("未办结的分支均已暂停", "A_BRANCH_STILL_RUNS", "行政许可法 第四十五条；本机关办理规程")
def every_open_branch_is_paused(q: Question) -> str:
    """The joint limit stands still only while every branch that is open stands still."""
    running = [b["name"] for b in q.case.branches.values() if not b.get("outcome") and not b.get("paused")]
    return f"下列分支仍在办理：{'、'.join(running)}。" if running or not q.case.branches else ""


@_guard("正在暂停计时", "NOT_PAUSED", "行政许可法 第四十五条")
def is_paused(q: Question) -> str:
    """There is a pause to end."""
    return "" if q.mark("paused") else "没有正在暂停的计时。"


@_guard("是部分办结", "NOT_PARTLY", "行政许可法 第二十六条第二款")
def is_partly_done(q: Question) -> str:
    """Some branches agreed and some did not."""
    return "" if q.mark("partly") else "不是部分办结。"


@_guard("不是部分办结", "PARTLY", "行政许可法 第二十六条第二款")
def is_wholly_done(q: Question) -> str:
    """All of it, one way or the other."""
    return "是部分办结。" if q.mark("partly") else ""


@_guard("无须事先告知", "MUST_BE_HEARD", "行政许可法 第七条、第七十条")
def need_not_be_heard(q: Question) -> str:
    """A formal act that follows another decision, or one in the holder's favour."""
    return "" if q.terms.permit.get("operation") in UNHEARD else "应当先告知持证人并听取陈述申辩。"


@_guard("可以不予处理", "MUST_REVOKE", "行政许可法 第六十九条", asks_data=True)
def may_be_left(q: Question) -> str:
    """许可法69(2), (3): what was got by fraud must be revoked, unless the public interest would suffer greatly."""
    mark = q.mark("intended")
    must = bool(mark and mark["given"].get("ground") in MUST_REVOKE) and q.given.get("public_harm") is not True
    return "以欺骗、贿赂等不正当手段取得的许可应当撤销；可能对公共利益造成重大损害的除外。" if must else ""


def _joins_as(wanted: str, text: str) -> Predicate:
    def predicate(q: Question) -> str:
        return "" if q.terms.special.get("joint") == wanted else text

    predicate.__doc__ = f"The item's branches are joined as {wanted}."
    return predicate


_guard("统一办理", "NOT_UNIFIED", "行政许可法 第二十六条第二款")(_joins_as("unified", "本事项各分支自行决定。"))
_guard("一件事联办", "NOT_A_BUNDLE", "优化营商环境条例 第四十一条")(_joins_as("bundle", "本事项由牵头机关统一决定。"))


@_guard("延续申请", "NOT_A_RENEWAL", "行政许可法 第五十条")
def is_a_renewal(q: Question) -> str:
    """The case asks for the renewal of a permit."""
    return "" if q.terms.permit.get("operation") == "renewal" else "本件不是延续申请。"


@_guard("尚未登记延续", "RENEWAL_ALREADY_FILED", "行政许可法 第五十条")
def renewal_is_not_filed(q: Question) -> str:
    """Filed once."""
    return "延续申请已经登记。" if q.mark("renewal-filed") else ""


@_guard("公共安全事项", "NOT_PUBLIC_SAFETY", "行政许可法 第七十八条、第七十九条")
def is_public_safety(q: Question) -> str:
    """The item directly concerns public safety, health or life."""
    return "" if q.terms.public_safety else "本事项不属于直接关系公共安全、人身健康、生命财产安全的事项。"


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
