"""The export of the trail: lines of JSON that workflow/ledger/verify.py judges without us (ADR 0038).

    ["trail", {...}]  ["calendar", {...}]*  ["process", digest, text]*  ["counter", organ, year, word, last]*
    then for every case  ["terms", digest, {...}]*  ["case", {...}]  ["event", hash, {...}]*
    and last             ["end", {"cases": n, "events": n}]

An event stands there as the very bytes its hash is of. Personal data stays here: of applicant and form only the
digests go out, which is all the chain holds of them. Events themselves say what officers wrote.
"""

import json
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine

from workflow.ledger.chain import canonical
from workflow.store import trail
from workflow.store.connect import Connection, Row
from workflow.store.personal import CannotOpen, commitment
from workflow.store.sealed import open_applicant, open_form, open_salt

FORMAT = 1
TERMS_KEPT = 1000  # fewer than the verifier keeps: what it has forgotten is sent again
COLUMNS = (
    "case_no",
    "kind",
    "state",
    "phase",
    "version",
    "head",
    "item_code",
    "process",
    "process_digest",
    "terms_digest",
    "owner",
    "received_at",
    "accepted_on",
    "decided_on",
    "outcome",
    "statutory_due",
    "promised_due",
    "alert",
    "snapshot",
    "task",
    "documents",
    "decision",
    "permit",
)


def export(engine: Engine, *, made_at: datetime) -> Iterator[bytes]:
    """Yield the lines of the whole trail as it is at one moment, in bounded memory."""
    with trail.snapshot(engine) as connection:
        yield from lines(connection, made_at=made_at)


def lines(connection: Connection, *, made_at: datetime) -> Iterator[bytes]:
    """Yield the same as this connection sees it."""
    has_keys = trail.has_keys(connection)  # without them nobody can say what the commitments were made of
    yield _line("trail", {"format": FORMAT, "made_at": made_at.isoformat(), "has_commitments": has_keys})
    for version in trail.calendars(connection):
        yield _line("calendar", _calendar(version))
    for process in trail.processes(connection):
        yield _line("process", process.digest, process.body)
    for counter in trail.counters(connection):
        yield _line("counter", *counter)
    yield from _cases(connection, has_keys=has_keys)
    cases, events = trail.totals(connection)
    yield _line("end", {"cases": cases, "events": events})


def _cases(connection: Connection, *, has_keys: bool) -> Iterator[bytes]:
    sent: OrderedDict[str, None] = OrderedDict()
    for row, events in trail.cases(connection):
        for digest in _terms_of(row, events):
            if digest not in sent:
                body = trail.terms(connection, digest)
                if body is not None:
                    yield _line("terms", digest, body)
            sent[digest] = None
            sent.move_to_end(digest)
            if len(sent) > TERMS_KEPT:
                sent.popitem(last=False)
        yield _line("case", _case(row) | (_commitments(row) if has_keys else {}))
        for event in events:
            yield from _event(event)


def _terms_of(row: Row, events: list[Row]) -> list[str]:
    """Return the digests of every terms the case was ever under."""
    found = {row.terms_digest: None}
    for event in events:
        effects = event.body.get("data", {}).get("effects", {}) if isinstance(event.body, dict) else {}
        if isinstance(effects.get("terms_digest"), str):
            found[effects["terms_digest"]] = None
    return list(found)


def _case(row: Row) -> dict[str, Any]:
    return {name: getattr(row, name) for name in COLUMNS}


def _commitments(row: Row) -> dict[str, str]:
    """Return what the chain should hold for form and applicant, from the row as it is now; it names no value.

    Of an erased case nothing: its commitments stay in the chain, what they were made of is gone.
    """
    if row.erased:
        return {}
    return {"form": _commitment(row, row.form, open_form), "applicant": _commitment(row, row.applicant, open_applicant)}


def _commitment(row: Row, stored: Mapping[str, Any], opener: Callable[[Mapping[str, Any], str], Any]) -> str:
    try:
        return commitment(open_salt(row.salt or "", row.case_no), opener(stored, row.case_no))
    except CannotOpen:
        return "cannot be opened"


def _event(row: Row) -> Iterator[bytes]:
    """Yield the event as the bytes its hash is of, and a word about columns that say something else."""
    body = dict(row.body) if isinstance(row.body, dict) else {"": row.body}
    columns = {"seq": row.seq, "type": row.type, "actor": row.actor_id, "hash": row.hash}
    actor = body.get("actor")
    inside = {
        "seq": body.get("seq"),
        "type": body.get("type"),
        "actor": actor.get("id") if isinstance(actor, dict) else None,
        "hash": body.get("hash"),
    }
    if inside["hash"] == row.hash:
        del body["hash"]
    yield b'["event","' + row.hash.encode() + b'",' + canonical(body) + b"]\n"
    if columns != inside or not _is_moment(body.get("at"), row.at):
        yield _line("strange", {**columns, "at": row.at})


def _is_moment(text: Any, at: datetime) -> bool:
    try:
        return datetime.fromisoformat(text) == at
    except (TypeError, ValueError):
        return False


def _calendar(version: Row) -> dict[str, Any]:
    return {
        "id": version.id,
        "year": version.year,
        "source": version.source,
        "in_force_from": version.in_force_from,
        "digest": version.digest,
        "off": version.body["off"],
        "worked": version.body["worked"],
    }


def _line(*entry: Any) -> bytes:
    return json.dumps(entry, ensure_ascii=False, separators=(",", ":"), default=_plain).encode() + b"\n"


def _plain(value: Any) -> str:
    if isinstance(value, date):  # a datetime is one too
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} does not belong into an export")
