"""Taking in: materials, corrections, acceptance with gaps, filings (行政许可法 32)."""

from workflow.engine.case import CaseState
from workflow.engine.guards.asking import Question, phrase
from workflow.engine.model import Terms

FORM = "申请表"


@phrase("材料齐全", "MATERIALS_INCOMPLETE", "行政许可法 第三十二条第一款第五项")
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


@phrase("符合法定形式", "FORM_NOT_CHECKED", "行政许可法 第三十二条第一款第五项")
def in_legal_form(q: Question) -> str:
    """The form passed every check of its manual when it was submitted or amended."""
    return "" if q.mark("form-checked") else "申请表尚未通过校验，请先更正申请表。"


@phrase("尚未要求补正", "SECOND_CORRECTION_NOTICE", "行政许可法 第三十二条第一款第四项、第七十二条第四项")
def no_correction_yet(q: Question) -> str:
    """Corrections are asked for once, with everything on one list."""
    return "补正要求只能一次性告知，本件已经告知过。" if q.mark("correction-asked") else ""


@phrase(
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


@phrase("告知书所列缺项已补齐", "MISSING_NOT_SUPPLIED", "行政许可法 第三十二条第一款第五项")
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


@phrase("主要材料齐全", "MATERIALS_INCOMPLETE", "容缺受理制度")
def main_materials_complete(q: Question) -> str:
    """Everything that may not wait is there."""
    missing = missing_materials(q.case, q.terms, tolerate=True)
    return f"缺少不可容缺的材料：{'、'.join(missing)}。" if missing else ""


@phrase("确有可以容缺的材料", "NOTHING_TO_TOLERATE", "容缺受理制度")
def something_may_wait(q: Question) -> str:
    """Acceptance with gaps needs a gap."""
    return "" if missing_materials(q.case, q.terms) else "材料已经齐全，请直接受理。"


@phrase("没有失信记录", "APPLICANT_DISHONEST", "优化营商环境条例 第四十条；容缺受理制度")
def is_creditworthy(q: Question) -> str:
    """Who has an unrepaired record of dishonesty may not rely on a promise; a register that cannot be asked says nothing."""
    found = q.around.registers.get("dishonesty")
    if found is None:
        return ""
    return "申请人有尚未修复的失信记录，不适用告知承诺和容缺受理。" if found["present"] else ""


@phrase("容缺材料已补齐", "TOLERANT_MATERIAL_MISSING", "容缺受理承诺")
def gaps_are_closed(q: Question) -> str:
    """Everything promised later has come."""
    missing = missing_materials(q.case, q.terms)
    return f"尚未补齐：{'、'.join(missing)}。" if missing else ""


@phrase("正在等待容缺材料", "NOTHING_TOLERATED", "容缺受理承诺")
def gaps_are_open(q: Question) -> str:
    """The case was accepted with gaps that are not closed yet."""
    return "" if q.mark("tolerated") and not q.mark("supplemented") else "本件没有待补的容缺材料。"


@phrase("未在禁止申请期内", "APPLICATION_BANNED", "行政许可法 第七十八条、第七十九条")
def is_not_banned(q: Question) -> str:
    """After a fraud on a matter of public safety nobody may apply for it again for one or three years."""
    ban = next((ban for ban in q.around.bans if ban["item_code"] == q.terms.item_code), None)
    return f"申请人在{ban['until']}前不得再次申请本事项（{ban['law']}）。" if ban else ""


@phrase("备案事项", "NOT_A_FILING", "本事项办理规定")
def is_a_filing(q: Question) -> str:
    """A filing is confirmed, not permitted: no separate acceptance, no decision by another."""
    return "" if q.terms.kind == "filing" else "本事项不是备案，应当经受理、审查后决定。"


@phrase("不是备案", "IS_A_FILING", "本事项办理规定")
def is_no_filing(q: Question) -> str:
    """What is permitted is accepted first and decided by another."""
    return "" if is_a_filing(q) else "备案事项补正后请重新提交备案。"
