"""Certificates: the file for its holder, the verdict and the keys for everybody."""

from typing import Any

from flask import Response, jsonify
from flask.views import MethodView
from marshmallow import fields, validate

from api.auth.tokens import whoami
from api.problems import Problem
from api.v1.common import Strict, StrictBlueprint, office
from api.v1.papers import not_ready, sent
from workflow.casework import certificates
from workflow.casework.certificates import Verdict
from workflow.casework.now import now
from workflow.casework.read_papers import FileGone, NotReady
from workflow.papers.certificates import COPIES

blp = StrictBlueprint("certificates", __name__, description="证照文件与验证")
TOKEN_MAX = 6000


class CopyQuery(Strict):
    copy = fields.String(load_default="original", validate=validate.OneOf(list(COPIES)))


class VerifyQuery(Strict):
    t = fields.String(load_default="", validate=validate.Length(max=TOKEN_MAX))
    no = fields.String(load_default="", validate=validate.Length(max=100))


@blp.route("/permits/<permit_no>/certificate.pdf")
class CertificateFile(MethodView):
    @blp.arguments(CopyQuery, location="query")
    @blp.response(200, content_type="application/pdf")
    @blp.alt_response(404, description="没有这个证照，或不属于您")
    @blp.alt_response(409, description="证照正在生成")
    def get(self, query: dict[str, Any], permit_no: str) -> Response:
        """下载证照：正本（original）或者副本（duplicate）"""
        try:
            file = certificates.file_of(office(), permit_no, whoami(), query["copy"])
        except NotReady as error:
            raise not_ready("证照") from error
        except FileGone as error:
            raise Problem(503, "FILE_GONE", "证照的文件暂时取不到，已请管理员处理。") from error
        name = f"{file.name}（{COPIES[query['copy']]}）.pdf"
        return sent(file.content, "application/pdf", etag=file.sha256, name=name)


@blp.route("/public/verify/<code>")
class Verification(MethodView):
    @blp.arguments(VerifyQuery, location="query")
    @blp.response(200)
    @blp.alt_response(404, description="本机关没有签发过这个证照")
    def get(self, query: dict[str, str], code: str) -> Response:
        """验证一个证照（无需登录）：code 是验证码或者证照编号，t 是二维码中的签名数据，no 是证面上的编号"""
        verdict = certificates.verify(office(), code, now().date(), token=query["t"], printed_no=query["no"])
        if verdict.result == "unknown":
            raise Problem(404, "CERTIFICATE_UNKNOWN", "本机关没有签发过这个证照，请核对验证码。")
        return jsonify(told(verdict))


def told(verdict: Verdict) -> dict[str, Any]:
    """Return a verdict as JSON. What was signed is shown only where something was."""
    return {
        "result": verdict.result,
        "result_name": verdict.words,
        "why": verdict.why,
        "certificate": verdict.content or None,
        "signature": {"key_id": verdict.key_id, "algorithm": verdict.algorithm} if verdict.key_id else None,
        "superseded_by": verdict.newer or None,
        "checked_at": now().isoformat(),
    }


@blp.route("/public/keys")
class Keys(MethodView):
    @blp.response(200)
    def get(self) -> Response:
        """验证证照签名的公钥，包括已经停用的（无需登录）"""
        return jsonify(certificates.public_keys(office()))
