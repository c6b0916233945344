"""The command line `banjian`: one small module a command."""

from api.cli.main import main

__all__ = ["main"]
