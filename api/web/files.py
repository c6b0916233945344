"""The files people handed in: to look at beside the review points, or to take along."""

from typing import Any

from flask import Blueprint, Response, make_response, render_template, send_file

from api.v1.common import office
from api.v1.materials import material_file, send_material
from api.web.casepage import CasePage
from api.web.who import need_person
from service_catalog.checklist import checklist
from workflow.casework import tracking
from workflow.casework.errors import NotFound

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


def _points(page: CasePage, code: str) -> list[dict[str, Any]]:
    item = page.item()
    points = checklist(item, page.form())["points"] if item else []
    own = [one for one in points if any(m["code"] == code for m in one["materials"])]
    return own or points
