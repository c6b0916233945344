"""The log of calls to other systems, and their replay: for system administrators."""

from typing import Any

from flask import Response, jsonify
from flask.views import MethodView
from marshmallow import fields, validate

from api.v1.common import PageArguments, StrictBlueprint, decode_cursor, encode_cursor, office
from workflow.casework import webhooks
from workflow.casework.now import now

blp = StrictBlueprint("webhooks", __name__, description="对外推送")


class CallQuery(PageArguments):
    state = fields.String(load_default=None, validate=validate.OneOf(("waiting", "sent", "quarantined")))


@blp.route("/webhooks/calls")
class Calls(MethodView):
    @blp.arguments(CallQuery, location="query")
    @blp.response(200)
    @blp.alt_response(403, description="不是系统管理员")
    def get(self, query: dict[str, Any]) -> Response:
        """推送记录，新的在前，每次尝试一行"""
        after = decode_cursor(query["cursor"], outbox=int)
        items, more = webhooks.calls(
            office(), state=query["state"], before=after["outbox"] if after else None, limit=query["limit"]
        )
        return jsonify({"items": items, "next": encode_cursor({"outbox": more} if more else None)})


@blp.route("/webhooks/calls/<call_id>/replay")
class Replay(MethodView):
    @blp.response(202)
    @blp.alt_response(403, description="不是系统管理员")
    @blp.alt_response(404, description="没有这次推送")
    def post(self, call_id: str) -> tuple[Response, int]:
        """重新推送一次：编号和内容与原来相同，由接收方去重"""
        return jsonify({"replayed": webhooks.replay(office(), now(), call_id=call_id.replace("\x00", ""))}), 202
