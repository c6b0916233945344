"""What the database keeps of the catalogue: versions, the change log, lists; all of an import or nothing."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError

from api.cli.catalog_items import item_row
from service_catalog.importing import read_listing
from tests.builders import at
from tests.service_catalog.national_rows import a_row, csv_file, rows
from workflow.casework import catalogue
from workflow.casework.catalogue import Author, Imported, ItemRow
from workflow.casework.demo import load_demo_lists
from workflow.casework.errors import NotFound, RefusedError
from workflow.casework.office import Office

CATALOG = Author("catalog1", "事项管理员甲", at("2026-09-01T10:00:00"), "津政务〔2026〕1号")


def cancel_item(office: Office, code: str, day: date | None, author: Author, _known: None) -> dict[str, Any]:
    """Cancel or restore an item in a transaction of its own."""
    with office.work() as connection:
        return catalogue.cancel_item_within(connection, code, day, author)


def end_entry(office: Office, list_id: str, entry: int, until: date, author: Author, _known: None) -> dict[str, Any]:
    """End an entry in a transaction of its own."""
    with office.work() as connection:
        return catalogue.end_entry_within(connection, list_id, entry, until, author)


def item_rows(folder: Path, given: list[dict[str, str]]) -> list[ItemRow]:
    """Return what would be stored of these rows."""
    return [item_row(row) for row in read_listing(csv_file(folder, given)).rows]


def imported(office: Office, given: list[ItemRow], **more: Any) -> Imported:
    return catalogue.import_items(office, given, CATALOG, **{"handed_down": frozenset(), "dry_run": False, **more})


def kinds(office: Office, **asked: Any) -> list[str]:
    found, _more = catalogue.changes(office, before=None, limit=100, **asked)
    return [change["kind"] for change in found]


def test_an_import_adds_and_a_second_one_changes_nothing(office: Office, tmp_path: Path) -> None:
    given = item_rows(tmp_path, rows(787))
    done = imported(office, given)
    assert (len(done.added), len(done.adjusted), done.unchanged) == (787, 0, 0)
    again = imported(office, given)
    assert (len(again.added), len(again.adjusted), again.unchanged) == (0, 0, 787)
    assert len(catalogue.all_columns(office)) == 787
    fewer = imported(office, given[:780])
    assert (fewer.unchanged, fewer.absent) == (780, 7)
    assert len(catalogue.all_columns(office)) == 787  # what a file leaves out is not cancelled by that


def test_a_changed_row_is_a_new_version_and_the_log_names_the_columns(office: Office, tmp_path: Path) -> None:
    imported(office, item_rows(tmp_path, [a_row(1), a_row(2)]))
    changed = item_rows(tmp_path, [a_row(1, PROMISE_DAY="5"), a_row(2)])
    done = imported(office, changed)
    code = changed[0].code
    assert (done.adjusted, done.unchanged) == ((code,), 1)
    log, _more = catalogue.changes(office, before=None, limit=1, item_code=code)
    assert (log[0]["kind"], log[0]["details"]) == ("item-adjusted", {"columns": ["PROMISE_DAY"]})
    assert (log[0]["by"]["id"], log[0]["basis"]) == ("catalog1", CATALOG.basis)
    assert catalogue.columns_of(office, code)["PROMISE_DAY"] == "5"
    with office.work() as connection:
        kept = connection.exec_driver_sql(
            "select version, body ->> 'PROMISE_DAY' from service_item_versions order by 1"
        )
        assert [tuple(row) for row in kept if row[1] == "5" or row[0] == 1][-1] == (2, "5")


def test_a_dry_run_says_what_would_change_and_writes_nothing(office: Office, tmp_path: Path) -> None:
    before = catalogue.version_of(office)
    done = imported(office, item_rows(tmp_path, rows(5)), dry_run=True)
    assert len(done.added) == 5 and done.is_dry_run
    assert catalogue.all_columns(office) == [] and catalogue.version_of(office) == before
    assert kinds(office) == []


def test_an_import_that_fails_half_way_leaves_nothing(office: Office, tmp_path: Path) -> None:
    given = item_rows(tmp_path, rows(1500))
    given[-1] = replace(given[-1], catalog_code="0" * 13)  # what only the database still notices, in the last batch
    with pytest.raises(IntegrityError):
        imported(office, given)
    assert catalogue.all_columns(office) == [] and kinds(office) == []


def test_an_item_from_above_is_logged_as_handed_down(office: Office, tmp_path: Path) -> None:
    given = item_rows(tmp_path, [a_row(1)])
    imported(office, given, handed_down=frozenset({given[0].code}))
    assert kinds(office, item_code=given[0].code) == ["item-handed-down"]


def test_a_row_that_turns_cancelled_is_cancelled_from_that_day_and_stays_so(office: Office, tmp_path: Path) -> None:
    imported(office, item_rows(tmp_path, [a_row(1)]))
    cancelled = item_rows(tmp_path, [a_row(1, TASK_STATE="3")])
    imported(office, cancelled)
    assert kinds(office, item_code=cancelled[0].code) == ["item-cancelled", "item-added"]
    renamed = item_rows(tmp_path, [a_row(1, TASK_STATE="3", LINK_WAY="电话")])
    later = replace(CATALOG, at=at("2026-10-01T10:00:00"))
    catalogue.import_items(office, renamed, later, handed_down=frozenset(), dry_run=False)
    row = catalogue.snapshot(office, date(2026, 10, 1)).items[0]
    assert (row.state, row.cancelled_from, row.version) == ("cancelled", date(2026, 9, 1), 3)


@pytest.mark.parametrize(
    "sql",
    [
        "update catalogue_changes set basis = 'x'",
        "delete from catalogue_changes",
        "truncate catalogue_changes cascade",
        "update service_item_versions set body = '{}'",
        "delete from service_item_versions",
        "truncate service_item_versions",
    ],
)
@pytest.mark.parametrize("role", ["origin", "replica"])
def test_the_change_log_and_old_versions_are_never_changed(office: Office, tmp_path: Path, sql: str, role: str) -> None:
    imported(office, item_rows(tmp_path, [a_row(1)]))
    with pytest.raises(DBAPIError, match="append-only"), office.work() as connection:
        connection.exec_driver_sql(f"set session_replication_role = {role}")
        connection.exec_driver_sql(sql)


def test_an_entry_of_a_list_says_who_when_why_and_from_when(office: Office) -> None:
    made = catalogue.add_entries(office, "once", {"01": "事项一", "02": "事项二"}, date(2026, 9, 1), CATALOG, None)
    first = made["entries"][0]
    assert [one["item_code"] for one in made["entries"]] == ["01", "02"]
    assert (first["added_by"], first["basis"], first["valid_from"]) == ("catalog1", CATALOG.basis, "2026-09-01")
    ended = end_entry(office, "once", first["entry_id"], date(2026, 12, 31), CATALOG, None)
    assert (ended["valid_until"], ended["ended_by"], ended["end_basis"]) == ("2026-12-31", "catalog1", CATALOG.basis)
    for day, codes in ((date(2026, 8, 31), []), (date(2026, 12, 31), ["01", "02"]), (date(2027, 1, 1), ["02"])):
        _list, found, _more = catalogue.list_of(office, "once", after=0, limit=10, on=day)
        assert [one["item_code"] for one in found] == codes
    assert kinds(office, list_id="once") == ["entry-ended", "entry-added", "entry-added"]


def test_an_item_is_on_a_list_once_at_a_time(office: Office) -> None:
    made = catalogue.add_entries(office, "once", {"01": "一"}, date(2026, 9, 1), CATALOG, None)
    with pytest.raises(RefusedError) as refused:
        catalogue.add_entries(office, "once", {"02": "二", "01": "一"}, date(2026, 10, 1), CATALOG, None)
    assert refused.value.refused.codes == ("ALREADY_ON_LIST",)
    assert len(catalogue.list_of(office, "once", after=0, limit=10, on=None)[1]) == 1
    end_entry(office, "once", made["entries"][0]["entry_id"], date(2026, 9, 30), CATALOG, None)
    with pytest.raises(RefusedError):
        catalogue.add_entries(office, "once", {"01": "一"}, date(2026, 9, 30), CATALOG, None)
    catalogue.add_entries(office, "once", {"01": "一"}, date(2026, 10, 1), CATALOG, None)


def test_what_cannot_be_ended_is_refused(office: Office) -> None:
    made = catalogue.add_entries(office, "once", {"01": "一"}, date(2026, 9, 1), CATALOG, None)
    entry = made["entries"][0]["entry_id"]
    with pytest.raises(RefusedError, match="不能早于"):
        end_entry(office, "once", entry, date(2026, 8, 31), CATALOG, None)
    end_entry(office, "once", entry, date(2026, 9, 1), CATALOG, None)
    with pytest.raises(RefusedError, match="已于"):
        end_entry(office, "once", entry, date(2026, 9, 2), CATALOG, None)
    with pytest.raises(NotFound):
        end_entry(office, "online", entry, date(2026, 9, 2), CATALOG, None)
    with pytest.raises(NotFound):
        catalogue.add_entries(office, "no-such-list", {"01": "一"}, date(2026, 9, 1), CATALOG, None)


def test_a_list_has_an_id_and_a_name_of_its_own(office: Office) -> None:
    made = catalogue.create_list(office, "tolerance", "容缺受理事项清单", "", CATALOG, None)
    assert (made["name"], made["open_entries"], made["basis"]) == ("容缺受理事项清单", 0, CATALOG.basis)
    for list_id, name in (("tolerance", "别的名称"), ("other", "容缺受理事项清单")):
        with pytest.raises(RefusedError):
            catalogue.create_list(office, list_id, name, "", CATALOG, None)


def test_entries_cannot_be_deleted_nor_end_without_saying_who(office: Office) -> None:
    catalogue.add_entries(office, "once", {"01": "一"}, date(2026, 9, 1), CATALOG, None)
    with pytest.raises(DBAPIError, match="append-only"), office.work() as connection:
        connection.exec_driver_sql("delete from item_list_entries")
    with pytest.raises(IntegrityError), office.work() as connection:
        connection.exec_driver_sql("update item_list_entries set valid_until = '2026-12-31'")


def test_cancelling_twice_or_restoring_what_runs_is_refused(office: Office) -> None:
    cancel_item(office, "02", date(2026, 9, 1), CATALOG, None)
    with pytest.raises(RefusedError):
        cancel_item(office, "02", date(2026, 9, 1), CATALOG, None)
    cancel_item(office, "02", None, CATALOG, None)
    with pytest.raises(RefusedError):
        cancel_item(office, "02", None, CATALOG, None)
    assert kinds(office, item_code="02") == ["item-restored", "item-cancelled"]


def test_the_demo_fills_empty_lists_once(office: Office, database_url: str) -> None:
    wanted = {"once": {"01": "事项一"}, "online": {"01": "事项一", "02": "事项二"}, "nearby": {}}
    assert load_demo_lists(database_url, wanted, at("2026-09-01T10:00:00")) == 3
    assert load_demo_lists(database_url, wanted, at("2026-09-02T10:00:00")) == 0
    assert [one["open_entries"] for one in catalogue.all_lists(office) if one["list_id"] == "online"] == [2]
