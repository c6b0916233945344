"""Lists of one's own: cases, permits with what can be asked for them, messages."""

from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from api.problems import Problem
from api.v1.common import decode_cursor, encode_cursor, office
from api.v1.papers import not_ready, sent
from api.v1.register import OFFICE_OPERATIONS, open_operation
from api.web.acting import attempt, known, say
from api.web.i18n import said as _
from api.web.lights import lights
from api.web.who import need_person
from service_catalog.lifecycle import OPERATIONS
from workflow.casework import certificates, ratings, register
from workflow.casework import messages as inbound
from workflow.casework.errors import NotFound
from workflow.casework.lists import cases_for
from workflow.casework.now import now
from workflow.casework.read_papers import FileGone, NotReady
from workflow.definitions.loader import processes
from workflow.papers.certificates import COPIES

blp = Blueprint("mine", __name__)
PAGE = 20
OPERATION_NAMES = {
    "renew": "延续", "change": "变更", "replace": "补发", "cancel": "注销", "suspend": "暂扣", "reinstate": "恢复",
    "withdraw": "撤回", "revoke": "撤销", "forfeit": "吊销",
}  # fmt: skip
PERMIT_STATUS = {
    "valid": "有效",
    "suspended": "暂扣",
    "revoked": "已撤销",
    "withdrawn": "已撤回",
    "expired": "已过期",
    "cancelled": "已注销",
}


def state_title(process: str, state: str) -> str:
    """Return the Chinese name of a state; its code where this release knows it no more."""
    found = processes().get(process)
    return found.states[state].title if found and state in found.states else state


@blp.get("/my/cases")
def cases() -> Response:
    """List the reader's cases, newest first, each with its due date."""
    person = need_person()
    after = decode_cursor(request.args.get("cursor"), id=int)
    items, more = cases_for(office(), person, before=after["id"] if after else None, limit=PAGE)
    light = lights(office(), now().date())
    rows = [
        {
            **one,
            "state_title": state_title(one["process"], one["state"]),
            "light": light(one["due"]["promised"] or one["due"]["statutory"]) if not one["decided_on"] else None,
        }
        for one in items
    ]
    return make_response(
        render_template("applicant/cases.html", cases=rows, next=encode_cursor({"id": more} if more else None))
    )


@blp.get("/my/permits")
def permits() -> Response:
    """List the permits the reader may see."""
    person = need_person()
    after = decode_cursor(request.args.get("cursor"), id=int)
    items, more = register.permits_for(office(), person, before=after["id"] if after else None, limit=PAGE)
    return make_response(
        render_template(
            "applicant/permits.html",
            permits=items,
            status=PERMIT_STATUS,
            next=encode_cursor({"id": more} if more else None),
        )
    )


@blp.get("/permits/<permit_no>")
def permit(permit_no: str) -> Response:
    """Show one permit, and what may be asked for it."""
    person = need_person()
    found = register.permit(office(), permit_no, person)
    is_holder = person.kind == "applicant"
    offered = list(OPERATIONS) if is_holder or person.works_as(found["department"], "window-clerk") else []
    if person.works_as(found["department"], "reviewer"):
        offered += [one for one in OFFICE_OPERATIONS if one not in offered]
    return make_response(
        render_template(
            "applicant/permit.html",
            permit=found,
            status=PERMIT_STATUS,
            offered=offered,
            names=OPERATION_NAMES,
            copies=COPIES,
        )
    )


@blp.get("/permits/<permit_no>/certificate.pdf")
def certificate(permit_no: str) -> Response:
    """Send the certificate: the original, or the duplicate (?copy=duplicate)."""
    copy = request.args.get("copy", "original")
    try:
        file = certificates.file_of(office(), permit_no, need_person(), copy if copy in COPIES else "original")
    except NotReady as error:
        raise not_ready("证照") from error
    except FileGone as error:
        raise Problem(503, "FILE_GONE", "证照的文件暂时取不到，已请管理员处理。") from error
    return sent(file.content, "application/pdf", etag=file.sha256, name=f"{file.name}.pdf")


@blp.post("/permits/<permit_no>/<operation>")
def operate(permit_no: str, operation: str) -> Any:
    """Begin a case about the permit: a draft for what its holder asks, a proceeding for what the office does."""
    person = need_person()
    if operation not in OPERATION_NAMES:
        raise NotFound(permit_no)
    answer, problems, _status = attempt(
        lambda: open_operation(person, permit_no, operation, {}, submit=False, known=known())
    )
    if answer is None:
        for one in problems:
            say(one.text, "bad")
        return redirect(url_for("mine.permit", permit_no=permit_no), code=303)
    case_no = answer.case["case_no"]
    if answer.case["state"] == "draft":
        return redirect(url_for("apply.section", case_no=case_no, step=1), code=303)
    return redirect(url_for("case.show", case_no=case_no), code=303)


@blp.post("/cases/<case_no>/rating")
def rate(case_no: str) -> Any:
    """Take what the applicant thinks of a case that has ended: 1 is best, 5 is worst, once."""
    person = need_person()
    level, words = request.form.get("level", ""), request.form.get("comment", "").strip()[:1000]
    is_hidden = request.form.get("anonymous") == "1"
    if level not in ("1", "2", "3", "4", "5") or "\x00" in words:
        say(_("请选择一个评价等级。"), "bad")
        return redirect(url_for("case.show", case_no=case_no), code=303)
    kept, problems, _status = attempt(
        lambda: ratings.rate_own(office(), case_no, person, int(level), words, now(), anonymous=is_hidden)
    )
    for one in problems:
        say(one.text, "bad")
    if kept is not None:
        say(_("感谢您的评价。"))
    return redirect(url_for("case.show", case_no=case_no), code=303)


@blp.get("/messages")
def messages() -> Response:
    """List what the office told the reader, newest first."""
    person = need_person()
    after = decode_cursor(request.args.get("cursor"), id=int)
    only_new = request.args.get("unread") == "1"
    items, more = inbound.messages_for(
        office(), person, unread=only_new, before=after["id"] if after else None, limit=PAGE
    )
    return make_response(
        render_template(
            "applicant/messages.html",
            messages=items,
            only_new=only_new,
            unread=inbound.unread_count(office(), person),
            next=encode_cursor({"id": more} if more else None),
        )
    )


@blp.post("/messages/read")
def read_all() -> Any:
    """Mark everything read."""
    inbound.mark_all_read(office(), need_person().id, now())
    return redirect(url_for("mine.messages"), code=303)
