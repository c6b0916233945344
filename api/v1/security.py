"""The security log, for those who audit and those who administer: what happened to accounts, newest first."""

from dataclasses import asdict
from typing import Any

from flask.views import MethodView
from marshmallow import fields, validate

from api.v1.common import PageArguments, Strict, StrictBlueprint, decode_cursor, encode_cursor, office
from workflow.casework.security import entries

blp = StrictBlueprint("security", __name__, description="安全日志")


class EventQuery(PageArguments):
    account = fields.String(
        load_default=None, validate=validate.Length(1, 64), metadata={"description": "只看一个账号"}
    )


class SecurityEvent(Strict):
    id = fields.Integer(required=True)
    at = fields.DateTime(required=True)
    event = fields.String(required=True, metadata={"description": "LOGIN、LOGIN_FAILED、PASSWORD_CHANGED 等"})
    person_id = fields.String(required=True, allow_none=True)
    by_person = fields.String(required=True, allow_none=True)
    place = fields.String(required=True, allow_none=True, metadata={"description": "来处的摘要：只能比较，不能还原"})


class SecurityEvents(Strict):
    items = fields.List(fields.Nested(SecurityEvent), required=True)
    next = fields.String(required=True, allow_none=True)


@blp.route("/security/events")
class Events(MethodView):
    @blp.arguments(EventQuery, location="query")
    @blp.response(200, SecurityEvents)
    @blp.alt_response(401, description="未登录")
    @blp.alt_response(403, description="不是审计员或系统管理员")
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """查看账号的安全日志，新的在前"""
        after = decode_cursor(query["cursor"], id=int)
        account, limit = (query["account"] or "").replace("\x00", "") or None, query["limit"]
        found = entries(office(), before=after["id"] if after else None, limit=limit, person_id=account)
        more = {"id": found[limit - 1].id} if len(found) > limit else None
        return {"items": [asdict(entry) for entry in found[:limit]], "next": encode_cursor(more)}
