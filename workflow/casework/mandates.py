"""代办委托: an applicant lets somebody act for them, in what, until when; it ends at once when either says so.

民法典165: a written authority names the agent, the matter, the powers and the period. 民法典169: an agent grants on only
with consent, and here never: only what is the grantor's own can be granted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from workflow.casework.access import Thing, Who, allow, could, refusal
from workflow.casework.errors import NotFound, RefusedError
from workflow.casework.office import Office
from workflow.casework.people import Person, person_of
from workflow.definitions.access import matrix
from workflow.engine.errors import Reason, Refused
from workflow.store.access import MANDATE
from workflow.store.connect import Connection, Row

LAW = "民法典 第一百六十五条；行政许可法 第二十九条"
COLUMNS = """
select m.id, m.grantor, g.name as grantor_name, m.agent, a.name as agent_name, m.verbs, m.item_code, c.case_no,
       m.valid_from, m.valid_until, m.note, m.created_at, m.ended_at, m.ended_by
  from mandates m join people g on g.id = m.grantor join people a on a.id = m.agent left join cases c on c.id = m.case_id
"""
INSERT = """
insert into mandates (grantor, agent, verbs, item_code, case_id, valid_from, valid_until, note, created_at)
values (%(grantor)s, %(agent)s, %(verbs)s, %(item_code)s, %(case)s, %(valid_from)s, %(valid_until)s, %(note)s, %(now)s)
returning id
"""
MINE = "(m.grantor = %(person)s or m.agent = %(person)s)"


@dataclass(frozen=True, slots=True)
class NewMandate:
    """What a grantor asks for. item_code / case_no: at most one of them; neither: all that is the grantor's."""

    agent: str
    verbs: Sequence[str]
    valid_until: date
    item_code: str | None = None
    case_no: str | None = None
    note: str = ""


def grant(office: Office, person: Person, wanted: NewMandate, now: datetime) -> dict[str, Any]:
    """Return the new mandate. Raises RefusedError naming the field, NotFound for a case that is not theirs."""
    with office.work() as connection:
        grantor = person_of(connection, person.id, now.date())
        allow(Who(grantor.id, grantor.kind), "mandate", "grant")
        _check(connection, grantor, wanted, now.date())
        mandate_id = connection.exec_driver_sql(
            INSERT,
            {
                "grantor": grantor.id,
                "agent": wanted.agent,
                "verbs": [verb for verb in matrix().mandates if verb in wanted.verbs],
                "item_code": wanted.item_code,
                "case": _own_case(connection, wanted.case_no, grantor.id),
                "valid_from": now.date(),
                "valid_until": wanted.valid_until,
                "note": wanted.note,
                "now": now,
            },
        ).scalar_one()
        return _json(_one(connection, mandate_id), now.date())


def mandates_for(
    office: Office, person: Person, now: datetime, *, before: int | None, limit: int
) -> tuple[list[dict[str, Any]], int | None]:
    """Return (mandates one gave or got, newest first, ended ones too; id to continue before or None)."""
    if not could(person, "mandate", "list"):
        raise refusal("mandate", "list")
    with office.look() as connection:
        rows = connection.exec_driver_sql(
            f"{COLUMNS} where {MINE} and (%(before)s::bigint is null or m.id < %(before)s) order by m.id desc limit %(limit)s",
            {"person": person.id, "before": before, "limit": limit + 1},
        ).all()
    page = rows[:limit]
    return [_json(row, now.date()) for row in page], page[-1].id if len(rows) > limit else None


def grantors_for(office: Office, person: Person, item_code: str, today: date) -> list[dict[str, Any]]:
    """Return for whom this person may apply for an item today: id, name and until when."""
    with office.look() as connection:
        rows = connection.exec_driver_sql(
            f"""select m.grantor, g.name, max(m.valid_until) as until from mandates m join people g on g.id = m.grantor
            where {MANDATE} and 'submit' = any(m.verbs) and m.case_id is null
              and (m.item_code is null or m.item_code = %(item)s) and g.active
            group by m.grantor, g.name order by g.name, m.grantor""",
            {"person": person.id, "today": today, "item": item_code},
        ).all()
    return [{"id": row.grantor, "name": row.name, "until": row.until.isoformat()} for row in rows]


