"""/healthz, /readyz and /metrics: for machines that look after machines."""

from typing import Any

import redis
from flask import Blueprint, Response, current_app, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sqlalchemy.exc import SQLAlchemyError

from workflow.casework.now import now
from workflow.casework.office import Office
from workflow.store import keys
from workflow.store.migrate import current_version, head_version
from workflow.store.queues import backlog

blp = Blueprint("health", __name__)


@blp.get("/healthz")
def healthz() -> Response:
    """The process is up."""
    return jsonify({"status": "ok"})


@blp.get("/readyz")
def readyz() -> tuple[Response, int]:
    """Database, migrations, calendar and broker, each by name."""
    office: Office = current_app.extensions["banjian.office"]
    checks = {
        "database": _try(lambda: _select_one(office)),
        "migrations": _try(lambda: current_version(office.engine) == head_version()),
        "calendar": _try(lambda: _calendar_is_loaded(office)),
        "keys": _try(lambda: _keys_fit(office)),
        "broker": _try(_ping_broker),
    }
    ready = all(checks.values())
    body = {"status": "ready" if ready else "not ready", "checks": checks}
    return jsonify(body), 200 if ready else 503


@blp.get("/metrics")
def metrics() -> Response:
    """Business gauges by one look at the database, in Prometheus' format."""
    office: Office = current_app.extensions["banjian.office"]
    registry = CollectorRegistry()
    gauges = {
        "outbox_waiting": Gauge("banjian_outbox_waiting", "Outbox rows not done", registry=registry),
        "outbox_quarantined": Gauge("banjian_outbox_quarantined", "Outbox rows put aside", registry=registry),
        "deliveries_waiting": Gauge("banjian_deliveries_waiting", "Deliveries not sent", registry=registry),
        "deliveries_quarantined": Gauge("banjian_deliveries_quarantined", "Deliveries put aside", registry=registry),
        "clocks_waiting": Gauge("banjian_clocks_waiting", "Cases whose clocks are due", registry=registry),
        "clocks_quarantined": Gauge("banjian_clocks_quarantined", "Cases put aside by the sweep", registry=registry),
        "calendar_waiting": Gauge("banjian_calendar_waiting", "Cases behind the newest calendar", registry=registry),
        "calendar_quarantined": Gauge("banjian_calendar_quarantined", "Cases not to be counted", registry=registry),
    }
    states = Gauge("banjian_cases", "Cases by state", ["state"], registry=registry)
    with office.engine.connect() as connection:
        for name, value in backlog(connection, now()).items():
            gauges[name].set(value)
        for row in connection.exec_driver_sql("select state, count(*) as n from cases group by state"):
            states.labels(row.state).set(row.n)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _try(check: Any) -> bool:
    try:
        return bool(check())
    except (SQLAlchemyError, redis.RedisError, OSError):
        return False


def _select_one(office: Office) -> bool:
    with office.engine.connect() as connection:
        return connection.exec_driver_sql("select 1").scalar_one() == 1


def _calendar_is_loaded(office: Office) -> bool:
    with office.engine.connect() as connection:
        found = connection.exec_driver_sql(
            "select exists (select from calendar_versions where year = %(year)s)", {"year": now().year}
        )
        return bool(found.scalar_one())


def _keys_fit(office: Office) -> bool:
    """Return True if personal data of this database can be opened here."""
    try:
        with office.work() as connection:
            keys.check(connection)
    except keys.DataKeyError:
        return False
    return True


def _ping_broker() -> bool:
    broker: redis.Redis = current_app.extensions["banjian.broker"]
    return bool(broker.ping())
