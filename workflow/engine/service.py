"""Service of documents (送达): how a paper may reach a party, what proves it, and on which day it was served.

民事诉讼法 87-95 apply by analogy. The day of service, not the day of printing, starts the party's periods.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from workflow.engine.dates import SHANGHAI, day_in_shanghai
from workflow.engine.guards import Question, phrase

NOTICE_DAYS = 30  # 民诉法95: served when thirty days have passed since the announcement
MODES = ("counter", "proxy", "post", "electronic", "left", "notice")
# Papers whose service starts a period of the party's -> what the fact calls them.
STARTS: Mapping[str, str] = {
    "一次性补正告知书": "correction",
    "听证权利告知书": "hearing-rights",
    "拟作处理事先告知书": "statement",
}


def _text(q: Question, name: str) -> str:
    return str(q.given.get(name) or "").strip()


def documents_served(q: Question) -> tuple[Mapping[str, Any], ...]:
    """Return the papers an act serves: the one it names, else those of the decision."""
    if q.action.ask("document"):
        no = _text(q, "document")
        return tuple(found for found in q.around.documents if found["no"] == no)
    return tuple(found for found in q.around.documents if found["decision"])


def announced_on(q: Question) -> date | None:
    """Return the day on which service of these papers was announced; None if it was not."""
    announced = q.collected("service-announcements")
    days = [announced.get(document["no"]) for document in documents_served(q)]
    found = [day_in_shanghai(datetime.fromisoformat(entry["at"])) for entry in days if entry]
    return max(found) if found and len(found) == len(days) else None


def serve(q: Question) -> tuple[dict[str, Any], dict[str, Any]]:
    """Say when these papers count as served, and what goes into the record of service."""
    mode = q.given.get("mode")
    announced = announced_on(q) if mode == "notice" else None
    served_at = q.given.get("served_at") or q.now.isoformat()
    if announced is not None:
        served_at = _midnight(announced + timedelta(days=NOTICE_DAYS))
    elif mode == "post" and q.given.get("signed_on"):  # 民诉法91: the day on the return slip
        served_at = _midnight(date.fromisoformat(q.given["signed_on"]))
    documents = documents_served(q)
    consent = q.mark("electronic-consent") if mode == "electronic" else None
    notice = next((STARTS[document["title"]] for document in documents if document["title"] in STARTS), None)
    service = {
        "documents": [document["no"] for document in documents],
        "mode": mode,
        "served_at": served_at,
        **({"announced_on": announced.isoformat()} if announced else {}),
        **({"consent_seq": consent["seq"]} if consent else {}),
    }
    return {"served_at": served_at, **({"notice": notice} if notice else {})}, {"service": service}


def _midnight(day: date) -> str:
    return datetime.combine(day, time.min, SHANGHAI).isoformat()


def serve_by_machine(q: Question) -> tuple[dict[str, Any], dict[str, Any]]:
    """Serve what a machine decided where it was asked for: in the system, at the moment of the decision."""
    given = {"mode": "electronic", "recipient": q.around.applicant or "申请人", "served_at": q.now.isoformat()}
    documents = [found["no"] for found in q.around.documents if found["decision"]]
    basis = "自助办理：申请、决定和送达均在政务服务系统内完成（国务院令第716号 第九条、第十条）"
    return given, {
        "service": {"documents": documents, "mode": "electronic", "served_at": given["served_at"], "basis": basis}
    }


@phrase("邮寄有邮件号和签收日期", "POST_NOT_PROVED", "民事诉讼法 第九十一条", asks_data=True, kind="invalid")
def post_is_proved(q: Question) -> str:
    """Served by post on the day the return slip names."""
    if q.given.get("mode") != "post":
        return ""
    missing = [label for name, label in (("mail_no", "邮件号"), ("signed_on", "回执签收日期")) if not _text(q, name)]
    return f"邮寄送达以回执上的签收日期为准，请填写{'、'.join(missing)}。" if missing else ""


@phrase("代收人身份已写明", "RELATION_MISSING", "民事诉讼法 第八十八条", asks_data=True, kind="invalid")
def proxy_is_named(q: Question) -> str:
    """An adult of the household or an authorised receiver says who they are."""
    is_missing = q.given.get("mode") == "proxy" and not _text(q, "relation")
    return "由他人代收的，请写明代收人与受送达人的关系或者授权（relation）。" if is_missing else ""


@phrase("留置有见证或者影像", "WITNESS_MISSING", "民事诉讼法 第八十九条", asks_data=True, kind="invalid")
def leaving_is_witnessed(q: Question) -> str:
    """Left in place: a witness signs, or it is filmed; and where."""
    if q.given.get("mode") != "left":
        return ""
    if not q.given.get("witness") and not _text(q, "proof"):
        return "留置送达应当有见证人签名（witness），或者用拍照、录像记录送达过程（proof）。"
    return "" if _text(q, "place") else "请写明留置送达的地点（place）。"


@phrase("电子送达已经同意", "ELECTRONIC_SERVICE_NOT_AGREED", "民事诉讼法 第九十条", asks_data=True)
def electronic_is_agreed(q: Question) -> str:
    """Only with the party's consent, recorded before."""
    is_missing = q.given.get("mode") == "electronic" and not q.mark("electronic-consent")
    return "受送达人没有确认电子送达，请先登记电子送达确认书，或者改用其他方式。" if is_missing else ""