def mandate(office: Office, mandate_id: int, person: Person, now: datetime) -> dict[str, Any]:
    """Return one mandate. Raises NotFound."""
    with office.look() as connection:
        return _json(_theirs(connection, mandate_id, person, "read", now.date()), now.date())


def end(office: Office, mandate_id: int, person: Person, now: datetime) -> dict[str, Any]:
    """Return the mandate, ended from this moment: by the grantor, or by the agent who resigns (民法典173). Twice is fine."""
    with office.work() as connection:
        _theirs(connection, mandate_id, person, "end", now.date())
        connection.exec_driver_sql(
            "update mandates set ended_at = %(now)s, ended_by = %(person)s where id = %(id)s and ended_at is null",
            {"id": mandate_id, "now": now, "person": person.id},
        )
        return _json(_one(connection, mandate_id), now.date())


def _theirs(connection: Connection, mandate_id: int, person: Person, may: str, today: date) -> Row:
    row = _one(connection, mandate_id)
    who = person_of(connection, person.id, today)
    verbs = row.verbs if row.agent == who.id else ()  # of a mandate that has ended too: it is theirs to look at
    allow(Who(who.id, who.kind), "mandate", may, Thing(owner=row.grantor, verbs=verbs))
    return row


def _one(connection: Connection, mandate_id: int) -> Row:
    row = connection.exec_driver_sql(f"{COLUMNS} where m.id = %(id)s", {"id": mandate_id}).one_or_none()
    if row is None:
        raise NotFound(str(mandate_id))
    return row


def _check(connection: Connection, grantor: Person, wanted: NewMandate, today: date) -> None:
    problems = []
    agent = connection.exec_driver_sql(
        "select kind from people where id = %(id)s and active", {"id": wanted.agent.replace("\x00", "")}
    ).one_or_none()
    if agent is None or agent.kind not in ("agent", "applicant") or wanted.agent == grantor.id:
        problems.append(
            ("agent", "MANDATE_AGENT", "请填写代办人的账号：代办账号或者另一申请人的账号，工作人员不能代办。")
        )
    if "read" not in wanted.verbs:
        problems.append(("verbs", "MANDATE_VERBS", "权限应当包括 read（查看），否则代办人看不到所办的事。"))
    if wanted.valid_until < today:
        problems.append(("valid_until", "MANDATE_PERIOD", f"截止日期不能早于今天（{today.isoformat()}）。"))
    if wanted.item_code and wanted.case_no:
        problems.append(("case_no", "MANDATE_MATTER", "item_code 和 case_no 只能填写一个：一个事项，或者一个办件。"))
    if problems:
        reasons = tuple(Reason(code, text, LAW, "invalid", field) for field, code, text in problems)
        raise RefusedError(Refused(reasons))


def _own_case(connection: Connection, case_no: str | None, owner: str) -> int | None:
    """Return the id of a case that belongs to the grantor; what one only acts in for another cannot be granted on."""
    if case_no is None:
        return None
    found: int | None = connection.exec_driver_sql(
        "select id from cases where case_no = %(no)s and owner = %(owner)s",
        {"no": case_no.replace("\x00", ""), "owner": owner},
    ).scalar_one_or_none()
    if found is None:
        raise NotFound(case_no)
    return found


def _json(row: Row, today: date) -> dict[str, Any]:
    status = "ended" if row.ended_at else "expired" if row.valid_until < today else "valid"
    return {
        "id": row.id,
        "grantor": {"id": row.grantor, "name": row.grantor_name},
        "agent": {"id": row.agent, "name": row.agent_name},
        "verbs": list(row.verbs),
        "item_code": row.item_code,
        "case_no": row.case_no,
        "valid_from": row.valid_from.isoformat(),
        "valid_until": row.valid_until.isoformat(),
        "note": row.note,
        "status": status,
        "created_at": row.created_at.isoformat(),
        "ended_at": row.ended_at.isoformat() if row.ended_at else None,
        "ended_by": row.ended_by,
    }
