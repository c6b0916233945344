"""The worker's office: one per process, opened when first needed."""

import os
from functools import cache
from pathlib import Path

from workflow.casework.office import Office
from workflow.casework.outbox import Deliver, to_folder, to_log


@cache
def office() -> Office:
    """Return this process's office. KeyError names the missing variable."""
    return Office.connect(os.environ["DATABASE_URL"], pool_size=6)


@cache
def delivery() -> Deliver:
    """Return where messages go: a folder if BANJIAN_OUTBOX_DIR is set, else the log."""
    folder = os.environ.get("BANJIAN_OUTBOX_DIR")
    return to_folder(Path(folder)) if folder else to_log
