"""The build hook of wheels: a wheel holds the built assets, so that its user needs neither Node nor npm."""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).parent))
import build


class AssetsHook(BuildHookInterface):  # type: ignore[type-arg]
    """Builds what is missing before the wheel is put together; fails the build if it cannot be made."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before it collects files."""
        if not build.is_current():
            build.build()
