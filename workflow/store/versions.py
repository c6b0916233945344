"""Published versions, and what moving an open case to another version needs of the database."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from workflow.engine.model import Process, State
from workflow.store.connect import Connection, Row
from workflow.store.sealed import open_applicant, open_form

RELEASE = "release"  # who published what a release brings along

PUBLISH = """
insert into published_versions (kind, name, version, digest, published_at, published_by, because)
select %(kind)s::text, %(name)s::text, %(version)s::text, %(digest)s::text, coalesce(%(at)s::timestamptz, now()), %(by)s, %(because)s
 where (select digest from published_versions
         where kind = %(kind)s::text and name = %(name)s::text and (kind = 'process' or version = %(version)s::text)
         order by id desc limit 1) is distinct from %(digest)s::text
returning id
"""

NEWEST = """
select distinct on (name) name, version, digest, published_at, published_by, because
  from published_versions where kind = %(kind)s order by name, id desc
"""

IN_FORCE = """
select distinct on (kind, name, case when kind = 'process' then '' else version end) kind, name, version, digest
  from published_versions order by kind, name, case when kind = 'process' then '' else version end, id desc
"""

OPEN_CASES = """
select id, case_no from cases
 where process = %(process)s and phase <> 'ended' and id > %(after)s order by id limit %(limit)s
"""

CASE = """
select id, case_no, state, version, snapshot, terms_digest, process_digest, department, owner, applicant, form
  from cases where id = %(id)s
"""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a process or a manual, by the digest of its content."""

    kind: str
    name: str
    version: str
    digest: str


def version_of(process: Process) -> Version:
    """Return the version a process is."""
    return Version("process", process.slug, process.version, process.digest)


def publish(connection: Connection, what: Version, *, by: str, because: str, at: datetime | None = None) -> bool:
    """Write down that this version is in force now; return False if it already was. at: None for the database's now.

    Of a process one version is in force, of a manual each of its dated versions is.
    """
    row = connection.exec_driver_sql(
        PUBLISH,
        {
            "kind": what.kind,
            "name": what.name,
            "version": what.version,
            "digest": what.digest,
            "at": at,
            "by": by,
            "because": because,
        },
    ).one_or_none()
    return row is not None


def published(connection: Connection) -> set[Version]:
    """Return what is in force: of a process its newest version, of a manual the newest of each of its dated versions."""
    rows = connection.exec_driver_sql(IN_FORCE).all()
    return {Version(row.kind, row.name, row.version, row.digest) for row in rows}


def newest(connection: Connection, kind: str = "process") -> dict[str, Row]:
    """Return name -> newest published version of that kind."""
    return {row.name: row for row in connection.exec_driver_sql(NEWEST, {"kind": kind})}


def find(connection: Connection, name: str, wanted: str) -> list[str]:
    """Return the digests of published versions of a process that begin with `wanted`."""
    rows = connection.exec_driver_sql(
        "select distinct digest from published_versions"
        " where kind = 'process' and name = %(name)s and starts_with(digest, %(wanted)s)",
        {"name": name, "wanted": wanted},
    )
    return sorted(rows.scalars())


def seed(connection: Connection, processes: Mapping[str, Process]) -> None:
    """Publish what this release ships, except where the office has published a version of its own."""
    known = newest(connection)
    for process in processes.values():
        row = known.get(process.slug)
        if row is None or row.published_by == RELEASE:
            publish(connection, version_of(process), by=RELEASE, because="随本发行版")


def open_cases(connection: Connection, process: str, *, after: int, limit: int) -> list[Row]:
    """Return (id, case_no) of open cases of a process, oldest first, after an id."""
    parameters = {"process": process, "after": after, "limit": limit}
    return list(connection.exec_driver_sql(OPEN_CASES, parameters).all())


def case_row(connection: Connection, case_id: int, *, lock: bool) -> Row:
    """Return a case with its form; locked until the end of the transaction if asked."""
    row = connection.exec_driver_sql(CASE + (" for update" if lock else ""), {"id": case_id}).one()
    applicant, form = open_applicant(row.applicant, row.case_no), open_form(row.form, row.case_no)
    return row._replace(applicant=applicant, form=form)


def open_task(connection: Connection, case_id: int) -> Row | None:
    """Return (id, post, title, assignee) of the open task of a case, or None."""
    return connection.exec_driver_sql(
        "select id, post, title, assignee from tasks where case_id = %(id)s and closed_at is null", {"id": case_id}
    ).one_or_none()


def retask(
    connection: Connection,
    case_id: int,
    seq: int,
    state: State,
    *,
    department: str,
    owner: str | None,
    due_on: Any,
    now: datetime,
) -> None:
    """Make the open task of a case that stays in its state the one the new version has there.

    Whoever holds it keeps it while the post is the same; the applicant's tasks are the owner's.
    """
    task = state.task
    parameters = {
        "id": case_id,
        "seq": seq,
        "state": state.name,
        "department": department,
        "due_on": due_on,
        "now": now,
    }
    parameters |= {"post": task.post if task else None, "title": task.title if task else None}
    parameters["owner"] = owner if task and task.post == "applicant" else None
    if task is None:
        connection.exec_driver_sql(
            "update tasks set closed_at = %(now)s, closed_seq = %(seq)s where case_id = %(id)s and closed_at is null",
            parameters,
        )
        return
    known = connection.exec_driver_sql(
        "update tasks set title = %(title)s,"
        " assignee = case when post = %(post)s then assignee else %(owner)s::text end,"
        " claimed_at = case when post = %(post)s then claimed_at"
        "   when %(owner)s::text is null then null else %(now)s::timestamptz end,"
        " post = %(post)s where case_id = %(id)s and closed_at is null returning id",
        parameters,
    ).one_or_none()
    if known is None:
        connection.exec_driver_sql(
            "insert into tasks (case_id, opened_seq, state, department, post, title, assignee, claimed_at, due_on, opened_at)"
            " values (%(id)s, %(seq)s, %(state)s, %(department)s, %(post)s, %(title)s, %(owner)s::text,"
            " case when %(owner)s::text is null then null else %(now)s::timestamptz end, %(due_on)s, %(now)s)",
            parameters,
        )


def name_version(connection: Connection, case_id: int, version: str) -> None:
    """Show on the case's row which version of its process it runs on."""
    connection.exec_driver_sql(
        "update cases set definition_version = %(version)s where id = %(id)s", {"id": case_id, "version": version}
    )
