"""Finding items among thousands: every pair of letters leads to the items that hold it, the rarest pair is followed.

10,000 items are searched in a few milliseconds, in the process, without a question to the database: bench/catalogue.py.
"""

import unicodedata
from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import chain, islice

from pypinyin import Style, lazy_pinyin

RANKS = 5
DAYS_KEPT = 8
DEFAULT_STATUS = (None, "in-force")
ANY_STATUS = (*DEFAULT_STATUS, "all")
Place = tuple[int, str]  # (rank, code): where a page ends, and the next begins


@dataclass(frozen=True, slots=True)
class Membership:
    """An item's place on a dated list; valid_until is its last day, None: still on it."""

    list_id: str
    valid_from: date
    valid_until: date | None = None

    def holds(self, on: date) -> bool:
        """Return whether the item is on the list that day."""
        return self.valid_from <= on and (self.valid_until is None or on <= self.valid_until)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the catalogue, from a manual or from the national list: what lists show and search looks at.

    words: everything search may find it by, normalised; task_code: the 实施编码, where it is known.
    """

    code: str
    name: str
    kind: str
    department: str
    process: str
    processes: frozenset[str]
    attributes: tuple[str, ...]
    applicants: frozenset[str]
    version: str
    words: str
    initials: str
    name_en: str = ""
    task_code: str = ""
    has_manual: bool = True
    effective_from: date | None = None
    cancelled_from: date | None = None
    is_suspended: bool = False
    memberships: tuple[Membership, ...] = ()
    normal_name: str = field(default="", compare=False)

    def is_in_force(self, on: date) -> bool:
        """Return whether the item may be applied for that day, as far as dates go."""
        starts, ends = self.effective_from, self.cancelled_from
        return (starts is None or starts <= on) and (ends is None or on < ends) and not self.is_suspended

    def status(self, on: date) -> str:
        """Return in-force | not-yet | suspended | cancelled."""
        if self.cancelled_from is not None and self.cancelled_from <= on:
            return "cancelled"
        if self.is_suspended:
            return "suspended"
        return "not-yet" if self.effective_from is not None and on < self.effective_from else "in-force"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for; None asks nothing. on: only what is in force that day."""

    words: tuple[str, ...] = ()
    process: str | None = None
    department: str | None = None
    attribute: str | None = None
    applicant: str | None = None
    kind: str | None = None
    list_id: str | None = None
    status: str | None = None
    on: date | None = None

    def tests(self) -> list[Callable[[Entry], bool]]:
        """Return a test for everything that is asked besides the words; nothing asked is not tested."""
        found: list[Callable[[Entry], bool]] = []
        if self.process is not None:
            found.append(lambda entry: self.process in entry.processes)
        if (department := self.department) is not None:
            found.append(lambda entry: department in entry.department)
        if self.attribute is not None:
            found.append(lambda entry: self.attribute in entry.attributes)
        if self.applicant is not None:
            found.append(lambda entry: self.applicant in entry.applicants)
        if self.kind is not None:
            found.append(lambda entry: self.kind == entry.kind)
        if self.list_id is not None:
            found.append(self._is_listed)
        if (on := self.on) is not None and self.status not in ANY_STATUS:
            found.append(lambda entry: entry.status(on) == self.status)
        return found

    def _is_listed(self, entry: Entry) -> bool:
        return any(one.list_id == self.list_id and (self.on is None or one.holds(self.on)) for one in entry.memberships)


