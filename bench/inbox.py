"""The first and the next page of queues in an office of a million open cases: in SQL, and over HTTP.

    .venv/bin/python -m bench.inbox [--cases 1000000] [--requests 400]

One person looks who holds two posts, so that two ranges are merged. A tenth of the tasks is taken by a colleague, a
twentieth has no due date. In SQL is casework's function: the statement, its planning, its rows as task views. Over HTTP
is a server as `banjian api` starts it, asked by one client on loopback.
"""

import argparse
import json
import time
from collections.abc import Callable, Sequence

from api.embedded import valkey
from bench.load import Client, bearer, message, office_env, percentiles, send, server
from bench.office import COPIED, NOW, database, fill
from workflow.casework.inbox import QUEUES, START, tasks
from workflow.casework.office import Office
from workflow.casework.people import Person, find_person

PERSON, COLLEAGUE = "reviewer1", "reviewer2"
TODAY = NOW.date()
PARTS = 8
WARM, CLIENTS_WARM = 20, 16  # so that every thread of the server has planned and prepared
SECOND_POST = (
    "insert into person_posts (person_id, department, post)"
    " select person_id, department, 'approver' from person_posts where person_id = %(person)s"
)
SPREAD = {
    "cases": {**COPIED["cases"], "snapshot": "'{}'"},
    "tasks": {
        **COPIED["tasks"],
        "post": "case when g % 3 = 0 then 'approver' else 'reviewer' end",
        "due_on": "case when g % 20 = 0 then date '9999-12-31' else date '2026-09-01' + g % 60 end",
        "assignee": f"case when g % 10 = 1 then '{COLLEAGUE}' when g % 500 = 2 then '{PERSON}' end",
        "claimed_at": "case when g % 10 = 1 or g % 500 = 2 then t.opened_at end",
    },
}


def times(work: Callable[[], object], rounds: int) -> list[float]:
    """Return how long each of many calls took, in seconds, after a few that are not counted."""
    taken = []
    for _ in range(WARM + rounds):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return taken[WARM:]


def told(taken: Sequence[float]) -> str:
    """Return the percentiles, and the p95 of the quietest part: on a busy machine the rest waits for a core."""
    size = len(taken) // PARTS
    quietest = min(sorted(taken[place : place + size])[int(size * 0.95)] for place in range(0, size * PARTS, size))
    return f"{percentiles(taken)}   p95 of the quietest of {PARTS} parts {quietest * 1000:.2f} ms"


def in_sql(office: Office, person: Person, queue: str, rounds: int) -> None:
    """Print the percentiles of both pages by casework's own function."""
    following = tasks(office, person, queue, TODAY).next
    assert following is not None, f"{queue}: only one page"
    for name, after in (("first", START), ("next", following)):
        taken = times(lambda after=after: tasks(office, person, queue, TODAY, after=after), rounds)  # type: ignore[misc]
        print(f"{queue:<10} {name:<5} page, SQL   {told(taken)}")


def over_http(port: int, login: str, queue: str, rounds: int) -> None:
    """Print the percentiles of both pages from a real server."""
    path = f"/api/v1/tasks?queue={queue}"
    _, page = Client(port).ask(message("GET", path, headers=login))
    for name, more in (("first", ""), ("next", f"&cursor={json.loads(page)['next']}")):
        request = message("GET", path + more, headers=login)
        send(port, [request] * WARM * CLIENTS_WARM, CLIENTS_WARM)
        _, taken = send(port, [request] * rounds, 1)
        print(f"{queue:<10} {name:<5} page, HTTP  {told(taken)}")


def main() -> None:
    """Load the cases, then measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--requests", type=int, default=400)
    asked = parser.parse_args()
    with database() as (url, folder):
        office = Office.connect(url, pool_size=2)
        with office.work() as connection:
            connection.exec_driver_sql(SECOND_POST, {"person": PERSON})
        begun = time.perf_counter()
        fill(office, asked.cases, copied=SPREAD)
        print(f"{asked.cases:,} open cases, loaded in {time.perf_counter() - begun:.0f} s")
        person = find_person(office, PERSON, TODAY)
        for queue in QUEUES:
            in_sql(office, person, queue, asked.requests)
        office.close()
        broker_url, broker = valkey.start(folder / "valkey")
        try:
            with server("api.app:create_served_app", office_env(url, broker_url, folder)) as port:
                for queue in QUEUES:
                    over_http(port, bearer(port, PERSON), queue, asked.requests)
        finally:
            valkey.stop(broker, broker_url)


if __name__ == "__main__":
    main()
