"""Bring a database to this version. Safe to run twice, and at the same time from two places."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from workflow.definitions.loader import processes
from workflow.definitions.official_days import official_schedules
from workflow.store import calendars, definitions, roles, versions
from workflow.store.connect import POSTGRES_MIN, engine_for, transaction

HERE = Path(__file__).parent
LOCK = 4_126_090_101  # advisory lock: one migration at a time, the other waits


class DatabaseTooOld(Exception):
    """PostgreSQL is older than 15."""


def upgrade(database_url: str) -> str:
    """Return the version reached after migrating, storing this release's processes and calendar."""
    engine = engine_for(database_url, pool_size=1)
    try:
        with engine.connect() as connection:
            version = connection.exec_driver_sql("select current_setting('server_version_num')::int").scalar_one()
            if version < POSTGRES_MIN:
                raise DatabaseTooOld(f"PostgreSQL 15 or newer is needed, this is {version // 10000}")
            connection.exec_driver_sql("select pg_advisory_lock(%(lock)s)", {"lock": LOCK})
            connection.commit()
            try:
                config = _config()
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
                connection.commit()
                with transaction(engine) as seeding:
                    definitions.store_all(seeding, processes())
                    versions.seed(seeding, processes())
                    calendars.seed(seeding, official_schedules())
                    roles.grant(seeding)
            finally:
                connection.rollback()
                connection.exec_driver_sql("select pg_advisory_unlock(%(lock)s)", {"lock": LOCK})
                connection.commit()
        return head_version()
    finally:
        engine.dispose()


def head_version() -> str:
    """Return the newest version this release knows."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None
    return head


def current_version(engine: Engine) -> str | None:
    """Return the version the database is at, or None before the first migration."""
    with engine.connect() as connection:
        if connection.exec_driver_sql("select to_regclass('alembic_version')").scalar_one() is None:
            return None
        row = connection.exec_driver_sql("select version_num from alembic_version").one_or_none()
        return row[0] if row else None


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(HERE / "migrations").replace("%", "%%"))
    return config
