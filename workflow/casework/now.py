"""What time it is for the office. The only place that asks."""

import os
import time
from datetime import datetime, timedelta

from workflow.engine.dates import SHANGHAI


def now() -> datetime:
    """Return the present moment, aware, in Asia/Shanghai.

    A demo process may start at another time (BANJIAN_CLOCK) and run on from there; all processes of one
    tree share BANJIAN_CLOCK_STARTED, the unix time at which that began.
    """
    start = os.environ.get("BANJIAN_CLOCK")
    if not start or os.environ.get("BANJIAN_DEMO") != "1":
        return datetime.now(SHANGHAI).replace(microsecond=0)
    passed = time.time() - float(os.environ.get("BANJIAN_CLOCK_STARTED") or time.time())
    begun = datetime.fromisoformat(start)
    if begun.tzinfo is None:
        begun = begun.replace(tzinfo=SHANGHAI)
    return (begun.astimezone(SHANGHAI) + timedelta(seconds=passed)).replace(microsecond=0)
