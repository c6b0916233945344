"""Settings from the environment, typed and checked once. Each knows where it came from, for operators."""

import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from workflow.environment import ConfigError, needed, value_of

__all__ = ["DEMO_PASSWORD", "SETTINGS", "ConfigError", "Settings", "check_demo_only", "need", "sources", "value_of"]
from workflow.casework import scanner, storage
from workflow.casework.materials import LIMITS
from workflow.store import keys

DEMO_PASSWORD = "banjian-demo"  # noqa: S105  the demo's published password, refused unless --demo


def _number(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(text)

    return read


def _one_of(*words: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in words:
            raise ValueError(f"must be {' or '.join(words)}")
        return text

    return read


@dataclass(frozen=True, slots=True)
class Setting:
    """One variable. default: what holds where it is not set; read: text to value, ValueError saying what it must be."""

    name: str
    default: str = ""
    read: Callable[[str], Any] = str
    is_secret: bool = False  # never shown; also taken from the file that NAME_FILE names

    def of(self, env: Mapping[str, str], default: str | None = None) -> Any:
        """Return the value, read. Raises ConfigError naming the variable."""
        text = value_of(env, self.name) if self.is_secret else env.get(self.name, "").strip()
        try:
            return self.read(text or (self.default if default is None else default))
        except ValueError as error:
            raise ConfigError(f"{self.name} {error}") from error


# What the web side reads. docs/operating.md tells what each is for; a test holds the two together.
SETTINGS = {
    setting.name: setting
    for setting in (
        Setting("DATABASE_URL", is_secret=True),
        Setting("BROKER_URL", is_secret=True),
        Setting("BANJIAN_DATA", ".data"),
        Setting("BANJIAN_SECRET_KEY", is_secret=True),
        Setting("BANJIAN_DATA_KEY_FILE"),
        Setting("BANJIAN_DEMO_PASSWORD", is_secret=True),
        Setting("BANJIAN_CLOCK"),
        Setting("BANJIAN_ACCESS_MINUTES", "15", _number(1, 480)),
        *(Setting(name, str(default), _number(1, most)) for name, (default, most) in LIMITS.items()),
        Setting(scanner.VARIABLE),
        Setting(storage.VARIABLE),
        Setting(storage.ENDPOINT),
        Setting(storage.REGION, "us-east-1"),
        Setting(storage.ACCESS, is_secret=True),
        Setting(storage.SECRET, is_secret=True),
    )
}
DEMO_ACCESS_MINUTES = "60"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a process needs to know. secret_key signs tokens; data_dir holds uploaded files."""

    database_url: str
    broker_url: str
    data_dir: Path
    secret_key: str
    is_demo: bool = False
    has_default_demo_password: bool = False  # then the login page says it
    access_minutes: int = 15

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> "Settings":
        """Return the settings of this process. Raises ConfigError naming the variable."""
        is_demo = env.get("BANJIAN_DEMO") == "1"
        check_demo_only(env, is_demo=is_demo)
        data_dir = Path(SETTINGS["BANJIAN_DATA"].of(env)).absolute()
        _need_keys()
        storage.storage_of(data_dir, env)
        scanner.configured(env)
        return cls(
            database_url=need(env, "DATABASE_URL"),
            broker_url=need(env, "BROKER_URL"),
            data_dir=data_dir,
            secret_key=value_of(env, "BANJIAN_SECRET_KEY") or _kept_secret(data_dir),
            is_demo=is_demo,
            has_default_demo_password=is_demo and value_of(env, "BANJIAN_DEMO_PASSWORD") == DEMO_PASSWORD,
            access_minutes=SETTINGS["BANJIAN_ACCESS_MINUTES"].of(env, DEMO_ACCESS_MINUTES if is_demo else None),
        )


def _need_keys() -> None:
    """Read the keys of personal data: without them nothing is to be served. Raises ConfigError."""
    try:
        keys.held()
    except keys.DataKeyError as error:
        raise ConfigError(str(error)) from error


def need(env: Mapping[str, str], name: str) -> str:
    """Return a variable that must be set, here or by its file. Raises ConfigError."""
    return needed(env, name)


def sources(env: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Return (variable, value, where it came from) of every setting; a secret's value is not shown."""
    found = []
    for setting in SETTINGS.values():
        if env.get(setting.name, "").strip():
            source, value = "environment", env[setting.name].strip()
        elif setting.is_secret and env.get(f"{setting.name}_FILE", "").strip():
            source, value = f"file {env[f'{setting.name}_FILE'].strip()}", "set"
        else:
            source, value = "default", setting.default
        found.append((setting.name, "(secret)" if setting.is_secret and value else value or "(not set)", source))
    return found


def check_demo_only(env: Mapping[str, str], *, is_demo: bool) -> None:
    """Refuse what only a demo may do. Raises ConfigError."""
    for name in ("BANJIAN_CLOCK", "BANJIAN_DEMO_PASSWORD", "BANJIAN_DEMO_PASSWORD_FILE"):
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
