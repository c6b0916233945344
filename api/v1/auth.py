"""Tokens of programs: with name and password, anew with a refresh token, and away with them."""

from typing import Any

from flask import Response
from flask.views import MethodView
from marshmallow import fields, validate

from api.auth.entrance import enter, place
from api.auth.tokens import bearer_session, tokens, unauthenticated
from api.problems import invalid
from api.v1.common import Strict, StrictBlueprint, StrictBoolean, office
from workflow.casework.accounts import revoke_everything
from workflow.casework.now import now
from workflow.casework.refresh import Renewed, begin_program, renew, revoke, revoke_session

blp = StrictBlueprint("auth", __name__, description="登录")


class Credentials(Strict):
    username = fields.String(required=True, validate=validate.Length(1, 64))
    password = fields.String(required=True, validate=validate.Length(1, 200))
    code = fields.String(
        load_default=None, validate=validate.Length(6, 40), metadata={"description": "绑定了动态口令的账号须填写"}
    )


class RefreshBody(Strict):
    refresh_token = fields.String(required=True, validate=validate.Length(1, 100))


class RevokeBody(Strict):
    refresh_token = fields.String(load_default=None, validate=validate.Length(1, 100))
    everywhere = StrictBoolean(
        load_default=False, metadata={"type": "boolean", "description": "退出所有设备和程序，需要令牌"}
    )


class Token(Strict):
    access_token = fields.String(required=True)
    token_type = fields.String(required=True)
    expires_in = fields.Integer(required=True, metadata={"description": "秒"})
    refresh_token = fields.String(required=True, metadata={"description": "只能使用一次，换取下一对令牌"})


@blp.route("/auth/token")
class TokenView(MethodView):
    @blp.arguments(Credentials)
    @blp.response(200, Token)
    @blp.alt_response(401, description="用户名或密码不正确")
    @blp.alt_response(429, description="失败次数过多，请按 Retry-After 等待")
    def post(self, credentials: dict[str, str]) -> dict[str, Any]:
        """用用户名和密码换取令牌"""
        entered = enter(credentials["username"], credentials["password"], credentials["code"] or "")
        moment = now()
        return pair_of(begin_program(office(), entered.person, moment, moment if entered.with_factor else None))


@blp.route("/auth/refresh")
class RefreshView(MethodView):
    @blp.arguments(RefreshBody)
    @blp.response(200, Token)
    @blp.alt_response(401, description="refresh_token 无效、过期或已经用过")
    def post(self, body: dict[str, str]) -> dict[str, Any]:
        """用 refresh_token 换取新令牌；用过的再次出现时，整个会话作废"""
        found = renew(office(), body["refresh_token"], now(), place())
        if found == "reused":
            tokens().forget()
            raise unauthenticated(
                "这个 refresh_token 已经用过，可能被他人复制，会话已作废，请重新登录。", "REFRESH_TOKEN_REUSED"
            )
        if found == "unknown":
            raise unauthenticated("refresh_token 无效或已过期，请重新登录。", "REFRESH_TOKEN_INVALID")
        return pair_of(found)


@blp.route("/auth/revoke")
class RevokeView(MethodView):
    @blp.arguments(RevokeBody)
    @blp.response(204)
    @blp.alt_response(401, description="未登录")
    def post(self, body: dict[str, Any]) -> Response:
        """作废 refresh_token 的会话；没有给出时，作废当前令牌的会话，或者（everywhere）所有会话"""
        if body["refresh_token"] and body["everywhere"]:
            raise invalid([{"field": "everywhere", "message": "everywhere 与 refresh_token 只能选一个。"}])
        if body["refresh_token"]:
            revoke(office(), body["refresh_token"], now())
        else:
            session = bearer_session()
            if body["everywhere"]:
                revoke_everything(office(), session.person.id, now(), place=place())
            else:
                revoke_session(office(), session.id, now())
        tokens().forget()
        return Response(status=204)


def pair_of(renewed: Renewed) -> dict[str, Any]:
    """Return an access token with the refresh token that follows it."""
    return {
        "access_token": tokens().issue(renewed.session.person, renewed.session.id),
        "token_type": "Bearer",
        "expires_in": tokens().life_seconds,
        "refresh_token": renewed.refresh_token,
    }
