"""What the system does by itself: it never runs in a circle, and it never stands still where nobody else is."""

from collections.abc import Iterator, Mapping
from itertools import product

from workflow.definitions.lint.finding import Fault, Faults
from workflow.definitions.lint.model import Model, Step, is_passing, opposite_of
from workflow.definitions.lint.walk import names_of, path_to, shortest
from workflow.engine.model import Action, State
from workflow.engine.phrases import rests_on

BY_SYSTEM = ("system",)
Known = tuple[str, int, int]  # state, tokens that are surely there, tokens that surely are not


def never_in_a_circle(model: Model) -> Faults:
    """A system action that can follow itself is done once, or changes what it needs."""
    told: set[frozenset[str]] = set()
    for state in model.process.states:
        circle = _circle(model, (state, 0, 0), ())
        names = frozenset(names_of(circle or ()))
        if circle and names not in told:
            told.add(names)
            first = circle[0]
            what = (
                f"the system can go round for ever: {' > '.join(names_of(circle))}; say `once` or change what it needs"
            )
            key = f"states.{first.source}.actions.{first.action.name}"
            path = path_to(model, first.source, *names_of(circle))
            yield Fault(first.action.line, key, what, "", path)


def _circle(model: Model, known: Known, taken: tuple[tuple[Known, Step], ...]) -> tuple[Step, ...] | None:
    """Return steps of the system that lead back to where they began; what is not known may be as it has to be."""
    for index, (before, _) in enumerate(taken):
        if before == known:
            return tuple(step for _, step in taken[index:])
    state, there, gone = known
    for step in model.steps[state]:
        if step.action.by != BY_SYSTEM or there & step.none_of or any(not group & ~gone for group in step.needs):
            continue
        needed = sum({group for group in step.needs if group & (group - 1) == 0})
        there_after = step.after(there | needed)
        gone_after = (gone | step.none_of | step.clears) & ~step.sets & ~there_after
        found = _circle(model, (step.target, there_after, gone_after), (*taken, (known, step)))
        if found:
            return found
    return None


def never_stuck(model: Model) -> Faults:
    """Where nobody has a task, the system's guards leave no case out."""
    for state in model.process.states.values():
        if not is_passing(model.process, state):
            continue
        steps = [step for step in model.steps[state.name] if step.action.by == BY_SYSTEM]
        watched = 0
        for step in steps:
            watched |= step.none_of
            for group in step.needs:
                watched |= group
        gap = _Gap(model, state, steps)
        way = shortest(model, gap.is_open, watched)
        if way is not None:
            what = f"nobody is here and no system action may be possible{gap.words()}"
            yield Fault(state.line, f"states.{state.name}", what, "", names_of(way))


class _Gap:
    """Whether, with these tokens, some answers to the open phrases leave no system action possible."""

    def __init__(self, model: Model, state: State, steps: list[Step]) -> None:
        self.model, self.state, self.steps = model, state, steps
        phrases = {phrase for step in steps for phrase in step.action.needs if not rests_on(phrase).is_exact}
        self.free = sorted(phrases)
        self.last: tuple[str, ...] = ()

    def is_open(self, here: str, tokens: int) -> bool:
        """Return True for a state with tokens from which the system may find no way on."""
        if here != self.state.name:
            return False
        able = [s for s in self.steps if not tokens & s.none_of and all(group & tokens for group in s.needs)]
        for truth in self._truths():
            if not any(self._holds(step.action, truth) for step in able):
                self.last = tuple(phrase for phrase, value in truth.items() if not value)
                return True
        return False

    def words(self) -> str:
        """Return for which answers the gap is open."""
        return f", where not {' nor '.join(self.last)}" if self.last else ""

    def _holds(self, action: Action, truth: Mapping[str, bool]) -> bool:
        return all(truth.get(phrase, True) for phrase in action.needs)

    def _truths(self) -> Iterator[Mapping[str, bool]]:
        """Yield the worst answers: what has no opposite does not hold, of two opposites one does."""
        pairs = [
            (one, opposite_of(one)) for one in self.free if opposite_of(one) in self.free and one < opposite_of(one)
        ]
        paired = {phrase for pair in pairs for phrase in pair}
        alone = {phrase: False for phrase in self.free if phrase not in paired}
        for choice in product((True, False), repeat=len(pairs)):
            decided = {pair[0]: value for pair, value in zip(pairs, choice, strict=True)}
            decided |= {pair[1]: not value for pair, value in zip(pairs, choice, strict=True)}
            yield alone | decided
