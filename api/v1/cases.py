"""Cases: open, read, act. A stranger's case is answered exactly like one that does not exist."""

from collections.abc import Mapping
from typing import Any

from flask import Response, jsonify, request
from flask.views import MethodView
from marshmallow import fields, validate

from api.auth.tokens import signing_factor, who_id, whoami
from api.catalogue import check_application
from api.problems import invalid
from api.v1.common import (
    JsonObject,
    PageArguments,
    Strict,
    StrictBlueprint,
    StrictBoolean,
    decode_cursor,
    encode_cursor,
    etag,
    known_key,
    office,
    seen_version,
)
from workflow.casework import service, tracking
from workflow.casework.about_permits import about, permit_for
from workflow.casework.act import ActRequest, act
from workflow.casework.lists import cases_for
from workflow.casework.now import now
from workflow.casework.people import Person
from workflow.casework.submit import OpenRequest, open_and_submit
from workflow.casework.views import Answer
from workflow.definitions.loader import processes
from workflow.store.cases import Idempotency

blp = StrictBlueprint("cases", __name__, description="办件")
CHANNELS = ("online", "counter", "post")


class NewCase(Strict):
    item_code = fields.String(required=True, validate=validate.Length(1, 50))
    applicant = JsonObject(required=True)
    form = JsonObject(load_default=dict)
    submit = StrictBoolean(load_default=False)
    channel = fields.String(load_default=None, validate=validate.OneOf(CHANNELS))
    on_behalf_of = fields.String(
        load_default=None, validate=validate.Length(1, 64), metadata={"description": "代办：委托人的账号"}
    )


class NewForm(Strict):
    form = JsonObject(required=True)


class ActBody(Strict):
    data = JsonObject(load_default=dict)
    opinion = fields.String(load_default="", validate=validate.Length(max=4000))


class CaseQuery(PageArguments):
    state = fields.String(load_default=None, validate=validate.Length(max=40))
    item_code = fields.String(load_default=None, validate=validate.Length(max=40))


class Due(Strict):
    statutory = fields.String(allow_none=True)
    promised = fields.String(allow_none=True)


class Case(Strict):
    case_no = fields.String(required=True)
    item_code = fields.String(required=True)
    process = fields.String(required=True)
    definition_version = fields.String(required=True)
    state = fields.String(required=True)
    state_name = fields.String()
    version = fields.Integer(required=True)
    applicant = fields.Dict()
    received_at = fields.String(allow_none=True)
    accepted_on = fields.String(allow_none=True)
    decided_on = fields.String(allow_none=True)
    outcome = fields.String(allow_none=True)
    due = fields.Nested(Due)
    provisional = fields.Boolean(metadata={"description": "到期日依据的年份尚未公布放假安排，是暂定的"})
    department = fields.String()
    tasks = fields.List(fields.Dict())
    alerts = fields.List(fields.Dict())
    branches = fields.List(fields.Dict())
    permit = fields.Dict(allow_none=True)
    joint_case = fields.String(allow_none=True, metadata={"description": "分支所属的并联办件；不能查看的为 null"})


class CasePage(Strict):
    items = fields.List(fields.Dict())
    next = fields.String(allow_none=True)


def answered(answer: Answer, status: int = 200) -> Response:
    """Return the case with its ETag; a replayed answer says so."""
    response = jsonify(answer.case)
    response.status_code = status
    response.headers.update(etag(answer.version))
    if answer.replayed:
        response.headers["Idempotent-Replayed"] = "true"
    return response


