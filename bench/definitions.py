"""Loading and checking every definition, as a process does it when it starts: seconds and what part takes them.

    python -m bench.definitions

Everything is done once, from the files, with nothing kept. The aim is under 2 s in all.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from service_catalog import lint as manual_lint
from service_catalog.catalog import Catalog
from workflow.definitions import lint as process_lint
from workflow.definitions.bpmn.write import bpmn
from workflow.definitions.handbook import pages
from workflow.definitions.limits import default_rules
from workflow.definitions.loader import HERE, load_process, processes
from workflow.engine.machine import machine_of

AIM = 2.0


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return (seconds, what the work returned)."""
    begun = time.perf_counter()
    found = work()
    return time.perf_counter() - begun, found


def main() -> None:
    """Measure and print; the last two lines are beside the aim, nobody waits for them at a start."""
    manuals = list((Path(manual_lint.__file__).parent / "manuals").glob("*.yaml"))
    parts = [
        ("limits", timed(default_rules)[0], ""),
        ("processes, from YAML", *_counted(processes, "types")),
        ("their state machines", timed(lambda: [machine_of(process) for process in processes().values()])[0], ""),
        ("processes, checked", *_counted(process_lint.lint_folder, "findings")),
        ("manuals, from YAML", timed(Catalog.load)[0], f"{len(manuals)} files"),
        ("manuals, checked", *_counted(lambda: manual_lint.run(None), "findings")),
    ]
    for name, seconds, what in parts:
        print(f"{name:<24}{seconds:>8.3f} s  {what}")
    whole = sum(seconds for _, seconds, _ in parts)
    print(f"{'all':<24}{whole:>8.3f} s  {'within' if whole < AIM else 'over'} the aim of {AIM:.0f} s")
    one = next(iter(processes().values()))
    print(f"{'one process, from YAML':<24}{timed(lambda: load_process(HERE / f'{one.slug}.yaml'))[0]:>8.3f} s")
    print(f"{'every process as BPMN':<24}{timed(lambda: [bpmn(p) for p in processes().values()])[0]:>8.3f} s")
    print(f"{'every process as a page':<24}{timed(lambda: pages(processes()))[0]:>8.3f} s")


def _counted(work: Callable[[], Any], what: str) -> tuple[float, str]:
    seconds, found = timed(work)
    return seconds, f"{len(found)} {what}"


if __name__ == "__main__":
    main()
