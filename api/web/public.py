"""Pages anybody may read: what the office offers, one item's guide, and what it means for my situation."""

import re
from typing import Any

from flask import Blueprint, Response, abort, make_response, render_template, request
from sqlalchemy.exc import SQLAlchemyError

from api.auth.sessions import visitor
from api.catalogue import catalogue, open_item
from api.v1.catalog import Q_MAX, guide_of
from api.v1.common import decode_cursor, encode_cursor, office
from api.web import fields as questions
from api.web.flow import picture
from api.web.items import entry_or_404
from api.web.mine import state_title
from api.web.outline import outline
from service_catalog import selfcheck
from service_catalog.catalog import UnknownItem, place
from service_catalog.conditions import fields_of
from service_catalog.model import ServiceItem
from workflow.casework.lists import cases_for
from workflow.casework.now import now
from workflow.casework.popular import popular_items
from workflow.definitions.handbook import HEAD, tables
from workflow.definitions.loader import processes

blp = Blueprint("public", __name__)
PAGE = 30
POPULAR = 8
NEAR_MAX, NEAR_AMONG, NEAR_LETTERS_MAX, NEAR_GAP_MAX = 6, 200, 12, 3
STATUS_NAMES = {"cancelled": "已取消", "suspended": "暂停办理"}


@blp.get("/")
def home() -> Response:
    """Show what people use most and the catalogue page by page, searched if asked."""
    person = visitor()
    words = request.args.get("q", "")[:Q_MAX]
    chosen = request.args.get("process", "")
    after = decode_cursor(request.args.get("cursor"), rank=int, code=str)
    known, today = catalogue(), now().date()
    slugs = {process.slug: process.title for process in processes().values() if process.kind == "procedure"}
    found = known.search(
        q=words or None,
        process=chosen if chosen in slugs else None,
        on=today,
        after=(after["rank"], after["code"]) if after else None,
        limit=PAGE + 1,
    )
    page = found[:PAGE]
    more = dict(zip(("rank", "code"), place(page[-1], words), strict=True)) if len(found) > PAGE else None
    is_front = not (words or chosen or after)
    mine = cases_for(office(), person, limit=3)[0] if person and person.kind != "staff" and is_front else []
    return make_response(
        render_template(
            "public/home.html",
            items=page,
            q=words,
            process=chosen,
            process_names=slugs,
            next=encode_cursor(more),
            popular=_popular(known, today) if is_front else [],
            mine=[{**one, "state_title": state_title(one["process"], one["state"])} for one in mine],
            near=[] if page else _near(known, words, today),
        )
    )


def _near(known: Any, words: str, today: Any) -> list[Any]:
    """Return the manuals' items whose name holds these letters in this order, close together: 危化 for 危险化学品."""
    letters = [one for one in words.strip() if not one.isspace()][:NEAR_LETTERS_MAX]
    if len(letters) < 2:
        return []
    gap = f".{{0,{NEAR_GAP_MAX}}}?"
    pattern = re.compile(gap.join(re.escape(one) for one in letters))
    entries = (one for one in known.search(on=today, limit=NEAR_AMONG) if one.has_manual)
    return [one for one in entries if pattern.search(one.name)][:NEAR_MAX]


def _popular(known: Any, today: Any) -> list[Any]:
    """Return the entries people applied for most in the last year, topped up from the beginning of the catalogue."""
    try:
        codes = popular_items(office(), today)
    except SQLAlchemyError:  # the guides can be read without a database
        codes = []
    entries = []
    for code in codes:
        try:
            entries.append(known.entry(code))
        except UnknownItem:
            continue
    if len(entries) < POPULAR:
        seen = {one.code for one in entries}
        entries += [one for one in known.search(on=today, limit=40) if one.has_manual and one.code not in seen]
    return entries[:POPULAR]


@blp.get("/items/<item_code>")
def item(item_code: str) -> Response:
    """Show the guide of an item; of one without a manual, what is known and where to apply."""
    known = catalogue()
    entry = entry_or_404(item_code)
    today = now().date()
    told = guide_of(known, entry)
    status = entry.status(today)
    process = processes().get(told["process"]) if told["has_manual"] else None
    return make_response(
        render_template(
            "public/guide.html",
            guide=told,
            status=status,
            since=entry.cancelled_from,
            can_apply=told["has_manual"] and status not in STATUS_NAMES,
            outline=outline(process) if process else "",
        )
    )


@blp.get("/items/<item_code>/check")
def check(item_code: str) -> Response:
    """Ask a few questions and show what follows: may I apply here, which materials, which limits. Nothing is stored."""
    found = open_item(entry_or_404(item_code).code, now().date())
    asked = selfcheck.asked_fields(found)
    given = questions.read_form(asked, request.args)
    given = {key: value for key, value in given.items() if _is_asked(found, key, given)}
    clean, problems = selfcheck.check_answers(found, given, today=now().date())
    who = request.args.get("who") or None
    known = selfcheck.situations(found)
    applying = frozenset(key for key in request.args.getlist("situation") if key in known)
    answers = selfcheck.Answers(clean, who if who in selfcheck.APPLICANT_TYPES else None, applying)
    is_asked = bool(request.args)
    shown = questions.with_errors(
        questions.of_form(found, asked, given), {f"form.{one.field}": one.text for one in problems}
    )
    return make_response(
        render_template(
            "public/check.html",
            item=found,
            fields=shown,
            situations=known,
            applying=applying,
            who=who,
            types=selfcheck.questionnaire(found)["applicant_types"],
            result=selfcheck.result_json(selfcheck.check(found, answers), answers) if is_asked else None,
            labels={one.key: one.label for one in found.fields},
            carried={f"form.{key}": request.args.get(f"form.{key}", "") for key in clean},
        )
    )


def _is_asked(item: ServiceItem, key: str, given: dict[str, Any]) -> bool:
    """Return False for an answer to a question that the other answers hide: without JavaScript it may be left over."""
    one = item.form_field(key)
    if one is None or one.shown is None:
        return True
    others = {k: v for k, v in given.items() if k in fields_of(one.shown)}
    return selfcheck.verdict(item, one.shown, others) is not False


@blp.get("/processes/<slug>")
def process(slug: str) -> Response:
    """Show a process: its picture and the table of who may do what, when, on which law."""
    found = processes().get(slug)
    if found is None:
        abort(404)
    return make_response(
        render_template(
            "public/process.html",
            process=found,
            picture=picture(found),
            outline=outline(found),
            columns=HEAD,
            tables=tables(found),
        )
    )
