"""At the window after acceptance: what people still bring to the counter, without the case itself being open there.

A clerk reads a case until it is accepted (ADR 0020). What remains theirs later, taking in what people bring and recording
service, is done from this page: what may be done now, the papers and how they were served, and nothing else.
"""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, url_for

from api.v1.common import office
from api.v1.materials import take_upload
from api.web.acting import attempt, say
from api.web.apply import PAGE_FIELDS
from api.web.casepage import CasePage
from api.web.fields import Trouble
from api.web.i18n import said
from api.web.who import need_staff
from workflow.casework import tracking
from workflow.casework.errors import NotFound
from workflow.casework.now import now

LATE = ("agree-to-electronic-service", "end-electronic-service", "request-recusal", "declare-recusal")
blp = Blueprint("counter", __name__)


@blp.get("/cases/<case_no>/counter")
def show(case_no: str) -> Response:
    """Show what the counter may do with a case; to whoever may read it, the case."""
    person = need_staff()
    if may_open(case_no):
        return redirect(url_for("case.show", case_no=case_no))  # type: ignore[return-value]
    return _page(CasePage.at_counter(case_no, person))


@blp.post("/cases/<case_no>/counter")
def hand_in(case_no: str) -> Response:
    """Take in one file that the party brought."""
    person = need_staff()
    page = CasePage.at_counter(case_no, person)
    kept, problems, status = attempt(lambda: take_upload(case_no, person.id, extra=PAGE_FIELDS))
    if kept is None:
        return _page(page, problems, status)
    say(said("已提交：%(name)s。", name=kept["file_name"]))
    return redirect(url_for("counter.show", case_no=case_no), code=303)  # type: ignore[return-value]


def may_open(case_no: str) -> bool:
    """Return True if the reader may read the case itself."""
    try:
        tracking.case_view(office(), case_no, need_staff(), now())
    except NotFound:
        return False
    return True


def _last(one: Mapping[str, Any]) -> int:
    """Return the place of an act: what is served first, who stays away last."""
    return LATE.index(one["action"]) + 1 if one["action"] in LATE else 0


def _page(page: CasePage, problems: list[Trouble] | None = None, status: int = 200) -> Response:
    main, quiet = page.links()
    text = render_template(
        "case/counter.html",
        page=page,
        case=page.view,
        acts=sorted((one for one in (*main, *quiet) if one["takes"] != "material"), key=_last),
        may_add=any(one["takes"] == "material" for one in main),
        closed=page.closed(),
        papers=page.papers(),
        problems=problems or [],
    )
    return make_response(text, status)
