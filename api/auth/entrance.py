"""The one way in with name and password, for pages and programs alike."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from flask import Response, current_app, g, request

from api.auth.factor import check_code
from api.auth.throttle import ADDRESS, NAME, PAIR, Throttle, network_of
from api.problems import Problem
from workflow.casework import factors, logins
from workflow.casework.now import now
from workflow.casework.office import Office
from workflow.casework.people import Person, authenticate
from workflow.casework.security import note_alone

DEVICE_COOKIE = "banjian_device"
WRONG = "用户名或密码不正确。"
DEVICE_SECONDS = int(logins.KNOWN_FOR.total_seconds())


@dataclass(frozen=True, slots=True)
class Entered:
    """Who came in, and whether with a second factor."""

    person: Person
    with_factor: bool


@dataclass(frozen=True, slots=True)
class _Turn:
    """The counters an attempt was counted under; no address where the account is known there."""

    own: str
    address: str


def enter(username: str, password: str, code: str = "") -> Entered:
    """Return who these words belong to.

    Raises Problem 401, SECOND_FACTOR_NEEDED where only the code is missing, or 429 where there were too many wrong ones.
    """
    name, places = username.strip().lower(), _places()
    turn, has_given = _take_turn(name, places, code)
    person = authenticate(_office(), name, password, now().date())
    if person is None:
        note_alone(_office(), "LOGIN_FAILED", now(), name, place=places[-1])
        raise Problem(401, "WRONG_CREDENTIALS", WRONG)
    throttle().forgive(turn.own)
    if turn.address:
        throttle().give_back(turn.address)
    if not has_given and factors.factor_of(_office(), person.id).confirmed_at is not None:
        if not code:
            raise SecondFactorNeeded(person)
        check_code(person.id, code)
        has_given = True
    logins.entered(_office(), person.id, places, now())
    return Entered(person, has_given)


class SecondFactorNeeded(Problem):
    """The password was right; `person` still has to give a second factor."""

    def __init__(self, person: Person) -> None:
        self.person = person
        super().__init__(401, "SECOND_FACTOR_NEEDED", "请输入动态口令（code）。")


def enter_with_code(person: Person, code: str) -> Entered:
    """Return the person whose password was right a moment ago, now with the code. Raises Problem."""
    check_code(person.id, code)
    logins.entered(_office(), person.id, _places(), now())
    return Entered(person, True)


def check_password(person: Person, password: str) -> None:
    """Ask somebody who is in for the password again. Raises Problem 401, or 429 where too many were wrong."""
    key = throttle().key("password", person.id)
    _wait(throttle().take(key, PAIR, now()))
    if authenticate(_office(), person.id, password, now().date()) is None:
        raise Problem(401, "WRONG_CREDENTIALS", "密码不正确。", headers={"WWW-Authenticate": 'Bearer realm="banjian"'})
    throttle().forgive(key)


def _take_turn(name: str, places: Sequence[str], code: str) -> tuple[_Turn, bool]:
    """Count the attempt; return its counters, and whether a right code let it pass in spite of them.

    Who comes from where the account came from before has a counter of their own.
    """
    known = logins.known_place(_office(), name, places, now())
    address = throttle().key("address", network_of(request.remote_addr))
    own = throttle().key("pair", name, known) if known else throttle().key("name", name)
    wait = throttle().take(own, PAIR if known else NAME, now())
    if not wait and not known:
        wait = throttle().take(address, ADDRESS, now())
        if wait:
            throttle().give_back(own)
    if not wait:
        return _Turn(own, "" if known else address), False
    if code and factors.factor_of(_office(), name).confirmed_at is not None:
        check_code(name, code, counter="code-first")
        return _Turn(own, ""), True
    _wait(wait)
    raise AssertionError


def _wait(seconds: int) -> None:
    if seconds:
        raise Problem(
            429,
            "LOGIN_THROTTLED",
            f"登录失败次数过多，请在 {seconds} 秒后再试。忘记密码请联系本机关的系统管理员。",
            headers={"Retry-After": str(seconds)},
        )


def remember_device(response: Response) -> None:
    """Give the browser the cookie by which it is known next time. It opens nothing."""
    if not request.cookies.get(DEVICE_COOKIE):
        response.set_cookie(
            DEVICE_COOKIE,
            _device(),
            max_age=DEVICE_SECONDS,
            path="/login",
            httponly=True,
            samesite="Lax",
            secure=request.is_secure,
        )


def _device() -> str:
    """Return this browser's name, which nobody can guess; a new one where it has none yet."""
    if "device" not in g:
        g.device = request.cookies.get(DEVICE_COOKIE, "")[:64] or secrets.token_urlsafe(16)
    return str(g.device)


def _places() -> list[str]:
    """Return the keyed hashes of this browser, if it is one, and of its address."""
    is_page = not request.path.startswith("/api/")
    found = [throttle().hash(f"device|{_device()}")] if is_page else []
    return [*found, throttle().hash(f"address|{network_of(request.remote_addr)}")]


def place() -> str:
    """Return the keyed hash of the address of this request, for the security log."""
    return _places()[-1]


def throttle() -> Throttle:
    """Return the application's counters."""
    found: Throttle = current_app.extensions["banjian.throttle"]
    return found


def _office() -> Office:
    found: Office = current_app.extensions["banjian.office"]
    return found
