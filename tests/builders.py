"""Small builders: a case of item 02 in the database of a test, without HTTP."""

from datetime import datetime
from typing import Any

from service_catalog.catalog import catalog
from service_catalog.terms import terms_of
from workflow.casework.act import ActRequest, act
from workflow.casework.office import Office
from workflow.casework.submit import OpenRequest, open_and_submit
from workflow.casework.views import Answer
from workflow.definitions.loader import processes
from workflow.engine.dates import SHANGHAI
from workflow.engine.model import Process, Terms

APPLICANT = {"kind": "organisation", "name": "示例公司", "id_no": "11120000MB1571593F"}


def at(text: str) -> datetime:
    """Return 2026-09-01T10:00:00 in Shanghai."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def terms_02() -> tuple[Terms, Process]:
    """Return the terms of item 02 without conditional materials, and its process."""
    process = processes()["on-site"]
    return terms_of(catalog().newest("02"), {}, process), process


def a_case(office: Office, moment: str = "2026-09-01T10:00:00", **more: Any) -> Answer:
    """Return a submitted case of item 02, owned by applicant1."""
    terms, process = terms_02()
    request = OpenRequest("applicant1", "applicant", "applicant1", terms, APPLICANT, {}, submit=True, **more)
    return open_and_submit(office, request, process, at(moment))


def done(office: Office, case_no: str, person: str, action: str, moment: str, **data: Any) -> Answer:
    """Return the case after an action at its present version."""
    return act(office, ActRequest(case_no, action, person, data), at(moment))
