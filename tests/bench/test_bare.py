"""The yardsticks are honest: the bare loop writes what act() writes."""

from typing import Any

import pytest

from bench.bare import act_barely, bare_app, connect, request_for, written_by
from bench.office import CASE_NO, NOW, fill
from workflow.casework.act import act
from workflow.casework.office import Office

ROWS = {  # what belongs to a case, without its numbers, hashes and the bodies that hold them
    "cases": "select state, phase, version, received_at, accepted_on, decided_on, outcome, statutory_due, promised_due,"
    " alert, updated_at, terms_digest, process_digest from cases where id = %(id)s",
    "snapshot": "select snapshot ->> 'seq' as seq, snapshot ->> 'state' as state from cases where id = %(id)s",
    "events": "select seq, type, at, actor_id, (body - '{case_no,hash,prev_hash}'::text[])::text from events"
    " where case_id = %(id)s order by seq",
    "tasks": "select opened_seq, state, department, post, title, assignee, due_on, opened_at, closed_at, closed_seq"
    " from tasks where case_id = %(id)s order by opened_seq",
    "due_dates": "select generation, next_due_on, wake_at, attempts, error from due_dates where case_id = %(id)s",
    "outbox": "select topic, seq, body::text, next_try_at from outbox where case_id = %(id)s order by seq",
}


def rows_of(office: Office, number: int) -> dict[str, list[Any]]:
    """Return everything that was written for one prepared case."""
    with office.look() as connection:
        return {
            name: [tuple(row) for row in connection.exec_driver_sql(sql, {"id": number})] for name, sql in ROWS.items()
        }


@pytest.mark.parametrize("is_reading", [True, False])
def test_the_bare_loop_writes_what_the_action_writes(office: Office, database_url: str, is_reading: bool) -> None:
    fill(office, 3)
    written = written_by(office, 1)
    assert act(office, request_for(2), NOW).version == 4
    with connect(database_url) as connection:
        assert act_barely(connection, 3, written, is_reading=is_reading) == 4
    assert rows_of(office, 3) == rows_of(office, 2)


def test_the_bare_handler_does_the_same(office: Office, database_url: str) -> None:
    fill(office, 3)
    client = bare_app(database_url, written_by(office, 1)).test_client()
    answer = client.post(f"/cases/{CASE_NO.format(3)}/actions/request-extension", json={"data": {"reason": "x"}})
    assert (answer.status_code, answer.json["version"]) == (200, 4)
    act(office, request_for(2), NOW)
    assert rows_of(office, 3) == rows_of(office, 2)
