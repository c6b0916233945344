"""One action on 10,000 cases: casework act() beside a bare psycopg loop of the same statements, 1 and 4 processes.

    .venv/bin/python -m bench.advance [--seconds 5] [--cases 10000]

The action is `discard` of a draft made ready: lock, update case, close task, event, due-date row, outbox, commit.
"""

import argparse
import json
import tempfile
import time
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import psycopg

from api.embedded import postgres
from service_catalog.catalog import catalog
from service_catalog.terms import terms_of
from workflow.casework.act import ActRequest, act
from workflow.casework.demo import load_demo_office
from workflow.casework.office import Office
from workflow.casework.submit import OpenRequest, open_and_submit
from workflow.definitions.loader import processes
from workflow.engine.dates import SHANGHAI
from workflow.store.migrate import upgrade

NOW = datetime(2026, 9, 1, 10, 0, tzinfo=SHANGHAI)
APPLICANT = {"kind": "organisation", "name": "示例公司", "id_no": "11120000MB1571593F"}
ACTION = "request-extension"  # opens and closes a task, keeps the clocks' rows, tells somebody


def prepare(url: str, count: int, begun: datetime = NOW) -> None:
    """Make `count` cases in review since `begun`, by copying one real case."""
    upgrade(url)
    load_demo_office(url, "bench")
    office = Office.connect(url, pool_size=2)
    process = processes()["document-review"]
    item = catalog().newest("02")
    terms = terms_of(item, {}, processes()["on-site"])
    terms = type(terms)(**{n: getattr(terms, n) for n in terms.__slots__} | {
        "process": process.slug, "process_digest": process.digest, "materials": (), "digest": "b" * 64})  # fmt: skip
    request = OpenRequest("applicant1", "applicant", "applicant1", terms, APPLICANT, {}, submit=True)
    answer = open_and_submit(office, request, process, begun)
    act(office, ActRequest(answer.case["case_no"], "accept", "clerk1", {}), begun)
    with office.work() as connection:
        connection.exec_driver_sql("alter table events disable trigger user")
        run = connection.exec_driver_sql
        run("create temp table one as select * from cases where id = 1")
        run(
            f"insert into cases overriding system value select g, 'b-' || g, {_rest('case_no')} from one, generate_series(2, {count}) g"
        )
        run(
            "insert into events select g, seq, type, at, actor_id, md5(g || '-' || seq) || md5(seq || '-' || g),"
            " jsonb_set(body, '{hash}', to_jsonb(md5(g || '-' || seq) || md5(seq || '-' || g)))"
            f" from events, generate_series(2, {count}) g where case_id = 1"
        )
        run(
            "insert into tasks (case_id, opened_seq, state, department, post, title, due_on, opened_at)"
            f" select g, opened_seq, state, department, post, title, due_on, opened_at from tasks, generate_series(2, {count}) g"
            " where case_id = 1 and closed_at is null"
        )
        run(
            f"insert into due_dates (case_id, generation, next_due_on, wake_at) select g, generation, next_due_on, wake_at from due_dates, generate_series(2, {count}) g where case_id = 1"
        )
        run("update cases set snapshot = jsonb_set(snapshot, '{case_no}', to_jsonb(case_no))")
        run(f"select setval(pg_get_serial_sequence('cases', 'id'), {count})")
        run("alter table events enable trigger user")
    with office.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("vacuum analyze")
    office.close()


def _rest(after: str) -> str:
    columns = (
        "item_code, item_name, process, process_digest, definition_version, terms_digest, department, owner, applicant,"
        " form, state, phase, version, head, snapshot, received_at, accepted_on, decided_on, outcome, statutory_due,"
        " promised_due, alert, created_at, updated_at, calendar_version"
    )
    return columns


def ours(url: str, ids: range, seconds: float) -> tuple[int, float]:
    """Return (actions done, seconds) by casework."""
    office = Office.connect(url, pool_size=1)
    begun = time.perf_counter()
    done = 0
    for number in ids:
        if time.perf_counter() - begun > seconds:
            break
        act(office, ActRequest(f"b-{number}", ACTION, "reviewer1", {"reason": "情况复杂"}, version=3), NOW)
        done += 1
    spent = time.perf_counter() - begun
    office.close()
    return done, spent


def bare(url: str, ids: range, seconds: float) -> tuple[int, float]:
    """Return (actions done, seconds) by a bare loop: the same statements, one by one, no thinking."""
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        begun = time.perf_counter()
        done = 0
        for number in ids:
            if time.perf_counter() - begun > seconds:
                break
            _bare_act(connection, number)
            done += 1
        return done, time.perf_counter() - begun


def _bare_act(connection: psycopg.Connection[Any], number: int) -> None:
    cursor = connection.cursor()
    cursor.execute("select id, version, snapshot from cases where case_no = %s for update", (f"b-{number}",))
    case_id, version, snapshot = cursor.fetchone()  # type: ignore[misc]
    body = {"seq": version + 1, "type": ACTION, "hash": f"{number:064x}", "at": NOW.isoformat(), "actor": {"id": "r"}}
    cursor.execute(
        "update cases set version = version + 1, state = 'extension-requested', head = %s, snapshot = %s, updated_at = %s where id = %s",
        (body["hash"], json.dumps(snapshot), NOW, case_id),
    )
    cursor.execute(
        "insert into events (case_id, seq, type, at, actor_id, hash, body) values (%s, %s, %s, %s, %s, %s, %s)",
        (case_id, version + 1, ACTION, NOW, "reviewer1", body["hash"], json.dumps(body)),
    )
    cursor.execute(
        "update tasks set closed_at = %s, closed_seq = %s where case_id = %s and closed_at is null",
        (NOW, version + 1, case_id),
    )
    cursor.execute(
        "insert into tasks (case_id, opened_seq, state, department, post, title, opened_at) values (%s, %s, 'x', 'd', 'p', 't', %s)",
        (case_id, version + 1, NOW),
    )
    cursor.execute("update due_dates set generation = %s, wake_at = %s where case_id = %s", (version + 1, NOW, case_id))
    cursor.execute(
        "insert into outbox (topic, case_id, seq, body, created_at, next_try_at) values ('notify', %s, %s, '{}', %s, %s)",
        (case_id, version + 1, NOW, NOW),
    )
    connection.commit()


def rate(work: Any, url: str, parts: list[range], seconds: float) -> float:
    """Return actions a second of one or several processes together."""
    if len(parts) == 1:
        done, spent = work(url, parts[0], seconds)
        return float(done / spent)
    with get_context("spawn").Pool(len(parts)) as pool:
        found = pool.starmap(work, [(url, part, seconds) for part in parts])
    return float(sum(done / spent for done, spent in found))


def main() -> None:
    """Print both rates and their ratio for 1 and 4 processes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--cases", type=int, default=10_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bj-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)
        url, handle = postgres.start(Path(folder) / "pg")
        try:
            prepare(url, asked.cases)
            size = asked.cases // 11
            for count in (1, 4):
                start = 2 if count == 1 else 2 + 2 * size
                mine = [range(start + 2 * k * size, start + (2 * k + 1) * size) for k in range(count)]
                theirs = [range(start + (2 * k + 1) * size, start + (2 * k + 2) * size) for k in range(count)]
                bare_rate = rate(bare, url, theirs, asked.seconds)
                our_rate = rate(ours, url, mine, asked.seconds)
                print(
                    f"{count} process(es): bare {bare_rate:.0f}/s, act() {our_rate:.0f}/s, ratio {our_rate / bare_rate:.2f}"
                )
        finally:
            postgres.stop(handle)


if __name__ == "__main__":
    main()
