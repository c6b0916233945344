"""All clocks of 50,000 open cases after a new notice, while a second process performs actions.

    .venv/bin/python -m bench.recompute [--cases 50000] [--helpers 2]

Every case is in review since 21 December 2026, so every date moves: each case gets its event, its messages,
its rows in the list, and its columns. Beside it stands a bare loop: the same cases locked in lots of the same
size and one date of each set, no thinking, no event, by as many processes. Meanwhile another process acts on
cases of the same set at the rate it can, and its slowest actions are printed.
"""

import argparse
import time
from datetime import date, datetime
from multiprocessing import get_context
from typing import Any

import psycopg

from bench.bare import ACTION
from bench.office import database, fill
from workflow.casework.act import ActRequest, act
from workflow.casework.calendar import load_notice
from workflow.casework.office import Office
from workflow.casework.recompute import LOT, recompute, waiting
from workflow.definitions.holiday_notice import HolidayNotice
from workflow.engine.dates import SHANGHAI

NOW = datetime(2026, 12, 28, 9, 0, tzinfo=SHANGHAI)
NOTICE = HolidayNotice(
    2027,
    "量测用的安排",
    "量测",
    date(2026, 11, 4),
    {date(2027, 1, 1): "元旦", date(2027, 1, 8): "临时放假"},
    (),
)
ACTED_ON = 2000  # cases at the end of the set that the second process acts on


def count(url: str) -> tuple[int, int]:
    """Return (cases looked at, moved) by one helper."""
    office = Office.connect(url, pool_size=1)
    total = recompute(office, lambda: NOW)
    office.close()
    return total.seen, total.moved


def bare(url: str, half: int, helpers: int) -> int:
    """Set one date of every case of one half, in lots, and nothing else."""
    done = 0
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        after = 0
        while True:
            rows = connection.execute(
                "select id, snapshot from cases where id > %s and id %% %s = %s and phase <> 'ended'"
                " order by id limit %s for update skip locked",
                (after, helpers, half, LOT),
            ).fetchall()
            if not rows:
                return done
            for case_id, _ in rows:
                connection.execute("update cases set statutory_due = statutory_due + 1 where id = %s", (case_id,))
            connection.commit()
            done, after = done + len(rows), rows[-1][0]


def acting(url: str, first: int, stop: Any, answers: Any) -> None:
    """Act on cases until told to stop; put (actions, their times in ms, sorted) into `answers`."""
    office = Office.connect(url, pool_size=1)
    times: list[float] = []
    number = first
    while not stop.is_set() and number < first + ACTED_ON:
        begun = time.perf_counter()
        act(office, ActRequest(f"b-{number}", ACTION, "reviewer1", {"reason": "情况复杂"}), NOW)
        times.append((time.perf_counter() - begun) * 1000)
        number += 1
        time.sleep(0.02)  # an office of fifty people who each act once a second
    office.close()
    answers.put(sorted(times))


def main() -> None:
    """Print seconds, the ratio to the bare loop, and how long actions took meanwhile."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=int, default=50_000)
    parser.add_argument("--helpers", type=int, default=2)
    asked = parser.parse_args()
    processes = get_context("spawn")
    with database() as (url, _):
        office = Office.connect(url, pool_size=1)
        fill(office, asked.cases, begun=datetime(2026, 12, 21, 10, 0, tzinfo=SHANGHAI))
        begun = time.perf_counter()
        with processes.Pool(asked.helpers) as pool:
            pool.starmap(bare, [(url, half, asked.helpers) for half in range(asked.helpers)])
        bare_seconds = time.perf_counter() - begun
        load_notice(office, NOTICE, NOW, by="bench", confirmed=True)
        stop, answers = processes.Event(), processes.Queue()
        second = processes.Process(target=acting, args=(url, asked.cases - ACTED_ON, stop, answers))
        second.start()
        begun = time.perf_counter()
        with processes.Pool(asked.helpers) as pool:
            found = pool.map(count, [url] * asked.helpers)
        seconds = time.perf_counter() - begun
        stop.set()
        times = answers.get()
        second.join()
        left = waiting(office)
        office.close()
    seen, moved = (sum(part) for part in zip(*found, strict=True))
    print(f"open cases counted anew      {seen:>10,}  of them moved {moved:,}, left {left}")
    print(f"seconds                      {seconds:>10.1f}  by {asked.helpers} processes")
    print(f"cases a second               {seen / seconds:>10,.0f}")
    print(f"bare loop, seconds           {bare_seconds:>10.1f}")
    print(f"times the bare loop          {seconds / bare_seconds:>10.1f}")
    if times:
        p95 = times[int(len(times) * 0.95)]
        print(
            f"actions meanwhile            {len(times):>10,}  median {times[len(times) // 2]:.1f} ms, p95 {p95:.1f} ms"
        )


if __name__ == "__main__":
    main()
