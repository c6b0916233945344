"""Process versions and terms, kept by digest: what a case is pinned to is never edited, only added."""

import json
from collections.abc import Mapping

from workflow.definitions.loader import build
from workflow.engine.model import Process, Terms
from workflow.ledger.chain import canonical
from workflow.store.connect import Connection


class DefinitionMissing(Exception):
    """A case names a digest that this database does not hold."""


def store_all(connection: Connection, processes: Mapping[str, Process]) -> None:
    """Keep these process versions; those already known stay as they are."""
    for process in processes.values():
        connection.exec_driver_sql(
            "insert into process_versions (digest, slug, version, body)"
            " values (%(digest)s, %(slug)s, %(version)s, %(body)s) on conflict (digest) do nothing",
            {"digest": process.digest, "slug": process.slug, "version": process.version, "body": process.source},
        )


def load_process(connection: Connection, digest: str) -> Process:
    """Return the process version of that digest. Raises DefinitionMissing."""
    body = connection.exec_driver_sql(
        "select body from process_versions where digest = %(digest)s", {"digest": digest}
    ).scalar_one_or_none()
    if body is None:
        raise DefinitionMissing(digest)
    process = build(json.loads(body))
    assert process.digest == digest, "stored process does not match its digest"
    return process


def store_terms(connection: Connection, terms: Terms) -> None:
    """Keep these terms under their digest."""
    connection.exec_driver_sql(
        "insert into terms (digest, body) values (%(digest)s, %(body)s::jsonb) on conflict (digest) do nothing",
        {"digest": terms.digest, "body": canonical(terms.to_json()).decode()},
    )


def load_terms(connection: Connection, digest: str) -> Terms:
    """Return the terms of that digest. Raises DefinitionMissing."""
    body = connection.exec_driver_sql(
        "select body from terms where digest = %(digest)s", {"digest": digest}
    ).scalar_one_or_none()
    if body is None:
        raise DefinitionMissing(digest)
    return Terms.from_json(body)
