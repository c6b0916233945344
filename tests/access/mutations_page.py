"""docs/access-mutations.md: what was removed or broken on purpose, and which test told. Two commands write a part each."""

from pathlib import Path

FILE = Path(__file__).parents[2] / "docs" / "access-mutations.md"
HEAD = """# What the tests of access notice

Removed or broken on purpose, one at a time, and put back. Each part is written by the command beside it.
"""
REMOVED = "python -m tests.access.mutate --write"
BROKEN = "python -m tests.access.faults --write"
TITLES = {REMOVED: "Removed from the matrix", BROKEN: "Broken in the code"}


def put_part(command: str, text: str) -> None:
    """Write one part, and keep the other."""
    parts = _parts() | {command: text.strip() + "\n"}
    written = [f"\n# {TITLES[name]}\n\n`{name}`\n\n{parts[name]}" for name in TITLES if name in parts]
    FILE.write_text(HEAD + "".join(written), encoding="utf-8")


def part(command: str) -> str:
    """Return what a command wrote before, "" if nothing."""
    return _parts().get(command, "")


def _parts() -> dict[str, str]:
    whole = FILE.read_text(encoding="utf-8") if FILE.exists() else ""
    found = {}
    for name, title in TITLES.items():
        _, _, after = whole.partition(f"\n# {title}\n\n`{name}`\n\n")
        if after:
            found[name] = after.partition("\n# ")[0].strip() + "\n"
    return found
