"""What every page shares: who reads it, where they can go, in which language, and the guard of its forms."""

from typing import Any

from flask import Blueprint, Flask, Response, current_app, redirect, request, url_for
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup, escape

from api.auth.redirects import safe_next
from api.auth.sessions import visitor
from api.catalogue import the_office
from api.web import i18n, words
from api.web.acting import once
from api.web.assets import asset_url
from api.web.items import name_of
from api.web.trail import moment
from api.web.who import session_links
from service_catalog.forms import KINDS
from workflow.casework.messages import unread_count
from workflow.casework.people import OVERSEERS, Person
from workflow.casework.ratings import HANDLE

blp = Blueprint("frame", __name__)
ADMINS = ("catalogue-admin", "system-admin")
PROPOSERS = ("catalogue-admin", "system-admin", "supervisor", "auditor")
WATCHERS = ("supervisor", "auditor")


@blp.get("/language/<lang>")
def choose_language(lang: str) -> Response:
    """Keep the reader's language and go back to where they were."""
    response = redirect(safe_next(request.args.get("next")))
    if lang in i18n.LANGUAGES:
        response.set_cookie(i18n.COOKIE, lang, max_age=365 * 24 * 3600, httponly=True, samesite="Lax")
    return response  # type: ignore[return-value]


def csrf_field() -> Markup:
    """Return the hidden field without which no form is taken."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(escape(generate_csrf()))


def navigation(person: Person | None) -> list[dict[str, Any]]:
    """Return where this reader can go; `here` marks where they are."""
    links = [(_("事项"), "public.home", {})]
    if person is not None and person.kind != "staff":
        links += [(_("我的办件"), "mine.cases", {}), (_("我的证照"), "mine.permits", {})]
        links += [(_("代办委托"), "entrusting.overview", {})]
    elif person is not None:
        links += [(_("待办"), "inbox.inbox", {}), (_("办件"), "inbox.cases", {}), (_("证照"), "mine.permits", {})]
        if person.has_post("window-clerk"):
            links.append((_("核验账号"), "identity.ask", {}))
        if person.has_post(*HANDLE, *OVERSEERS):
            links.append((_("差评"), "reviews.listed", {}))
        if person.has_post(*WATCHERS):
            links.append((_("效能监察"), "watch.dashboard", {}))
        elif person.has_post("department-head"):  # who explains
            links.append((_("红黄牌"), "watch.alerts", {}))
        if person.has_post(*ADMINS):
            links.append((_("管理"), "admin.home", {}))
        if person.has_post(*PROPOSERS):
            links.append((_("提议"), "four_eyes.listed", {}))
    if person is not None:
        links.append((_("消息"), "mine.messages", {}))
    counts = {"mine.messages": unread_count(the_office(), person)} if person else {}
    links += [(_("登记册"), "open.register", {}), (_("办理时间"), "open.times", {})]
    return [
        {"name": name, "url": url_for(end, **values), "here": request.endpoint == end, "count": counts.get(end)}
        for name, end, values in links
        if _exists(end)
    ]


def item_name(code: str) -> str:
    """Return the name of an item of this office, "" for what is none."""
    name = name_of(code)
    return "" if name == code else name


def footer_links() -> list[dict[str, str]]:
    """Return what anybody may look into."""
    ends = ((_("公开登记册"), "open.register"), (_("许可决定公示"), "open.decisions"), (_("证照核验"), "verify.ask"))
    return [{"name": name, "url": url_for(end)} for name, end in ends if _exists(end)]


def _exists(endpoint: str) -> bool:
    return endpoint in current_app.view_functions


def register(app: Flask) -> None:
    """Give templates what the layout needs."""
    i18n.register(app)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        asset_url=asset_url,
        csrf_field=csrf_field,
        language=i18n.language,
        once=once,
        item_name=item_name,
        moment=moment,
        finding_name=words.finding_name,
        party_labels=words.PARTY,
        party_kinds=KINDS,
    )

    @app.context_processor
    def _shared() -> dict[str, Any]:
        person = visitor()
        return {
            "viewer": person,
            "navigation": navigation(person),
            "session_links": session_links(person),
            "footer_links": footer_links(),
        }
