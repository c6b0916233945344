"""The office served to a real browser: one server a test, one browser a worker, nothing from outside the machine."""

import importlib.util
import logging
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import justmytype_intl_cjk
import pytest
from playwright.sync_api import Browser, sync_playwright
from werkzeug.serving import make_server

from tests.infrastructure.desk import Desk
from tests.web.visitors import Site

ROOT = Path(__file__).parents[2]
FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{own}</dir><dir>/usr/share/fonts</dir><cachedir>{cache}</cachedir>
<alias><family>sans-serif</family><prefer><family>Noto Sans SC</family></prefer></alias>
<alias><family>system-ui</family><prefer><family>Noto Sans SC</family></prefer></alias></fontconfig>
"""


def _installer() -> Any:
    spec = importlib.util.spec_from_file_location("banjian_browser", ROOT / "frontend/browser/install.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["banjian_browser"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of the accessibility checker."""
    return str(_installer().axe())


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A real browser with a Chinese font of our own, so that pictures look the same everywhere."""
    installer = _installer()
    try:
        program, arguments = installer.browser()
    except installer.BuildFailed as error:
        pytest.fail(str(error), pytrace=False)
    folder = tmp_path_factory.mktemp("fonts")
    own = Path(justmytype_intl_cjk.__file__).parent / "fonts/ofl/notosanssc"
    (folder / "fonts.conf").write_text(FONTS.format(own=own, cache=folder / "cache"), encoding="utf-8")
    env = {**os.environ, "FONTCONFIG_FILE": str(folder / "fonts.conf")}
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=program, args=arguments, env=env)
        yield found
        found.close()


@pytest.fixture
def site(desk: Desk, chromium: Browser) -> Iterator[Site]:
    """The office at an address of this machine, and whoever comes to it."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, desk.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    made = Site(desk, chromium, f"http://127.0.0.1:{server.server_port}")
    yield made
    made.close()
    server.shutdown()
    server.server_close()
    thread.join(10)
    assert made.outside == [], "a page asked another machine"
