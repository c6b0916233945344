"""What every bench with a database needs: a PostgreSQL of its own with ordinary settings, and many cases in review."""

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from api.embedded import postgres
from service_catalog.catalog import catalog
from service_catalog.terms import terms_of
from workflow.casework.act import ActRequest, act
from workflow.casework.demo import load_demo_office
from workflow.casework.office import Office
from workflow.casework.sealing import reseal
from workflow.casework.submit import OpenRequest, open_and_submit
from workflow.definitions.loader import processes
from workflow.engine.dates import SHANGHAI
from workflow.store import keys
from workflow.store.connect import Connection
from workflow.store.migrate import upgrade

NOW = datetime(2026, 9, 1, 10, 0, tzinfo=SHANGHAI)
PASSWORD = "bench"
APPLICANT = {"kind": "organisation", "name": "示例公司", "id_no": "11120000MB1571593F"}
CASE_NO = "b-{}"
Copied = Mapping[str, Mapping[str, str | None]]
COPIED: Copied = {  # table -> what a copy does not take over from the first case; g is the copy's number
    "cases": {"id": "g", "case_no": "'b-' || g", "snapshot": "jsonb_set(t.snapshot, '{case_no}', to_jsonb('b-' || g))"},
    "events": {
        "case_id": "g",
        "hash": "md5(g || '-' || t.seq) || md5(t.seq || '-' || g)",
        "body": "jsonb_set(t.body, '{hash}', to_jsonb(md5(g || '-' || t.seq) || md5(t.seq || '-' || g)))",
    },
    "tasks": {"id": None, "case_id": "g"},
    "due_dates": {"case_id": "g"},
}


@contextmanager
def database(kept: Path | None = None) -> Iterator[tuple[str, Path]]:
    """Yield (address of a migrated office with its demo accounts, a folder); both are gone afterwards.

    kept: a folder to have it in instead, which stays, so that what was loaded can be asked again.
    """
    with tempfile.TemporaryDirectory(prefix="bj-", ignore_cleanup_errors=True) as name:
        folder = kept or Path(name)
        folder.mkdir(exist_ok=True)
        folder.chmod(0o711)
        url, handle = postgres.start(folder / "pg")
        try:
            keys.use(folder / "data.key", may_make=True)
            os.environ[keys.FILE] = str(folder / "data.key")
            upgrade(url)
            load_demo_office(url, PASSWORD)
            yield url, folder
        finally:
            postgres.stop(handle)


def fill(office: Office, count: int, *, copied: Copied = COPIED, begun: datetime = NOW) -> None:
    """Make cases b-1 to b-`count`, all in review since `begun`, at version 3: one real case, copied in the database.

    copied: which tables, and how; a case without its events can be listed, not acted on.
    """
    process = processes()["document-review"]
    terms = terms_of(catalog().newest("02"), {}, processes()["on-site"])
    terms = replace(terms, process=process.slug, process_digest=process.digest, materials=(), digest="b" * 64)
    request = OpenRequest("applicant1", "applicant", "applicant1", terms, APPLICANT, {}, submit=True)
    case_no = open_and_submit(office, request, process, begun).case["case_no"]
    act(office, ActRequest(case_no, "accept", "clerk1", {}), begun)
    with office.work() as connection:
        run = connection.exec_driver_sql
        run("alter table events disable trigger user")  # a copy is no new event; it is never changed again either
        run("update cases set case_no = 'b-1' where id = 1")
        run("update cases set snapshot = jsonb_set(snapshot, '{case_no}', to_jsonb(case_no)), salt = null")
        run("update cases set applicant = %(plain)s::jsonb", {"plain": json.dumps(APPLICANT)})
        for table, changed in copied.items():
            _copy(connection, table, changed, count)
        run("select setval(pg_get_serial_sequence('cases', 'id'), %(count)s)", {"count": count})
        run("alter table events enable trigger user")
        run("alter table events enable always trigger events_append_only")
        run("alter table events enable always trigger events_no_truncate")
    reseal(office)  # each copy for its own number
    with office.look() as connection:
        connection.exec_driver_sql("vacuum analyze")


def _copy(connection: Connection, table: str, changed: Mapping[str, str | None], count: int) -> None:
    columns = connection.exec_driver_sql(
        "select attname from pg_attribute where attrelid = %(table)s::regclass and attnum > 0 and not attisdropped"
        " order by attnum",
        {"table": table},
    ).scalars()
    kept = [column for column in columns if changed.get(column, column) is not None]
    values = ", ".join(changed.get(column) or f"t.{column}" for column in kept)
    owner = "id" if table == "cases" else "case_id"
    still = "" if table != "tasks" else " and t.closed_at is null"
    connection.exec_driver_sql(
        f"insert into {table} ({', '.join(kept)}) overriding system value"
        f" select {values} from {table} t, generate_series(2, {count}) g where t.{owner} = 1{still} order by g"
    )
