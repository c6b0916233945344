"""Issued papers as files and pages."""

from urllib.parse import quote

from flask import Response, request
from flask.views import MethodView

from api.auth.tokens import whoami
from api.problems import Problem
from api.v1.common import StrictBlueprint, office
from workflow.casework import read_papers
from workflow.casework.read_papers import FileGone, NotInFull, NotReady, Paper

blp = StrictBlueprint("papers", __name__, description="文书")
PRIVATE = "private, no-cache"


def sent(body: bytes | str, mimetype: str, *, etag: str, name: str) -> Response:
    """Return a private file under its Chinese name, or 304 where the caller already has it."""
    headers = {"ETag": f'"{etag}"', "Cache-Control": PRIVATE}
    if request.if_none_match.contains(etag):
        return Response(status=304, headers=headers)
    headers["Content-Disposition"] = f"inline; filename*=UTF-8''{quote(name)}"
    return Response(body, mimetype=mimetype, headers=headers)


def not_ready(what: str) -> Problem:
    """Return the answer while a worker has yet to draw something."""
    return Problem(409, "DOCUMENT_NOT_READY", f"{what}正在生成，请稍后再试。", headers={"Retry-After": "2"})


def _paper(case_no: str, document_id: int) -> Paper:
    try:
        return read_papers.paper(office(), case_no, document_id, whoami())
    except NotReady as error:
        raise not_ready("文书") from error


@blp.route("/cases/<case_no>/documents/<int:document_id>.pdf")
class PaperFile(MethodView):
    @blp.response(200, content_type="application/pdf")
    @blp.alt_response(403, description="只能看隐去个人信息的页面，不能看文件")
    @blp.alt_response(404, description="没有这份文书，或不属于您")
    @blp.alt_response(409, description="文书正在生成")
    def get(self, case_no: str, document_id: int) -> Response:
        """下载一份文书（PDF）"""
        paper = _paper(case_no, document_id)
        try:
            body = read_papers.pdf(office(), paper)
        except NotInFull as error:
            raise Problem(403, "MASKED_ONLY", "您只能查看隐去个人信息的文书，请改用 .html。") from error
        except FileGone as error:
            raise Problem(503, "FILE_GONE", "文书的文件暂时取不到，已请管理员处理。") from error
        return sent(body, "application/pdf", etag=paper.pdf_sha256, name=f"{paper.title} {paper.no}.pdf")


@blp.route("/cases/<case_no>/documents/<int:document_id>.html")
class PaperPage(MethodView):
    @blp.response(200, content_type="text/html")
    @blp.alt_response(404, description="没有这份文书，或不属于您")
    @blp.alt_response(409, description="文书正在生成")
    def get(self, case_no: str, document_id: int) -> Response:
        """在屏幕上看一份文书；效能监察和审计看到的隐去个人信息"""
        paper = _paper(case_no, document_id)
        etag = f"{paper.sha256}-{'full' if paper.in_full else 'masked'}"
        return sent(paper.page, "text/html", etag=etag, name=f"{paper.title} {paper.no}.html")
