"""Logging in through an identity platform (OpenID Connect), where one is configured.

Code flow with state, nonce and PKCE. What comes back is a subject of the platform; whose account that is, an
administrator has said beforehand (`banjian accounts link`). Nobody's account is made here.
"""

from typing import Any

from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.flask_client import OAuth
from flask import Blueprint, Flask, Response, abort, current_app, request, url_for
from flask import session as form_session
from joserfc.errors import JoseError
from requests import RequestException

from api.auth.entrance import Entered
from api.auth.redirects import safe_next
from api.config import Settings
from api.problems import Problem
from api.v1.common import office
from api.web.login import ask_for_code, see_in
from workflow.casework import factors
from workflow.casework.accounts import linked_account
from workflow.casework.errors import NotFound
from workflow.casework.now import now
from workflow.casework.people import find_person
from workflow.casework.security import note_alone

blp = Blueprint("platform", __name__)
NEXT = "platform_next"
TIMEOUT_SECONDS = 10


def register(app: Flask, settings: Settings) -> None:
    """Make the client of the configured platform, if there is one."""
    if settings.oidc is None:
        return
    oauth = OAuth(app)
    app.extensions["banjian.platform"] = oauth.register(
        "platform",
        client_id=settings.oidc.client_id,
        client_secret=settings.oidc.client_secret,
        server_metadata_url=f"{settings.oidc.issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid",
            "code_challenge_method": "S256",
            "default_timeout": TIMEOUT_SECONDS,
        },
    )


@blp.get("/login/platform")
def begin() -> Response:
    """Lead the browser to the platform."""
    client = _client()
    form_session[NEXT] = safe_next(request.args.get("next"))
    try:
        _check_issuer(client)
        answer: Response = client.authorize_redirect(_callback())
    except (RequestException, OAuthError, RuntimeError, ValueError) as error:
        raise Problem(503, detail="统一身份认证平台暂不可用，请稍后再试，或者用用户名和密码登录。") from error
    answer.status_code = 303
    return answer


@blp.get("/login/platform/back")
def back() -> Response:
    """Take what the platform says; log in whose account it is linked to."""
    client, settings = _client(), _settings()
    assert settings.oidc is not None
    claims = {
        "iss": {"essential": True, "value": settings.oidc.issuer},
        # Made for us, whatever party it calls authorized (azp).
        "aud": {"essential": True, "value": settings.oidc.client_id},
        "sub": {"essential": True},
    }
    try:
        _check_issuer(client)
        token = client.authorize_access_token(claims_options=claims)
    except RequestException as error:
        raise Problem(503, detail="统一身份认证平台暂不可用，请稍后再试，或者用用户名和密码登录。") from error
    except (OAuthError, JoseError, RuntimeError, ValueError, KeyError, TypeError) as error:
        raise Problem(401, "PLATFORM_REFUSED", "统一身份认证没有完成，请重新登录。") from error
    subject = (token.get("userinfo") or {}).get("sub")
    if not isinstance(subject, str) or not subject:
        raise Problem(401, "PLATFORM_REFUSED", "统一身份认证没有完成，请重新登录。")
    return _enter(settings.oidc.issuer, subject)


def _enter(issuer: str, subject: str) -> Response:
    account = linked_account(office(), issuer, subject)
    try:
        person = find_person(office(), account or "", now().date())
    except NotFound as error:
        raise Problem(
            403, "NOT_LINKED", "您在统一身份认证平台的账号还没有关联本系统的账号，请联系系统管理员。"
        ) from error
    if factors.factor_of(office(), person.id).confirmed_at is not None:
        return ask_for_code(person, form_session.pop(NEXT, "/"))
    note_alone(office(), "LOGIN_BY_PLATFORM", now(), person.id)
    return see_in(Entered(person, False), safe_next(form_session.pop(NEXT, "/")))


def _check_issuer(client: Any) -> None:
    """The platform must call itself what the configuration calls it (OpenID Connect Discovery 4.3). ValueError."""
    if client.load_server_metadata().get("issuer") != _settings().oidc.issuer:  # type: ignore[union-attr]
        raise ValueError("another issuer")


def _callback() -> str:
    path = url_for("platform.back")
    public = _settings().public_url
    return f"{public.rstrip('/')}{path}" if public else url_for("platform.back", _external=True)


def _client() -> Any:
    if _settings().oidc is None:
        abort(404)
    return current_app.extensions["banjian.platform"]


def _settings() -> Settings:
    found: Settings = current_app.extensions["banjian.settings"]
    return found
