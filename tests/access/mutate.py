"""Remove each line of the matrix, and each owner filter, in turn; say which the walk notices. Not part of the suite.

    .venv/bin/python -m tests.access.mutate

Every action of a line is removed by itself. A filter is a piece of SQL, or a condition of access.py, that stops holding.
"""

import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.access.by_hand import differing
from tests.access.expected import STAFF_ACTS
from tests.access.walk import asked, checks, lists
from tests.access.world import Walker, World, build
from tests.infrastructure.servers import TEMPLATE, broker, create_database, database_server, short_folder
from workflow.casework import access
from workflow.definitions.access import ANYONE, STAFF, Line, matrix
from workflow.store.connect import Connection

# What stops holding -> (the piece of SQL, what takes its place, who walks).
FILTERS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "a mandate's agent": (r"m\.agent = %\(person\)s and", "true and", ("stranger", "agent-ended")),
    "a mandate's end": (r"and m\.ended_at is null", "", ("agent-ended",)),
    "a mandate's first and last day": (r"%\(today\)s between m\.valid_from and m\.valid_until", "true", ("agent-expired", "agent-early")),
    "a mandate's last day": (r"between m\.valid_from and m\.valid_until", ">= m.valid_from", ("agent-expired",)),
    "a mandate's first day": (r"%\(today\)s between m\.valid_from and m\.valid_until", "%(today)s <= m.valid_until", ("agent-early",)),
    "a mandate's grantor": (r"m\.grantor = [cp]\.owner", "true", ("agent-stranger",)),
    "a mandate's item": (r"\(m\.item_code is null or [^)]*\)", "true", ("agent-item",)),
    "a mandate's case": (r"\(m\.case_id is null or [^)]*\)", "true", ("agent-case",)),
    "a mandate's verbs in lists": (r"and '\w+' = any\(m\.verbs\)", "", ("agent-read",)),
    "assignment": (r"\(x\.assignee = %\(person\)s or x\.members @> array\[%\(person\)s\]::text\[\]\)", "true", ("here-inspector", "here-expert")),
    "the days of a post": (r"%\(today\)s between valid_from and coalesce\(valid_until, 'infinity'\)", "true", ("gone-reviewer",)),
    "recusal": (r"r\.status = 'upheld'", "false", ("recused-reviewer",)),
    "the department of a row": (r"department = [cpt]\.department and", "true and", ("there-reviewer",)),
    "the department in lists": (r"[cpt]\.department = any\(array\(", "true or null = any(array(", ("there-reviewer",)),
    "the owner in lists": (r"[cp]\.owner = %\(person\)s", "true", ("stranger",)),
    "the phases in lists": (r"c\.phase in \([^)]*\)", "true", ("here-window-clerk",)),
    "the sides of a mandate": (r"\(m\.grantor = %\(person\)s or m\.agent = %\(person\)s\)", "true", ("stranger", "owner")),
}  # fmt: skip


CONDITIONS: dict[str, tuple[Callable[[Line, access.Who, access.Thing], tuple[Line, access.Who, access.Thing]], tuple[str, ...]]] = {
    "the owner of one object": (lambda ln, who, it: (ln, who, replace(it, owner=who.id)), ("stranger",)),
    "the mandate of one object": (lambda ln, who, it: (ln, who, replace(it, verbs=tuple(matrix().mandates))), ("agent-expired", "agent-read")),
    "the assignment of one object": (lambda ln, who, it: (ln, who, replace(it, assigned=True)), ("here-inspector", "here-expert")),
    "the recusal of one object": (lambda ln, who, it: (ln, who, replace(it, recused=False)), ("recused-reviewer",)),
    "the post held here": (lambda ln, who, it: (ln, replace(who, here=(ln.post,)), it), ("there-reviewer",)),
    "the post that counts everywhere": (lambda ln, who, it: (ln, replace(who, anywhere=(ln.post,)), it), ("gone-reviewer",)),
}  # fmt: skip


