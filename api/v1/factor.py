"""The second factor of the person who asks: set up, confirmed, given before signing, removed."""

from typing import Any

import segno
from flask import Response, request
from flask.views import MethodView
from marshmallow import fields, validate

from api.auth.entrance import check_password
from api.auth.factor import check_code, must_have_factor
from api.auth.tokens import bearer_session, tokens, unauthenticated
from api.v1.common import Strict, StrictBlueprint, office
from workflow.casework import factors
from workflow.casework.now import now

blp = StrictBlueprint("factor", __name__, description="动态口令（第二因素）")
PASSWORD = fields.String(required=True, validate=validate.Length(1, 200))
CODE = fields.String(required=True, validate=validate.Length(6, 40), metadata={"description": "动态口令或恢复码"})


class PasswordBody(Strict):
    password = PASSWORD


class CodeBody(Strict):
    code = CODE


class RemoveBody(Strict):
    password = PASSWORD
    code = CODE


class FactorView(Strict):
    confirmed_at = fields.DateTime(allow_none=True, metadata={"description": "没有绑定时为 null"})
    given_at = fields.DateTime(allow_none=True, metadata={"description": "本会话最近一次输入的时间"})
    recovery_codes = fields.Integer(required=True, metadata={"description": "还可以使用的恢复码个数"})
    required = fields.Boolean(required=True, metadata={"description": "您的岗位是否必须使用"})


class EnrolmentView(Strict):
    secret = fields.String(required=True)
    uri = fields.String(required=True)
    qr_svg = fields.String(required=True)


class RecoveryCodes(Strict):
    recovery_codes = fields.List(fields.String(), required=True, metadata={"description": "只显示这一次"})


@blp.route("/auth/factor")
class Factor(MethodView):
    @blp.response(200, FactorView)
    @blp.alt_response(401, description="未登录")
    def get(self) -> dict[str, Any]:
        """查看动态口令的绑定情况"""
        session = bearer_session()
        state = factors.factor_of(office(), session.person.id)
        return {
            "confirmed_at": state.confirmed_at,
            "given_at": session.factor_at,
            "recovery_codes": state.recovery_codes,
            "required": must_have_factor(session.person),
        }

    @blp.arguments(CodeBody)
    @blp.response(204)
    @blp.alt_response(401, description="动态口令不正确")
    @blp.alt_response(409, description="没有绑定")
    @blp.alt_response(429, description="错误次数过多")
    def post(self, body: dict[str, str]) -> Response:
        """输入动态口令；其后十分钟内可以签发"""
        session = bearer_session()
        check_code(session.person.id, body["code"])
        return _given()


@blp.route("/auth/factor/enrol")
class Enrol(MethodView):
    @blp.arguments(PasswordBody)
    @blp.response(201, EnrolmentView)
    @blp.alt_response(401, description="密码不正确")
    @blp.alt_response(409, description="已经绑定")
    @blp.alt_response(429, description="错误次数过多")
    def post(self, body: dict[str, str]) -> dict[str, str]:
        """开始绑定：取得密钥和二维码，确认后生效"""
        session = bearer_session()
        check_password(session.person, body["password"])
        made = factors.enrol(office(), session.person.id, now())
        return {"secret": made.secret, "uri": made.uri, "qr_svg": qr_of(made.uri)}


@blp.route("/auth/factor/confirm")
class Confirm(MethodView):
    @blp.arguments(CodeBody)
    @blp.response(200, RecoveryCodes)
    @blp.alt_response(401, description="动态口令不正确")
    @blp.alt_response(409, description="没有开始绑定，或者已经绑定")
    def post(self, body: dict[str, str]) -> dict[str, Any]:
        """输入第一个动态口令，绑定生效；返回一次性恢复码"""
        session = bearer_session()
        codes = factors.confirm(office(), session.person.id, body["code"], now())
        if codes is None:
            raise unauthenticated("动态口令不正确，请核对手机的时间。", "WRONG_CODE")
        _given()
        return {"recovery_codes": list(codes)}


@blp.route("/auth/factor/remove")
class Remove(MethodView):
    @blp.arguments(RemoveBody)
    @blp.response(204)
    @blp.alt_response(401, description="密码或动态口令不正确")
    @blp.alt_response(409, description="没有绑定")
    @blp.alt_response(429, description="错误次数过多")
    def post(self, body: dict[str, str]) -> Response:
        """解除绑定（更换手机前）"""
        session = bearer_session()
        check_password(session.person, body["password"])
        check_code(session.person.id, body["code"])
        factors.remove(office(), session.person.id, now())
        return Response(status=204)


def qr_of(uri: str) -> str:
    """Return a QR code as SVG that stands in a page; it names no style, so that a strict CSP lets it be seen."""
    return str(segno.make(uri, error="m").svg_inline(scale=5, border=4))


def _given() -> Response:
    """Note the factor in the session of this request, or do nothing where a token has none."""
    session = tokens().session(request)
    if session.id:
        factors.given(office(), session.id, now())
    tokens().forget()
    return Response(status=204)
