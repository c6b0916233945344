"""Who is at the browser: a random cookie, its session in the database. The JSON API reads no cookie at all."""

from datetime import datetime

from flask import Flask, Response, current_app, g, request
from flask import session as form_session
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import CSRFProtect
from sqlalchemy.exc import SQLAlchemyError

from api.auth.factor import factor_for_signing, is_restricted
from api.problems import Problem
from workflow.casework import sessions
from workflow.casework.now import now
from workflow.casework.office import Office
from workflow.casework.people import Person
from workflow.casework.sessions import Session
from workflow.casework.signing import StepUpRequired

COOKIE = "banjian"
SECURE_COOKIE = "__Host-banjian"  # browsers take it over https only, for this host only, from no other path
csrf = CSRFProtect()


class _FormSessions(SecureCookieSessionInterface):
    """Flask's signed cookie, which holds nothing but the CSRF token of forms."""

    def get_cookie_secure(self, app: Flask) -> bool:
        """Return True over https."""
        return bool(request.is_secure)


def register(app: Flask, secret_key: str) -> None:
    """Protect the forms of every page. What reads no cookie is exempted where it is registered."""
    app.config.update(
        SECRET_KEY=secret_key,
        SESSION_COOKIE_NAME="banjian_form",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=int(sessions.LIFE.total_seconds()),
    )
    app.session_interface = _FormSessions()
    csrf.init_app(app)
    app.context_processor(lambda: {"visitor": visitor})


def page_session() -> Session | None:
    """Return the session of whoever is at the browser, or None. Asks the database once a request."""
    if "page_session" not in g:
        secret = _secret()
        g.page_session = sessions.find_session(_office(), secret, now()) if secret else None
    found: Session | None = g.page_session
    return found


def page_person() -> Person | None:
    """Return the person at the browser, or None: nobody is logged in, or a second factor has to be set up first."""
    session = page_session()
    return session.person if session and not is_restricted(session) else None


def page_factor() -> datetime | None:
    """Return when the person at the browser last gave a second factor; one in the form is taken first.

    Raises StepUpRequired where that one is wrong, so that the page asks again and nothing filled in is lost.
    """
    session = page_session()
    if session is None:
        return None
    try:
        return factor_for_signing(session)
    except Problem as problem:
        raise StepUpRequired(problem.detail) from problem


def visitor() -> Person | None:
    """The same for what every page shows, error pages too: nobody, where the database cannot be asked."""
    try:
        return page_person()
    except SQLAlchemyError:
        return None


def log_in(response: Response, person: Person, *, with_factor: bool = False) -> None:
    """Begin a session and put its cookie on the response. An earlier session of this browser ends."""
    moment = now()
    secret = sessions.begin_session(
        _office(), person, moment, instead_of=_secret(), factor_at=moment if with_factor else None
    )
    form_session.clear()  # forms of before the login are not taken after it
    g.pop("page_session", None)
    response.set_cookie(_name(), secret, path="/", httponly=True, samesite="Lax", secure=request.is_secure)


def log_out(response: Response) -> None:
    """End the session and take its cookie away."""
    sessions.end_session(_office(), _secret(), now())
    form_session.clear()
    g.pop("page_session", None)
    response.delete_cookie(_name(), path="/", httponly=True, samesite="Lax", secure=request.is_secure)


def is_personal() -> bool:
    """Return True where the answer is for this browser only, so that nobody keeps it for others."""
    return request.endpoint != "static" and (bool(_secret()) or request.blueprint in ("login", "joining"))


def _name() -> str:
    return SECURE_COOKIE if request.is_secure else COOKIE


def _secret() -> str:
    return request.cookies.get(_name(), "")[:100]


def _office() -> Office:
    found: Office = current_app.extensions["banjian.office"]
    return found
