"""The documents (文书) the office issues: a closed list, from documents.yaml."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from workflow.definitions.strict_yaml import load_file


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """One kind: `code` for machines, `title` as printed, `word` in its number (受 in 津开审受〔2026〕1号)."""

    code: str
    title: str
    word: str
    law: str


@cache
def document_kinds() -> Mapping[str, DocumentKind]:
    """Return every kind by its Chinese title. Raises DefinitionError."""
    plain, lines = load_file(Path(__file__).parent / "documents.yaml", name="documents.yaml")
    kinds: dict[str, DocumentKind] = {}
    for title, entry in plain.items():
        if not isinstance(entry, dict) or set(entry) != {"code", "word", "law"}:
            raise lines.error((title,), f"{title}: needs exactly code, word and law")
        kinds[title] = DocumentKind(entry["code"], title, entry["word"], entry["law"])
    words = [kind.word for kind in kinds.values()]
    assert len(set(words)) == len(words), "two kinds share a number word: their numbers would collide"
    return kinds


DOCUMENTS = document_kinds()
