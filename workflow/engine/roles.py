"""Who may act: posts, ownership, and people who must be different (ADR 0011, ADR 0023).

Whoever compares people compares humans: `humans` gives the human behind an account that is not its own. Events keep
the account.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from workflow.engine.case import CaseState
from workflow.engine.commands import Actor
from workflow.engine.errors import Reason
from workflow.engine.model import Action, Process

APPLICANT = "applicant"
AGENT = "agent"
AUTOMATIC = frozenset({"clock", "system", "case"})
SEPARATION = "岗位分离制度（受理、审查、决定相互分离）"
RECUSAL_LAW = "公务员法 第七十六条、第七十八条"
NO_LINKS: Mapping[str, str] = {}
# Acts about who may act: they are nobody's part in the case, so they clash with none and count as none.
ASIDE = frozenset({"name-self", "ask-recusal"})
Pairs = tuple[tuple[str, str], ...]


def human_of(humans: Mapping[str, str], account: str) -> str:
    """Return the human behind an account."""
    return humans.get(account, account)


def acted_as(case: CaseState, humans: Mapping[str, str], person: str) -> frozenset[str]:
    """Return the posts under which this human has acted in the case, whichever account; who owns it is the applicant."""
    me = human_of(humans, person)
    posts = {post for account, held in case.people.items() if human_of(humans, account) == me for post in held}
    if case.owner and human_of(humans, case.owner) == me:
        posts.add(APPLICANT)
    return frozenset(posts)


def is_kept_out(case: CaseState, humans: Mapping[str, str], person: str) -> bool:
    """Return True if a recusal of this human was upheld in the case."""
    kept_out = case.collected.get("recused", {})
    return any(human_of(humans, one) == human_of(humans, person) for one in kept_out)


def clash_of(apart: Pairs, post: str, acted: frozenset[str]) -> str | None:
    """Return a post already held in the case that must never be one person's together with `post`."""
    for one, other in apart:
        if post == one and other in acted:
            return other
        if post == other and one in acted:
            return one
    return None


def post_for(
    process: Process, action: Action, actor: Actor, case: CaseState, humans: Mapping[str, str] = NO_LINKS
) -> str | Reason:
    """Return the post under which `actor` may take `action`, or the reason why not."""
    held = [post for post in action.by if _holds(actor, post)]
    if not held:
        wanted = "、".join(process.people.get(post, post) for post in action.by)
        return Reason("WRONG_POST", f"“{action.title}”由{wanted}办理，您没有这个岗位。", action.law, "forbidden")
    if held != [APPLICANT] and not AUTOMATIC & set(held) and is_kept_out(case, humans, actor.id):
        return Reason("RECUSED", "您在本件中已经回避，不能办理。", RECUSAL_LAW, "forbidden")
    if ASIDE & set(action.does):
        return held[0]
    acted = acted_as(case, humans, actor.id)
    clash = None
    excused = set(action.one_hand) | (_held_by_one_hand(process) if case.outcome else set())
    for post in held:
        clash = clash_of(process.apart, post, acted - excused)
        if clash is None:
            return AGENT if post == APPLICANT and actor.agent_of else post
    assert clash is not None
    return Reason(
        "SEPARATION_OF_DUTIES",
        f"您在本件中已经担任“{process.people[clash]}”，不能再以“{process.people[held[0]]}”办理。",
        SEPARATION,
        "forbidden",
    )


def _held_by_one_hand(process: Process) -> set[str]:
    """Return the posts one person may hold where the decision is taken on the spot; once taken, they serve it as well."""
    acts = [action for state in process.states.values() for action in state.actions.values() if action.one_hand]
    return {post for action in acts for post in (*action.one_hand, *action.by)}


def one_hand(
    process: Process, action: Action, post: str, actor: Actor, case: CaseState, humans: Mapping[str, str]
) -> str | None:
    """Return the post kept apart from `post` that the same human held before, where this act allows it; else None."""
    return clash_of(process.apart, post, acted_as(case, humans, actor.id) & set(action.one_hand))


def delegation(case: CaseState) -> Mapping[str, Any] | None:
    """Return the mark of a delegation that holds: by, post, and in `given` to and until."""
    return case.marks.get("delegated")


def delegation_ends_on(case: CaseState) -> date | None:
    """Return the last day of a delegation that holds, or None."""
    mark = delegation(case)
    return date.fromisoformat(mark["given"]["until"]) if mark else None


def in_whose_place(case: CaseState, humans: Mapping[str, str], person: str, post: str) -> str:
    """Return the account for which this person does delegated work under `post`, or ""."""
    mark = delegation(case)
    if mark is None or mark["post"] != post:
        return ""
    is_delegate = human_of(humans, mark["given"]["to"]) == human_of(humans, person)
    return str(mark["by"]) if is_delegate else ""


def open_recusals(case: CaseState) -> tuple[str, ...]:
    """Return the people whose recusal was asked for and not decided, in order of the requests."""
    asked = case.collected.get("recusal-requests", {})
    decided = (case.collected.get("recused", {}), case.collected.get("recusal-rejections", {}))
    waiting = [
        (entry["seq"], who)
        for who, entry in asked.items()
        if all(found.get(who, {"seq": 0})["seq"] < entry["seq"] for found in decided)
    ]
    return tuple(who for _, who in sorted(waiting))


def _holds(actor: Actor, post: str) -> bool:
    return actor.owns if post == APPLICANT else post in actor.posts
