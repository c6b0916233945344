"""A process as a graph that can be walked: states, and on every edge what must be on the account and what it changes.

The account of a case is a set of tokens, held as the bits of an int: marks, collections, answers kept with a mark
(`visit-recorded.conclusion=pass`), running clocks (`clock:statutory`), pauses (`pause:hearing`), what was done once.
What the tokens do not tell, such as whether the materials are complete, may be either way.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from itertools import product
from operator import or_

from workflow.definitions.lint.facts import (
    ALL,
    ANNOUNCED,
    ARISES_FROM,
    FACTS,
    FINDINGS,
    FROM_MARKS,
    SILENT,
    USED_UP,
    Effect,
)
from workflow.engine.model import Action, Process, State
from workflow.engine.phrases import OPPOSITES, RESTS_ON, WORKS_ANSWER, WORKS_LEAVE, rests_on
from workflow.engine.vocabulary import CLOCK_IDS, GROUNDS

BEFORE_THE_DECISION = ("draft", "intake", "review")
GATE, OWED, DECIDED, COMMITTED = "gate", "owed", "decided", "committed-to:conditions"
CLOCKS = tuple(f"clock:{name}" for name in CLOCK_IDS)
PAUSES = tuple(f"pause:{ground}" for ground in (*GROUNDS, "chosen"))
_ACCEPTANCE_WITH_GAPS, _COMMITMENT = "tolerantly_accepted", "commitment_signed"
Answers = Mapping[str, str]


def _kept_answers() -> dict[str, dict[str, set[str]]]:
    """Return mark -> field -> the answers that some phrase tells apart."""
    known: dict[str, dict[str, set[str]]] = {}
    for name in {name for rest in RESTS_ON.values() for name in (*rest.all_of, *rest.one_of, *rest.none_of)}:
        where, equals, value = name.partition("=")
        mark, dot, field = where.partition(".")
        if equals and dot:
            known.setdefault(mark, {}).setdefault(field, set()).add(value)
    return known


KEPT: Mapping[str, Mapping[str, set[str]]] = _kept_answers()
CONSTANTS = tuple(
    sorted({name for rest in RESTS_ON.values() for name in (*rest.all_of, *rest.none_of) if name.startswith("terms:")})
)


@dataclass(frozen=True, slots=True)
class Step:
    """One way an action may go. needs: of each of these sets of tokens at least one; none_of: none of these."""

    source: str
    action: Action
    target: str
    needs: tuple[int, ...]
    none_of: int
    sets: int
    clears: int

    def after(self, tokens: int) -> int:
        """Return the tokens after this step."""
        return tokens & ~self.clears | self.sets


class Tokens:
    """Names for bits; a name that is new gets the next bit."""

    def __init__(self) -> None:
        self._bits: dict[str, int] = {}

    def bit(self, name: str) -> int:
        """Return the bit of a name."""
        return self._bits.setdefault(name, 1 << len(self._bits))

    def mask(self, *names: str) -> int:
        """Return the bits of all these names."""
        return reduce(or_, map(self.bit, names), 0)

    def names(self, tokens: int) -> tuple[str, ...]:
        """Return the names of the bits that are set."""
        return tuple(name for name, bit in self._bits.items() if tokens & bit)


@dataclass(frozen=True, slots=True)
class Model:
    """A process and its steps by the state they leave, in the order of the file."""

    process: Process
    tokens: Tokens
    steps: Mapping[str, tuple[Step, ...]]
    constants: int

    @classmethod
    def of(cls, process: Process) -> "Model":
        """Return the model of a process."""
        tokens = Tokens()
        constants = tokens.mask(*CONSTANTS)
        build = _Builder(tokens)
        steps = {
            state.name: tuple(step for action in _takeable(process, state) for step in build.steps(state, action))
            for state in process.states.values()
        }
        return cls(process, tokens, steps, constants)

    def edges(self) -> Iterator[tuple[State, Action]]:
        """Yield every action with its state."""
        for state in self.process.states.values():
            for action in state.actions.values():
                yield state, action

    def mask(self, *names: str) -> int:
        """Return the bits of these tokens."""
        return self.tokens.mask(*names)

    def arises_from(self, finding: str) -> int:
        """Return the tokens one of which must be there for a clock finding to arise."""
        return self.tokens.mask(*_arises_from(finding))


def is_passing(process: Process, state: State) -> bool:
    """Return True for a state where nobody waits: the system moves the case on in the same moment.

    Where another case moves it on, it waits for that case; where one only calls it off or tells it something, not.
    """
    actions = state.actions.values()
    waits = any(a.by == ("case",) and a.then != state.name and not process.states[a.then].ends for a in actions)
    return state.task is None and not waits and any(action.by == ("system",) for action in actions)


def _takeable(process: Process, state: State) -> Iterator[Action]:
    """Yield the actions there is time for."""
    for action in state.actions.values():
        if action.by == ("system",) or not is_passing(process, state):
            yield action


@dataclass(slots=True)
class _Change:
    """What is set and cleared, one thing after another."""

    sets: int = 0
    clears: int = 0

    def then(self, *, sets: int = 0, clears: int = 0) -> None:
        self.clears |= clears
        self.sets = self.sets & ~clears | sets


class _Builder:
    """Turns actions into steps."""

    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self.bits = tokens.mask
        self.all_clocks, self.all_pauses = self.bits(*CLOCKS), self.bits(*PAUSES)

    def steps(self, state: State, action: Action) -> Iterator[Step]:
        needs, none_of = self._conditions(action)
        for answers in _answers(action):
            for verified in self._ways_to_decide(action):
                change = _Change()
                if action.when:
                    self._take(change, _finding_effect(state, action))
                if action.records:
                    self._fact(change, state, action, answers, verified=verified is True)
                self._leave(change, action, answers)
                own_needs, own_none = needs, none_of
                if verified is not None:
                    committed = self.bits(COMMITTED)
                    own_needs, own_none = ((*needs, committed), none_of) if verified else (needs, none_of | committed)
                yield Step(state.name, action, action.then, own_needs, own_none, change.sets, change.clears)

    def _ways_to_decide(self, action: Action) -> tuple[bool | None, ...]:
        """A grant after a commitment to conditions starts the check afterwards; another does not."""
        return (True, False) if action.records == "decided" and action.decides == "granted" else (None,)

    def _conditions(self, action: Action) -> tuple[tuple[int, ...], int]:
        needs: list[int] = []
        none_of = 0
        for phrase in action.needs:
            rest = rests_on(phrase)
            needs += [self.bits(name) for name in rest.all_of]
            if rest.one_of:
                needs.append(self.bits(*rest.one_of))
            none_of |= self.bits(*rest.none_of)
        if action.once:
            none_of |= self.bits(f"once:{action.name}")
        if action.when:
            needs.append(self.bits(*_arises_from(action.when)))
        if action.records == "decided" and not action.when:  # what the clocks themselves refuse
            none_of |= self.bits(GATE, DECIDED, *((OWED,) if action.decides == "granted" else ()))
        return tuple(needs), none_of

    def _take(self, change: _Change, effect: Effect) -> None:
        """Start, stop, pause and resume."""
        stops = self.all_clocks if ALL in effect.stops else self.bits(*(f"clock:{name}" for name in effect.stops))
        resumes = self.all_pauses if ALL in effect.resumes else self.bits(*(f"pause:{g}" for g in effect.resumes))
        if effect.gate == "closes":
            stops |= self.bits(GATE)
        if ALL in effect.stops or "supplement" in effect.stops:
            stops |= self.bits(OWED)
        change.then(clears=stops | resumes)
        started = [f"{kind}:{name}" for name in effect.starts for kind in ("clock", "ran")]
        paused = [f"pause:{ground}" for ground in effect.pauses]
        announced = [f"announced:{ground}" for ground in effect.pauses if ground in ANNOUNCED]
        gate = [GATE] if effect.gate == "opens" else []
        change.then(sets=self.bits(*started, *paused, *announced, *gate))

    def _fact(self, change: _Change, state: State, action: Action, answers: Answers, *, verified: bool) -> None:
        effect = fact_effect(state, action, answers)
        if action.records == "decided":
            kept = tuple(clock for clock in effect.starts if verified or clock != "post-verification")
            owing = ("supplement",) if action.decides == "refused" else ()
            effect = Effect(kept, (*effect.stops, *owing), resumes=effect.resumes)
            change.then(sets=self.bits(DECIDED))
        self._take(change, effect)
        if action.records == _ACCEPTANCE_WITH_GAPS:
            change.then(sets=self.bits(OWED))
        if action.records == _COMMITMENT and answers.get("form") != "materials":
            change.then(sets=self.bits(COMMITTED))

    def _leave(self, change: _Change, action: Action, answers: Answers) -> None:
        """Clear first, then mark and collect: in the order of the fold."""
        gone = [*action.clears, *action.marks]
        change.then(clears=self.bits(*action.clears, *(name for mark in gone for name in kept_answers(mark))))
        change.then(sets=self.bits(*action.marks, *((action.collects,) if action.collects else ())))
        for mark in action.marks:
            told = [f"{mark}.{field}={answers[field]}" for field in KEPT.get(mark, {}) if field in answers]
            change.then(sets=self.bits(*told))
        left = [WORKS_LEAVE[work] for work in action.does if work in WORKS_LEAVE]
        once = [f"once:{action.name}"] if action.once else []
        decided = [f"outcome={action.decides}"] if action.decides else []
        change.then(sets=self.bits(*left, *once, *decided))


def _arises_from(finding: str) -> tuple[str, ...]:
    if finding == USED_UP:
        return tuple(f"announced:{ground}" for ground in ANNOUNCED)
    if finding in FROM_MARKS:
        return FROM_MARKS[finding]
    ran = "clock" if finding in SILENT else "ran"
    return tuple(f"{ran}:{clock}" for clock in ARISES_FROM[finding])


def kept_answers(mark: str) -> Iterator[str]:
    """Yield the tokens of every answer that may be kept with a mark."""
    for field, values in KEPT.get(mark, {}).items():
        for value in values:
            yield f"{mark}.{field}={value}"


def fact_effect(state: State, action: Action, answers: Answers) -> Effect:
    """Return what this action's fact does to the clocks, here and with these answers."""
    effect = FACTS[action.records]
    ground = action.fixes.get("ground")
    if action.records == "suspended" and ground:
        return Effect(pauses=(ground,))
    if action.records == "resumed" and ground:
        return Effect(stops=tuple(clock for clock in effect.stops if clock == ground), resumes=(ground,))
    if action.records == "rectification_ordered" and state.phase not in BEFORE_THE_DECISION:
        return Effect(starts=effect.starts)  # nothing is left to pause
    if action.records == _COMMITMENT and answers.get("form") == "conditions":
        return Effect()
    return effect


def _finding_effect(state: State, action: Action) -> Effect:
    if action.when == "SUPPLEMENT_LAPSED" and state.phase not in BEFORE_THE_DECISION:
        return Effect(stops=("supplement",))
    return FINDINGS.get(action.when, Effect())


def _answers(action: Action) -> list[Answers]:
    """Return the answers that make a difference later: one entry per combination."""
    told: list[list[Answers]] = [[dict(answer) for answer in WORKS_ANSWER.get(work, ({},))] for work in action.does]
    fields = {field: values for mark in action.marks for field, values in KEPT.get(mark, {}).items()}
    if action.records == _COMMITMENT:
        fields["form"] = {"conditions", "materials"}
    for ask in action.asks:
        if ask.name in fields and ask.type == "choice":
            first = next(iter(ask.options), "")
            options = sorted(fields[ask.name]) if first.startswith("@") else list(ask.options)
            told.append([{ask.name: option} for option in options])
    return [{key: value for one in combined for key, value in one.items()} for combined in product(*told)]


def opposite_of(phrase: str) -> str:
    """Return the phrase that holds exactly when this one does not, or ""."""
    for one, other, _ in OPPOSITES:
        if phrase in (one, other):
            return other if phrase == one else one
    return ""
