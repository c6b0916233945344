"""Two at once, killed programs, a lost broker: one decision, nothing acknowledged lost, the work still done."""

import threading
from typing import Any

import redis

from tests.infrastructure.live import LiveOffice
from tests.story.test_item_02 import required, submitted
from workflow.casework.office import Office
from workflow.casework.wake import redis_url
from workflow.engine.case import CaseState, replay
from workflow.store.cases import events_of


def proposed(live: LiveOffice) -> str:
    """Return a case of item 02 that waits for its decision."""
    case_no = submitted(live)
    for name in required(live, case_no):
        live.upload(case_no, "applicant1", name)
    live.done(case_no, "clerk1", "accept")
    live.done(case_no, "reviewer1", "plan-visit", inspectors=["inspector1", "inspector2"], planned_on="2026-09-02")
    live.done(case_no, "inspector1", "start-visit")
    live.done(case_no, "inspector1", "record-visit", conclusion="pass", findings="符合")
    live.done(case_no, "inspector2", "confirm-pass")
    live.done(case_no, "reviewer1", "propose", conclusion="grant", findings="符合")
    return case_no


def test_two_approvers_at_once_make_one_decision(live: LiveOffice, office: Office) -> None:
    live.at("2026-09-01T10:00:00", worker=False)
    case_no = proposed(live)
    version = live.case(case_no)["version"]
    answers: list[tuple[int, Any]] = []

    def decide(who: str, action: str, data: dict[str, str]) -> None:
        path = f"/api/v1/cases/{case_no}/actions/{action}"
        answers.append(live.call("POST", path, who, {"data": data}, {"If-Match": f'"{version}"'}))

    live.token("approver1"), live.token("approver2")
    both = [
        threading.Thread(target=decide, args=("approver1", "grant", {})),
        threading.Thread(target=decide, args=("approver2", "refuse", {"reasons": "不符合条件"})),
    ]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert sorted(status for status, _ in answers) == [200, 412]
    with office.work() as connection:
        assert connection.exec_driver_sql("select count(*) from decisions").scalar_one() == 1


def test_a_killed_api_loses_nothing_it_acknowledged(live: LiveOffice, office: Office) -> None:
    live.at("2026-09-01T10:00:00", worker=False)
    case_no = submitted(live)
    acknowledged = live.case(case_no, "applicant1")["version"]
    live.kill("api")
    with office.work() as connection:
        row = connection.exec_driver_sql("select id, case_no, version, snapshot from cases").one()
        events = events_of(connection, row.id)
    assert row.version == acknowledged == len(events)
    assert replay(row.case_no, events) == CaseState.from_json(row.snapshot)


def test_work_is_done_though_the_broker_was_emptied_and_the_worker_killed(
    live: LiveOffice, office: Office, broker_url: str
) -> None:
    live.at("2026-09-01T10:00:00")
    live.kill("worker")
    case_no = submitted(live)
    redis.Redis.from_url(redis_url(broker_url)).flushall()
    live.start_worker()

    def done() -> bool:
        with office.work() as connection:
            left = connection.exec_driver_sql("select count(*) from outbox where done_at is null").scalar_one()
            return bool(left == 0)

    live.wait_for(done, 30)
    _, papers = live.get(f"/api/v1/cases/{case_no}/documents", "applicant1")
    assert [p["title"] for p in papers["items"] if p["sha256"]] == ["材料接收凭证"]
    assert list((live.folder / "outbox").glob("*.json"))
