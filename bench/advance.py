"""One action on prepared cases: casework's act() beside a bare psycopg loop of the same statements, 1 and 4 processes.

    .venv/bin/python -m bench.advance [--cases 10000]

The action is `request-extension`: lock, update case, close task, open task, event, due dates, outbox, commit. The three
are measured in turns, in short rounds, so that a disturbance meets all of them; printed is the median round.
"""

import argparse
import time
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from statistics import median
from typing import Any

from bench.bare import Written, act_barely, connect, request_for, written_by
from bench.office import NOW, database, fill
from workflow.casework.act import act
from workflow.casework.office import Office

NAMES = {"bare": "bare loop", "writes": "its writes alone", "ours": "act()"}
KINDS = tuple(NAMES)
ROUNDS = 6
WARM = 20  # actions before the clock starts: connections, prepared statements, caches
SHARE_OF_ONE = 0.4  # of all cases, for the measurement with one process


@dataclass(frozen=True, slots=True)
class Turn:
    """One process's share of a round: `count` cases from number `first` on."""

    kind: str
    first: int
    count: int


_state: dict[str, Any] = {}


def set_up(url: str, written: Written, together: Barrier) -> None:
    """Prepare this process: one connection for each kind."""
    office, bare, writes = Office.connect(url, pool_size=1), connect(url), connect(url)
    _state["ours"] = lambda number: act(office, request_for(number), NOW)
    _state["bare"] = lambda number: act_barely(bare, number, written)
    _state["writes"] = lambda number: act_barely(writes, number, written, is_reading=False)
    _state["together"] = together


def take(turn: Turn) -> float:
    """Return actions a second over one turn; all processes begin it together."""
    work = _state[turn.kind]
    _state["together"].wait()
    begun = time.perf_counter()
    for number in range(turn.first, turn.first + turn.count):
        work(number)
    return turn.count / (time.perf_counter() - begun)


def measure(url: str, written: Written, numbers: range, processes: int) -> dict[str, list[float]]:
    """Return, for each kind, the actions a second of all processes together, round by round."""
    share = len(numbers) // (len(KINDS) * processes)
    count = (share - WARM) // ROUNDS
    first = numbers[0]
    rates: dict[str, list[float]] = {kind: [] for kind in KINDS}
    context = get_context("spawn")
    with context.Pool(processes, set_up, (url, written, context.Barrier(processes))) as pool:
        for size in [WARM] + [count] * ROUNDS:
            for kind in KINDS:
                turns = [Turn(kind, first + place * size, size) for place in range(processes)]
                first += processes * size
                rates[kind].append(sum(pool.map(take, turns, chunksize=1)))
    return {kind: found[1:] for kind, found in rates.items()}


def report(processes: int, rates: dict[str, list[float]]) -> str:
    """Return one line of figures."""
    bare, writes = (
        median(o / b for o, b in zip(rates["ours"], rates[kind], strict=True)) for kind in ("bare", "writes")
    )
    each = ", ".join(f"{name} {median(rates[kind]):,.0f}/s" for kind, name in NAMES.items())
    return f"{processes} process(es): {each}; act() is {bare:.0%} of the bare loop, {writes:.0%} of its writes alone"


def main() -> None:
    """Print the rates and their ratios for 1 and for 4 processes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000)
    cases = parser.parse_args().cases
    with database() as (url, _):
        office = Office.connect(url, pool_size=1)
        fill(office, cases)
        written = written_by(office, 1)
        office.close()
        border = 2 + int(cases * SHARE_OF_ONE)
        for processes, numbers in ((1, range(2, border)), (4, range(border, cases + 1))):
            print(report(processes, measure(url, written, numbers, processes)))


if __name__ == "__main__":
    main()
