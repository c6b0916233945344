"""The one way to PostgreSQL: plain SQL over psycopg 3 (ADR 0012).

SQLAlchemy keeps the pool, names the errors and serves Alembic. Statements go past it: its own way from a statement
to a row costs more than PostgreSQL's (bench/README.md). Statements are constants, parameters are bound, rows are
named tuples of the driver.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NoReturn, TypeAlias

import psycopg
from psycopg.rows import namedtuple_row
from sqlalchemy import URL, Engine, PoolProxiedConnection, create_engine, make_url
from sqlalchemy.exc import DBAPIError

POSTGRES_MIN = 150000
CURSOR = "banjian.cursor"

Row: TypeAlias = Any  # a named tuple whose fields are the columns, each of a name of its own


def engine_for(database_url: str, *, pool_size: int = 8) -> Engine:
    """Return an engine with a bounded pool. Accepts postgresql:// and postgresql+psycopg:// URLs."""
    return create_engine(
        _with_driver(database_url),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=10,
        pool_pre_ping=False,
        pool_recycle=1800,
        connect_args={"connect_timeout": 10, "application_name": "banjian", "options": "-c timezone=Asia/Shanghai"},
    )


class Rows(list[Row]):
    """What a statement returned, all of it."""

    def all(self) -> "Rows":
        """Return every row."""
        return self

    def one_or_none(self) -> Row:
        """Return the only row, or None. ValueError if there are several."""
        if len(self) > 1:
            raise ValueError(f"one row expected, {len(self)} found")
        return self[0] if self else None

    def one(self) -> Row:
        """Return the only row. ValueError if there is none, or more."""
        (row,) = self
        return row

    def scalars(self) -> "Rows":
        """Return the first column."""
        return Rows(row[0] for row in self)

    def scalar_one(self) -> Any:
        """Return the only value of the only row. ValueError if there is none, or more."""
        return self.one()[0]

    def scalar_one_or_none(self) -> Any | None:
        """Return the only value, or None if there is no row. ValueError if there are several."""
        row = self.one_or_none()
        return None if row is None else row[0]


class Connection:
    """A connection taken from the pool, for one thread until it is given back."""

    __slots__ = ("_cursor", "_engine", "_pooled")

    def __init__(self, engine: Engine, pooled: PoolProxiedConnection) -> None:
        self._engine, self._pooled = engine, pooled
        kept = pooled.info
        cursor = kept.get(CURSOR)
        if cursor is None:
            driver: Any = pooled.driver_connection
            cursor = kept[CURSOR] = driver.cursor(row_factory=namedtuple_row)
        self._cursor: psycopg.Cursor[Any] = cursor

    @property
    def driver(self) -> psycopg.Connection[Any]:
        """Return the driver's own connection."""
        return self._cursor.connection

    def exec_driver_sql(self, sql: str, parameters: Mapping[str, Any] | None = None) -> Rows:
        """Run one statement; return its rows. Raises what SQLAlchemy would: DBAPIError and its kinds."""
        try:
            cursor = self._cursor.execute(sql, parameters)
            return Rows(cursor.fetchall()) if cursor.description else Rows()
        except psycopg.Error as error:
            self._refuse(sql, error)

    def commit(self) -> None:
        """Commit. Raises DBAPIError; then nothing is known to be kept."""
        try:
            self.driver.commit()
        except psycopg.Error as error:
            self._refuse("commit", error)

    def _refuse(self, sql: str, error: psycopg.Error) -> NoReturn:
        is_lost = self.driver.closed
        if is_lost and self._pooled.is_valid:  # and so are the others that wait in the pool
            self._pooled.invalidate(error)
            self._engine.dispose()
        raise DBAPIError.instance(
            sql, None, error, psycopg.Error, connection_invalidated=is_lost, dialect=self._engine.dialect
        ) from error


def _taken(engine: Engine) -> PoolProxiedConnection:
    """Return a connection from the pool. Raises DBAPIError where none can be made."""
    try:
        return engine.raw_connection()
    except psycopg.Error as error:
        raise DBAPIError.instance("connect", None, error, psycopg.Error, dialect=engine.dialect) from error


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """Yield a connection; commit when the block ends well, roll back when it does not."""
    pooled = _taken(engine)
    try:
        connection = Connection(engine, pooled)
        yield connection
        connection.commit()
    finally:
        pooled.close()  # the pool rolls back what was not committed


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Yield a connection on which every statement stands alone: for reading, a third of the round trips."""
    pooled = _taken(engine)
    try:
        connection = Connection(engine, pooled)
        driver = connection.driver
        driver.autocommit = True
        try:
            yield connection
        finally:
            if not driver.closed:
                driver.autocommit = False
    finally:
        pooled.close()


def _with_driver(database_url: str) -> URL:
    url = make_url(database_url)
    if url.drivername in ("postgres", "postgresql"):
        url = url.set(drivername="postgresql+psycopg")
    if url.drivername != "postgresql+psycopg":
        raise ValueError("DATABASE_URL must be a postgresql:// address; no other database is supported")
    return url
