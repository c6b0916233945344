"""A process in BPMN's words.

- A state with a task is a user task in the lane of its post; one without, where the system or another case goes
  on, a service task; a state that ends the case, an end event with its name.
- What the post of the task may do is a flow out of an exclusive gateway; what leaves the case where it is, one
  flow back.
- What else may happen meanwhile is a boundary event: a timer for the clock, a condition for what the system does
  as soon as its conditions hold, a signal for somebody else than the post of the task.
- Where nobody's action leads on, an arrow back says that the case waits.
- What may happen alike in many states (withdrawal, alerts, extension) is one event subprocess, not an event on
  each of its tasks; its documentation names the states.

Identifiers are made of the definition's own slugs, so they stay while the definition stays.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from workflow.definitions.wording import OTHERS, documentation
from workflow.engine.model import Action, Process, State
from workflow.engine.vocabulary import POSTS

Kind = Literal["start", "user", "service", "split", "join", "end", "timer", "condition", "signal", "subprocess"]
SYSTEM = "system"
WHAT_NEXT = "如何办理？"
WAITS = "继续等待"


@dataclass(slots=True)
class Node:
    """A shape. on: the task a boundary event sits on; within: the subprocess it belongs to.

    interrupts: a start or boundary event that ends what it is attached to. expression: when a timer or condition
    fires.
    """

    id: str
    kind: Kind
    name: str
    lane: str
    documentation: str = ""
    slug: str = ""
    on: str = ""
    within: str = ""
    interrupts: bool = True
    expression: str = ""


@dataclass(frozen=True, slots=True)
class Flow:
    """An arrow. condition: the choice it stands for, where it leaves a gateway."""

    id: str
    source: str
    target: str
    name: str = ""
    documentation: str = ""
    condition: str = ""


@dataclass(slots=True)
class Graph:
    """All shapes and arrows of a process. lanes: post -> name, from top to bottom."""

    process: Process
    lanes: Mapping[str, str]
    nodes: dict[str, Node] = field(default_factory=dict)
    flows: list[Flow] = field(default_factory=list)

    def flows_into(self, node: str) -> list[Flow]:
        """Return the flows that end at a node."""
        return [flow for flow in self.flows if flow.target == node]

    def flows_from(self, node: str) -> list[Flow]:
        """Return the flows that begin at a node."""
        return [flow for flow in self.flows if flow.source == node]


def graph_of(process: Process) -> Graph:
    """Return the graph of a process; the same for the same definition."""
    return _Maker(process).graph


class _Maker:
    """Puts the graph together: states, then what leads on from each, then what may happen anywhere."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.shared = list(shared_actions(process))
        self.graph = Graph(process, {})
        alike = {(state, action.name) for action, states in self.shared for state in states}
        self.own = {
            state.name: [a for a in state.actions.values() if (state.name, a.name) not in alike]
            for state in process.states.values()
        }
        for state in process.states.values():
            self._state(state)
        self._start()
        for state in process.states.values():
            self._actions(state)
        self._joins()
        for action, states in self.shared:
            self._subprocess(action, states)
        self._ends()
        self.graph.lanes = self._lanes()

    def _lanes(self) -> dict[str, str]:
        used = {node.lane for node in self.graph.nodes.values()}
        order = [*(post for post in POSTS if post in used), *(post for post in OTHERS if post in used)]
        return {post: self.process.people.get(post) or OTHERS.get(post) or POSTS[post] for post in order}

    def _add(self, node: Node) -> Node:
        assert node.id not in self.graph.nodes, node.id
        self.graph.nodes[node.id] = node
        return node

    def _flow(self, source: str, target: str, key: str, **more: str) -> None:
        self.graph.flows.append(Flow(f"Flow_{key}", source, target, **more))

    def _state(self, state: State) -> None:
        words = f"环节：{state.title}"
        if state.ends:
            if self._is_reached(state):
                self._add(Node(f"End_{state.name}", "end", state.title, "", words, state.name))
            return
        if state.task:
            self._add(Node(_task(state), "user", state.task.title, state.task.post, words, state.name))
        else:
            self._add(Node(_task(state), "service", state.title, SYSTEM, words, state.name))

    def _is_reached(self, state: State) -> bool:
        """Return False for an end that only subprocesses lead to; they have their own."""
        return any(action.then == state.name for actions in self.own.values() for action in actions)

    def _start(self) -> None:
        first = self.process.states[self.process.starts_in]
        lane = self.graph.nodes[_task(first)].lane
        self._add(Node("Begin", "start", "开始", lane))
        self._flow("Begin", _task(first), "begin")

    def _actions(self, state: State) -> None:
        if state.ends:
            return
        own = self.own[state.name]
        post = state.task.post if state.task else SYSTEM
        chosen = [action for action in own if post in action.by]
        for action in own:
            if action not in chosen:
                self._boundary(state, action)
        staying = [action for action in chosen if action.then == state.name]
        leaving = [action for action in chosen if action.then != state.name]
        if leaving and len(leaving) + bool(staying) > 1:
            self._split(state, staying, leaving)
        elif leaving:
            words = documentation(self.process, leaving[0])
            key = f"{state.name}_{leaving[0].name}"
            self._flow(_task(state), self._place(leaving[0].then), key, name=leaving[0].title, documentation=words)
        else:
            self._stay(_task(state), state, staying, {})

    def _stay(self, source: str, state: State, staying: Sequence[Action], more: Mapping[str, str]) -> None:
        """An arrow back: what may be done here as often as wanted, or nothing but waiting."""
        self._flow(
            source,
            _task(state),
            f"{state.name}_stay",
            name="；".join(action.title for action in staying) or WAITS,
            documentation="\n\n".join(documentation(self.process, action) for action in staying),
            **more,
        )

    def _split(self, state: State, staying: Sequence[Action], leaving: Sequence[Action]) -> None:
        lane = self.graph.nodes[_task(state)].lane
        split = self._add(Node(f"Split_{state.name}", "split", WHAT_NEXT, lane)).id
        self._flow(_task(state), split, f"{state.name}")
        for action in leaving:
            self._flow(
                split,
                self._place(action.then),
                f"{state.name}_{action.name}",
                name=action.title,
                documentation=documentation(self.process, action),
                condition=f'action == "{action.name}"',
            )
        if staying:
            condition = " or ".join(f'action == "{action.name}"' for action in staying)
            self._stay(split, state, staying, {"condition": condition})

    def _place(self, state: str) -> str:
        return f"End_{state}" if self.process.states[state].ends else f"Task_{state}"

    def _boundary(self, state: State, action: Action) -> None:
        """What comes from outside while the task is open; what leaves it open is a branch of its own."""
        key = f"{state.name}_{action.name}"
        leaves = action.then != state.name
        task = self.graph.nodes[_task(state)]
        event = _event(self.process, action, f"On_{key}", task.lane)
        event.on, event.interrupts = task.id, leaves
        self._add(event)
        if leaves:
            self._flow(event.id, self._place(action.then), key)
            return
        done = self._add(_deed(self.process, action, f"Deed_{key}"))
        end = self._add(Node(f"Done_{key}", "end", "继续办理", done.lane))
        self._flow(event.id, done.id, key)
        self._flow(done.id, end.id, f"{key}_done")

    def _joins(self) -> None:
        """Where several arrows end, they meet in a gateway first."""
        for node in list(self.graph.nodes.values()):
            flows = self.graph.flows_into(node.id)
            back = any(flow.source == node.id for flow in flows)
            if (len(flows) < 2 and not back) or node.kind not in ("user", "service", "end"):
                continue
            join = self._add(Node(f"Join_{node.slug}", "join", "", node.lane)).id
            self.graph.flows = [
                Flow(f.id, f.source, join, f.name, f.documentation, f.condition) if f in flows else f
                for f in self.graph.flows
            ]
            self._flow(join, node.id, f"{node.slug}_joined")

    def _ends(self) -> None:
        """An end stands in the lane that leads to it."""
        for node in self.graph.nodes.values():
            if node.kind == "end" and not node.lane:
                into = self.graph.flows_into(node.id)[0].source
                if self.graph.nodes[into].kind == "join":
                    into = self.graph.flows_into(into)[0].source
                node.lane = self.graph.nodes[into].lane
        for node in self.graph.nodes.values():
            if node.kind == "join" and not node.lane:
                node.lane = self.graph.nodes[self.graph.flows_from(node.id)[0].target].lane

    def _subprocess(self, action: Action, states: Sequence[str]) -> None:
        then = self.process.states[action.then]
        key = action.name  # a second one of that name differs in something: who, how, or where it leads
        while f"Anytime_{key}" in self.graph.nodes:
            key = f"{key}-more"
        deed = _deed(self.process, action, f"Deed_{key}")
        titles = "、".join(dict.fromkeys(self.process.states[name].title for name in states))
        words = f"{documentation(self.process, action)}\n适用环节：{titles}"
        inside = f"Anytime_{key}"
        self._add(Node(inside, "subprocess", action.title, deed.lane, words, action.name))
        event = _event(self.process, action, f"On_{key}", deed.lane)
        ends = bool(then.ends) and action.then not in states
        event.within, event.interrupts = inside, ends
        end = Node(f"Done_{key}", "end", then.title if ends else "继续办理", deed.lane)
        deed.within = end.within = inside
        for node in (event, deed, end):
            self._add(node)
        self._flow(event.id, deed.id, f"{key}_begins")
        self._flow(deed.id, end.id, f"{key}_ends")


