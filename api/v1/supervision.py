"""What supervisors and auditors read, and what is said of an alert. No applicant is named anywhere here."""

from datetime import date
from typing import Any

from flask import Response, current_app, jsonify
from flask.views import MethodView
from marshmallow import ValidationError, fields, validate, validates_schema

from api.auth.tokens import whoami
from api.problems import Problem
from api.v1.common import ID_LIMIT, PageArguments, Strict, StrictBlueprint, decode_cursor, encode_cursor, office
from workflow.casework.access import ALERTS, may_of
from workflow.casework.now import now
from workflow.casework.people import Person
from workflow.oversight import handling, timeliness
from workflow.oversight.alerts import alert_rules
from workflow.oversight.figures import DIMENSIONS, FIGURES
from workflow.oversight.observe import Observer

blp = StrictBlueprint("supervision", __name__, description="效能监察")
TEXT = validate.Length(1, 2000)


def overseer() -> Person:
    """Return who asks: the gate lets in only those who oversee."""
    return whoami()


def reader(person: Person) -> handling.Reader:
    """Return who asks about alerts, with what the matrix lets them do."""
    may = {name: may_of(person, "alert", name, ALERTS) for name in ("list", "explain", "judge")}
    return handling.Reader(person.id, now().date(), may)


def catch_up() -> None:
    """Measure what has just happened, so that numbers are of this moment; a backlog is left to the worker."""
    kept = current_app.extensions.setdefault("banjian.observer", Observer(office().engine))
    kept.catch_up(now())


class Period(PageArguments):
    from_ = fields.Date(required=True, data_key="from")
    to = fields.Date(required=True)

    @validates_schema
    def _in_order(self, given: dict[str, Any], **_: Any) -> None:
        if given["from_"] > given["to"]:
            raise ValidationError("不能晚于 to。", "from")
        if not date(1990, 1, 1) <= given["from_"] or given["to"] > date(2200, 12, 31):
            raise ValidationError("应当在 1990 至 2200 年之间。", "from")


class TimelinessQuery(Period):
    by = fields.String(load_default="department", validate=validate.OneOf(list(DIMENSIONS)))


class DrillQuery(TimelinessQuery):
    figure = fields.String(required=True, validate=validate.OneOf(list(FIGURES)))
    key = fields.String(load_default=None, validate=validate.Length(0, 200))


class AlertQuery(PageArguments):
    status = fields.String(load_default=None, validate=validate.OneOf(["open", "explained", "upheld", "lifted"]))
    level = fields.String(load_default=None, validate=validate.OneOf(["yellow", "red"]))
    code = fields.String(load_default=None, validate=validate.Length(1, 60))
    department = fields.String(load_default=None, validate=validate.Length(1, 200))


class Said(Strict):
    text = fields.String(required=True, validate=TEXT)


class Urged(Said):
    answer_by = fields.Date(load_default=None)


@blp.route("/supervision/timeliness")
class Timeliness(MethodView):
    @blp.arguments(TimelinessQuery, location="query")
    @blp.response(200)
    @blp.alt_response(403, description="没有监察岗位")
    def get(self, query: dict[str, Any]) -> Response:
        """一段时间的时限执行情况，按部门、事项、人员、流程、岗位或者环节"""
        overseer()
        catch_up()
        return jsonify(timeliness.timeliness(office().engine, query["from_"], query["to"], query["by"]))


@blp.route("/supervision/cases")
class Behind(MethodView):
    @blp.arguments(DrillQuery, location="query")
    @blp.response(200)
    @blp.alt_response(403, description="没有监察岗位")
    def get(self, query: dict[str, Any]) -> Response:
        """一个数字由哪些办件构成，依据什么规则"""
        overseer()
        cursor = decode_cursor(query["cursor"], id=int)
        figure = FIGURES[query["figure"]]
        items, more = timeliness.behind(
            office().engine,
            figure.name,
            query["from_"],
            query["to"],
            by=query["by"],
            key=query["key"],
            after=cursor["id"] if cursor else -1,
            limit=query["limit"],
        )
        found = {"items": items, "next": encode_cursor({"id": more} if more else None)}
        return jsonify(
            {"figure": figure.name, "title": figure.title, "rule": figure.rule, "unit": figure.unit, **found}
        )


