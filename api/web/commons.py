"""What the public may look into: the register of permits and how long things take."""

from datetime import date

from flask import Blueprint, Response, make_response, render_template, request

from api.v1.common import decode_cursor, encode_cursor, office
from api.web.mine import PERMIT_STATUS
from workflow.casework import register as permits
from workflow.casework.now import now
from workflow.oversight.timeliness import timeliness

blp = Blueprint("open", __name__)
PAGE = 50


@blp.get("/register")
def register() -> Response:
    """Show the register of permits, newest first."""
    after = decode_cursor(request.args.get("cursor"), id=int)
    items, more = permits.public_permits(office(), before=after["id"] if after else None, limit=PAGE)
    return make_response(
        render_template(
            "open/register.html",
            permits=items,
            status=PERMIT_STATUS,
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
    told = [(year, [one for one in items if one.get("working_days")]) for year, items in years]
    return make_response(render_template("open/times.html", years=told))
