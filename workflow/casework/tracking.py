"""Read a case: itself, its events, its clocks explained, its documents, what may be done now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from workflow.casework import scanning
from workflow.casework.access import Grant, allow, granted, thing_of, who_of
from workflow.casework.errors import NotFound
from workflow.casework.locked import is_taken
from workflow.casework.masking import mask_all, mask_applicant, mask_event, mask_fields, mask_text, names_of
from workflow.casework.now import now as office_time
from workflow.casework.office import Office
from workflow.casework.people import Person
from workflow.casework.photos import PHOTO
from workflow.casework.related import joint_case, with_branches
from workflow.casework.surroundings import gather, wants
from workflow.casework.views import applicant_for, case_facts, case_json, task_json
from workflow.definitions.access import matrix
from workflow.engine import asks
from workflow.engine.case import CaseState
from workflow.engine.commands import Actor, Context
from workflow.engine.decide import Possible, possible, read
from workflow.engine.explain import reading_json
from workflow.engine.model import Action, Process, Terms
from workflow.papers.compose import masked as masked_content
from workflow.store import cases
from workflow.store.access import CASE_FACTS
from workflow.store.connect import Connection, Row
from workflow.store.personal import kinds_in
from workflow.store.sealed import open_applicant, open_form

CASE = f"""
select c.id, c.case_no, c.department, c.owner, c.version, c.snapshot, c.terms_digest, c.process_digest, c.applicant,
       c.form, c.item_name, c.state, c.phase, c.parent_id,{CASE_FACTS},
       (select coalesce(max(id), 0) from person_links) as link_version,
       (select jsonb_build_array(id, assignee) from tasks where case_id = c.id and closed_at is null) as task
  from cases c where c.case_no = %(case_no)s
"""


TAKEN = "待办已由他人签收，由经办人办理；需要时请经办人转办或者退回待办池。"


@dataclass(frozen=True, slots=True)
class Opened:
    """A case somebody may read, with what it is pinned to."""

    id: int
    row: Row
    case: CaseState
    process: Process
    terms: Terms
    person: Person
    grant: Grant


def open_for(
    connection: Connection,
    office: Office,
    case_no: str,
    person: Person,
    may: str = "read",
    *,
    what: str = "case",
    today: date | None = None,
) -> Opened:
    """Return the case if this person may do this with it or with what belongs to it.

    Raises NotFound, for a stranger's case just the same; RefusedError where they may read it, but not do this.
    """
    row = connection.exec_driver_sql(
        CASE, {"case_no": case_no.replace("\x00", ""), "person": person.id, "today": today or office_time().date()}
    ).one_or_none()
    if row is None:
        raise NotFound(case_no)
    grant = allow(who_of(row, person.id), what, may, thing_of(row), in_any_phase=may in matrix().acts.values())
    return Opened(
        row.id,
        row._replace(applicant=open_applicant(row.applicant, row.case_no)),
        CaseState.from_json(row.snapshot),
        office.process(connection, row.process_digest),
        office.terms(connection, row.terms_digest),
        person,
        grant,
    )


def case_view(office: Office, case_no: str, person: Person, now: datetime) -> dict[str, Any]:
    """Return the public JSON of a case."""
    with office.look() as connection:
        opened = open_for(connection, office, case_no, person, today=now.date())
        view = _view(connection, office, opened, now)
        if view["branches"]:
            view["branches"] = with_branches(connection, office, opened.id, view["branches"], person, now.date())
        if opened.row.parent_id is not None:
            view["joint_case"] = joint_case(connection, opened.row.parent_id, person, now.date())
        return view


@dataclass(frozen=True, slots=True)
class Filled:
    """A case whose form somebody is about to fill in or send: the case in full, the form, its manual's version."""

    view: dict[str, Any]
    form: dict[str, Any]
    item_version: str


def to_fill(office: Office, case_no: str, person: Person, action: str, now: datetime) -> Filled:
    """Return the case for an action with its form. Raises NotFound, RefusedError."""
    with office.look() as connection:
        kind = matrix().acts.get(action, "submit")
        opened = open_for(connection, office, case_no, person, kind, today=now.date())
        view = _view(connection, office, opened, now)
        return Filled(view, open_form(opened.row.form, case_no), opened.terms.item_version)


