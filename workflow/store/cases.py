"""Cases and their events: one locked read, one write statement (ADR 0012).

The write is a single statement of data-modifying CTEs. It runs only after the row is locked by a
statement of its own: a statement that both waits for the lock and writes would see the world from before
the wait.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workflow.engine.model import State
from workflow.store import sealed
from workflow.store.access import CASE_FACTS
from workflow.store.connect import Connection, Row

READ = f"""
select c.id, c.department, c.owner, c.applicant, c.version, c.snapshot, c.terms_digest, c.process_digest,
       c.kind, c.parent_id, c.branch, c.permit_id, c.phase, c.salt, t.id as task_id, t.assignee,
       p.name as person_name,{CASE_FACTS},
       (select jsonb_build_array(body_hash, answer) from idempotency
         where person_id = %(person)s and key = %(key)s) as earlier,
       (select max(id) from calendar_versions) as calendar_version,
       (select coalesce(max(id), 0) from person_links) as link_version
  from cases c left join people p on p.id = %(person)s
  left join tasks t on t.case_id = c.id and t.closed_at is null
 where c.case_no = %(case_no)s
"""
# "no key": a job that adds rows about the case does not wait for an act, so the two never wait for each other in a circle.
LOCK = f"{READ} for no key update of c"

WRITE = """
with the_case as (
    update cases set state = %(state)s::text, phase = %(phase)s, version = %(version)s::int, head = %(head)s,
           snapshot = %(snapshot)s::jsonb, terms_digest = %(terms_digest)s, process_digest = %(process_digest)s,
           received_at = %(received_at)s::timestamptz, accepted_on = %(accepted_on)s::date, decided_on = %(decided_on)s::date,
           outcome = %(outcome)s::text, statutory_due = %(statutory_due)s::date, promised_due = %(promised_due)s::date,
           alert = %(alert)s::text, updated_at = %(now)s::timestamptz
     where id = %(id)s::bigint and version = %(was)s::int
 returning id),
new_events as (
    insert into events (case_id, seq, type, at, actor_id, hash, body)
    select c.id, (e ->> 'seq')::int, e ->> 'type', (e ->> 'at')::timestamptz, e -> 'actor' ->> 'id', e ->> 'hash', e
      from the_case c, jsonb_array_elements(%(events)s::jsonb) e
 returning seq),
closed as (
    update tasks set closed_at = %(now)s::timestamptz, closed_seq = %(version)s::int
     where case_id = %(id)s::bigint and closed_at is null and %(close_task)s::boolean
 returning id),
kept as (
    update tasks set due_on = %(due_on)s::date
     where case_id = %(id)s::bigint and closed_at is null and not %(close_task)s::boolean and due_on is distinct from %(due_on)s::date
 returning id),
opened as (
    insert into tasks (case_id, opened_seq, state, department, post, title, assignee, claimed_at, due_on, opened_at, members)
    select c.id, %(version)s::int, %(state)s::text, %(department)s::text, %(post)s::text, %(title)s::text, %(assignee)s::text,
           case when %(assignee)s::text is null then null else %(now)s::timestamptz end, %(due_on)s::date, %(now)s::timestamptz,
           %(members)s::text[]
      from the_case c, (select count(*) from closed) as after_closing
     where %(post)s::text is not null
 returning id),
due as (
    insert into due_dates (case_id, generation, next_due_on, wake_at)
    select c.id, %(version)s::int, nullif(%(due_on)s::date, '9999-12-31'), %(wake_at)s::timestamptz from the_case c
     where %(wake_at)s::timestamptz is not null
    on conflict (case_id) do update set generation = excluded.generation, next_due_on = excluded.next_due_on,
           wake_at = excluded.wake_at, attempts = 0, quarantined_at = null, error = null
 returning case_id),
asleep as (
    delete from due_dates where case_id = %(id)s::bigint and %(wake_at)s::timestamptz is null returning case_id),
out as (
    insert into outbox (topic, case_id, seq, body, created_at, next_try_at)
    select o ->> 'topic', c.id, (o ->> 'seq')::int, o -> 'body', %(now)s::timestamptz, %(now)s::timestamptz
      from the_case c, jsonb_array_elements(%(outbox)s::jsonb) o
 returning id),
answer as (
    insert into idempotency (person_id, key, body_hash, answer, created_at)
    select %(person)s::text, %(key)s::text, %(body_hash)s::text,
           case when exists (select from opened)
                then jsonb_set(%(answer)s::jsonb, '{tasks,0,id}', (select to_jsonb(id) from opened))
                else %(answer)s::jsonb end, %(now)s::timestamptz
      from the_case where %(key)s::text is not null
 returning key)
