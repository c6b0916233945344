"""The law's default limits per process type, from limits.yaml."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from workflow.definitions.strict_yaml import load_file

SLUGS = (
    "instant",
    "self-service",
    "notify-commit",
    "document-review",
    "on-site",
    "expert-review",
    "public-notice",
    "joint",
)


@cache
def default_rules() -> Mapping[str, Mapping[str, Any]]:
    """Return {process slug: rules} with the law's defaults filled in. Raises DefinitionError."""
    plain, lines = load_file(Path(__file__).parent / "limits.yaml", name="limits.yaml")
    unknown = set(plain["process"]) - set(SLUGS)
    if unknown:
        raise lines.error(("process", min(unknown)), "unknown process type")
    return {slug: {**plain["general"], **plain["process"].get(slug, {})} for slug in SLUGS}
