"""The account of whoever is logged in: what is known of it, the password, the second factor."""

from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request

from api.auth.entrance import check_password
from api.auth.factor import check_code, is_restricted, must_have_factor
from api.auth.passwords import LENGTH_MAX, wrong_password
from api.auth.sessions import page_session
from api.auth.tokens import tokens
from api.problems import Problem
from api.v1.common import office
from api.v1.factor import qr_of
from workflow.casework import accounts, factors
from workflow.casework.now import now
from workflow.casework.sessions import Session

blp = Blueprint("account", __name__)
CODE_MAX = 40


@blp.get("/account")
def overview() -> Response:
    """Show what is known of the account."""
    session = page_session()
    return _overview(session) if session else _to_login()


@blp.post("/account/password")
def password() -> Response:
    """Change the password; everything that was open ends, this session too."""
    session = page_session()
    if session is None:
        return _to_login()
    old, new = request.form.get("old", "")[: LENGTH_MAX + 1], request.form.get("new", "")[: LENGTH_MAX + 1]
    wrong = wrong_password(new, session.person.id)
    if not wrong and new != request.form.get("again", ""):
        wrong = "两次输入的新密码不一致。"
    if wrong:
        return _overview(session, error=wrong, status=422)
    try:
        check_password(session.person, old)
    except Problem as problem:
        return _overview(session, error=problem.detail, status=problem.status)
    accounts.change_password(office(), session.person.id, new, now())
    tokens().forget()
    return _to_login()


@blp.get("/account/factor")
def factor() -> Response:
    """Show whether there is a second factor, and how to set one up."""
    session = page_session()
    return _factor(session) if session else _to_login()


@blp.post("/account/factor")
def change_factor() -> Response:
    """Begin, confirm or remove the second factor. step: begin | confirm | remove."""
    session = page_session()
    if session is None:
        return _to_login()
    step, code = request.form.get("step"), request.form.get("code", "").strip()[:CODE_MAX]
    try:
        if step == "begin":
            check_password(session.person, request.form.get("password", "")[: LENGTH_MAX + 1])
            made = factors.enrol(office(), session.person.id, now())
            return _factor(session, secret=made.secret, qr_svg=qr_of(made.uri))
        if step == "confirm":
            return _confirm(session, code)
        if step == "remove":
            check_password(session.person, request.form.get("password", "")[: LENGTH_MAX + 1])
            check_code(session.person.id, code)
            factors.remove(office(), session.person.id, now())
            return _see("/account/factor")
    except Problem as problem:
        return _factor(session, error=problem.detail, status=problem.status)
    except (factors.NoFactor, factors.FactorExists):
        return _see("/account/factor")
    return _factor(session, error="请选择要办理的事项。", status=422)


def _confirm(session: Session, code: str) -> Response:
    codes = factors.confirm(office(), session.person.id, code, now())
    if codes is None:
        return _factor(session, error="动态口令不正确，请核对手机的时间，重新开始绑定。", status=422)
    factors.given(office(), session.id, now())
    return _factor(session, recovery_codes=codes)


def _overview(session: Session, *, error: str = "", status: int = 200) -> Response:
    shown = accounts.profile(office(), session.person.id)
    return make_response(render_template("account.html", me=shown, error=error), status)


def _factor(session: Session, *, status: int = 200, **more: Any) -> Response:
    state = factors.factor_of(office(), session.person.id)
    page = render_template(
        "factor.html",
        state=state,
        is_required=must_have_factor(session.person),
        is_restricted=is_restricted(session) and state.confirmed_at is None,
        **more,
    )
    return make_response(page, status)


def _to_login() -> Response:
    return _see("/login?next=/account")


def _see(address: str) -> Response:
    response: Any = redirect(address, code=303)
    found: Response = response
    return found
