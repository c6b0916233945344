"""What an act would issue, before it is taken: the act is tried in a transaction that is taken back, so nothing stays.

The papers say exactly what they would say; only the numbers are left out, because the next act may take them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from workflow.casework.act import ActRequest, act_within
from workflow.casework.office import Office
from workflow.casework.papers import issued
from workflow.papers.compose import compose
from workflow.papers.pdf import paper_pdf
from workflow.store import papers as store
from workflow.store.connect import Connection

NO_NUMBER = "（预览，未编号）"
MARK = "预览"
NEW = "select seq, title from documents where case_id = %(case)s and seq > %(seq)s order by id"


@dataclass(frozen=True, slots=True)
class Preview:
    """One paper as it would be. content: without a number, marked as a preview; id_no: the party's identity number."""

    title: str
    content: Mapping[str, Any]
    id_no: str

    def pdf(self) -> bytes:
        """Return it drawn, with the mark across every page. Raises CannotDraw."""
        return paper_pdf(self.content, self.id_no)


class _Seen(Exception):
    """Takes the try back."""


def preview(office: Office, request: ActRequest, now: datetime) -> list[Preview]:
    """Return the papers an act would issue. Raises what act() would raise, but never asks for a second factor."""
    found: list[Preview] = []
    tried = replace(request, known=None, factor_at=now)
    try:
        with office.work() as connection:
            found = _papers(connection, office, tried, now)
            raise _Seen
    except _Seen:
        return found


def _papers(connection: Connection, office: Office, request: ActRequest, now: datetime) -> list[Preview]:
    about = {"no": request.case_no.replace("\x00", "")}
    row = connection.exec_driver_sql("select id, version from cases where case_no = %(no)s", about).one_or_none()
    act_within(connection, office, request, now)
    assert row is not None, "act_within refuses what is not there"
    new = connection.exec_driver_sql(NEW, {"case": row.id, "seq": row.version}).all()
    return [_preview(connection, office, row.id, one.seq, one.title) for one in new]


def _preview(connection: Connection, office: Office, case_id: int, seq: int, title: str) -> Preview:
    row = store.document(connection, case_id, seq, title)
    paper = issued(connection, office, row)
    content = _without(compose(paper), row.no)
    return Preview(title, {**content, "no": NO_NUMBER, "watermark": MARK}, str(paper.applicant.get("id_no", "")))


def _without(value: Any, number: str) -> Any:
    """Return content in which the number was never given."""
    if isinstance(value, str):
        return value.replace(number, NO_NUMBER)
    if isinstance(value, Mapping):
        return {key: _without(entry, number) for key, entry in value.items()}
    return [_without(entry, number) for entry in value] if isinstance(value, list) else value
