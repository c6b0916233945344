"""How the two sides of a wake-up call find each other: the channel, and the broker's address for redis-py."""

WAKE_CHANNEL = "banjian.wake"


def redis_url(broker_url: str) -> str:
    """Return Celery's spelling of a broker's address in redis-py's: a socket is unix:// there."""
    return broker_url.replace("redis+socket://", "unix://")
