"""Settings come from the environment or, for secrets, from a file that the environment names (NAME_FILE)."""

from collections.abc import Mapping
from pathlib import Path

from workflow.engine.errors import BanjianError

FILE_BYTES_MAX = 10_000


class ConfigError(BanjianError):
    """Something needed is not set, or is set to something impossible; the message says what to do."""


def value_of(env: Mapping[str, str], name: str) -> str:
    """Return a setting without blanks around it, "" where it is not set. Raises ConfigError naming the variable."""
    value, path = env.get(name, "").strip(), env.get(f"{name}_FILE", "").strip()
    if not path:
        return value
    if value:
        raise ConfigError(f"{name} and {name}_FILE are both set; keep one of them")
    try:
        with Path(path).open(encoding="utf-8") as file:
            text = file.read(FILE_BYTES_MAX + 1).strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8"
        raise ConfigError(f"{name}_FILE cannot be read: {reason}: {path}") from error
    if not text or len(text) > FILE_BYTES_MAX:
        raise ConfigError(f"{name}_FILE is empty or too large: {path}")
    return text


def needed(env: Mapping[str, str], name: str) -> str:
    """Return a setting that must be there. Raises ConfigError."""
    value = value_of(env, name)
    if not value:
        raise ConfigError(f"{name} is not set; set it (or {name}_FILE), or use `banjian serve`, which brings its own")
    return value
