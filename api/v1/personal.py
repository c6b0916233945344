"""Personal data unmasked, with a reason; and the list of who did so."""

from typing import Any

from flask import Response, jsonify
from flask.views import MethodView
from marshmallow import fields, validate

from api.auth.tokens import whoami
from api.v1.common import PageArguments, Strict, StrictBlueprint, decode_cursor, encode_cursor, office
from workflow.casework.now import now
from workflow.casework.unmasking import readings, unmask

blp = StrictBlueprint("personal", __name__, description="个人信息")


class UnmaskBody(Strict):
    reason = fields.String(required=True, validate=validate.Length(5, 400))
    fields_ = fields.List(
        fields.String(validate=validate.Length(1, 60)),
        required=True,
        data_key="fields",
        validate=validate.Length(1, 50),
    )


@blp.route("/cases/<case_no>/unmask")
class Unmask(MethodView):
    @blp.arguments(UnmaskBody)
    @blp.response(200)
    @blp.alt_response(404, description="没有这个办件，或不属于您")
    @blp.alt_response(403, description="不是效能监察或者审计岗位")
    def post(self, body: dict[str, Any], case_no: str) -> Response:
        """查看脱敏的个人信息：须写明理由，先登记、后显示，只在本次回答中显示"""
        return jsonify(unmask(office(), case_no, whoami(), body["reason"], body["fields_"], now()))


@blp.route("/supervision/readings")
class Readings(MethodView):
    @blp.arguments(PageArguments, location="query")
    @blp.response(200)
    @blp.alt_response(403, description="不是效能监察或者审计岗位")
    def get(self, query: dict[str, Any]) -> Response:
        """谁、何时、为什么查看了脱敏的个人信息，新的在前"""
        after = decode_cursor(query["cursor"], id=int)
        items, more = readings(office(), before=after["id"] if after else None, limit=query["limit"])
        return jsonify({"items": items, "next": encode_cursor({"id": more} if more else None)})
