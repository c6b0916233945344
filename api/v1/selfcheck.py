"""Self-check for applicants (智能导办): a few questions of one item, or of several found by words. Nothing is stored."""

from collections.abc import Sequence
from typing import Any

from flask import Response, jsonify
from flask.views import MethodView
from marshmallow import fields, validate

from api.catalogue import catalogue, open_item
from api.problems import invalid
from api.v1.catalog import Q_MAX, brief, find_entry
from api.v1.common import JsonObject, Strict, StrictBlueprint
from service_catalog import selfcheck
from service_catalog.forms import FieldProblem
from service_catalog.model import ServiceItem
from service_catalog.schema import APPLICANT_TYPES
from workflow.casework.now import now

blp = StrictBlueprint("selfcheck", __name__, description="智能导办")
ITEMS_MAX = 10
SITUATIONS_MAX = 100


class Answered(Strict):
    answers = JsonObject(load_default=dict)
    applicant_type = fields.String(load_default=None, validate=validate.OneOf(list(APPLICANT_TYPES)))
    situations = fields.List(
        fields.String(validate=validate.Length(1, 40)), load_default=list, validate=validate.Length(max=SITUATIONS_MAX)
    )


class Asked(Answered):
    q = fields.String(required=True, validate=validate.Length(1, Q_MAX))


@blp.route("/catalog/items/<item_code>/selfcheck")
class ItemSelfCheck(MethodView):
    @blp.response(200)
    @blp.alt_response(404, description="没有这个事项")
    @blp.alt_response(422, description="没有手册，或者已经取消")
    def get(self, item_code: str) -> Response:
        """查看导办问题：只问决定去向、材料和时限的问题"""
        return jsonify(selfcheck.questionnaire(_item(item_code)))

    @blp.arguments(Answered)
    @blp.response(200)
    @blp.alt_response(404, description="没有这个事项")
    @blp.alt_response(422, description="回答不符合要求，或者没有手册、已经取消")
    def post(self, body: dict[str, Any], item_code: str) -> Response:
        """回答导办问题：能否申请、需要哪些材料、按什么流程和时限办理，不能申请的说明去向"""
        item = _item(item_code)
        clean, problems = selfcheck.check_answers(item, body["answers"], today=now().date())
        _refuse(problems, _unknown_situations(body["situations"], selfcheck.situations(item)))
        answers = selfcheck.Answers(clean, body["applicant_type"], frozenset(body["situations"]))
        return jsonify(selfcheck.result_json(selfcheck.check(item, answers), answers))


@blp.route("/catalog/selfcheck")
class SelfCheck(MethodView):
    @blp.arguments(Asked)
    @blp.response(200)
    @blp.alt_response(422, description="回答不符合要求")
    def post(self, body: dict[str, Any]) -> Response:
        """由关键词和回答找出应当申请的事项，并给出下一步要问的问题"""
        today, known = now().date(), catalogue()
        found = known.search(q=body["q"], on=today, limit=ITEMS_MAX)
        items = [known.get(entry.code, on=today) for entry in found if entry.has_manual]
        applying = frozenset(body["situations"])
        results, problems = selfcheck.compare(
            items, body["answers"], applicant_type=body["applicant_type"], applying=applying, today=today
        )
        ids = [f"{item.code}.{key}" for item in items for key in selfcheck.situations(item)]
        _refuse(problems, _unknown_situations(body["situations"], ids))
        elsewhere = [brief(entry) for entry in found if not entry.has_manual]
        return jsonify({**selfcheck.comparison_json(results), "without_manual": elsewhere})


def _item(code: str) -> ServiceItem:
    """Return the item in force. Raises Problem 404 for an unknown one, 422 for one nobody can apply for here."""
    return open_item(find_entry(catalogue(), code).code, now().date())


def _unknown_situations(given: Sequence[str], known: Any) -> list[dict[str, str]]:
    return [
        {"field": f"situations.{number}", "message": f"情形第 {number + 1} 项：没有“{one}”，请从 unless 中选择。"}
        for number, one in enumerate(given)
        if one not in known
    ]


def _refuse(problems: Sequence[FieldProblem], more: Sequence[dict[str, str]]) -> None:
    errors = [{"field": f"answers.{one.field}", "message": one.text} for one in problems]
    if errors or more:
        raise invalid([*errors, *more])