def open_application(
    person: Person,
    item_code: str,
    applicant: Mapping[str, Any],
    form: Mapping[str, Any],
    *,
    submit: bool,
    channel: str | None,
    known: Idempotency | None,
    on_behalf_of: str | None = None,
) -> Answer:
    """Return the case this person opened, for themselves, for a grantor or, at the window, for somebody else.

    Pages and programs both open cases here. Raises Problem, RefusedError.
    """
    is_clerk = person.kind == "staff"
    if person.kind == "agent" and on_behalf_of is None:
        text = "请在 on_behalf_of 中写明委托人的账号：代办的申请以委托人的名义提出。"
        raise invalid([{"field": "on_behalf_of", "message": text}])
    moment = now()
    checked = check_application(item_code, applicant, form, on=moment.date(), draft=not submit)
    return open_and_submit(
        office(),
        OpenRequest(
            person=person.id,
            post="window-clerk" if is_clerk else "applicant" if on_behalf_of in (None, person.id) else "agent",
            owner=on_behalf_of or (None if is_clerk else person.id),
            terms=checked.terms,
            applicant=checked.applicant,
            form=checked.form,
            submit=submit,
            channel=channel or ("counter" if is_clerk else "online"),
            known=known,
        ),
        checked.process,
        moment,
    )


@blp.route("/cases")
class Cases(MethodView):
    @blp.arguments(CaseQuery, location="query")
    @blp.response(200, CasePage)
    @blp.alt_response(401, description="未登录")
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """列出我能看到的办件，新的在前"""
        after = decode_cursor(query["cursor"], id=int)
        items, more = cases_for(
            office(),
            whoami(),
            before=after["id"] if after else None,
            limit=query["limit"],
            state=query["state"],
            item_code=query["item_code"],
        )
        return {"items": items, "next": encode_cursor({"id": more} if more else None)}

    @blp.arguments(NewCase)
    @blp.response(201, Case)
    @blp.alt_response(401, description="未登录")
    def post(self, body: dict[str, Any]) -> Response:
        """新建办件：保存草稿，或直接提交"""
        opened = open_application(
            whoami(),
            body["item_code"],
            body["applicant"],
            body["form"],
            submit=body["submit"],
            channel=body["channel"],
            known=known_key(),
            on_behalf_of=body["on_behalf_of"],
        )
        response = answered(opened, 201)
        response.headers["Location"] = f"/api/v1/cases/{opened.case['case_no']}"
        return response


@blp.route("/cases/<case_no>")
class CaseView(MethodView):
    @blp.response(200, Case)
    @blp.alt_response(404, description="没有这个办件，或不属于您")
    def get(self, case_no: str) -> Response:
        """查看办件"""
        view = tracking.case_view(office(), case_no, whoami(), now())
        if request.if_none_match.contains(str(view["version"])):
            return Response(status=304, headers=etag(view["version"]))
        return answered(Answer(view["version"], view))


@blp.route("/cases/<case_no>/form")
class Form(MethodView):
    @blp.response(200)
    @blp.alt_response(404, description="没有这个办件，或不属于您")
    def get(self, case_no: str) -> Response:
        """查看申请表"""
        return jsonify({"form": tracking.form(office(), case_no, whoami())})

    @blp.arguments(NewForm)
    @blp.response(200, Case)
    @blp.alt_response(412, description="版本已过期")
    @blp.alt_response(428, description="缺少 If-Match")
    def put(self, body: dict[str, Any], case_no: str) -> Response:
        """修改申请表（草稿、当场更正或补正时）"""
        return answered(
            act_with_form(whoami(), case_no, "amend-form", body["form"], {}, "", seen_version(), known_key())
        )


@blp.route("/cases/<case_no>/events")
class Events(MethodView):
    @blp.arguments(PageArguments, location="query")
    @blp.response(200)
    @blp.alt_response(404, description="没有这个办件，或不属于您")
    def get(self, query: dict[str, Any], case_no: str) -> Response:
        """查看办理记录（审计轨迹）"""
        after = decode_cursor(query["cursor"], seq=int)
        found, more = tracking.events(
            office(), case_no, whoami(), after=after["seq"] if after else 0, limit=query["limit"]
        )
        return jsonify({"items": found, "next": encode_cursor({"seq": more} if more else None)})


