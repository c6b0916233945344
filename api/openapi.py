"""The OpenAPI document, made from the marshmallow schemas; errors are documented as problem documents."""

from typing import Any

from flask import Flask, Response, current_app, json

from api.links import PREFIX, TAKES_VERSION, VERSION, links_of, operation_id
from api.problems import MEDIA_TYPE, ProblemApi

PUBLIC = (
    "/api/v1/auth/token",
    "/api/v1/auth/refresh",
    "/api/v1/catalog/",
    "/api/v1/public/",
    "/api/v1/clock/explain",
    "/api/v1/calendar/{year}",
)

REFUSED = {"401": "未登录", "403": "没有这个岗位或者这项授权，或者须先绑定动态口令"}
MISSING = "没有，或者不属于您"
IF_MATCH = {
    "name": VERSION, "in": "header", "required": True, "description": "所见版本，即上次回答的 ETag",
    "schema": {"type": "string", "pattern": '^"[0-9]{1,9}"$'},
}  # fmt: skip


class BanjianApi(ProblemApi):
    """Serves the document under /api/openapi.json with the content types we really send."""

    def _openapi_json(self) -> Response:
        document = self.spec.to_dict()
        for path, item in document.get("paths", {}).items():
            for method, operation in item.items():
                if isinstance(operation, dict):
                    if "{" in path:
                        operation.setdefault("responses", {}).setdefault("404", {"description": MISSING})
                    _mend(operation, public=_is_public(path, method))
                    _lead_on(operation, method, path)
        return current_app.response_class(json.dumps(document, indent=2), mimetype="application/json")


def _is_public(path: str, method: str) -> bool:
    """Everybody reads the catalogue and checks themselves; only its administrators change it."""
    is_change = path.startswith("/api/v1/catalog/") and method == "post" and not path.endswith("/selfcheck")
    is_registration = path == "/api/v1/accounts" and method == "post"
    return is_registration or (path.startswith(PUBLIC) and not is_change)


def _mend(operation: dict[str, Any], *, public: bool) -> None:
    if not public:
        operation["security"] = [{"bearer": []}]
        for status, said in REFUSED.items():  # by the gate before every view, whatever the view itself says of it
            operation.setdefault("responses", {}).setdefault(status, {"description": said})
    problem = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for status, response in operation.get("responses", {}).items():
        if isinstance(response, dict) and (status == "default" or status.startswith(("4", "5"))):
            response.pop("$ref", None)
            response.setdefault("description", "错误")
            response["content"] = problem


def _lead_on(operation: dict[str, Any], method: str, path: str) -> None:
    """Name the operation and what its answers lead to."""
    operation["operationId"] = operation_id(method, path)
    if f"{method.upper()} {path.removeprefix(PREFIX)}" in TAKES_VERSION:
        operation["parameters"] = [one for one in operation.get("parameters", ()) if one != IF_MATCH] + [IF_MATCH]
    for status, name, link in links_of(method, path):
        operation["responses"][str(status)].setdefault("links", {})[name] = link


def build_api(app: Flask) -> BanjianApi:
    """Attach the API to the application."""
    app.config.update(
        API_TITLE="办件 Banjian",
        API_VERSION="1",
        OPENAPI_VERSION="3.1.1",
        OPENAPI_URL_PREFIX="/api",
        OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS={
            "info": {"description": "政务服务标准化审批"},
            "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
        },
    )
    return BanjianApi(app)
