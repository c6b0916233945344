"""The inbox costs a page however long the queue is: its plan and its number of statements are pinned."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from flask import Flask

from tests.builders import a_case
from workflow.casework import inbox
from workflow.casework.inbox import QUEUES, START, tasks
from workflow.casework.office import Office
from workflow.casework.people import find_person
from workflow.store.connect import Connection

TODAY = date(2026, 9, 1)
MANY = 6_000
LIMIT = 20
INDEX = {
    "available": {"tasks_available"},
    "department": {"tasks_department"},
    "mine": {"tasks_mine", "tasks_members"},  # claimed by me, or belonging to several of us
}
COPY = """
with one as (select * from cases where id = 1), many as (
    insert into cases (case_no, item_code, item_name, process, process_digest, definition_version, terms_digest,
                       department, owner, applicant, form, state, phase, version, head, snapshot, created_at, updated_at)
    select 'm-' || g, item_code, item_name, process, process_digest, definition_version, terms_digest, department, owner,
           applicant, form, state, phase, version, head, '{}', created_at, updated_at
      from one, generate_series(1, %(many)s) g returning id)
insert into tasks (case_id, opened_seq, state, department, post, title, assignee, claimed_at, due_on, opened_at)
select m.id, 1, t.state, t.department, case when m.id %% 3 = 0 then 'approver' else 'reviewer' end, t.title,
       case when m.id %% 4 = 0 then 'reviewer1' end, case when m.id %% 4 = 0 then t.opened_at end,
       date '2026-09-01' + (m.id %% 90)::int, t.opened_at
  from many m, (select * from tasks limit 1) t
"""


@pytest.fixture
def busy(office: Office) -> Office:
    """An office with thousands of open tasks; reviewer1 is also an approver."""
    a_case(office)
    with office.work() as connection:
        connection.exec_driver_sql(COPY, {"many": MANY})
        connection.exec_driver_sql(
            "insert into person_posts (person_id, department, post)"
            " select person_id, department, 'approver' from person_posts where person_id = 'reviewer1'"
        )
        connection.exec_driver_sql("analyze")
    return office


def steps(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every step of a plan."""
    yield plan
    for inner in plan.get("Plans", ()):
        yield from steps(inner)


@pytest.mark.parametrize("after", [START, (date(2026, 10, 1), 900)], ids=["first page", "next page"])
@pytest.mark.parametrize("queue", QUEUES)
def test_a_page_reads_its_index_no_further_than_a_page(busy: Office, queue: str, after: tuple[date, int]) -> None:
    parameters = {
        "person": "reviewer1",
        "today": TODAY,
        "after_due": after[0],
        "after_id": after[1],
        "limit": LIMIT + 1,
        "post": None,
        "until": date.max,
    }
    with busy.look() as connection:
        sql = inbox.statement(find_person(busy, "reviewer1", TODAY), queue)
        found = connection.exec_driver_sql(f"explain (analyze, format json) {sql}", parameters).scalar_one()
    plan = list(steps(found[0]["Plan"]))
    on_tasks = [step for step in plan if step.get("Relation Name") == "tasks"]
    used = {step["Index Name"] for step in plan if str(step.get("Index Name")).startswith("tasks_")}
    assert used == INDEX[queue]
    assert not [step for step in on_tasks if step["Node Type"] == "Seq Scan"]
    assert all(step["Actual Rows"] <= LIMIT + 1 for step in on_tasks)
    posts = 2 if queue == "available" else 1
    assert all(step["Actual Rows"] <= posts * (LIMIT + 1) for step in plan if "Sort" in step["Node Type"])
    assert not [step for step in plan if step["Node Type"] == "Seq Scan" and step.get("Relation Name") == "cases"]


@pytest.mark.parametrize("queue", QUEUES)
def test_pages_follow_each_other_without_gap_or_repetition(busy: Office, queue: str) -> None:
    person = find_person(busy, "reviewer1", TODAY)
    after, seen = START, []
    for _ in range(5):
        page = tasks(busy, person, queue, TODAY, after=after, limit=7)
        seen += [(task.due_on, task.id) for task in page.items]
        assert page.next is not None
        after = page.next
    whole = tasks(busy, person, queue, TODAY, limit=35)
    assert seen == [(task.due_on, task.id) for task in whole.items] == sorted(seen)


def test_a_page_over_http_takes_two_statements_and_then_one(
    app: Flask, busy: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = app.test_client()
    token = client.post("/api/v1/auth/token", json={"username": "reviewer1", "password": "banjian-demo"}).json
    run, said = Connection.exec_driver_sql, []

    def listen(self: Connection, sql: str, parameters: Any = None) -> Any:
        said.append(sql)
        return run(self, sql, parameters)

    monkeypatch.setattr(Connection, "exec_driver_sql", listen)
    headers = {"Authorization": f"Bearer {token['access_token']}"}
    first = client.get("/api/v1/tasks?queue=available", headers=headers).json
    assert (
        len(first["items"]) == LIMIT and said[-1].startswith(inbox.COLUMNS) and len(said) == 2
    )  # who asks, and the page
    client.get(f"/api/v1/tasks?queue=available&cursor={first['next']}", headers=headers)
    assert len(said) == 3
