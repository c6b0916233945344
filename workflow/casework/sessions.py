"""Sessions of people at their browser and of their programs, kept in the database so that they can be ended at once.

A browser's session ends half an hour after it was last used, twelve hours after it began, at log-out, with every change of
the password and with the account. Only a hash of the cookie is kept: who reads the table cannot become anybody.
A program's session (casework.refresh) goes by its id, which stands in every signed access token.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from workflow.casework.office import Office
from workflow.casework.people import POSTS_OF, Person
from workflow.store.connect import Connection, Row

IDLE = timedelta(minutes=30)
LIFE = timedelta(hours=12)
TOUCH = timedelta(minutes=1)  # how exactly the last use is known
KEPT = timedelta(days=90)  # an ended session, before its row goes


@dataclass(frozen=True, slots=True)
class Session:
    """A session that holds. id: its digest; factor_at: when its person last gave a second factor, if ever."""

    id: str
    person: Person
    begun_at: datetime
    factor_at: datetime | None


def begin_session(
    office: Office, person: Person, now: datetime, *, instead_of: str = "", factor_at: datetime | None = None
) -> str:
    """Return the secret of a new session, for the cookie; the browser's earlier one, `instead_of`, ends."""
    secret = secrets.token_urlsafe(32)
    with office.work() as connection:
        _end(connection, instead_of, now, "renewed")
        connection.exec_driver_sql(
            "insert into sessions (digest, person_id, token_epoch, begun_at, seen_at, factor_at)"
            " values (%(digest)s, %(person)s, %(epoch)s, %(now)s, %(now)s, %(factor_at)s)",
            {
                "digest": digest_of(secret),
                "person": person.id,
                "epoch": person.token_epoch,
                "now": now,
                "factor_at": factor_at,
            },
        )
    return secret


HOLDING = f"""
select p.id, p.name, p.kind, p.token_epoch, s.digest, s.begun_at, s.seen_at, s.factor_at, {POSTS_OF} as posts
  from sessions s join people p on p.id = s.person_id
 where s.digest = %(digest)s and s.kind = %(kind)s and s.ended_at is null and p.active and p.token_epoch = s.token_epoch
"""
FIND = f"""{HOLDING}
   and s.begun_at > %(oldest)s and s.seen_at > %(idlest)s and s.seen_at <= %(now)s
"""


def find_session(office: Office, secret: str, now: datetime) -> Session | None:
    """Return the session of a cookie, or None where it holds no more. A use is noted once a minute."""
    with office.look() as connection:
        row = connection.exec_driver_sql(
            FIND,
            {
                "digest": digest_of(secret),
                "kind": "page",
                "today": now.date(),
                "now": now + TOUCH,  # processes do not agree on the second; a clock set back ends what is ahead of it
                "oldest": now - LIFE,
                "idlest": now - IDLE,
            },
        ).one_or_none()
        if row is None:
            return None
        if now - row.seen_at >= TOUCH:
            connection.exec_driver_sql(
                "update sessions set seen_at = greatest(seen_at, %(now)s) where digest = %(digest)s",
                {"digest": digest_of(secret), "now": now},
            )
    return session_of(row)


def find_program_session(office: Office, session_id: str, today: date) -> Session | None:
    """Return the session an access token speaks for, or None where it was ended. The token carries its own end."""
    with office.look() as connection:
        row = connection.exec_driver_sql(
            HOLDING, {"digest": session_id, "kind": "program", "today": today}
        ).one_or_none()
    return session_of(row) if row else None


def session_of(row: Row) -> Session:
    """Return the session of a row of HOLDING."""
    person = Person(row.id, row.name, row.kind, tuple((d, p) for d, p in row.posts), row.token_epoch)
    return Session(row.digest, person, row.begun_at, row.factor_at)


def end_session(office: Office, secret: str, now: datetime) -> None:
    """End the session of a cookie, if it has one."""
    with office.work() as connection:
        _end(connection, secret, now, "log-out")


def end_sessions(connection: Connection, person_id: str, now: datetime, why: str) -> None:
    """End every session of a person, browsers' and programs'. why: password | deactivated | revoked."""
    connection.exec_driver_sql(
        "update sessions set ended_at = %(now)s, ended_why = %(why)s where person_id = %(person)s and ended_at is null",
        {"now": now, "why": why, "person": person_id},
    )


def forget_old_sessions(office: Office, now: datetime) -> None:
    """Delete sessions nobody has used for 90 days."""
    with office.work() as connection:
        connection.exec_driver_sql("delete from sessions where seen_at < %(then)s", {"then": now - KEPT})


def _end(connection: Connection, secret: str, now: datetime, why: str) -> None:
    if secret:
        connection.exec_driver_sql(
            "update sessions set ended_at = %(now)s, ended_why = %(why)s where digest = %(digest)s and ended_at is null",
            {"now": now, "why": why, "digest": digest_of(secret)},
        )


def digest_of(secret: str) -> str:
    """Return what is kept of a secret. It has 256 bits of chance, so a plain hash is enough."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
