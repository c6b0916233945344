"""What actions leave behind and what guards look for: neither without the other."""

from collections.abc import Iterator

from workflow.definitions.lint.finding import Fault, Faults
from workflow.definitions.lint.model import KEPT, Model, opposite_of
from workflow.definitions.lint.walk import Goal, at_without, names_of, path_to, shortest
from workflow.engine.model import Action, State
from workflow.engine.phrases import STANDS_ON, WORKS_ASK, WORKS_GIVE, WORKS_READ, rests_on

SEPARATION = "岗位分离制度"


def guards_can_hold(model: Model) -> Faults:
    """What a guard phrase rests on, some action leaves behind; and on some way to where it is asked for."""
    left, may_have = _left_behind(model), _may_have(model)
    for (_, phrase), edges in _by_phrase(model).items():
        state, action = edges[0]
        for group in _groups(phrase):
            if not any(name in left for name in group):
                what = f"`{phrase}` can never hold: no action ever leaves {' or '.join(group)}"
                yield _at(model, state, action, "needs", what)
            elif not any(may_have[there.name] & model.mask(*group) for there, _ in edges):
                what = f"`{phrase}` can never hold here: nothing on the way leaves {' or '.join(group)}"
                yield _at(model, state, action, "needs", what)
        if opposite_of(phrase) in action.needs and phrase < opposite_of(phrase):
            yield _at(model, state, action, "needs", f"`{phrase}` and `{opposite_of(phrase)}` never hold together")


def _by_phrase(model: Model) -> dict[tuple[str, str], list[tuple[State, Action]]]:
    """Return the places of each (action, phrase); an across action needs only one state where it can be taken."""
    found: dict[tuple[str, str], list[tuple[State, Action]]] = {}
    for state, action in model.edges():
        for phrase in action.needs:
            found.setdefault((action.name, phrase), []).append((state, action))
    return found


def _groups(phrase: str) -> Iterator[tuple[str, ...]]:
    """Yield sets of names of which one must be there; what the terms fix is not for actions to leave."""
    rest = rests_on(phrase)
    singly = (name for name in (*rest.all_of, *rest.owed) if not name.startswith("terms:"))
    yield from ((name,) for name in singly)
    if rest.one_of:
        yield rest.one_of


def marks_are_read(model: Model) -> Faults:
    """A mark that is kept is looked at: by a guard, a work or a task, or by another mark that stands on it."""
    read: set[str] = {judged for _, judged in STANDS_ON}
    for state, action in model.edges():
        for phrase in action.needs:
            read |= rests_on(phrase).reads()
        for work in action.does:
            read |= WORKS_READ.get(work, frozenset())
        if state.task:
            read.add(state.task.members.partition(".")[0])
    told: set[str] = set()
    for state, action in model.edges():
        for name in action.marks:
            if name not in read and name not in told:
                told.add(name)
                yield _at(model, state, action, "marks", f"leaves {name}, which nothing in this process looks at")


def clears_what_is_set(model: Model) -> Faults:
    """Nobody clears what nobody leaves behind."""
    left = _left_behind(model)
    for state, action in model.edges():
        for name in action.clears:
            if name not in left:
                yield _at(model, state, action, "clears", f"clears {name}, which no action leaves behind")


def members_are_named(model: Model) -> Faults:
    """Where a task is for people a mark names, that mark is there whichever way the case came, and names people."""
    for state in model.process.states.values():
        if state.task is None or not state.task.members:
            continue
        mark, _, field = state.task.members.partition(".")
        bit = model.mask(mark)
        way = shortest(model, at_without(state.name, bit), bit)
        if way is not None:
            what = f"the task is for the people of {mark}, which is not there on this way"
            yield Fault(state.line, f"states.{state.name}.task", what, SEPARATION, names_of(way))
        for other, action in model.edges():
            if mark in action.marks and field not in set(_given(action)):
                what = f"leaves {mark} without saying {field}, whose task {state.name} is"
                yield _at(model, other, action, "marks", what)


