"""Logging in and out. Works without JavaScript; a wrong name and a wrong password look the same."""

from typing import Any

from flask import Blueprint, Response, current_app, make_response, redirect, render_template, request
from flask import session as form_session

from api.auth.entrance import WRONG, Entered, SecondFactorNeeded, enter, enter_with_code, remember_device
from api.auth.factor import is_restricted
from api.auth.redirects import safe_next
from api.auth.sessions import log_in, log_out, page_session
from api.config import DEMO_PASSWORD, Settings
from api.problems import Problem
from api.v1.common import office
from workflow.casework.demo import ACCOUNTS
from workflow.casework.errors import NotFound
from workflow.casework.now import now
from workflow.casework.people import Person, find_person

blp = Blueprint("login", __name__)
USERNAME_MAX, PASSWORD_MAX, CODE_MAX = 64, 200, 40
PENDING = "pending"  # who has given the right password and not yet the code
PENDING_SECONDS = 300


@blp.get("/login")
def form() -> Response:
    """Show the form; who is logged in already goes on, to the second factor if that is missing."""
    session = page_session()
    if session:
        return _see("/account/factor" if is_restricted(session) else safe_next(request.args.get("next")))
    return make_response(_form(request.args.get("next")))


@blp.post("/login")
def submit() -> Response:
    """Log in, ask for the code, or say that name or password are wrong."""
    username, password = request.form.get("username", "").strip(), request.form.get("password", "")
    try:
        if len(username) > USERNAME_MAX or len(password) > PASSWORD_MAX:
            raise Problem(401, detail=WRONG)
        entered = enter(username, password, request.form.get("code", "").strip()[:CODE_MAX])
    except SecondFactorNeeded as needed:
        return ask_for_code(needed.person, request.form.get("next"))
    except Problem as problem:
        page = _form(request.form.get("next"), username=username[:USERNAME_MAX], error=problem.detail)
        return make_response(page, problem.status, problem.headers)
    return _in(entered)


@blp.get("/login/code")
def code_form() -> Response:
    """Ask for the one-time code of whoever gave the right password a moment ago."""
    return make_response(render_template("login_code.html", next=safe_next(request.args.get("next"))))


@blp.post("/login/code")
def submit_code() -> Response:
    """Log in with the code, or say that it is wrong."""
    person, wanted = _pending(), safe_next(request.form.get("next"))
    if person is None:
        return _see("/login")
    try:
        entered = enter_with_code(person, request.form.get("code", "").strip()[:CODE_MAX])
    except Problem as problem:
        page = render_template("login_code.html", next=wanted, error=problem.detail)
        return make_response(page, problem.status, problem.headers)
    return _in(entered)


@blp.get("/logout")
def leaving() -> Response:
    """Ask: a link alone, which others can make somebody follow, logs nobody out."""
    return make_response(render_template("logout.html")) if page_session() else _see("/")


@blp.post("/logout")
def leave() -> Response:
    """End the session."""
    response = _see("/")
    log_out(response)
    return response


def see_in(entered: Entered, wanted: str) -> Response:
    """Return the answer that begins a session and leads on."""
    response = _see(wanted)
    log_in(response, entered.person, with_factor=entered.with_factor)
    remember_device(response)
    return response


def _in(entered: Entered) -> Response:
    return see_in(entered, safe_next(request.form.get("next")))


def ask_for_code(person: Person, wanted: str | None) -> Response:
    """Return the form for the code of somebody whose first factor was right; it is remembered for five minutes."""
    form_session[PENDING] = [person.id, person.token_epoch, int(now().timestamp())]
    return make_response(render_template("login_code.html", next=safe_next(wanted)))


def _pending() -> Person | None:
    """Return who gave the right password within five minutes in this browser, or None."""
    try:
        account, epoch, at = form_session.get(PENDING) or ("", 0, 0)
        person = find_person(office(), str(account), now().date())
    except (NotFound, TypeError, ValueError):
        return None
    is_recent = 0 <= now().timestamp() - at <= PENDING_SECONDS
    return person if is_recent and person.token_epoch == epoch else None


def _see(address: str) -> Response:
    response: Any = redirect(address, code=303)
    found: Response = response
    return found


def _form(wanted: str | None, **more: str) -> str:
    settings: Settings = current_app.extensions["banjian.settings"]
    accounts = ACCOUNTS if settings.is_demo else ()
    return render_template(
        "login.html",
        next=safe_next(wanted),
        accounts=[(account, name) for account, name, _ in accounts],
        demo_password=DEMO_PASSWORD if settings.has_default_demo_password else "",
        may_register=settings.registration != "closed",
        has_identity_platform=settings.oidc is not None,
        **more,
    )
