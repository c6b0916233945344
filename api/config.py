"""Settings from the environment, typed and checked once. Each knows where it came from, for operators."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from workflow.engine.errors import BanjianError
from workflow.store import keys

DEMO_PASSWORD = "banjian-demo"  # noqa: S105  the demo's published password, refused unless --demo


class ConfigError(BanjianError):
    """Something needed is not set, or is set to something impossible; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a process needs to know. secret_key signs tokens; data_dir holds uploaded files."""

    database_url: str
    broker_url: str
    data_dir: Path
    secret_key: str
    is_demo: bool = False
    has_default_demo_password: bool = False  # then the login page says it

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> "Settings":
        """Return the settings of this process. Raises ConfigError naming the variable."""
        check_demo_only(env, is_demo=env.get("BANJIAN_DEMO") == "1")
        data_dir = Path(env.get("BANJIAN_DATA") or ".data").absolute()
        _need_keys()
        return cls(
            database_url=need(env, "DATABASE_URL"),
            broker_url=need(env, "BROKER_URL"),
            data_dir=data_dir,
            secret_key=env.get("BANJIAN_SECRET_KEY") or _kept_secret(data_dir),
            is_demo=env.get("BANJIAN_DEMO") == "1",
            has_default_demo_password=env.get("BANJIAN_DEMO") == "1"
            and env.get("BANJIAN_DEMO_PASSWORD") == DEMO_PASSWORD,
        )


def _need_keys() -> None:
    """Read the keys of personal data: without them nothing is to be served. Raises ConfigError."""
    try:
        keys.held()
    except keys.DataKeyError as error:
        raise ConfigError(str(error)) from error


def need(env: Mapping[str, str], name: str) -> str:
    """Return a variable that must be set. Raises ConfigError."""
    value = env.get(name, "").strip()
    if not value:
        raise ConfigError(f"{name} is not set; set it, or use `banjian serve`, which brings its own")
    return value


def check_demo_only(env: Mapping[str, str], *, is_demo: bool) -> None:
    """Refuse what only a demo may do. Raises ConfigError."""
    for name in ("BANJIAN_CLOCK", "BANJIAN_DEMO_PASSWORD"):
        if env.get(name) and not is_demo:
            raise ConfigError(f"{name} is refused without --demo")
    try:
        datetime.fromisoformat(env.get("BANJIAN_CLOCK") or "2026-01-01")
    except ValueError as error:
        raise ConfigError("BANJIAN_CLOCK must be a moment such as 2025-09-30T20:15:00+08:00") from error


def _kept_secret(data_dir: Path) -> str:
    """Return the secret kept beside the data, made on first use and readable by its owner only."""
    path = data_dir / "secret.key"
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise ConfigError(f"{data_dir} cannot be written: {error.strerror}") from error
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48))
    return path.read_text(encoding="ascii").strip()