@blp.route("/cases/<case_no>/clocks")
class Clocks(MethodView):
    @blp.response(200)
    @blp.alt_response(404, description="没有这个办件，或不属于您")
    def get(self, case_no: str) -> Response:
        """查看各项时限：到期日、逐日说明和依据"""
        return jsonify(tracking.clocks(office(), case_no, whoami(), now()))


@blp.route("/cases/<case_no>/documents")
class Documents(MethodView):
    @blp.response(200)
    @blp.alt_response(404, description="没有这个办件，或不属于您")
    def get(self, case_no: str) -> Response:
        """查看出具的文书"""
        return jsonify({"items": tracking.documents(office(), case_no, whoami()), "next": None})


@blp.route("/cases/<case_no>/services")
class Services(MethodView):
    @blp.response(200)
    @blp.alt_response(404, description="没有这个办件，或不属于您")
    def get(self, case_no: str) -> Response:
        """查看送达回证：每份文书送达了谁、方式、时间、地点和证明"""
        return jsonify({"items": service.services(office(), case_no, whoami()), "next": None})


@blp.route("/cases/<case_no>/actions")
class Actions(MethodView):
    @blp.response(200)
    @blp.alt_response(404, description="没有这个办件，或不属于您")
    def get(self, case_no: str) -> Response:
        """我现在可以办理的动作，以及每个动作 data 的 JSON Schema"""
        found = tracking.actions(office(), case_no, whoami(), now())
        response = jsonify({**found, "next": None})
        response.headers.update(etag(found["version"]))
        return response


@blp.route("/cases/<case_no>/actions/<action>")
class ActionView(MethodView):
    @blp.arguments(ActBody)
    @blp.response(200, Case)
    @blp.alt_response(403, description="不是您的岗位，或须由另一人办理")
    @blp.alt_response(404, description="没有这个办件，或不属于您")
    @blp.alt_response(409, description="当前环节不能办理")
    @blp.alt_response(412, description="版本已过期")
    @blp.alt_response(428, description="缺少 If-Match")
    def post(self, body: dict[str, Any], case_no: str, action: str) -> Response:
        """办理一个动作"""
        if action == "submit":
            return answered(
                act_with_form(
                    whoami(), case_no, action, None, body["data"], body["opinion"], seen_version(), known_key()
                )
            )
        answer = act(
            office(),
            ActRequest(
                case_no=case_no,
                action=action,
                person=who_id(),
                factor_at=signing_factor(),
                data=body["data"],
                opinion=body["opinion"],
                version=seen_version(),
                known=known_key(),
            ),
            now(),
        )
        return answered(answer)


def _permit_now(permit: dict[str, Any] | None, person: Person) -> dict[str, Any] | None:
    """Return the permit a case is about as it now is: it may have been renewed since the draft was begun."""
    return (
        about(permit_for(office(), permit["permit_no"], person, "apply").row, permit["operation"]) if permit else None
    )


def act_with_form(
    person: Person,
    case_no: str,
    action: str,
    form: dict[str, Any] | None,
    data: Mapping[str, Any],
    opinion: str,
    version: int,
    known: Idempotency | None,
) -> Answer:
    """Act with a form that passed its manual's checks, and the terms that follow from it. form: None for what is kept.

    Pages and programs both submit and amend here.
    """
    moment = now()
    filled = tracking.to_fill(office(), case_no, person, action, moment)
    view = filled.view
    if action not in processes()[view["process"]].action_names():  # a branch, a permit: it has no form, and says so
        return act(office(), ActRequest(case_no, action, person.id, data, opinion, version, known), moment)
    is_draft = view["state"] == "draft"
    checked = check_application(
        view["item_code"],
        view["applicant"],
        filled.form if form is None else form,
        on=moment.date(),
        draft=is_draft and action == "amend-form",
        about=_permit_now(view["permit"], person),
        pinned=None if is_draft else filled.item_version,
    )
    return act(
        office(),
        ActRequest(
            case_no=case_no,
            action=action,
            person=person.id,
            data=data,
            opinion=opinion,
            version=version,
            known=known,
            terms=checked.terms,
            form=checked.form,
        ),
        moment,
    )
