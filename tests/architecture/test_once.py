"""What must stand in one place stands in one place."""

from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_when_a_post_is_valid_is_said_once() -> None:
    sources = [path for part in ("workflow", "api", "worker") for path in (ROOT / part).rglob("*.py")]
    saying = [
        path.name
        for path in sources
        if "%(today)s between valid_from and coalesce(valid_until" in path.read_text(encoding="utf-8")
    ]
    assert saying == ["posts.py"]
