"""Wrong logins cost time, more each time, and never lock anybody out.

Attempts are counted in the broker; while it is away, in the database. An attempt is counted before the password is looked
at, so that a thousand at once are a thousand counted. See docs/adr/0027-logins.md.
"""

import hmac
import logging
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from ipaddress import IPv6Address, ip_address

import redis

from workflow.casework import logins
from workflow.casework.office import Office

log = logging.getLogger(__name__)

# KEYS: the counter. ARGV: now (s), free attempts, longest wait (s), life of the counter (s). Returns the seconds to wait.
TAKE = """
local count = tonumber(redis.call('HGET', KEYS[1], 'count') or '0')
local last = tonumber(redis.call('HGET', KEYS[1], 'last') or '0')
local now, free, cap = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
if count >= free and now >= last then
  local wait = math.min(2 ^ math.min(count - free, 20), cap) - (now - last)
  if wait > 0 then return math.ceil(wait) end
end
redis.call('HSET', KEYS[1], 'count', count + 1, 'last', now)
redis.call('EXPIRE', KEYS[1], ARGV[4])
return 0
"""
GIVE_BACK = """
if tonumber(redis.call('HGET', KEYS[1], 'count') or '0') > 0 then redis.call('HINCRBY', KEYS[1], 'count', -1) end
return 0
"""


@dataclass(frozen=True, slots=True)
class Limit:
    """How many attempts are free, and the longest wait in seconds after that."""

    free: int
    cap: int


NAME = Limit(5, 900)  # one name, from places it never came from
PAIR = Limit(10, 300)  # one name from a place it has come from before
ADDRESS = Limit(50, 60)  # any names, from one address
CODE = Limit(5, 900)  # one-time codes of one person


@dataclass(frozen=True, slots=True)
class Throttle:
    """Counts attempts under keys that name nobody: keyed hashes."""

    broker: redis.Redis
    office: Office
    secret: str

    def key(self, kind: str, *words: str) -> str:
        """Return the key of a counter."""
        return f"{kind}:{self.hash('|'.join((kind, *words)))}"

    def hash(self, text: str) -> str:
        """Return 32 hex digits that only this office can compute."""
        return hmac.new(self.secret.encode(), b"place\0" + text.encode("utf-8", "replace"), sha256).hexdigest()[:32]

    def take(self, key: str, limit: Limit, now: datetime) -> int:
        """Count an attempt and return 0, or the seconds to wait; then nothing is counted."""
        life = int(logins.COUNTED_FOR.total_seconds())
        try:
            return int(self.broker.eval(TAKE, 1, f"banjian:{key}", int(now.timestamp()), limit.free, limit.cap, life))
        except redis.RedisError:
            log.warning("the broker is away: logins are counted in the database")
            return logins.take_turn(self.office, key, now, free=limit.free, cap=limit.cap)

    def forgive(self, key: str) -> None:
        """Forget the attempts under a key."""
        try:
            self.broker.delete(f"banjian:{key}")
        except redis.RedisError:
            logins.give_back(self.office, key, all_of_them=True)

    def give_back(self, key: str) -> None:
        """Take one attempt back: it was right."""
        try:
            self.broker.eval(GIVE_BACK, 1, f"banjian:{key}")
        except redis.RedisError:
            logins.give_back(self.office, key, all_of_them=False)


def network_of(address: str | None) -> str:
    """Return the address as one subscriber has it: an IPv6 one without its last 64 bits."""
    try:
        found = ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(found, IPv6Address):
        return str(IPv6Address(int(found) >> 64 << 64))
    return str(found)
