"""The yardstick: the statements of one action, one by one, on a bare psycopg connection. Nothing is thought about.

It reads and writes what act() reads and writes (tests/bench holds it to that), in the columns and sizes of a real action.
"""

import json
import os
import threading
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
from flask import Flask, Response, jsonify, request

from bench.office import CASE_NO, NOW
from workflow.casework.act import ActRequest, act
from workflow.casework.office import Office

ACTION, PERSON, DATA = "request-extension", "reviewer1", {"reason": "情况复杂"}
FIRST_VERSION = 3

LOCK = """select id, department, owner, applicant, version, snapshot, terms_digest, process_digest, received_at, accepted_on,
 decided_on, outcome, statutory_due, promised_due, alert from cases where case_no = %s for update"""
PERSON_NAME = "select name from people where id = %s"
POSTS = """select post from person_posts where person_id = %s and department = %s
 and %s between valid_from and coalesce(valid_until, 'infinity')"""
OPEN_TASK = "select id, assignee from tasks where case_id = %s and closed_at is null"
CALENDAR = "select max(id) from calendar_versions"
UPDATE = """update cases set state = %s, phase = %s, version = %s, head = %s, snapshot = %s, terms_digest = %s,
 process_digest = %s, received_at = %s, accepted_on = %s, decided_on = %s, outcome = %s, statutory_due = %s,
 promised_due = %s, alert = %s, updated_at = %s where id = %s and version = %s"""
EVENT = "insert into events (case_id, seq, type, at, actor_id, hash, body) values (%s, %s, %s, %s, %s, %s, %s)"
CLOSE = "update tasks set closed_at = %s, closed_seq = %s where case_id = %s and closed_at is null"
OPEN = """insert into tasks (case_id, opened_seq, state, department, post, title, due_on, opened_at)
 values (%s, %s, %s, %s, %s, %s, %s, %s) returning id"""
DUE = """insert into due_dates (case_id, generation, next_due_on, wake_at) values (%s, %s, %s, %s)
 on conflict (case_id) do update set generation = excluded.generation, next_due_on = excluded.next_due_on,
 wake_at = excluded.wake_at, attempts = 0, quarantined_at = null, error = null"""
OUTBOX = """insert into outbox (topic, case_id, seq, body, created_at, next_try_at) values (%s, %s, %s, %s, %s, %s)
 returning id"""


@dataclass(frozen=True, slots=True)
class Written:
    """What one real action wrote, to be written again for other cases."""

    state: str
    phase: str
    event: dict[str, Any]
    post: str
    title: str
    due_on: date
    next_due_on: date | None
    wake_at: Any
    topic: str
    message: dict[str, Any]


def request_for(number: int) -> ActRequest:
    """Return the measured action on one of the prepared cases."""
    return ActRequest(CASE_NO.format(number), ACTION, PERSON, DATA, version=FIRST_VERSION)


def written_by(office: Office, number: int) -> Written:
    """Take the action on this case; return what it wrote."""
    act(office, request_for(number), NOW)
    return written_for(office, number)


def written_for(office: Office, number: int) -> Written:
    """Return what the action wrote that was taken on this case."""
    with office.look() as connection:
        row = connection.exec_driver_sql(
            "select c.state, c.phase, e.body, t.post, t.title, t.due_on, d.next_due_on, d.wake_at, o.topic, o.body as message"
            " from cases c join events e on e.case_id = c.id and e.seq = c.version"
            " join tasks t on t.case_id = c.id and t.closed_at is null join due_dates d on d.case_id = c.id"
            " join outbox o on o.case_id = c.id and o.seq = c.version where c.case_no = %(case_no)s",
            {"case_no": CASE_NO.format(number)},
        ).one()
    return Written(*row)


def act_barely(connection: psycopg.Connection[Any], number: int, w: Written, *, is_reading: bool = True) -> int:
    """Do the statements of the action on one case and commit; return the case's new version.

    is_reading: also read who asks, the open task and the calendar's version, as act() does in its locked read.
    """
    cursor = connection.cursor()
    run = cursor.execute
    case: Any = run(LOCK, (CASE_NO.format(number),)).fetchone()
    case_id, department, version, snapshot = case[0], case[1], case[4] + 1, case[5]
    if is_reading:
        run(PERSON_NAME, (PERSON,)).fetchone()
        run(POSTS, (PERSON, department, NOW.date())).fetchall()
        run(OPEN_TASK, (case_id,)).fetchone()
        run(CALENDAR).fetchone()
    head = f"{case_id:064x}"
    event = json.dumps(w.event | {"seq": version, "hash": head}, ensure_ascii=False)
    kept = json.dumps(snapshot | {"seq": version, "head": head, "state": w.state}, ensure_ascii=False)
    run(UPDATE, (w.state, w.phase, version, head, kept, *case[6:], NOW, case_id, version - 1))
    run(EVENT, (case_id, version, ACTION, NOW, PERSON, head, event))
    run(CLOSE, (NOW, version, case_id))
    run(OPEN, (case_id, version, w.state, department, w.post, w.title, w.due_on, NOW)).fetchone()
    run(DUE, (case_id, version, w.next_due_on, w.wake_at))
    run(OUTBOX, (w.topic, case_id, version, json.dumps(w.message, ensure_ascii=False), NOW, NOW)).fetchone()
    connection.commit()
    return int(version)


def connect(url: str) -> psycopg.Connection[Any]:
    """Return a connection as the office opens it."""
    return psycopg.connect(url.replace("+psycopg", ""), options="-c timezone=Asia/Shanghai")


def bare_app(url: str, written: Written) -> Flask:
    """Return the barest application that takes the action: a connection a thread, the statements, a line of JSON."""
    app = Flask(__name__)
    mine = threading.local()

    @app.post("/cases/b-<int:number>/actions/request-extension")
    def take(number: int) -> Response:
        if not hasattr(mine, "connection"):
            mine.connection = connect(url)
        body = request.get_json()
        version = act_barely(mine.connection, number, written)
        return jsonify({"case_no": CASE_NO.format(number), "version": version, "data": body["data"]})

    @app.get("/healthz")
    def healthz() -> str:
        return "ok"

    return app


def create_app() -> Flask:
    """Return it for a server, on DATABASE_URL, where the action was taken on case 1 before."""
    office = Office.connect(os.environ["DATABASE_URL"], pool_size=1)
    app = bare_app(os.environ["DATABASE_URL"], written_for(office, 1))
    office.close()
    return app
