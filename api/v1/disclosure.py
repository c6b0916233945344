"""What everybody may read without login: decisions and permits, with search and downloads; and orders to withdraw."""

import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from flask import Response, jsonify
from flask.views import MethodView
from marshmallow import fields, validate

from api.auth.tokens import whoami
from api.v1.common import ID_LIMIT, PageArguments, Strict, StrictBlueprint, decode_cursor, encode_cursor, office
from service_catalog.tables import write_csv, write_xlsx
from workflow.casework import disclosure, register
from workflow.casework.now import now

blp = StrictBlueprint("disclosure", __name__, description="公示")
PAGE = 500
PERMIT_COLUMNS = (
    "permit_no", "item_code", "item_name", "certificate", "holder", "department", "issued_on", "valid_from", "valid_until",
    "status",
)  # fmt: skip
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class DecisionFilter(Strict):
    q = fields.String(load_default=None, validate=validate.Length(1, 100))
    department = fields.String(load_default=None, validate=validate.Length(1, 100))
    item_code = fields.String(load_default=None, validate=validate.Length(1, 50))
    outcome = fields.String(load_default=None, validate=validate.OneOf(("granted", "refused")))
    first = fields.Date(load_default=None, data_key="from")
    last = fields.Date(load_default=None, data_key="to")


class DecisionQuery(DecisionFilter, PageArguments):
    pass


class PermitFilter(Strict):
    q = fields.String(load_default=None, validate=validate.Length(1, 100))
    department = fields.String(load_default=None, validate=validate.Length(1, 100))
    item_code = fields.String(load_default=None, validate=validate.Length(1, 50))
    status = fields.String(
        load_default=None, validate=validate.OneOf([status for status in disclosure.STATUS if status is not None])
    )


class PermitQuery(PermitFilter, PageArguments):
    pass


class DisclosureQuery(PageArguments):
    state = fields.String(load_default="held", validate=validate.OneOf(("public", "held", "withdrawn")))


class Order(Strict):
    reason = fields.String(required=True, validate=validate.Length(2, 1000))


def _filters(query: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in query.items() if name not in ("limit", "cursor", "state")}


@blp.route("/public/decisions")
class Decisions(MethodView):
    @blp.arguments(DecisionQuery, location="query")
    @blp.response(200)
    def get(self, query: dict[str, Any]) -> Response:
        """公示的准予和不予决定（无需登录），新的在前"""
        after = decode_cursor(query["cursor"], id=int)
        rows, more = disclosure.listed(
            office(), before=after["id"] if after else None, limit=query["limit"], **_filters(query)
        )
        items = [disclosure.shown(row) for row in rows]
        return jsonify({"items": items, "next": encode_cursor({"id": more} if more else None)})


@blp.route("/public/decisions.csv")
class DecisionsCsv(MethodView):
    @blp.arguments(DecisionFilter, location="query")
    @blp.response(200)
    def get(self, query: dict[str, Any]) -> Response:
        """下载双公示标准字段（CSV）"""
        return _file(_decision_rows(_filters(query)), "csv", "decisions")


@blp.route("/public/decisions.xlsx")
class DecisionsXlsx(MethodView):
    @blp.arguments(DecisionFilter, location="query")
    @blp.response(200)
    def get(self, query: dict[str, Any]) -> Response:
        """下载双公示标准字段（XLSX）"""
        return _file(_decision_rows(_filters(query)), "xlsx", "decisions")


def _decision_rows(wanted: dict[str, Any]) -> Iterator[Sequence[str]]:
    yield disclosure.COLUMNS
    before: int | None = None
    while True:
        rows, before = disclosure.listed(office(), before=before, limit=PAGE, **wanted)
        yield from (disclosure.standard_row(row) for row in rows)
        if before is None:
            return


