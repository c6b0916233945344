"""Record an act and carry out, in the same transaction, what it means for others: permits and bans."""

import logging
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from workflow.casework import permit_life, recusal
from workflow.casework.disclosure import put_disclosure
from workflow.casework.errors import RefusedError
from workflow.casework.locked import Locked
from workflow.casework.office import Office
from workflow.casework.record import Written, write_down
from workflow.casework.service import put_record
from workflow.casework.views import Answer
from workflow.engine.calendar import plain_end
from workflow.engine.case import effects_of
from workflow.engine.decide import Decided
from workflow.store import surroundings
from workflow.store.cases import Idempotency
from workflow.store.connect import Connection

log = logging.getLogger(__name__)
# What a holder asks of a permit -> what a grant does to it.
GRANTED = {"renewal": "renew", "change": "change", "replacement": "replace", "cancellation": "cancel"}


def record(
    connection: Connection,
    office: Office,
    locked: Locked,
    decided: Decided,
    now: datetime,
    *,
    person: str,
    known: Idempotency | None = None,
    shown: Mapping[str, Any] | None = None,
) -> Answer:
    """Write the events and everything that follows; return the case as it now is. Caller commits.

    shown: the applicant as the one who acts may read them, if not in full.
    Raises RefusedError when a permit does not allow what the act would do to it: then nothing is written at all.
    """
    written = write_down(connection, office, locked, decided, now, person=person, known=known, shown=shown)
    for event in written.events:
        _follow(connection, office, locked, written, event, decided, now)
    return written.answer


def _follow(
    connection: Connection,
    office: Office,
    locked: Locked,
    written: Written,
    event: Mapping[str, Any],
    decided: Decided,
    now: datetime,
) -> None:
    effects = effects_of(event)
    operation = effects.get("on_permit", "")
    if operation == "file-renewal":
        is_late = any(finding.code == "RENEWAL_TOO_LATE" for finding in decided.reading.findings)
        operation = "" if is_late else operation
    if effects.get("outcome") == "granted":
        _granted(connection, office, locked, written, event, now)
    elif (locked.process.states[event["to"]].ends and event["from"] != event["to"]) or effects.get(
        "outcome"
    ) == "refused":
        operation = operation or _renewal_over(locked, effects)
    if operation:
        no = _decision_no(effects)
        permit_life.apply(connection, office, locked, operation, {"decision_no": no} if no else {}, now)
    if "ban" in effects:
        _ban(connection, locked, event, effects["ban"])
    if "recusal" in effects:
        recusal.project(connection, locked.id, event, effects["recusal"])
    put_record(connection, locked, event, now)
    put_disclosure(connection, locked, event, now)


def _granted(
    connection: Connection,
    office: Office,
    locked: Locked,
    written: Written,
    event: Mapping[str, Any],
    now: datetime,
) -> None:
    """A first grant makes a permit; a grant about a permit changes the one it is about."""
    no, on = _decision_no(effects_of(event)), date.fromisoformat(event["at"][:10])
    content = event["data"].get("conditions", "")
    about = locked.terms.permit
    if not about:
        permit_life.begin(connection, office, locked, no, on, content, now)
        return
    data = {"decision_no": no, **({"content": content} if content else {}), **about.get("changes", {})}
    if about["operation"] == "renewal":
        data |= permit_life.renewed_validity(about, locked.terms.result, on)
    try:
        permit_life.apply(connection, office, locked, GRANTED[about["operation"]], data, now)
    except RefusedError as error:
        if event["actor"]["post"] != "clock":
            raise
        # What the law does by itself nobody can refuse; a permit that ended in the same moment stays as it is.
        log.warning("case %s: its permit stays as it is: %s", locked.case.case_no, error)


def _renewal_over(locked: Locked, effects: Mapping[str, Any]) -> str:
    """A renewal that was filed in time and is not granted lets the permit run to its end."""
    asked = locked.terms.permit.get("operation") == "renewal"
    return "renewal-over" if asked and locked.case.outcome != "granted" else ""


def _decision_no(effects: Mapping[str, Any]) -> str:
    documents = effects.get("documents") or [{}]
    return str(documents[0].get("no", ""))


def _ban(connection: Connection, locked: Locked, event: Mapping[str, Any], ban: Mapping[str, Any]) -> None:
    """许可法78, 79: until the corresponding day one or three years on."""
    starts = date.fromisoformat(event["at"][:10])
    surroundings.put_ban(
        connection,
        {
            "id_no": locked.applicant["id_no"],
            "item_code": locked.case.item_code,
            "starts_on": starts,
            "until": plain_end(starts, ban["years"], "year"),
            "law": ban["law"],
            "case_id": locked.id,
            "seq": event["seq"],
        },
    )
