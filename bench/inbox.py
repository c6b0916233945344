"""The first and the next page of a queue with a million cases: p95 in SQL and through the application.

.venv/bin/python -m bench.inbox [--cases 1000000] [--rounds 200]
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

from api.app import create_app
from api.config import Settings
from api.embedded import postgres
from bench.advance import prepare
from workflow.casework.inbox import START, tasks
from workflow.casework.office import Office
from workflow.casework.people import find_person

TODAY = date(2026, 9, 1)
MANY = """
insert into cases (case_no, item_code, item_name, process, process_digest, definition_version, terms_digest, department,
                   owner, applicant, form, state, phase, version, head, snapshot, created_at, updated_at)
select 'm-' || g, item_code, item_name, process, process_digest, definition_version, terms_digest, department,
       owner, applicant, form, state, phase, version, head, '{}', created_at, updated_at
  from cases, generate_series(1, %(count)s) g where case_no = 'b-2'
"""
MANY_TASKS = """
insert into tasks (case_id, opened_seq, state, department, post, title, due_on, opened_at)
select c.id, 1, t.state, t.department, case when c.id %% 3 = 0 then 'reviewer' else 'approver' end, t.title,
       date '2026-09-01' + (c.id %% 60)::int, t.opened_at
  from cases c, (select * from tasks limit 1) t where c.case_no like 'm-%%'
"""


def p95(work: Callable[[], object], rounds: int) -> float:
    """Return the 95th percentile of the time one call takes, in milliseconds."""
    times = []
    for _ in range(rounds):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return sorted(times)[int(rounds * 0.95)] * 1000


def main() -> None:
    """Print p95 of the first and of the next page."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=200)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bj-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)
        url, handle = postgres.start(Path(folder) / "pg")
        try:
            prepare(url, 10)
            office = Office.connect(url, pool_size=2)
            with office.work() as connection:
                connection.exec_driver_sql(MANY, {"count": asked.cases})
                connection.exec_driver_sql(MANY_TASKS, {})
            with office.engine.connect() as connection:
                connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("vacuum analyze")
            person = find_person(office, "reviewer1", TODAY)
            first = tasks(office, person, "available", TODAY)
            after = first.next or START
            print(f"{asked.cases} cases")
            for name, start in (("first page", START), ("next page", after)):
                spent = p95(lambda start=start: tasks(office, person, "available", TODAY, after=start), asked.rounds)  # type: ignore[misc]
                print(f"{name}: p95 {spent:.2f} ms by the query and its transaction")
            settings = Settings(url, "redis://127.0.0.1:1/0", Path(folder), "bench", is_demo=True)
            client = create_app(settings).test_client()
            token = client.post("/api/v1/auth/token", json={"username": "reviewer1", "password": "bench"}).json
            headers = {"Authorization": f"Bearer {token['access_token']}"}
            spent = p95(lambda: client.get("/api/v1/tasks?queue=available", headers=headers), asked.rounds)
            print(f"first page: p95 {spent:.2f} ms through the application")
            office.close()
        finally:
            postgres.stop(handle)


if __name__ == "__main__":
    main()
