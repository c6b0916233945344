"""The office works as a role that cannot touch what was recorded."""

from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from api.app import create_app
from api.config import Settings
from tests.infrastructure.desk import Desk
from tests.oversight.tampering import judged
from tests.story.telling import applied, delivered, granted, proposed, visited
from workflow.casework.office import Office
from workflow.store.migrate import upgrade
from workflow.store.roles import APP_ROLE, as_app


def test_the_whole_way_to_a_permit_is_open_to_the_lesser_role_and_nothing_recorded_is(
    database_url: str, broker_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(
        as_app(database_url), broker_url, tmp_path, "test-secret", is_demo=True, second_factor="optional"
    )
    app = create_app(settings)
    desk = Desk(app, monkeypatch)
    desk.at("2026-09-01T09:00:00")
    case_no = applied(desk, "26")
    desk.done(case_no, "clerk1", "accept")
    visited(desk, case_no)
    proposed(desk, case_no)
    granted(desk, case_no)
    delivered(desk, case_no)
    assert judged(desk.office)[0] == 0
    for sql, what in (
        ("update events set type = 'x'", "permission denied"),
        ("delete from events", "permission denied"),
        ("truncate events", "permission denied"),
        ("update calendar_versions set source = 'x'", "permission denied"),
        ("delete from published_versions", "permission denied"),
        ("update alembic_version set version_num = 'x'", "permission denied"),
        ("alter table events disable trigger all", "must be owner"),
        ("alter table events drop constraint events_hash_key", "must be owner"),
        ("set session_replication_role = replica", "permission denied"),
        ("drop table events", "must be owner"),
    ):
        with pytest.raises(DBAPIError, match=what), desk.office.work() as connection:
            assert connection.exec_driver_sql("select current_user").scalar_one() == APP_ROLE
            connection.exec_driver_sql(sql)
    desk.office.close()


def test_every_guarded_table_is_out_of_reach_after_each_migration(office: Office, database_url: str) -> None:
    """Also one that a later release adds: migrating gives and takes anew."""
    with office.work() as connection:
        connection.exec_driver_sql("create table later (id int)")
        connection.exec_driver_sql(
            "create trigger later_append_only before update or delete on later for each row execute function refuse_change()"
        )
    upgrade(database_url)
    may = "select has_table_privilege(%(role)s, %(table)s, %(what)s)"
    with office.work() as connection:

        def allowed(table: str, what: str) -> bool:
            found = {"role": APP_ROLE, "table": table, "what": what}
            return bool(connection.exec_driver_sql(may, found).scalar_one())

        guarded = connection.exec_driver_sql(
            "select distinct tgrelid::regclass::text from pg_trigger"
            " where tgfoid = 'refuse_change'::regproc and tgtype & 24 = 24 and tgtype & 32 = 0"
        ).scalars()
        assert {"events", "later", "calendar_versions", "published_versions"} <= set(guarded)
        for table in guarded:
            assert allowed(table, "insert") and allowed(table, "select")
            assert not allowed(table, "update") and not allowed(table, "delete") and not allowed(table, "truncate")
        assert allowed("cases", "update") and allowed("due_dates", "delete")
