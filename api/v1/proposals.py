"""Four eyes: what somebody proposed, and the other person's answer."""

from typing import Any

from flask import Response, jsonify
from flask.views import MethodView
from marshmallow import fields, validate

from api.auth.tokens import signer, whoami
from api.v1.common import PageArguments, Strict, StrictBlueprint, decode_cursor, encode_cursor, known_key, office
from service_catalog.catalog import catalog
from service_catalog.versions import digest_of
from workflow.casework import proposals, publish
from workflow.casework.errors import ChangeRefused, NotFound
from workflow.casework.four_eyes import refused
from workflow.casework.now import now
from workflow.casework.proposals import KINDS, propose
from workflow.definitions.loader import processes
from workflow.store.proposals import STATUS
from workflow.store.versions import Version

blp = StrictBlueprint("proposals", __name__, description="两人确认的事项")
ID_MAX = 2**31
Reason = validate.Length(1, 1000)


class ProposalQuery(PageArguments):
    status = fields.String(load_default=None, validate=validate.OneOf(list(STATUS)))
    kind = fields.String(load_default=None, validate=validate.OneOf(list(KINDS)))


class NewProposal(Strict):
    """Linking accounts, or publishing what this release ships. Posts, lists and the calendar have routes of their own."""

    kind = fields.String(required=True, validate=validate.OneOf(["link-people", "separate-people", "publish"]))
    accounts = fields.List(fields.String(validate=validate.Length(1, 64)), validate=validate.Length(2, 20))
    account = fields.String(validate=validate.Length(1, 64))
    because = fields.String(required=True, validate=Reason)


class Confirmation(Strict):
    note = fields.String(load_default="", validate=validate.Length(max=1000))


class Rejection(Strict):
    reason = fields.String(required=True, validate=Reason)


class Proposal(Strict):
    id = fields.Integer(required=True)
    kind = fields.String(required=True)
    title = fields.String()
    subject = fields.String()
    status = fields.String(
        required=True,
        metadata={"description": "open、expired、confirmed、rejected、withdrawn、emergency；查询时 ended 是已经结束的"},
    )
    diff = fields.Raw(metadata={"description": "会改变什么"})
    because = fields.String()
    proposed_by = fields.String()
    proposed_at = fields.String()
    until = fields.String()
    answered = fields.Raw(allow_none=True)


class ProposalPage(Strict):
    items = fields.List(fields.Nested(Proposal), required=True)
    next = fields.String(allow_none=True)


def proposed(made: dict[str, Any]) -> Response:
    """Return 202: it is written down and waits for the other person."""
    response = jsonify(made)
    response.status_code = 202
    response.headers["Location"] = f"/api/v1/proposals/{made['id']}"
    return response


@blp.route("/proposals")
class Proposals(MethodView):
    @blp.arguments(ProposalQuery, location="query")
    @blp.response(200, ProposalPage)
    @blp.alt_response(401, description="未登录")
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """列出提议，新的在前；效能监察人员用 status=emergency 查看未经第二人确认的控制台变更"""
        after = decode_cursor(query["cursor"], id=int)
        items, more = proposals.listed(
            office(),
            whoami(),
            now(),
            kind=query["kind"],
            status=query["status"],
            before=after["id"] if after else None,
            limit=query["limit"],
        )
        return {"items": items, "next": encode_cursor({"id": more} if more else None)}

    @blp.arguments(NewProposal)
    @blp.response(202, Proposal)
    @blp.alt_response(401, description="未登录")
    @blp.alt_response(403, description="没有提出的岗位，或涉及本人")
    @blp.alt_response(409, description="没有可以改变的")
    @blp.alt_response(422, description="内容不符合要求")
    def post(self, body: dict[str, Any]) -> Response:
        """提议关联账号，或者发布本发行版的流程和手册；由另一人确认后生效"""
        kind, because = KINDS[body.pop("kind")], body.pop("because")
        person = whoami()
        if not person.has_post(*kind.posts):
            raise refused("WRONG_POST", f"您没有办理“{kind.title}”的岗位。", "forbidden")
        wanted = WANTED[kind.name]
        if set(body) != ({wanted} if wanted else set()):
            what = f"应当恰好写明 {wanted}。" if wanted else "不需要写明账号。"
            raise refused("INVALID_INPUT", f"“{kind.title}”{what}", "invalid", wanted or next(iter(body)))
        if kind is publish.KIND:
            body = shipped()
        return proposed(propose(office(), kind, body, because, person, now(), known_key()))


WANTED = {"link-people": "accounts", "separate-people": "account", "publish": ""}


def manual_versions() -> list[Version]:
    """Return every version of a manual that this release brings along."""
    return [Version("manual", item.code, item.version, digest_of(item)) for item in catalog().all()]


def shipped() -> dict[str, Any]:
    """Return what this release brings along, ready to be published."""
    try:
        return publish.versions_of(office(), list(processes().values()), manual_versions())
    except ChangeRefused as error:
        raise refused("DEFINITIONS_REFUSED", "；".join(error.lines), "conflict") from error


@blp.route("/proposals/<int:proposal_id>")
class ProposalView(MethodView):
    @blp.response(200, Proposal)
    @blp.alt_response(404, description="没有这项提议，或您不能查看")
    def get(self, proposal_id: int) -> dict[str, Any]:
        """查看一项提议"""
        return proposals.find(office(), _checked(proposal_id), whoami(), now())


@blp.route("/proposals/<int:proposal_id>/confirm")
class Confirm(MethodView):
    @blp.arguments(Confirmation)
    @blp.response(200, Proposal)
    @blp.alt_response(403, description="须由另一人确认，或没有这个岗位")
    @blp.alt_response(404, description="没有这项提议，或您不能查看")
    @blp.alt_response(409, description="已经有结果、已经过期，或者已不能改变")
    def post(self, body: dict[str, str], proposal_id: int) -> dict[str, Any]:
        """确认：提议随即生效"""
        return proposals.confirm(office(), _checked(proposal_id), signer(), now(), body["note"])


@blp.route("/proposals/<int:proposal_id>/reject")
class Reject(MethodView):
    @blp.arguments(Rejection)
    @blp.response(200, Proposal)
    @blp.alt_response(403, description="没有这个岗位")
    @blp.alt_response(404, description="没有这项提议，或您不能查看")
    @blp.alt_response(409, description="已经有结果或者已经过期")
    def post(self, body: dict[str, str], proposal_id: int) -> dict[str, Any]:
        """不同意；提出人自己则是撤回"""
        return proposals.reject(office(), _checked(proposal_id), whoami(), now(), body["reason"])


def _checked(proposal_id: int) -> int:
    if proposal_id >= ID_MAX:
        raise NotFound(str(proposal_id))
    return proposal_id
