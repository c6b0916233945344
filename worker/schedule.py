"""The beat table as data. Several beats, or none, change only how often somebody looks."""

from typing import Any

from celery.schedules import crontab

BEAT: dict[str, dict[str, Any]] = {
    "look for due work": {
        "task": "banjian.sweep",
        "schedule": 10.0,
        "options": {"expires": 10},
    },
    "count cases anew after a new calendar": {
        "task": "banjian.recompute",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "forget what is over": {
        "task": "banjian.tidy",
        "schedule": 3600.0,
        "options": {"expires": 600},
    },
    "measure what has changed, for supervisors": {
        "task": "banjian.oversee",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "hold the sums of supervision against a recomputation": {
        "task": "banjian.check-sums",
        "schedule": crontab(hour=3, minute=20),
        "options": {"expires": 3600},
    },
}
