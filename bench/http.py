"""One action over HTTP: our API beside a bare Flask and psycopg handler of the same statements, under the same server.

    .venv/bin/python -m bench.http [--requests 4000] [--clients 4]

Both run as `banjian api` runs (granian, 2 workers, 8 threads). The bare one knows no login, version, schema or rule.
They are measured in turns, in short rounds. Loopback only; it ends by itself after the given number of requests.
"""

import argparse
from itertools import count
from statistics import median

from api.embedded import valkey
from bench.bare import ACTION, DATA, FIRST_VERSION, PERSON, written_by
from bench.load import bearer, message, office_env, percentiles, send, server
from bench.office import CASE_NO, database, fill
from workflow.casework.office import Office

ROUNDS = 8
WARM = 160  # requests to each side before the clock starts: every thread has its connection by then


def measure(ports: dict[str, int], headers: dict[str, str], paths: dict[str, str], requests: int, clients: int) -> None:
    """Print requests a second and percentiles of each side, and the ratio of the median round."""
    numbers = count(2)
    rates: dict[str, list[float]] = {name: [] for name in ports}
    taken: dict[str, list[float]] = {name: [] for name in ports}
    for size in [WARM] + [requests // ROUNDS] * ROUNDS:
        for name, port in ports.items():
            batch = [
                message("POST", paths[name].format(CASE_NO.format(next(numbers))), {"data": DATA}, headers[name])
                for _ in range(size)
            ]
            rate, seconds = send(port, batch, clients)
            if size != WARM:
                rates[name].append(rate)
                taken[name] += seconds
    for name in ports:
        print(f"{name:<10} {median(rates[name]):7,.0f} requests/s   {percentiles(taken[name])}")
    ratio = median(ours / bare for ours, bare in zip(rates["our API"], rates["bare Flask"], strict=True))
    print(f"our API is {ratio:.0%} of the bare handler")


def main() -> None:
    """Start both servers on one database and measure them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=4_000, help="measured requests to each side")
    parser.add_argument("--clients", type=int, default=4)
    asked = parser.parse_args()
    with database() as (url, folder):
        office = Office.connect(url, pool_size=1)
        fill(office, 2 + 2 * (WARM + asked.requests))
        written_by(office, 1)
        office.close()
        broker_url, broker = valkey.start(folder / "valkey")
        env = office_env(url, broker_url, folder)
        try:
            with server("api.app:create_served_app", env) as ours, server("bench.bare:create_app", env) as bare:
                login = bearer(ours, PERSON)
                measure(
                    {"bare Flask": bare, "our API": ours},
                    {"bare Flask": "", "our API": f'{login}If-Match: "{FIRST_VERSION}"\r\n'},
                    {"bare Flask": f"/cases/{{}}/actions/{ACTION}", "our API": f"/api/v1/cases/{{}}/actions/{ACTION}"},
                    asked.requests,
                    asked.clients,
                )
        finally:
            valkey.stop(broker, broker_url)


if __name__ == "__main__":
    main()
