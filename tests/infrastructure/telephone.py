"""A telephone with a one-time code app, whose time a test sets; and an application that requires second factors."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyotp
import pytest
from flask import Flask

from api.app import create_app
from api.config import Settings


class Telephone:
    """Shows the codes of one secret. The world's time stands still until it is moved."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seconds, self.secret = 1_800_000_000, ""
        monkeypatch.setattr("workflow.casework.factors.time", SimpleNamespace(time=lambda: self.seconds))

    def wait(self, seconds: int = 30) -> None:
        """Let time pass."""
        self.seconds += seconds

    def code(self) -> str:
        """Return what the app shows now."""
        return pyotp.TOTP(self.secret).at(self.seconds)

    def next_code(self) -> str:
        """Return what it shows half a minute later."""
        self.wait()
        return self.code()


def strict_app(database_url: str, broker_url: str, folder: Path, **more: Any) -> Flask:
    """Return an application with the settings of a deployment in earnest."""
    made = create_app(Settings(database_url, broker_url, folder, "test-secret", is_demo=True, **more))
    forget_counts(made)
    return made


def forget_counts(made: Flask) -> None:
    """Forget what earlier tests made the broker count: it outlives their databases."""
    broker = made.extensions["banjian.broker"]
    for pattern in ("banjian:*", "LIMIT*"):
        for key in broker.scan_iter(pattern):
            broker.delete(key)