def _task(state: State) -> str:
    return f"Task_{state.name}"


def _event(process: Process, action: Action, key: str, lane: str) -> Node:
    words = documentation(process, action)
    if action.by == ("clock",):
        return Node(key, "timer", action.title, lane, words, action.name, expression=f'finding("{action.when}")')
    if action.by == (SYSTEM,):
        return Node(key, "condition", action.title, lane, words, action.name, expression=" and ".join(action.needs))
    return Node(key, "signal", action.title, lane, words, action.name)


def _deed(process: Process, action: Action, key: str) -> Node:
    """Return what is done when something happens that leaves the case open, or ends it from anywhere."""
    post = action.by[0]
    if post in OTHERS and post != "clock":
        return Node(key, "service", action.title, SYSTEM, documentation(process, action), action.name)
    if post == "clock":
        told = "、".join(process.people.get(post, post) for post in action.tells)
        words = "记录" + {"yellow": "黄牌", "red": "红牌"}.get(action.alert, "") + (f"，通知{told}" if told else "")
        return Node(key, "service", words, SYSTEM, documentation(process, action), action.name)
    return Node(key, "user", action.title, post, documentation(process, action), action.name)


def shared_actions(process: Process) -> Iterator[tuple[Action, tuple[str, ...]]]:
    """Yield each action that is the same in several states, with those states.

    The same means: same people, same rules, and either it leaves the case where it is or it always ends it alike.
    """
    found: dict[tuple[object, ...], tuple[Action, list[str]]] = {}
    for state in process.states.values():
        for action in state.actions.values():
            stays = action.then == state.name
            if not stays and not process.states[action.then].ends:
                continue
            like = (
                action.name,
                action.title,
                action.by,
                action.law,
                action.needs,
                repr(action.asks),
                action.issues,
                action.when,
                "" if stays else action.then,
            )
            found.setdefault(like, (action, []))[1].append(state.name)
    for action, states in found.values():
        if len(states) > 1:
            yield action, tuple(states)
