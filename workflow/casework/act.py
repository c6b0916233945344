"""Take one action on one case: one transaction, one lock, at most one answer per idempotency key."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from workflow.casework.access import NO_GRANT, Grant, allow, granted, shown, thing_of, who_of
from workflow.casework.errors import KeyReused, NotFound, RefusedError, StaleCase, TaskTaken
from workflow.casework.follow import record
from workflow.casework.locked import Locked, is_taken, lock_of
from workflow.casework.masking import with_identity_number
from workflow.casework.office import Office
from workflow.casework.permit_requests import check_request
from workflow.casework.signing import check_signing
from workflow.casework.surroundings import gather, wants
from workflow.casework.views import Answer, applicant_for
from workflow.definitions.access import matrix
from workflow.engine.commands import Act, Actor, Context, Surroundings
from workflow.engine.decide import Decided, decide
from workflow.engine.errors import Reason, Refused
from workflow.engine.model import Action, Terms
from workflow.store import cases, definitions
from workflow.store.cases import Idempotency
from workflow.store.connect import Connection, Row
from workflow.store.personal import commitment
from workflow.store.posts import VALID_TODAY
from workflow.store.sealed import open_applicant, open_salt

PEOPLE_MAX = 200
IN_TEXT = Reason(
    "IDENTITY_NUMBER_IN_TEXT",
    "意见和办理内容写入不可更改的办理记录，不能含有公民身份号码，请删除；需要时写在申请表或者材料中。",
    "个人信息保护法 第六条、第四十七条",
    "invalid",
    "data",
)


@dataclass(frozen=True, slots=True)
class ActRequest:
    """What the caller asks. version: the case version the caller saw (None: whatever it is now).

    extra: effects only the caller's side can know, checked there (a stored material, a checked form).
    factor_at: when the person last gave a second factor.
    terms / form: at submission, the terms the case is pinned to from now on, and the checked form.
    """

    case_no: str
    action: str
    person: str
    data: Mapping[str, Any]
    opinion: str = ""
    version: int | None = None
    known: Idempotency | None = None
    extra: Mapping[str, Any] | None = None
    terms: Terms | None = None
    form: Mapping[str, Any] | None = None
    factor_at: datetime | None = None


def act(office: Office, request: ActRequest, now: datetime) -> Answer:
    """Return the case after the action.

    Raises NotFound, KeyReused, StaleCase, TaskTaken, StepUpRequired or RefusedError; then nothing was changed.
    """
    with office.work() as connection:
        answer = act_within(connection, office, request, now)
    if not answer.replayed:
        office.nudge()
    return answer


def act_within(connection: Connection, office: Office, request: ActRequest, now: datetime) -> Answer:
    """The same within a transaction of the caller's."""
    key = request.known.key if request.known else None
    row = cases.lock(connection, request.case_no, request.person, now.date(), key)
    earlier = _earlier(connection, request, row)
    if earlier is not None:
        return earlier
    salt = _salt_of(row) if request.form is not None else ""
    locked, decided, grant = _decide(connection, office, request, row, now, salt)
    if locked.permit_id is not None and is_submission(locked, decided):
        check_request(connection, locked.permit_id, locked.terms.permit["operation"])
    if request.terms is not None:
        definitions.store_terms(connection, request.terms.pinned_to(locked.process))
    answer = record(
        connection,
        office,
        locked,
        decided,
        now,
        person=request.person,
        known=request.known,
        shown=applicant_for(locked.applicant, in_full=grant.in_full),
    )
    if request.form is not None:
        terms = request.terms or locked.terms
        cases.put_form(connection, locked.id, request.case_no, request.form, terms.personal)
    return answer


def ask(office: Office, request: ActRequest, now: datetime) -> None:
    """Raise what act() would raise, locking and changing nothing: before something costly is prepared for it."""
    key = request.known.key if request.known else None
    with office.look() as connection:
        row = cases.read(connection, request.case_no, request.person, now.date(), key)
        if _earlier(connection, request, row) is None:
            _decide(connection, office, request, row, now)


def _earlier(connection: Connection, request: ActRequest, row: Row | None) -> Answer | None:
    """Return the answer given before under the caller's key, if any; raise if the caller may not, or saw another version."""
    if row is None:
        raise NotFound(request.case_no)
    may_ask(row, request)
    if request.known and row.earlier:
        return replay_answer(request.known, *row.earlier)
    if request.version is not None and request.version != row.version:
        return _stale(connection, request, row)
    return None


