"""A case whose row this transaction holds, with what it is pinned to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from workflow.casework.office import Office
from workflow.engine.case import CaseState
from workflow.engine.model import Action, Process, Terms
from workflow.store.connect import Connection, Row
from workflow.store.sealed import open_applicant

# Acts about who does the work, which are no part of it.
BESIDES_THE_TASK = frozenset(
    {"assign-self", "assign-delegator", "name-self", "ask-recusal", "uphold-recusal", "reject-recusal"}
)


@dataclass(frozen=True, slots=True)
class Locked:
    """A case whose row this transaction holds."""

    id: int
    case: CaseState
    process: Process
    terms: Terms
    department: str
    owner: str | None
    applicant: Mapping[str, Any]  # open
    task_id: int | None = None
    assignee: str | None = None
    kind: str = "procedure"
    parent_id: int | None = None
    branch: str | None = None
    permit_id: int | None = None
    stored: Mapping[str, Any] = field(default_factory=dict)  # the applicant as the row keeps them


def lock_of(connection: Connection, office: Office, row: Row) -> Locked:
    """Return the locked case with its pinned process and terms."""
    case = CaseState.from_json(row.snapshot)
    return Locked(
        id=row.id,
        case=case,
        process=office.process(connection, row.process_digest),
        terms=office.terms(connection, row.terms_digest),
        department=row.department,
        owner=row.owner,
        applicant=open_applicant(row.applicant, case.case_no),
        stored=row.applicant,
        task_id=row.task_id,
        assignee=row.assignee,
        kind=row.kind,
        parent_id=row.parent_id,
        branch=row.branch,
        permit_id=row.permit_id,
    )


def is_taken(
    process: Process, case: CaseState, assignee: str | None, owner: str | None, action: Action, person: str
) -> bool:
    """Return True if somebody else has claimed the work this action is part of. What others may do goes on."""
    task = process.states[case.state].task
    if assignee in (None, person, owner) or task is None or BESIDES_THE_TASK & set(action.does):
        return False
    return task.post in action.by
