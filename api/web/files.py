"""The files people handed in: to look at beside the review points, or to take along."""

from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, send_file, url_for

from api.v1.common import office
from api.v1.materials import material_file, send_material, take_upload
from api.web.acting import attempt, say
from api.web.apply import PAGE_FIELDS
from api.web.casepage import CasePage
from api.web.fields import Trouble
from api.web.i18n import said as _
from api.web.who import need_person
from service_catalog.checklist import checklist
from workflow.casework import tracking
from workflow.casework.errors import NotFound
from workflow.casework.photos import PHOTO, PHOTO_ACTION

blp = Blueprint("files", __name__)
SHOWN = ("application/pdf", "image/png", "image/jpeg")


@blp.get("/cases/<case_no>/files/<sha256>")
def file(case_no: str, sha256: str) -> Response:
    """Take a file along."""
    return send_material(case_no, need_person(), sha256)


@blp.get("/cases/<case_no>/files/<sha256>/shown")
def shown(case_no: str, sha256: str) -> Response:
    """Show a file inside our own viewer: only kinds a browser shows without running anything."""
    found, stream = material_file(case_no, need_person(), sha256)
    if found["media_type"] not in SHOWN:
        raise NotFound(sha256)
    response = send_file(stream, mimetype=found["media_type"])
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    response.headers["Content-Security-Policy"] = "default-src 'none'; object-src 'self'; frame-ancestors 'self'"
    return response


@blp.get("/cases/<case_no>/files/<sha256>/viewer")
def viewer(case_no: str, sha256: str) -> Response:
    """Show a file beside what the reviewer checks in it."""
    page = CasePage.of(case_no)
    listed = tracking.materials(office(), case_no, page.person)
    material = next((one for one in listed if any(f["sha256"] == sha256 for f in one["files"])), None)
    if material is None:
        raise NotFound(sha256)
    files = [f for one in listed for f in one["files"]]
    return make_response(
        render_template(
            "case/viewer.html",
            page=page,
            case=page.view,
            material=material,
            file=next(f for f in files if f["sha256"] == sha256),
            all_files=files,
            points=_points(page, material["code"]) if page.works_here else [],
        )
    )


@blp.route("/cases/<case_no>/photos", methods=["GET", "POST"])
def photos(case_no: str) -> Response:
    """Take photographs at the site, with the camera of a phone, and look at those already there."""
    page = CasePage.of(case_no)
    problems: list[Trouble] = []
    status = 200
    if request.method == "POST":
        kept, problems, status = attempt(lambda: take_upload(case_no, page.person.id, extra=PAGE_FIELDS))
        if kept is not None:
            say(_("已保存：%(file)s。", file=kept["file_name"]))
            return redirect(url_for("files.photos", case_no=case_no), code=303)  # type: ignore[return-value]
    listed = tracking.materials(office(), case_no, page.person)
    taken = next((one["files"] for one in listed if one["code"] == PHOTO.code), [])
    text = render_template(
        "case/photos.html",
        page=page,
        case=page.view,
        code=PHOTO.code,
        photos=taken,
        problems=problems,
        may_add=any(one["action"] == PHOTO_ACTION for one in page.actions["items"]),
        record=next((one for one in page.actions["items"] if one["action"] == "record-visit"), None),
    )
    return make_response(text, status)


def _points(page: CasePage, code: str) -> list[dict[str, Any]]:
    item = page.item()
    points = checklist(item, page.form())["points"] if item else []
    own = [one for one in points if any(m["code"] == code for m in one["materials"])]
    return own or points