@blp.route("/supervision/overdue")
class Overdue(MethodView):
    @blp.arguments(PageArguments, location="query")
    @blp.response(200)
    @blp.alt_response(403, description="没有监察岗位")
    def get(self, query: dict[str, Any]) -> Response:
        """在办而已超过承诺期限或者法定期限的办件"""
        overseer()
        cursor = decode_cursor(query["cursor"], id=int)
        with office().look() as connection:
            calendar = office().calendar(connection)
        items, more = timeliness.overdue(
            office().engine, calendar, now().date(), after=cursor["id"] if cursor else -1, limit=query["limit"]
        )
        return jsonify({"items": items, "next": encode_cursor({"id": more} if more else None)})


@blp.route("/supervision/alerts")
class Alerts(MethodView):
    @blp.arguments(AlertQuery, location="query")
    @blp.response(200)
    @blp.alt_response(403, description="不是工作人员")
    def get(self, query: dict[str, Any]) -> Response:
        """红黄牌，新的在前；监察岗位看全部，其他工作人员看与本人或者本部门有关的"""
        cursor = decode_cursor(query["cursor"], id=int)
        filters = {name: query[name] for name in ("status", "level", "code", "department")}
        before = cursor["id"] if cursor else ID_LIMIT - 1
        items = handling.listed(office().engine, reader(whoami()), filters, before=before, limit=query["limit"] + 1)
        more = items[query["limit"] - 1]["id"] if len(items) > query["limit"] else None
        return jsonify({"items": items[: query["limit"]], "next": encode_cursor({"id": more} if more else None)})


@blp.route("/supervision/alerts/<int:alert_id>")
class Alert(MethodView):
    @blp.response(200)
    @blp.alt_response(404, description="没有这个预警，或与您无关")
    def get(self, alert_id: int) -> Response:
        """一个红黄牌：规则、依据、作为证据的办理记录、说明和处理"""
        return jsonify(_answered(lambda: handling.shown(office().engine, reader(whoami()), _id(alert_id))))


@blp.route("/supervision/alerts/<int:alert_id>/explain")
class Explain(MethodView):
    @blp.arguments(Said)
    @blp.response(200)
    @blp.alt_response(404, description="没有这个预警，或与您无关")
    @blp.alt_response(409, description="已经处理")
    def post(self, body: dict[str, Any], alert_id: int) -> Response:
        """经办人或者部门负责人说明"""
        return _handled(alert_id, "explained", body)


@blp.route("/supervision/alerts/<int:alert_id>/uphold")
class Uphold(MethodView):
    @blp.arguments(Said)
    @blp.response(200)
    @blp.alt_response(404, description="没有这个预警，或与您无关")
    @blp.alt_response(409, description="已经处理")
    def post(self, body: dict[str, Any], alert_id: int) -> Response:
        """认定"""
        return _handled(alert_id, "upheld", body)


@blp.route("/supervision/alerts/<int:alert_id>/lift")
class Lift(MethodView):
    @blp.arguments(Said)
    @blp.response(200)
    @blp.alt_response(404, description="没有这个预警，或与您无关")
    @blp.alt_response(409, description="已经处理")
    def post(self, body: dict[str, Any], alert_id: int) -> Response:
        """撤销"""
        return _handled(alert_id, "lifted", body)


@blp.route("/supervision/alerts/<int:alert_id>/urge")
class Urge(MethodView):
    @blp.arguments(Urged)
    @blp.response(200)
    @blp.alt_response(404, description="没有这个预警，或与您无关")
    @blp.alt_response(409, description="已经处理")
    def post(self, body: dict[str, Any], alert_id: int) -> Response:
        """督办"""
        return _handled(alert_id, "urged", body)


@blp.route("/supervision/rules")
class Rules(MethodView):
    @blp.response(200)
    def get(self) -> Response:
        """红黄牌规则：等级、依据、依据是否核实"""
        names = ("code", "name", "level", "law", "verified")
        return jsonify({"items": [{name: getattr(rule, name) for name in names} for rule in alert_rules()]})


def _id(alert_id: int) -> int:
    if alert_id >= ID_LIMIT:
        raise Problem(404)
    return alert_id


def _handled(alert_id: int, kind: handling.Kind, body: dict[str, Any]) -> Response:
    return jsonify(
        _answered(
            lambda: handling.handle(
                office().engine,
                reader(whoami()),
                _id(alert_id),
                kind,
                body["text"],
                now(),
                answer_by=body.get("answer_by"),
            )
        )
    )


def _answered(ask: Any) -> Any:
    try:
        return ask()
    except handling.NoSuchAlert:
        raise Problem(404) from None
    except handling.NotYours as error:
        raise Problem(403, "WRONG_POST", str(error)) from None
    except handling.AlreadyClosed as error:
        raise Problem(409, "ALERT_CLOSED", str(error)) from None
