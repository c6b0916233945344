"""One material supplied for a case: the file is kept first, then the act that records it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from workflow.casework.act import ActRequest, act_within, ask
from workflow.casework.errors import RefusedError
from workflow.casework.office import Office
from workflow.casework.photos import PHOTO, PHOTO_ACTION, action_for
from workflow.casework.scanning import ask_for_scan, first_state
from workflow.casework.views import Answer
from workflow.engine.errors import Reason, Refused
from workflow.engine.model import MaterialTerm
from workflow.environment import ConfigError
from workflow.store.connect import Connection


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a file may be, and how many of them."""

    file_bytes: int
    per_case: int
    per_material: int


def limits(env: Mapping[str, str] = os.environ) -> Limits:
    """Return the limits of uploads. Raises ConfigError naming the variable."""
    found = {name: _number(env, name, default, most) for name, (default, most) in LIMITS.items()}
    return Limits(
        found["BANJIAN_FILE_MB"] * 1024 * 1024, found["BANJIAN_FILES_PER_CASE"], found["BANJIAN_FILES_PER_MATERIAL"]
    )


# variable -> (default, most)
LIMITS = {
    "BANJIAN_FILE_MB": (20, 200),
    "BANJIAN_FILES_PER_CASE": (300, 10_000),
    "BANJIAN_FILES_PER_MATERIAL": (50, 10_000),
}


def _number(env: Mapping[str, str], name: str, default: int, most: int) -> int:
    text = env.get(name, "").strip() or str(default)
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= most:
        raise ConfigError(f"{name} must be a whole number from 1 to {most}")
    return int(text)


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
            kept = connection.exec_driver_sql(
                "insert into materials (case_id, seq, code, name, file_name, media_type, size, sha256, supplied_by,"
                " supplied_at, scan) select id, (select max(seq) from events where case_id = cases.id and type = %(action)s),"
                " %(code)s, %(name)s, %(file_name)s, %(media_type)s, %(size)s, %(sha256)s, %(person)s, %(now)s,"
                " %(scan)s from cases where case_no = %(case_no)s returning id, case_id, seq, scan",
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
                    "scan": first_state(),
                },
            ).one()
            _check_count(connection, kept.case_id, material)
            if kept.scan == "waiting":
                ask_for_scan(connection, kept.case_id, kept.seq, kept.id, now)
    office.nudge()
    return answer


def _check_count(connection: Connection, case_id: int, material: MaterialTerm) -> None:
    """Raise RefusedError where this file is one too many; the case is locked, so nobody else counts meanwhile."""
    most = limits()
    row = connection.exec_driver_sql(
        "select count(*) as files, count(*) filter (where code = %(code)s) as of_this from materials where case_id = %(id)s",
        {"id": case_id, "code": material.code},
    ).one()
    if row.files > most.per_case:
        text = f"一个办件最多提交 {most.per_case} 个文件，请合并后提交。"
    elif row.of_this > most.per_material:
        text = f"一份材料最多提交 {most.per_material} 个文件，请合并后提交。"
    else:
        return
    raise RefusedError(Refused((Reason("TOO_MANY_FILES", text, "", "invalid", "file"),)))


def _material(office: Office, case_no: str, name: str) -> MaterialTerm | None:
    if action_for(name) == PHOTO_ACTION:
        return PHOTO
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
