"""Move open cases to a published version of their process: seen first, then done by two people, one case a transaction."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Literal

from workflow.casework.errors import ChangeRefused
from workflow.casework.follow import record
from workflow.casework.four_eyes import Body, Doing, Kind, emergency, refused
from workflow.casework.locked import Locked
from workflow.casework.movable import Crossing, data_of, named_by, obstacles, remarks, side_of
from workflow.casework.office import Office
from workflow.casework.people import Person
from workflow.casework.publish import ADMIN, REASON_MAX, administrator
from workflow.casework.record import NO_DUE
from workflow.casework.views import case_facts
from workflow.definitions.lint.model import Model
from workflow.engine.case import CaseState, apply
from workflow.engine.commands import SYSTEM, Context
from workflow.engine.decide import Decided
from workflow.engine.errors import BanjianError
from workflow.engine.model import Process, State, Terms
from workflow.store import definitions, humans, versions
from workflow.store.connect import Connection, Row
from workflow.store.posts import VALID_TODAY

NEWEST = "newest"
PAGE = 200
DIGITS_MIN = 8
# (old terms, form, new process, today) -> the terms of the newest version of the item, or the reason why there are none
TermsFor = Callable[[Terms, Mapping[str, Any], Process, date], Terms | str]


@dataclass(frozen=True, slots=True)
class Migration:
    """What is asked. mapping: state of the old version -> state of the new one, where the name differs."""

    process: Process
    mapping: Mapping[str, str]
    terms_for: TermsFor


@dataclass(frozen=True, slots=True)
class Move:
    """What moving one case means. done: what came of it; "seen" where nothing was to be done yet."""

    case_no: str
    state: str
    to: str
    version: str
    done: Literal["seen", "moved", "blocked", "there-already", "ended"]
    obstacles: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    due_before: Mapping[str, str] = field(default_factory=dict)
    due_after: Mapping[str, str] = field(default_factory=dict)


def _not_by_hand(_connection: Connection, _body: Body, _doing: Doing) -> None:
    raise refused("ONLY_AT_THE_CONSOLE", "办件迁移在控制台办理（banjian catalog migrate）。")


KIND = Kind(
    "migrate",
    "迁移办件到新版本",
    frozenset({ADMIN}),
    lambda body: str(body["process"]),
    lambda _, body: dict(body),
    _not_by_hand,
)


def target(office: Office, slug: str, wanted: str) -> Process:
    """Return the published version of a process: `newest`, or by the first digits of its digest. Raises ChangeRefused."""
    with office.work() as connection:
        newest = versions.newest(connection).get(slug)
        if newest is None:
            raise ChangeRefused(f"no version of a process {slug!r} was published")
        if wanted == NEWEST:
            return office.process(connection, newest.digest)
        found = versions.find(connection, slug, wanted) if len(wanted) >= DIGITS_MIN else []
        if len(found) != 1:
            what = "is not the beginning of one published digest"
            raise ChangeRefused(f"{wanted!r} {what} of {slug} ({DIGITS_MIN} digits or more)")
        return office.process(connection, found[0])


def migration_to(process: Process, mapping: Mapping[str, str], terms_for: TermsFor) -> Migration:
    """Return the migration. Raises ChangeRefused if states are mapped to what the new version does not have."""
    strangers = sorted(set(mapping.values()) - set(process.states))
    if strangers:
        raise ChangeRefused(*(f"the new version has no state {name!r}" for name in strangers))
    return Migration(process, mapping, terms_for)


def look(office: Office, migration: Migration, now: datetime) -> Iterator[Move]:
    """Yield what would come of every open case of the process; nothing is changed and nothing is locked."""
    model = Model.of(migration.process)
    for case_id in _open_cases(office, migration.process.slug):
        with office.work() as connection:
            row = versions.case_row(connection, case_id, lock=False)
            move = _looked_at(connection, office, migration, model, row, now)[0]
        yield move


def migrate(
    office: Office, migration: Migration, *, by: str, second: str, because: str, now: datetime, account: str = ""
) -> Iterator[Move]:
    """Move every open case that nothing stands in the way of, each in a transaction of its own; yield what came of each.

    by, second: two different people with the post catalogue-admin. account: os:ACCOUNT at the console; it is written down
    as an emergency (four_eyes.py). Raises ChangeRefused; then no case was touched.
    Safe to run again and from two places at once: a case that is there already is left alone.
    """
    if by == second:
        raise ChangeRefused("the second person must be somebody else")
    if not 1 <= len(because) <= REASON_MAX:
        raise ChangeRefused(f"a reason has 1 to {REASON_MAX} characters")
    with office.work() as connection:
        people = administrator(connection, by, now), administrator(connection, second, now)
        if second in humans.accounts_of(connection, by):
            raise ChangeRefused("the second person must be somebody else")
        if account:  # two names, but nobody proved to be them
            body = {"process": migration.process.slug, "to": migration.process.digest, "by": by, "second": second}
            emergency(connection, KIND, body, because, account, now)
    return _moves(office, migration, people, because, now)


def _moves(
    office: Office, migration: Migration, people: tuple[Person, Person], because: str, now: datetime
) -> Iterator[Move]:
    model = Model.of(migration.process)
    for case_id in _open_cases(office, migration.process.slug):
        with office.work() as connection:
            row = versions.case_row(connection, case_id, lock=True)
            move, crossing = _looked_at(connection, office, migration, model, row, now)
            if crossing is not None and move.done == "seen":
                _take_over(connection, office, migration, crossing, row, people, because, now)
                move = replace(move, done="moved")
        yield move
    office.nudge()


def _open_cases(office: Office, slug: str) -> Iterator[int]:
    after = 0
    while True:
        with office.work() as connection:
            page = versions.open_cases(connection, slug, after=after, limit=PAGE)
        yield from (row.id for row in page)
        if len(page) < PAGE:
            return
        after = page[-1].id


def _looked_at(
    connection: Connection, office: Office, migration: Migration, model: Model, row: Row, now: datetime
) -> tuple[Move, Crossing | None]:
    """Return what moving this case means, and the crossing if it can be computed. One bad case never stops the rest."""
    try:
        return _crossing(connection, office, migration, model, row, now)
    except BanjianError as error:
        move = Move(
            row.case_no, row.state, row.state, row.process_digest[:12], "blocked", (f"it cannot be read: {error}",)
        )
        return move, None


def _crossing(
    connection: Connection, office: Office, migration: Migration, model: Model, row: Row, now: datetime
) -> tuple[Move, Crossing | None]:
    case = CaseState.from_json(row.snapshot)
    old, terms = office.process(connection, row.process_digest), office.terms(connection, row.terms_digest)
    to = migration.mapping.get(case.state, case.state) if old.digest != migration.process.digest else case.state
    seen = Move(row.case_no, case.state, to, f"{old.version}+{old.digest[:12]}", "seen")
    if old.states[case.state].ends:  # ended between the list and the look
        return replace(seen, done="ended"), None
    new_terms = migration.terms_for(terms, row.form, migration.process, now.date())
    if isinstance(new_terms, str):
        return replace(seen, done="blocked", obstacles=(new_terms,)), None
    if (old.digest, terms.digest) == (migration.process.digest, new_terms.digest):
        return replace(seen, done="there-already"), None
    context = Context(now, office.calendar(connection), SYSTEM)
    crossing = Crossing(
        case,
        side_of(old, terms, case, context),
        side_of(migration.process, new_terms, case, context),
        model,
        to,
        context,
        _posts_of(connection, named_by(migration.process, to, case), row.department, now),
    )
    stopped = obstacles(crossing)
    move = replace(
        seen,
        done="blocked" if stopped else "seen",
        obstacles=stopped,
        remarks=() if stopped else remarks(crossing),
        due_before=crossing.old.due,
        due_after=crossing.new.due,
    )
    return move, crossing


def _posts_of(
    connection: Connection, people: tuple[str, ...], department: str, now: datetime
) -> Mapping[str, frozenset[str]]:
    if not people:
        return {}
    rows = connection.exec_driver_sql(
        "select person_id, array_agg(post) as posts from person_posts join people on people.id = person_id and active"
        " where person_id = any(%(people)s) and department = %(department)s"
        f" and {VALID_TODAY} group by person_id",
        {"people": list(people), "department": department, "today": now.date()},
    )
    return {row.person_id: frozenset(row.posts) for row in rows}


def _take_over(
    connection: Connection,
    office: Office,
    migration: Migration,
    crossing: Crossing,
    row: Row,
    people: tuple[Person, Person],
    because: str,
    now: datetime,
) -> None:
    """Write the move down as one event of the case, and what follows from it. Caller commits."""
    first, second = people
    case, new = crossing.case, crossing.new
    definitions.store_terms(connection, new.terms)
    mapped = {case.state: crossing.to} if crossing.to != case.state else {}
    event = {
        "case_no": case.case_no,
        "seq": case.seq + 1,
        "type": "migrated",
        "at": now.isoformat(),
        "actor": {"id": first.id, "name": first.name, "post": ADMIN},
        "from": case.state,
        "to": crossing.to,
        "data": data_of(crossing, mapped, {"id": second.id, "name": second.name}, because),
        "prev_hash": case.head,
        "hash": "",
    }
    task = versions.open_task(connection, row.id)
    locked = Locked(
        id=row.id,
        case=case,
        process=new.process,
        terms=new.terms,
        department=row.department,
        owner=row.owner,
        applicant=row.applicant,
        task_id=task.id if task else None,
        assignee=task.assignee if task else None,
    )
    record(connection, office, locked, Decided((event,), apply(case, event), new.reading), now, person=first.id)
    versions.name_version(connection, row.id, new.process.version)
    state = new.process.states[crossing.to]
    if crossing.to == case.state and _task_differs(task, state):
        due = case_facts(case, new.reading, new.process).task_due or NO_DUE
        versions.retask(
            connection, row.id, case.seq + 1, state, department=row.department, owner=row.owner, due_on=due, now=now
        )


def _task_differs(task: Row | None, state: State) -> bool:
    if task is None or state.task is None:
        return task is not None or state.task is not None
    return (task.post, task.title) != (state.task.post, state.task.title)
