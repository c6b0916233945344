"""Acts on a permit: only where there surely is one, and only what the life of a permit knows."""

from workflow.definitions.lint.finding import Fault, Faults
from workflow.definitions.lint.model import Model
from workflow.definitions.lint.walk import at_without, names_of, path_to, shortest
from workflow.engine.vocabulary import PERMIT_OPERATIONS

OF_THE_TERMS = "@operation"
RENEWAL = "延续申请"
XK69 = "行政许可法 第六十九条、第七十条"


def permits_exist(model: Model) -> Faults:
    """`on-permit` needs a permit: the one the case is about, or one granted before in this case."""
    kind = model.process.kind
    for state, action in model.edges():
        if not action.on_permit:
            continue
        key = f"states.{state.name}.actions.{action.name}.on-permit"
        if kind == "office" or RENEWAL in action.needs:
            continue
        if kind != "procedure" or action.on_permit == OF_THE_TERMS:
            what = f"no permit here: {action.on_permit} belongs to a case that the terms say is about a permit"
            yield Fault(action.line, key, what, XK69, path_to(model, state.name, action.name))
            continue
        granted = model.mask("outcome=granted")
        way = shortest(model, at_without(state.name, granted), granted)
        if way is not None:
            what = f"{action.on_permit}s a permit that was not granted on this way"
            yield Fault(action.line, key, what, XK69, (*names_of(way), action.name))


def permits_live(model: Model) -> Faults:
    """The life of a permit knows every operation, and nothing else that a case could ask of it."""
    if model.process.kind != "permit":
        return
    known = {action.name for _, action in model.edges() if action.by == ("case",)}
    for name in sorted(set(PERMIT_OPERATIONS) ^ known):
        what = "no state knows this operation" if name in PERMIT_OPERATIONS else "no case can ask for this"
        yield Fault(1, f"actions.{name}", what, XK69)
