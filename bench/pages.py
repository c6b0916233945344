"""Server time of the pages people open most, in an office of 100,000 open cases, against a bare Flask page.

    .venv/bin/python -m bench.pages [--cases 100000] [--requests 200]

The application answers in this process, as one thread of a server does: what a page costs without the network. Target:
p95 of at most 150 ms. The bare page is Flask with one template and no database, on the same machine at the same time.
"""

import argparse
import html
import re
import time

from flask import Flask, render_template_string
from flask.testing import FlaskClient

from api.app import create_app
from api.config import Settings
from api.embedded import valkey
from bench.inbox import SECOND_POST, SPREAD, told
from bench.office import COPIED, PASSWORD, database, fill
from workflow.casework.office import Office

WARM = 10
TARGET_MS = 150
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
BARE = "<!doctype html><title>{{ title }}</title><ul>{% for n in range(30) %}<li>{{ n }}</li>{% endfor %}</ul>"


def entered(app: Flask, username: str) -> FlaskClient:
    """Return a client logged in as somebody."""
    client = app.test_client()
    token = TOKEN.search(client.get("/login").text)
    assert token
    form = {"username": username, "password": PASSWORD, "csrf_token": html.unescape(token.group(1))}
    assert client.post("/login", data=form).status_code == 303
    return client


def measured(client: FlaskClient, path: str, rounds: int) -> list[float]:
    """Return how long each of many answers took, in seconds, after a few that are not counted."""
    taken = []
    for _ in range(WARM + rounds):
        begun = time.perf_counter()
        answer = client.get(path)
        taken.append(time.perf_counter() - begun)
        assert answer.status_code == 200, (path, answer.status_code)
    return taken[WARM:]


def bare_page(rounds: int) -> list[float]:
    """Return the same for a page of Flask alone."""
    app = Flask(__name__)
    app.add_url_rule("/", view_func=lambda: render_template_string(BARE, title="bare"))
    return measured(app.test_client(), "/", rounds)


def main() -> None:
    """Load the cases, then measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--requests", type=int, default=200)
    asked = parser.parse_args()
    with database() as (url, folder):
        office = Office.connect(url, pool_size=2)
        with office.work() as connection:
            connection.exec_driver_sql(SECOND_POST, {"person": "reviewer1"})
        begun = time.perf_counter()
        kept = {name: one for name, one in COPIED.items() if name in ("events", "due_dates")}
        fill(office, asked.cases, copied={"cases": COPIED["cases"], "tasks": SPREAD["tasks"], **kept})
        print(f"{asked.cases:,} open cases, loaded in {time.perf_counter() - begun:.0f} s")
        office.close()
        broker_url, broker = valkey.start(folder / "valkey")
        try:
            app = create_app(Settings(url, broker_url, folder, "bench-secret", is_demo=True, second_factor="optional"))
            plain = percentiles_of("bare Flask page", bare_page(asked.requests))
            staff, owner = entered(app, "reviewer1"), entered(app, "applicant1")
            for name, client, path in (
                ("home", app.test_client(), "/"),
                ("guide of item 02", app.test_client(), "/items/02"),
                ("inbox, available", staff, "/inbox?queue=available"),
                ("inbox, department", staff, "/inbox?queue=department"),
                ("case, staff", staff, f"/cases/b-{asked.cases // 2}"),
                ("case, applicant", owner, f"/cases/b-{asked.cases // 2}"),
                ("my cases", owner, "/my/cases"),
            ):
                p95 = percentiles_of(name, measured(client, path, asked.requests))
                mark = "" if p95 <= TARGET_MS else f"   OVER {TARGET_MS} ms"
                print(f"    {p95 / plain:.0f} times the bare page{mark}")
        finally:
            valkey.stop(broker, broker_url)


def percentiles_of(name: str, taken: list[float]) -> float:
    """Print the percentiles; return the p95 in milliseconds."""
    print(f"{name:<20} {told(taken)}")
    return sorted(taken)[int(len(taken) * 0.95)] * 1000


if __name__ == "__main__":
    main()
