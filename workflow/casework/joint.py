"""Joint cases: open branches, hear of their outcome, call them off. Run from the outbox, each at most once.

A branch with an item of its own is a whole case of that item; any other branch is a case of the small process
`branch`. Parent and branch never wait for each other's lock: news travels through the outbox.
"""

import json
import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from workflow.casework.errors import NotFound, RefusedError
from workflow.casework.follow import record
from workflow.casework.locked import Locked, lock_of
from workflow.casework.office import Office
from workflow.definitions.limits import default_rules
from workflow.definitions.loader import processes
from workflow.engine.case import CaseState
from workflow.engine.commands import SYSTEM, Act, Context, another_case
from workflow.engine.decide import decide, open_case, seal
from workflow.engine.errors import Refused
from workflow.engine.model import Process, Terms
from workflow.store import cases, definitions, sealed
from workflow.store.connect import Connection, Row
from workflow.store.personal import commitment, kinds_in, new_salt
from workflow.store.posts import VALID_TODAY

log = logging.getLogger(__name__)
SLUG = "branch"
PARENT = """
select c.id, c.case_no, c.item_code, c.item_name, c.owner, c.applicant, c.form, c.department, c.terms_digest,
       exists (select from cases b where b.parent_id = c.id and b.branch = %(branch)s) as opened
  from cases c where c.id = %(id)s
"""


def open_branch(connection: Connection, office: Office, parent_id: int, key: str, now: datetime) -> str | None:
    """Open one branch of a joint case and accept it with the parent; return its case number, None if it is open."""
    parent = connection.exec_driver_sql(PARENT, {"id": parent_id, "branch": key}).one()
    if parent.opened:
        return None
    branch = next(one for one in office.terms(connection, parent.terms_digest).special["branches"] if one["key"] == key)
    terms, process = _terms_of(connection, office, parent, branch, now)
    definitions.store_terms(connection, terms)
    case_no = _open(connection, office, parent, key, terms, process, now)
    actor_no = parent.case_no
    ask(connection, office, case_no, actor_no, "take-over", {}, now)
    if process.slug != SLUG:
        ask(connection, office, case_no, actor_no, "accept-joint", {}, now)
    return case_no


def _terms_of(
    connection: Connection, office: Office, parent: Row, branch: Mapping[str, Any], now: datetime
) -> tuple[Terms, Process]:
    department = _department(connection, branch["department"], parent.department, now)
    if branch["item"]:
        form = sealed.open_form(parent.form, parent.case_no)
        terms, process = office.offers(branch["item"], form, now.date())
        return terms.at(department), process
    process = processes()[SLUG]
    rules = {**default_rules()["document-review"], "promised": None}
    if branch["limit"]:
        rules["decision"] = branch["limit"]
    terms = Terms(
        item_code=parent.item_code,
        item_name=f"{parent.item_name}：{branch['name']}",
        item_version=office.terms(connection, parent.terms_digest).item_version,
        process=process.slug,
        process_version=process.version,
        process_digest=process.digest,
        department=department,
        rules=rules,
        materials=(),
        result={"certificate": "", "validity": None},
        kind="branch",
    )
    return terms.sealed(), process


def _department(connection: Connection, wanted: str, lead: str, now: datetime) -> str:
    """Return the branch's department; the lead one acts for a department that has nobody here."""
    is_staffed = connection.exec_driver_sql(
        f"select exists (select from person_posts where department = %(department)s and {VALID_TODAY})",
        {"department": wanted, "today": now.date()},
    ).scalar_one()
    return wanted if is_staffed else lead


def _open(
    connection: Connection, office: Office, parent: Row, key: str, terms: Terms, process: Process, now: datetime
) -> str:
    number = connection.exec_driver_sql("select nextval('case_numbers')").scalar_one()
    case_no = f"{terms.item_code}-{now:%Y%m%d}-{number:06d}"
    salt = new_salt()
    applicant = sealed.open_applicant(parent.applicant, parent.case_no)
    form = sealed.open_form(parent.form, parent.case_no)
    effects = {
        "item_code": terms.item_code,
        "terms_digest": terms.digest,
        "owner": parent.owner or "",
        "form": commitment(salt, form),
        "applicant": commitment(salt, applicant),
    }
    context = Context(now, office.calendar(connection), SYSTEM)
    given = {"parent": parent.case_no, "branch": key}
    opened = open_case(process, case_no, context, "system", effects, given)
    events, case = seal(CaseState(case_no), opened, ())
    state = process.states[case.state]
    case_id = cases.insert(
        connection,
        {
            "case_no": case_no,
            "item_code": terms.item_code,
            "item_name": terms.item_name,
            "process": process.slug,
            "process_digest": process.digest,
            "definition_version": process.version,
            "terms_digest": terms.digest,
            "department": terms.department,
            "owner": parent.owner,
            "state": case.state,
            "phase": state.phase,
            "head": case.head,
            "snapshot": json.dumps(case.to_json(), ensure_ascii=False),
            "now": now,
            "kind": process.kind,
            "parent_id": parent.id,
            "branch": key,
            "permit_id": None,
            "operation": None,
        },
        applicant=applicant,
        form=form,
        kinds=kinds_in(parent.form),
        salt=salt,
    )
    cases.insert_first(connection, case_id, events[0], state=state, department=terms.department, assignee=None, now=now)
    return case_no


def tell_parent(connection: Connection, office: Office, branch_id: int, news: Mapping[str, Any], now: datetime) -> None:
    """Let the joint case write down what its branch has to tell. A joint case that has ended no longer listens."""
    row = connection.exec_driver_sql(
        "select c.case_no, p.case_no as parent from cases c join cases p on p.id = c.parent_id where c.id = %(id)s",
        {"id": branch_id},
    ).one()
    action, data = "note-branch-time", dict(news)
    if "outcome" in news:
        action, data = "record-branch", {**news, "case_no": row.case_no}
    try:
        ask(connection, office, row.parent, row.case_no, action, data, now)
    except RefusedError as error:
        log.warning("case %s no longer listens to its branch %s: %s", row.parent, row.case_no, error)


def call_off(connection: Connection, office: Office, parent_id: int, now: datetime) -> int:
    """End the open branches of a joint case that was withdrawn or ended; return how many."""
    parent = connection.exec_driver_sql("select case_no from cases where id = %(id)s", {"id": parent_id}).scalar_one()
    found = connection.exec_driver_sql(
        "select case_no from cases where parent_id = %(id)s and phase in ('intake', 'review') order by id",
        {"id": parent_id},
    ).scalars()
    count = 0
    for case_no in list(found):
        try:
            ask(connection, office, case_no, parent, "call-off", {}, now)
            count += 1
        except RefusedError as error:  # decided in the very same moment: its decision stands
            log.warning("branch %s could not be called off: %s", case_no, error)
    return count


def ask(
    connection: Connection,
    office: Office,
    case_no: str,
    asked_by: str,
    action: str,
    data: Mapping[str, Any],
    now: datetime,
) -> Locked:
    """Let one case take an action that another case asks for. Raises RefusedError, NotFound."""
    actor = another_case(asked_by)
    row = cases.lock(connection, case_no, actor.id, now.date(), None)
    if row is None:
        raise NotFound(case_no)
    locked = lock_of(connection, office, row)
    context = Context(
        now,
        office.calendar(connection, row.calendar_version),
        actor,
        humans=office.humans(connection, row.link_version),
    )
    decided = decide(locked.process, locked.terms, locked.case, Act(action, data), context)
    if isinstance(decided, Refused):
        raise RefusedError(decided)
    record(connection, office, locked, decided, now, person=actor.id)
    return locked