select (select count(*) from the_case) as cases, (select count(*) from new_events) as events,
       (select id from opened) as task_id
"""

INSERT_DOCUMENTS = """
insert into documents (case_id, seq, title, no, issued_at)
select %(id)s, (d ->> 'seq')::int, d ->> 'title', d ->> 'no', %(now)s from jsonb_array_elements(%(documents)s::jsonb) d
"""

NEXT_NUMBERS = """
insert into number_counters (organ, year, word, last)
select %(organ)s, %(year)s, word, count(*) from unnest(%(words)s::text[]) word group by word order by word
on conflict (organ, year, word) do update set last = number_counters.last + excluded.last
returning word, last
"""

INSERT_DECISION = """
insert into decisions (case_id, round, outcome, seq, document_no, decided_on)
values (%(id)s, 1, %(outcome)s, %(seq)s, %(no)s, %(on)s)
"""

INSERT_CASE = """
insert into cases (case_no, item_code, item_name, process, process_digest, definition_version, terms_digest, department,
                   owner, applicant, form, state, phase, version, head, snapshot, created_at, updated_at, kind, parent_id,
                   branch, permit_id, operation, salt, applicant_index, calendar_version)
values (%(case_no)s, %(item_code)s, %(item_name)s, %(process)s, %(process_digest)s, %(definition_version)s,
        %(terms_digest)s, %(department)s, %(owner)s, %(applicant)s::jsonb, %(form)s::jsonb, %(state)s, %(phase)s, 1,
        %(head)s, %(snapshot)s::jsonb, %(now)s, %(now)s, %(kind)s, %(parent_id)s, %(branch)s, %(permit_id)s, %(operation)s,
        %(salt)s, %(applicant_index)s, (select coalesce(max(id), 0) from calendar_versions))
returning id
"""


@dataclass(frozen=True, slots=True)
class Idempotency:
    """The caller's key and the hash of what was asked with it."""

    key: str
    body_hash: str


def lock(connection: Connection, case_no: str, person: str, today: Any, key: str | None) -> Row | None:
    """Return the case row, locked until commit, with who asks; None if there is no such case."""
    return _row(connection, LOCK, case_no, person, today, key)


def read(connection: Connection, case_no: str, person: str, today: Any, key: str | None) -> Row | None:
    """Return the same without locking it."""
    return _row(connection, READ, case_no, person, today, key)


def _row(connection: Connection, sql: str, case_no: str, person: str, today: Any, key: str | None) -> Row | None:
    return connection.exec_driver_sql(
        sql, {"case_no": case_no.replace("\x00", ""), "person": person, "today": today, "key": key}
    ).one_or_none()


def write(connection: Connection, parameters: Mapping[str, Any]) -> Row:
    """Write one or more events and everything that follows from them, in one statement."""
    return connection.exec_driver_sql(WRITE, parameters).one()


def insert(
    connection: Connection,
    parameters: Mapping[str, Any],
    *,
    applicant: Mapping[str, Any],
    form: Mapping[str, Any],
    kinds: Mapping[str, str],
    salt: str,
) -> int:
    """Insert a new case at version 1; return its id. applicant, form, salt: open, sealed here; kinds: as the terms say."""
    case_no = parameters["case_no"]
    sealed_parts = {
        "applicant": json.dumps(sealed.seal_applicant(applicant, case_no), ensure_ascii=False),
        "form": json.dumps(sealed.seal_form(form, kinds, case_no), ensure_ascii=False),
        "salt": sealed.seal_salt(salt, case_no),
        "applicant_index": sealed.index_of(applicant),
    }
    return int(connection.exec_driver_sql(INSERT_CASE, {**parameters, **sealed_parts}).scalar_one())


def next_numbers(connection: Connection, organ: str, year: int, words: Sequence[str]) -> list[int]:
    """Return one number per word, in order; without gaps or doubles, because it commits with the case."""
    rows = connection.exec_driver_sql(NEXT_NUMBERS, {"organ": organ, "year": year, "words": list(words)}).all()
    counts = {word: words.count(word) for word in words}
    following = {row.word: row.last - counts[row.word] + 1 for row in rows}
    numbers = []
    for word in words:
        numbers.append(following[word])
        following[word] += 1
    return numbers


def insert_documents(connection: Connection, case_id: int, now: Any, documents: Sequence[Mapping[str, Any]]) -> None:
    """Keep the numbered documents of this act; their content is rendered after the commit."""
    connection.exec_driver_sql(
        INSERT_DOCUMENTS, {"id": case_id, "now": now, "documents": json.dumps(documents, ensure_ascii=False)}
    )


