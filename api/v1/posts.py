"""Who holds which post; giving and taking one is proposed by a system administrator and confirmed by another."""

from typing import Any

from flask import Response, jsonify
from flask.views import MethodView
from marshmallow import fields, validate

from api.auth.tokens import whoami
from api.problems import Problem
from api.v1.common import (
    PageArguments,
    Strict,
    StrictBlueprint,
    StrictBoolean,
    decode_cursor,
    encode_cursor,
    known_key,
    office,
)
from api.v1.proposals import Proposal, proposed
from workflow.casework.now import now
from workflow.casework.posts import GIVABLE, posts_held
from workflow.casework.proposals import KINDS, propose

blp = StrictBlueprint("posts", __name__, description="岗位")


class PostQuery(PageArguments):
    person = fields.String(load_default=None, validate=validate.Length(1, 64))
    department = fields.String(load_default=None, validate=validate.Length(1, 100))
    post = fields.String(load_default=None, validate=validate.OneOf(GIVABLE))


class NewPost(Strict):
    person = fields.String(required=True, validate=validate.Length(1, 64))
    department = fields.String(required=True, validate=validate.Length(1, 100))
    post = fields.String(required=True, validate=validate.OneOf(GIVABLE))
    give = StrictBoolean(required=True, metadata={"description": "true 授予，false 收回"})
    valid_until = fields.Date(load_default=None, metadata={"description": "授予的最后一日；不写则没有期限"})
    because = fields.String(required=True, validate=validate.Length(1, 1000))


@blp.route("/posts")
class Posts(MethodView):
    @blp.arguments(PostQuery, location="query")
    @blp.response(200)
    @blp.alt_response(401, description="未登录")
    @blp.alt_response(403, description="没有查看的岗位")
    def get(self, query: dict[str, Any]) -> Response:
        """列出岗位：谁在哪个部门、自何时至何时"""
        after = decode_cursor(query["cursor"], after=str)
        clean = {
            key: query[key].replace("\x00", "") if query[key] else None for key in ("person", "department", "post")
        }
        items, more = posts_held(
            office(),
            now().date(),
            **clean,
            after=after["after"].replace("\x00", "") if after else "",
            limit=query["limit"],
        )
        return jsonify({"items": items, "next": encode_cursor({"after": more} if more else None)})

    @blp.arguments(NewPost)
    @blp.response(202, Proposal)
    @blp.alt_response(401, description="未登录")
    @blp.alt_response(403, description="不是系统管理员，或涉及本人")
    @blp.alt_response(409, description="没有可以改变的，或者不能由一人担任")
    @blp.alt_response(422, description="内容不符合要求")
    def post(self, body: dict[str, Any]) -> Response:
        """提议授予或者收回岗位；由另一名系统管理员确认后生效"""
        kind = KINDS["give-post" if body["give"] else "take-post"]
        if body["valid_until"] and not body["give"]:
            text = "收回岗位自确认之日起生效，不写截止日期。"
            raise Problem(422, errors=[{"field": "valid_until", "message": text}], detail=text)
        wanted = {key: body[key].replace("\x00", "") for key in ("person", "department", "post")}
        if body["give"]:
            wanted["valid_until"] = body["valid_until"].isoformat() if body["valid_until"] else None
        return proposed(propose(office(), kind, wanted, body["because"], whoami(), now(), known_key()))
