"""Gather what an action needs to know of the office, and nothing more: most actions need nothing."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from workflow.engine.commands import NOTHING_AROUND, Surroundings
from workflow.engine.model import Action, Process
from workflow.engine.works import NEEDS, PHRASE_NEEDS
from workflow.store import surroundings as store
from workflow.store.connect import Connection
from workflow.store.sealed import open_form

SEED_BYTES = 16
SPEAKERS = ("legal_representative", "contact")
_processes: dict[str, Process] = {}


def wants(process: Process, state: str, action: str | None) -> frozenset[str]:
    """Return what an action of that state, and whatever the system does after it, asks for. None: any action there."""
    _processes.setdefault(process.digest, process)
    return _wants(process.digest, state, action)


@lru_cache(maxsize=8192)
def _wants(digest: str, state: str, action: str | None) -> frozenset[str]:
    process = _processes[digest]
    actions = process.states[state].actions
    begun = list(actions.values()) if action is None else [actions[action]] if action in actions else []
    wanted: set[str] = set()
    seen: set[str] = set()
    queue = [(found, state) for found in begun]
    while queue:
        found, _ = queue.pop()
        wanted |= _of(found)
        if found.then in seen:
            continue
        seen.add(found.then)
        queue += [
            (after, found.then) for after in process.states[found.then].actions.values() if after.by == ("system",)
        ]
    return frozenset(wanted)


def _of(action: Action) -> set[str]:
    wanted: set[str] = set()
    for work in action.does:
        wanted |= NEEDS.get(work, frozenset())
    for phrase in action.needs:
        wanted |= PHRASE_NEEDS.get(phrase, frozenset())
    return wanted


def _people_of(applicant: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of those who speak for an applicant: legal representative, handler."""
    return tuple(str(applicant[key]) for key in SPEAKERS if applicant.get(key))


def gather(
    connection: Connection,
    wanted: frozenset[str],
    *,
    case_id: int,
    item_code: str,
    applicant: Mapping[str, Any],
    assignee: str | None,
    now: datetime,
    form: Mapping[str, Any] | None = None,
) -> Surroundings:
    """Return the surroundings an action wants. form: the answers, if the caller has newer ones than the case row."""
    if not wanted:
        return NOTHING_AROUND
    id_no = str(applicant.get("id_no", ""))
    if "form" in wanted and form is None:
        row = connection.exec_driver_sql("select case_no, form from cases where id = %(id)s", {"id": case_id}).one()
        form = open_form(row.form, row.case_no)
    return Surroundings(
        seed=secrets.token_hex(SEED_BYTES) if "seed" in wanted else "",
        experts=store.experts(connection) if "experts" in wanted else (),
        form=form if form is not None and "form" in wanted else {},
        registers=store.registers(connection, id_no, now) if "registers" in wanted else {},
        bans=store.bans(connection, id_no, item_code, now.date()) if "bans" in wanted else (),
        applicant=str(applicant.get("name", "")),
        assignee=assignee,
        applicant_code=id_no,
        applicant_people=_people_of(applicant),
        documents=store.documents(connection, case_id) if "documents" in wanted else (),
    )
