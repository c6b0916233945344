"""The shape of the graph: every state is reached, can end well, and somebody or something moves the case on."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from operator import or_

from workflow.definitions.lint.finding import Fault, Faults
from workflow.definitions.lint.model import Model
from workflow.definitions.lint.walk import at_without, names_of, path_to, shortest
from workflow.engine.model import Action, Process, State

# Ends that give up: nothing was granted, refused or finished on its merits.
EARLY_ENDS = frozenset(
    {"withdrawn", "terminated", "returned", "not-needed", "not-accepted", "discarded", "called-off", "dropped"}
)
APPLICANT = "applicant"
ABOUT_PEOPLE = frozenset({"name-self", "ask-recusal", "uphold-recusal", "reject-recusal"})


def reachable(model: Model) -> Faults:
    """Every state is the first one or some action leads to it."""
    known = _reached(model.process, [model.process.starts_in])
    for state in model.process.states.values():
        if state.name not in known:
            yield Fault(state.line, f"states.{state.name}", "no action leads to this state")


def ends(model: Model) -> Faults:
    """From every state the case can end, and not only by giving up."""
    process = model.process
    at_all = _reached(process, [s.name for s in process.states.values() if s.ends], backwards=True)
    good = [s.name for s in process.states.values() if s.ends and s.name not in EARLY_ENDS]
    well = _reached(process, good, backwards=True, besides=_is_exceptional)
    for state in process.states.values():
        if state.ends:
            continue
        if state.name not in at_all:
            yield Fault(
                state.line, f"states.{state.name}", "the case can never end from here", "", path_to(model, state.name)
            )
        elif state.name not in well:
            what = "from here the case can only be given up, never decided"
            yield Fault(state.line, f"states.{state.name}", what, "", path_to(model, state.name))


def attended(model: Model) -> Faults:
    """Every state that waits has somebody with a task, another case, or a clock that surely runs."""
    for state in model.process.states.values():
        if state.ends:
            continue
        actions = list(state.actions.values())
        if state.task is None:
            if not any(action.is_automatic for action in actions):
                what = "nobody has a task here and no clock runs: the case would lie forgotten"
                yield Fault(state.line, f"states.{state.name}", what, "", path_to(model, state.name))
            continue
        if state.task.post not in {post for action in actions if _is_work(state, action) for post in action.by}:
            what = f"the task is for {state.task.post}, who can do nothing here"
            yield Fault(state.line, f"states.{state.name}.task", what, "", path_to(model, state.name))
        if state.task.post == APPLICANT and state.phase != "draft" and not _ends_the_wait(model, state):
            what = "only the applicant can move the case on, and no clock ends the wait"
            yield Fault(state.line, f"states.{state.name}", what, "行政许可法 第四十二条", path_to(model, state.name))


def forgotten(model: Model) -> Faults:
    """Where only a clock can move the case on, that clock runs whichever way the case came."""
    for state in model.process.states.values():
        actions = list(state.actions.values())
        leaving = [action for action in actions if action.then != state.name]
        if state.ends or state.task is not None or not leaving or any(not action.when for action in leaving):
            continue
        clocks = reduce(or_, (model.arises_from(action.when) for action in leaving), 0)
        way = shortest(model, at_without(state.name, clocks), clocks)
        if way is not None:
            what = "nobody has a task here and the clock that should move the case on may not run"
            yield Fault(state.line, f"states.{state.name}", what, "", names_of(way))


def one_meaning(model: Model) -> Faults:
    """An action name means one thing in a process: the same fact, the same decision, the same kind of actor."""
    first: dict[str, tuple[State, Action]] = {}
    for state, action in model.edges():
        known_state, known = first.setdefault(action.name, (state, action))
        for what in ("records", "decides", "when", "is_automatic", "on_permit"):
            if getattr(known, what) != getattr(action, what):
                text = f"means something else than in {known_state.name}: `{what.replace('_', '-')}` differs"
                yield Fault(action.line, f"states.{state.name}.actions.{action.name}", text)
                break


def shadows(process: Process, hidden: Iterable[tuple[str, str, Mapping[str, object]]]) -> Faults:
    """An action of a state's own that hides an `across` action does at least what that one does, for the same people."""
    for state_name, name, across in hidden:
        action = process.states[state_name].actions[name]
        missing = set(_texts(across["by"])) - set(action.by)
        differs = [key for key in ("records", "when", "decides", "takes") if across[key] != getattr(action, key)]
        key = f"states.{state_name}.actions.{name}"
        if missing:
            what = f"hides the across action of this name from {', '.join(sorted(missing))}"
            yield Fault(action.line, key, what, "", ())
        elif differs:
            what = f"hides the across action of this name, which has another `{differs[0]}`"
            yield Fault(action.line, key, what, "", ())


def _texts(value: object) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, tuple | list) else (str(value),)


def _is_work(state: State, action: Action) -> bool:
    """Return True unless the action only passes the case around, urges somebody, or settles who may act."""
    hands_on = any(work.startswith("assign-") or work in ABOUT_PEOPLE for work in action.does)
    leaves_a_trace = (
        action.records or action.marks or action.takes or action.collects or action.decides or action.issues
    )
    return not hands_on and bool(leaves_a_trace or action.then != state.name)


def _ends_the_wait(model: Model, state: State) -> bool:
    """Return True if somebody else than the applicant can move the case on, or a clock that surely runs here."""
    leaving = [action for action in state.actions.values() if action.then != state.name]
    for action in leaving:
        is_persons = action.then not in EARLY_ENDS and action.decides != "refused" and APPLICANT not in action.by
        if not action.when and is_persons:
            return True
        clocks = model.arises_from(action.when) if action.when else 0
        if clocks and shortest(model, at_without(state.name, clocks), clocks) is None:
            return True
    return False


def _is_exceptional(state: State, action: Action) -> bool:
    """Return True for a decision that comes from the side: for fraud, or by the lapse of time."""
    return bool(action.decides) and action.by != ("system",) and not (state.task and state.task.post in action.by)


def _reached(
    process: Process,
    starts: Iterable[str],
    *,
    backwards: bool = False,
    besides: Callable[[State, Action], bool] = lambda _state, _action: False,
) -> set[str]:
    edges: dict[str, set[str]] = {}
    for state in process.states.values():
        for action in state.actions.values():
            if besides(state, action):
                continue
            one, other = (action.then, state.name) if backwards else (state.name, action.then)
            edges.setdefault(one, set()).add(other)
    known, queue = set(starts), deque(starts)
    while queue:
        for following in edges.get(queue.popleft(), set()) - known:
            known.add(following)
            queue.append(following)
    return known
