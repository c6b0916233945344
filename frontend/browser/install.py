"""Find a Chromium for the tests: $CHROMIUM, one on PATH, else the npm package, installed here without root."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from build import BuildFailed, programs  # noqa: E402

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
INSTALLED = HERE / "node_modules" / ".banjian-lock"
UNPACK = """
import chromium from '@sparticuz/chromium'
console.log(JSON.stringify({ path: await chromium.executablePath() }))
"""


def browser() -> tuple[str, list[str]]:
    """Return (the program, the arguments it needs). Raises BuildFailed with one line that says what is missing."""
    install()
    given = os.environ.get("CHROMIUM")
    found = given or next(filter(None, map(shutil.which, NAMES)), None)
    if found:
        return found, ["--no-sandbox"] if os.geteuid() == 0 else []
    return _packed()


def axe() -> str:
    """Return the source of the accessibility checker. Raises BuildFailed."""
    install()
    return (HERE / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def install() -> None:
    """Bring what package-lock.json names into node_modules, once. Raises BuildFailed."""
    lock = (HERE / "package-lock.json").read_text(encoding="utf-8")
    if INSTALLED.exists() and INSTALLED.read_text(encoding="utf-8") == lock:
        return
    node, npm = programs()
    run = [str(node), str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    env = {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    done = subprocess.run(run, check=False, cwd=HERE, env=env, capture_output=True, text=True, timeout=300)
    if done.returncode:
        raise BuildFailed(
            "browser tests need the npm registry (frontend/browser), or a Chromium in $CHROMIUM and axe-core"
        )
    INSTALLED.write_text(lock, encoding="utf-8")


def _packed() -> tuple[str, list[str]]:
    """Unpack the browser of the npm package beside its folder; return it with the arguments it needs."""
    node, _npm = programs()
    home = HERE / "node_modules" / ".chromium"
    home.mkdir(exist_ok=True)
    env = {**os.environ, "TMPDIR": str(home)}
    done = subprocess.run(
        [str(node), "--input-type=module", "-e", UNPACK],
        check=False, cwd=HERE, env=env, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    if done.returncode:
        raise BuildFailed(f"no Chromium here, and the packed one cannot be unpacked: {done.stderr.strip()[-200:]}")
    return json.loads(done.stdout)["path"], ["--no-sandbox", "--disable-setuid-sandbox", "--in-process-gpu"]
