"""An office in December 2026, which does not know 2027 yet."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from tests.builders import APPLICANT, at, terms_02
from tests.calendar.notices import notice_2027
from workflow.casework.act import ActRequest, act
from workflow.casework.calendar import Loaded, load_notice
from workflow.casework.office import Office
from workflow.casework.recompute import Total, recompute
from workflow.casework.submit import OpenRequest, open_and_submit
from workflow.casework.views import case_facts
from workflow.definitions.holiday_notice import HolidayNotice
from workflow.engine.case import CaseState, replay
from workflow.engine.commands import SYSTEM, Context
from workflow.engine.decide import read
from workflow.engine.model import Terms
from workflow.store.cases import events_of

LOADED_AT = "2026-12-28T09:00:00"


def terms(**rules: Any) -> Terms:
    """Return the terms of item 02 with 20 working days to decide, changed by `rules`."""
    found, _ = terms_02()
    rules = {"decision": {"n": 20, "unit": "working_day"}, "promised": None, **rules}
    return replace(found, rules={**found.rules, **rules}, materials=(), digest=f"{abs(hash(str(rules))):064x}")


def received(office: Office, moment: str, **rules: Any) -> str:
    """Return the number of a case submitted by applicant1 at that moment."""
    _, process = terms_02()
    request = OpenRequest("applicant1", "applicant", "applicant1", terms(**rules), APPLICANT, {}, submit=True)
    return str(open_and_submit(office, request, process, at(moment)).case["case_no"])


def accepted(office: Office, moment: str, **rules: Any) -> str:
    """Return the number of a case accepted at the moment it was received."""
    case_no = received(office, moment, **rules)
    act(office, ActRequest(case_no, "accept", "clerk1", {}), at(moment))
    return case_no


def load(
    office: Office, moment: str = LOADED_AT, notice: HolidayNotice | None = None, *, confirmed: bool = False
) -> Loaded:
    """Load a notice (2027 as announced); nothing is counted anew yet."""
    return load_notice(office, notice or notice_2027(), at(moment), by="sysadmin1", confirmed=confirmed)


def loaded(office: Office, moment: str = LOADED_AT, notice: HolidayNotice | None = None) -> Total:
    """Load a notice and count every open case anew."""
    load(office, moment, notice, confirmed=True)
    return recompute(office, lambda: at(moment))


def row_of(office: Office, case_no: str) -> Row[Any]:
    """Return the case row with its open task and wake-up time."""
    with office.work() as connection:
        return connection.exec_driver_sql(
            "select c.*, t.due_on as task_due, d.wake_at, d.next_due_on from cases c"
            " left join tasks t on t.case_id = c.id and t.closed_at is null"
            " left join due_dates d on d.case_id = c.id where case_no = %(no)s",
            {"no": case_no},
        ).one()


def last_event(office: Office, case_no: str) -> Any:
    """Return the newest event of a case."""
    with office.work() as connection:
        return events_of(connection, row_of(office, case_no).id)[-1]


def assert_fresh(office: Office, case_no: str, now: datetime) -> None:
    """The stored dates of a case are what its clocks say now, and its snapshot is the fold of its events."""
    row = row_of(office, case_no)
    case = CaseState.from_json(row.snapshot)
    with office.work() as connection:
        assert replay(case_no, events_of(connection, row.id)) == case and row.head == case.head
        process, terms = office.process(connection, row.process_digest), office.terms(connection, row.terms_digest)
        reading = read(terms, case, Context(now, office.calendar(connection), SYSTEM))
    facts = case_facts(case, reading, process)
    stored = (row.accepted_on, row.statutory_due, row.promised_due)
    assert stored == (facts.accepted_on, facts.statutory_due, facts.promised_due)
    if row.task_due is not None:
        assert (None if row.task_due.year == 9999 else row.task_due) == facts.task_due


def clocked(moment: str) -> Callable[[], datetime]:
    """Return a clock that stands still."""
    return lambda: at(moment)