@phrase("电子送达确认有效", "NO_CONSENT_IN_FORCE", "民事诉讼法 第九十条")
def consent_is_in_force(q: Question) -> str:
    """Taken back is only what was given and not taken back before."""
    return "" if q.mark("electronic-consent") else "没有有效的电子送达确认，不需要撤回。"


@phrase("公告期已满", "NOTICE_PERIOD_RUNNING", "民事诉讼法 第九十五条", asks_data=True)
def announcement_has_run(q: Question) -> str:
    """Only for whom nobody can find, and only when thirty days have passed."""
    if q.given.get("mode") != "notice":
        return ""
    announced = announced_on(q)
    if announced is None:
        return "公告送达须先办理“公告送达”，写明无法以其他方式送达的情况。"
    last = announced + timedelta(days=NOTICE_DAYS)
    if q.now.date() > last:
        return ""
    return f"公告自{announced.isoformat()}发布，须经过{NOTICE_DAYS}日，到{last.isoformat()}期满。"


@phrase("送达时间真实", "SERVED_AT_IMPOSSIBLE", "民事诉讼法 第八十七条", asks_data=True, kind="invalid")
def served_when_possible(q: Question) -> str:
    """Not before the paper was issued, not in the future."""
    text = _text(q, "served_at")
    if not text:
        return ""
    served = datetime.fromisoformat(text)
    if served > q.now:
        return "送达时间不能晚于现在。"
    issued = [day_in_shanghai(datetime.fromisoformat(document["issued_at"])) for document in documents_served(q)]
    return "送达日期不能早于文书的出具日期。" if issued and day_in_shanghai(served) < max(issued) else ""


@phrase("文书属于本件且尚未送达", "DOCUMENT_NOT_TO_SERVE", "民事诉讼法 第八十七条", asks_data=True, kind="invalid")
def document_is_to_be_served(q: Question) -> str:
    """A paper of this case, issued to somebody, not served on the same person before."""
    no = _text(q, "document")
    found = documents_served(q)
    if not found:
        return f"本件没有文号为“{no}”的文书。"
    if found[0]["decision"] and not q.mark("delivered"):
        return "决定书的送达请办理“送达”。"
    recipient = _text(q, "recipient")
    return f"“{no}”已经送达{recipient}。" if recipient in found[0]["served_on"] else ""


@phrase("文书属于本件", "DOCUMENT_NOT_TO_SERVE", "民事诉讼法 第九十五条", asks_data=True, kind="invalid")
def document_is_of_this_case(q: Question) -> str:
    """What is announced is a paper of this case."""
    return "" if documents_served(q) else f"本件没有文号为“{_text(q, 'document')}”的文书。"
