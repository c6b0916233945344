"""Killed at every step of issuing, and done again: one number, one file, one event, one seal, one certificate."""

import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.infrastructure.desk import Desk
from tests.papers.killed import DIED
from tests.story.telling import applied, made_ready, taken_in
from workflow.ledger.papers import first_broken
from workflow.store import papers as store

ROOT = Path(__file__).parents[2]
# In the order in which they come; (step, how-many-th time). Each is killed before it and after it, one life after another.
STEPS = [
    ("number", 1),
    ("number", 2),  # the number of the permit
    ("event", 1),
    ("row", 1),
    ("commit", 1),  # after it the act is done
    ("claim", 1),
    ("content", 1),
    ("drawing", 1),
    ("file", 1),
    ("freezing", 1),
    ("seal", 1),
    ("done", 1),
    ("certificate-drawing", 1),
    ("certificate-drawing", 2),  # the duplicate: the original's file is already there
    ("certificate-row", 1),
]


def granted_case(desk: Desk) -> str:
    """Return the number of a case in which only the grant is missing."""
    case_no = applied(desk, "26")
    taken_in(desk, case_no)
    made_ready(desk, case_no)
    assert desk.case(case_no)["state"] == "proposed"
    return case_no


def killed(desk: Desk, database_url: str, case_no: str, steps: Sequence[tuple[str, str, int]]) -> list[int]:
    """Return how processes ended that grant and work off the outbox, each killed at its step, an hour apart."""
    data = {"conditions": "许可内容甲\n许可内容乙"}
    common = {"case_no": case_no, "action": "grant", "person": "approver1", "data": data}
    begun = desk.now().replace(microsecond=0)
    orders = [
        {**common, "step": step, "when": when, "nth": nth, "at": (begun + timedelta(minutes=5 * n)).isoformat()}
        for n, (step, when, nth) in enumerate(steps)
    ]
    command = [sys.executable, "-m", "tests.papers.killed", database_url, str(desk.office.folder), json.dumps(orders)]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return list(json.loads(done.stdout))


def found(desk: Desk, case_no: str) -> dict[str, Any]:
    """Return what there is of the grant: events, numbers, papers, permits, certificates, what still waits."""
    with desk.office.work() as connection:
        row = connection.exec_driver_sql(
            "select c.id, (select count(*) from events where case_id = c.id and type = 'grant') as events,"
            " (select array_agg(no) from documents where case_id = c.id and title = '准予行政许可决定书') as numbers,"
            " (select bool_and(pdf_sha256 is not null) from documents where case_id = c.id) as drawn,"
            " (select count(*) from documents where case_id = c.id) as papers,"
            " (select array_agg(permit_no) from permits where case_id = c.id) as permits,"
            " (select count(*) from certificates k join permits p on p.id = k.permit_id where p.case_id = c.id) as certificates,"
            " (select life_id from permits where case_id = c.id) as life,"
            " (select count(*) from outbox where done_at is null) as waiting,"
            " (select last from number_counters where word = '准') as last,"
            " (select last from number_counters where word = '证26') as last_permit"
            " from cases c where c.case_no = %(no)s",
            {"no": case_no},
        ).one()
        seals, life_seals = (store.seals(connection, row.id), store.seals(connection, row.life))
    assert first_broken(seals) is None and first_broken(life_seals) is None
    assert len(seals) == row.papers
    wanted = {seal["files"]["pdf"] for seal in seals} | {sha for seal in life_seals for sha in seal["files"].values()}
    on_shelf = [path for path in (desk.office.folder / "papers").rglob("*") if path.is_file()]
    assert sorted(path.name for path in on_shelf) == sorted(wanted), "a file too many, or one that is missing"
    return {
        "events": row.events,
        "numbers": row.numbers,
        "drawn": row.drawn,
        "permits": len(row.permits),
        "certificates": row.certificates,
        "life seals": len(life_seals),
        "waiting": row.waiting,
        "counted": (row.last, row.last_permit),
    }


def test_killed_before_and_after_every_step_leaves_one_of_everything(desk: Desk, database_url: str) -> None:
    case_no = granted_case(desk)
    steps = [(step, when, nth) for step, nth in STEPS for when in ("before", "after")]
    ended = killed(desk, database_url, case_no, [*steps, ("nothing", "after", 1)])
    lived = [step for step, code in zip(steps, ended, strict=False) if code != DIED]
    assert (lived, ended[-1]) == ([], 0)
    assert found(desk, case_no) == {
        "events": 1,
        "numbers": ["津开审准〔2026〕1号"],
        "drawn": True,
        "permits": 1,
        "certificates": 1,
        "life seals": 1,
        "waiting": 0,
        "counted": (1, 1),
    }
