"""POST /auth/token."""

from typing import Any

from flask.views import MethodView
from marshmallow import fields, validate

from api.auth.tokens import LIFE_SECONDS, tokens
from api.problems import Problem
from api.v1.common import Strict, StrictBlueprint, office
from workflow.casework.now import now
from workflow.casework.people import authenticate

blp = StrictBlueprint("auth", __name__, description="登录")


class Credentials(Strict):
    username = fields.String(required=True, validate=validate.Length(1, 64))
    password = fields.String(required=True, validate=validate.Length(1, 200))


class Token(Strict):
    access_token = fields.String(required=True)
    token_type = fields.String(required=True)
    expires_in = fields.Integer(required=True)


@blp.route("/auth/token")
class TokenView(MethodView):
    @blp.arguments(Credentials)
    @blp.response(200, Token)
    @blp.alt_response(401, description="用户名或密码不正确")
    def post(self, credentials: dict[str, str]) -> dict[str, Any]:
        """用用户名和密码换取令牌"""
        person = authenticate(office(), credentials["username"], credentials["password"], now().date())
        if person is None:
            raise Problem(401, "WRONG_CREDENTIALS", "用户名或密码不正确。")
        return {"access_token": tokens().issue(person), "token_type": "Bearer", "expires_in": LIFE_SECONDS}
