"""A permit has ended while its renewal is asked for: silence can no longer renew it, somebody has to answer."""

import logging
from datetime import datetime

from workflow.casework.errors import RefusedError
from workflow.casework.joint import ask
from workflow.casework.office import Office
from workflow.store.connect import Connection

log = logging.getLogger(__name__)
PERMIT = "select id, permit_no from permits where life_id = %(life)s"
RENEWALS = """
select case_no from cases where permit_id = %(id)s and operation = 'renewal' and phase in ('intake', 'review') order by id
"""


def tell(connection: Connection, office: Office, life_id: int, now: datetime) -> None:
    """Let the open renewals of this permit write down that it was revoked, withdrawn, forfeited or cancelled."""
    permit = connection.exec_driver_sql(PERMIT, {"life": life_id}).one()
    for case_no in connection.exec_driver_sql(RENEWALS, {"id": permit.id}).scalars().all():
        try:
            ask(connection, office, case_no, permit.permit_no, "note-permit-over", {}, now)
        except RefusedError as error:  # ended in the very same moment
            log.warning("case %s no longer listens to its permit %s: %s", case_no, permit.permit_no, error)
