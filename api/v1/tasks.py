"""The staff inbox."""

from dataclasses import asdict
from datetime import date
from typing import Any

from flask import Response, jsonify
from flask.views import MethodView
from marshmallow import fields, validate

from api.auth.tokens import who_id, whoami
from api.v1.common import PageArguments, Strict, StrictBlueprint, decode_cursor, encode_cursor, office
from workflow.casework.assign import TaskView, claim, release, transfer
from workflow.casework.inbox import QUEUES, START, tasks
from workflow.casework.now import now

blp = StrictBlueprint("tasks", __name__, description="待办")


class TaskQuery(PageArguments):
    queue = fields.String(load_default="mine", validate=validate.OneOf(list(QUEUES)))


class Transfer(Strict):
    to = fields.String(required=True, validate=validate.Length(1, 64))
    reason = fields.String(load_default="转办", validate=validate.Length(1, 400))


class Task(Strict):
    id = fields.Integer(required=True)
    case_no = fields.String(required=True)
    item_code = fields.String()
    item_name = fields.String()
    process = fields.String()
    state = fields.String()
    department = fields.String()
    post = fields.String()
    title = fields.String()
    assignee = fields.String(allow_none=True)
    due_on = fields.String(allow_none=True)
    opened_at = fields.String()
    case_version = fields.Integer()
    alert = fields.String()
    delegated_by = fields.String(allow_none=True, metadata={"description": "代班：由谁委派"})
    delegated_until = fields.String(allow_none=True)


class TaskPage(Strict):
    items = fields.List(fields.Nested(Task), required=True)
    next = fields.String(allow_none=True)


@blp.route("/tasks")
class Tasks(MethodView):
    @blp.arguments(TaskQuery, location="query")
    @blp.response(200, TaskPage)
    @blp.alt_response(401, description="未登录")
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """待办列表，最先到期的在前"""
        cursor = decode_cursor(query["cursor"], due=str, id=int)
        after = (_date(cursor["due"]), cursor["id"]) if cursor else START
        page = tasks(office(), whoami(), query["queue"], now().date(), after=after, limit=query["limit"])
        more = {"due": str(page.next[0]), "id": page.next[1]} if page.next else None
        return {"items": [asdict(task) for task in page.items], "next": encode_cursor(more)}


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return date.min


def _answer(task: TaskView) -> Response:
    return jsonify(asdict(task))


@blp.route("/tasks/<int:task_id>/claim")
class Claim(MethodView):
    @blp.response(200, Task)
    @blp.alt_response(404, description="没有这个待办")
    @blp.alt_response(409, description="已由他人签收")
    def post(self, task_id: int) -> Response:
        """签收"""
        return _answer(claim(office(), task_id, who_id(), now()))


@blp.route("/tasks/<int:task_id>/release")
class Release(MethodView):
    @blp.response(200, Task)
    @blp.alt_response(404, description="没有这个待办")
    @blp.alt_response(409, description="不是您签收的")
    def post(self, task_id: int) -> Response:
        """退回待办池"""
        return _answer(release(office(), task_id, who_id(), now()))


@blp.route("/tasks/<int:task_id>/transfer")
class TransferView(MethodView):
    @blp.arguments(Transfer)
    @blp.response(200, Task)
    @blp.alt_response(404, description="没有这个待办")
    @blp.alt_response(409, description="不是您签收的")
    def post(self, body: dict[str, str], task_id: int) -> Response:
        """转交给同岗位的同事"""
        return _answer(transfer(office(), task_id, who_id(), body["to"], now(), reason=body["reason"]))
