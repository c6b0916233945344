"""The archive package of an ended case."""

from flask import Response, jsonify, send_file
from flask.views import MethodView

from api.auth.tokens import whoami
from api.v1.common import StrictBlueprint, office
from workflow.casework import archive

blp = StrictBlueprint("archives", __name__, description="归档")


@blp.route("/cases/<case_no>/archive")
class Archive(MethodView):
    @blp.response(200)
    @blp.alt_response(404, description="没有这个办件、尚未归档，或不属于您")
    def get(self, case_no: str) -> Response:
        """归档包的摘要、保管期限"""
        return jsonify(archive.archive_of(office(), case_no, whoami()))


@blp.route("/cases/<case_no>/archive.zip")
class ArchiveFile(MethodView):
    @blp.response(200)
    @blp.alt_response(404, description="没有这个办件、尚未归档，或不属于您")
    def get(self, case_no: str) -> Response:
        """下载归档包（BagIt），限本部门工作人员"""
        path = archive.archive_file(office(), case_no, whoami())
        return send_file(path.resolve(), mimetype="application/zip", as_attachment=True, download_name=f"{case_no}.zip")
