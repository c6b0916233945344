"""How fast supervision answers in an office of five years: a million cases, ten million events, sums by the real job.

    .venv/bin/python -m bench.oversight [--cases 1000000] [--rounds 40] [--kept FOLDER]

The office is that of bench/five_years.py. Asked in process (statements, rows, figures), and over HTTP by one client from a
server as `banjian api` starts it. The nightly check holds the sums against a recomputation. Each line tells the load of
the machine, and beside the p95 of all rounds that of the quietest quarter: on a busy machine the rest waits for a core.
--kept keeps the office in a folder, and asks the one that is already there.
"""

import argparse
import os
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from api.app import create_app
from api.config import Settings
from api.embedded import valkey
from api.web.supervision import NO_FILTER
from bench.five_years import TODAY, fill, make_sums
from bench.load import Client, bearer, message, office_env, server
from bench.office import database
from bench.pages import entered
from workflow.casework.machine_room import open_load
from workflow.casework.office import Office
from workflow.oversight import handling, rollups, timeliness
from workflow.oversight.annual import annual
from workflow.oversight.figures import DIMENSIONS
from workflow.store.connect import transaction

FIRST, PARTS, AIM_MS, WARM = date(TODAY.year, 1, 1), 4, 300, 16
CLOCK = f"{TODAY}T10:00:00+08:00"
TABLES = ("cases", "events", "case_measures", "case_steps", "permits", "alerts", "sums")
OVERSEER = handling.Reader("supervisor1", TODAY, {"list": "true", "explain": "false", "judge": "true"})
PAGES = (
    "/supervision",
    "/supervision?by=item",
    "/supervision?by=person",
    "/supervision?from=2026-01-01&to=2026-11-15",
    "/supervision?by=item&from=2026-03-10&to=2026-10-20",
    "/supervision/annual?year=2026",
    "/supervision/cases?figure=decided&by=item&key=02",
    "/supervision/overdue",
    "/supervision/alerts?status=open",
)
ROUTES = (
    *(f"/api/v1/supervision/timeliness?from={FIRST}&to={TODAY}&by={by}" for by in DIMENSIONS),
    f"/api/v1/statistics/annual?year={TODAY.year}",
    "/api/v1/supervision/alerts?status=open",
    "/api/v1/supervision/overdue",
)


def told(name: str, ask: Callable[[], Any], rounds: int) -> None:
    """Ask so many times, and print how long the answers took."""
    ask()
    taken: list[float] = []
    for _ in range(rounds):
        begun = time.perf_counter()
        ask()
        taken.append((time.perf_counter() - begun) * 1000)
    size = max(len(taken) // PARTS, 1)
    quietest = min(_at(taken[place : place + size], 0.95) for place in range(0, size * PARTS, size))
    p95 = _at(taken, 0.95)
    mark = "" if p95 <= AIM_MS else f"   OVER {AIM_MS} ms"
    figures = f"p50 {_at(taken, 0.5):6.0f}  p95 {p95:6.0f}  quietest p95 {quietest:6.0f} ms"
    print(f"{name:<78} {figures}   load {os.getloadavg()[0]:.1f}{mark}", flush=True)


def _at(taken: Sequence[float], share: float) -> float:
    return sorted(taken)[min(int(len(taken) * share), len(taken) - 1)]


def in_process(office: Office, rounds: int) -> None:
    """Print what statements, rows and figures cost."""
    engine = office.engine
    with office.look() as connection:
        calendar = office.calendar(connection)
    for by in DIMENSIONS:
        told(f"the year by {by}", lambda by=by: timeliness.timeliness(engine, FIRST, TODAY, by), rounds)  # type: ignore[misc]
    odd, all_years = (date(2026, 3, 10), date(2026, 10, 20)), (date(2022, 1, 1), TODAY)
    told("10 March to 20 October by item", lambda: timeliness.timeliness(engine, *odd, "item"), rounds)
    told("five years by person", lambda: timeliness.timeliness(engine, *all_years, "person"), rounds)
    told("the annual count", lambda: annual(engine, TODAY.year, today=TODAY), rounds)
    told("overdue", lambda: timeliness.overdue(engine, calendar, TODAY, after=-1, limit=50), rounds)
    open_ones = {**NO_FILTER, "status": "open"}
    told("open alerts", lambda: handling.listed(engine, OVERSEER, open_ones, before=1 << 62, limit=50), rounds)
    told("load by queue", lambda: open_load(office, TODAY), rounds)


def over_http(url: str, folder: Path, rounds: int) -> None:
    """Print what whole requests cost, pages as a logged-in supervisor gets them."""
    os.environ |= {"BANJIAN_DEMO": "1", "BANJIAN_CLOCK": CLOCK, "BANJIAN_CLOCK_STARTED": str(time.time())}
    broker_url, broker = valkey.start(folder / "valkey")
    try:
        env = office_env(url, broker_url, folder) | {name: os.environ[name] for name in os.environ if "CLOCK" in name}
        app = create_app(Settings(url, broker_url, folder, "bench", is_demo=True, second_factor="optional"))
        session = entered(app, "supervisor1").get_cookie("banjian")
        assert session is not None
        with server("api.app:create_served_app", env) as port:
            client = Client(port)
            for paths, headers in (
                (PAGES, f"Cookie: banjian={session.value}\r\n"),
                (ROUTES, bearer(port, "supervisor1")),
            ):
                for path in paths:
                    request = message("GET", path, headers=headers)
                    for _ in range(WARM):  # so that each process has planned
                        assert Client(port).ask(request)[0] == 200, path
                    told(path, lambda request=request: client.ask(request), rounds)  # type: ignore[misc]
    finally:
        valkey.stop(broker, broker_url)


def checked(office: Office) -> None:
    """Print what the nightly check finds, and how long it takes."""
    begun = time.perf_counter()
    with transaction(office.engine) as connection:
        found = len(rollups.differences(connection))
    print(f"the nightly check: {found} sums differ, {time.perf_counter() - begun:.0f} s")


def main() -> None:
    """Make the office, then measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--kept", type=Path)
    parser.add_argument("--unchecked", action="store_true", help="leave the nightly check out")
    asked = parser.parse_args()
    is_there = asked.kept is not None and asked.kept.exists()
    with database(asked.kept) as (url, folder):
        office = Office.connect(url, pool_size=2)
        if not is_there:
            fill(office, asked.cases)
            make_sums(office)
        with office.look() as connection:
            for table in TABLES:
                (n, size) = connection.exec_driver_sql(
                    f"select count(*) as n, pg_size_pretty(pg_total_relation_size('{table}')) as size from {table}"
                ).one()
                print(f"{table}: {n:,} rows, {size}")
        in_process(office, asked.rounds)
        over_http(url, folder, asked.rounds)
        if not asked.unchecked:
            checked(office)
        office.close()


if __name__ == "__main__":
    main()
