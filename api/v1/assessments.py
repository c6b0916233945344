"""The month assessed, and the talks with the last ones."""

from datetime import date
from typing import Any

from flask import Response, jsonify
from flask.views import MethodView
from marshmallow import ValidationError, fields, validate

from api.problems import Problem
from api.v1.common import ID_LIMIT, Strict, StrictBlueprint, office
from api.v1.supervision import catch_up, overseer
from workflow.casework.now import now
from workflow.oversight.assessment import KINDS, CannotAssess, Talk, assess, assessment, write_talk

blp = StrictBlueprint("assessments", __name__, description="考核与约谈")


class Month(fields.Field[date]):
    """2026-09."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date:
        try:
            found = date.fromisoformat(f"{value}-01")
        except (TypeError, ValueError):
            raise ValidationError("应当写成 2026-09 的样子。") from None
        if not 1990 <= found.year <= 2200:
            raise ValidationError("应当在 1990 至 2200 年之间。")
        return found


class Wanted(Strict):
    month = Month(required=True)
    kind = fields.String(load_default="department", validate=validate.OneOf(KINDS))


class TalkHeld(Wanted):
    subject = fields.String(required=True, validate=validate.Length(1, 200))
    held_on = fields.Date(required=True)
    present = fields.String(required=True, validate=validate.Length(1, 400))
    issues = fields.String(required=True, validate=validate.Length(1, 2000))
    improve_by = fields.Date(required=True)
    follows = fields.Integer(load_default=None, strict=True, validate=validate.Range(1, ID_LIMIT - 1))


@blp.route("/supervision/assessments")
class Assessments(MethodView):
    @blp.arguments(Wanted, location="query")
    @blp.response(200)
    @blp.alt_response(404, description="这个月还没有考核")
    def get(self, query: dict[str, Any]) -> Response:
        """一个月的考核：得分、排名、每一项的由来、约谈记录"""
        overseer()
        try:
            return jsonify(assessment(office().engine, query["month"], query["kind"]))
        except CannotAssess as error:
            raise Problem(404, "NOT_ASSESSED", str(error)) from None

    @blp.arguments(Wanted)
    @blp.response(200)
    @blp.alt_response(409, description="这个月还没有结束")
    def post(self, body: dict[str, Any]) -> Response:
        """考核一个月；再次考核另存一版，原来的保留"""
        person = overseer()
        catch_up()
        return _done(lambda: assess(office().engine, body["month"], body["kind"], by=person.id, now=now()))


@blp.route("/supervision/talks")
class Talks(MethodView):
    @blp.arguments(TalkHeld)
    @blp.response(200)
    @blp.alt_response(409, description="这个月还没有考核，或者约谈对象不在其中")
    def post(self, body: dict[str, Any]) -> Response:
        """记录一次末位约谈"""
        person = overseer()
        talk = Talk(
            **{name: body[name] for name in ("subject", "held_on", "present", "issues", "improve_by", "follows")}
        )
        return _done(lambda: write_talk(office().engine, body["month"], body["kind"], talk, by=person.id, now=now()))


def _done(ask: Any) -> Response:
    try:
        return jsonify(ask())
    except CannotAssess as error:
        raise Problem(409, "CANNOT_ASSESS", str(error)) from None
