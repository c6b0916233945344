"""The office as one process sees it: the database, and caches of what never changes once known."""

import os
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from workflow.engine.calendar import WorkingCalendar
from workflow.engine.model import Process, Terms
from workflow.store import calendars, definitions, humans, versions
from workflow.store.connect import Connection, engine_for, reading, transaction

Offers = Callable[[str, Mapping[str, Any], date], tuple[Terms, Process]]


class NotOffered(Exception):
    """This process was given no catalogue, or the catalogue has no such item."""


def _no_catalogue(item_code: str, form: Mapping[str, Any], on: date) -> tuple[Terms, Process]:
    raise NotOffered(item_code)


IN_FORCE_SECONDS = 2.0


def data_folder() -> Path:
    """Return the data folder of this process."""
    return Path(os.environ.get("BANJIAN_DATA") or ".data").absolute()


@dataclass(slots=True)
class Office:
    """Shared by all threads of a process. `nudge` tells a worker, best effort, that there is work.

    needs_factor: the posts that sign only with a second factor given a moment ago.

    offers: what the catalogue promises for an item, some answers and a day: (terms, process).
    """

    engine: Engine
    nudge: Callable[[], None] = lambda: None
    offers: Offers = _no_catalogue
    needs_factor: frozenset[str] = frozenset()
    folder: Path = field(default_factory=data_folder)
    _processes: dict[str, Process] = field(default_factory=dict)
    _terms: dict[str, Terms] = field(default_factory=dict)
    _calendar: tuple[int, WorkingCalendar] | None = None
    _humans: tuple[int, Mapping[str, str]] | None = None
    _in_force: tuple[float, dict[str, str]] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def connect(
        cls,
        database_url: str,
        *,
        pool_size: int = 8,
        nudge: Callable[[], None] = lambda: None,
        offers: Offers = _no_catalogue,
        folder: Path | None = None,
        needs_factor: frozenset[str] = frozenset(),
    ) -> "Office":
        """Return an office on this database. folder: where its files and keys are; BANJIAN_DATA, if left out."""
        return cls(engine_for(database_url, pool_size=pool_size), nudge, offers, needs_factor, folder or data_folder())

    def work(self) -> AbstractContextManager[Connection]:
        """One transaction: commits when the block ends well, rolls back when it does not."""
        return transaction(self.engine)

    def look(self) -> AbstractContextManager[Connection]:
        """For reading only: every statement sees what is committed when it begins."""
        return reading(self.engine)

    def process(self, connection: Connection, digest: str) -> Process:
        """Return a pinned process version."""
        process = self._processes.get(digest)
        if process is None:
            process = self._processes[digest] = definitions.load_process(connection, digest)
        return process

    def in_force(self, shipped: Process) -> Process:
        """Return the newest published version of this process, on which new cases run; `shipped` if none was published.

        A publication reaches every process of the office within IN_FORCE_SECONDS.
        """
        moment = time.monotonic()
        if self._in_force is None or moment - self._in_force[0] > IN_FORCE_SECONDS:
            with self.work() as connection:
                rows = versions.newest(connection)
            self._in_force = moment, {slug: row.digest for slug, row in rows.items()}
        digest = self._in_force[1].get(shipped.slug, shipped.digest)
        if digest == shipped.digest:
            return shipped
        with self.work() as connection:
            return self.process(connection, digest)

    def terms(self, connection: Connection, digest: str) -> Terms:
        """Return pinned terms."""
        terms = self._terms.get(digest)
        if terms is None:
            terms = self._terms[digest] = definitions.load_terms(connection, digest)
        return terms

    def calendar(self, connection: Connection, version: int | None = None) -> WorkingCalendar:
        """Return the calendar in force; `version` is the newest id if the caller already knows it."""
        if version is None:
            version = connection.exec_driver_sql("select max(id) from calendar_versions").scalar_one() or 0
        if self._calendar is None or self._calendar[0] != version:
            with self._lock:
                self._calendar = calendars.in_force(connection)
        return self._calendar[1]

    def humans(self, connection: Connection, version: int | None = None) -> Mapping[str, str]:
        """Return account -> human of linked accounts; `version` is the newest link if the caller already knows it."""
        if version is None:
            version = humans.link_version(connection)
        if self._humans is None or self._humans[0] != version:
            with self._lock:
                self._humans = version, humans.humans(connection)
        return self._humans[1]

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()
