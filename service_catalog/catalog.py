"""The catalogue: every manual by code and day, joined with what the national list states; search over both."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from pathlib import Path

from service_catalog.loader import load_items
from service_catalog.model import ServiceItem
from service_catalog.national import ListedItem
from service_catalog.schema import APPLICANT_TYPES
from service_catalog.search import Asked, Entry, Index, Membership, Place, asked_words, initials_of, normal, rank
from workflow.engine.errors import BanjianError, DefinitionError

MANUALS = Path(__file__).parent / "manuals"
# The lists every office starts with, one an attribute; which items stand on them is its own decision.
ATTRIBUTE_LISTS = {
    "on-the-spot": "马上办",
    "online": "网上办",
    "nearby": "就近办",
    "once": "一次办",
    "self-service": "自助办",
}


class UnknownItem(BanjianError):
    """No such item, or none in force on that day."""


class ClosedItem(UnknownItem):
    """The item takes no new case: cancelled since that day, or suspended (since: None). Open cases go on."""

    def __init__(self, code: str, name: str, since: date | None) -> None:
        self.code, self.name, self.since = code, name, since
        super().__init__(code)


class ItemWithoutManual(UnknownItem):
    """The national list states the item, but nobody has written its manual: it cannot be applied for here."""

    def __init__(self, listed: ListedItem) -> None:
        self.listed = listed
        super().__init__(listed.code)


@dataclass(frozen=True, slots=True)
class Catalog:
    """All versions of all manuals, newest first; the items of the national list; an index over both.

    aliases: the code in the national list → the manual it belongs to (LOCAL_TASK_CODE).
    cancelled: from which day the office takes no new case of an item, whatever file or list say.
    """

    items: Mapping[str, tuple[ServiceItem, ...]]
    index: Index
    listed: Mapping[str, ListedItem] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    cancelled: Mapping[str, date] = field(default_factory=dict)

    @classmethod
    def load(cls, folder: Path = MANUALS) -> "Catalog":
        """Return the catalogue of a folder. Raises DefinitionError at the first wrong line."""
        versions: dict[str, list[ServiceItem]] = {}
        for path in sorted(folder.glob("*.yaml")):
            for item in load_items(path):
                known = versions.setdefault(item.code, [])
                if any(one.effective_from == item.effective_from for one in known):
                    line = item.line_of("effective-from")
                    raise DefinitionError(path.name, line, f"item {item.code!r} has two versions from {item.version}")
                known.append(item)
        items = {
            code: tuple(sorted(found, key=lambda item: item.effective_from, reverse=True))
            for code, found in sorted(versions.items())
        }
        return cls.of(items)

    @classmethod
    def of(cls, items: Mapping[str, tuple[ServiceItem, ...]]) -> "Catalog":
        """Return the catalogue of these items, ready to be searched."""
        return cls(items, Index.of(_entry_of_manual(versions) for versions in items.values()))

    def joined(
        self,
        listed: Mapping[str, ListedItem],
        *,
        initials: Mapping[str, str] | None = None,
        cancelled: Mapping[str, date] | None = None,
        memberships: Mapping[str, tuple[Membership, ...]] | None = None,
    ) -> "Catalog":
        """Return these manuals together with items of the national list, lists and cancellations.

        initials: pinyin initials of names by code, where somebody has them already.
        """
        off, on_lists, known = cancelled or {}, memberships or {}, initials or {}
        linked: dict[str, list[ListedItem]] = {}
        for one in listed.values():
            if one.local_code in self.items:
                linked.setdefault(one.local_code, []).append(one)
        entries = [_linked(self.index.get(code), linked.get(code, [])) for code in self.items]
        entries += [
            _entry_of_listed(one, known.get(one.code) or initials_of(one.name))
            for one in listed.values()
            if one.local_code not in self.items
        ]
        entries = [
            replace(
                entry,
                cancelled_from=_earliest(entry.cancelled_from, off.get(entry.code)),
                memberships=tuple(on_lists.get(entry.code, ())),
            )
            for entry in entries
        ]
        aliases = {key: code for code, many in linked.items() for one in many for key in (one.task_code, one.code)}
        return Catalog(self.items, Index.of(entries), listed, aliases, off)

    def code_of(self, code: str) -> str:
        """Return the code an item goes by here: the manual's, where a code of the national list belongs to one."""
        return self.aliases.get(code, code)

    def get(self, code: str, on: date) -> ServiceItem:
        """Return the version in force on that day. Raises ClosedItem, ItemWithoutManual, UnknownItem."""
        code = self.code_of(code)
        entry = self.index.get(code)
        if entry is None:
            raise UnknownItem(code)
        status = entry.status(on)
        if status in ("cancelled", "suspended"):
            raise ClosedItem(code, entry.name, entry.cancelled_from if status == "cancelled" else None)
        if not entry.has_manual:
            raise ItemWithoutManual(self.listed[code])
        return self.guide_version(code, on)

    def guide_version(self, code: str, on: date) -> ServiceItem:
        """Return the version that holds on that day, closed to new cases or not. Raises UnknownItem."""
        for item in self.items.get(self.code_of(code), ()):
            if item.effective_from <= on:
                return item
        raise UnknownItem(code)

    def pinned(self, code: str, version: str) -> ServiceItem:
        """Return the version a case was submitted under, cancelled or not. Raises UnknownItem."""
        for item in self.items.get(code, ()):
            if item.version == version:
                return item
        raise UnknownItem(code)

    def newest(self, code: str) -> ServiceItem:
        """Return the newest version. Raises UnknownItem."""
        if code not in self.items:
            raise UnknownItem(code)
        return self.items[code][0]

    def entry(self, code: str) -> Entry:
        """Return the line of the catalogue for a code. Raises UnknownItem."""
        found = self.index.get(self.code_of(code))
        if found is None:
            raise UnknownItem(code)
        return found

    def all(self) -> list[ServiceItem]:
        """Return the newest version of every manual, by code."""
        return [versions[0] for versions in self.items.values()]

    @property
    def departments(self) -> tuple[str, ...]:
        """Return every department that decides an item or a branch of one, each once."""
        found = [name for item in self.all() for name in (item.department, *(b.department for b in item.branches))]
        return tuple(dict.fromkeys(found))

    def search(
        self,
        *,
        q: str | None = None,
        process: str | None = None,
        department: str | None = None,
        attribute: str | None = None,
        applicant: str | None = None,
        kind: str | None = None,
        list_id: str | None = None,
        status: str | None = None,
        on: date | None = None,
        after: Place | None = None,
        limit: int | None = None,
    ) -> list[Entry]:
        """Return the entries that are everything asked: found in the name first, then by code.

        q: words, or pinyin initials of the name. applicant: person, organisation, or a word such as 个体工商户.
        on: only what is in force that day; status: in-force (the default) | not-yet | suspended | cancelled | all.
        after: (rank, code) of the last entry seen; see `place`.
        """
        asked = Asked(asked_words(q), process, department, attribute, applicant, kind, list_id, status, on)
        return self.index.find(asked, after=after, limit=limit)