def insert_decision(connection: Connection, case_id: int, outcome: str, seq: int, no: str, on: Any) -> None:
    """Keep the decision; a second one of the same round violates the primary key."""
    connection.exec_driver_sql(INSERT_DECISION, {"id": case_id, "outcome": outcome, "seq": seq, "no": no, "on": on})


def events_of(connection: Connection, case_id: int, *, after: int = 0, limit: int = 1000) -> list[dict[str, Any]]:
    """Return event bodies in order of seq, after a given seq."""
    rows = connection.exec_driver_sql(
        "select body from events where case_id = %(id)s and seq > %(after)s order by seq limit %(limit)s",
        {"id": case_id, "after": after, "limit": limit},
    )
    return list(rows.scalars())


def keep_answer(connection: Connection, person: str, known: Idempotency, answer: Mapping[str, Any], now: Any) -> None:
    """Remember the answer given under an idempotency key; where it is a case, its applicant sealed."""
    kept = dict(answer)
    if "applicant" in kept:
        kept["applicant"] = sealed.seal_applicant(kept["applicant"], kept["case_no"])
    connection.exec_driver_sql(
        "insert into idempotency (person_id, key, body_hash, answer, created_at)"
        " values (%(person)s, %(key)s, %(body_hash)s, %(answer)s::jsonb, %(now)s)",
        {
            "person": person,
            "key": known.key,
            "body_hash": known.body_hash,
            "answer": json.dumps(kept, ensure_ascii=False),
            "now": now,
        },
    )


def earlier_answer(connection: Connection, person: str, key: str) -> tuple[str, dict[str, Any]] | None:
    """Return (body hash, answer) of an earlier request under this key, or None."""
    row = connection.exec_driver_sql(
        "select body_hash, answer from idempotency where person_id = %(person)s and key = %(key)s",
        {"person": person, "key": key},
    ).one_or_none()
    return (row.body_hash, row.answer) if row else None


def hand_over(
    connection: Connection,
    case_id: int,
    assignee: str | None,
    members: Sequence[str] | None,
    now: Any,
    *,
    delegated: tuple[str, str] | None = None,
) -> None:
    """Put the open task of a case into other hands. delegated: (in whose place, until which day)."""
    by, until = delegated or (None, None)
    connection.exec_driver_sql(
        "update tasks set assignee = %(to)s, members = %(members)s::text[], claimed_at = case when %(to)s::text is null"
        " then null else %(now)s::timestamptz end, delegated_by = %(by)s, delegated_until = %(until)s::date"
        " where case_id = %(id)s and closed_at is null",
        {
            "id": case_id,
            "to": assignee,
            "members": list(members) if members else None,
            "now": now,
            "by": by,
            "until": until,
        },
    )


def put_form(
    connection: Connection, case_id: int, case_no: str, form: Mapping[str, Any], kinds: Mapping[str, str]
) -> None:
    """Replace the form of a case; its commitment is in the event of the same transaction."""
    connection.exec_driver_sql(
        "update cases set form = %(form)s::jsonb where id = %(id)s",
        {
            "id": case_id,
            "form": json.dumps(sealed.seal_form(form, kinds, case_no), ensure_ascii=False),
        },
    )


def insert_first(
    connection: Connection,
    case_id: int,
    event: Mapping[str, Any],
    *,
    state: State,
    department: str,
    assignee: str | None,
    now: Any,
) -> int | None:
    """Insert the first event of a case and the task its state opens; return the task's id, if any."""
    connection.exec_driver_sql(
        "insert into events (case_id, seq, type, at, actor_id, hash, body)"
        " values (%(id)s, %(seq)s, %(type)s, %(at)s, %(actor)s, %(hash)s, %(body)s::jsonb)",
        {
            "id": case_id,
            "seq": event["seq"],
            "type": event["type"],
            "at": event["at"],
            "actor": event["actor"]["id"],
            "hash": event["hash"],
            "body": json.dumps(event, ensure_ascii=False),
        },
    )
    if state.task is None:
        return None
    task_id: int = connection.exec_driver_sql(
        "insert into tasks (case_id, opened_seq, state, department, post, title, assignee, claimed_at, opened_at)"
        " values (%(id)s, %(seq)s, %(state)s, %(department)s, %(post)s, %(title)s, %(assignee)s,"
        " case when %(assignee)s::text is null then null else %(now)s::timestamptz end, %(now)s) returning id",
        {
            "id": case_id,
            "seq": event["seq"],
            "state": state.name,
            "department": department,
            "post": state.task.post,
            "title": state.task.title,
            "assignee": assignee,
            "now": now,
        },
    ).scalar_one()
    return task_id
