"""Short-lived signed bearer tokens. The signature says who; session and posts are looked up every few seconds."""

import threading
import time
from dataclasses import dataclass, field
from datetime import datetime

from flask import Request, current_app, request
from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from api.auth.factor import HEADER, factor_for_signing, must_have_factor, refuse_restricted
from api.problems import Problem
from workflow.casework.errors import NotFound
from workflow.casework.now import now
from workflow.casework.office import Office
from workflow.casework.people import Person, find_person
from workflow.casework.sessions import Session, find_program_session
from workflow.casework.signing import StepUpRequired, is_fresh

KNOWN_SECONDS = 5.0  # for so long a revoked token may still be taken by another process
KNOWN_MAX = 10_000


@dataclass(slots=True)
class Tokens:
    """Issues and reads tokens; keeps sessions for a few seconds, so that reading one costs no query."""

    secret: str
    office: Office
    life_seconds: int = 900
    _known: dict[tuple[str, int, str], tuple[float, Session]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def issue(self, person: Person, session_id: str = "") -> str:
        """Return a new token for this person, good as long as the session holds, and no longer than life_seconds."""
        return self._serializer().dumps([person.id, person.token_epoch, session_id])

    def session(self, carrier: Request, *, is_fresh: bool = False) -> Session:
        """Return the session of a request's token, at most a few seconds old. Raises Problem 401."""
        key = self._read(carrier)
        moment = time.monotonic()
        found = None if is_fresh else self._known.get(key)
        if found and moment - found[0] < KNOWN_SECONDS:
            return found[1]
        session = self._look_up(*key)
        with self._lock:
            if len(self._known) > KNOWN_MAX:
                self._known.clear()
            self._known[key] = (moment, session)
        return session

    def named_in(self, carrier: Request) -> str:
        """Return the person a request's token names, by its signature alone. Raises Problem 401."""
        return self._read(carrier)[0]

    def forget(self) -> None:
        """Look everybody up anew: something about a session has changed."""
        with self._lock:
            self._known.clear()

    def _read(self, carrier: Request) -> tuple[str, int, str]:
        """Return what a request's token says. Raises Problem 401."""
        scheme, _, token = carrier.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise unauthenticated("请先登录，并在 Authorization 中带上令牌。")
        try:
            person_id, epoch, session_id = self._serializer().loads(token, max_age=self.life_seconds)
            if "\x00" in f"{person_id}{session_id}":
                raise ValueError("no text of ours")
            return str(person_id), int(epoch), str(session_id)
        except SignatureExpired as error:
            raise unauthenticated("令牌已过期，请用 refresh_token 换取新令牌，或重新登录。") from error
        except (BadSignature, ValueError, TypeError) as error:
            raise unauthenticated("令牌无效，请重新登录。") from error

    def _look_up(self, person_id: str, epoch: int, session_id: str) -> Session:
        today = now().date()
        if session_id:
            session = find_program_session(self.office, session_id, today)
            if session is None or session.person.id != person_id:
                raise unauthenticated("令牌已被撤销，请重新登录。")
        else:
            try:
                session = Session("", find_person(self.office, person_id, today), now(), None)
            except NotFound as error:
                raise unauthenticated("账号已停用。") from error
        if session.person.token_epoch != epoch:
            raise unauthenticated("令牌已被撤销，请重新登录。")
        return session

    def _serializer(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self.secret, salt="banjian-token")


def unauthenticated(detail: str, code: str | None = None) -> Problem:
    """Return the 401 that says how to come in."""
    return Problem(401, code, detail, headers={"WWW-Authenticate": 'Bearer realm="banjian"'})


def tokens() -> Tokens:
    """Return the application's tokens."""
    found: Tokens = current_app.extensions["banjian.tokens"]
    return found


def bearer_session() -> Session:
    """Return the session behind this request. Raises Problem 401."""
    return tokens().session(request)


def whoami() -> Person:
    """Return the person behind this request. Raises Problem 401; 403 where a second factor has to be set up first."""
    session = bearer_session()
    refuse_restricted(session)
    return session.person


def who_id() -> str:
    """Return only the person's id. Raises Problem as whoami does."""
    return whoami().id


def signing_factor() -> datetime | None:
    """Return when the person behind this request last gave a second factor, asked anew. Raises Problem."""
    session = bearer_session()
    if HEADER in request.headers or must_have_factor(session.person):
        session = tokens().session(request, is_fresh=True)
    found = factor_for_signing(session)
    if found != session.factor_at:
        tokens().forget()
    return found


def signer() -> Person:
    """Return the person behind this request, who has given a second factor a moment ago where one is required.

    For what binds the office outside of cases. Raises Problem as whoami does, or StepUpRequired.
    """
    person = whoami()
    if must_have_factor(person) and not is_fresh(signing_factor(), now()):
        raise StepUpRequired
    return person


def reader() -> Person | None:
    """Return the person behind this request, or None where nobody says who they are. Raises Problem 401."""
    return whoami() if "Authorization" in request.headers else None
