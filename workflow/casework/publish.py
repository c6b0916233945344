"""Publish versions of processes and manuals: checked first, then written down with who, when and why."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from workflow.casework.errors import ChangeRefused, NotFound
from workflow.casework.four_eyes import Doing, Kind, emergency, refused
from workflow.casework.office import Office
from workflow.casework.people import Person, person_of
from workflow.definitions.lint import lint
from workflow.engine.model import Process
from workflow.store import definitions, versions
from workflow.store.connect import Connection
from workflow.store.versions import Version

ADMIN = "catalogue-admin"
REASON_MAX = 400
AT_THE_CONSOLE = "os:"  # before the name of the operating system's account that ran the command


@dataclass(frozen=True, slots=True)
class Published:
    """One version and whether it is new: False if it was the newest already."""

    what: Version
    is_new: bool


def publish(
    office: Office,
    processes: Sequence[Process],
    manuals: Sequence[Version],
    *,
    by: str,
    because: str,
    now: datetime,
    account: str = "",
) -> list[Published]:
    """Return what was published, all of it or nothing. New cases run on it from now on, running ones stay where they are.

    by: a person with the post catalogue-admin, or os:ACCOUNT.  account: os:ACCOUNT where nobody else confirmed it; it is
    then written down as an emergency (proposals.py).  Raises ChangeRefused with every finding.
    """
    findings = [str(finding) for process in processes for finding in lint(process)]
    if findings:
        raise ChangeRefused(*findings)
    if not 1 <= len(because) <= REASON_MAX:
        raise ChangeRefused(f"a reason has 1 to {REASON_MAX} characters")
    with office.work() as connection:
        if not by.startswith(AT_THE_CONSOLE):
            administrator(connection, by, now)
        definitions.store_all(connection, {process.slug: process for process in processes})
        wanted = [*map(versions.version_of, processes), *manuals]
        body = {"versions": [asdict(one) for one in wanted]}
        changes = versions_diff(connection, body)
        done = [Published(what, versions.publish(connection, what, by=by, because=because, at=now)) for what in wanted]
        if account and changes:
            emergency(connection, KIND, body | {"changes": changes}, f"由 {by} 在控制台发布：{because}", account, now)
        return done


def versions_of(office: Office, processes: Sequence[Process], manuals: Sequence[Version]) -> dict[str, Any]:
    """Return the body of a proposal to publish these; the processes are kept, under their digest, for whoever confirms.

    Raises ChangeRefused with every finding.
    """
    findings = [str(finding) for process in processes for finding in lint(process)]
    if findings:
        raise ChangeRefused(*findings)
    with office.work() as connection:
        definitions.store_all(connection, {process.slug: process for process in processes})
    return {"versions": [asdict(one) for one in (*map(versions.version_of, processes), *manuals)]}


def unpublished(office: Office, processes: Sequence[Process], manuals: Sequence[Version]) -> list[dict[str, Any]]:
    """Return which of these are not in force yet, each with the version it would take the place of. Writes nothing."""
    wanted = [asdict(one) for one in (*map(versions.version_of, processes), *manuals)]
    with office.look() as connection:
        return versions_diff(connection, {"versions": wanted})


def versions_diff(connection: Connection, body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what would be new: each version with the one it takes the place of."""
    if "changes" in body:
        return list(body["changes"])
    known = {kind: versions.newest(connection, kind) for kind in ("process", "manual")}
    in_force = {(one.kind, one.name, one.digest) for one in versions.published(connection)}
    found = []
    for one in body["versions"]:
        if (one["kind"], one["name"], one["digest"]) in in_force:
            continue
        before = known[one["kind"]].get(one["name"])
        was = {"version": before.version, "digest": before.digest} if before else None
        found.append(
            {"kind": one["kind"], "name": one["name"], "before": was, "after": one["version"], "digest": one["digest"]}
        )
    return found


def _publish_within(connection: Connection, body: Mapping[str, Any], doing: Doing) -> list[dict[str, Any]]:
    changes = versions_diff(connection, body)
    if not changes:
        raise refused("NOTHING_TO_CHANGE", "这些版本都已经发布。")
    for one in body["versions"]:
        versions.publish(connection, Version(**one), by=doing.proposer, because=doing.because[:REASON_MAX], at=doing.at)
    return changes


KIND = Kind(
    "publish",
    "发布流程和手册",
    frozenset({ADMIN}),
    lambda body: f"{len(body['versions'])} 个版本",
    versions_diff,
    _publish_within,
)


def administrator(connection: Connection, person_id: str, now: datetime) -> Person:
    """Return the person, who holds the post catalogue-admin today. Raises ChangeRefused."""
    try:
        person = person_of(connection, person_id, now.date())
    except NotFound:
        raise ChangeRefused(f"there is no active person {person_id!r}") from None
    if not person.has_post(ADMIN):
        raise ChangeRefused(f"{person_id} does not hold the post {ADMIN}")
    return person