def _view(connection: Connection, office: Office, opened: Opened, now: datetime) -> dict[str, Any]:
    row, case = opened.row, opened.case
    reading = read(opened.terms, case, _context(connection, office, opened, now))
    facts = case_facts(case, reading, opened.process)
    task_id, assignee = row.task or (None, None)
    task = task_json(opened.process, case, task_id=task_id, assignee=assignee, due=facts.task_due)
    return case_json(
        case,
        facts,
        applicant=applicant_for(row.applicant, in_full=opened.grant.in_full),
        process=opened.process,
        terms=opened.terms,
        task=task,
    )


def counter_view(office: Office, case_no: str, person: Person, now: datetime) -> dict[str, Any]:
    """Return what somebody needs who may act on a case here and now, and read no more of it: where it stands.

    Raises NotFound, for a stranger's case just the same.
    """
    with office.look() as connection:
        opened = open_for(connection, office, case_no, person, "actions", today=now.date())
    case, process, terms = opened.case, opened.process, opened.terms
    applicant = applicant_for(opened.row.applicant, in_full=opened.grant.in_full)
    return {
        "case_no": case.case_no,
        "item_code": case.item_code,
        "item_name": opened.row.item_name,
        "process": case.process,
        "state": case.state,
        "state_name": process.states[case.state].title,
        "version": case.seq,
        "department": terms.department,
        "applicant": {"kind": applicant.get("kind"), "name": applicant.get("name")},
        "materials": [(one.code, one.name) for one in terms.materials if one.supply == "applicant"],
        "tasks": [],
        "permit": None,
    }


def events(
    office: Office, case_no: str, person: Person, *, after: int, limit: int
) -> tuple[list[dict[str, Any]], int | None]:
    """Return (event bodies in order, seq to continue after or None)."""
    with office.look() as connection:
        opened = open_for(connection, office, case_no, person, "events")
        found = cases.events_of(connection, opened.id, after=after, limit=limit + 1)
    page = found[:limit]
    if not opened.grant.in_full:
        page = [mask_event(event, opened.row.applicant) for event in page]
    return page, page[-1]["seq"] if len(found) > limit else None


def clocks(office: Office, case_no: str, person: Person, now: datetime) -> dict[str, Any]:
    """Return every clock of the case explained day by day, in the shape of the public clock."""
    with office.look() as connection:
        opened = open_for(connection, office, case_no, person, "clocks", today=now.date())
        context = _context(connection, office, opened, now)
        return reading_json(read(opened.terms, opened.case, context), context.calendar)


def documents(office: Office, case_no: str, person: Person) -> list[dict[str, Any]]:
    """Return the documents issued in the case, oldest first."""
    with office.look() as connection:
        opened = open_for(connection, office, case_no, person, "documents")
        rows = connection.exec_driver_sql(
            "select id, no, title, issued_at, seq, sha256, pdf_sha256, content from documents"
            " where case_id = %(id)s order by id",
            {"id": opened.id},
        ).all()
        in_full = opened.grant.in_full
    return [
        {
            "id": row.id,
            "no": row.no,
            "title": row.title,
            "issued_at": row.issued_at.isoformat(),
            "seq": row.seq,
            "sha256": row.sha256,
            "pdf_sha256": row.pdf_sha256,
            "content": row.content if in_full or row.content is None else covered(opened, row.content),
        }
        for row in rows
    ]


