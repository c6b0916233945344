"""Signs that show only when cases are laid side by side."""

from collections.abc import Iterator
from datetime import timedelta

from workflow.oversight.detectors import Sign
from workflow.oversight.look import Look
from workflow.store.connect import Connection

EARLIER = """
select c.case_no, m.ended_on, m.ended_as from case_measures m join cases c on c.id = m.case_id
 where m.applicant = %(applicant)s and m.item_code = %(item)s and m.case_id < %(id)s and m.ended_on between %(since)s and %(on)s
   and m.ended_as in ('withdrawn', 'returned', 'terminated') and m.received_on is not null
 order by m.ended_on desc limit 1
"""


def refiled(connection: Connection, look: Look, days: int) -> Iterator[Sign]:
    """The same applicant asks for the same item soon after an application was taken back: its clock began anew."""
    received = look.reading.received_on
    applicant = look.row.applicant
    if received is None or not applicant or look.row.kind != "procedure":
        return
    earlier = connection.exec_driver_sql(
        EARLIER,
        {
            "applicant": applicant,
            "item": look.row.item_code,
            "id": look.row.id,
            "since": received - timedelta(days=days),
            "on": received,
        },
    ).one_or_none()
    if earlier is None:
        return
    seq = next(event["seq"] for event, _ in look.facts("received"))
    words = {"withdrawn": "撤回", "returned": "退件", "terminated": "终止办理"}[earlier.ended_as]
    text = f"同一申请人同一事项的办件{earlier.case_no}于{earlier.ended_on.isoformat()}{words}，随后重新申报，期限重新起算。"
    yield Sign(earlier.case_no, received, text, (seq,))
