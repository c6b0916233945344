"""How often somebody may ask: a person by their token or session, everybody else by address. Counted in the broker.

While the broker is away each process counts for itself.
"""

import time

from flask import Flask, Response, current_app, request
from flask_limiter import Limiter, RateLimitExceeded, RequestLimit

from api.auth.sessions import visitor
from api.auth.throttle import Throttle, network_of
from api.auth.tokens import tokens
from api.config import Settings
from api.problems import Problem, respond
from workflow.casework.wake import redis_url

UNCOUNTED = ("/healthz", "/readyz", "/metrics", "/static/")
LOGINS = ("/api/v1/auth/", "/api/v1/accounts", "/login", "/account/")


def register(app: Flask, settings: Settings) -> None:
    """Count every request, unless the settings say off."""
    if settings.rate_limit == "off":
        return
    Limiter(
        _who,
        app=app,
        application_limits=[_limit],
        application_limits_exempt_when=lambda: request.path.startswith(UNCOUNTED),
        storage_uri=redis_url(settings.broker_url).replace("unix://", "redis+unix://"),
        storage_options={"socket_connect_timeout": 2, "socket_timeout": 2},
        strategy="fixed-window",
        key_prefix="banjian",
        in_memory_fallback_enabled=True,
        swallow_errors=True,
        on_breach=_refused,
    )
    app.register_error_handler(RateLimitExceeded, _answer)


def _who() -> str:
    """Return the key somebody is counted under: a keyed hash, so that the broker holds no addresses."""
    throttle: Throttle = current_app.extensions["banjian.throttle"]
    if is_login():
        return f"login:{throttle.hash(network_of(request.remote_addr))}"
    person = _person()
    if person:
        return f"person:{person}"
    return f"address:{throttle.hash(network_of(request.remote_addr))}"


def _person() -> str:
    """Return whose request it is, "" where nobody shows a sound token or session. Asks the database for pages only."""
    if request.path.startswith("/api/"):
        try:
            return tokens().named_in(request)
        except Problem:
            return ""
    person = visitor()
    return person.id if person else ""


def is_login() -> bool:
    """Return True for what tries words or makes accounts."""
    return request.method == "POST" and request.path.startswith(LOGINS)


def _limit() -> str:
    settings: Settings = current_app.extensions["banjian.settings"]
    if is_login() and settings.rate_limit_login != "off":
        return settings.rate_limit_login
    return settings.rate_limit


def _answer(error: RateLimitExceeded) -> Response:
    return error.response or respond(Problem(429))


def _refused(limit: RequestLimit) -> Response:
    wait = max(1, int(limit.reset_at - time.time()) + 1)
    return respond(
        Problem(429, "RATE_LIMITED", f"请求过于频繁，请在 {wait} 秒后再试。", headers={"Retry-After": str(wait)})
    )
