"""Let the scanner look at an uploaded file: run from the outbox, again until the scanner has answered."""

import json
import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from workflow.casework import scanner
from workflow.casework.office import Office
from workflow.casework.storage import storage_of
from workflow.store.connect import Connection

log = logging.getLogger(__name__)
TOPIC = "scan-file"
NAMES = {
    "not_scanned": "未做病毒检查",
    "waiting": "正在等待病毒检查",
    "clean": "病毒检查未发现问题",
    "infected": "发现病毒，已经隔离",
}
PUT = """
insert into outbox (topic, case_id, seq, body, created_at, next_try_at)
values (%(topic)s, %(case)s, %(seq)s, %(body)s::jsonb, %(now)s, %(now)s)
"""


def first_state() -> str:
    """Return the state of a file that was just kept: it waits where there is a scanner."""
    return "not_scanned" if scanner.configured() is None else "waiting"


def ask_for_scan(connection: Connection, case_id: int, seq: int, material_id: int, now: datetime) -> None:
    """Let a worker scan the file after the commit."""
    body = json.dumps({"material": material_id})
    connection.exec_driver_sql(PUT, {"topic": TOPIC, "case": case_id, "seq": seq, "body": body, "now": now})


def scan(connection: Connection, office: Office, body: Mapping[str, Any], now: datetime) -> None:
    """Scan one file and write down what was found; tell the applicant where it is infected. Raises CannotScan."""
    row = connection.exec_driver_sql(
        "select id, case_id, seq, name, sha256, scan from materials where id = %(id)s for no key update",
        {"id": body["material"]},
    ).one()
    looking = scanner.configured()
    if row.scan != "waiting":
        return
    if looking is None:  # taken out of the configuration meanwhile
        _write(connection, row.id, "not_scanned", None, None)
        return
    with storage_of(office.folder).open(row.sha256) as stream:
        infection = looking.scan(stream)
    _write(connection, row.id, "infected" if infection else "clean", now, infection or None)
    if infection:
        log.warning("infected file put aside", extra={"material": row.id})
        title = f"您提交的材料“{row.name}”有文件没有通过病毒检查，已经隔离，请重新提交没有病毒的文件"
        told = {"to": ["applicant", "window-clerk"], "action": "file-infected", "title": title, "at": now.isoformat()}
        text = json.dumps(told, ensure_ascii=False)
        connection.exec_driver_sql(
            PUT, {"topic": "notify", "case": row.case_id, "seq": row.seq, "body": text, "now": now}
        )


def _write(connection: Connection, material_id: int, state: str, at: datetime | None, infection: str | None) -> None:
    connection.exec_driver_sql(
        "update materials set scan = %(state)s, scanned_at = %(at)s, infection = %(infection)s where id = %(id)s",
        {"id": material_id, "state": state, "at": at, "infection": infection},
    )
