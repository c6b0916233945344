"""A program that does one act and the worker's part, and dies at a step it is told: no warning, no clean-up.

python -m tests.papers.killed DATABASE_URL FOLDER STEP before|after CASE_NO ACTION PERSON DATA
"""

import contextlib
import json
import os
import sys
import traceback
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from service_catalog.catalog import catalog
from service_catalog.offers import offer
from workflow.casework import certificates, outbox, papers, record
from workflow.casework.act import ActRequest, act
from workflow.casework.errors import CaseworkError
from workflow.casework.office import Office
from workflow.store import cases, queues
from workflow.store import certificates as certificate_store
from workflow.store import papers as paper_store
from workflow.store.connect import Connection

# Every step of issuing, in order: where it stands, and what it is called there.
STEPS: dict[str, tuple[Any, str]] = {
    "number": (cases, "next_numbers"),
    "event": (cases, "write"),
    "row": (cases, "insert_documents"),
    "commit": (Connection, "commit"),
    "claim": (queues, "claim_outbox"),
    "content": (papers, "compose"),
    "drawing": (papers, "paper_pdf"),
    "file": (papers.files, "store"),
    "freezing": (paper_store, "keep_document"),
    "seal": (paper_store, "put_seal"),
    "certificate-drawing": (certificates, "certificate_pdf"),
    "certificate-row": (certificate_store, "put"),
    "done": (queues, "outbox_done"),
    "nothing": (record, "DOCUMENTS"),
}
DIED = 99


def die_at(step: str, when: str, nth: int) -> None:
    """Make the step fatal, the nth time it comes."""
    place, name = STEPS[step]
    if step == "nothing":
        return
    real: Callable[..., Any] = getattr(place, name)
    seen = 0

    def fatal(*given: Any, **more: Any) -> Any:
        nonlocal seen
        seen += 1
        if seen != nth:
            return real(*given, **more)
        if when == "after":
            real(*given, **more)
        os._exit(DIED)

    setattr(place, name, fatal)


def work(url: str, folder: str, order: dict[str, Any]) -> None:
    """Do the act, unless it was done, and everything that waits in the outbox."""
    office = Office.connect(url, pool_size=2, offers=lambda *given: offer(catalog(), *given), folder=Path(folder))
    die_at(order["step"], order["when"], order["nth"])
    moment = datetime.fromisoformat(order["at"])
    request = ActRequest(order["case_no"], order["action"], order["person"], order["data"])
    with contextlib.suppress(CaseworkError):
        act(office, request, moment)
    while outbox.relay(office, moment):
        pass


def main() -> None:
    """Give each order to a child of its own; write how each child ended."""
    url, folder, orders = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
    catalog()
    ended = []
    for order in orders:
        child = os.fork()
        if child == 0:
            try:
                work(url, folder, order)
            except BaseException:
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        ended.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    sys.stdout.write(json.dumps(ended))


if __name__ == "__main__":
    main()
