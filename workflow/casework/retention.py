"""May a case be erased? Only when it has ended, is archived, no permit lives on it, and its time is over."""

from datetime import date

from workflow.definitions.retention import retention
from workflow.engine.dates import SHANGHAI
from workflow.engine.errors import Reason
from workflow.store.connect import Connection

LAW = "档案法实施条例 第三十九条；国务院令第716号 第十二条"
CASE = """
select c.case_no, c.state, c.phase, c.item_code, c.outcome, a.keep_until, a.case_id is not null as archived,
       t.body ->> 'kind' as kind, (select max(e.at) from events e where e.case_id = c.id and e.body ->> 'to' = c.state
                   and e.body ->> 'from' <> c.state) as ended_at,
       exists (select from permits p where (p.case_id = c.id or p.life_id = c.id or p.id = c.permit_id)
                  and p.status in ('valid', 'suspended')) as permit_lives,
       exists (select from cases b where b.parent_id = c.id and b.phase <> 'ended') as branches_open
  from cases c join terms t on t.digest = c.terms_digest left join archives a on a.case_id = c.id where c.id = %(id)s
"""


def may_erase(connection: Connection, case_id: int, today: date) -> tuple[Reason, ...]:
    """Return every reason why this case may not be erased today; () if it may.

    Both the period written down at the end and the one retention.yaml names today have to be over. A draft that was thrown
    away was never a service: it is not archived, and may go at once.
    """
    row = connection.exec_driver_sql(CASE, {"id": case_id}).one()
    reasons = []
    if row.phase != "ended":
        reasons.append(Reason("CASE_OPEN", f"办件 {row.case_no} 尚未办结。", LAW, "conflict"))
    if row.permit_lives:
        reasons.append(Reason("PERMIT_ALIVE", "所涉证照仍然有效。", LAW, "conflict"))
    if row.branches_open:
        reasons.append(Reason("BRANCH_OPEN", "联办分支尚未办结。", LAW, "conflict"))
    if row.state == "discarded" or row.phase != "ended":
        return tuple(reasons)
    if not row.archived:
        return (*reasons, Reason("NOT_ARCHIVED", "尚未归档。", LAW, "conflict"))
    ended_on = row.ended_at.astimezone(SHANGHAI).date()
    until = (row.keep_until, retention(row.item_code, row.kind, row.outcome or "").until(ended_on))
    if None in until:
        reasons.append(Reason("KEPT_FOR_EVER", "档案永久保管，不得销毁。", LAW, "conflict"))
    elif max(until) >= today:
        text = f"档案保管至 {max(until).isoformat()}，期满前不得销毁。"
        reasons.append(Reason("RETENTION_RUNNING", text, LAW, "conflict"))
    return tuple(reasons)
