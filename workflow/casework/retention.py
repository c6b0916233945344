"""May a case be erased? Only when it has ended, is archived, no permit lives on it, and its time is over."""

from datetime import date

from workflow.engine.errors import Reason
from workflow.store.connect import Connection

LAW = "档案法实施条例 第三十九条；国务院令第716号 第十二条"
CASE = """
select c.case_no, c.phase, a.keep_until, a.case_id is not null as archived,
       exists (select from permits p where (p.case_id = c.id or p.life_id = c.id or p.id = c.permit_id)
                  and p.status in ('valid', 'suspended')) as permit_lives,
       exists (select from cases b where b.parent_id = c.id and b.phase <> 'ended') as branches_open
  from cases c left join archives a on a.case_id = c.id where c.id = %(id)s
"""


def may_erase(connection: Connection, case_id: int, today: date) -> tuple[Reason, ...]:
    """Return every reason why this case may not be erased today; () if it may. The archive's own row holds the last word."""
    row = connection.exec_driver_sql(CASE, {"id": case_id}).one()
    reasons = []
    if row.phase != "ended":
        reasons.append(Reason("CASE_OPEN", f"办件 {row.case_no} 尚未办结。", LAW, "conflict"))
    if row.permit_lives:
        reasons.append(Reason("PERMIT_ALIVE", "所涉证照仍然有效。", LAW, "conflict"))
    if row.branches_open:
        reasons.append(Reason("BRANCH_OPEN", "联办分支尚未办结。", LAW, "conflict"))
    if not row.archived:
        reasons.append(Reason("NOT_ARCHIVED", "尚未归档。", LAW, "conflict"))
    elif row.keep_until is None:
        reasons.append(Reason("KEPT_FOR_EVER", "档案永久保管。", LAW, "conflict"))
    elif row.keep_until >= today:
        reasons.append(
            Reason("RETENTION_RUNNING", f"档案保管至 {row.keep_until.isoformat()}，期满前不得销毁。", LAW, "conflict")
        )
    return tuple(reasons)
