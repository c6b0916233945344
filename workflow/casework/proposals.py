"""Four eyes: one person proposes, another with the post confirms or rejects; nothing takes effect before (ADR 0025).

Proposing tries it out and takes it back, so that what cannot be done is said at once; confirming does it in the
transaction of the answer.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from workflow.casework import calendar, library, migrate, posts, proposed, publish
from workflow.casework.errors import KeyReused, NotFound
from workflow.casework.four_eyes import Body, Doing, Kind, found, insert, refused
from workflow.casework.office import Office
from workflow.casework.people import OVERSEERS, Person
from workflow.store import cases, humans
from workflow.store import proposals as store
from workflow.store.cases import Idempotency
from workflow.store.connect import Connection, Row
from workflow.store.proposals import STATUS

KINDS: Mapping[str, Kind] = {
    kind.name: kind for kind in (*posts.KINDS, *proposed.KINDS, publish.KIND, calendar.KIND, library.KIND, migrate.KIND)
}


class _Tried(Exception):
    """Takes a trial back."""


def propose(
    office: Office, kind: Kind, body: Body, because: str, person: Person, now: datetime, known: Idempotency | None
) -> dict[str, Any]:
    """Return the proposal as the API shows it; nothing has changed yet. Raises RefusedError, KeyReused, and what the change raises."""
    with office.work() as connection:
        earlier = cases.earlier_answer(connection, person.id, known.key) if known else None
        if known and earlier:
            if earlier[0] != known.body_hash:
                raise KeyReused(known.key)
            return earlier[1]
        _may(connection, kind, body, person)
    _try(office, kind, body, Doing(office, person.id, because, now))
    with office.work() as connection:
        made = insert(connection, kind, body, because, person.id, now)
        shown = proposal_json(found(connection, made), now)
        if known:
            cases.keep_answer(connection, person.id, known, shown, now)
    return shown


def _try(office: Office, kind: Kind, body: Body, doing: Doing) -> None:
    try:
        with office.work() as connection:
            kind.carry_out(connection, body, doing)
            raise _Tried
    except _Tried:
        return


def confirm(office: Office, proposal_id: int, person: Person, now: datetime, note: str = "") -> dict[str, Any]:
    """Carry a proposal out and return it. Raises NotFound, RefusedError, and what the change raises: then it stays open."""
    with office.work() as connection:
        row, kind = _open(connection, proposal_id, person, now)
        if _is_same(connection, row.proposed_by, person.id):
            raise refused("SAME_PERSON", "提出人不能确认自己的提议，须由另一人确认。", "forbidden")
        _may(connection, kind, row.body, person)
        result = kind.carry_out(connection, row.body, Doing(office, row.proposed_by, row.because, now))
        store.answer(connection, row, "confirmed", person.id, now, note, result)
        shown = proposal_json(found(connection, proposal_id), now)
    office.nudge()
    return shown


def reject(office: Office, proposal_id: int, person: Person, now: datetime, note: str) -> dict[str, Any]:
    """Let a proposal fall and return it; whoever made it withdraws it. Raises NotFound, RefusedError."""
    with office.work() as connection:
        row, kind = _open(connection, proposal_id, person, now)
        is_own = row.proposed_by == person.id
        if not is_own:
            _may(connection, kind, row.body, person)
        store.answer(connection, row, "withdrawn" if is_own else "rejected", person.id, now, note)
        return proposal_json(found(connection, proposal_id), now)


def find(office: Office, proposal_id: int, person: Person, now: datetime) -> dict[str, Any]:
    """Return one proposal. Raises NotFound, for what this person may not see just the same."""
    with office.look() as connection:
        row = store.find(connection, proposal_id)
    if row is None or row.kind not in _seen_by(person):
        raise NotFound(str(proposal_id))
    return proposal_json(row, now)


def listed(
    office: Office,
    person: Person,
    now: datetime,
    *,
    kind: str | None,
    status: str | None,
    before: int | None,
    limit: int,
    by: str | None = None,
) -> tuple[list[dict[str, Any]], int | None]:
    """Return (proposals this person may see, newest first; id to continue before or None). by: only this account's."""
    assert status is None or status in STATUS
    kinds = [name for name in _seen_by(person) if kind in (None, name)]
    with office.look() as connection:
        rows = store.page(connection, kinds, status=status, by=by, before=before, limit=limit + 1, now=now)
    page = rows[:limit]
    return [proposal_json(row, now) for row in page], page[-1].id if len(rows) > limit else None


def may_answer(proposal: Mapping[str, Any], person: Person) -> bool:
    """Return True if the answer of this person can be asked for: theirs is another account, with the post, and it is open."""
    is_open = proposal["status"] == "open" and person.has_post(*KINDS[proposal["kind"]].posts)
    return is_open and proposal["proposed_by"] != person.id


def proposal_json(row: Row, now: datetime) -> dict[str, Any]:
    """Return a proposal as the API shows it."""
    status = row.answer or ("open" if row.until > now else "expired")
    answered = (
        {"by": row.answered_by, "at": row.answered_at.isoformat(), "note": row.note, "result": row.result}
        if row.answer
        else None
    )
    return {
        "id": row.id,
        "kind": row.kind,
        "title": KINDS[row.kind].title,
        "subject": row.subject,
        "status": status,
        "diff": row.diff,
        "because": row.because,
        "proposed_by": row.proposed_by,
        "proposed_at": row.proposed_at.isoformat(),
        "until": row.until.isoformat(),
        "answered": answered,
    }


def _may(connection: Connection, kind: Kind, body: Body, person: Person) -> None:
    if not person.has_post(*kind.posts):
        raise refused("WRONG_POST", f"您没有办理“{kind.title}”的岗位。", "forbidden")
    if any(_is_same(connection, one, person.id) for one in kind.concerns(body)):
        raise refused("OWN_MATTER", f"“{kind.title}”涉及您本人，须由他人提出并由另一人确认。", "forbidden")


def _open(connection: Connection, proposal_id: int, person: Person, now: datetime) -> tuple[Row, Kind]:
    store.hold(connection, proposal_id)
    row = store.find(connection, proposal_id)
    if row is None or row.kind not in _seen_by(person):
        raise NotFound(str(proposal_id))
    if not person.has_post(*KINDS[row.kind].posts):
        raise refused("WRONG_POST", f"您没有办理“{KINDS[row.kind].title}”的岗位。", "forbidden")
    if row.answer:
        raise refused("PROPOSAL_ANSWERED", "这项提议已经有结果，不能再次办理。")
    if row.until <= now:
        raise refused("PROPOSAL_EXPIRED", "这项提议已经过期，请重新提出。")
    return row, KINDS[row.kind]


def _seen_by(person: Person) -> list[str]:
    """Return the kinds whose proposals a person reads: those of their posts; whoever oversees reads all."""
    if person.has_post(*OVERSEERS):
        return list(KINDS)
    return [name for name, kind in KINDS.items() if person.has_post(*kind.posts)]


def _is_same(connection: Connection, one: str, other: str) -> bool:
    return one == other or one in humans.accounts_of(connection, other)
