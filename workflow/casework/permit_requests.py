"""What may be asked of a permit now: what its state allows, and one open case of a kind at a time."""

from collections.abc import Mapping

from workflow.casework.errors import RefusedError
from workflow.engine.errors import Reason, Refused
from workflow.engine.vocabulary import PERMIT_OPERATIONS
from workflow.store.connect import Connection

LOCK = "select id from cases where id = (select life_id from permits where id = %(id)s) for update"
STATUS = "select permit_no, status from permits where id = %(id)s"
OPEN = """
select case_no from cases where permit_id = %(id)s and operation = %(operation)s and phase in ('intake', 'review') limit 1
"""
# In which states of a permit an operation makes sense, beyond what its life itself allows.
LIVING = ("valid", "suspended")
ALLOWED: Mapping[str, tuple[str, ...]] = {
    "renewal": ("valid",),
    "change": ("valid",),
    "replacement": ("valid",),
    "cancellation": ("valid", "suspended", "expired"),
    "suspend": ("valid",),
    "reinstate": ("suspended",),
    "withdraw": LIVING,
    "revoke": LIVING,
    "forfeit": LIVING,
    "cancel": (*LIVING, "expired", "revoked", "withdrawn", "forfeited"),
}
NAMES = {**PERMIT_OPERATIONS, "renewal": "延续", "change": "变更", "replacement": "补发", "cancellation": "注销"}
STATUS_NAMES = {
    "valid": "有效",
    "suspended": "暂扣",
    "expired": "已过期",
    "revoked": "已撤销",
    "withdrawn": "已撤回",
    "forfeited": "已吊销",
    "cancelled": "已注销",
}


def hold(connection: Connection, permit_id: int) -> None:
    """Hold the permit until commit. A case of one's own is locked before it, never after. Raises RefusedError."""
    if connection.exec_driver_sql(LOCK, {"id": permit_id}).one_or_none() is None:
        raise _refused("PERMIT_HAS_NO_LIFE", "这个证照没有可以办理的记录。")


def check_request(connection: Connection, permit_id: int, operation: str) -> None:
    """Raise RefusedError if the state of the permit, or another open case of the kind, forbids this one. Holds it."""
    hold(connection, permit_id)
    permit = connection.exec_driver_sql(STATUS, {"id": permit_id}).one()
    if permit.status not in ALLOWED[operation]:
        raise _refused("PERMIT_NOT_VALID", f"证照{STATUS_NAMES[permit.status]}，不能办理{NAMES[operation]}。")
    open_case = connection.exec_driver_sql(OPEN, {"id": permit_id, "operation": operation}).scalar_one_or_none()
    if open_case:
        text = f"证照 {permit.permit_no} 的{NAMES[operation]}正在办理（{open_case}），不能重复提出。"
        raise _refused("PERMIT_BUSY", text)


def _refused(code: str, text: str) -> RefusedError:
    return RefusedError(Refused((Reason(code, text, "行政许可法 第四十九条、第五十条、第七十条", "conflict"),)))
