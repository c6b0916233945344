"""POST /clock/explain: the clock as a pure function, for anyone."""

from typing import Any

from flask import Response, jsonify, request
from flask.views import MethodView

from api.problems import Problem
from api.strict_json import JsonRefused, parse
from api.v1.common import StrictBlueprint, office
from service_catalog.terms import rules_of
from workflow.casework.now import now
from workflow.definitions.limits import default_rules
from workflow.engine.explain import explain_json

blp = StrictBlueprint("clock", __name__, description="时限计算")
FACTS_MAX = 200


@blp.route("/clock/explain")
class Explain(MethodView):
    @blp.response(200)
    @blp.alt_response(400, description="不是 JSON")
    @blp.alt_response(422, description="事实不符合要求")
    def post(self) -> Response:
        """由事实算出每个时限的到期日，逐日说明；可一次给出多组事实（数组）"""
        facts = _body()
        with office().work() as connection:
            calendar = office().calendar(connection).without_history()
        answer = explain_json(facts, calendar, defaults=default_rules(), default_as_of=now(), rules_of_item=rules_of)
        return jsonify(answer)


def _body() -> Any:
    if not request.is_json:
        raise Problem(415)
    try:
        facts = parse(request.get_data())
    except JsonRefused as error:
        raise Problem(400, "MALFORMED_JSON", str(error)) from error
    if isinstance(facts, list) and len(facts) > FACTS_MAX:
        raise Problem(413, "TOO_MANY", f"一次最多 {FACTS_MAX} 组事实。")
    return facts
