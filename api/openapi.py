"""The OpenAPI document, made from the marshmallow schemas; errors are documented as problem documents."""

from typing import Any

from flask import Flask, Response, current_app, json

from api.problems import MEDIA_TYPE, ProblemApi

PUBLIC = (
    "/api/v1/auth/token",
    "/api/v1/auth/refresh",
    "/api/v1/catalog/",
    "/api/v1/public/",
    "/api/v1/clock/explain",
    "/api/v1/calendar/{year}",
)


class BanjianApi(ProblemApi):
    """Serves the document under /api/openapi.json with the content types we really send."""

    def _openapi_json(self) -> Response:
        document = self.spec.to_dict()
        for path, item in document.get("paths", {}).items():
            for method, operation in item.items():
                if isinstance(operation, dict):
                    _mend(operation, public=_is_public(path, method))
        return current_app.response_class(json.dumps(document, indent=2), mimetype="application/json")


def _is_public(path: str, method: str) -> bool:
    """Everybody reads the catalogue and checks themselves; only its administrators change it."""
    is_change = path.startswith("/api/v1/catalog/") and method == "post" and not path.endswith("/selfcheck")
    is_registration = path == "/api/v1/accounts" and method == "post"
    return is_registration or (path.startswith(PUBLIC) and not is_change)


def _mend(operation: dict[str, Any], *, public: bool) -> None:
    if not public:
        operation["security"] = [{"bearer": []}]
    problem = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for status, response in operation.get("responses", {}).items():
        if isinstance(response, dict) and (status == "default" or status.startswith(("4", "5"))):
            response.pop("$ref", None)
            response.setdefault("description", "错误")
            response["content"] = problem


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
