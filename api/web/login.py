"""Logging in and out. Works without JavaScript; a wrong name and a wrong password look the same."""

from typing import Any

from flask import Blueprint, Response, current_app, make_response, redirect, render_template, request

from api.auth.entrance import enter, remember_device
from api.auth.redirects import safe_next
from api.auth.sessions import log_in, log_out, page_person
from api.config import DEMO_PASSWORD, Settings
from api.problems import Problem
from workflow.casework.demo import ACCOUNTS

blp = Blueprint("login", __name__)
USERNAME_MAX, PASSWORD_MAX = 64, 200
WRONG = "用户名或密码不正确。"


@blp.get("/login")
def form() -> Response:
    """Show the form; who is logged in already goes on."""
    if page_person():
        return _see(safe_next(request.args.get("next")))
    return make_response(_form(request.args.get("next")))


@blp.post("/login")
def submit() -> Response:
    """Log in, or say that name or password are wrong."""
    username, password = request.form.get("username", "").strip(), request.form.get("password", "")
    try:
        if len(username) > USERNAME_MAX or len(password) > PASSWORD_MAX:
            raise Problem(401, detail=WRONG)
        person = enter(username, password)
    except Problem as problem:
        page = _form(request.form.get("next"), username=username[:USERNAME_MAX], error=problem.detail)
        return make_response(page, problem.status, problem.headers)
    response = _see(safe_next(request.form.get("next")))
    log_in(response, person)
    remember_device(response)
    return response


@blp.get("/logout")
def leaving() -> Response:
    """Ask: a link alone, which others can make somebody follow, logs nobody out."""
    return make_response(render_template("logout.html")) if page_person() else _see("/")


@blp.post("/logout")
def leave() -> Response:
    """End the session."""
    response = _see("/")
    log_out(response)
    return response


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
        **more,
    )
