"""Mandates (代办委托): an applicant lets somebody act for them, and ends it."""

from typing import Any

from flask import Response, jsonify
from flask.views import MethodView
from marshmallow import fields, validate

from api.auth.tokens import whoami
from api.catalogue import catalogue
from api.problems import Problem, invalid
from api.v1.common import (
    ID_LIMIT,
    PageArguments,
    Strict,
    StrictBlueprint,
    decode_cursor,
    encode_cursor,
    office,
)
from service_catalog.catalog import UnknownItem
from workflow.casework import mandates
from workflow.casework.now import now
from workflow.definitions.access import matrix

blp = StrictBlueprint("mandates", __name__, description="代办委托")


class NewMandate(Strict):
    agent = fields.String(required=True, validate=validate.Length(1, 64))
    verbs = fields.List(
        fields.String(validate=validate.OneOf(list(matrix().mandates))), required=True, validate=validate.Length(1, 10)
    )
    item_code = fields.String(load_default=None, validate=validate.Length(1, 50))
    case_no = fields.String(load_default=None, validate=validate.Length(1, 80))
    valid_until = fields.Date(required=True)
    note = fields.String(load_default="", validate=validate.Length(max=400))


class Somebody(Strict):
    id = fields.String(required=True)
    name = fields.String(required=True)


class Mandate(Strict):
    id = fields.Integer(required=True)
    grantor = fields.Nested(Somebody, required=True)
    agent = fields.Nested(Somebody, required=True)
    verbs = fields.List(fields.String(), required=True)
    item_code = fields.String(allow_none=True)
    case_no = fields.String(allow_none=True)
    valid_from = fields.String(required=True)
    valid_until = fields.String(required=True)
    note = fields.String()
    status = fields.String(required=True, metadata={"description": "valid | expired | ended"})
    created_at = fields.String(required=True)
    ended_at = fields.String(allow_none=True)
    ended_by = fields.String(allow_none=True)


class MandatePage(Strict):
    items = fields.List(fields.Nested(Mandate), required=True)
    next = fields.String(allow_none=True)


@blp.route("/mandates")
class Mandates(MethodView):
    @blp.arguments(PageArguments, location="query")
    @blp.response(200, MandatePage)
    @blp.alt_response(401, description="未登录")
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """列出我给出的和我接受的委托，新的在前"""
        after = decode_cursor(query["cursor"], id=int)
        found, more = mandates.mandates_for(
            office(), whoami(), now(), before=after["id"] if after else None, limit=query["limit"]
        )
        return {"items": found, "next": encode_cursor({"id": more} if more else None)}

    @blp.arguments(NewMandate)
    @blp.response(201, Mandate)
    @blp.alt_response(403, description="只有申请人可以委托，代办人不能转委托")
    @blp.alt_response(404, description="没有这个办件，或不属于您")
    @blp.alt_response(422, description="委托内容不符合要求")
    def post(self, body: dict[str, Any]) -> tuple[Response, int, dict[str, str]]:
        """委托代办人：办什么、有哪些权限、到哪一天"""
        person = whoami()
        if body["item_code"] is not None:
            _known(body["item_code"])
        made = mandates.grant(office(), person, mandates.NewMandate(**body), now())
        return jsonify(made), 201, {"Location": f"/api/v1/mandates/{made['id']}"}


@blp.route("/mandates/<int:mandate_id>")
class MandateView(MethodView):
    @blp.response(200, Mandate)
    @blp.alt_response(404, description="没有这个委托，或与您无关")
    def get(self, mandate_id: int) -> Response:
        """查看一个委托"""
        return jsonify(mandates.mandate(office(), _id(mandate_id), whoami(), now()))


@blp.route("/mandates/<int:mandate_id>/end")
class End(MethodView):
    @blp.response(200, Mandate)
    @blp.alt_response(404, description="没有这个委托，或与您无关")
    def post(self, mandate_id: int) -> Response:
        """终止委托，立即生效：委托人取消，或者代办人辞去"""
        return jsonify(mandates.end(office(), _id(mandate_id), whoami(), now()))


def _id(number: int) -> int:
    """Return a number the database can hold. Raises Problem 404."""
    if number >= ID_LIMIT:
        raise Problem(404)
    return number


def _known(item_code: str) -> None:
    """Raise Problem 422 where the office offers no such item."""
    try:
        catalogue().newest(item_code)
    except UnknownItem as error:
        text = "没有这个事项，请从事项目录中选择。"
        raise invalid([{"field": "item_code", "message": text}]) from error
