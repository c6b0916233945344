"""How fast supervision answers over many cases: measures made in the database, summed by the real job, asked as pages ask.

python -m bench.oversight [CASES]: the dashboard, a span that is no whole month, the year; beside each the same counted
without the sums, from the measures of every case. Nothing here reads an event: pages never do, so ten events a case
more or less change no figure, and none are made.
"""

import statistics
import sys
import time
from collections.abc import Callable
from datetime import date
from typing import Any

from bench.office import database
from workflow.casework.office import Office
from workflow.oversight import rollups
from workflow.oversight.annual import annual
from workflow.oversight.figures import FIGURES
from workflow.oversight.timeliness import timeliness
from workflow.store.connect import Connection, transaction

CASES, YEAR, ASKED = 1_000_000, 2026, 40
MEASURES = """
insert into case_measures (case_id, version, head, looked_on, kind, service, item_code, process, department, is_open,
    received_on, accepted_on, decided_on, outcome, decided_by, statutory_due, promised_due, in_law, as_promised,
    working_days, office_days, applicant_days, corrections)
select g, 10, repeat('a', 64), date '2026-12-31', 'procedure', 'licence', lpad((g %% 46 + 1)::text, 2, '0'),
       (array['instant','on-site','document-review','expert-review'])[g %% 46 %% 4 + 1], '部门' || g %% 46 %% 16, false,
       d, d, d + g %% 15, case when g %% 19 = 0 then 'refused' else 'granted' end, 'person' || g %% 46 || '-' || g %% 3, d + 20, d + 12,
       true, g %% 15 <= 12, g %% 15, g %% 12, g %% 5, (g %% 9 = 0)::int
  from (select g, date '2026-01-01' + g * 7 %% 340 as d from generate_series(%(first)s::int, %(last)s::int) g) s
"""
STEPS = """
insert into case_steps (case_id, seq, state, post, person, entered_on, left_on, working_days)
select case_id, n, (array['received','in-review','to-decide'])[n], (array['window-clerk','reviewer','approver'])[n],
       'person' || (case_id + n) %% 60, accepted_on, accepted_on + n, n
  from case_measures, generate_series(1, 3) n where case_id between %(first)s and %(last)s
"""
LOT = 100_000


def fill(office: Office, count: int) -> None:
    """Make measures and stays of so many cases, and the sums by the job that makes them."""
    for first in range(1, count + 1, LOT):
        given = {"first": first, "last": min(first + LOT - 1, count)}
        with transaction(office.engine) as connection:
            connection.exec_driver_sql("set local session_replication_role = replica")  # of the cases only measures
            connection.exec_driver_sql(MEASURES, given)
            connection.exec_driver_sql(STEPS, given)
    with transaction(office.engine) as connection:
        connection.exec_driver_sql(
            "insert into rollup_days select distinct received_on from case_measures union select distinct decided_on"
            " from case_measures union select distinct left_on from case_steps"
        )
    with office.look() as connection:
        connection.exec_driver_sql("analyze")
    while True:
        with transaction(office.engine) as connection:
            if not rollups.make(connection):
                return


def asked(ask: Callable[[], Any], times: int) -> list[float]:
    """Return how long each answer took, in milliseconds, after one that warms up."""
    ask()
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        ask()
        taken.append((time.perf_counter() - begun) * 1000)
    return sorted(taken)


def without_sums(connection: Connection, first: date, last: date) -> None:
    """Count the figures of the dashboard from every case."""
    names = ("received", "decided", "in_law", "as_promised", "first_pass", "days_used")
    for name in names:
        figure = FIGURES[name]
        connection.exec_driver_sql(
            f"select department, {figure.detail} as detail, {figure.value} as n from {figure.source} where {figure.where}"
            f" and {figure.on} between %(first)s and %(last)s group by 1, 2",
            {"first": first, "last": last},
        )


def main() -> None:
    """Print the figures."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else CASES
    with database() as (url, _folder):
        office = Office.connect(url, pool_size=2)
        begun = time.perf_counter()
        fill(office, count)
        with office.look() as connection:
            connection.exec_driver_sql("vacuum analyze rollups")
            (cells,) = connection.exec_driver_sql("select count(*) from rollups").one()
        print(f"{count:,} cases measured and summed in {time.perf_counter() - begun:.0f} s; {cells:,} sums")
        first, last = date(YEAR, 1, 1), date(YEAR, 12, 31)
        with office.look() as connection:
            begun = time.perf_counter()
            without_sums(connection, first, last)
            bare = (time.perf_counter() - begun) * 1000
        engine = office.engine
        for name, ask in (
            ("the year by department", lambda: timeliness(engine, first, last, "department")),
            ("the year by item", lambda: timeliness(engine, first, last, "item")),
            ("the year by person", lambda: timeliness(engine, first, last, "person")),
            ("the year by step", lambda: timeliness(engine, first, last, "step")),
            (
                "10 March to 20 October by item",
                lambda: timeliness(engine, date(YEAR, 3, 10), date(YEAR, 10, 20), "item"),
            ),
            ("the annual count", lambda: annual(engine, YEAR, today=last)),
        ):
            taken = asked(ask, ASKED)
            p50, p95 = statistics.median(taken), taken[int(len(taken) * 0.95)]
            print(
                f"{name}: p50 {p50:.0f} ms, p95 {p95:.0f} ms; six figures without the sums take {bare / p50:.0f} times as long"
            )
        office.close()


if __name__ == "__main__":
    main()
