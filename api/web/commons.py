"""What the public may look into: the register of permits and how long things take."""

from datetime import date

from flask import Blueprint, Response, make_response, render_template, request

from api.v1.common import decode_cursor, encode_cursor, office
from api.web.items import name_of
from api.web.mine import PERMIT_STATUS
from workflow.casework import disclosure
from workflow.casework import register as permits
from workflow.casework.now import now
from workflow.oversight.timeliness import timeliness

blp = Blueprint("open", __name__)
PAGE = 50


@blp.get("/register")
def register() -> Response:
    """Show the register of permits, newest first, searched if asked."""
    after = decode_cursor(request.args.get("cursor"), id=int)
    words = request.args.get("q", "").strip()[:100]
    chosen = request.args.get("status", "")
    items, more = permits.public_permits(
        office(),
        before=after["id"] if after else None,
        limit=PAGE,
        q=words or None,
        status=chosen if chosen in PERMIT_STATUS else None,
    )
    return make_response(
        render_template(
            "open/register.html",
            permits=items,
            status=PERMIT_STATUS,
            q=words,
            chosen=chosen,
            next=encode_cursor({"id": more} if more else None),
        )
    )


@blp.get("/decisions")
def decisions() -> Response:
    """Show the disclosed decisions, granted and refused, newest first, searched if asked."""
    after = decode_cursor(request.args.get("cursor"), id=int)
    words, outcome = request.args.get("q", "").strip()[:100], request.args.get("outcome", "")
    rows, more = disclosure.listed(
        office(),
        before=after["id"] if after else None,
        limit=PAGE,
        q=words or None,
        outcome=outcome if outcome in ("granted", "refused") else None,
    )
    return make_response(
        render_template(
            "open/decisions.html",
            decisions=[disclosure.shown(row) for row in rows],
            q=words,
            outcome=outcome,
            next=encode_cursor({"id": more} if more else None),
        )
    )


@blp.get("/times")
def times() -> Response:
    """Show how many working days the items really took this year and last: the middle and nine in ten."""
    today = now().date()
    years = [
        (year, timeliness(office().engine, date(year, 1, 1), date(year, 12, 31), "item")["items"])
        for year in (today.year, today.year - 1)
    ]
    told = [
        (year, [{**one, "name": name_of(one["key"])} for one in items if one.get("working_days")])
        for year, items in years
    ]
    return make_response(render_template("open/times.html", years=told))