def _entry_of_manual(versions: tuple[ServiceItem, ...]) -> Entry:
    item = versions[0]
    initials = initials_of(item.name_zh)
    parts = (
        item.code,
        item.name_zh,
        item.name_en,
        item.slug,
        initials,
        item.department,
        item.regulator,
        item.certificate,
    )
    return Entry(
        code=item.code,
        name=item.name_zh,
        kind=item.kind,
        department=item.department,
        process=item.process,
        processes=item.processes,
        attributes=item.attributes,
        applicants=frozenset((*item.applicants, *item.applicant_types)),
        version=item.version,
        words=normal(" ".join(parts)),
        initials=initials,
        name_en=item.name_en,
        effective_from=versions[-1].effective_from,
        cancelled_from=item.cancelled_from,
        normal_name=normal(item.name_zh),
    )


def _linked(entry: Entry | None, listed: list[ListedItem]) -> Entry:
    """Return a manual's entry that is also found by its national codes, and ends when all of them have ended."""
    assert entry is not None
    if not listed:
        return entry
    codes = normal(" ".join(f"{one.code} {one.task_code} {one.catalog_code} {one.name}" for one in listed))
    ends = [one.cancelled_from for one in listed]
    ended = max(end for end in ends if end is not None) if all(ends) else None
    return replace(
        entry,
        words=f"{entry.words} {codes}",
        task_code=listed[0].task_code,
        cancelled_from=_earliest(entry.cancelled_from, ended),
        is_suspended=all(one.state == "suspended" for one in listed),
    )


def _entry_of_listed(one: ListedItem, initials: str) -> Entry:
    codes = dict.fromkeys((one.code, one.task_code, one.catalog_code, one.local_code))
    kinds = {APPLICANT_TYPES[word] for word in one.applicant_types}
    return Entry(
        code=one.code,
        name=one.name,
        kind=one.kind,
        department=one.department,
        process=one.process,
        processes=frozenset({one.process} - {""}),
        attributes=one.attributes,
        applicants=frozenset((*kinds, *one.applicant_types)),
        version=one.effective_from.isoformat() if one.effective_from else "",
        words=normal(" ".join((one.name, initials, *codes, one.department, one.result))),
        initials=initials,
        task_code=one.task_code,
        has_manual=False,
        effective_from=one.effective_from,
        cancelled_from=one.cancelled_from,
        is_suspended=one.state == "suspended",
        normal_name=normal(one.name),
    )


def _earliest(*days: date | None) -> date | None:
    return min((day for day in days if day is not None), default=None)


def place(entry: Entry, q: str | None) -> Place:
    """Return where this entry stands among what was asked: what a page continues after."""
    return rank(entry, asked_words(q)), entry.code


@cache
def catalog() -> Catalog:
    """Return the catalogue that ships with this release, read once."""
    return Catalog.load()


def items_by_attribute() -> dict[str, dict[str, str]]:
    """Return code → name of the manuals that have an attribute, by the id of that attribute's list."""
    items = catalog().all()
    return {
        list_id: {item.code: item.name_zh for item in items if attribute in item.attributes}
        for list_id, attribute in ATTRIBUTE_LISTS.items()
    }
