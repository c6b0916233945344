"""Four eyes on pages: what colleagues propose, what it would change, and the other person's answer."""

from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from api.auth.factor import must_have_factor
from api.auth.sessions import page_factor
from api.v1.common import decode_cursor, encode_cursor, office
from api.v1.proposals import ID_MAX
from api.web.acting import attempt, known, say
from api.web.changes import changes_of
from api.web.fields import Trouble
from api.web.frame import PROPOSERS
from api.web.i18n import said
from api.web.who import need_post
from workflow.casework import proposals
from workflow.casework.calendar import NotConfirmed
from workflow.casework.colleagues import names_of
from workflow.casework.errors import ChangeRefused, NotFound
from workflow.casework.now import now
from workflow.casework.people import Person
from workflow.casework.proposals import KINDS
from workflow.casework.signing import StepUpRequired, is_fresh

blp = Blueprint("four_eyes", __name__)
PAGE = 25
WORDS_MAX = 1000
STATUS = {
    "open": ("等待确认", "warn"),
    "confirmed": ("已确认", "good"),
    "rejected": ("没有同意", "bad"),
    "withdrawn": ("已撤回", ""),
    "expired": ("已过期", ""),
    "emergency": ("在控制台由一人办理", "bad"),
}
VIEWS = {"open": "open", "mine": None, "ended": "ended", "emergency": "emergency"}


@blp.get("/proposals")
def listed() -> Response:
    """List proposals: open ones, one's own, those that are over, what was done at the console."""
    person = need_post(*PROPOSERS)
    view = request.args.get("view", "open")
    view = view if view in VIEWS else "open"
    cursor = decode_cursor(request.args.get("cursor"), id=int)
    items, more = proposals.listed(
        office(),
        person,
        now(),
        kind=None,
        status=VIEWS[view],
        by=person.id if view == "mine" else None,
        before=cursor["id"] if cursor else None,
        limit=PAGE,
    )
    text = render_template(
        "admin/proposals.html",
        proposals=items,
        names=names_of(office(), (one["proposed_by"] for one in items)),
        status=STATUS,
        view=view,
        views=[
            ("open", _("等待确认")),
            ("mine", _("我提出的")),
            ("ended", _("已经结束的")),
            ("emergency", _("未经第二人确认")),
        ],
        next=encode_cursor({"id": more} if more else None),
    )
    return make_response(text)


@blp.get("/proposals/<int:proposal_id>")
def one(proposal_id: int) -> Response:
    """Show one proposal: what it changes, who made it, who answered."""
    return _shown(need_post(*PROPOSERS), proposal_id)


@blp.post("/proposals/<int:proposal_id>/confirm")
def confirm(proposal_id: int) -> Any:
    """Agree: it takes effect at once."""
    person = need_post(*PROPOSERS)
    note = _said("note")
    if must_have_factor(person) and not is_fresh(page_factor(), now()):
        raise StepUpRequired
    return _answer(person, proposal_id, lambda: proposals.confirm(office(), _id(proposal_id), person, now(), note))


@blp.post("/proposals/<int:proposal_id>/reject")
def reject(proposal_id: int) -> Any:
    """Do not agree, with a reason; whoever made it takes it back."""
    person = need_post(*PROPOSERS)
    reason = _said("reason")
    if not reason:
        return _shown(person, proposal_id, [Trouble(_("请写明理由。"), "reason")], 422)
    return _answer(person, proposal_id, lambda: proposals.reject(office(), _id(proposal_id), person, now(), reason))


def _answer(person: Person, proposal_id: int, do: Any) -> Any:
    answered, problems, status = attempt(lambda: refusable(do))
    if answered is None:
        return _shown(person, proposal_id, problems, status)
    say(_("已办理：%(name)s。", name=said(STATUS[answered["status"]][0])))
    return redirect(url_for("four_eyes.one", proposal_id=proposal_id), code=303)


def refusable(do: Any) -> Any:
    """Return what is done; a refusal of definitions, and of a calendar that changed meanwhile, is told like any other."""
    try:
        return do()
    except NotConfirmed as error:
        raise proposals.refused("CALENDAR_NOT_CONFIRMED", f"有异常之处，须重新核实后提出：{error}。") from error
    except ChangeRefused as error:
        raise proposals.refused("DEFINITIONS_REFUSED", "；".join(error.lines)) from error


def _shown(person: Person, proposal_id: int, problems: list[Trouble] | None = None, status: int = 200) -> Response:
    found = proposals.find(office(), _id(proposal_id), person, now())
    people = [found["proposed_by"], *([found["answered"]["by"]] if found["answered"] else [])]
    is_own = found["proposed_by"] == person.id
    text = render_template(
        "admin/proposal.html",
        one=found,
        changes=changes_of(found["kind"], found["diff"]),
        names=names_of(office(), people),
        status=STATUS,
        problems=problems or [],
        is_own=is_own,
        may_confirm=proposals.may_answer(found, person),
        may_reject=found["status"] == "open" and person.has_post(*KINDS[found["kind"]].posts),
        typed=request.form,
    )
    return make_response(text, status)


def _id(proposal_id: int) -> int:
    if proposal_id >= ID_MAX:
        raise NotFound(str(proposal_id))
    return proposal_id


def _said(name: str) -> str:
    return request.form.get(name, "").replace("\x00", "").strip()[:WORDS_MAX]


def propose(kind: str, body: dict[str, Any], because: str, person: Person) -> tuple[Any, list[Trouble], int]:
    """Return (a redirect to the proposal made or None, why not, the status): every page that changes something calls this."""
    made, problems, status = attempt(
        lambda: refusable(lambda: proposals.propose(office(), KINDS[kind], body, because, person, now(), known()))
    )
    if made is None:
        return None, problems, status
    say(_("已经提出，另一人确认以后生效。"))
    return redirect(url_for("four_eyes.one", proposal_id=made["id"]), code=303), [], 303
