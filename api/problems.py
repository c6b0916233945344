"""One error table: every error the API gives is application/problem+json (RFC 9457) with a stable code."""

import logging
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, json, render_template, request
from flask_smorest import Api
from flask_wtf.csrf import CSRFError
from marshmallow import Schema, fields
from werkzeug.exceptions import HTTPException

from workflow.casework.errors import KeyReused, NotFound, RefusedError, StaleCase, TaskTaken
from workflow.casework.factors import FactorExists, NoFactor
from workflow.casework.signing import StepUpRequired
from workflow.casework.storage import StoreUnavailable
from workflow.engine.errors import FactsError, Reason
from workflow.store.personal import CannotOpen

log = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"
STATUS_OF = {"forbidden": 403, "conflict": 409, "invalid": 422, "missing": 404}

CODES = {
    400: ("BAD_REQUEST", "请求无法读取。"),
    401: ("NOT_AUTHENTICATED", "请先登录，并在 Authorization 中带上令牌。"),
    403: ("FORBIDDEN", "没有权限。"),
    404: ("NOT_FOUND", "没有找到。"),
    405: ("METHOD_NOT_ALLOWED", "不支持这个方法。"),
    406: ("NOT_ACCEPTABLE", "不支持要求的内容类型。"),
    409: ("CONFLICT", "与当前状态冲突。"),
    412: ("STALE_VERSION", "办件已被更新，请重新读取后再办理。"),
    413: ("TOO_LARGE", "内容过大。"),
    414: ("URI_TOO_LONG", "地址过长。"),
    415: ("UNSUPPORTED_MEDIA_TYPE", "请使用 application/json。"),
    422: ("INVALID_INPUT", "内容不符合要求，请按 errors 逐项修改。"),
    428: ("VERSION_REQUIRED", '请在 If-Match 中写明办件版本，例如 If-Match: "3"。'),
    429: ("RATE_LIMITED", "请求过于频繁，请稍后再试。"),
    500: ("INTERNAL_ERROR", "系统内部错误，已记录。"),
    503: ("UNAVAILABLE", "服务暂不可用，请稍后再试。"),
}


class FieldErrorSchema(Schema):
    field = fields.String(required=True, metadata={"description": "路径，例如 form.storage_capacity"})
    code = fields.String()
    message = fields.String(required=True)
    law = fields.String()


class ProblemSchema(Schema):
    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    code = fields.String(required=True)
    detail = fields.String(required=True)
    instance = fields.String()
    law = fields.String()
    errors = fields.List(fields.Nested(FieldErrorSchema))
    current_version = fields.Integer()


