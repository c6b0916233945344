"""Open a case (a draft, or straight to submission), one transaction."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from workflow.casework.access import Grant, granted, refusal, thing_of, who_of
from workflow.casework.act import ActRequest, act_within, replay_answer
from workflow.casework.errors import RefusedError
from workflow.casework.office import Office
from workflow.casework.people import person_of
from workflow.casework.views import Answer, case_facts, case_json, task_json
from workflow.engine.case import CaseState
from workflow.engine.commands import Actor, Context
from workflow.engine.decide import open_case, seal
from workflow.engine.errors import Reason, Refused
from workflow.engine.model import Process, Terms
from workflow.engine.roles import AGENT
from workflow.store import cases, definitions
from workflow.store.access import OPENING_FACTS
from workflow.store.cases import Idempotency
from workflow.store.connect import Connection
from workflow.store.personal import commitment, new_salt

LAW = "行政许可法 第二十九条；民法典 第一百六十二条"
MAY_OPEN = f"""
select o.id as owner, o.name as owner_name,{OPENING_FACTS}
  from (select) one left join people o on o.id = %(owner)s and o.active
"""


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """A checked application: form and applicant have passed the manual's checks, terms are computed.

    owner: the applicant's account, or None when a clerk registers for somebody without one.
    post: applicant | agent | window-clerk, under which `person` opens the case (an agent's owner is the grantor).
    """

    person: str
    post: str
    owner: str | None
    terms: Terms
    applicant: Mapping[str, Any]
    form: Mapping[str, Any]
    submit: bool
    channel: str = "online"
    known: Idempotency | None = None
    permit_id: int | None = None


def open_and_submit(office: Office, request: OpenRequest, process: Process, now: datetime) -> Answer:
    """Return the new case as draft or received. Raises KeyReused, RefusedError."""
    with office.work() as connection:
        grant = _may_open(connection, request, now)
        answer = open_within(connection, office, replace(request, post=grant.post), process, now)
    if not answer.replayed:
        office.nudge()
    return answer


def _may_open(connection: Connection, request: OpenRequest, now: datetime) -> Grant:
    """Return the grant. Raises RefusedError: nobody opens a case for an applicant who is not here or has not asked."""
    row = connection.exec_driver_sql(
        MAY_OPEN,
        {
            "person": request.person,
            "today": now.date(),
            "owner": request.owner,
            "department": request.terms.department,
            "item_code": request.terms.item_code,
        },
    ).one()
    grant = granted(who_of(row, request.person), "case", "open", thing_of(row, ""))
    if grant is None or (grant.whose == "department" and request.owner):  # at the counter nobody has an account
        raise refusal("case", "open")
    if grant.for_another and request.applicant.get("name") != row.owner_name:
        text = f"申请人姓名（名称）：代办的申请以委托人的名义提出，应当是{row.owner_name}。"
        raise RefusedError(Refused((Reason("NOT_THE_GRANTOR", text, LAW, "invalid", "applicant.name"),)))
    return grant


def open_within(
    connection: Connection, office: Office, request: OpenRequest, process: Process, now: datetime
) -> Answer:
    """The same within a transaction of the caller's."""
    known = request.known
    if known:
        earlier = cases.earlier_answer(connection, request.person, known.key)
        if earlier:
            return replay_answer(known, *earlier)
    definitions.store_terms(connection, request.terms)
    salt = new_salt()
    answer = _draft(connection, office, request, process, salt, now)
    if request.submit:
        answer = act_within(
            connection,
            office,
            ActRequest(
                case_no=answer.case["case_no"],
                action="submit",
                person=request.person,
                data={"channel": request.channel},
                extra={"form": commitment(salt, request.form)},
            ),
            now,
        )
    if known:
        cases.keep_answer(connection, request.person, known, answer.case, now)
    return answer


def _draft(
    connection: Connection, office: Office, request: OpenRequest, process: Process, salt: str, now: datetime
) -> Answer:
    terms = request.terms
    number = connection.exec_driver_sql("select nextval('case_numbers')").scalar_one()
    case_no = f"{terms.item_code}-{now:%Y%m%d}-{number:06d}"
    person = person_of(connection, request.person)
    agent_of = request.owner or "" if request.post == AGENT else ""
    actor = Actor(person.id, person.name, owns=bool(agent_of) or request.owner == request.person, agent_of=agent_of)
    effects = {
        "item_code": terms.item_code,
        "terms_digest": terms.digest,
        "owner": request.owner or "",
        "form": commitment(salt, request.form),
        "applicant": commitment(salt, request.applicant),
    }
    opened = open_case(process, case_no, Context(now, office.calendar(connection), actor), request.post, effects, {})
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
            "owner": request.owner,
            "state": case.state,
            "phase": state.phase,
            "head": case.head,
            "snapshot": json.dumps(case.to_json(), ensure_ascii=False),
            "now": now,
            "kind": process.kind,
            "parent_id": None,
            "branch": None,
            "permit_id": request.permit_id,
            "operation": terms.permit.get("operation"),
        },
        applicant=request.applicant,
        form=request.form,
        kinds=terms.personal,
        salt=salt,
    )
    assignee = request.owner if state.task and state.task.post == "applicant" else None
    task_id = cases.insert_first(
        connection, case_id, events[0], state=state, department=terms.department, assignee=assignee, now=now
    )
    facts = case_facts(case, opened.reading, process)
    task = task_json(process, case, task_id=task_id, assignee=assignee, due=None)
    return Answer(
        1,
        case_json(case, facts, applicant=request.applicant, process=process, terms=terms, task=task),
    )