def noticed(world: World, people: list[Walker], about: Callable[[tuple[str, str]], bool]) -> str:
    """Return the first answer that is not as expected, "" if all are."""
    for one in people:
        for name, shown, should in lists(world, one):
            if shown != should:
                return f"{one.id}: list {name}"
        for check in checks(world, one):
            if about(check.what):
                status, fault = asked(world, one, check)
                if fault:
                    return f"{one.id or 'public'}: {check.method} {check.path} -> {status}"
    return ""


def _walkers_of(world: World, line: Line) -> list[Walker]:
    post = {STAFF: "reviewer", ANYONE: "applicant"}.get(line.post, line.post)
    if post == "agent":
        return [one for one in world.people if one.id == f"agent-{line.under}"]
    wanted = ("own", "none") if post not in STAFF_ACTS else ("assigned",) if line.whose == "assigned" else ("here",)
    return [one for one in world.people if one.post == post and one.relation in wanted]


def _without(line: Line, may: str) -> Iterator[None]:
    whole, kept = matrix(), matrix().lines
    rest = tuple(action for action in line.may if action != may)
    changed = tuple(replace(one, may=rest) if one is line else one for one in kept)
    object.__setattr__(whole, "lines", changed)
    _forget()
    try:
        yield
    finally:
        object.__setattr__(whole, "lines", kept)
        _forget()


without = contextmanager(_without)


def _forget() -> None:
    matrix()._index.clear()
    access._any.cache_clear()


@contextmanager
def filter_gone(piece: str, instead: str) -> Iterator[None]:
    """Run every statement without this piece of SQL."""
    run = Connection.exec_driver_sql

    def changed(self: Connection, sql: str, parameters: Any = None) -> Any:
        return run(self, re.sub(piece, instead, sql), parameters)

    Connection.exec_driver_sql = changed  # type: ignore[method-assign]
    try:
        yield
    finally:
        Connection.exec_driver_sql = run  # type: ignore[method-assign]


@contextmanager
def condition_gone(change: Callable[..., Any]) -> Iterator[None]:
    """Judge every line as if this condition held."""
    holds = access._holds
    access._holds = lambda line, who, thing: holds(*change(line, who, thing))
    try:
        yield
    finally:
        access._holds = holds


def mutations(world: World) -> Iterator[tuple[str, str]]:
    """Yield (what was removed, what noticed it)."""
    for line in matrix().lines:
        for may in line.may:
            with without(line, may):
                people = _walkers_of(world, line)
                yield (
                    f"line {line.line}: {line.post} {line.whose} {line.what} {may}",
                    differing(line.what, may)
                    or noticed(world, people, lambda what, line=line, may=may: what == (line.what, may)),
                )
    by_id = {one.id: one for one in world.people}
    reads = {("case", "read"), ("case", "actions"), ("permit", "read"), ("mandate", "read"), ("case", "opine")}
    for name, (piece, instead, people) in FILTERS.items():
        with filter_gone(piece, instead):
            yield f"filter: {name}", noticed(world, [by_id[one] for one in people], reads.__contains__)
    for name, (change, people) in CONDITIONS.items():
        with condition_gone(change):
            yield f"condition: {name}", noticed(world, [by_id[one] for one in people], reads.__contains__)


def main() -> None:
    """Print one line a mutation, the missed ones again at the end; exit 1 if there is any."""
    os.environ |= {"BANJIAN_DEMO": "1", "BANJIAN_CLOCK": "2026-09-01T12:00:00+08:00"}
    folder = short_folder("mutate0001")
    with database_server(folder) as uri, broker(folder / "v") as broker_url, tempfile.TemporaryDirectory() as kept:
        world = build(create_database(uri, "mutate", TEMPLATE), broker_url, Path(kept))
        results = []
        for name, found in mutations(world):
            print(f"{'caught' if found else 'MISSED'}  {name}  {found}", flush=True)
            results.append((name, found))
    missed = [name for name, found in results if not found]
    print(f"{len(results) - len(missed)} of {len(results)} caught", *missed, sep="\n")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
