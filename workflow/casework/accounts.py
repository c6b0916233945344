"""Accounts: opened by applicants themselves, checked by an office, changed by their owner, closed by an administrator.

Whether an identity number is known is told to nobody who only types it in: an account may claim any sound number, and
counts as checked once a window has seen the document. One number is checked for one account (ADR 0028).
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.exc import IntegrityError

from workflow.casework.errors import CaseworkError, NotFound
from workflow.casework.office import Office
from workflow.casework.people import hash_password, put_person
from workflow.casework.security import note
from workflow.casework.sessions import end_sessions
from workflow.store.connect import Connection, Row
from workflow.store.personal import blind, opened, seal

INDEX = "profiles.id_no"
TRIES_MAX = 20


class NumberTaken(CaseworkError):
    """The identity number was checked for another account before."""


class WrongNumber(CaseworkError):
    """The number on the document is not the one the account claims."""


@dataclass(frozen=True, slots=True)
class NewAccount:
    """What somebody who registers says about themselves. holder: person | organisation."""

    username: str
    password: str
    holder: str
    name: str
    id_no: str
    phone: str
    email: str = ""
    legal_representative: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """An account as its owner sees it; holder is "" and the rest empty for staff."""

    id: str
    name: str
    kind: str
    holder: str = ""
    id_no: str = ""
    phone: str = ""
    email: str = ""
    legal_representative: str = ""
    checked_on: date | None = None


def register(office: Office, wanted: NewAccount, now: datetime, *, is_open: bool) -> str:
    """Return the account's id: the wanted name and four digits, so that nothing tells which names are taken.

    is_open: it can log in at once; otherwise after confirm_identity.
    """
    hashed = hash_password(wanted.password)
    for _ in range(TRIES_MAX):
        account = f"{wanted.username}-{secrets.randbelow(10_000):04}"
        try:
            with office.work() as connection:
                _insert(connection, account, hashed, wanted, now, is_open)
        except IntegrityError:
            continue  # that one was taken
        return account
    raise NotFound(wanted.username)


def _insert(
    connection: Connection, account: str, hashed: str, wanted: NewAccount, now: datetime, is_open: bool
) -> None:
    connection.exec_driver_sql(
        "insert into people (id, name, kind, password_hash, active) values (%(id)s, %(name)s, 'applicant', %(hash)s, %(on)s)",
        {"id": account, "name": wanted.name, "hash": hashed, "on": is_open},
    )
    connection.exec_driver_sql(
        "insert into profiles (person_id, holder, id_no, id_index, phone, email, legal_representative, made_at, changed_at)"
        " values (%(id)s, %(holder)s, %(id_no)s, %(index)s, %(phone)s, %(email)s, %(legal)s, %(now)s, %(now)s)",
        {
            "id": account,
            "holder": wanted.holder,
            "id_no": seal(wanted.id_no, _place("id_no", account)),
            "index": blind(wanted.id_no, INDEX),
            "phone": seal(wanted.phone, _place("phone", account)),
            "email": seal(wanted.email, _place("email", account)),
            "legal": wanted.legal_representative,
            "now": now,
        },
    )
    note(connection, "REGISTERED", now, account)


def confirm_identity(office: Office, account: str, id_no: str, by: str, now: datetime) -> None:
    """Note that a window has seen the document with this number; the account can log in from now on. Twice is fine.

    Raises NotFound, WrongNumber, or NumberTaken where the number was checked for another account.
    """
    try:
        with office.work() as connection:
            row = _profile(connection, account)
            if row is None or row.id == by:
                raise NotFound(account)
            if blind(id_no, INDEX) != row.id_index:
                raise WrongNumber(account)
            if row.checked_at is not None:
                return
            connection.exec_driver_sql(
                "update profiles set checked_at = %(now)s, checked_by = %(by)s where person_id = %(id)s",
                {"id": row.id, "now": now, "by": by},
            )
            connection.exec_driver_sql("update people set active = true where id = %(id)s", {"id": row.id})
            note(connection, "IDENTITY_CHECKED", now, row.id, by=by)
    except IntegrityError as error:
        raise NumberTaken(account) from error


def profile(office: Office, account: str) -> Profile:
    """Return an account as its owner sees it. Raises NotFound."""
    with office.look() as connection:
        row = _profile(connection, account)
        if row is not None:
            return _shown(row)
        plain = connection.exec_driver_sql(
            "select id, name, kind from people where id = %(id)s and active", {"id": account}
        ).one_or_none()
    if plain is None:
        raise NotFound(account)
    return Profile(plain.id, plain.name, plain.kind)


def change_profile(office: Office, account: str, changes: Mapping[str, str], now: datetime) -> Profile:
    """Return the profile with another phone, email or legal representative. Raises NotFound where there is none.

    Name and number stay what the document says: a window changes them, by another account.
    """
    with office.work() as connection:
        row = _profile(connection, account)
        if row is None:
            raise NotFound(account)
        now_holds = {
            "phone": seal(changes["phone"], _place("phone", account)) if "phone" in changes else row.phone,
            "email": seal(changes["email"], _place("email", account)) if "email" in changes else row.email,
            "legal": changes.get("legal_representative", row.legal_representative),
        }
        connection.exec_driver_sql(
            "update profiles set phone = %(phone)s, email = %(email)s, legal_representative = %(legal)s,"
            " changed_at = greatest(changed_at, %(now)s) where person_id = %(id)s",
            {**now_holds, "id": account, "now": now},
        )
        note(connection, "PROFILE_CHANGED", now, account)
        found: Any = _profile(connection, account)
        return _shown(found)


def change_password(office: Office, account: str, password: str, now: datetime, *, by: str | None = None) -> None:
    """Set a new password and end everything that was open. by: an administrator, where it is not the owner.

    Raises NotFound.
    """
    hashed = hash_password(password)
    with office.work() as connection:
        changed = connection.exec_driver_sql(
            "update people set password_hash = %(hash)s where id = %(id)s and active returning id",
            {"id": account, "hash": hashed},
        ).one_or_none()
        if changed is None:
            raise NotFound(account)
        end_everything(connection, account, now, "password")
        note(connection, "PASSWORD_CHANGED", now, account, by=by)


def deactivate(office: Office, account: str, now: datetime, *, by: str | None = None) -> None:
    """Close an account: nobody logs in with it any more, and what was open ends. Raises NotFound."""
    with office.work() as connection:
        changed = connection.exec_driver_sql(
            "update people set active = false where id = %(id)s and active returning id", {"id": account}
        ).one_or_none()
        if changed is None:
            raise NotFound(account)
        end_everything(connection, account, now, "deactivated")
        note(connection, "DEACTIVATED", now, account, by=by)


def add_staff(
    office: Office, account: str, name: str, password: str, posts: list[tuple[str, str]], now: datetime
) -> bool:
    """Add somebody who works here; return False where there is such an account already, which then stays as it is."""
    with office.work() as connection:
        if connection.exec_driver_sql("select 1 from people where id = %(id)s", {"id": account}).one_or_none():
            return False
        put_person(connection, account, name, "staff", password_hash=hash_password(password), posts=posts)
        note(connection, "STAFF_ADDED", now, account)
    return True


def link_identity(office: Office, issuer: str, subject: str, account: str, by: str, now: datetime) -> bool:
    """Let an account of the identity platform log in as this one; False where that subject is linked already.

    Raises NotFound where there is no such active account.
    """
    with office.work() as connection:
        if not connection.exec_driver_sql(
            "select 1 from people where id = %(id)s and active", {"id": account}
        ).one_or_none():
            raise NotFound(account)
        made = connection.exec_driver_sql(
            "insert into identities (issuer, subject, person_id, linked_at, linked_by)"
            " values (%(issuer)s, %(subject)s, %(id)s, %(now)s, %(by)s) on conflict do nothing returning person_id",
            {"issuer": issuer, "subject": subject, "id": account, "now": now, "by": by},
        ).one_or_none()
        if made is not None:
            note(connection, "IDENTITY_LINKED", now, account)
    return made is not None


def linked_account(office: Office, issuer: str, subject: str) -> str | None:
    """Return the account an identity is linked to, or None."""
    with office.look() as connection:
        found: str | None = connection.exec_driver_sql(
            "select person_id from identities where issuer = %(issuer)s and subject = %(subject)s",
            {"issuer": issuer, "subject": subject.replace("\x00", "")},
        ).scalar_one_or_none()
    return found


def revoke_everything(office: Office, person_id: str, now: datetime, *, place: str = "", by: str | None = None) -> None:
    """End every session and token of a person, everywhere, within seconds."""
    with office.work() as connection:
        end_everything(connection, person_id, now, "revoked")
        note(connection, "REVOKED_EVERYWHERE", now, person_id, by=by, place=place)


def end_everything(connection: Connection, person_id: str, now: datetime, why: str) -> None:
    """The same within the caller's transaction. why: password | deactivated | revoked."""
    connection.exec_driver_sql(
        "update people set token_epoch = token_epoch + 1 where id = %(person)s", {"person": person_id}
    )
    end_sessions(connection, person_id, now, why)


def _profile(connection: Connection, account: str) -> Row | None:
    return connection.exec_driver_sql(
        "select p.id, p.name, p.kind, f.* from people p join profiles f on f.person_id = p.id where p.id = %(id)s",
        {"id": account.replace("\x00", "")},
    ).one_or_none()


def _shown(row: Row) -> Profile:
    return Profile(
        row.id,
        row.name,
        row.kind,
        row.holder,
        opened(row.id_no, _place("id_no", row.id)),
        opened(row.phone, _place("phone", row.id)),
        opened(row.email, _place("email", row.id)),
        row.legal_representative,
        row.checked_at.date() if row.checked_at else None,
    )


def _place(column: str, account: str) -> str:
    return f"profiles.{column}/{account}"
