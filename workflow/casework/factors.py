"""The second factor: one-time codes (RFC 6238) of an app, each taken once, and recovery codes for a lost telephone.

Codes follow the time of the world, as the person's telephone does, not the clock of a demo.
"""

import hashlib
import secrets
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import pyotp

from workflow.casework.errors import CaseworkError
from workflow.casework.office import Office
from workflow.casework.security import note
from workflow.store.connect import Connection, Row
from workflow.store.personal import opened, seal

STEP_SECONDS = 30
DRIFT_STEPS = 1  # a telephone may be half a minute off
RECOVERY_CODES = 10
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # 32 signs nobody mistakes for one another
ISSUER = "办件"


class FactorExists(CaseworkError):
    """There is a second factor already; it is removed first."""


class NoFactor(CaseworkError):
    """There is no second factor to confirm, give or remove."""


@dataclass(frozen=True, slots=True)
class FactorState:
    """What a person may know of their second factor. recovery_codes: how many are left."""

    confirmed_at: datetime | None
    recovery_codes: int


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an app needs, shown once: the secret and the address a QR code holds."""

    secret: str
    uri: str


def factor_of(office: Office, person_id: str) -> FactorState:
    """Return the state of a person's factor; never confirmed where there is none."""
    with office.look() as connection:
        row = connection.exec_driver_sql(
            "select confirmed_at, (select count(*) from recovery_codes r where r.person_id = f.person_id and used_at is null)"
            " as codes from factors f where person_id = %(person)s and confirmed_at is not null",
            {"person": person_id.replace("\x00", "")},
        ).one_or_none()
    return FactorState(row.confirmed_at, row.codes) if row else FactorState(None, 0)


def enrol(office: Office, person_id: str, now: datetime) -> Enrolment:
    """Return a new secret, which counts once it is confirmed. Raises FactorExists."""
    secret = pyotp.random_base32()
    with office.work() as connection:
        made = connection.exec_driver_sql(
            "insert into factors (person_id, secret, made_at) values (%(person)s, %(secret)s, %(now)s)"
            " on conflict (person_id) do update set secret = excluded.secret, made_at = excluded.made_at, last_step = 0"
            " where factors.confirmed_at is null returning person_id",
            {"person": person_id, "secret": seal(secret, _place(person_id)), "now": now},
        ).one_or_none()
    if made is None:
        raise FactorExists(person_id)
    return Enrolment(secret, pyotp.TOTP(secret).provisioning_uri(name=person_id, issuer_name=ISSUER))


def confirm(office: Office, person_id: str, code: str, now: datetime) -> tuple[str, ...] | None:
    """Return the recovery codes, shown this once, or None where the code is wrong. Raises NoFactor, FactorExists."""
    with office.work() as connection:
        row = _locked(connection, person_id)
        if row is None:
            raise NoFactor(person_id)
        if row.confirmed_at is not None:
            raise FactorExists(person_id)
        if not _take(connection, person_id, row.secret, row.last_step, code):
            return None
        connection.exec_driver_sql(
            "update factors set confirmed_at = greatest(made_at, %(now)s) where person_id = %(person)s",
            {"person": person_id, "now": now},
        )
        note(connection, "FACTOR_ADDED", now, person_id)
        return _new_recovery_codes(connection, person_id)


def give(office: Office, person_id: str, code: str, now: datetime) -> Literal["code", "recovery", ""]:
    """Return what the code was, a code of the app or of recovery; "" where it is wrong or was used before.

    Raises NoFactor.
    """
    with office.work() as connection:
        row = _locked(connection, person_id)
        if row is None or row.confirmed_at is None:
            raise NoFactor(person_id)
        if _take(connection, person_id, row.secret, row.last_step, code):
            return "code"
        if _take_recovery(connection, person_id, code, now):
            note(connection, "RECOVERY_CODE_USED", now, person_id)
            return "recovery"
        note(connection, "FACTOR_WRONG", now, person_id)
        return ""


def remove(office: Office, person_id: str, now: datetime, *, by: str | None = None) -> None:
    """Remove the factor and its recovery codes. by: an administrator, where it is not the person. Raises NoFactor."""
    with office.work() as connection:
        gone = connection.exec_driver_sql(
            "delete from factors where person_id = %(person)s returning person_id", {"person": person_id}
        ).one_or_none()
        if gone is None:
            raise NoFactor(person_id)
        note(connection, "FACTOR_REMOVED", now, person_id, by=by)


def given(office: Office, session_id: str, now: datetime) -> None:
    """Note in a session that its person has just given a second factor."""
    with office.work() as connection:
        connection.exec_driver_sql(
            "update sessions set factor_at = %(now)s where digest = %(session)s and ended_at is null",
            {"session": session_id, "now": now},
        )


def _locked(connection: Connection, person_id: str) -> Row | None:
    return connection.exec_driver_sql(
        "select secret, confirmed_at, last_step from factors where person_id = %(person)s for update",
        {"person": person_id},
    ).one_or_none()


def _take(connection: Connection, person_id: str, sealed: str, last_step: int, code: str) -> bool:
    """Return True if the code is one of this minute and later than any taken before; then it is taken."""
    totp = pyotp.TOTP(opened(sealed, _place(person_id)))
    now = int(time.time()) // STEP_SECONDS
    for step in range(now - DRIFT_STEPS, now + DRIFT_STEPS + 1):
        if step > last_step and secrets.compare_digest(totp.generate_otp(step).encode(), code.encode()):
            connection.exec_driver_sql(
                "update factors set last_step = %(step)s where person_id = %(person)s",
                {"step": step, "person": person_id},
            )
            return True
    return False


def _take_recovery(connection: Connection, person_id: str, code: str, now: datetime) -> bool:
    taken = connection.exec_driver_sql(
        "update recovery_codes set used_at = %(now)s where person_id = %(person)s and digest = %(digest)s"
        " and used_at is null returning digest",
        {"person": person_id, "digest": _digest(code), "now": now},
    ).one_or_none()
    return taken is not None


def _new_recovery_codes(connection: Connection, person_id: str) -> tuple[str, ...]:
    codes = tuple("".join(secrets.choice(ALPHABET) for _ in range(16)) for _ in range(RECOVERY_CODES))
    connection.exec_driver_sql(
        "insert into recovery_codes (person_id, digest) select %(person)s, unnest(%(digests)s::text[])",
        {"person": person_id, "digests": [_digest(code) for code in codes]},
    )
    return tuple("-".join(code[i : i + 4] for i in range(0, 16, 4)) for code in codes)


def _digest(code: str) -> str:
    """Return what is kept of a recovery code. It has 80 bits of chance, so a plain hash is enough."""
    plain = code.upper().replace("-", "").replace(" ", "")
    return hashlib.sha256(plain.encode("utf-8", "replace")).hexdigest()


def _place(person_id: str) -> str:
    return f"factors.secret/{person_id}"
