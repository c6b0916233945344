"""好差评: rate by a token or as the party, see to bad ratings, count."""

from datetime import date
from typing import Any

from flask import Response, jsonify
from flask.views import MethodView
from marshmallow import fields, validate

from api.auth.tokens import whoami
from api.problems import Problem, invalid
from api.v1.common import (
    ID_LIMIT,
    PageArguments,
    Strict,
    StrictBlueprint,
    StrictBoolean,
    decode_cursor,
    encode_cursor,
    office,
)
from workflow.casework import ratings
from workflow.casework.now import now

blp = StrictBlueprint("ratings", __name__, description="好差评")


class Rating(Strict):
    level = fields.Integer(required=True, strict=True, validate=validate.Range(1, 5))
    comment = fields.String(load_default="", validate=validate.Length(max=1000))
    anonymous = StrictBoolean(load_default=False)


class BadQuery(PageArguments):
    open = fields.String(load_default=None, validate=validate.OneOf(("true", "false")))


class Step(Strict):
    note = fields.String(required=True, validate=validate.Length(2, 2000))


class CountQuery(Strict):
    by = fields.String(load_default="item", validate=validate.OneOf(tuple(ratings.GROUPS)))
    first = fields.Date(load_default=date(1990, 1, 1), data_key="from")
    last = fields.Date(load_default=date(2200, 1, 1), data_key="to")


@blp.route("/public/ratings/<token>")
class ByToken(MethodView):
    @blp.response(200)
    @blp.alt_response(404, description="没有这个评价码")
    def get(self, token: str) -> Response:
        """这个评价码可以评价哪次服务（无需登录）"""
        return jsonify(ratings.invitation(office(), token))

    @blp.arguments(Rating)
    @blp.response(201)
    @blp.alt_response(404, description="没有这个评价码")
    @blp.alt_response(409, description="已经评价")
    def post(self, body: dict[str, Any], token: str) -> tuple[Response, int]:
        """凭评价码评价，1 最好、5 最差，一次服务评价一次"""
        kept = ratings.rate(office(), token, body["level"], _said(body), now(), anonymous=body["anonymous"])
        return jsonify(kept), 201


@blp.route("/cases/<case_no>/rating")
class Own(MethodView):
    @blp.arguments(Rating)
    @blp.response(201)
    @blp.alt_response(404, description="没有这个办件，或不属于您")
    @blp.alt_response(409, description="尚未办结，或者已经评价")
    def post(self, body: dict[str, Any], case_no: str) -> tuple[Response, int]:
        """当事人评价自己的办件"""
        kept = ratings.rate_own(
            office(), case_no, whoami(), body["level"], _said(body), now(), anonymous=body["anonymous"]
        )
        return jsonify(kept), 201


def _said(body: dict[str, Any]) -> str:
    comment = str(body["comment"]).strip()
    if "\x00" in comment:
        raise invalid([{"field": "comment", "message": "含有不可见字符，请删除后重新填写。"}])
    return comment


@blp.route("/ratings/bad")
class Bad(MethodView):
    @blp.arguments(BadQuery, location="query")
    @blp.response(200)
    @blp.alt_response(403, description="不是工作人员")
    def get(self, query: dict[str, Any]) -> Response:
        """本部门的差评和处理情况，新的在前；匿名的不显示办件"""
        person, after = whoami(), decode_cursor(query["cursor"], id=int)
        items, more = ratings.bad_ratings(
            office(),
            person,
            is_open=None if query["open"] is None else query["open"] == "true",
            before=after["id"] if after else None,
            limit=query["limit"],
            today=now().date(),
        )
        return jsonify({"items": items, "next": encode_cursor({"id": more} if more else None)})


@blp.route("/ratings/bad/<int:rating_id>/<any('call-back', answer, rectify, close, appeal, uphold, dismiss):step>")
class BadStep(MethodView):
    @blp.arguments(Step)
    @blp.response(200)
    @blp.alt_response(403, description="没有这个岗位")
    @blp.alt_response(404, description="没有这条差评，或不属于您的部门")
    @blp.alt_response(409, description="当前状态不能办理")
    def post(self, body: dict[str, str], rating_id: int, step: str) -> Response:
        """回访、答复、整改、办结；申诉和裁定"""
        taken = ratings.take_step(office(), min(rating_id, ID_LIMIT - 1), step, body["note"], whoami(), now())
        return jsonify(taken)


@blp.route("/statistics/ratings")
class Counts(MethodView):
    @blp.arguments(CountQuery, location="query")
    @blp.response(200)
    @blp.alt_response(403, description="没有统计权限")
    def get(self, query: dict[str, Any]) -> Response:
        """评价统计：按事项、部门或者人员（人员的只有监察和审计人员可以看）"""
        person = whoami()
        if query["by"] == "person" and not person.oversees:
            raise Problem(403, "WRONG_POST", "没有查看这项统计的岗位。")
        period = {"first": query["first"], "last": query["last"]}
        items = ratings.statistics(office(), by=query["by"], **period)
        return jsonify({"items": items, **ratings.participation(office(), **period), "next": None})