class Problem(Exception):
    """Raised anywhere in a view; becomes one problem document."""

    def __init__(
        self,
        status: int,
        code: str | None = None,
        detail: str | None = None,
        *,
        errors: Sequence[Mapping[str, Any]] = (),
        law: str = "",
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        default_code, default_detail = CODES[status]
        self.status, self.code, self.detail = status, code or default_code, detail or default_detail
        self.errors, self.law, self.headers, self.more = list(errors), law, dict(headers or {}), more
        super().__init__(self.code)


def invalid(errors: Sequence[Mapping[str, Any]]) -> Problem:
    """Return a 422 that names every wrong field."""
    return Problem(422, errors=errors, detail="".join(str(error["message"]) for error in errors[:3]))


MACHINE_PATHS = ("/api/", "/healthz", "/readyz", "/metrics")


def respond(problem: Problem) -> Response:
    """Return the problem: a document for programs, a page for people."""
    if not request.path.startswith(MACHINE_PATHS):
        page = render_template("error.html", status=problem.status, detail=problem.detail)
        return Response(page, status=problem.status, headers=problem.headers, mimetype="text/html")
    body: dict[str, Any] = {
        "type": f"urn:banjian:problem:{problem.code.lower().replace('_', '-')}",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "code": problem.code,
        "detail": problem.detail,
        "instance": request.path,
    }
    if problem.law:
        body["law"] = problem.law
    if problem.errors:
        body["errors"] = problem.errors
    body.update(problem.more)
    response = Response(json.dumps(body, ensure_ascii=False), status=problem.status, mimetype=MEDIA_TYPE)
    response.headers.update(problem.headers)
    return response


def of_reasons(reasons: Sequence[Reason]) -> Problem:
    """Return the problem of a refusal: the first reason gives status, code and law; all are listed."""
    first = reasons[0]
    listed = [
        {"field": reason.field or "action", "code": reason.code, "message": reason.text, "law": reason.law}
        for reason in reasons
    ]
    return Problem(STATUS_OF[first.kind], first.code, first.text, law=first.law, errors=listed)


class ProblemApi(Api):
    """flask-smorest, with problem documents under /api/ and plain pages elsewhere."""

    ERROR_SCHEMA = ProblemSchema

    def handle_http_exception(self, error: HTTPException) -> Response:
        """Turn any HTTPException into our table."""
        status = error.code or 500
        if status not in CODES:
            status = 500 if status >= 500 else 400
        extra = getattr(error, "data", None) or {}
        headers = {
            name: value
            for name, value in error.get_headers()
            if name.lower() in ("allow", "retry-after", "www-authenticate", "location")
        }
        if status in (301, 302, 307, 308):
            return error.get_response()  # type: ignore[return-value]
        messages = extra.get("errors") or extra.get("messages")
        if messages:
            errors = flatten(messages)
            return respond(Problem(status, errors=errors, detail=errors[0]["message"], headers=headers))
        return respond(Problem(status, headers=headers))


# What a field of a request is called on pages; a message names it so, `field` keeps the path for programs.
FIELD_NAMES = {
    "action": "办理动作",
    "code": "口令",
    "email": "电子邮箱",
    "everywhere": "所有会话",
    "holder": "账号类型",
    "id_no": "证件号码",
    "legal_representative": "法定代表人",
    "new": "新密码",
    "old": "旧密码",
    "phone": "联系电话",
    "refresh_token": "刷新令牌",
    "username": "用户名",
    "address": "联系地址",
    "level": "评价等级",
    "comment": "评价内容",
    "anonymous": "是否匿名",
    "reason": "理由",
    "courtesies": "便民提示",
    "unread": "是否未读",
    "answers": "回答",
    "applicant": "申请人信息",
    "applicant_type": "申请人类型",
    "attribute": "办理属性",
    "basis": "依据",
    "cancelled_from": "取消日期",
    "channel": "申请渠道",
    "cursor": "翻页位置",
    "data": "办理内容",
    "department": "部门",
    "entry_id": "条目编号",
    "form": "申请表",
    "item_code": "事项编码",
    "item_codes": "事项编码",
    "kind": "事项类型",
    "limit": "每页条数",
    "list": "清单",
    "list_id": "清单编号",
    "name": "名称",
    "note": "说明",
    "opinion": "意见",
    "fields": "要查看的项",
    "password": "密码",
    "process": "流程类型",
    "q": "查询内容",
    "queue": "待办范围",
    "situations": "情形",
    "state": "环节",
    "status": "状态",
    "submit": "是否提交",
    "to": "转交给谁",
    "valid_from": "列入日期",
    "valid_until": "截止日期",
    "year": "年份",
}

_MESSAGES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"Unknown field\."), "没有这一项，请删除。"),
    (re.compile(r"Missing data for required field\."), "必填。"),
    (re.compile(r"Field may not be null\."), "不能为空。"),
    (re.compile(r"Not a valid string\."), "应当是文字。"),
    (re.compile(r"Not a valid integer\.|Not a valid number\."), "应当是整数。"),
    (re.compile(r"Number too large\."), "数值过大。"),
    (re.compile(r"Not a valid boolean\."), "应当是 true 或 false。"),
    (re.compile(r"Not a valid mapping type\.|Invalid input type\."), "应当是一个对象。"),
    (re.compile(r"Not a valid list\."), "应当是列表。"),
    (re.compile(r"Not a valid date\."), "应当是日期，例如 2026-09-01。"),
    (re.compile(r"Shorter than minimum length (\d+)\."), r"不能少于 \1 个。"),
    (re.compile(r"Longer than maximum length (\d+)\."), r"不能超过 \1 个。"),
    (re.compile(r"Length must be between (\d+) and (\d+)\."), r"长度应当是 \1 到 \2。"),
    (
        re.compile(r"Must be greater than or equal to (-?\d+) and less than or equal to (-?\d+)\."),
        r"应当是 \1 到 \2 之间的整数。",
    ),
    (re.compile(r"Must be one of: (.*)\."), r"只能是：\1。"),
    (re.compile(r"String does not match expected pattern\.|Invalid value\."), "写法不正确，请核对。"),
)


def flatten(messages: Any, path: str = "") -> list[dict[str, Any]]:
    """Return marshmallow messages as field errors in Chinese."""
    if isinstance(messages, Mapping):
        found = []
        for key, value in messages.items():
            hidden = not path and key in ("json", "query", "headers", "form", "files") and isinstance(value, Mapping)
            hidden = hidden or key == "_schema"
            inner = path if hidden else f"{path}.{key}" if path else str(key)
            found += flatten(value, inner)
        return found
    texts = messages if isinstance(messages, list) else [messages]
    return [{"field": path or "body", "message": f"{_label(path)}：{_chinese(str(text))}"} for text in texts]


