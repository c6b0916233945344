"""People and their posts; passwords as argon2id hashes, never in a log or an answer."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from workflow.casework.errors import NotFound
from workflow.casework.office import Office
from workflow.store.connect import Connection
from workflow.store.posts import VALID_TODAY

# They read every case, personal data masked.
OVERSEERS = frozenset({"supervisor", "auditor"})
_hasher = PasswordHasher()
# Verified against when the name is unknown, so that an unknown name takes as long as a wrong password.
_DECOY = _hasher.hash("no such person")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account. posts: (department, post) valid on the day asked."""

    id: str
    name: str
    kind: str
    posts: tuple[tuple[str, str], ...] = ()
    token_epoch: int = 0

    def has_post(self, *posts: str) -> bool:
        """Return True if the person holds any of these posts in any department."""
        return any(post in posts for _, post in self.posts)

    def works_as(self, department: str, post: str) -> bool:
        """Return True if the person holds this post in that department."""
        return (department, post) in self.posts

    @property
    def oversees(self) -> bool:
        """Return True for those who read everything, personal data masked."""
        return self.has_post(*OVERSEERS)

    @property
    def departments(self) -> tuple[str, ...]:
        """Return the departments the person works for, each once."""
        return tuple(dict.fromkeys(department for department, _ in self.posts))


# The posts of p, a row of people, as pairs: for the parameter `today`.
POSTS_OF = f"""
coalesce((select jsonb_agg(jsonb_build_array(department, post) order by department, post) from person_posts
           where person_id = p.id and {VALID_TODAY}),
         '[]')"""
PERSON = f"""
select p.id, p.name, p.kind, p.token_epoch, p.password_hash, {POSTS_OF} as posts
  from people p where p.id = %(id)s and p.active
"""


def person_of(connection: Connection, person_id: str, today: date | None = None) -> Person:
    """Return the active person. Raises NotFound."""
    row = connection.exec_driver_sql(
        PERSON, {"id": person_id.replace("\x00", ""), "today": today or date.max}
    ).one_or_none()
    if row is None:
        raise NotFound(person_id)
    return Person(row.id, row.name, row.kind, tuple((d, p) for d, p in row.posts), row.token_epoch)


def authenticate(office: Office, username: str, password: str, today: date) -> Person | None:
    """Return the person these words belong to, or None; takes the same time either way."""
    with office.look() as connection:
        row = connection.exec_driver_sql(PERSON, {"id": username.replace("\x00", ""), "today": today}).one_or_none()
    known = row.password_hash if row and row.password_hash else _DECOY
    try:
        _hasher.verify(known, password)
    except (VerificationError, InvalidHashError):
        return None
    if row is None or not row.password_hash:
        return None
    return Person(row.id, row.name, row.kind, tuple((d, p) for d, p in row.posts), row.token_epoch)


def find_person(office: Office, person_id: str, today: date) -> Person:
    """Return the active person. Raises NotFound."""
    with office.look() as connection:
        return person_of(connection, person_id, today)


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password."""
    return _hasher.hash(password)


def put_person(
    connection: Connection,
    person_id: str,
    name: str,
    kind: str,
    *,
    password_hash: str | None = None,
    posts: Iterable[tuple[str, str]] = (),
) -> None:
    """Add a person with posts; one who exists keeps the account and gains the posts."""
    connection.exec_driver_sql(
        "insert into people (id, name, kind, password_hash) values (%(id)s, %(name)s, %(kind)s, %(hash)s)"
        " on conflict (id) do nothing",
        {"id": person_id, "name": name, "kind": kind, "hash": password_hash},
    )
    for department, post in posts:
        connection.exec_driver_sql(
            "insert into person_posts (person_id, department, post) values (%(id)s, %(department)s, %(post)s)"
            " on conflict do nothing",
            {"id": person_id, "department": department, "post": post},
        )
