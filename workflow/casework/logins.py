"""Where people log in from, and wrong logins counted in the database while the broker is away."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from workflow.casework.office import Office
from workflow.casework.security import note

KNOWN_FOR = timedelta(days=90)
COUNTED_FOR = timedelta(hours=1)  # since the last attempt; longer than the longest wait
DOUBLINGS_MAX = 20


def known_place(office: Office, person_id: str, places: Sequence[str], now: datetime) -> str:
    """Return the first of these places from which the account has logged in before, or ""."""
    with office.look() as connection:
        row = connection.exec_driver_sql(
            "select place from login_places where person_id = %(person)s and place = any(%(places)s)"
            " and last_at > %(since)s order by array_position(%(places)s::text[], place) limit 1",
            {"person": person_id.replace("\x00", ""), "places": list(places), "since": now - KNOWN_FOR},
        ).one_or_none()
    return str(row.place) if row else ""


def entered(office: Office, person_id: str, places: Sequence[str], now: datetime) -> None:
    """Note a login that succeeded, and its places."""
    with office.work() as connection:
        note(connection, "LOGIN", now, person_id, place=places[-1] if places else "")
        connection.exec_driver_sql(
            "insert into login_places (person_id, place, last_at) select %(person)s, unnest(%(places)s::text[]), %(now)s"
            " on conflict (person_id, place) do update set last_at = excluded.last_at",
            {"person": person_id, "places": list(places), "now": now},
        )


# One statement, so that of many attempts at once only as many pass as are free.
TAKE = """
insert into login_attempts as a (key, count, last_at) values (%(key)s, 1, %(now)s)
on conflict (key) do update
   set count = case when a.last_at < %(stale)s then 1 else a.count + 1 end, last_at = %(now)s
 where a.count < %(free)s or a.last_at > %(now)s
    or a.last_at + least(power(2, least(a.count - %(free)s, 20)), %(cap)s) * interval '1 second' <= %(now)s
returning count
"""


def take_turn(office: Office, key: str, now: datetime, *, free: int, cap: int) -> int:
    """Count an attempt and return 0, or the seconds to wait; then nothing is counted."""
    with office.work() as connection:
        terms = {"key": key, "now": now, "stale": now - COUNTED_FOR, "free": free, "cap": cap}
        if connection.exec_driver_sql(TAKE, terms).one_or_none() is not None:
            return 0
        row = connection.exec_driver_sql(
            "select count, last_at from login_attempts where key = %(key)s", {"key": key}
        ).one_or_none()
    return 1 if row is None else max(1, wait_after(row.count, free, cap) - int((now - row.last_at).total_seconds()))


def wait_after(count: int, free: int, cap: int) -> int:
    """Return the seconds between an attempt and the next one, after `count` of them."""
    return 0 if count < free else min(2 ** min(count - free, DOUBLINGS_MAX), cap)


def give_back(office: Office, key: str, *, all_of_them: bool) -> None:
    """Forget the attempts under a key, or only the last one."""
    with office.work() as connection:
        if all_of_them:
            connection.exec_driver_sql("delete from login_attempts where key = %(key)s", {"key": key})
        else:
            connection.exec_driver_sql(
                "update login_attempts set count = greatest(count - 1, 0) where key = %(key)s", {"key": key}
            )


def forget_old_logins(office: Office, now: datetime) -> None:
    """Delete counts that are over and places nobody came from for 90 days."""
    with office.work() as connection:
        connection.exec_driver_sql("delete from login_attempts where last_at < %(then)s", {"then": now - COUNTED_FOR})
        connection.exec_driver_sql("delete from login_places where last_at < %(then)s", {"then": now - KNOWN_FOR})
