"""Search over 10,000 items: what a query costs the API process, and how that compares with a bare loop.

    .venv/bin/python -m bench.catalogue [--items 10000] [--rounds 400]

Prints p95 of the search alone, of the whole request through the application (parsing, the question whether the
catalogue is still the newest, JSON), the time to read the catalogue anew after a change, and the ratio of a
request to a bare loop that only asks every name whether it holds the word. Processor time of this one process.
"""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time

from api.app import create_app
from api.catalogue import joined
from api.cli.catalog_items import item_row
from api.config import Settings
from api.embedded import postgres
from service_catalog.catalog import Catalog
from service_catalog.importing import read_listing
from tests.service_catalog.national_rows import csv_file, rows
from workflow.casework.catalogue import Author, import_items, snapshot
from workflow.casework.now import now
from workflow.casework.office import Office
from workflow.store.migrate import upgrade

QUERIES = (
    "q=食品经营",
    "q=许可",
    "q=许可证核发",
    "q=spjyxk",
    "q=危险化学品",
    "q=没有这样的事项",
    "q=证",
    "q=示例交通运输局 备案",
    "q=00010000",
    "department=交通运输&kind=licence",
    "attribute=网上办&applicant=企业&q=登记",
    "",
)


def p95(works: list[Callable[[], object]], rounds: int) -> float:
    """Return the 95th percentile of the processor time of one call, in milliseconds, over all works in turn."""
    times = []
    for number in range(rounds):
        work = works[number % len(works)]
        begun = process_time()
        work()
        times.append(process_time() - begun)
    return sorted(times)[int(rounds * 0.95)] * 1000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=400)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bj-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)
        url, handle = postgres.start(folder / "pg")
        try:
            upgrade(url)
            office = Office.connect(url, pool_size=2)
            _import(office, folder, asked.items)
            _measure(office, url, folder, asked.rounds)
            office.close()
        finally:
            postgres.stop(handle)


def _import(office: Office, folder: Path, count: int) -> None:
    begun = perf_counter()
    given = [item_row(row) for row in read_listing(csv_file(folder, rows(count))).rows]
    read = perf_counter()
    import_items(office, given, Author("bench", "bench", now(), "bench"), handed_down=frozenset(), dry_run=False)
    print(f"items                            {count:>10,}")
    print(f"reading and checking the file, s {read - begun:>10.2f}")
    print(f"writing them, one transaction, s {perf_counter() - read:>10.2f}")


def _measure(office: Office, url: str, folder: Path, rounds: int) -> None:
    begun = perf_counter()
    known = joined(Catalog.load(), snapshot(office, now().date()))
    print(f"reading the catalogue anew, s    {perf_counter() - begun:>10.2f}")
    today = now().date()
    words = [query.partition("q=")[2].partition("&")[0] for query in QUERIES]
    search = p95([lambda q=q: known.search(q=q, on=today, limit=21) for q in words], rounds)  # type: ignore[misc]
    client = create_app(Settings(url, "redis://127.0.0.1:1/0", folder, "bench", is_demo=True)).test_client()
    paths = [f"/api/v1/catalog/items?{query}" for query in QUERIES]
    for path in paths:
        assert client.get(path).status_code == 200, path
    request = p95([lambda path=path: client.get(path) for path in paths], rounds)  # type: ignore[misc]
    names = [entry.name for entry in known.index.entries]
    bare = p95([lambda: [name for name in names if "许可证" in name]], rounds)
    print(f"search alone, p95 ms             {search:>10.2f}")
    print(f"whole request, p95 ms            {request:>10.2f}")
    print(f"bare loop over the names, p95 ms {bare:>10.2f}")
    print(f"bare loops in a request          {request / bare:>10.1f}")


if __name__ == "__main__":
    main()