@dataclass(frozen=True, slots=True)
class Index:
    """Entries by code, and for every pair of letters and every single one the entries that hold it."""

    entries: tuple[Entry, ...]
    codes: tuple[str, ...]
    _holders: Mapping[str, "array[int]"]
    _open_on: dict[date, bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> "Index":
        """Return the index of these entries."""
        ordered = tuple(sorted(entries, key=lambda entry: entry.code))
        holders: defaultdict[str, array[int]] = defaultdict(lambda: array("I"))
        for place, entry in enumerate(ordered):
            for piece in _pieces(entry.words):
                holders[piece].append(place)
        return cls(ordered, tuple(entry.code for entry in ordered), dict(holders))

    def find(self, asked: Asked, *, after: Place | None = None, limit: int | None = None) -> list[Entry]:
        """Return the entries that fit, the best fit first (`rank`), then by code; `after` continues a page."""
        if not asked.words:
            first = 0 if after is None else bisect_right(self.codes, after[1])
            return list(islice(self._fitting(asked, range(first, len(self.entries))), limit))
        by_rank: list[list[Entry]] = [[] for _rank in range(RANKS)]
        for entry in self._fitting(asked, self._candidates(asked.words)):
            by_rank[rank(entry, asked.words)].append(entry)
        start_rank, start_code = after or (0, "")
        if not 0 <= start_rank < RANKS:
            return []
        following = chain(
            (entry for entry in by_rank[start_rank] if entry.code > start_code), *by_rank[start_rank + 1 :]
        )
        return list(islice(following, limit))

    def _fitting(self, asked: Asked, places: Iterable[int]) -> Iterator[Entry]:
        """Yield the entries of these places that fit: the cheap tests first, for thousands of times."""
        entries, words, tests = self.entries, asked.words, asked.tests()
        is_open = self._open(asked.on) if asked.on is not None and asked.status in DEFAULT_STATUS else None
        for place in places:
            if is_open is not None and not is_open[place]:
                continue
            entry = entries[place]
            text = entry.words
            for word in words:
                if word not in text:
                    break
            else:
                if all(test(entry) for test in tests):
                    yield entry

    def _open(self, on: date) -> bytes:
        """Return for every entry whether it is in force that day; asked thousands of times a day, worked out once."""
        known = self._open_on.get(on)
        if known is None:
            if len(self._open_on) >= DAYS_KEPT:
                self._open_on.clear()
            known = self._open_on[on] = bytes(entry.is_in_force(on) for entry in self.entries)
        return known

    def get(self, code: str) -> Entry | None:
        """Return the entry of that code, or None."""
        place = bisect_left(self.codes, code)
        return self.entries[place] if place < len(self.codes) and self.codes[place] == code else None

    def _candidates(self, words: tuple[str, ...]) -> Iterable[int]:
        """Return where to look: the holders of the rarest piece of what is asked."""
        pieces = {piece for word in words for piece in (_pairs(word) or [word])}
        return min((self._holders.get(piece, array("I")) for piece in pieces), key=len)


def rank(entry: Entry, words: tuple[str, ...]) -> int:
    """Return how well it fits: 0 the very code or name, 1 begins so, 2 in the name, 3 initials begin so, 4 elsewhere."""
    if not words:
        return 0
    name, whole = entry.normal_name, "".join(words) if len(words) > 1 else words[0]
    if whole == name or (len(whole) == len(entry.code) and whole == entry.code.casefold()):
        return 0
    if words[0] not in name:
        return 3 if entry.initials.startswith(whole) else 4
    if name.startswith(whole):
        return 1
    return 2 if all(word in name for word in words) else 4


def normal(text: str) -> str:
    """Return the text as search compares it: full-width forms and capitals made alike."""
    return unicodedata.normalize("NFKC", text).casefold()


def asked_words(q: str | None) -> tuple[str, ...]:
    """Return the words of a query."""
    return tuple(dict.fromkeys(normal(q or "").split()))


def initials_of(name: str) -> str:
    """Return the pinyin initials of a name, normalised."""
    return normal("".join(lazy_pinyin(name, style=Style.FIRST_LETTER)))


def _pairs(text: str) -> list[str]:
    return [text[place : place + 2] for place in range(len(text) - 1)]


def _pieces(words: str) -> set[str]:
    return {*words, *_pairs(words)}
