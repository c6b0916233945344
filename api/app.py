"""The Flask application: JSON API, health, pages. Built by a factory, told everything by Settings."""

import gc
import threading
from functools import partial

import redis
from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from api import access, headers, health, problems, rates, requests
from api.auth import sessions
from api.auth.throttle import Throttle
from api.auth.tokens import Tokens
from api.catalogue import LiveCatalogue
from api.config import Settings
from api.openapi import build_api
from api.v1 import (
    accounts,
    archives,
    assessments,
    auth,
    calendar,
    cases,
    catalog,
    catalog_lists,
    certificates,
    clock,
    disclosure,
    factor,
    mandates,
    materials,
    messages,
    papers,
    personal,
    posts,
    proposals,
    ratings,
    register,
    security,
    selfcheck,
    statistics,
    supervision,
    tasks,
    webhooks,
)
from api.web import pages, platform
from service_catalog.catalog import catalog as shipped_catalog
from service_catalog.offers import offer
from workflow.casework import logs
from workflow.casework.materials import limits
from workflow.casework.office import Office
from workflow.casework.signing import FACTOR_POSTS
from workflow.casework.wake import WAKE_CHANNEL, redis_url

BODY_MORE = 1024 * 1024  # beside the file itself
BLUEPRINTS = (
    auth.blp,
    factor.blp,
    accounts.blp,
    security.blp,
    catalog.blp,
    catalog_lists.blp,
    selfcheck.blp,
    cases.blp,
    materials.blp,
    mandates.blp,
    tasks.blp,
    messages.blp,
    ratings.blp,
    archives.blp,
    disclosure.blp,
    webhooks.blp,
    register.blp,
    clock.blp,
    calendar.blp,
    papers.blp,
    proposals.blp,
    posts.blp,
    certificates.blp,
    supervision.blp,
    statistics.blp,
    personal.blp,
    assessments.blp,
)


def create_app(settings: Settings | None = None) -> Flask:
    """Return the application. Raises ConfigError when something needed is not set."""
    settings = settings or Settings.from_env()
    app = Flask(__name__, template_folder="web/templates", static_folder="web/static")
    app.config.update(
        MAX_CONTENT_LENGTH=limits().file_bytes + BODY_MORE, MAX_FORM_MEMORY_SIZE=1_000_000, MAX_FORM_PARTS=20
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False  # what is not an address of ours is not found, and leads nowhere
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    broker = redis.Redis.from_url(
        redis_url(settings.broker_url), socket_timeout=2, socket_connect_timeout=2, health_check_interval=15
    )
    catalogue = shipped_catalog()
    office = Office.connect(
        settings.database_url,
        nudge=Nudger(broker).nudge,
        offers=partial(offer, catalogue),
        folder=settings.data_dir,
        needs_factor=FACTOR_POSTS if settings.second_factor == "required" else frozenset(),
    )
    app.extensions["banjian.settings"] = settings
    app.extensions["banjian.broker"] = broker
    app.extensions["banjian.office"] = office
    app.extensions["banjian.tokens"] = Tokens(settings.secret_key, office, settings.access_minutes * 60)
    app.extensions["banjian.throttle"] = Throttle(broker, office, settings.secret_key)
    app.extensions["banjian.catalogue"] = LiveCatalogue(office, catalogue)
    requests.register(app)  # first, so that what is refused on the way in is numbered and logged too
    headers.register(app)
    rates.register(app, settings)
    sessions.register(app, settings.secret_key)
    platform.register(app, settings)
    access.register(app)
    api = build_api(app)
    for blueprint in BLUEPRINTS:
        sessions.csrf.exempt(blueprint)  # it reads no cookie, so nobody can be made to send one
        api.register_blueprint(blueprint, url_prefix="/api/v1")
    problems.register(app)
    app.register_blueprint(health.blp)
    pages.register(app)
    return app


def create_served_app() -> Flask:
    """Return the application for a server process, whose log is its own. Raises ConfigError.

    What a process has loaded by now, the catalogue above all, stays; to look through it for rubbish now and then stopped every
    thread for a second on a busy machine, in the middle of somebody's page.
    """
    logs.configure("api")
    made = create_app()
    gc.collect()
    gc.freeze()
    return made


class Nudger:
    """Tells the workers there is work: best effort, at most one message on its way, never waits.

    A worker that hears nothing finds the work by itself within seconds.
    """

    def __init__(self, broker: redis.Redis) -> None:
        self._broker = broker
        self._wanted = threading.Event()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def nudge(self) -> None:
        """Ask for a wake-up; returns at once."""
        self._wanted.set()
        if self._thread is None:
            with self._lock:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="nudger", daemon=True)
                    self._thread.start()

    def _run(self) -> None:
        while True:
            self._wanted.wait()
            self._wanted.clear()
            try:
                self._broker.publish(WAKE_CHANNEL, "outbox")
            except redis.RedisError:
                continue  # the sweep finds it