def covered(opened: Opened, content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content of a paper as overseers read it; its sha256 is that of the content in full."""
    applicant = opened.row.applicant
    name = mask_applicant({"kind": applicant.get("kind"), "name": content["party"]["name"]})["name"]
    found: dict[str, Any] = mask_all(masked_content(content, name), names_of(applicant))
    return {**found, "masked": True}


def form(office: Office, case_no: str, person: Person) -> dict[str, Any]:
    """Return the application form as it stands; overseers see it with personal data masked."""
    with office.look() as connection:
        opened = open_for(connection, office, case_no, person, "form")
        answers = open_form(opened.row.form, case_no)
        if opened.grant.in_full:
            return answers
        kinds = {**opened.terms.personal, **kinds_in(opened.row.form)}
        return mask_fields(mask_all(answers, names_of(opened.row.applicant)), kinds)


def pinned_version(office: Office, case_no: str, person: Person) -> str:
    """Return the version of the manual the case was submitted under. Raises NotFound."""
    with office.look() as connection:
        return open_for(connection, office, case_no, person).terms.item_version


def pinned_process(office: Office, case_no: str, person: Person, may: str = "read") -> Process:
    """Return the version of the process the case runs on. Raises NotFound."""
    with office.look() as connection:
        return open_for(connection, office, case_no, person, may).process


def paper_titles(office: Office, case_no: str, person: Person) -> dict[str, str]:
    """Return what "@grant" and "@refusal" stand for in this case. Raises NotFound."""
    with office.look() as connection:
        return dict(open_for(connection, office, case_no, person).terms.papers)


def materials(office: Office, case_no: str, person: Person, may: str = "list") -> list[dict[str, Any]]:
    """Return what the terms ask for, each with what was supplied for it. may: list | download."""
    with office.look() as connection:
        opened = open_for(connection, office, case_no, person, may, what="material")
        rows = connection.exec_driver_sql(
            "select code, file_name, media_type, size, sha256, supplied_at, supplied_by, scan, erased_at from materials"
            " where case_id = %(id)s order by id",
            {"id": opened.id},
        ).all()
    full = opened.grant.in_full
    files: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        files.setdefault(row.code, []).append(
            {
                "file_name": row.file_name if full else mask_text(row.file_name, names_of(opened.row.applicant)),
                "media_type": row.media_type,
                "size": row.size,
                "sha256": row.sha256,
                "supplied_at": row.supplied_at.isoformat(),
                "supplied_by": row.supplied_by,
                "scan": row.scan,
                "scan_name": scanning.NAMES[row.scan],
                "erased": row.erased_at is not None,
            }
        )
    return [
        {
            "code": material.code,
            "name": material.name,
            "required": material.required,
            "supply": material.supply,
            "files": files.get(material.code, []),
        }
        for material in (*opened.terms.materials, *((PHOTO,) if PHOTO.code in files else ()))
    ]


def actions(office: Office, case_no: str, person: Person, now: datetime, *, explain: bool = False) -> dict[str, Any]:
    """Return the actions open to this person now, each with the JSON schema of its data.

    explain: also those of this state that are closed to them, with the reasons (for pages).
    """
    with office.look() as connection:
        opened = open_for(connection, office, case_no, person, "actions", today=now.date())
        context = _context(connection, office, opened, now, with_surroundings=True)
        found = [it for it in possible(opened.process, opened.terms, opened.case, context) if _is_theirs(opened, it)]
    items = [
        {
            "action": it.action.name,
            "name": it.action.title,
            "law": it.action.law,
            "takes": it.action.takes or None,
            "schema": asks.json_schema(it.action, opened.terms),
        }
        for it in found
        if not it.reasons and not _is_taken(opened, it.action)
    ]
    answer: dict[str, Any] = {"version": opened.case.seq, "items": items}
    if explain:
        answer["closed"] = [
            {"action": it.action.name, "name": it.action.title, "reasons": [r.text for r in it.reasons] or [TAKEN]}
            for it in found
            if it.reasons or _is_taken(opened, it.action)
        ]
    return answer


def _is_theirs(opened: Opened, it: Possible) -> bool:
    """Return True if the matrix gives them acts of this kind."""
    row, kind = opened.row, matrix().acts.get(it.action.name)
    return (
        kind is not None
        and granted(who_of(row, opened.person.id), "case", kind, thing_of(row), in_any_phase=True) is not None
    )


def _is_taken(opened: Opened, action: Action) -> bool:
    """Return True if somebody else has claimed the work this action is part of."""
    _, assignee = opened.row.task or (None, None)
    return is_taken(opened.process, opened.case, assignee, opened.row.owner, action, opened.person.id)


def _context(
    connection: Connection, office: Office, opened: Opened, now: datetime, *, with_surroundings: bool = False
) -> Context:
    row = opened.row
    is_owner = row.owner == opened.person.id
    actor = Actor(
        opened.person.id,
        opened.person.name,
        frozenset() if row.a_recused else frozenset(row.a_posts),
        owns=is_owner or bool(row.a_verbs),
        agent_of="" if is_owner or not row.a_verbs else row.owner,
    )
    wanted = wants(opened.process, opened.case.state, None) if with_surroundings else frozenset()
    around = gather(
        connection,
        wanted - {"seed", "experts"},  # looking at what may be done draws nobody
        case_id=opened.id,
        item_code=opened.case.item_code,
        applicant=row.applicant,
        assignee=(row.task or (None, None))[1],
        now=now,
    )
    humans = office.humans(connection, row.link_version)
    return Context(now, office.calendar(connection), actor, around=around, humans=humans)
