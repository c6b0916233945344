"""The database holds the promises whatever the code does."""

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError

from tests.builders import a_case
from workflow.casework.office import Office


@pytest.mark.parametrize("sql", ["update events set type = 'x'", "delete from events", "truncate events cascade"])
@pytest.mark.parametrize("role", ["origin", "replica"])
def test_an_event_can_be_neither_changed_nor_deleted(office: Office, sql: str, role: str) -> None:
    a_case(office)
    with pytest.raises(DBAPIError, match="append-only"), office.work() as connection:
        connection.exec_driver_sql(f"set session_replication_role = {role}")
        connection.exec_driver_sql(sql)


def test_a_second_decision_of_a_case_is_impossible(office: Office) -> None:
    a_case(office)
    insert = (
        "insert into decisions (case_id, outcome, seq, document_no, decided_on)"
        " select id, 'granted', 1, %(no)s, current_date from cases"
    )
    with pytest.raises(IntegrityError), office.work() as connection:
        connection.exec_driver_sql(insert, {"no": "一"})
        connection.exec_driver_sql(insert, {"no": "二"})


def test_a_case_has_one_open_task(office: Office) -> None:
    a_case(office)
    with pytest.raises(IntegrityError), office.work() as connection:
        connection.exec_driver_sql(
            "insert into tasks (case_id, opened_seq, state, department, post, title, opened_at)"
            " select case_id, 99, state, department, post, title, opened_at from tasks where closed_at is null"
        )


def test_two_events_cannot_share_a_place(office: Office) -> None:
    a_case(office)
    with pytest.raises(IntegrityError), office.work() as connection:
        connection.exec_driver_sql(
            "insert into events (case_id, seq, type, at, actor_id, hash, body)"
            " select case_id, seq, type, at, actor_id, repeat('a', 64),"
            " jsonb_set(body, '{hash}', to_jsonb(repeat('a', 64))) from events where seq = 1"
        )
