"""Uploads: one material at a time, its name from the list of the case's terms."""

import re
import unicodedata
from typing import Any

from flask import Response, current_app, jsonify, request, send_file
from flask.views import MethodView

from api.auth.tokens import who_id, whoami
from api.problems import Problem, invalid
from api.v1.common import StrictBlueprint, etag, known_key, office, seen_version
from workflow.casework import tracking
from workflow.casework.act import ActRequest
from workflow.casework.files import FileEmpty, FileTooLarge, measure, path_of, store
from workflow.casework.materials import StoredFile, ask_to_supply, supply
from workflow.casework.now import now
from workflow.casework.people import Person

blp = StrictBlueprint("materials", __name__, description="申请材料")
FILE_MAX = 20 * 1024 * 1024
NAME_MAX = 200

# What a file is, told by its first bytes; the extension has to agree.
KINDS = (
    (b"%PDF-", "application/pdf", {"pdf"}),
    (b"\x89PNG\r\n\x1a\n", "image/png", {"png"}),
    (b"\xff\xd8\xff", "image/jpeg", {"jpg", "jpeg"}),
    (b"PK\x03\x04", "application/zip", {"docx", "xlsx", "ofd", "zip"}),
)


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
    name, file_name, kind = _checked_upload(extra)
    stream = request.files["file"].stream
    try:
        digest, size = measure(stream, size_max=FILE_MAX)
    except FileTooLarge as error:
        raise Problem(413, "FILE_TOO_LARGE", f"文件不能超过 {FILE_MAX // 1024 // 1024} MB。") from error
    except FileEmpty as error:
        raise invalid([{"field": "file", "message": "文件是空的，请重新选择。"}]) from error
    key = known_key(name, file_name, digest)
    asked, moment = ActRequest(case_no, "add-material", person, {}, version=version, known=key), now()
    ask_to_supply(office(), asked, name, moment)  # nothing of a stranger's is kept
    store(folder(), stream, digest)
    answer = supply(office(), asked, name, StoredFile(file_name, kind, size, digest), moment)
    return {"name": name, "file_name": file_name, "size": size, "sha256": digest, "version": answer.version}


@blp.route("/cases/<case_no>/materials/<sha256>")
class Material(MethodView):
    @blp.response(200)
    @blp.alt_response(404, description="没有这个文件，或不属于您")
    def get(self, case_no: str, sha256: str) -> Response:
        """下载一份已交的材料"""
        return send_material(case_no, whoami(), sha256)


def material_file(case_no: str, person: Person, sha256: str) -> tuple[dict[str, Any], Any]:
    """Return (what is known of the file, where it lies) if this person may read it. Raises NotFound, Problem 404."""
    listed = tracking.materials(office(), case_no, person)
    file = next((f for m in listed for f in m["files"] if f["sha256"] == sha256), None)
    if file is None:
        raise Problem(404)
    return file, path_of(folder(), sha256).resolve()


def send_material(case_no: str, person: Person, sha256: str) -> Response:
    """Return the file as a download that no browser opens by itself. Pages and programs both download here."""
    file, path = material_file(case_no, person, sha256)
    response = send_file(path, mimetype=file["media_type"], as_attachment=True, download_name=file["file_name"])
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def folder() -> Any:
    """Return the folder of uploaded files."""
    return current_app.extensions["banjian.settings"].data_dir / "files"


def _checked_upload(extra: frozenset[str] = frozenset()) -> tuple[str, str, str]:
    """Return (material name, file name as the user wrote it, media type). Raises Problem 422."""
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
    extension = file_name.rpartition(".")[2].lower()
    start = file.stream.read(16)
    file.stream.seek(0)
    kind = next((kind for magic, kind, names in KINDS if start.startswith(magic) and extension in names), None)
    if start and kind is None:
        errors.append({"field": "file", "message": "只接受内容与扩展名一致的 PDF、PNG、JPG、DOCX、XLSX、OFD 文件。"})
    if errors:
        raise invalid(errors)
    return name, file_name, kind or "application/octet-stream"


def _file_name(given: str) -> str:
    """Return the name as given, without any path, or "" if it cannot be kept."""
    name = unicodedata.normalize("NFC", re.split(r"[/\\]", given)[-1]).strip()
    hidden = any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn") for char in name)
    return "" if hidden or not 0 < len(name) <= NAME_MAX else name
