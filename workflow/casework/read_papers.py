"""Issued papers for those who may read them: the file in full, or the page, masked for overseers."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from workflow.casework import files
from workflow.casework.errors import NotFound
from workflow.casework.office import Office
from workflow.casework.papers import shelf
from workflow.casework.people import Person
from workflow.casework.tracking import covered, open_for
from workflow.papers.compose import id_masked
from workflow.papers.html import html
from workflow.papers.pdf import paper_pdf, renderer
from workflow.store.personal import opened as opened_value
from workflow.store.sealed import paper_place

ID_MAX = 2**63 - 1


class NotReady(Exception):
    """The paper is numbered but not drawn yet: a worker does that within seconds."""


class NotInFull(Exception):
    """Who asks may read the paper only with personal data masked, which a file cannot be."""


class FileGone(Exception):
    """The file that was issued is not where it was put, and cannot be drawn again with the same bytes."""


@dataclass(frozen=True, slots=True)
class Paper:
    """One issued paper as somebody may read it. content and id_no: masked unless in_full."""

    id: int
    title: str
    no: str
    content: Mapping[str, Any]
    id_no: str
    sha256: str
    pdf_sha256: str
    renderer: str
    in_full: bool

    @property
    def page(self) -> str:
        """Return the paper as a page."""
        return html(self.content, self.id_no)


def paper(office: Office, case_no: str, document_id: int, person: Person) -> Paper:
    """Return a paper. Raises NotFound, for a stranger's just the same; NotReady while no worker has drawn it."""
    if document_id > ID_MAX:
        raise NotFound(case_no)
    with office.look() as connection:
        opened = open_for(connection, office, case_no, person, "documents")
        row = connection.exec_driver_sql(
            "select id, title, no, content, id_no, sha256, pdf_sha256, renderer from documents"
            " where id = %(id)s and case_id = %(case)s",
            {"id": document_id, "case": opened.id},
        ).one_or_none()
    if row is None:
        raise NotFound(case_no)
    if row.pdf_sha256 is None:
        raise NotReady(row.no)
    in_full = opened.grant.in_full
    content, id_no = row.content, opened_value(row.id_no, paper_place(row.no))
    if not in_full:
        content, id_no = covered(opened, content), id_masked(id_no)
    return Paper(row.id, row.title, row.no, content, id_no, row.sha256, row.pdf_sha256, row.renderer, in_full)


def pdf(office: Office, paper: Paper) -> bytes:
    """Return the file that was issued. Raises NotInFull, FileGone."""
    if not paper.in_full:
        raise NotInFull(paper.no)
    found = issued_file(office, paper.pdf_sha256)
    if found is not None:
        return found
    if paper.renderer == renderer():
        drawn = paper_pdf(paper.content, paper.id_no)
        if sha256(drawn).hexdigest() == paper.pdf_sha256:
            return drawn
    raise FileGone(paper.no)


def issued_file(office: Office, digest: str) -> bytes | None:
    """Return the bytes of an issued file, or None where they are not, or no longer what was sealed."""
    try:
        found = files.path_of(shelf(office), digest).read_bytes()
    except FileNotFoundError:
        return None
    return found if sha256(found).hexdigest() == digest else None
