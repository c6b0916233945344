"""What is made public of a decision (双公示): exactly the columns of the standard, without anything that is a person's own.

A published decision becomes one row. A row that is not sound is held, not shown, and says what is wrong. An order to
withdraw, with its reason, takes effect with its commit; what was annulled (撤销) is withdrawn by the sweep.
"""

import json
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from stdnum.cn import uscc

from workflow.casework.access import DISCLOSURES, may_of, where
from workflow.casework.errors import NotFound, RefusedError
from workflow.casework.locked import Locked
from workflow.casework.office import Office
from workflow.casework.people import Person
from workflow.engine.case import effects_of
from workflow.engine.errors import Reason, Refused
from workflow.store import queues
from workflow.store.connect import Connection, Row

# law.md §7.3: the columns of a licence. Those of identity papers are not published and not even kept here.
COLUMNS = (
    "XK_XDR_MC", "XK_XDR_LB", "XK_XDR_SHXYM", "XK_XDR_GSZC", "XK_XDR_ZZJG", "XK_XDR_SWDJ", "XK_XDR_SYDW", "XK_XDR_SHZZ",
    "XK_FRDB", "XK_XKWS", "XK_WSH", "XK_XKLB", "XK_XKZS", "XK_XKBH", "XK_NR", "XK_JDRQ", "XK_YXQZ", "XK_YXQZI", "XK_XKJG",
    "XK_XKJGDM", "XK_ZT", "XK_LYDW", "XK_LYDWDM", "BZ",
)  # fmt: skip
PARTIES = {"person": "自然人", "organisation": "法人及非法人组织"}
# Kind of item -> kind of licence as the standard names it. Only 普通 and 登记 follow from the law's own words; unverified.
LICENCE_KINDS = {"registration": "登记", "confirmation": "认可"}
STATUS = {
    "valid": "正常", "suspended": "暂扣", "revoked": "撤销", "withdrawn": "撤回", "forfeited": "吊销", "expired": "已过期",
    "cancelled": "注销", None: "正常",
}  # fmt: skip
TOLD_OF_HELD = ("window-clerk", "department-head", "supervisor")
HIDDEN = "（略）"
# law.md §7.9: numbers that are somebody's own, wherever they stand in a text: identity, telephone, account.
_OWN_NUMBERS = re.compile(
    r"(?<![0-9A-Za-z〔])(?:[0-9]{17}[0-9Xx]|1[3-9][0-9]{9}|[0-9]{16,19}|0[0-9]{2,3}-?[0-9]{7,8})(?![0-9A-Za-z])"
)
_EMAIL = re.compile(r"[^\s@，。；]+@[^\s@，。；]+[.][A-Za-z]+")
ADULT_YEARS = 18

FACTS = """
select d.document_no, d.outcome, d.decided_on, doc.title, p.permit_no, p.certificate, p.content, p.valid_from, p.valid_until
  from decisions d join cases c on c.id = d.case_id left join documents doc on doc.no = d.document_no
  left join permits p on p.case_id = c.id or p.id = c.permit_id
 where d.case_id = %(id)s order by d.round desc limit 1
"""
PUT = """
insert into disclosures (case_id, seq, outcome, item_code, item_name, department, decided_on, row, problems, state,
       published_at, changed_at)
values (%(case_id)s, %(seq)s, %(outcome)s, %(item_code)s, %(item_name)s, %(department)s, %(decided_on)s, %(row)s::jsonb,
        %(problems)s, %(state)s, %(now)s, %(now)s)
on conflict (case_id) do nothing
returning state
"""
LIST = """
select d.id, d.outcome, d.item_code, d.item_name, d.department, d.decided_on, d.row, d.problems, d.state, d.published_at,
       p.status, c.case_no,
       (select jsonb_build_object('what', what, 'reason', reason, 'by', ordered_by, 'at', ordered_at)
          from disclosure_orders o where o.disclosure_id = d.id order by o.id desc limit 1) as last_order
  from disclosures d join cases c on c.id = d.case_id left join permits p on p.case_id = c.id or p.id = c.permit_id
 where d.state = %(state)s and (%(before)s::bigint is null or d.id < %(before)s)
   and {seen}
   and (%(department)s::text is null or d.department = %(department)s)
   and (%(item_code)s::text is null or d.item_code = %(item_code)s)
   and (%(outcome)s::text is null or d.outcome = %(outcome)s)
   and (%(first)s::date is null or d.decided_on >= %(first)s) and (%(last)s::date is null or d.decided_on <= %(last)s)
   and (%(q)s::text is null or d.row ->> 'XK_XDR_MC' like %(q)s or d.row ->> 'XK_WSH' like %(q)s
        or d.row ->> 'XK_XKBH' like %(q)s or d.item_name like %(q)s)
 order by d.id desc limit %(limit)s
"""
ANNULLED = """
select d.id from disclosures d join permits p on p.case_id = d.case_id
 where p.status = 'revoked' and d.state = 'public' and not exists (
       select from disclosure_orders o where o.disclosure_id = d.id and o.what = 'restore') limit 100
"""


