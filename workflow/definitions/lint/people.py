"""Nobody prepares and decides the same thing, whichever hands the case goes through.

Hand-overs keep the post (duties.py), so it is enough that two posts may never be one person's in one case.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from workflow.definitions.lint.finding import Fault, Faults
from workflow.definitions.lint.model import Model
from workflow.definitions.lint.walk import path_to
from workflow.engine.model import Action, Process, State

AUTOMATIC = frozenset({"clock", "system", "case"})
FILING = "备案事项"  # a filing is confirmed by whoever receives it; nothing is accepted first and decided later
ACCEPTANCES = ("accepted", "tolerantly_accepted")
SEPARATION = "岗位分离制度"
ON_THE_SPOT = "第三十四条第二款"
Plays = Callable[[Process, State, Action], bool]


@dataclass(frozen=True, slots=True)
class Part:
    """One part somebody plays in a case."""

    name: str
    plays: Plays


def _decides(_process: Process, _state: State, action: Action) -> bool:
    if action.decides:
        return FILING not in action.needs
    return action.records == "forwarded" or action.on_permit not in ("", "file-renewal")


def _asks_for_time(process: Process, state: State, action: Action) -> bool:
    """Putting the case before somebody whose approval of an extension sends it back."""
    there = process.states[action.then]
    return there is not state and any(
        a.records == "extension_approved" and a.then != there.name for a in there.actions.values()
    )


ACCEPTS = Part("accepts", lambda _p, _s, a: a.records in ACCEPTANCES)
PROPOSES = Part("proposes", lambda _p, _s, a: bool({"opinion", "intended"} & set(a.marks)))
DECIDES = Part("decides", _decides)
EXAMINES = Part("examines the law", lambda _p, _s, a: "legal-review-passed" in a.marks)
ADVISES = Part("gives an expert opinion", lambda _p, _s, a: a.collects == "expert-opinions")
HEARS = Part("holds the hearing", lambda _p, _s, a: a.records == "hearing_record_signed")
INSPECTS = Part("inspects", lambda _p, _s, a: bool({"visit-recorded", "verification-recorded"} & set(a.marks)))
ASKS_FOR_TIME = Part("asks for an extension", _asks_for_time)
GIVES_TIME = Part("approves the extension", lambda _p, _s, a: a.records == "extension_approved")
KEPT_APART: tuple[tuple[Part, Part, str], ...] = (
    (ACCEPTS, DECIDES, SEPARATION),
    (PROPOSES, DECIDES, SEPARATION),
    (EXAMINES, PROPOSES, "重大行政执法决定法制审核制度"),
    (EXAMINES, DECIDES, "重大行政执法决定法制审核制度"),
    (ADVISES, PROPOSES, "专家评审管理制度"),
    (ADVISES, DECIDES, "专家评审管理制度"),
    (HEARS, PROPOSES, "行政许可法 第四十八条第一款第三项"),
    (HEARS, DECIDES, "行政许可法 第四十八条第一款第三项"),
    (INSPECTS, DECIDES, SEPARATION),
    (ASKS_FOR_TIME, GIVES_TIME, "行政许可法 第四十二条"),
)


def parts_are_apart(model: Model) -> Faults:
    """Two parts that must not be one person's are played by posts that are kept apart."""
    apart = {frozenset(pair) for pair in model.process.apart}
    for one, other, law in KEPT_APART:
        told: set[frozenset[str]] = set()
        for state, action, post in _players(model, one):
            for other_state, other_action, other_post in _players(model, other):
                pair = frozenset((post, other_post))
                if (post != other_post and pair in apart) or pair in told:
                    continue
                told.add(pair)
                what = (
                    f"one person could act as {post} ({action.name}: {one.name})"
                    f" and as {other_post} ({other_action.name}: {other.name})"
                )
                path = (*path_to(model, state.name, action.name), other_action.name)
                yield Fault(
                    other_action.line, f"states.{other_state.name}.actions.{other_action.name}.by", what, law, path
                )


def one_hand_is_lawful(model: Model) -> Faults:
    """One person may hold two posts only where the law lets the office decide on the spot (行政许可法 34(2)).

    There is no opinion to file, the process rests on that article, and the posts are otherwise kept apart.
    """
    apart = {frozenset(pair) for pair in model.process.apart}
    for state, action in model.edges():
        for post in action.one_hand:
            what = ""
            if ON_THE_SPOT not in model.process.law:
                what = f"lets one person be {post} as well, in a process that does not decide on the spot"
            elif not action.decides or "审查意见已提交" in action.needs or state.phase != "review":
                what = f"lets one person be {post} as well, though it is no decision on the spot"
            elif not any(frozenset((post, own)) in apart for own in action.by):
                what = f"names {post}, which is not kept apart from whoever acts here"
            if what:
                path = path_to(model, state.name, action.name)
                key = f"states.{state.name}.actions.{action.name}.one-hand"
                yield Fault(action.line, key, what, "行政许可法 第三十四条", path)


def _players(model: Model, part: Part) -> Iterator[tuple[State, Action, str]]:
    for state, action in model.edges():
        if part.plays(model.process, state, action):
            for post in action.by:
                if post not in AUTOMATIC:
                    yield state, action, post
