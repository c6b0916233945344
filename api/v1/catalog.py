"""The catalogue: items, guides, processes. Public: everyone may read what the office offers."""

from typing import Any

from flask import Response, jsonify
from flask.views import MethodView
from marshmallow import fields, validate

from api.catalogue import catalogue
from api.problems import Problem
from api.v1.common import PageArguments, Strict, StrictBlueprint, decode_cursor, encode_cursor, office
from service_catalog.catalog import Catalog, UnknownItem, place
from service_catalog.forms import json_schema
from service_catalog.guide import guide
from service_catalog.listed_guide import listed_guide
from service_catalog.search import Entry
from workflow.casework.catalogue import columns_of
from workflow.casework.now import now
from workflow.definitions.bpmn.write import bpmn
from workflow.definitions.diagram import mermaid
from workflow.definitions.loader import processes
from workflow.engine.model import Process

blp = StrictBlueprint("catalog", __name__, description="事项目录")
STATUSES = ("in-force", "not-yet", "suspended", "cancelled", "all")
Q_MAX = 100


class ItemQuery(PageArguments):
    q = fields.String(load_default=None, validate=validate.Length(max=Q_MAX))
    process = fields.String(load_default=None, validate=validate.Length(max=40))
    department = fields.String(load_default=None, validate=validate.Length(max=100))
    attribute = fields.String(load_default=None, validate=validate.Length(max=20))
    applicant = fields.String(load_default=None, validate=validate.Length(max=20))
    kind = fields.String(load_default=None, validate=validate.Length(max=20))
    list_id = fields.String(load_default=None, data_key="list", validate=validate.Length(max=40))
    status = fields.String(load_default="in-force", validate=validate.OneOf(STATUSES))


class ItemBrief(Strict):
    item_code = fields.String(required=True)
    name = fields.String(required=True)
    name_en = fields.String()
    kind = fields.String()
    process = fields.String(required=True, allow_none=True)
    department = fields.String(required=True)
    attributes = fields.List(fields.String())
    version = fields.String()
    status = fields.String()
    has_manual = fields.Boolean()
    task_code = fields.String(allow_none=True)
    lists = fields.List(fields.String())


class ItemPage(Strict):
    items = fields.List(fields.Nested(ItemBrief), required=True)
    next = fields.String(allow_none=True)


def brief(entry: Entry) -> dict[str, Any]:
    """Return the list entry of an item."""
    today = now().date()
    return {
        "item_code": entry.code,
        "name": entry.name,
        "name_en": entry.name_en,
        "kind": entry.kind,
        "process": entry.process or None,
        "department": entry.department,
        "attributes": list(entry.attributes),
        "version": entry.version,
        "status": entry.status(today),
        "has_manual": entry.has_manual,
        "task_code": entry.task_code or None,
        "lists": sorted({one.list_id for one in entry.memberships if one.holds(today)}),
    }


def find_entry(known: Catalog, code: str) -> Entry:
    """Return the line of the catalogue. Raises Problem 404."""
    try:
        return known.entry(code)
    except UnknownItem as error:
        raise Problem(404, "ITEM_UNKNOWN", "没有这个事项。") from error


def guide_of(known: Catalog, entry: Entry) -> dict[str, Any]:
    """Return the guide of an item, or what is known of one that has no manual. Raises Problem 404 before its first day."""
    if not entry.has_manual:
        return listed_guide(known.listed[entry.code], columns_of(office(), entry.code))
    try:
        told = guide(known.guide_version(entry.code, now().date()))
    except UnknownItem as error:
        raise Problem(404, "ITEM_UNKNOWN", f"这个事项自 {entry.effective_from} 起办理。") from error
    return {**told, "has_manual": True}


