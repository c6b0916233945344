"""The word with which the numbers of an organ's papers begin (机关代字), from organs.yaml."""

from functools import cache
from pathlib import Path

from workflow.definitions.strict_yaml import load_file


@cache
def _words() -> tuple[dict[str, str], str]:
    plain, lines = load_file(Path(__file__).parent / "organs.yaml", name="organs.yaml")
    words: dict[str, str] = plain["organs"]
    others: str = plain["others"]
    taken = [*words.values(), others]
    double = next((word for word in taken if taken.count(word) > 1), "")
    if double:
        raise lines.error(("organs",), f"two organs share the word {double!r}: their numbers would collide")
    return words, others


def organ_word(department: str) -> str:
    """Return the organ's word; organs that are not listed share one, and its numbers. Raises DefinitionError."""
    words, others = _words()
    return words.get(department, others)
