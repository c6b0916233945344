"""Where sealed values stand in the tables: applicants, forms, holders, parties of papers; each bound to its row."""

from collections.abc import Mapping
from typing import Any

from workflow.store import personal

# What is personal of an applicant; a name is not sealed (lists are sorted by it), only masked.
APPLICANT_KINDS = {"id_no": "id_no", "phone": "phone", "email": "email", "address": "address"}
APPLICANT, FORM, SALT, HOLDER = "cases.applicant", "cases.form", "cases.salt", "permits.holder_id_no"


def seal_applicant(applicant: Mapping[str, Any], case_no: str) -> dict[str, Any]:
    """Return the applicant as the row of that case keeps them."""
    return personal.seal_fields(applicant, APPLICANT_KINDS, f"{APPLICANT}/{case_no}")


def open_applicant(stored: Mapping[str, Any], case_no: str) -> dict[str, Any]:
    """Return the applicant of a row of cases. Raises CannotOpen."""
    return personal.open_fields(stored, f"{APPLICANT}/{case_no}")


def seal_form(form: Mapping[str, Any], kinds: Mapping[str, str], case_no: str) -> dict[str, Any]:
    """Return the answers as the row of that case keeps them; kinds: which are personal, as the terms say."""
    return personal.seal_fields(form, kinds, f"{FORM}/{case_no}")


def open_form(stored: Mapping[str, Any], case_no: str) -> dict[str, Any]:
    """Return the answers of a row of cases. Raises CannotOpen."""
    return personal.open_fields(stored, f"{FORM}/{case_no}")


def seal_salt(salt: str, case_no: str) -> str:
    """Return the salt of a case's commitments as its row keeps it."""
    return personal.seal(salt, f"{SALT}/{case_no}")


def open_salt(stored: str, case_no: str) -> str:
    """Return the salt of a case's commitments. Raises CannotOpen."""
    return personal.opened(stored, f"{SALT}/{case_no}")


def seal_holder(id_no: str, permit_no: str) -> str:
    """Return the number of a holder's identity paper as the row of the permit keeps it."""
    return personal.seal(id_no, f"{HOLDER}/{permit_no}")


def open_holder(stored: str, permit_no: str) -> str:
    """Return the number of a holder's identity paper. Raises CannotOpen."""
    return personal.opened(stored, f"{HOLDER}/{permit_no}")


def paper_place(no: str) -> str:
    """Return the place for which the identity number of a numbered paper is sealed."""
    return f"documents.id_no/{no}"


def index_of(applicant: Mapping[str, Any]) -> str | None:
    """Return what cases and permits of the same person are found by, from an applicant whose data is open."""
    id_no = applicant.get("id_no")
    return personal.blind(str(id_no), "person") if id_no else None


def register_index(id_no: str) -> str:
    """Return what stands in registers and bans instead of a number."""
    return personal.blind(id_no, "register")
