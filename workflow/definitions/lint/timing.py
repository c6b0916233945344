"""Time: what starts also stops, what is paused runs again, what the clocks find somebody hears of."""

from functools import reduce
from operator import or_

from workflow.definitions.lint.facts import FACTS, WAITS_FOR
from workflow.definitions.lint.finding import Fault, Faults
from workflow.definitions.lint.model import CLOCKS, PAUSES, Model
from workflow.definitions.lint.walk import Way, at_with, names_of, path_to, shortest
from workflow.engine.model import Action, State
from workflow.engine.vocabulary import CLOCK_IDS, GROUNDS

XK42, XK45 = "行政许可法 第四十二条", "行政许可法 第四十五条"
ENDERS = frozenset({"decided", "withdrawn", "forwarded"})
GIVES_UP = frozenset({"withdrawn"})


def clocks_stop(model: Model) -> Faults:
    """No case ends while a clock it started still runs."""
    for token, way in _left_over(model, CLOCKS, _ended(model)):
        clock = token.partition(":")[2]
        rule = model.process.clocks.get(clock)
        what = f"the clock {clock}（{CLOCK_IDS[clock]}）is still running when the case ends"
        yield _where_started(model, token, way, what, rule.law if rule else XK42)


def pauses_end(model: Model) -> Faults:
    """No case ends, and none waits for its decision, while its time stands still."""
    decided_in = [state.name for state in model.process.states.values() if _awaits_decision(state)]
    for states, when in ((_ended(model), "the case ends"), (decided_in, "the case waits for its decision")):
        for token, way in _left_over(model, PAUSES, states):
            ground = token.partition(":")[2]
            what = f"time paused for {ground}（{GROUNDS.get(ground, '所选事由')}）does not run again before {when}"
            yield _where_started(model, token, way, what, XK45)


def _awaits_decision(state: State) -> bool:
    """Return True where whoever has the task decides; a refusal for fraud may come at any time."""
    return state.task is not None and any(a.decides and state.task.post in a.by for a in state.actions.values())


def _ended(model: Model) -> list[str]:
    return [state.name for state in model.process.states.values() if state.ends]


def _left_over(model: Model, tokens: tuple[str, ...], states: list[str]) -> list[tuple[str, Way]]:
    """Return each of the tokens with which a case can come to one of these states, and the shortest way there."""
    ever = reduce(or_, (step.sets for steps in model.steps.values() for step in steps), 0)
    found = []
    for token in tokens:
        bit = model.mask(token)
        way = shortest(model, at_with(dict.fromkeys(states, bit)), bit) if ever & bit else None
        if way:
            found.append((token, way))
    return found


def _where_started(model: Model, token: str, way: Way, what: str, law: str) -> Fault:
    bit = model.mask(token)
    step = next(step for step in reversed(way) if step.sets & bit)
    return Fault(step.action.line, f"states.{step.source}.actions.{step.action.name}", what, law, names_of(way))


def pauses_return(model: Model) -> Faults:
    """From where a pause begins, time can be made to run again without deciding or ending the case."""
    for state, action in model.edges():
        if not action.records or not FACTS[action.records].pauses:
            continue
        begun = [step for step in model.steps[state.name] if step.action is action]
        bit = begun[0].sets & model.mask(*PAUSES)
        if bit and not _can_clear(model, action.then, bit):
            path = path_to(model, state.name, action.name)
            key = f"states.{state.name}.actions.{action.name}"
            yield Fault(action.line, key, f"the pause begun by {action.records} never ends", XK45, path)


def can_resume(model: Model, start: str, ground: str) -> bool:
    """Return True if from this state a pause on that ground can end without the case being decided or ended."""
    return _can_clear(model, start, model.mask(f"pause:{ground}"))


def can_stop(model: Model, start: str, clock: str) -> bool:
    """Return True if from this state something can stop that clock, other than giving the case up."""
    return _can_clear(model, start, model.mask(f"clock:{clock}"), besides=GIVES_UP)


def _can_clear(model: Model, start: str, bit: int, *, besides: frozenset[str] = ENDERS) -> bool:
    """Return True if some step from `start` on clears the bit, with another fact than these."""
    known, queue = {start}, [start]
    while queue:
        for step in model.steps[queue.pop()]:
            if step.clears & bit:
                records, ends = step.action.records, model.process.states[step.target].ends
                if (records and records not in besides) or not (records or ends):
                    return True
            elif step.target not in known:
                known.add(step.target)
                queue.append(step.target)
    return False


def findings_arise(model: Model) -> Faults:
    """An action that waits for a clock's finding waits where that finding can come."""
    alike: dict[tuple[str, str], list[tuple[State, Action]]] = {}
    for state, action in model.edges():
        if action.when:
            alike.setdefault((action.name, action.when), []).append((state, action))
    for (name, when), edges in alike.items():  # an across action needs only one state where it can come
        clocks = model.arises_from(when)
        if shortest(model, at_with({state.name: clocks for state, _ in edges}), clocks) is None:
            state, action = edges[0]
            what = f"{when} can never arise here: nothing before it starts that clock"
            key = f"states.{state.name}.actions.{name}"
            yield Fault(action.line, key, what, action.law, path_to(model, state.name, name))


def somebody_hears(model: Model) -> Faults:
    """Where the law or the office acts on silence, or a limit can be missed, the state that waits says what happens."""
    for fact, finding, law in WAITS_FOR:
        for state, action in model.edges():
            waiting = model.process.states[action.then]
            if action.records != fact or waiting.task is None:  # without a task the system moves on in the same moment
                continue
            if not any(found.when == finding for found in waiting.actions.values()):
                path = path_to(model, state.name, action.name)
                yield Fault(waiting.line, f"states.{waiting.name}", f"nothing happens here on {finding}", law, path)
