"""Settings from the environment, typed and checked once. Each knows where it came from, for operators."""

import os
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

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


def _rate(text: str) -> str:
    if text != "off" and not re.fullmatch(r"[1-9][0-9]{0,8} per (second|minute|hour)", text):
        raise ValueError("must be off, or such as 600 per minute")
    return text


def _address(text: str) -> str:
    parts = urlsplit(text)
    if text and (parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment):
        raise ValueError("must be an address such as https://banjian.example.gov.cn")
    return text


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
        Setting("BANJIAN_SECOND_FACTOR", "required", _one_of("required", "optional")),
        Setting("BANJIAN_PUBLIC_URL", read=_address),
        Setting("BANJIAN_TRUSTED_PROXIES", "0", _number(0, 5)),
        Setting("BANJIAN_RATE_LIMIT", "12000 per minute", _rate),
        Setting("BANJIAN_RATE_LIMIT_LOGIN", "600 per minute", _rate),
        Setting("BANJIAN_OIDC_ISSUER", read=_address),
        Setting("BANJIAN_OIDC_CLIENT_ID"),
        Setting("BANJIAN_OIDC_CLIENT_SECRET", is_secret=True),
        Setting("BANJIAN_REGISTRATION", "checked", _one_of("checked", "open", "closed")),
        *(Setting(name, str(default), _number(1, most)) for name, (default, most) in LIMITS.items()),
        Setting(scanner.VARIABLE),
        Setting(storage.VARIABLE),
        Setting(storage.ENDPOINT),
        Setting(storage.REGION, "us-east-1"),
        Setting(storage.ACCESS, is_secret=True),
        Setting(storage.SECRET, is_secret=True),
    )
}
# What holds in a demo where nothing is set: people try things out, with the published accounts.
DEMO_DEFAULTS = {
    "BANJIAN_ACCESS_MINUTES": "60",
    "BANJIAN_SECOND_FACTOR": "optional",
    "BANJIAN_REGISTRATION": "open",
}


@dataclass(frozen=True, slots=True)
class Oidc:
    """An identity platform people may log in through: OpenID Connect, code flow."""

    issuer: str
    client_id: str
    client_secret: str


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
    second_factor: str = "required"
    registration: str = "checked"
    public_url: str = ""
    trusted_proxies: int = 0
    rate_limit: str = "off"
    rate_limit_login: str = "off"
    oidc: Oidc | None = None

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
            access_minutes=_of("BANJIAN_ACCESS_MINUTES", env, is_demo),
            second_factor=_of("BANJIAN_SECOND_FACTOR", env, is_demo),
            registration=_of("BANJIAN_REGISTRATION", env, is_demo),
            public_url=_of("BANJIAN_PUBLIC_URL", env, is_demo),
            trusted_proxies=_of("BANJIAN_TRUSTED_PROXIES", env, is_demo),
            rate_limit=_of("BANJIAN_RATE_LIMIT", env, is_demo),
            rate_limit_login=_of("BANJIAN_RATE_LIMIT_LOGIN", env, is_demo),
            oidc=_oidc(env),
        )


def _oidc(env: Mapping[str, str]) -> Oidc | None:
    """Return the identity platform, None where none is configured; half of it is refused. Raises ConfigError."""
    names = ("BANJIAN_OIDC_ISSUER", "BANJIAN_OIDC_CLIENT_ID", "BANJIAN_OIDC_CLIENT_SECRET")
    found = {name: SETTINGS[name].of(env) for name in names}
    missing = [name for name, value in found.items() if not value]
    if len(missing) == len(names):
        return None
    if missing:
        raise ConfigError(f"{missing[0]} is not set, and the other settings of the identity platform are")
    return Oidc(*found.values())


def _of(name: str, env: Mapping[str, str], is_demo: bool) -> Any:
    return SETTINGS[name].of(env, DEMO_DEFAULTS.get(name) if is_demo else None)


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
