"""With how many people of the office a case can be finished at all, given who must be kept apart.

A small office has few people. Who adds one more separation may leave it unable to finish any case; the definition says
for how many people it must work (`staff`), and here that is held against every way to a good end.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

from workflow.definitions.lint.finding import Fault, Faults
from workflow.definitions.lint.model import Model
from workflow.definitions.lint.shape import APPLICANT, EARLY_ENDS
from workflow.definitions.lint.walk import Way, names_of, shortest
from workflow.engine.model import Action, Process

OUTSIDE = frozenset({APPLICANT, "agent", "supervisor"})
AUTOMATIC = frozenset({"clock", "system", "case"})
BY_ANOTHER = frozenset({"由另一名核查人员确认", "由另一名事后核查人员确认"})
SEPARATION = "岗位分离制度"


def enough(model: Model) -> Faults:
    """With as many people as the definition promises, some case can be finished on its merits."""
    process = model.process
    if process.kind == "permit":  # only other cases act on it
        return
    needed, way = fewest(model)
    if way is None:
        yield Fault(1, "apart", "nobody could ever finish a case, however many people there are", SEPARATION)
    elif process.staff is not None and needed > process.staff:
        what = (
            f"with {process.staff} people nobody could ever finish: {needed} are needed, because posts are kept apart"
        )
        yield Fault(1, "staff", what, SEPARATION, names_of(way))


def fewest(model: Model) -> tuple[int, Way | None]:
    """Return (the fewest people with whom a case can be granted or else finished, a way on which it can); (0, None) if none."""
    posts = sorted(set(model.process.people) - OUTSIDE)
    grants = any(action.decides == "granted" and not action.when for _, action in model.edges())
    granted = model.mask("outcome=granted") if grants else 0
    ends = {state.name for state in model.process.states.values() if state.ends} - _early(model.process)

    def is_done(here: str, tokens: int) -> bool:
        return here in ends and (not granted or bool(tokens & granted))

    found: tuple[int, Way | None] = (len(posts) + 2, None)
    for size in range(len(posts) + 1):
        for chosen in combinations(posts, size):
            if _colours(model.process, chosen) >= found[0]:
                continue
            way = shortest(_with_only(model, frozenset(chosen)), is_done, granted)
            if way is not None:
                pair = any(BY_ANOTHER & set(step.action.needs) for step in way)
                needed = max(_colours(model.process, chosen), 2 if pair else 0)
                found = min(found, (needed, way), key=lambda one: one[0])
    return found if found[1] is not None else (0, None)


def _early(process: Process) -> set[str]:
    return {state.name for state in process.states.values() if state.ends in EARLY_ENDS or state.name in EARLY_ENDS}


def _with_only(model: Model, posts: frozenset[str]) -> Model:
    """Return the model without what nobody of these posts, the applicant and the law can do.

    Silence that accepts or decides finishes nothing: it is what happens where nobody is there. Nor does, in a procedure,
    what only a joint case asks for.
    """
    is_own = model.process.kind == "procedure" and model.process.slug != "joint"
    able = posts | OUTSIDE | (AUTOMATIC - {"case"} if is_own else AUTOMATIC)
    steps = {
        state: tuple(step for step in found if able & set(step.action.by) and not _is_silence(step.action))
        for state, found in model.steps.items()
    }
    return replace(model, steps=steps)


def _is_silence(action: Action) -> bool:
    return action.by == ("clock",) and bool(action.decides or action.records == "accepted")


def _colours(process: Process, posts: Sequence[str]) -> int:
    """Return with how few people these posts can be filled so that nobody holds two that are kept apart."""
    excused = {
        frozenset((post, own))
        for state in process.states.values()
        for action in state.actions.values()
        for post in action.one_hand
        for own in action.by
    }
    apart = {frozenset(pair) for pair in process.apart} - excused
    for count in range(len(posts) + 1):
        if next(_filled(posts, apart, count, ()), None) is not None:
            return count
    return len(posts)


def _filled(
    posts: Sequence[str], apart: set[frozenset[str]], count: int, people: tuple[int, ...]
) -> Iterator[tuple[int, ...]]:
    """Yield who takes which post, by number, one person for each post."""
    if len(people) == len(posts):
        yield people
        return
    post = posts[len(people)]
    for person in range(min(count, max(people, default=-1) + 2)):
        mine = (posts[index] for index, one in enumerate(people) if one == person)
        if not any(frozenset((post, other)) in apart for other in mine):
            yield from _filled(posts, apart, count, (*people, person))
