"""Pages anybody may read: what the office offers, and one item's guide."""

from flask import Blueprint, Response, abort, make_response, render_template, request

from api.catalogue import catalogue
from api.v1.catalog import Q_MAX, guide_of
from api.v1.common import decode_cursor, encode_cursor
from service_catalog.catalog import UnknownItem, place
from workflow.casework.now import now
from workflow.definitions.loader import processes

blp = Blueprint("public", __name__)
PAGE = 50


@blp.get("/")
def home() -> Response:
    """Show the catalogue page by page, searched if asked."""
    words = request.args.get("q", "")[:Q_MAX]
    after = decode_cursor(request.args.get("cursor"), rank=int, code=str)
    found = catalogue().search(
        q=words or None,
        on=now().date(),
        after=(after["rank"], after["code"]) if after else None,
        limit=PAGE + 1,
    )
    page = found[:PAGE]
    more = dict(zip(("rank", "code"), place(page[-1], words), strict=True)) if len(found) > PAGE else None
    names = {process.slug: process.title for process in processes().values()}
    return make_response(
        render_template("home.html", items=page, q=words, process_names=names, next=encode_cursor(more))
    )


@blp.get("/items/<item_code>")
def item(item_code: str) -> Response:
    """Show the guide of an item; of one without a manual, what is known and where to apply."""
    known = catalogue()
    try:
        entry = known.entry(item_code)
    except UnknownItem:
        abort(404)
    status = entry.status(now().date())
    return make_response(
        render_template("guide.html", guide=guide_of(known, entry), status=status, since=entry.cancelled_from)
    )
