"""回避: who is kept out of a case, as its events decided it; rows are a projection for lists and locks.

The acts themselves are actions of every process (definitions/parts/recusal.yaml). 公务员法 76, 78; 行政许可法 48(1)3.
"""

from collections.abc import Mapping
from typing import Any

from workflow.store import humans
from workflow.store.connect import Connection

OPEN = """
insert into recusals (case_id, person_id, ground, requested_by, requested_seq)
values (%(case)s, %(who)s, %(ground)s, %(by)s, %(seq)s)
"""
DECIDE = """
update recusals set status = %(status)s, decided_by = %(by)s, decided_seq = %(seq)s
 where case_id = %(case)s and person_id = %(who)s and status = 'open'
"""


def is_recused(connection: Connection, case_id: int, person_id: str) -> bool:
    """Return True if this person, under whichever account, is kept out of the case: it is then like a missing one."""
    return humans.is_recused(connection, case_id, person_id)


def project(connection: Connection, case_id: int, event: Mapping[str, Any], recusal: Mapping[str, str]) -> None:
    """Write the row an event asks for. recusal: status and who, and the ground of a request."""
    parameters = {
        "case": case_id,
        "who": recusal["who"],
        "status": recusal["status"],
        "ground": recusal.get("ground"),
        "by": event["actor"]["id"],
        "seq": event["seq"],
    }
    connection.exec_driver_sql(OPEN if recusal["status"] == "open" else DECIDE, parameters)