def put_disclosure(connection: Connection, locked: Locked, event: Mapping[str, Any], now: datetime) -> None:
    """Make a published decision a public row, or a held one that says why. Once a case."""
    if effects_of(event).get("fact", {}).get("type") != "published":
        return
    facts = connection.exec_driver_sql(FACTS, {"id": locked.id}).one_or_none()
    if facts is None:
        return
    row = public_row(facts, locked)
    problems = problems_of(row, locked.applicant, facts.decided_on, now.date())
    kept = connection.exec_driver_sql(
        PUT,
        {
            "case_id": locked.id,
            "seq": event["seq"],
            "outcome": facts.outcome,
            "item_code": locked.terms.item_code,
            "item_name": locked.terms.item_name,
            "department": locked.department,
            "decided_on": facts.decided_on,
            "row": json.dumps(row, ensure_ascii=False),
            "problems": problems,
            "state": "held" if problems else "public",
            "now": now,
        },
    ).scalar_one_or_none()
    if kept == "held":
        told = {"to": list(TOLD_OF_HELD), "action": "disclosure-held", "title": "双公示信息待核对"}
        queues.put_outbox(connection, "notify", locked.id, event["seq"], now, told)


def public_row(facts: Row, locked: Locked) -> dict[str, str]:
    """Return the columns, every one of them a text; what is unknown is empty, nothing else is added."""
    party, is_granted = locked.applicant, facts.outcome == "granted"
    row = dict.fromkeys(COLUMNS, "")
    row |= {
        "XK_XDR_MC": str(party.get("name", "")),
        "XK_XDR_LB": PARTIES.get(party.get("kind", ""), ""),
        "XK_XKWS": facts.title or "",
        "XK_WSH": facts.document_no,
        "XK_XKLB": LICENCE_KINDS.get(locked.terms.kind, "普通"),
        "XK_NR": masked_text(facts.content or locked.terms.item_name)
        if is_granted
        else f"不予许可（{locked.terms.item_name}）",
        "XK_JDRQ": facts.decided_on.isoformat(),
        "XK_XKJG": locked.department,
        "XK_ZT": STATUS["valid"] if is_granted else "",
        "XK_LYDW": locked.department,
    }
    if party.get("kind") == "organisation":
        row |= {
            "XK_XDR_SHXYM": str(party.get("id_no", "")),
            "XK_FRDB": str(party.get("legal_representative") or ""),
        }
    if facts.permit_no:
        row |= {
            "XK_XKZS": facts.certificate,
            "XK_XKBH": facts.permit_no,
            "XK_YXQZ": facts.valid_from.isoformat(),
            "XK_YXQZI": facts.valid_until.isoformat() if facts.valid_until else "长期",
        }
    return row


def masked_text(text: str) -> str:
    """Return the text without identity, telephone and account numbers and addresses of mail."""
    return _EMAIL.sub(HIDDEN, _OWN_NUMBERS.sub(HIDDEN, text))


def problems_of(row: Mapping[str, str], party: Mapping[str, Any], decided_on: date, today: date) -> list[str]:
    """Return what keeps a row from being shown; [] if it is sound (law.md §7.3, §7.9)."""
    found = [
        f"{name} 为空" for name in ("XK_XDR_MC", "XK_XDR_LB", "XK_XKWS", "XK_WSH", "XK_XKJG", "XK_NR") if not row[name]
    ]
    if decided_on > today:
        found.append("决定日期晚于今天")
    first, last = row["XK_YXQZ"], row["XK_YXQZI"]
    if first and last not in ("", "长期") and last < first:
        found.append("有效期至早于有效期自")
    if party.get("kind") == "organisation" and not uscc.is_valid(row["XK_XDR_SHXYM"]):
        found.append("统一社会信用代码校验位不正确")
    own = str(party.get("id_no", "")) if party.get("kind") == "person" else ""
    shown = {name: value for name, value in row.items() if name != "XK_XDR_SHXYM"}
    if any(_OWN_NUMBERS.search(value) or (own and own in value) for value in shown.values()):
        found.append("公示内容含有证件号码、电话或者账号")
    if own and _is_minor(own, decided_on):
        found.append("当事人是未成年人，不予公示")
    return found


def _is_minor(id_no: str, on: date) -> bool:
    try:
        born = date(int(id_no[6:10]), int(id_no[10:12]), int(id_no[12:14]))
    except ValueError:
        return False
    return (on.year - born.year - ((on.month, on.day) < (born.month, born.day))) < ADULT_YEARS


