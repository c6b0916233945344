"""The beat table as data. Several beats, or none, change only how often somebody looks."""

from typing import Any

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
}
