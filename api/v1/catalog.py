"""The catalogue: items, guides, processes. Public: everyone may read what the office offers."""

from typing import Any

from flask import Response, jsonify
from flask.views import MethodView
from marshmallow import fields, validate

from api.catalogue import catalogue
from api.problems import Problem
from api.v1.common import PageArguments, Strict, StrictBlueprint, decode_cursor, encode_cursor
from service_catalog.catalog import UnknownItem
from service_catalog.forms import json_schema
from service_catalog.guide import guide
from service_catalog.model import ServiceItem
from workflow.casework.now import now
from workflow.definitions.bpmn.write import bpmn
from workflow.definitions.diagram import mermaid
from workflow.definitions.loader import processes
from workflow.engine.model import Process

blp = StrictBlueprint("catalog", __name__, description="事项目录")


class ItemQuery(PageArguments):
    q = fields.String(load_default=None, validate=validate.Length(max=100))
    process = fields.String(load_default=None, validate=validate.Length(max=40))
    department = fields.String(load_default=None, validate=validate.Length(max=100))
    attribute = fields.String(load_default=None, validate=validate.Length(max=20))


class ItemBrief(Strict):
    item_code = fields.String(required=True)
    name = fields.String(required=True)
    name_en = fields.String()
    process = fields.String(required=True)
    department = fields.String(required=True)
    attributes = fields.List(fields.String())
    version = fields.String()


class ItemPage(Strict):
    items = fields.List(fields.Nested(ItemBrief), required=True)
    next = fields.String(allow_none=True)


def brief(item: ServiceItem) -> dict[str, Any]:
    """Return the list entry of an item."""
    return {
        "item_code": item.code,
        "name": item.name_zh,
        "name_en": item.name_en,
        "process": item.process,
        "department": item.department,
        "attributes": list(item.attributes),
        "version": item.version,
    }


def find_item(code: str) -> ServiceItem:
    """Return the item in force today. Raises Problem 404."""
    try:
        return catalogue().get(code, on=now().date())
    except UnknownItem as error:
        raise Problem(404, "ITEM_UNKNOWN", "没有这个事项。") from error


@blp.route("/catalog/items")
class Items(MethodView):
    @blp.arguments(ItemQuery, location="query")
    @blp.response(200, ItemPage)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """查询事项目录"""
        after = decode_cursor(query["cursor"], code=str)
        found = [
            item
            for item in catalogue().search(
                q=query["q"], process=query["process"], department=query["department"], attribute=query["attribute"]
            )
            if after is None or item.code > after["code"]
        ]
        page = found[: query["limit"]]
        more = {"code": page[-1].code} if len(found) > len(page) else None
        return {"items": [brief(item) for item in page], "next": encode_cursor(more)}


@blp.route("/catalog/items/<item_code>")
class Item(MethodView):
    @blp.response(200)
    @blp.alt_response(404, description="没有这个事项")
    def get(self, item_code: str) -> Response:
        """查看一个事项：手册的公开内容和申请表的 JSON Schema"""
        item = find_item(item_code)
        return jsonify({**brief(item), "guide": guide(item), "form_schema": json_schema(item)})


@blp.route("/catalog/items/<item_code>/guide")
class Guide(MethodView):
    @blp.response(200)
    @blp.alt_response(404, description="没有这个事项")
    def get(self, item_code: str) -> Response:
        """查看办事指南"""
        return jsonify(guide(find_item(item_code)))


@blp.route("/catalog/processes")
class Processes(MethodView):
    @blp.response(200)
    def get(self) -> Response:
        """列出标准化流程类型"""
        return jsonify({"items": [_process_brief(p) for p in processes().values()], "next": None})


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
