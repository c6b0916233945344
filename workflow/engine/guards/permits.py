"""The life of a permit (行政许可法 50, 69, 70)."""

from workflow.engine.guards.asking import Question, phrase
from workflow.engine.vocabulary import MUST_REVOKE, UNHEARD


@phrase("已告知并听取陈述申辩", "HOLDER_NOT_HEARD", "行政许可法 第六十九条；正当程序")
def holder_was_heard(q: Question) -> str:
    """Nobody loses a right unheard: told what is intended, and answered, waived or silent for the period."""
    return "" if q.mark("intended") and q.mark("heard") else "尚未告知相对人并听取其陈述申辩。"


@phrase("撤销不致公共利益重大损害", "PUBLIC_INTEREST", "行政许可法 第六十九条第三款", asks_data=True, kind="invalid")
def revocation_does_no_public_harm(q: Question) -> str:
    """许可法69(3): not revoked where the public interest would suffer greatly."""
    return "撤销可能对公共利益造成重大损害的，不予撤销。" if q.given.get("public_harm") is True else ""


@phrase("无须事先告知", "MUST_BE_HEARD", "行政许可法 第七条、第七十条")
def need_not_be_heard(q: Question) -> str:
    """A formal act that follows another decision, or one in the holder's favour."""
    return "" if q.terms.permit.get("operation") in UNHEARD else "应当先告知持证人并听取陈述申辩。"


@phrase("可以不予处理", "MUST_REVOKE", "行政许可法 第六十九条", asks_data=True)
def may_be_left(q: Question) -> str:
    """许可法69(2), (3): what was got by fraud must be revoked, unless the public interest would suffer greatly."""
    mark = q.mark("intended")
    must = bool(mark and mark["given"].get("ground") in MUST_REVOKE) and q.given.get("public_harm") is not True
    return "以欺骗、贿赂等不正当手段取得的许可应当撤销；可能对公共利益造成重大损害的除外。" if must else ""


@phrase("延续申请", "NOT_A_RENEWAL", "行政许可法 第五十条")
def is_a_renewal(q: Question) -> str:
    """The case asks for the renewal of a permit."""
    return "" if q.terms.permit.get("operation") == "renewal" else "本件不是延续申请。"


@phrase("尚未登记延续", "RENEWAL_ALREADY_FILED", "行政许可法 第五十条")
def renewal_is_not_filed(q: Question) -> str:
    """Filed once."""
    return "延续申请已经登记。" if q.mark("renewal-filed") else ""


@phrase("公共安全事项", "NOT_PUBLIC_SAFETY", "行政许可法 第七十八条、第七十九条")
def is_public_safety(q: Question) -> str:
    """The item directly concerns public safety, health or life."""
    return "" if q.terms.public_safety else "本事项不属于直接关系公共安全、人身健康、生命财产安全的事项。"
