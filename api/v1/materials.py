"""Uploads: one material at a time, its name from the list of the case's terms."""

import logging
import re
import unicodedata
from typing import IO, Any

from flask import Response, jsonify, request, send_file
from flask.views import MethodView

from api.auth.tokens import who_id, whoami
from api.problems import Problem, invalid
from api.v1.common import StrictBlueprint, etag, known_key, office, seen_version
from workflow.casework import tracking
from workflow.casework.act import ActRequest
from workflow.casework.files import FileEmpty, FileTooLarge, measure
from workflow.casework.materials import StoredFile, ask_to_supply, limits, supply
from workflow.casework.now import now
from workflow.casework.people import Person
from workflow.casework.photos import PHOTO_ACTION, action_for
from workflow.casework.storage import storage_of
from workflow.casework.uploads import Unwanted, media_type_of

blp = StrictBlueprint("materials", __name__, description="申请材料")
log = logging.getLogger(__name__)
NAME_MAX = 200
NOT_GIVEN_OUT = {
    "waiting": ("FILE_NOT_SCANNED_YET", "文件正在等待病毒检查，请稍后再试。"),
    "infected": ("FILE_INFECTED", "文件没有通过病毒检查，已经隔离，不能下载。"),
}


@blp.route("/cases/<case_no>/materials")
class Materials(MethodView):
    @blp.response(200)
    @blp.alt_response(404, description="没有这个办件，或不属于您")
    def get(self, case_no: str) -> Response:
        """本件的材料清单和已交的文件"""
        return jsonify({"items": tracking.materials(office(), case_no, whoami()), "next": None})

    @blp.response(201)
    @blp.alt_response(404, description="没有这个办件，或不属于您")
    @blp.alt_response(409, description="当前环节不能提交材料")
    @blp.alt_response(422, description="文件或名称不符合要求")
    def post(self, case_no: str) -> Response:
        """提交一份材料（multipart:name、file）"""
        person = who_id()
        version = seen_version() if "If-Match" in request.headers else None
        body = take_upload(case_no, person, version=version)
        response = jsonify(body)
        response.status_code = 201
        response.headers.update(etag(body["version"]))
        return response


def take_upload(
    case_no: str, person: str, *, version: int | None = None, extra: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """Keep the file of this request as a material of the case; return what was kept. Raises Problem.

    extra: fields of the form besides name and file that are the page's own. Pages and programs both upload here.
    """
    name, file_name = _checked_names(extra)
    stream, most = request.files["file"].stream, limits().file_bytes
    try:
        digest, size = measure(stream, size_max=most)
    except FileTooLarge as error:
        raise Problem(413, "FILE_TOO_LARGE", f"文件不能超过 {most // 1024 // 1024} MB。") from error
    except FileEmpty as error:
        raise invalid([{"field": "file", "message": "文件是空的，请重新选择。"}]) from error
    key = known_key(name, file_name, digest)
    asked, moment = ActRequest(case_no, action_for(name), person, {}, version=version, known=key), now()
    ask_to_supply(office(), asked, name, moment)  # nothing of a stranger's is kept, nor looked at
    try:
        kind = media_type_of(stream, file_name)
    except Unwanted as error:
        raise invalid([{"field": "file", "code": "FILE_NOT_ACCEPTED", "message": str(error)}]) from error
    if action_for(name) == PHOTO_ACTION and not kind.startswith("image/"):
        raise invalid([{"field": "file", "code": "FILE_NOT_ACCEPTED", "message": "现场照片应当是 JPG 或者 PNG 图片。"}])
    storage_of(office().folder).keep(stream, digest, size)
    answer = supply(office(), asked, name, StoredFile(file_name, kind, size, digest), moment)
    return {"name": name, "file_name": file_name, "size": size, "sha256": digest, "version": answer.version}


@blp.route("/cases/<case_no>/materials/<sha256>")
class Material(MethodView):
    @blp.response(200)
    @blp.alt_response(404, description="没有这个文件，或不属于您")
    def get(self, case_no: str, sha256: str) -> Response:
        """下载一份已交的材料"""
        return send_material(case_no, whoami(), sha256)


def material_file(case_no: str, person: Person, sha256: str) -> tuple[dict[str, Any], IO[bytes]]:
    """Return (what is known of the file, its content) if this person may read it. Raises NotFound, Problem 404, 409."""
    listed = tracking.materials(office(), case_no, person, "download")
    file = next((f for m in listed for f in m["files"] if f["sha256"] == sha256), None)
    if file is None:
        raise Problem(404)
    if file["erased"]:
        raise Problem(404, "FILE_ERASED", "这个文件已经按照保存期限删除。")
    if file["scan"] in NOT_GIVEN_OUT:
        raise Problem(409, *NOT_GIVEN_OUT[file["scan"]])
    try:
        return file, storage_of(office().folder).open(sha256)
    except FileNotFoundError as error:
        log.error("a kept file is gone", extra={"sha256": sha256})
        raise Problem(404, "FILE_GONE", "文件不在存储中，请联系系统管理员。") from error


def send_material(case_no: str, person: Person, sha256: str) -> Response:
    """Return the file as a download that no browser opens by itself. Pages and programs both download here."""
    file, stream = material_file(case_no, person, sha256)
    response = send_file(stream, mimetype=file["media_type"], as_attachment=True, download_name=file["file_name"])
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def _checked_names(extra: frozenset[str] = frozenset()) -> tuple[str, str]:
    """Return (material name, file name as the user wrote it). Raises Problem 422."""
    errors = []
    unknown = (set(request.form) - {"name"} - extra) | (set(request.files) - {"file"})
    errors += [{"field": field, "message": f"没有 {field} 这一项，请删除。"} for field in sorted(unknown)]
    name = request.form.get("name", "").strip()
    if not name or len(name) > NAME_MAX or "\x00" in name:
        errors.append({"field": "name", "message": "请在 name 中填写材料名称或编码。"})
    file = request.files.get("file")
    if file is None or not file.filename:
        errors.append({"field": "file", "message": "请在 file 中选择一个文件。"})
        raise invalid(errors)
    file_name = _file_name(file.filename)
    if not file_name:
        errors.append({"field": "file", "message": "文件名过长或含有不可见字符，请改名后重新上传。"})
    if errors:
        raise invalid(errors)
    return name, file_name


def _file_name(given: str) -> str:
    """Return the name as given, without any path, or "" if it cannot be kept."""
    name = unicodedata.normalize("NFC", re.split(r"[/\\]", given)[-1]).strip()
    hidden = any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn") for char in name)
    return "" if hidden or not 0 < len(name) <= NAME_MAX else name
