"""Working days: everyone may read them; who looks after the catalogue loads a new notice."""

from typing import Any

from flask import Response, jsonify
from flask.views import MethodView
from marshmallow import fields, validate

from api.auth.tokens import whoami
from api.problems import Problem, invalid
from api.v1.common import (
    JsonObject,
    PageArguments,
    Strict,
    StrictBlueprint,
    StrictBoolean,
    decode_cursor,
    encode_cursor,
    known_key,
    office,
)
from api.v1.proposals import proposed
from workflow.casework import calendar as loading
from workflow.casework.errors import RefusedError
from workflow.casework.now import now
from workflow.casework.proposals import propose
from workflow.casework.recompute import waiting
from workflow.definitions.holiday_notice import NoticeError, Remark, check_notice

blp = StrictBlueprint("calendar", __name__, description="工作日历")
LAW = "行政许可法 第八十二条"


class NoticeBody(Strict):
    """What a notice says is checked as a notice file is: each error by its own field."""

    year = fields.Raw(required=True, metadata={"type": "integer"})
    source = fields.Raw(required=True, metadata={"type": "string"})
    doc_no = fields.Raw(required=True, metadata={"type": "string", "example": "国办发明电〔2026〕7号"})
    published_on = fields.Raw(required=True, metadata={"type": "string", "format": "date"})
    days_off = JsonObject(required=True, metadata={"description": "休息日：日期对应节日名称"})
    worked = fields.Raw(required=True, metadata={"type": "array", "items": {"type": "string", "format": "date"}})
    confirm = StrictBoolean(load_default=False, metadata={"description": "对异常之处已经核实"})
    dry_run = StrictBoolean(load_default=False, metadata={"description": "只说明会改变什么，不载入"})


class ChangesQuery(PageArguments):
    version = fields.Integer(required=True, validate=validate.Range(1, 1 << 62))


@blp.route("/calendar/<int:year>")
class Year(MethodView):
    @blp.response(200)
    @blp.alt_response(404, description="这一年的安排尚未载入")
    def get(self, year: int) -> Response:
        """查看一年的节假日安排（无需登录）"""
        found = loading.schedule(office(), year) if year < 10_000 else None
        if found is None:
            detail = f"{year}年的节假日安排尚未载入，涉及的日期是暂定的。"
            raise Problem(404, "CALENDAR_NOT_LOADED", detail, law=LAW)
        return jsonify(
            {
                "year": found.year,
                "version": found.id,
                "source": found.source,
                "doc_no": found.doc_no,
                "published_on": found.published_on.isoformat() if found.published_on else None,
                "loaded_at": found.loaded_at.isoformat(),
                "days_off": found.off,
                "worked": list(found.worked),
            }
        )


@blp.route("/calendar")
class Calendar(MethodView):
    @blp.arguments(NoticeBody)
    @blp.response(202)
    @blp.alt_response(403, description="没有载入日历的岗位")
    @blp.alt_response(409, description="有异常之处，须核实后写明 confirm")
    @blp.alt_response(422, description="安排有误")
    def post(self, body: dict[str, Any]) -> tuple[Response, int]:
        """提议载入一年的节假日安排或者更正：由另一人确认后生效，在办件的期限随后由后台逐件重新计算"""
        person = whoami()
        key = known_key()
        confirmed, dry_run = body.pop("confirm"), body.pop("dry_run")
        try:
            notice = check_notice(body, today=now().date())
        except NoticeError as error:
            raise invalid([_remark(one) for one in error.errors]) from error
        if dry_run:
            looked = loading.preview(office(), notice, now())
            cases = [{"case_no": case_no, "changes": list(rows)} for case_no, rows in looked.cases]
            return jsonify({**_answer(None, notice.year, looked.days, looked.doubts), "cases": cases}), 200
        try:
            wanted = {"notice": body, "confirm": confirmed}
            made = propose(office(), loading.KIND, wanted, notice.source[:1000], person, now(), key)
        except RefusedError as error:
            if error.refused.codes != ("NOTHING_TO_CHANGE",):
                raise
            return jsonify(_answer(None, notice.year, (), notice.doubts)), 200
        except loading.NotConfirmed as error:
            detail = "这份安排有异常之处，没有载入。请对照通知核实；确认无误的，写明 confirm: true 再次提交。"
            errors = [_remark(doubt) for doubt in error.doubts]
            raise Problem(409, "CALENDAR_NOT_CONFIRMED", detail, errors=errors, law=LAW) from error
        return proposed(made)


@blp.route("/calendar/changes")
class Changes(MethodView):
    @blp.arguments(ChangesQuery, location="query")
    @blp.response(200)
    @blp.alt_response(403, description="没有查看的岗位")
    def get(self, query: dict[str, Any]) -> Response:
        """列出一个日历版本改变了哪些办件的期限：之前和之后"""
        after = decode_cursor(query["cursor"], case=int, clock=str)
        lines, more = loading.changes(
            office(),
            query["version"],
            after=(after["case"], after["clock"]) if after else (0, ""),
            limit=query["limit"],
        )
        items = [
            {
                "case_no": line.case_no,
                "clock": line.clock,
                "was_due": line.was_due.isoformat(),
                "was_provisional": line.was_provisional,
                "due": line.due.isoformat(),
                "provisional": line.provisional,
                "note": line.note,
                "seq": line.seq,
            }
            for line in lines
        ]
        cursor = {"case": more[0], "clock": more[1]} if more else None
        return jsonify({"items": items, "next": encode_cursor(cursor), "waiting": waiting(office())})


def _remark(remark: Remark) -> dict[str, str]:
    return {"field": remark.field, "message": f"{remark.what}。"}


def _answer(version: int | None, year: int, days: Any, doubts: Any) -> dict[str, Any]:
    return {
        "version": version,
        "year": year,
        "days": [
            {
                "date": change.day.isoformat(),
                "was_working": change.was_working,
                "is_working": change.is_working,
                "name": change.name,
            }
            for change in days
        ],
        "doubts": [_remark(doubt) for doubt in doubts],
    }
