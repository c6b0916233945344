"""What a server process does besides making the application."""

import gc

import pytest
from flask import Flask

from api import app as application


def test_a_server_does_not_look_for_rubbish_in_what_it_has_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(application, "create_app", lambda: Flask("made"))
    monkeypatch.setattr(application.logs, "configure", lambda part: None)
    assert gc.get_freeze_count() == 0
    try:
        assert application.create_served_app().name == "made"
        assert gc.get_freeze_count() > 10_000
    finally:
        gc.unfreeze()