@blp.route("/public/permits")
class PublicPermits(MethodView):
    @blp.arguments(PermitQuery, location="query")
    @blp.response(200)
    def get(self, query: dict[str, Any]) -> Response:
        """公开登记册（无需登录）：按证照编号、持有人、事项查找"""
        after = decode_cursor(query["cursor"], id=int)
        items, more = register.public_permits(
            office(), before=after["id"] if after else None, limit=query["limit"],
            **_filters(query),
        )  # fmt: skip
        return jsonify({"items": items, "next": encode_cursor({"id": more} if more else None)})


@blp.route("/public/permits.csv")
class PermitsCsv(MethodView):
    @blp.arguments(PermitFilter, location="query")
    @blp.response(200)
    def get(self, query: dict[str, Any]) -> Response:
        """下载登记册（CSV）"""
        rows = ([str(permit[name] or "") for name in PERMIT_COLUMNS] for permit in _permits(query))
        return _file(_with_head(PERMIT_COLUMNS, rows), "csv", "permits")


@blp.route("/public/permits.json")
class PermitsJson(MethodView):
    @blp.arguments(PermitFilter, location="query")
    @blp.response(200)
    def get(self, query: dict[str, Any]) -> Response:
        """下载登记册（JSON，每行一个对象）"""
        lines = "".join(f"{json.dumps(permit, ensure_ascii=False)}\n" for permit in _permits(query))
        response = Response(lines, content_type="application/x-ndjson; charset=utf-8")
        response.headers["Content-Disposition"] = 'attachment; filename="permits.json"'
        return response


def _permits(query: dict[str, Any]) -> Iterator[dict[str, Any]]:
    before: int | None = None
    while True:
        items, before = register.public_permits(office(), before=before, limit=PAGE, **query)
        yield from items
        if before is None:
            return


def _with_head(head: Sequence[str], rows: Iterator[Sequence[str]]) -> Iterator[Sequence[str]]:
    yield head
    yield from rows


def _file(rows: Iterator[Sequence[str]], kind: str, name: str) -> Response:
    """Return the rows as a file; nothing in it is ever run as a formula."""
    with tempfile.TemporaryDirectory(prefix="banjian-") as folder:
        path = Path(folder) / f"{name}.{kind}"
        if kind == "csv":
            write_csv(path, rows)
        else:
            write_xlsx(path, rows, title="行政许可双公示")
        content = path.read_bytes()
    response = Response(content, content_type="text/csv; charset=utf-8" if kind == "csv" else XLSX)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}-{now():%Y%m%d}.{kind}"'
    return response


@blp.route("/disclosures")
class Disclosures(MethodView):
    @blp.arguments(DisclosureQuery, location="query")
    @blp.response(200)
    @blp.alt_response(403, description="不是工作人员")
    def get(self, query: dict[str, Any]) -> Response:
        """本部门的公示：未能公示的（held，写明原因）、已撤下的、公示中的"""
        after = decode_cursor(query["cursor"], id=int)
        rows, more = disclosure.listed(
            office(),
            state=query["state"],
            reader=whoami(),
            today=now().date(),
            before=after["id"] if after else None,
            limit=query["limit"],
        )
        items = [disclosure.for_staff(row) for row in rows]
        return jsonify({"items": items, "next": encode_cursor({"id": more} if more else None)})


@blp.route("/disclosures/<int:disclosure_id>/<any(withdraw, restore):what>")
class DisclosureOrder(MethodView):
    @blp.arguments(Order)
    @blp.response(200)
    @blp.alt_response(403, description="不是首席审批官或者本机关负责人")
    @blp.alt_response(404, description="没有这条公示，或不属于您的部门")
    @blp.alt_response(409, description="已经是这个状态")
    def post(self, body: dict[str, str], disclosure_id: int, what: str) -> Response:
        """撤下（withdraw）或者恢复（restore）一条公示，写明理由，立即生效"""
        return jsonify(
            disclosure.order(office(), min(disclosure_id, ID_LIMIT - 1), what, body["reason"], whoami(), now())
        )
