"""What every resource of /api/v1 shares: strict bodies, keys, versions, cursors."""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from flask import Request, current_app, request
from flask_smorest import Blueprint
from marshmallow import RAISE, Schema, ValidationError, fields, validate
from webargs.flaskparser import FlaskParser

from api.problems import Problem, invalid
from api.strict_json import JsonRefused, parse
from workflow.casework.office import Office
from workflow.store.cases import Idempotency
from workflow.store.personal import blind

LIMIT_DEFAULT = 20
LIMIT_MAX = 100
ID_LIMIT = 2**63  # a bigint
_VERSION = re.compile(r'"(\d{1,9})"')


class StrictParser(FlaskParser):
    """Bodies are read strictly; a body of another type is 415, a body that is no JSON is 400."""

    DEFAULT_UNKNOWN_BY_LOCATION: dict[str, str | None] = {
        "json": RAISE,
        "form": RAISE,
        "files": None,
        "query": RAISE,
        "headers": None,
        "view_args": None,
        "cookies": None,
        "path": None,
    }

    def load_json(self, req: Request, schema: Schema) -> Any:
        """Return the body, {} if there is none. Raises Problem."""
        return read_body(req)


class StrictBlueprint(Blueprint):
    """A blueprint whose arguments are parsed strictly."""

    ARGUMENTS_PARSER = StrictParser()


class Strict(Schema):
    """Unknown keys are errors."""

    class Meta:
        unknown = RAISE


class StrictBoolean(fields.Field[bool]):
    """true or false, nothing that looks like it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError("Not a valid boolean.")
        return value


class JsonObject(fields.Dict):
    """A JSON object whose content is checked elsewhere (by a manual or an action)."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise ValidationError("Not a valid mapping type.")
        return value


class PageArguments(Strict):
    limit = fields.Integer(load_default=LIMIT_DEFAULT, validate=validate.Range(1, LIMIT_MAX))
    cursor = fields.String(load_default=None, validate=validate.Length(max=300))


def read_body(req: Request) -> Any:
    """Return the JSON body; {} if empty. Raises Problem 400 or 415."""
    text = req.get_data(cache=True)
    if not text:
        return {}
    if not req.is_json:
        raise Problem(415)
    try:
        body = parse(text)
    except JsonRefused as error:
        raise Problem(400, "MALFORMED_JSON", str(error)) from error
    if not isinstance(body, dict):
        raise Problem(400, "MALFORMED_JSON", "请求内容应当是一个 JSON 对象。")
    return body


def office() -> Office:
    """Return the application's office."""
    found: Office = current_app.extensions["banjian.office"]
    return found


def known_key(*more: str) -> Idempotency | None:
    """Return the caller's Idempotency-Key with a hash of what was asked, or None. Raises Problem 400."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not re.fullmatch(r"[\x21-\x7e]{1,200}", key):
        raise Problem(400, "BAD_IDEMPOTENCY_KEY", "Idempotency-Key 应当是 1 到 200 个可见 ASCII 字符。")
    digest = hashlib.sha256()
    for piece in (request.method, request.path, *more):
        digest.update(piece.encode() + b"\0")
    digest.update(request.get_data(cache=True) if not more else b"")
    return Idempotency(key, blind(digest.hexdigest(), "idempotency"))  # a bare digest of a form could be tried out


def seen_version() -> int:
    """Return the case version of If-Match. Raises Problem 428 if missing, 400 if malformed."""
    header = request.headers.get("If-Match")
    if header is None:
        raise Problem(428)
    match = _VERSION.fullmatch(header.strip())
    if match is None:
        raise Problem(400, "BAD_IF_MATCH", 'If-Match 应当是一个版本号，例如 If-Match: "3"。')
    return int(match.group(1))


def etag(version: int) -> dict[str, str]:
    """Return the ETag header of a case version."""
    return {"ETag": f'"{version}"'}


def encode_cursor(values: Mapping[str, Any] | None) -> str | None:
    """Return an opaque cursor, or None at the end."""
    if values is None:
        return None
    return base64.urlsafe_b64encode(json.dumps(values, separators=(",", ":")).encode()).decode().rstrip("=")


def decode_cursor(cursor: str | None, **types: type) -> dict[str, Any] | None:
    """Return a cursor's values, each of the type wanted. Raises Problem 422."""
    if cursor is None:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(values, dict) or set(values) != set(types):
            raise ValueError("keys")
        if not all(type(values[name]) is wanted for name, wanted in types.items()):
            raise ValueError("types")
        if any(isinstance(value, int) and abs(value) >= ID_LIMIT for value in values.values()):
            raise ValueError("size")
    except (ValueError, binascii.Error, UnicodeDecodeError) as error:
        raise invalid([{"field": "cursor", "message": "cursor 无效，请使用上一页返回的 next。"}]) from error
    return values
