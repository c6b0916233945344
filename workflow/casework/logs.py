"""What a process says about itself: one JSON object a line, with the request and the case it is about.

No personal data: no bodies, no queries, no names of people, and of an error only its kind and its place, because its
words may quote what somebody wrote. What failed for good stands, in full, with its row in the database.
"""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from psycopg import Error as DriverError
from structlog.contextvars import bind_contextvars, bound_contextvars, clear_contextvars, merge_contextvars
from structlog.processors import JSONRenderer, TimeStamper
from structlog.stdlib import ExtraAdder, ProcessorFormatter, add_log_level, add_logger_name

from workflow.casework.masking import mask_all

__all__ = ["about", "begin", "configure", "formatter"]

OURS = ("api", "worker", "workflow", "service_catalog")
FRAMES_MAX = 6

about = bound_contextvars  # with about(case_no=...): every line inside says so


def begin(**fields: str) -> None:
    """Start a new thread of thought, such as a request: forget what the last one was about."""
    clear_contextvars()
    bind_contextvars(**fields)


def configure(program: str) -> None:
    """Write this process's log to standard error. program: api | worker."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter(program))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    for package in OURS:
        logging.getLogger(package).setLevel(logging.INFO)


def formatter(program: str) -> logging.Formatter:
    """Return what makes a line of a record: time, level, program, logger, event, `extra`, what it is about."""
    return ProcessorFormatter(
        foreign_pre_chain=[
            TimeStamper(fmt="iso", utc=True, key="time"),
            add_log_level,
            add_logger_name,
            lambda _, __, event: {**event, "program": program},
            merge_contextvars,
            ExtraAdder(),
        ],
        processors=[
            ProcessorFormatter.remove_processors_meta,
            _place_of_error,
            _without_numbers,
            JSONRenderer(ensure_ascii=False),
        ],
    )


def _place_of_error(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace an error by its kind and the last places it came through; never its words."""
    error = (event.pop("exc_info", None) or (None, None, None))[1]
    if error is not None:
        event["error"] = type(error).__name__
        frames = traceback.extract_tb(error.__traceback__)[-FRAMES_MAX:]
        event["at"] = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
        cause = getattr(error, "orig", error)
        if isinstance(cause, DriverError):
            event["sqlstate"], event["constraint"] = cause.sqlstate, cause.diag.constraint_name
    return event


def _without_numbers(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Mask what looks like a number of a person, should one ever come here: the second line, not the first."""
    return {key: value if key == "time" else mask_all(value) for key, value in event.items()}
