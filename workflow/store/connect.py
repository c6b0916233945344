"""The one way to PostgreSQL: an SQLAlchemy engine over psycopg 3, used with plain SQL.

The hot path never builds SQL and never maps rows to objects: statements are constants, parameters are
bound, rows are named tuples of the driver (ADR 0012).
"""

from sqlalchemy import URL, Engine, create_engine, make_url

POSTGRES_MIN = 150000


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


def _with_driver(database_url: str) -> URL:
    url = make_url(database_url)
    if url.drivername in ("postgres", "postgresql"):
        url = url.set(drivername="postgresql+psycopg")
    if url.drivername != "postgresql+psycopg":
        raise ValueError("DATABASE_URL must be a postgresql:// address; no other database is supported")
    return url
