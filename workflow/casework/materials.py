"""One material supplied for a case: the file is kept first, then the act that records it."""

from dataclasses import dataclass, replace
from datetime import datetime

from workflow.casework.act import ActRequest, act_within
from workflow.casework.errors import RefusedError
from workflow.casework.office import Office
from workflow.casework.views import Answer
from workflow.engine.errors import Reason, Refused
from workflow.engine.model import MaterialTerm, Terms


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file already kept under its hash."""

    file_name: str
    media_type: str
    size: int
    sha256: str


def supply(office: Office, request: ActRequest, name: str, file: StoredFile, now: datetime) -> Answer:
    """Record `file` as the material called `name` (name or code). Raises as act() does."""
    with office.work() as connection:
        row = connection.exec_driver_sql(
            "select terms_digest, owner, department from cases where case_no = %(case_no)s",
            {"case_no": request.case_no.replace("\x00", "")},
        ).one_or_none()
        material = _material(office.terms(connection, row.terms_digest), name) if row else None
        extra = {"material": _effect(material, file)} if material else {"material": {"code": "", "name": name}}
        answer = act_within(connection, office, replace(request, extra=extra), now)
        if material is None:
            text = f"“{name}”不是本事项的材料，请从材料清单中选择。"
            raise RefusedError(Refused((Reason("MATERIAL_UNKNOWN", text, "", "invalid", "name"),)))
        if not answer.replayed:
            connection.exec_driver_sql(
                "insert into materials (case_id, seq, code, name, file_name, media_type, size, sha256, supplied_by,"
                " supplied_at) select id, (select max(seq) from events where case_id = cases.id and type = %(action)s),"
                " %(code)s, %(name)s, %(file_name)s, %(media_type)s, %(size)s, %(sha256)s, %(person)s, %(now)s"
                " from cases where case_no = %(case_no)s",
                {
                    "case_no": request.case_no,
                    "action": request.action,  # more may have followed it in the same act
                    "code": material.code,
                    "name": material.name,
                    "file_name": file.file_name,
                    "media_type": file.media_type,
                    "size": file.size,
                    "sha256": file.sha256,
                    "person": request.person,
                    "now": now,
                },
            )
    office.nudge()
    return answer


def _material(terms: Terms, name: str) -> MaterialTerm | None:
    return next((m for m in terms.materials if name in (m.code, m.name)), None)


def _effect(material: MaterialTerm, file: StoredFile) -> dict[str, object]:
    return {"code": material.code, "name": material.name, "sha256": file.sha256, "size": file.size}
