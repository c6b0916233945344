"""Lists of items, closing an item to new cases, and the change log. Everybody reads; the catalogue's administrators write."""

from datetime import date
from typing import Any

from flask import Response, jsonify
from flask.views import MethodView
from marshmallow import ValidationError, fields, validate

from api.auth.tokens import reader, whoami
from api.catalogue import catalogue
from api.problems import Problem, invalid
from api.v1.catalog import find_entry
from api.v1.common import PageArguments, Strict, StrictBlueprint, decode_cursor, encode_cursor, known_key, office
from api.v1.proposals import proposed
from service_catalog.catalog import UnknownItem
from service_catalog.values import clean_text
from workflow.casework import catalogue as changing
from workflow.casework.catalogue import Author
from workflow.casework.now import now
from workflow.casework.proposals import KINDS, propose

blp = StrictBlueprint("catalog-lists", __name__, description="事项清单和目录变更")
CODES_MAX = 500


class Words(fields.Field[str]):
    """A text without invisible characters, in one line."""

    def __init__(self, most: int, **more: Any) -> None:
        super().__init__(**more)
        self.most = most

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text, wrong = clean_text(value, self.most)
        if wrong:
            raise ValidationError(wrong)
        return text


class NewList(Strict):
    list_id = fields.String(
        required=True,
        validate=validate.Regexp(r"^[a-z0-9][a-z0-9-]{0,39}\Z", error="应当由小写字母、数字和短横线组成，最多 40 个。"),
    )
    name = Words(100, required=True)
    note = Words(1000, load_default="")
    basis = Words(1000, required=True)


class NewEntries(Strict):
    item_codes = fields.List(
        fields.String(validate=validate.Length(1, 50)), required=True, validate=validate.Length(1, CODES_MAX)
    )
    valid_from = fields.Date(load_default=None)
    basis = Words(1000, required=True)


class EndEntry(Strict):
    valid_until = fields.Date(required=True)
    basis = Words(1000, required=True)


class CancelItem(Strict):
    cancelled_from = fields.Date(required=True)
    basis = Words(1000, required=True)


class RestoreItem(Strict):
    basis = Words(1000, required=True)


class EntryQuery(PageArguments):
    on = fields.Date(load_default=None)


class ChangeQuery(PageArguments):
    item_code = fields.String(load_default=None, validate=validate.Length(1, 50))
    list_id = fields.String(load_default=None, data_key="list", validate=validate.Length(1, 40))


def author(basis: str) -> Author:
    """Return who changes the catalogue. Raises Problem 401."""
    person = whoami()
    return Author(person.id, person.name, now(), basis)


@blp.route("/catalog/lists")
class Lists(MethodView):
    @blp.response(200)
    def get(self) -> Response:
        """列出事项清单"""
        return jsonify({"items": changing.all_lists(office()), "next": None})

    @blp.arguments(NewList)
    @blp.response(201)
    @blp.alt_response(401, description="未登录")
    @blp.alt_response(403, description="不是事项管理员")
    @blp.alt_response(409, description="编号或者名称已被使用")
    def post(self, body: dict[str, str]) -> Response:
        """新建一个清单"""
        made = changing.create_list(
            office(), body["list_id"], body["name"], body["note"], author(body["basis"]), known_key()
        )
        return _created(made, f"/api/v1/catalog/lists/{made['list_id']}")


@blp.route("/catalog/lists/<list_id>")
class ListView(MethodView):
    @blp.arguments(EntryQuery, location="query")
    @blp.response(200)
    @blp.alt_response(404, description="没有这个清单")
    def get(self, query: dict[str, Any], list_id: str) -> Response:
        """查看一个清单：哪些事项、自何时起、依据什么；on 只看某一天有效的"""
        after = decode_cursor(query["cursor"], id=int)
        found, page, more = changing.list_of(
            office(),
            list_id.replace("\x00", ""),
            after=after["id"] if after else 0,
            limit=query["limit"],
            on=query["on"],
        )
        entries = [_for_reader(one, "added_by", "ended_by") for one in page]
        return jsonify({**found, "items": entries, "next": encode_cursor({"id": more} if more else None)})


@blp.route("/catalog/lists/<list_id>/entries")
class Entries(MethodView):
    @blp.arguments(NewEntries)
    @blp.response(202)
    @blp.alt_response(401, description="未登录")
    @blp.alt_response(403, description="不是事项管理员")
    @blp.alt_response(404, description="没有这个清单")
    @blp.alt_response(409, description="已在清单上")
    def post(self, body: dict[str, Any], list_id: str) -> Response:
        """提议把事项列入清单，写明依据；由另一名事项管理员确认后生效"""
        who = author(body["basis"])
        named = known_items(body["item_codes"])
        day = body["valid_from"] or who.at.date()
        wanted = {"list": list_id.replace("\x00", ""), "items": named, "valid_from": day.isoformat()}
        return _propose("list-entries", wanted, body["basis"])