def _decide(
    connection: Connection, office: Office, request: ActRequest, row: Row, now: datetime, salt: str = ""
) -> tuple[Locked, Decided, Grant]:
    locked = lock_of(connection, office, row)
    action = locked.process.find(locked.case.state, request.action)
    if action and is_taken(locked.process, locked.case, locked.assignee, locked.owner, action, request.person):
        raise TaskTaken(locked.assignee or "")
    if with_identity_number((request.opinion, request.data)):
        raise RefusedError(Refused((IN_TEXT,)))
    terms, extra = locked.terms, dict(request.extra or {})
    if request.form is not None:
        extra["form"] = commitment(salt, request.form)
    if request.terms is not None:
        terms = request.terms.pinned_to(locked.process)  # a draft stays on the version it was begun under
        extra["terms_digest"] = terms.digest
    mandated = may_ask(row, request).for_another
    actor = Actor(
        request.person,
        row.person_name,
        frozenset() if row.a_recused else frozenset(row.a_posts),
        owns=mandated or row.owner == request.person,
        agent_of=row.owner if mandated else "",
    )
    context = Context(
        now,
        office.calendar(connection, row.calendar_version),
        actor,
        _posts_of(connection, action, request.data, locked.department, now),
        around_of(connection, locked, request.action, now, form=request.form),
        office.humans(connection, row.link_version),
    )
    decided = decide(
        locked.process, terms, locked.case, Act(request.action, request.data, request.opinion), context, extra
    )
    if isinstance(decided, Refused):
        raise RefusedError(decided)
    check_signing(office, action, actor, request.factor_at, now)
    return locked, decided, _in_phase(row, request, locked, decided)


def _salt_of(row: Row) -> str:
    """Return the salt of the case's commitments; "" for a case begun before there were any."""
    return open_salt(row.salt or "", row.snapshot["case_no"])


def around_of(
    connection: Connection, locked: Locked, action: str, now: datetime, *, form: Mapping[str, Any] | None = None
) -> Surroundings:
    """Return the surroundings that action of the locked case asks for."""
    return gather(
        connection,
        wants(locked.process, locked.case.state, action),
        case_id=locked.id,
        item_code=locked.case.item_code,
        applicant=locked.applicant,
        assignee=locked.assignee,
        now=now,
        form=form,
    )


def is_submission(locked: Locked, decided: Decided) -> bool:
    """Return True if a draft becomes an application by this act."""
    states = locked.process.states
    return states[locked.case.state].phase == "draft" and states[decided.case.state].phase in ("intake", "review")


def may_ask(row: Row, request: ActRequest) -> Grant:
    """Return the grant for this kind of act, in some phase. Raises NotFound for a stranger, RefusedError for others.

    An act no process knows is nobody's: who may know of the case hears what is wrong with it from the engine.
    """
    who, thing, kind = who_of(row, request.person), thing_of(row), matrix().acts.get(request.action)
    if kind is not None:
        return allow(who, "case", kind, thing, in_any_phase=True)
    if not shown(who, "case", thing):
        raise NotFound(request.case_no)
    return NO_GRANT


def _in_phase(row: Row, request: ActRequest, locked: Locked, decided: Decided) -> Grant:
    """Return the grant for the act in the phase it is taken in: the law may have moved the case before it."""
    begun = next(event for event in decided.events if event["type"] == request.action)
    state, kind = locked.process.states[begun["from"]], matrix().acts[request.action]
    grant = granted(who_of(row, request.person), "case", kind, thing_of(row, state.phase))
    if grant is None:
        text = f"您的岗位在“{state.title}”环节不能办理这个动作。"
        raise RefusedError(Refused((Reason("ACTION_NOT_ALLOWED", text, "", "conflict"),)))
    return grant


def replay_answer(known: Idempotency, body_hash: str, answer: dict[str, Any]) -> Answer:
    """Return the answer given before under this key. Raises KeyReused if it was to another request."""
    if body_hash != known.body_hash:
        raise KeyReused(known.key)
    shown = open_applicant(answer["applicant"], answer["case_no"])
    return Answer(answer["version"], {**answer, "applicant": shown}, replayed=True)


def _stale(connection: Connection, request: ActRequest, row: Row) -> Answer:
    """Answer a retry whose first try won while this one waited for the lock; otherwise say who was first."""
    if request.known:
        earlier = cases.earlier_answer(connection, request.person, request.known.key)
        if earlier:
            return replay_answer(request.known, *earlier)
    assert request.version is not None
    last = cases.events_of(connection, row.id, after=row.version - 1)[-1]
    raise StaleCase(request.case_no, seen=request.version, now=row.version, last=last)


def _posts_of(
    connection: Connection, action: Action | None, data: Mapping[str, Any], department: str, now: datetime
) -> Mapping[str, frozenset[str]]:
    """Return the posts of everyone the data names as people; strangers are simply absent."""
    asked = [data.get(ask.name) for ask in action.asks if ask.type in ("person", "people")] if action else []
    named = [name for value in asked for name in (value if isinstance(value, list) else [value])]
    names = [name for name in named if isinstance(name, str) and "\x00" not in name]
    if not names or len(names) > PEOPLE_MAX:
        return {}
    rows = connection.exec_driver_sql(
        "select person_id, array_agg(post) as posts from person_posts where person_id = any(%(named)s)"
        f" and department = %(department)s and {VALID_TODAY}"
        " group by person_id",
        {"named": names, "department": department, "today": now.date()},
    )
    return {row.person_id: frozenset(row.posts) for row in rows}
