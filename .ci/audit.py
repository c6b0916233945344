"""Known holes of the locked libraries, by pip-audit: exit 1 where one is found, 0 otherwise.

Where no advisory database can be reached it says `could not run` and ends well: a check that did not happen is no failure,
and never a clean bill either.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

LOCKED = Path(__file__).parent.parent / "requirements" / "run.txt"
COMMAND = [sys.executable, "-m", "pip_audit", "--require-hashes", "--disable-pip", "--timeout", "20"]
SECONDS = 600


def verdict(report: dict[str, Any]) -> tuple[int, str]:
    """Return (exit code, what to say) of a report of pip-audit."""
    every = report.get("dependencies", [])
    looked_at = [one for one in every if "skip_reason" not in one]
    holes = [(one, hole) for one in looked_at for hole in one.get("vulns", [])]
    if holes:
        lines = [
            f"{one['name']} {one['version']}: {hole['id']}; fixed in {', '.join(hole.get('fix_versions') or ['none'])}"
            for one, hole in holes
        ]
        return 1, "\n".join(lines)
    if not looked_at:
        return 0, f"could not run: no advisory database answered for any of {len(every)} libraries"
    left = f"; {len(every) - len(looked_at)} could not be looked up" if len(looked_at) < len(every) else ""
    return 0, f"no known holes in {len(looked_at)} of {len(every)} libraries{left}"


def main() -> int:
    """Run it."""
    command = [*COMMAND, "-r", str(LOCKED), "-f", "json", "--progress-spinner", "off"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)  # noqa: S603
        code, words = verdict(json.loads(done.stdout))
    except (subprocess.TimeoutExpired, ValueError):
        code, words = 0, "could not run: no advisory database could be reached"
    sys.stdout.write(f"dependency audit: {words}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
