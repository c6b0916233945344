"""One material supplied for a case: the file is kept first, then the act that records it."""

from dataclasses import dataclass, replace
from datetime import datetime

from workflow.casework.act import ActRequest, act_within, ask
from workflow.casework.errors import RefusedError
from workflow.casework.office import Office
from workflow.casework.views import Answer
from workflow.engine.errors import Reason, Refused
from workflow.engine.model import MaterialTerm


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file already kept under its hash."""

    file_name: str
    media_type: str
    size: int
    sha256: str


def ask_to_supply(office: Office, request: ActRequest, name: str, now: datetime) -> None:
    """Raise what supply() would raise, before there is a file: what forbids the act itself comes first."""
    ask(office, replace(request, extra={"material": {"code": "", "name": name}}), now)
    if _material(office, request.case_no, name) is None:
        raise _unknown(name)


def supply(office: Office, request: ActRequest, name: str, file: StoredFile, now: datetime) -> Answer:
    """Record `file` as the material called `name` (name or code). Raises as act() does."""
    material = _material(office, request.case_no, name)
    if material is None:
        ask_to_supply(office, request, name, now)
        raise _unknown(name)
    with office.work() as connection:
        answer = act_within(connection, office, replace(request, extra={"material": _effect(material, file)}), now)
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


def _material(office: Office, case_no: str, name: str) -> MaterialTerm | None:
    with office.look() as connection:
        digest = connection.exec_driver_sql(
            "select terms_digest from cases where case_no = %(case_no)s", {"case_no": case_no.replace("\x00", "")}
        ).scalar_one_or_none()
        terms = office.terms(connection, digest) if digest else None
    return next((m for m in terms.materials if name in (m.code, m.name)), None) if terms else None


def _unknown(name: str) -> RefusedError:
    text = f"“{name}”不是本事项的材料，请从材料清单中选择。"
    return RefusedError(Refused((Reason("MATERIAL_UNKNOWN", text, "", "invalid", "name"),)))


def _effect(material: MaterialTerm, file: StoredFile) -> dict[str, object]:
    return {"code": material.code, "name": material.name, "sha256": file.sha256, "size": file.size}
