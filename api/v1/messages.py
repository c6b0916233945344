"""My messages, where I want to be reached, and what I want to be told."""

from typing import Any

from flask import Response, jsonify
from flask.views import MethodView
from marshmallow import fields, validate

from api.auth.tokens import whoami
from api.problems import invalid
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
from workflow.casework import contacts, messages
from workflow.casework.now import now

blp = StrictBlueprint("messages", __name__, description="消息")


class MessageQuery(PageArguments):
    unread = fields.String(load_default="false", validate=validate.OneOf(("true", "false")))


class Contact(Strict):
    address = fields.String(allow_none=True, load_default=None, validate=validate.Length(1, 200))
    courtesies = StrictBoolean(load_default=None)


@blp.route("/messages")
class Messages(MethodView):
    @blp.arguments(MessageQuery, location="query")
    @blp.response(200)
    @blp.alt_response(401, description="未登录")
    def get(self, query: dict[str, Any]) -> Response:
        """我的消息，新的在前；unread 是未读的条数"""
        after, person = decode_cursor(query["cursor"], id=int), whoami()
        items, more = messages.messages_for(
            office(),
            person,
            unread=query["unread"] == "true",
            before=after["id"] if after else None,
            limit=query["limit"],
        )
        unread = messages.unread_count(office(), person)
        return jsonify({"items": items, "unread": unread, "next": encode_cursor({"id": more} if more else None)})


@blp.route("/messages/read")
class AllRead(MethodView):
    @blp.response(200)
    @blp.alt_response(401, description="未登录")
    def post(self) -> Response:
        """全部标为已读"""
        return jsonify({"read": messages.mark_all_read(office(), whoami(), now()), "unread": 0})


@blp.route("/messages/<int:message_id>/read")
class Read(MethodView):
    @blp.response(200)
    @blp.alt_response(404, description="没有这条消息，或不属于您")
    def post(self, message_id: int) -> Response:
        """标为已读"""
        return jsonify(messages.mark_read(office(), whoami(), min(message_id, ID_LIMIT - 1), now()))


@blp.route("/messages/contacts")
class Contacts(MethodView):
    @blp.response(200)
    @blp.alt_response(401, description="未登录")
    def get(self) -> Response:
        """我的联系方式（只显示一部分）和接收选择；依法应当告知的消息不能退订"""
        return jsonify(contacts.contacts(office(), whoami().id))


@blp.route("/messages/contacts/<channel>")
class OneContact(MethodView):
    @blp.arguments(Contact)
    @blp.response(200)
    @blp.alt_response(422, description="地址不正确")
    def put(self, body: dict[str, Any], channel: str) -> Response:
        """填写一个联系方式（address），或者选择是否接收便民提示（courtesies）"""
        person, moment = whoami(), now()
        if channel not in contacts.CHANNELS:
            raise invalid([{"field": "channel", "message": f"只能是：{'、'.join(contacts.CHANNELS)}。"}])
        if body["address"] is not None:
            wrong = contacts.wrong_address(channel, body["address"])
            if wrong:
                raise invalid([{"field": "address", "message": wrong}])
            contacts.put_contact(office(), person.id, channel, body["address"], moment)
        if body["courtesies"] is not None:
            contacts.put_choice(office(), person.id, channel, body["courtesies"], moment)
        return jsonify(contacts.contacts(office(), person.id)[channel])

    @blp.response(200)
    @blp.alt_response(401, description="未登录")
    def delete(self, channel: str) -> Response:
        """删除一个联系方式"""
        person = whoami()
        if channel not in contacts.CHANNELS:
            raise invalid([{"field": "channel", "message": f"只能是：{'、'.join(contacts.CHANNELS)}。"}])
        contacts.put_contact(office(), person.id, channel, None, now())
        return jsonify(contacts.contacts(office(), person.id)[channel])
