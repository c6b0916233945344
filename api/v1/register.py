"""The permit register, the public view of it, and the year's count."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Response, jsonify
from flask.views import MethodView

from api.auth.tokens import whoami
from api.catalogue import catalogue, check_application
from api.problems import Problem
from api.v1.cases import Case, answered
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
from service_catalog.lifecycle import OFFICE_PROCESS, OPERATIONS, office_terms
from workflow.casework import register
from workflow.casework.about_permits import about, open_about, permit_for
from workflow.casework.now import now
from workflow.casework.people import Person
from workflow.casework.submit import OpenRequest
from workflow.casework.views import Answer
from workflow.definitions.loader import processes
from workflow.store.cases import Idempotency

blp = StrictBlueprint("register", __name__, description="证照与统计")


class NewPermitCase(Strict):
    form = JsonObject(load_default=dict)
    submit = StrictBoolean(load_default=False)


@blp.route("/permits")
class Permits(MethodView):
    @blp.arguments(PageArguments, location="query")
    @blp.response(200)
    @blp.alt_response(401, description="未登录")
    def get(self, query: dict[str, Any]) -> Response:
        """列出我能看到的证照，新的在前"""
        after = decode_cursor(query["cursor"], id=int)
        items, more = register.permits_for(
            office(), whoami(), before=after["id"] if after else None, limit=query["limit"]
        )
        return jsonify({"items": items, "next": encode_cursor({"id": more} if more else None)})


@blp.route("/permits/<permit_no>")
class Permit(MethodView):
    @blp.response(200)
    @blp.alt_response(404, description="没有这个证照，或不属于您")
    def get(self, permit_no: str) -> Response:
        """查看一个证照"""
        return jsonify(register.permit(office(), permit_no, whoami()))


@blp.route("/permits/<permit_no>/<operation>")
class PermitOperation(MethodView):
    @blp.arguments(NewPermitCase)
    @blp.response(201, Case)
    @blp.alt_response(403, description="没有这个岗位")
    @blp.alt_response(404, description="没有这个证照或者办理事项，或不属于您")
    @blp.alt_response(409, description="证照的状态不允许，或者正在办理")
    @blp.alt_response(422, description="申请表不符合要求")
    def post(self, body: dict[str, Any], permit_no: str, operation: str) -> Response:
        """对证照提出延续（renew）、变更（change）、补发（replace）、注销（cancel）；工作人员依职权处理"""
        return _opened(
            open_operation(whoami(), permit_no, operation, body["form"], submit=body["submit"], known=known_key())
        )


def open_operation(
    person: Person, permit_no: str, operation: str, form: Mapping[str, Any], *, submit: bool, known: Idempotency | None
) -> Answer:
    """Return the case this person opened about a permit. Raises Problem, NotFound. Pages and programs both come here."""
    moment = now()
    ways = [may for may, these in (("apply", OPERATIONS), ("proceed", OFFICE_OPERATIONS)) if operation in these]
    if not ways:
        raise Problem(404)
    asked = permit_for(office(), permit_no, person, *ways)
    if asked.may == "proceed":
        return _begin(asked.row, operation, person, moment, known)
    return _apply(asked.row, OPERATIONS[operation], form, submit, person, moment, known, post=asked.grant.post)


OFFICE_OPERATIONS = ("suspend", "reinstate", "withdraw", "revoke", "forfeit", "cancel")


def _apply(
    row: Any,
    operation: str,
    form: Mapping[str, Any],
    submit: bool,
    person: Person,
    moment: datetime,
    known: Idempotency | None,
    *,
    post: str,
) -> Answer:
    """Open what the holder asks for, by the holder or by a clerk at the counter."""
    checked = check_application(
        row.item_code,
        {**row.applicant, "name": row.holder},
        form,
        on=moment.date(),
        draft=not submit,
        about=about(row, operation),
    )
    request = OpenRequest(
        person=person.id,
        post=post,
        owner=row.owner,
        terms=checked.terms.at(row.department),
        applicant=checked.applicant,
        form=checked.form,
        submit=submit,
        channel="counter" if post == "window-clerk" else "online",
        known=known,
    )
    return open_about(office(), row, "apply", request, checked.process, moment)


def _begin(row: Any, operation: str, person: Person, moment: datetime, known: Idempotency | None) -> Answer:
    """Open a proceeding of the office itself."""
    process = processes()[OFFICE_PROCESS]
    terms = office_terms(catalogue().newest(row.item_code), operation, process, about(row, operation))
    request = OpenRequest(
        person=person.id,
        post="reviewer",
        owner=row.owner,
        terms=terms.at(row.department),
        applicant={**row.applicant, "name": row.holder},
        form={},
        submit=False,
        known=known,
    )
    return open_about(office(), row, "proceed", request, process, moment)


def _opened(answer: Answer) -> Response:
    response = answered(answer, 201)
    response.headers["Location"] = f"/api/v1/cases/{answer.case['case_no']}"
    return response