@blp.route("/catalog/items")
class Items(MethodView):
    @blp.arguments(ItemQuery, location="query")
    @blp.response(200, ItemPage)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """查询事项目录：名称、关键词、拼音首字母，以及流程类型、部门、办理属性、申请人、清单、事项类型"""
        after = decode_cursor(query.pop("cursor"), rank=int, code=str)
        limit = query.pop("limit")
        found = catalogue().search(
            **query, on=now().date(), after=(after["rank"], after["code"]) if after else None, limit=limit + 1
        )
        page = found[:limit]
        more = dict(zip(("rank", "code"), place(page[-1], query["q"]), strict=True)) if len(found) > limit else None
        return {"items": [brief(entry) for entry in page], "next": encode_cursor(more)}


@blp.route("/catalog/items/<item_code>")
class Item(MethodView):
    @blp.response(200)
    @blp.alt_response(404, description="没有这个事项")
    def get(self, item_code: str) -> Response:
        """查看一个事项：手册的公开内容和申请表的 JSON Schema"""
        known = catalogue()
        entry = find_entry(known, item_code)
        told = guide_of(known, entry)
        schema = json_schema(known.guide_version(entry.code, now().date())) if entry.has_manual else None
        return jsonify({**brief(entry), "guide": told, "form_schema": schema})


@blp.route("/catalog/items/<item_code>/guide")
class Guide(MethodView):
    @blp.response(200)
    @blp.alt_response(404, description="没有这个事项")
    def get(self, item_code: str) -> Response:
        """查看办事指南"""
        known = catalogue()
        return jsonify(guide_of(known, find_entry(known, item_code)))


@blp.route("/catalog/processes")
class Processes(MethodView):
    @blp.response(200)
    def get(self) -> Response:
        """列出八个标准化流程类型（联办分支、证照的一生等内部流程按名称查看）"""
        kinds = [process for process in processes().values() if process.kind == "procedure"]
        return jsonify({"items": [_process_brief(process) for process in kinds], "next": None})


@blp.route("/catalog/processes/<slug>")
class ProcessView(MethodView):
    @blp.response(200)
    @blp.alt_response(404, description="没有这个流程")
    def get(self, slug: str) -> Response:
        """查看一个流程：环节、动作、时限和流程图"""
        process = processes().get(slug)
        if process is None:
            raise Problem(404, "PROCESS_UNKNOWN", "没有这个流程类型。")
        return jsonify(_process_json(process))


@blp.route("/catalog/processes/<slug>/bpmn")
class ProcessBpmn(MethodView):
    @blp.response(200, {"type": "string"}, content_type="application/xml")
    @blp.alt_response(404, description="没有这个流程")
    def get(self, slug: str) -> Response:
        """导出一个流程为 BPMN 2.0（含图形布局），可用通用建模工具打开"""
        process = processes().get(slug)
        if process is None:
            raise Problem(404, "PROCESS_UNKNOWN", "没有这个流程类型。")
        headers = {"Content-Disposition": f'attachment; filename="{process.slug}.bpmn"'}
        return Response(bpmn(process), mimetype="application/xml", headers=headers)


def _process_brief(process: Process) -> dict[str, Any]:
    return {"slug": process.slug, "name": process.title, "version": process.version, "law": process.law}


def _process_json(process: Process) -> dict[str, Any]:
    states = [
        {
            "state": state.name,
            "name": state.title,
            "phase": state.phase,
            "ends": state.ends or None,
            "task": {"for": state.task.post, "title": state.task.title} if state.task else None,
            "actions": [
                {
                    "action": action.name,
                    "name": action.title,
                    "by": list(action.by),
                    "needs": list(action.needs),
                    "issues": list(action.issues),
                    "then": action.then,
                    "law": action.law,
                }
                for action in state.actions.values()
            ],
        }
        for state in process.states.values()
    ]
    clocks = [
        {"id": clock.id, "name": clock.title, "length": clock.length, "law": clock.law}
        for clock in process.clocks.values()
    ]
    return {
        **_process_brief(process),
        "digest": process.digest,
        "starts_in": process.starts_in,
        "states": states,
        "clocks": clocks,
        "apart": [list(pair) for pair in process.apart],
        "mermaid": mermaid(process),
    }
