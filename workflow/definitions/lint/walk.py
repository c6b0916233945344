"""Find the shortest way through a model to something wrong, and only ways that can be walked.

A search watches few tokens, so it is quick and may believe in ways that no case can go. Each way found is therefore
walked again with every token; where it breaks, what broke it is watched too, and the search begins anew.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping

from workflow.definitions.lint.model import Model, Step

Goal = Callable[[str, int], bool]
Way = tuple[Step, ...]
ROUNDS_MAX = 40  # after so many refinements a way is believed as it is
NODES_MAX = 50_000


def names_of(way: Iterable[Step]) -> tuple[str, ...]:
    """Return the names of the actions along a way."""
    return tuple(step.action.name for step in way)


def shortest(model: Model, goal: Goal, watched: int) -> Way | None:
    """Return the shortest way from the first state to where `goal` holds of (state, watched tokens); None if no case can get there."""
    way = None
    for _ in range(ROUNDS_MAX):
        way = _search(model, goal, watched)
        if way is None:
            return None
        broken = _broken_by(model, way) & ~watched
        if not broken:
            return way
        watched |= broken
    return way


def path_to(model: Model, state: str, *more: str) -> tuple[str, ...]:
    """Return the names of the actions on the shortest way to a state, and `more` after them."""
    return (*names_of(shortest(model, at(state), 0) or ()), *more)


def at(state: str) -> Goal:
    """Return the goal of being in a state."""
    return lambda here, _: here == state


def at_without(state: str, tokens: int) -> Goal:
    """Return the goal of being in a state with none of these tokens."""
    return lambda here, known: here == state and not known & tokens


def at_with(groups: Mapping[str, int]) -> Goal:
    """Return the goal of being in one of these states with one of its tokens."""
    return lambda here, known: bool(groups.get(here, 0) & known)


def possible(step: Step, tokens: int, watched: int) -> bool:
    """Return False if what is watched forbids this step."""
    if tokens & step.none_of & watched:
        return False
    return all(group & tokens or group & ~watched for group in step.needs)


def _search(model: Model, goal: Goal, watched: int) -> Way | None:
    parents: dict[tuple[str, int], tuple[tuple[str, int], Step] | None] = {}
    queue: deque[tuple[str, int]] = deque()
    for constants in _subsets(model.constants & watched):
        first = (model.process.starts_in, constants)
        parents[first] = None
        queue.append(first)
        if goal(*first):
            return ()
    while queue and len(parents) < NODES_MAX:
        node = queue.popleft()
        state, tokens = node
        for step in model.steps[state]:
            if not possible(step, tokens, watched):
                continue
            following = (step.target, step.after(tokens) & watched)
            if following in parents:
                continue
            parents[following] = (node, step)
            if goal(*following):
                return _way(parents, following)
            queue.append(following)
    return None


def _way(parents: dict[tuple[str, int], tuple[tuple[str, int], Step] | None], node: tuple[str, int]) -> Way:
    steps: list[Step] = []
    while (before := parents[node]) is not None:
        node, step = before
        steps.append(step)
    return tuple(reversed(steps))


def _subsets(mask: int) -> Iterable[int]:
    """Yield every choice of the bits of a mask, the empty one first."""
    chosen = 0
    while True:
        yield chosen
        if chosen == mask:
            return
        chosen = (chosen - mask) & mask


def _broken_by(model: Model, way: Way) -> int:
    """Return the tokens that stop somebody who walks this way, 0 if nothing does. Constants are assumed as needed."""
    tokens, unknown = 0, model.constants
    for step in way:
        assumed_out = step.none_of & unknown
        unknown &= ~assumed_out
        if tokens & step.none_of:
            return tokens & step.none_of
        for group in step.needs:
            if group & tokens:
                continue
            if not group & unknown:
                return group
            tokens |= group & unknown
            unknown &= ~group
        tokens = step.after(tokens)
    return 0
