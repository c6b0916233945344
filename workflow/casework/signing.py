"""Signing: what binds the office needs a second factor given a moment ago, where the office says so (ADR 0028)."""

from datetime import datetime, timedelta

from workflow.casework.errors import CaseworkError
from workflow.casework.office import Office
from workflow.engine.commands import Actor
from workflow.engine.model import Action

FRESH = timedelta(minutes=10)
CLOCK_SLACK = timedelta(minutes=1)
# Who decides, and who may change what others may do.
FACTOR_POSTS = frozenset({"approver", "department-head", "government-head", "catalogue-admin", "system-admin"})
TAKES_A_RIGHT = frozenset({"revoke", "withdraw", "suspend", "forfeit", "cancel", "@operation"})


class StepUpRequired(CaseworkError):
    """The person must give a second factor first. The message says what was wrong with the one given, "" if none was."""


def signs(action: Action) -> bool:
    """Return True for a grant, a refusal, and what takes a permit away (行政许可法 38, 69, 70)."""
    return bool(action.decides) or action.on_permit in TAKES_A_RIGHT


def is_fresh(factor_at: datetime | None, now: datetime) -> bool:
    """Return True for a factor given within ten minutes."""
    return factor_at is not None and -CLOCK_SLACK <= now - factor_at <= FRESH


def check_signing(
    office: Office, action: Action | None, actor: Actor, factor_at: datetime | None, now: datetime
) -> None:
    """Raise StepUpRequired where this person's signature needs a factor that is not there."""
    if not office.needs_factor or action is None or not signs(action):
        return
    if actor.posts & office.needs_factor and not is_fresh(factor_at, now):
        raise StepUpRequired("")
