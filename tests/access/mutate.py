"""Remove each line of the matrix, and each owner filter, in turn; say which the tests of the matrix notice.

    .venv/bin/python -m tests.access.mutate            # a minute or two; exit 1 if something goes unnoticed
    .venv/bin/python -m tests.access.mutate --write    # and writes what was removed into docs/access-mutations.md

Every action of a line is removed by itself. A filter is a piece of SQL, or a condition of access.py, that stops holding.
Before each removal the same questions are asked of the whole matrix: they must all be answered as expected.
"""

import os
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any

from tests.access.by_hand import differing
from tests.access.expected import STAFF_ACTS
from tests.access.mutations_page import REMOVED, put_part
from tests.access.walk import asked, checks, lists
from tests.access.world import Walker, World, build
from tests.infrastructure.servers import TEMPLATE, broker, create_database, database_server, short_folder
from workflow.casework import access
from workflow.definitions.access import ANYONE, STAFF, Line, matrix
from workflow.store.connect import Connection

READS = {
    ("case", "read"), ("case", "actions"), ("permit", "read"), ("mandate", "read"), ("mandate", "grant"), ("case", "opine"),
    ("message", "mark"), ("alert", "list"),
}  # fmt: skip


@dataclass(frozen=True)
class Mutation:
    """What was removed, and the first answer that told, "" if none did."""

    kind: str
    name: str
    may: str = ""
    line: int = 0
    found: str = ""

    @property
    def how(self) -> str:
        """Return which test told: the table written by hand, a list, or the walk over single objects."""
        if not self.found:
            return "NOBODY"
        return "by hand" if "should be" in self.found else "list" if ": list " in self.found else "walk"

    def __str__(self) -> str:
        return f"{self.kind} {self.line or ''} {self.name} {self.may}  {self.found}"


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
    "the department of an alert": (r"a\.department = any\(array\(", "true or null = any(array(", ("there-department-head",)),
    "the department of a rating": (r"r\.department = any\(array\(", "true or null = any(array(", ("there-reviewer",)),
    "the department of a disclosure": (r"d\.department = any\(array\(", "true or null = any(array(", ("there-reviewer",)),
    "whom an alert is about": (r"a\.person = %\(person\)s", "true", ("here-inspector",)),
    "the recipient of a message": (r"m\.recipient = %\(person\)s", "true", ("stranger",)),
    "the post in lists": (r"and post = '[\w-]+'", "", ("two-posts",)),
    "whose post it is, in lists": (r"from person_posts where person_id = %\(person\)s and post = ", "from person_posts where post = ", ("there-reviewer",)),
    "the post that oversees, in lists": (r"exists \(select from person_posts where", "exists (select) or exists (select from person_posts where", ("gone-supervisor",)),
    "who has claimed a task": (r"t\.assignee = %\(person\)s", "true", ("here-reviewer",)),
    "who shares a task": (r"t\.members @> array\[%\(person\)s\]::text\[\]", "true", ("here-reviewer",)),
    "the owner of a case given into a mandate": (r"and owner = %\(owner\)s", "", ("stranger",)),
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
    "the post that counts everywhere": (lambda ln, who, it: (ln, replace(who, anywhere=(ln.post,)), it), ("gone-supervisor",)),
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
    wanted = ("own", "none")
    if post in STAFF_ACTS:
        wanted = {"assigned": ("assigned",), "all": ("here", "there")}.get(line.whose, ("here",))
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


@contextmanager
def phase_gone() -> Iterator[None]:
    """Judge every line as if it held in every phase."""
    granted = access.granted

    def in_any(*asked: Any, **_: Any) -> Any:
        return granted(*asked, in_any_phase=True)

    access.granted = in_any
    try:
        yield
    finally:
        access.granted = granted


def mutations(world: World) -> Iterator[Mutation]:
    """Yield each removal and what noticed it."""
    for line in matrix().lines:
        for may in line.may:
            people = _walkers_of(world, line)
            removed = Mutation("line", f"{line.post} {line.whose} {line.what}", may, line.line)
            yield _tried(world, removed, without(line, may), people, (line.what, may))
    by_id = {one.id: one for one in world.people}
    for name, (piece, instead, people) in FILTERS.items():
        gone = filter_gone(piece, instead)
        yield _tried(world, Mutation("filter", name), gone, [by_id[one] for one in people])
    for name, (change, people) in CONDITIONS.items():
        gone = condition_gone(change)
        yield _tried(world, Mutation("condition", name), gone, [by_id[one] for one in people])
    clerk = [by_id["here-window-clerk"]]
    yield _tried(world, Mutation("condition", "the phase of one object"), phase_gone(), clerk)


def _tried(
    world: World,
    removed: Mutation,
    gone: AbstractContextManager[None],
    people: list[Walker],
    target: tuple[str, str] | None = None,
) -> Mutation:
    asks: Callable[[tuple[str, str]], bool] = READS.__contains__ if target is None else target.__eq__
    before = (differing(*target) if target else "") or noticed(world, people, asks)
    assert not before, f"{removed}: noticed with the whole matrix: {before}"
    with gone:
        found = (differing(*target) if target else "") or noticed(world, people, asks)
    return replace(removed, found=found)


def page(results: list[Mutation]) -> str:
    """Return the lists of what was removed, for docs/access-mutations.md."""
    caught = sum(bool(one.found) for one in results)
    parts = [f"{caught} of {len(results)} removals were noticed.\n\n## Lines of the matrix\n\n"]
    parts.append("| line | post, relation, object | actions removed, one at a time | noticed by |\n|---|---|---|---|\n")
    for (line, place), its in groupby((one for one in results if one.kind == "line"), lambda one: (one.line, one.name)):
        lot = list(its)
        by = ", ".join(f"{how} {count}" for how, count in sorted(Counter(one.how for one in lot).items()))
        parts.append(f"| {line} | {place} | {', '.join(one.may for one in lot)} | {by} |\n")
    parts.append(
        "\n## Owner filters and conditions\n\n| kind | what stopped holding | first noticed by |\n|---|---|---|\n"
    )
    parts += [f"| {one.kind} | {one.name} | {one.found or one.how} |\n" for one in results if one.kind != "line"]
    return "".join(parts)


def main() -> None:
    """Print one line a mutation, the missed ones again at the end; exit 1 if there is any."""
    os.environ |= {"BANJIAN_DEMO": "1", "BANJIAN_CLOCK": "2026-09-01T12:00:00+08:00"}
    folder = short_folder("mutate0001")
    results = []
    with database_server(folder) as uri, broker(folder / "v") as broker_url, tempfile.TemporaryDirectory() as kept:
        world = build(create_database(uri, "mutate", TEMPLATE), broker_url, Path(kept))
        for one in mutations(world):
            print(f"{'caught' if one.found else 'MISSED'}  {one}", flush=True)
            results.append(one)
    missed = [one for one in results if not one.found]
    print(f"{len(results) - len(missed)} of {len(results)} caught", *missed, sep="\n")
    if "--write" in sys.argv:
        put_part(REMOVED, page(results))
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
