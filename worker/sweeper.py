"""A thread in every worker process that looks for due work every two seconds, broker or no broker.

It also listens for the API's wake-up call, so that work usually starts at once. Losing the broker, its
messages or the beat therefore costs seconds, never a deadline.
"""

import logging
import os
import threading
from typing import Any

import redis
from celery.signals import worker_init, worker_shutting_down
from sqlalchemy.exc import SQLAlchemyError

from worker.jobs.oversight import oversee_now_and_then
from worker.jobs.sweeps import look
from workflow.casework.wake import WAKE_CHANNEL, redis_url
from workflow.environment import needed

log = logging.getLogger(__name__)
PERIOD_SECONDS = 2.0


class Sweeper:
    """Looks, waits, looks again, until told to stop."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Start looking and listening."""
        for target in (self._look_forever, self._listen_forever):
            thread = threading.Thread(target=target, name=target.__name__, daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Stop after the case in hand."""
        self._stop.set()
        self._wake.set()

    def _look_forever(self) -> None:
        while not self._stop.is_set():
            self._wake.clear()
            try:
                look()
                oversee_now_and_then()
            except SQLAlchemyError as error:  # the database is away: say so, look again
                log.warning("sweep failed, will look again: %s", type(error).__name__)
            except Exception:  # a fault of ours must not end the sweeping for ever
                log.exception("sweep failed, will look again")
            self._wake.wait(PERIOD_SECONDS)

    def _listen_forever(self) -> None:
        url = redis_url(needed(os.environ, "BROKER_URL"))
        while not self._stop.is_set():
            try:
                client = redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=5, health_check_interval=10)
                with client.pubsub(ignore_subscribe_messages=True) as calls:
                    calls.subscribe(WAKE_CHANNEL)
                    while not self._stop.is_set():
                        if calls.get_message(timeout=1.0):
                            self._wake.set()
            except (redis.RedisError, OSError):
                self._stop.wait(PERIOD_SECONDS)


_sweeper = Sweeper()


def install() -> None:
    """Start with the worker, stop with it."""
    worker_init.connect(_on_init, weak=False)
    worker_shutting_down.connect(_on_shutdown, weak=False)


def _on_init(**_: Any) -> None:
    _sweeper.start()


def _on_shutdown(**_: Any) -> None:
    _sweeper.stop()
