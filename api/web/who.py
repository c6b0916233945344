"""Who reads a page. The session itself is kept by api.auth.sessions."""

from typing import Any, NoReturn

from flask import abort, redirect, request, url_for
from flask_babel import gettext as _

from api.auth.sessions import page_person
from workflow.casework.people import Person

__all__ = ["need_person", "need_post", "need_staff", "page_person", "session_links"]


def session_links(person: Person | None) -> list[dict[str, Any]]:
    """Return the ways in or out of a session."""
    if person is None:
        return [{"name": _("登录"), "url": url_for("login.form", next=here()), "post": False}]
    account = {"name": _("账号"), "url": url_for("account.overview"), "post": False}
    return [account, {"name": _("退出"), "url": url_for("login.leave"), "post": True}]


def here() -> str:
    """Return the address of this page, to come back to."""
    return request.full_path.rstrip("?")


def need_person() -> Person:
    """Return who reads; sends everybody else to log in first and back here."""
    person = page_person()
    if person is None:
        _to_login()
    return person


def need_staff() -> Person:
    """Return the member of staff who reads. Others get 403."""
    person = need_person()
    if person.kind != "staff":
        abort(403)
    return person


def need_post(*posts: str) -> Person:
    """Return the member of staff who holds one of these posts. Others get 403."""
    person = need_staff()
    if not person.has_post(*posts):
        abort(403)
    return person


def _to_login() -> NoReturn:
    back = here() if request.method == "GET" else url_for("public.home")
    abort(redirect(url_for("login.form", next=back)))
