"""Refresh tokens: each is used once. One that comes back was copied, so its whole session ends (RFC 9700, 4.14)."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from workflow.casework.office import Office
from workflow.casework.people import POSTS_OF, Person
from workflow.casework.security import note
from workflow.casework.sessions import LIFE, TOUCH, Session, digest_of, session_of
from workflow.store.connect import Connection, Row


@dataclass(frozen=True, slots=True)
class Renewed:
    """A session and the refresh token that is good once from now on."""

    session: Session
    refresh_token: str


BEGIN = """
with begun as (
    insert into sessions (digest, person_id, token_epoch, begun_at, seen_at, factor_at, kind)
    values (%(session)s, %(person)s, %(epoch)s, %(now)s, %(now)s, %(factor_at)s, 'program') returning digest)
insert into refresh_tokens (digest, session, issued_at) select %(digest)s, digest, %(now)s from begun
"""


def begin_program(office: Office, person: Person, now: datetime, factor_at: datetime | None = None) -> Renewed:
    """Return a new session for a program that acts for this person."""
    session_id, token = secrets.token_hex(32), secrets.token_urlsafe(32)
    with office.work() as connection:
        connection.exec_driver_sql(
            BEGIN,
            {
                "session": session_id,
                "person": person.id,
                "epoch": person.token_epoch,
                "now": now,
                "factor_at": factor_at,
                "digest": digest_of(token),
            },
        )
    return Renewed(Session(session_id, person, now, factor_at), token)


FIND = f"""
select p.id, p.name, p.kind, p.token_epoch, s.digest, s.begun_at, s.factor_at, {POSTS_OF} as posts,
       r.issued_at, r.used_at,
       s.ended_at is null and p.active and p.token_epoch = s.token_epoch
       and s.begun_at > %(oldest)s and s.begun_at <= %(soon)s as holds
  from refresh_tokens r join sessions s on s.digest = r.session join people p on p.id = s.person_id
 where r.digest = %(digest)s
   for update of r, s
"""


def renew(office: Office, token: str, now: datetime, place: str = "") -> Renewed | Literal["unknown", "reused"]:
    """Return the session with its next token; "unknown" where it holds no more; "reused" where that ended it."""
    with office.work() as connection:
        row = connection.exec_driver_sql(
            FIND,
            {"digest": digest_of(token), "today": now.date(), "oldest": now - LIFE, "soon": now + TOUCH},
        ).one_or_none()
        if row is None or not row.holds:
            return "unknown"
        if row.used_at is not None:
            _end(connection, row.digest, now, "reused")
            note(connection, "REFRESH_TOKEN_REUSED", now, row.id, place=place)
            return "reused"
        return Renewed(session_of(row), _next(connection, row, digest_of(token), now))


def _next(connection: Connection, row: Row, used: str, now: datetime) -> str:
    token = secrets.token_urlsafe(32)
    connection.exec_driver_sql(
        "update refresh_tokens set used_at = greatest(issued_at, %(now)s) where digest = %(used)s",
        {"used": used, "now": now},
    )
    connection.exec_driver_sql(
        "insert into refresh_tokens (digest, session, issued_at) values (%(digest)s, %(session)s, %(now)s)",
        {"digest": digest_of(token), "session": row.digest, "now": now},
    )
    connection.exec_driver_sql(
        "update sessions set seen_at = greatest(seen_at, %(now)s) where digest = %(session)s",
        {"session": row.digest, "now": now},
    )
    return token


def revoke(office: Office, token: str, now: datetime) -> None:
    """End the session of a refresh token, used or not; one nobody knows changes nothing."""
    with office.work() as connection:
        row = connection.exec_driver_sql(
            "select session from refresh_tokens where digest = %(digest)s", {"digest": digest_of(token)}
        ).one_or_none()
        if row is not None:
            _end(connection, row.session, now, "revoked")


def revoke_session(office: Office, session_id: str, now: datetime) -> None:
    """End one session of a program."""
    with office.work() as connection:
        _end(connection, session_id, now, "revoked")


def _end(connection: Connection, session_id: str, now: datetime, why: str) -> None:
    connection.exec_driver_sql(
        "update sessions set ended_at = %(now)s, ended_why = %(why)s where digest = %(session)s and ended_at is null",
        {"now": now, "why": why, "session": session_id},
    )
