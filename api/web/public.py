"""Pages anybody may read: what the office offers, and one item's guide."""

from flask import Blueprint, Response, abort, make_response, render_template, request

from api.catalogue import catalogue
from service_catalog.catalog import UnknownItem
from service_catalog.guide import guide
from workflow.casework.now import now
from workflow.definitions.loader import processes

blp = Blueprint("public", __name__)


@blp.get("/")
def home() -> Response:
    """Show the catalogue, searched if asked."""
    words = request.args.get("q", "")[:100]
    found = catalogue().search(q=words or None)
    names = {process.slug: process.title for process in processes().values()}
    return make_response(render_template("home.html", items=found, q=words, process_names=names))


@blp.get("/items/<item_code>")
def item(item_code: str) -> Response:
    """Show the guide of an item."""
    try:
        found = catalogue().get(item_code, on=now().date())
    except UnknownItem:
        abort(404)
    return make_response(render_template("guide.html", guide=guide(found)))
