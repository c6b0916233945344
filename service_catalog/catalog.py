"""The catalogue: every manual, by code and day; search over names, initials and words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from pypinyin import Style, lazy_pinyin

from service_catalog.loader import load_items
from service_catalog.model import ServiceItem
from workflow.engine.errors import BanjianError, DefinitionError

MANUALS = Path(__file__).parent / "manuals"


class UnknownItem(BanjianError):
    """No such item, or none in force on that day."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What search looks at: the newest version of an item, its words in small letters, where it may run."""

    item: ServiceItem
    words: str
    processes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Catalog:
    """All versions of all items; versions of one item newest first."""

    items: Mapping[str, tuple[ServiceItem, ...]]
    entries: tuple[Entry, ...]

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
        newest = [versions[0] for versions in items.values()]
        return cls(items, tuple(Entry(item, _words(item), item.processes) for item in newest))

    def get(self, code: str, on: date) -> ServiceItem:
        """Return the version in force on that day. Raises UnknownItem."""
        for item in self.items.get(code, ()):
            if item.effective_from <= on:
                if item.cancelled_from is not None and item.cancelled_from <= on:
                    break
                return item
        raise UnknownItem(code)

    def newest(self, code: str) -> ServiceItem:
        """Return the newest version. Raises UnknownItem."""
        if code not in self.items:
            raise UnknownItem(code)
        return self.items[code][0]

    def all(self) -> list[ServiceItem]:
        """Return the newest version of every item, by code."""
        return [entry.item for entry in self.entries]

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
    ) -> list[ServiceItem]:
        """Return the items that match everything asked, by code.

        q: words, or pinyin initials of the name.
        applicant: person, organisation, or a word such as 个体工商户.
        """
        words = [word for word in (q or "").lower().split() if word]
        return [
            entry.item
            for entry in self.entries
            if (process is None or process in entry.processes)
            and all(word in entry.words for word in words)
            and (department is None or department in entry.item.department)
            and (attribute is None or attribute in entry.item.attributes)
            and (applicant is None or applicant in (*entry.item.applicants, *entry.item.applicant_types))
        ]


def _words(item: ServiceItem) -> str:
    initials = "".join(lazy_pinyin(item.name_zh, style=Style.FIRST_LETTER))
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
    return " ".join(parts).lower()


@cache
def catalog() -> Catalog:
    """Return the catalogue that ships with this release, read once."""
    return Catalog.load()
