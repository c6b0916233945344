"""The permit register, the public view of it, and the year's count."""

from typing import Any

from flask import Response, jsonify
from flask.views import MethodView
from marshmallow import fields, validate

from api.auth.tokens import whoami
from api.problems import Problem
from api.v1.common import PageArguments, Strict, StrictBlueprint, decode_cursor, encode_cursor, office
from workflow.casework import register
from workflow.casework.now import now
from workflow.oversight.annual import annual

blp = StrictBlueprint("register", __name__, description="证照与统计")


class YearQuery(Strict):
    year = fields.Integer(required=True, validate=validate.Range(1990, 2200))


@blp.route("/permits")
class Permits(MethodView):
    @blp.arguments(PageArguments, location="query")
    @blp.response(200)
    @blp.alt_response(401, description="未登录")
    def get(self, query: dict[str, Any]) -> Response:
        """列出我能看到的证照，新的在前"""
        after = decode_cursor(query["cursor"], id=int)
        items, more = register.permits_for(
            office(), whoami(), before=after["id"] if after else None, limit=query["limit"]
        )
        return jsonify({"items": items, "next": encode_cursor({"id": more} if more else None)})


@blp.route("/permits/<permit_no>")
class Permit(MethodView):
    @blp.response(200)
    @blp.alt_response(404, description="没有这个证照，或不属于您")
    def get(self, permit_no: str) -> Response:
        """查看一个证照"""
        return jsonify(register.permit(office(), permit_no, whoami()))


@blp.route("/public/permits")
class PublicPermits(MethodView):
    @blp.arguments(PageArguments, location="query")
    @blp.response(200)
    def get(self, query: dict[str, Any]) -> Response:
        """公开登记册（无需登录）"""
        after = decode_cursor(query["cursor"], id=int)
        items, more = register.public_permits(office(), before=after["id"] if after else None, limit=query["limit"])
        return jsonify({"items": items, "next": encode_cursor({"id": more} if more else None)})


@blp.route("/statistics/annual")
class Annual(MethodView):
    @blp.arguments(YearQuery, location="query")
    @blp.response(200)
    @blp.alt_response(403, description="没有统计权限")
    def get(self, query: dict[str, int]) -> Response:
        """一年的发证数、办件数和时限执行情况"""
        person = whoami()
        if person.kind != "staff":
            raise Problem(403)
        return jsonify(annual(office().engine, query["year"], today=now().date()))
