"""Short-lived signed bearer tokens. The signature says who; posts are looked up in the database each time."""

import threading
import time
from dataclasses import dataclass, field

from flask import Request, current_app, request
from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from api.problems import Problem
from workflow.casework.errors import NotFound
from workflow.casework.now import now
from workflow.casework.office import Office
from workflow.casework.people import Person, find_person

LIFE_SECONDS = 8 * 3600
KNOWN_SECONDS = 5.0


@dataclass(slots=True)
class Tokens:
    """Issues and reads tokens; keeps people for a few seconds, so that reading one costs no query."""

    secret: str
    office: Office
    _known: dict[str, tuple[float, Person]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def issue(self, person: Person) -> str:
        """Return a new token for this person."""
        return self._serializer().dumps([person.id, person.token_epoch])

    def person_id(self, carrier: Request) -> str:
        """Return the id the request's token speaks for. Raises Problem 401."""
        scheme, _, token = carrier.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise _unauthenticated("请先登录，并在 Authorization 中带上令牌。")
        try:
            person_id, _ = self._serializer().loads(token, max_age=LIFE_SECONDS)
        except SignatureExpired as error:
            raise _unauthenticated("令牌已过期，请重新登录。") from error
        except (BadSignature, ValueError, TypeError) as error:
            raise _unauthenticated("令牌无效，请重新登录。") from error
        return str(person_id)

    def person(self, carrier: Request) -> Person:
        """Return who asks, at most a few seconds old. Raises Problem 401."""
        person_id = self.person_id(carrier)
        moment = time.monotonic()
        found = self._known.get(person_id)
        if found and moment - found[0] < KNOWN_SECONDS:
            return found[1]
        try:
            person = find_person(self.office, person_id, now().date())
        except NotFound as error:
            raise _unauthenticated("账号已停用。") from error
        with self._lock:
            if len(self._known) > 10_000:
                self._known.clear()
            self._known[person_id] = (moment, person)
        return person

    def _serializer(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self.secret, salt="banjian-token")


def _unauthenticated(detail: str) -> Problem:
    return Problem(401, detail=detail, headers={"WWW-Authenticate": 'Bearer realm="banjian"'})


def tokens() -> Tokens:
    """Return the application's tokens."""
    found: Tokens = current_app.extensions["banjian.tokens"]
    return found


def whoami() -> Person:
    """Return the person behind this request. Raises Problem 401."""
    return tokens().person(request)


def who_id() -> str:
    """Return only the person's id, without touching the database. Raises Problem 401."""
    return tokens().person_id(request)


def reader() -> Person | None:
    """Return the person behind this request, or None where nobody says who they are. Raises Problem 401."""
    return whoami() if "Authorization" in request.headers else None
