"""The month assessed, as a page: ranking, where each point comes from, and the talks with the last ones."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from api.v1.common import office
from api.web.acting import say
from api.web.who import need_post
from api.web.yearly import FIRST_YEAR, LAST_YEAR
from workflow.casework.now import now
from workflow.oversight.assessment import KINDS, CannotAssess, Talk, assess, assessment, weights, write_talk

blp = Blueprint("assess", __name__, url_prefix="/supervision/assessments")
WATCHERS = ("supervisor", "auditor")
NAMES = {"department": "部门", "person": "人员"}


def asked(given: Any) -> tuple[date, str]:
    """Return the month and kind asked for: the departments of the month before this one, if nothing sound was said."""
    before = (now().date().replace(day=1) - timedelta(days=1)).replace(day=1)
    try:
        month = date.fromisoformat(f"{given.get('month', '')}-01")
    except ValueError:
        month = before
    month = month if FIRST_YEAR <= month.year <= LAST_YEAR else before
    kind = given.get("kind", "")
    return month, kind if kind in KINDS else KINDS[0]


@blp.get("")
def show() -> Response:
    """Show how a month was assessed, and the talks that followed."""
    person = need_post(*WATCHERS)
    month, kind = asked(request.args)
    try:
        found = assessment(office().engine, month, kind)
    except CannotAssess:
        found = None
    following = (month + timedelta(days=32)).replace(day=1)
    return make_response(
        render_template(
            "supervision/assessments.html",
            month=f"{month:%Y-%m}",
            first=month,
            last=following - timedelta(days=1),
            kind=kind,
            kinds=NAMES,
            found=found,
            rules=weights(),
            points=points,
            may_assess=person.has_post("supervisor"),
            is_over=now().date() >= following,
            today=now().date(),
        )
    )


def points(milli: int) -> str:
    """Return thousandths of a point as people read them."""
    sign = "-" if milli < 0 else ""
    return f"{sign}{abs(milli) // 1000}.{abs(milli) % 1000 // 100}"


@blp.post("")
def make() -> Any:
    """Assess a month, as one more version."""
    person = need_post("supervisor")
    month, kind = asked(request.form)
    return _done(month, kind, "已考核。", lambda: assess(office().engine, month, kind, by=person.id, now=now()))


@blp.post("/talks")
def talk() -> Any:
    """Write down a talk that was held."""
    person = need_post("supervisor")
    month, kind = asked(request.form)
    form = {name: request.form.get(name, "").strip() for name in ("subject", "present", "issues")}
    try:
        held_on, improve_by = (date.fromisoformat(request.form.get(name, "")) for name in ("held_on", "improve_by"))
    except ValueError:
        return _back(month, kind, "请写明约谈日期和整改期限。", "bad")
    if not form["present"] or not form["issues"]:
        return _back(month, kind, "请写明参加人和约谈内容。", "bad")
    follows = request.form.get("follows", type=int)
    held = Talk(form["subject"], held_on, form["present"][:400], form["issues"][:2000], improve_by, follows)
    return _done(
        month, kind, "已记录约谈。", lambda: write_talk(office().engine, month, kind, held, by=person.id, now=now())
    )


def _done(month: date, kind: str, words: str, do: Callable[[], Any]) -> Any:
    try:
        do()
    except CannotAssess as error:
        return _back(month, kind, str(error), "bad")
    return _back(month, kind, words)


def _back(month: date, kind: str, words: str, tone: str = "good") -> Any:
    say(words, tone)
    return redirect(url_for("assess.show", month=f"{month:%Y-%m}", kind=kind), code=303)
