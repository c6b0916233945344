"""Who may act: posts, ownership, and people who must be different (ADR 0011)."""

from workflow.engine.case import CaseState
from workflow.engine.commands import Actor
from workflow.engine.errors import Reason
from workflow.engine.model import Action, Process

APPLICANT = "applicant"
AGENT = "agent"


def post_for(process: Process, action: Action, actor: Actor, case: CaseState) -> str | Reason:
    """Return the post under which `actor` may take `action`, or the reason why not."""
    held = [post for post in action.by if _holds(actor, post)]
    if not held:
        wanted = "、".join(process.people.get(post, post) for post in action.by)
        return Reason("WRONG_POST", f"“{action.title}”由{wanted}办理，您没有这个岗位。", action.law, "forbidden")
    clash = None
    for post in held:
        clash = _clash(process, post, case.people.get(actor.id, ()))
        if clash is None:
            return AGENT if post == APPLICANT and actor.agent_of else post
    assert clash is not None
    return Reason(
        "SEPARATION_OF_DUTIES",
        f"您在本件中已经担任“{process.people[clash]}”，不能再以“{process.people[held[0]]}”办理。",
        "岗位分离制度（受理、审查、决定相互分离）",
        "forbidden",
    )


def _holds(actor: Actor, post: str) -> bool:
    return actor.owns if post == APPLICANT else post in actor.posts


def _clash(process: Process, post: str, acted_as: tuple[str, ...]) -> str | None:
    for one, other in process.apart:
        if post == one and other in acted_as:
            return other
        if post == other and one in acted_as:
            return one
    return None
