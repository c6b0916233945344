"""Bad ratings (差评): those of the reader's department, and one with what was done about it and what is next."""

from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from api.v1.common import ID_LIMIT, decode_cursor, encode_cursor, office
from api.web.acting import attempt, say
from api.web.fields import Trouble
from api.web.i18n import said
from api.web.who import need_staff
from workflow.casework import ratings
from workflow.casework.colleagues import names_of
from workflow.casework.errors import NotFound
from workflow.casework.now import now

blp = Blueprint("reviews", __name__, url_prefix="/ratings")
PAGE = 25
OPEN_ENDED = ("reviewer", "approver", "department-head", "supervisor", "auditor")  # who reads cases that have ended
NOTE_MIN, NOTE_MAX = 2, 2000
STATES = {
    "open": ("待回访", "bad"),
    "called-back": ("已回访，待答复", "warn"),
    "answered": ("已答复", "warn"),
    "rectified": ("已整改", "warn"),
    "appealed": ("申诉中", "warn"),
    "closed": ("已办结", "good"),
    "void": ("申诉成立，不计入", ""),
}


@blp.get("")
def listed() -> Response:
    """List bad ratings, newest first: open ones, or all."""
    person = need_staff()
    view = "all" if request.args.get("view") == "all" else "open"
    cursor = decode_cursor(request.args.get("cursor"), id=int)
    items, more = ratings.bad_ratings(
        office(),
        person,
        is_open=True if view == "open" else None,
        before=cursor["id"] if cursor else None,
        limit=PAGE,
        today=now().date(),
    )
    text = render_template(
        "staff/ratings.html",
        ratings=items,
        states=STATES,
        view=view,
        views=[("open", _("处理中")), ("all", _("全部"))],
        next=encode_cursor({"id": more} if more else None),
    )
    return make_response(text)


@blp.get("/<int:rating_id>")
def one(rating_id: int) -> Response:
    """Show one bad rating and the next steps."""
    return _page(rating_id)


@blp.post("/<int:rating_id>/<any('call-back', answer, rectify, close, appeal, uphold, dismiss):step>")
def take(rating_id: int, step: str) -> Any:
    """Take a step: call back, answer, put right, close, appeal, decide an appeal."""
    person = need_staff()
    note = request.form.get("note", "").replace("\x00", "").strip()
    if not NOTE_MIN <= len(note) <= NOTE_MAX:
        return _page(rating_id, [Trouble(_("请写明情况，2 到 2000 字。"), "note")], 422)
    taken, problems, status = attempt(lambda: ratings.take_step(office(), _id(rating_id), step, note, person, now()))
    if taken is None:
        return _page(rating_id, problems, status)
    say(_("已办理：%(name)s。", name=said(ratings.STEP_NAMES[step])))
    return redirect(url_for("reviews.one", rating_id=rating_id), code=303)


def _page(rating_id: int, problems: list[Trouble] | None = None, status: int = 200) -> Response:
    person = need_staff()
    found = ratings.bad_rating(office(), _id(rating_id), person, now().date())
    people = [*found["handlers"], *(step["by"] for step in found["steps"])]
    text = render_template(
        "staff/rating.html",
        one=found,
        states=STATES,
        step_names=ratings.STEP_NAMES,
        names=names_of(office(), people),
        law=ratings.LAW,
        may_open=person.has_post(*OPEN_ENDED),
        problems=problems or [],
        typed=request.form,
    )
    return make_response(text, status)


def _id(rating_id: int) -> int:
    if rating_id >= ID_LIMIT:
        raise NotFound(str(rating_id))
    return rating_id