def judgements_fall(model: Model) -> Faults:
    """What judges something (a legal review its opinion) does not outlive it."""
    left = _left_behind(model)
    for judging, judged in STANDS_ON:
        if not {judging, judged} <= left:
            continue
        one, other = model.mask(judging), model.mask(judged)
        way = shortest(model, _outlives(one, other), one | other)
        if way:
            step = way[-1]
            what = f"takes {judged} away and leaves {judging}, which was about it"
            key = f"states.{step.source}.actions.{step.action.name}.clears"
            yield Fault(step.action.line, key, what, step.action.law, names_of(way))


def _outlives(judging: int, judged: int) -> Goal:
    return lambda _, tokens: bool(tokens & judging and not tokens & judged)


def answers_are_used(model: Model) -> Faults:
    """Where guards tell the answers to a question apart, every answer offered leads somewhere."""
    tested = {
        name
        for _, action in model.edges()
        for phrase in action.needs
        for name in (*rests_on(phrase).all_of, *rests_on(phrase).one_of, *rests_on(phrase).none_of)
    }
    for state, action in model.edges():
        for mark in action.marks:
            for field, values in KEPT.get(mark, {}).items():
                ask = action.ask(field)
                known = {value for value in values if f"{mark}.{field}={value}" in tested}
                if ask is None or not known:
                    continue
                for option in ask.options:
                    if option not in known and not option.startswith("@"):
                        what = f"the answer {option!r} to {field} leads nowhere: no guard asks for it"
                        yield _at(model, state, action, "asks", what)


def asks_what_it_judges(model: Model) -> Faults:
    """A guard phrase that judges what is given stands where it is asked for."""
    for state, action in model.edges():
        given = {*_given(action), *action.fixes}
        for phrase in action.needs:
            for field in rests_on(phrase).asks:
                if field not in given:
                    yield _at(model, state, action, "asks", f"`{phrase}` judges {field}, which is not asked for")
        for work in action.does:
            for field in sorted(WORKS_ASK.get(work, frozenset()) - given):
                if not _said_before(model, field):
                    yield _at(
                        model, state, action, "asks", f"the work {work} judges {field}, which nobody is asked for"
                    )
        if action.collects_by and action.collects_by not in given:
            yield _at(model, state, action, "collects-by", f"collects by {action.collects_by}, which is not asked for")
        if action.fixes and not action.records:
            yield _at(model, state, action, "fixes", "fixes what belongs to a fact, but records none")


def _at(model: Model, state: State, action: Action, key: str, what: str) -> Fault:
    path = path_to(model, state.name, action.name)
    return Fault(action.line, f"states.{state.name}.actions.{action.name}.{key}", what, action.law, path)


def _said_before(model: Model, field: str) -> bool:
    """Return True if a mark a work may look at holds this field."""
    return any("intended" in action.marks and action.ask(field) for _, action in model.edges())


def _given(action: Action) -> Iterator[str]:
    yield from (ask.name for ask in action.asks)
    for work in action.does:
        yield from WORKS_GIVE.get(work, frozenset())


def _left_behind(model: Model) -> set[str]:
    """Return every token some action leaves, answers included."""
    left: set[str] = set()
    for steps in model.steps.values():
        for step in steps:
            left.update(model.tokens.names(step.sets))
    return left


def _may_have(model: Model) -> dict[str, int]:
    """Return for each state the tokens a case may have there, on whatever way it came."""
    may = dict.fromkeys(model.steps, 0)
    may[model.process.starts_in] = model.constants
    queue, reached = [model.process.starts_in], {model.process.starts_in}
    while queue:
        state = queue.pop()
        for step in model.steps[state]:
            if not all(group & may[state] for group in step.needs):
                continue
            known = may[step.target]
            may[step.target] |= step.after(may[state])
            if may[step.target] != known or step.target not in reached:
                reached.add(step.target)
                queue.append(step.target)
    return may
