"""The second factor over HTTP: who has to have one, giving one, and having given one a moment ago."""

from datetime import datetime

from flask import current_app, request

from api.auth.throttle import CODE, Throttle
from api.config import Settings
from api.problems import Problem
from workflow.casework import factors
from workflow.casework.now import now
from workflow.casework.office import Office
from workflow.casework.people import Person
from workflow.casework.sessions import Session
from workflow.casework.signing import FACTOR_POSTS, is_fresh

HEADER, FIELD = "X-Second-Factor", "second_factor"
WRONG_CODE = "动态口令不正确或者已经用过，请等待下一个口令。"


def must_have_factor(person: Person) -> bool:
    """Return True for who decides or administers, where the office requires a second factor of them."""
    settings: Settings = current_app.extensions["banjian.settings"]
    return settings.second_factor == "required" and person.has_post(*FACTOR_POSTS)


def is_restricted(session: Session) -> bool:
    """Return True for a session that may only set up the second factor, because it was begun without one."""
    return session.factor_at is None and must_have_factor(session.person)


def refuse_restricted(session: Session) -> None:
    """Raise Problem 403 for such a session."""
    if is_restricted(session):
        raise Problem(
            403,
            "SECOND_FACTOR_REQUIRED",
            "您的岗位必须使用动态口令。请先绑定（POST /api/v1/auth/factor/enrol，或网页“账号”），绑定后即可办理。",
        )


def check_code(person_id: str, code: str, *, counter: str = "code") -> None:
    """Take a one-time or recovery code. Raises Problem 401 where it is wrong, 429 where too many were.

    counter: codes that strangers try in front of the password are counted apart, so that they keep nobody out.
    """
    throttle: Throttle = current_app.extensions["banjian.throttle"]
    key = throttle.key(counter, person_id)
    wait = throttle.take(key, CODE, now())
    if wait:
        raise Problem(
            429,
            "LOGIN_THROTTLED",
            f"动态口令错误次数过多，请在 {wait} 秒后再试。",
            headers={"Retry-After": str(wait)},
        )
    if not factors.give(_office(), person_id, code, now()):
        raise Problem(401, "WRONG_CODE", WRONG_CODE, headers={"WWW-Authenticate": 'Bearer realm="banjian"'})
    throttle.forgive(key)


def factor_for_signing(session: Session) -> datetime | None:
    """Return when the person last gave a second factor; one that comes with this request is taken first.

    A program sends it in a header, a page in a field. A retry with the code of its first try is fine: the session
    knows. Raises Problem 401 for a wrong code.
    """
    is_page = not request.path.startswith("/api/")
    code = (request.form.get(FIELD, "") if is_page else request.headers.get(HEADER, "")).strip()
    if code and not is_fresh(session.factor_at, now()):
        try:
            check_code(session.person.id, code[:40])
        except factors.NoFactor as error:
            raise Problem(409, "NO_FACTOR", "您还没有绑定动态口令。") from error
        factors.given(_office(), session.id, now())
        return now()
    return session.factor_at


def _office() -> Office:
    found: Office = current_app.extensions["banjian.office"]
    return found