def order(office: Office, disclosure_id: int, what: str, reason: str, person: Person, now: datetime) -> dict[str, Any]:
    """Withdraw a disclosure or show it again, at once. Raises NotFound, RefusedError."""
    with office.work() as connection:
        row = connection.exec_driver_sql(
            f"select id, state, problems, {may_of(person, 'disclosure', 'order', DISCLOSURES)} as may_order"
            f" from disclosures d where id = %(id)s and {where(person, 'disclosure', 'list', DISCLOSURES).sql} for update",
            {"id": disclosure_id, "person": person.id, "today": now.date()},
        ).one_or_none()
        if row is None:
            raise NotFound(str(disclosure_id))
        if not row.may_order:
            raise _refused("WRONG_POST", "撤下或者恢复公示由首席审批官或者本机关负责人决定。", "forbidden")
        if row.state == ("withdrawn" if what == "withdraw" else "public"):
            raise _refused("ALREADY_DONE", "这条公示已经是这个状态。", "conflict")
        if what == "restore" and row.problems:
            raise _refused("DISCLOSURE_NOT_SOUND", f"不能公示：{'；'.join(row.problems)}。", "conflict")
        _carry_out(connection, disclosure_id, what, reason, person.id, now)
    return {"id": disclosure_id, "state": "withdrawn" if what == "withdraw" else "public", "reason": reason}


def _refused(code: str, text: str, kind: Any) -> RefusedError:
    return RefusedError(Refused((Reason(code, text, "行政处罚法 第四十八条第二款；双公示办法", kind),)))


def _carry_out(connection: Connection, disclosure_id: int, what: str, reason: str, by: str, now: datetime) -> None:
    connection.exec_driver_sql(
        "insert into disclosure_orders (disclosure_id, what, reason, ordered_by, ordered_at)"
        " values (%(id)s, %(what)s, %(reason)s, %(by)s, %(now)s)",
        {"id": disclosure_id, "what": what, "reason": reason, "by": by, "now": now},
    )
    connection.exec_driver_sql(
        "update disclosures set state = %(state)s, changed_at = %(now)s where id = %(id)s",
        {"id": disclosure_id, "state": "withdrawn" if what == "withdraw" else "public", "now": now},
    )


def withdraw_annulled(office: Office, now: datetime) -> int:
    """Withdraw what was annulled since; return how many. Well within the three days."""
    with office.work() as connection:
        rows = connection.exec_driver_sql(ANNULLED).all()
        for row in rows:
            _carry_out(connection, row.id, "withdraw", "许可已经依法撤销", "system", now)
    return len(rows)


def listed(
    office: Office,
    *,
    state: str = "public",
    reader: Person | None = None,
    today: date | None = None,
    before: int | None = None,
    limit: int = 100,
    **wanted: Any,
) -> tuple[list[Row], int | None]:
    """Return (rows of disclosures, newest first; where to continue or None). wanted: q, department, item_code, outcome,
    first, last. reader: only what this person reads as somebody of the office, on the day `today`."""
    q = wanted.get("q")
    given = {name: wanted.get(name) for name in ("department", "item_code", "outcome", "first", "last")}
    with office.look() as connection:
        rows = connection.exec_driver_sql(
            LIST.format(seen=where(reader, "disclosure", "list", DISCLOSURES).sql if reader else "true"),
            {
                **given,
                "person": reader.id if reader else None,
                "today": today,
                "q": f"%{like(q)}%" if q else None,
                "state": state,
                "before": before,
                "limit": limit + 1,
            },
        ).all()
    page = rows[:limit]
    return page, page[-1].id if len(rows) > limit else None


def like(text: str) -> str:
    """Return the text as LIKE takes it literally."""
    return re.sub(r"([\\%_])", r"\\\1", text.replace("\x00", ""))


def standard_row(row: Row) -> list[str]:
    """Return the row in the columns of the standard, with the permit's state of today."""
    status = STATUS.get(row.status, "正常") if row.outcome == "granted" else ""
    return [status if name == "XK_ZT" else str(row.row.get(name, "")) for name in COLUMNS]


def shown(row: Row) -> dict[str, Any]:
    """Return what the public reads of one decision."""
    plain = dict(zip(COLUMNS, standard_row(row), strict=True))
    return {
        "id": row.id,
        "decision_no": plain["XK_WSH"],
        "document": plain["XK_XKWS"],
        "outcome": row.outcome,
        "party": plain["XK_XDR_MC"],
        "party_kind": plain["XK_XDR_LB"],
        "uscc": plain["XK_XDR_SHXYM"] or None,
        "item_code": row.item_code,
        "item_name": row.item_name,
        "department": row.department,
        "content": plain["XK_NR"],
        "decided_on": row.decided_on.isoformat(),
        "permit_no": plain["XK_XKBH"] or None,
        "certificate": plain["XK_XKZS"] or None,
        "valid_from": plain["XK_YXQZ"] or None,
        "valid_until": plain["XK_YXQZI"] or None,
        "status": plain["XK_ZT"] or None,
        "published_at": row.published_at.isoformat(),
    }


def for_staff(row: Row) -> dict[str, Any]:
    """Return what the office reads besides: its case, what keeps it back, the last order."""
    return {
        **shown(row), "case_no": row.case_no, "state": row.state, "problems": list(row.problems),
        "last_order": row.last_order,
    }  # fmt: skip
