"""The only module that imports `transitions`. One immutable Machine per process version, cached.

No model is ever added to a machine (add_model resets states and leaks); a throw-away token carries the
state. Callbacks, auto transitions and queues stay off: effects are data, decided elsewhere.
"""

from functools import lru_cache

from transitions import Machine, MachineError

from workflow.engine.model import Process


class _Token:
    """The smallest thing a machine can move."""

    __slots__ = ("state",)

    def __init__(self, state: str) -> None:
        self.state = state


_machines: dict[str, Machine] = {}


def machine_of(process: Process) -> Machine:
    """Return the rule book of this process version; built once per process digest."""
    machine = _machines.get(process.digest)
    if machine is None:
        machine = _machines.setdefault(process.digest, _build(process))
    return machine


def _build(process: Process) -> Machine:
    machine = Machine(
        model=None,
        states=list(process.states),
        initial=process.starts_in,
        auto_transitions=False,
        send_event=True,
        ignore_invalid_triggers=False,
    )
    for state in process.states.values():
        for action in state.actions.values():
            machine.add_transition(action.name, state.name, action.then)
    return machine


def advance(process: Process, state: str, action: str) -> str | None:
    """Return the state after `action`, or None if the machine has no such edge."""
    machine_of(process)
    return _advance(process.digest, state, action)


@lru_cache(maxsize=4096)
def _advance(digest: str, state: str, action: str) -> str | None:
    """Ask the machine: the answer never changes, because it has no callbacks and no conditions."""
    machine = _machines[digest]
    if action not in machine.events:
        return None
    token = _Token(state)
    try:
        machine.events[action].trigger(token)
    except MachineError:
        return None
    return token.state


@lru_cache(maxsize=4096)
def _triggers(digest: str, state: str) -> tuple[str, ...]:
    return tuple(_machines[digest].get_triggers(state))


def edges_from(process: Process, state: str) -> tuple[str, ...]:
    """Return the names of the actions the machine knows from `state`."""
    machine_of(process)
    return _triggers(process.digest, state)
