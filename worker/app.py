"""The Celery application. Celery only wakes people up: all work is found in PostgreSQL (ADR 0004)."""

import os
import sys
from typing import Any

from celery import Celery
from celery.signals import setup_logging

from worker import schedule, sweeper
from worker.office import channels, endpoints
from workflow.casework import logs
from workflow.casework.wake import redis_url
from workflow.environment import value_of

BROKER_URL = value_of(os.environ, "BROKER_URL")

app = Celery("banjian", include=["worker.jobs.sweeps", "worker.jobs.oversight"])
app.conf.update(
    broker_url=BROKER_URL,
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        "visibility_timeout": 900,
        "socket_timeout": 30,
        "socket_connect_timeout": 5,
        "health_check_interval": 15,
    },
    result_backend=None,
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    task_serializer="json",
    accept_content=["json"],
    timezone="Asia/Shanghai",
    enable_utc=True,
    task_default_queue="banjian",
    worker_hijack_root_logger=False,
    beat_schedule=schedule.BEAT,
    beat_scheduler="redbeat.RedBeatScheduler",
    redbeat_redis_url=redis_url(BROKER_URL),
    redbeat_lock_timeout=30,
    beat_max_loop_interval=5,
)
try:
    channels(), endpoints()  # what is set up wrongly is said now, not at the first message
except ValueError as error:
    sys.exit(f"banjian: {error}")
sweeper.install()


@setup_logging.connect(weak=False)
def _log(**_: Any) -> None:
    """Keep Celery from setting up the log: it is ours."""
    logs.configure("beat" if "beat" in sys.argv else "worker")
