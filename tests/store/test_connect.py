"""Connections: all or nothing in a transaction, nothing open while reading, one error when the server went away."""

import pytest
from psycopg.pq import TransactionStatus
from sqlalchemy.exc import DBAPIError, IntegrityError

from workflow.casework.office import Office

INSERT = "insert into people (id, name, kind) values (%(id)s, %(id)s, 'staff')"
COUNT = "select count(*) from people where id like 'new%%'"


def count(office: Office) -> int:
    """Return how many new people there are."""
    with office.look() as connection:
        return int(connection.exec_driver_sql(COUNT, {}).scalar_one())


def test_a_block_that_ends_well_is_kept_and_one_that_fails_is_not(office: Office) -> None:
    with office.work() as connection:
        connection.exec_driver_sql(INSERT, {"id": "new1"})
    with pytest.raises(KeyError), office.work() as connection:
        connection.exec_driver_sql(INSERT, {"id": "new2"})
        raise KeyError
    assert count(office) == 1


def test_what_the_database_refuses_is_told_in_one_kind_of_error_and_undone(office: Office) -> None:
    with pytest.raises(IntegrityError, match="people_pkey"), office.work() as connection:
        connection.exec_driver_sql(INSERT, {"id": "new1"})
        connection.exec_driver_sql(INSERT, {"id": "new1"})
    assert count(office) == 0


def test_reading_leaves_no_transaction_open_and_writing_starts_one_afterwards(office: Office) -> None:
    with office.look() as connection:
        connection.exec_driver_sql("select 1")
        assert connection.driver.info.transaction_status == TransactionStatus.IDLE
    with office.work() as connection:
        connection.exec_driver_sql("select 1")
        assert connection.driver.info.transaction_status == TransactionStatus.INTRANS


def test_rows_have_names_and_the_number_expected_is_checked(office: Office) -> None:
    with office.look() as connection:
        run = connection.exec_driver_sql
        row = run("select 1 as one, array['a', 'b'] as letters, null::int as none").one()
        assert (row.one, row.letters, row.none) == (1, ["a", "b"], None)
        assert run("select generate_series(1, 3)").scalars() == [1, 2, 3]
        assert run("select 1 where false").one_or_none() is None
        for several in (lambda: run("values (1), (2)").one(), lambda: run("values (1), (2)").one_or_none()):
            with pytest.raises(ValueError):
                several()


def test_a_server_that_went_away_costs_one_error_however_many_connections_wait(office: Office) -> None:
    with office.work() as one, office.work() as two, office.work() as three:
        held = [c.exec_driver_sql("select pg_backend_pid()").scalar_one() for c in (one, two, three)]
    with pytest.raises(DBAPIError) as lost, office.work() as connection:
        mine = connection.exec_driver_sql("select pg_backend_pid()").scalar_one()
        others = [pid for pid in held if pid != mine]
        connection.exec_driver_sql("select pg_terminate_backend(pid, 5000) from unnest(%(pids)s) pid", {"pids": others})
        connection.exec_driver_sql("select pg_terminate_backend(pg_backend_pid())")
    assert lost.value.connection_invalidated
    for _ in held:
        with office.work() as connection:
            assert connection.exec_driver_sql("select 1").scalar_one() == 1