@blp.route("/catalog/lists/<list_id>/entries/<int:entry_id>/end")
class EndView(MethodView):
    @blp.arguments(EndEntry)
    @blp.response(202)
    @blp.alt_response(401, description="未登录")
    @blp.alt_response(403, description="不是事项管理员")
    @blp.alt_response(404, description="没有这一条")
    @blp.alt_response(409, description="已经结束")
    def post(self, body: dict[str, Any], list_id: str, entry_id: int) -> Response:
        """提议自某日之后移出清单，写明依据；由另一名事项管理员确认后生效"""
        if entry_id >= 2**63:
            raise Problem(404)
        author(body["basis"])
        until = body["valid_until"].isoformat()
        wanted = {"list": list_id.replace("\x00", ""), "entry": entry_id, "valid_until": until}
        return _propose("end-entry", wanted, body["basis"])


@blp.route("/catalog/items/<item_code>/cancel")
class Cancel(MethodView):
    @blp.arguments(CancelItem)
    @blp.response(202)
    @blp.alt_response(401, description="未登录")
    @blp.alt_response(403, description="不是事项管理员")
    @blp.alt_response(404, description="没有这个事项")
    @blp.alt_response(409, description="已经取消")
    def post(self, body: dict[str, Any], item_code: str) -> Response:
        """提议自某日起取消事项：不再受理新的申请，已经受理的继续办理；由另一名事项管理员确认后生效"""
        return _cancel(item_code, body["cancelled_from"], body["basis"])


@blp.route("/catalog/items/<item_code>/restore")
class Restore(MethodView):
    @blp.arguments(RestoreItem)
    @blp.response(202)
    @blp.alt_response(401, description="未登录")
    @blp.alt_response(403, description="不是事项管理员")
    @blp.alt_response(404, description="没有这个事项")
    @blp.alt_response(409, description="没有被取消")
    def post(self, body: dict[str, Any], item_code: str) -> Response:
        """提议恢复被取消的事项；由另一名事项管理员确认后生效"""
        return _cancel(item_code, None, body["basis"])


@blp.route("/catalog/changes")
class Changes(MethodView):
    @blp.arguments(ChangeQuery, location="query")
    @blp.response(200)
    def get(self, query: dict[str, Any]) -> Response:
        """目录变更记录，新的在前"""
        before = decode_cursor(query["cursor"], id=int)
        found, more = changing.changes(
            office(),
            before=before["id"] if before else None,
            limit=query["limit"],
            item_code=_clean(query["item_code"]),
            list_id=_clean(query["list_id"]),
        )
        items = [_for_reader(one, "by") for one in found]
        return jsonify({"items": items, "next": encode_cursor({"id": more} if more else None)})


def _cancel(item_code: str, cancelled_from: date | None, basis: str) -> Response:
    author(basis)
    code = find_entry(catalogue(), item_code).code
    day = cancelled_from.isoformat() if cancelled_from else None
    return _propose("cancel-item", {"item": code, "cancelled_from": day}, basis)


def _propose(kind: str, wanted: dict[str, Any], basis: str) -> Response:
    """Propose a change; another administrator of the catalogue confirms it."""
    return proposed(propose(office(), KINDS[kind], wanted, basis, whoami(), now(), known_key()))


def known_items(codes: list[str]) -> dict[str, str]:
    """Return code → name. Raises Problem 422 naming every code that is unknown or comes twice."""
    known = catalogue()
    named: dict[str, str] = {}
    errors = []
    for number, code in enumerate(codes):
        field = f"item_codes.{number}"
        try:
            entry = known.entry(code)
        except UnknownItem:
            errors.append({"field": field, "code": "ITEM_UNKNOWN", "message": f"事项编码：没有事项 {code}。"})
            continue
        if entry.code in named:
            errors.append({"field": field, "message": f"事项编码：{code} 重复，请删除一个。"})
        named[entry.code] = entry.name
    if errors:
        raise invalid(errors)
    return named


def _for_reader(one: dict[str, Any], *hidden: str) -> dict[str, Any]:
    """Who did it is the office's business: only staff see names."""
    person = reader()
    if person is not None and person.kind == "staff":
        return one
    return {key: value for key, value in one.items() if key not in hidden}


def _clean(text: str | None) -> str | None:
    return text.replace("\x00", "") if text else text


def _created(body: dict[str, Any], location: str) -> Response:
    response = jsonify(body)
    response.status_code = 201
    response.headers["Location"] = location
    return response
