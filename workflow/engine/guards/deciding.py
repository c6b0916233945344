"""What a decision needs: opinion, legal review, reasons, remedies, the agency that may decide (行政许可法 37, 38)."""

from workflow.engine.guards.asking import Question, phrase


@phrase("审查意见已提交", "OPINION_MISSING", "行政许可法 第三十七条")
def opinion_is_filed(q: Question) -> str:
    """The reviewer's written opinion is on file, and its author was not kept out of the case since."""
    mark = q.mark("opinion")
    if mark is None:
        return "审查人员尚未提交审查意见。"
    return "提出审查意见的人员已经回避，请退回审查，由他人重新提出。" if q.is_kept_out(mark["by"]) else ""


@phrase("法制审核已通过（如需）", "LEGAL_REVIEW_MISSING", "重大行政执法决定法制审核制度")
def legal_review_is_done(q: Question) -> str:
    """Where the item is on the list of major decisions, or review was asked for, it passed."""
    needed = q.terms.legal_review or q.mark("legal-review-asked")
    return "本件须经法制审核，尚未通过。" if needed and not q.mark("legal-review-passed") else ""


@phrase("已说明理由", "REASONS_MISSING", "行政许可法 第三十八条第二款", asks_data=True, kind="invalid")
def reasons_are_given(q: Question) -> str:
    """An adverse decision states its reasons."""
    return "" if str(q.given.get("reasons", "")).strip() else "不利决定应当说明理由，请填写 reasons。"


@phrase("已告知救济途径", "REMEDIES_MISSING", "行政许可法 第三十八条第二款", asks_data=True, kind="invalid")
def remedies_are_told(q: Question) -> str:
    """An adverse decision tells how to apply for review or sue."""
    return "" if str(q.given.get("remedies", "")).strip() else "应当告知申请行政复议或者提起行政诉讼的权利。"


@phrase(
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


@phrase(
    "已指明有权机关", "COMPETENT_AGENCY_MISSING", "行政许可法 第三十二条第一款第二项", asks_data=True, kind="invalid"
)
def competent_agency_is_named(q: Question) -> str:
    """A refusal for want of competence names the agency to go to."""
    return "" if str(q.given.get("competent_agency", "")).strip() else "应当告知申请人向哪个行政机关申请。"


@phrase("需要转报上级机关", "NOTHING_TO_FORWARD", "行政许可法 第三十五条")
def is_forwarded(q: Question) -> str:
    """The item is decided by an upper authority after a first examination here."""
    return "" if q.terms.special.get("forward") else "本事项由本机关决定，不需要转报。"


@phrase("由本机关决定", "MUST_BE_FORWARDED", "行政许可法 第三十五条")
def is_decided_here(q: Question) -> str:
    """A case that is only examined here is not granted here."""
    return "本事项由上级机关决定，请转报，不能在本机关作出准予决定。" if q.terms.special.get("forward") else ""


@phrase("决定为不予", "NOT_REFUSED", "行政许可法 第三十八条第二款")
def is_refused(q: Question) -> str:
    """What was refused needs no check afterwards."""
    return "" if q.case.outcome == "refused" else "本件没有作出不予决定。"


@phrase("决定为准予", "NOT_GRANTED", "行政许可法 第三十八条第一款")
def is_granted(q: Question) -> str:
    """What follows a grant."""
    return "" if q.case.outcome == "granted" else "本件没有作出准予决定。"