def _label(path: str) -> str:
    """Return what people call the field: 事项编码, 事项编码第 3 项, or the path where it has no name."""
    name, _, place = path.rpartition(".")
    if place.isdigit() and name in FIELD_NAMES:
        return f"{FIELD_NAMES[name]}第 {int(place) + 1} 项"
    return FIELD_NAMES.get(path, path[:80] or "内容")


def _chinese(text: str) -> str:
    for pattern, chinese in _MESSAGES:
        match = pattern.search(text)
        if match:
            return match.expand(chinese)
    return text


def register(app: Flask) -> None:
    """Attach every handler. Nothing that goes wrong shows a traceback to a caller."""

    @app.errorhandler(Problem)
    def _problem(problem: Problem) -> Response:
        return respond(problem)

    @app.errorhandler(CSRFError)
    def _stale_form(error: CSRFError) -> Response:
        return respond(Problem(400, "STALE_FORM", "页面已经过期，请返回上一页，刷新后重新提交。"))

    @app.errorhandler(StepUpRequired)
    def _step_up(error: StepUpRequired) -> Response:
        if not request.path.startswith(MACHINE_PATHS) and request.method == "POST":
            sent = [(name, value) for name, value in request.form.items(multi=True) if name != "second_factor"]
            page = render_template("step_up.html", sent=sent, action=request.full_path.rstrip("?"), error=str(error))
            return Response(page, status=403, mimetype="text/html")
        detail = (
            "签发前请输入动态口令：在请求头 X-Second-Factor 中写明，或者先 POST /api/v1/auth/factor；十分钟内有效。"
        )
        return respond(Problem(403, "STEP_UP_REQUIRED", detail))

    @app.errorhandler(NoFactor)
    def _no_factor(error: NoFactor) -> Response:
        return respond(Problem(409, "NO_FACTOR", "您还没有绑定动态口令。"))

    @app.errorhandler(FactorExists)
    def _factor_exists(error: FactorExists) -> Response:
        return respond(Problem(409, "FACTOR_EXISTS", "您已经绑定动态口令；更换前请先解除。"))

    @app.errorhandler(RefusedError)
    def _refused(error: RefusedError) -> Response:
        return respond(of_reasons(error.refused.reasons))

    @app.errorhandler(NotFound)
    def _not_found(error: NotFound) -> Response:
        return respond(Problem(404))

    @app.errorhandler(StaleCase)
    def _stale(error: StaleCase) -> Response:
        detail = f"您看到的是第 {error.seen} 版，现在是第 {error.now} 版。"
        if error.last:
            detail += f"最近一步是 {error.last['actor']['name']} 办理的 {error.last['type']}。请重新读取后再办理。"
        return respond(Problem(412, detail=detail, current_version=error.now, headers={"ETag": f'"{error.now}"'}))

    @app.errorhandler(KeyReused)
    def _reused(error: KeyReused) -> Response:
        return respond(Problem(422, "IDEMPOTENCY_KEY_REUSED", "这个 Idempotency-Key 已用于另一个请求，请换一个。"))

    @app.errorhandler(StoreUnavailable)
    def _no_store(error: StoreUnavailable) -> Response:
        log.error("the store of files is not available", extra={"why": str(error)})
        return respond(Problem(503, "FILE_STORE_UNAVAILABLE", "文件存储暂不可用，请稍后再试。"))

    @app.errorhandler(CannotOpen)
    def _sealed(error: CannotOpen) -> Response:
        log.error("sealed value does not open", extra={"where": str(error).partition(":")[0]})
        return respond(
            Problem(503, "PERSONAL_DATA_UNAVAILABLE", "个人信息暂时无法读取，请联系系统管理员核对数据密钥。")
        )

    @app.errorhandler(TaskTaken)
    def _taken(error: TaskTaken) -> Response:
        detail = f"待办已由 {error.assignee} 签收。" if error.assignee else "待办尚未签收，请先签收。"
        return respond(Problem(409, "TASK_TAKEN", detail))

    @app.errorhandler(FactsError)
    def _facts(error: FactsError) -> Response:
        return respond(invalid([{"field": error.field, "message": error.what}]))

    @app.errorhandler(Exception)
    def _unexpected(error: Exception) -> Response:
        if isinstance(error, HTTPException):
            return app.ensure_sync(app.error_handler_spec[None][None][HTTPException])(error)  # type: ignore[no-any-return]
        log.exception("unexpected error")
        return respond(Problem(500))
