"""Process files -> engine.model.Process. Parts are expanded once; everything unknown is refused.

`expanded` is the whole process as plain data: it is what gets hashed, stored beside the cases that are
pinned to it, and built again years later by build().
"""

import hashlib
import json
from collections.abc import Mapping
from copy import deepcopy
from functools import cache, lru_cache
from pathlib import Path as FilePath
from typing import Any

from workflow.definitions import schema
from workflow.definitions.documents import DOCUMENTS
from workflow.definitions.strict_yaml import Lines, load_file
from workflow.engine.errors import DefinitionError
from workflow.engine.guards import COLLECTIONS, MARKS, PHRASES
from workflow.engine.model import Action, Ask, ClockRule, Process, State, Task
from workflow.engine.vocabulary import CLOCK_IDS, FACT_TYPES, FINDING_CODES, PERMIT_OPERATIONS, POSTS
from workflow.engine.works import WORKS

HERE = FilePath(__file__).parent
# files beside the processes that are none
TABLES = frozenset({"access", "limits", "documents", "organs", "messages", "retention"})
AUTOMATIC = ("clock", "system", "case")
SAME = "same"
HANDLER = "handler"
STAFF = "staff"
OUTSIDE = frozenset({"applicant", "agent", "public", "supervisor"})  # no posts in which somebody handles a case
OPERATION = "@operation"  # what is done to the permit stands in the terms
PAPERS = ("@grant", "@refusal")  # the item's kind decides how this paper is called


@cache
def processes(folder: FilePath = HERE) -> Mapping[str, Process]:
    """Return every process file in `folder` by slug. Raises DefinitionError."""
    found = {}
    for path in sorted(folder.glob("*.yaml")):
        if path.name.endswith((".scenarios.yaml",)) or path.stem in TABLES:
            continue
        process = load_process(path)
        if process.slug in found:
            raise DefinitionError(path.name, 1, f"process {process.slug!r} is defined twice")
        found[process.slug] = process
    return found


def load_process(path: FilePath, *, parts: FilePath | None = None) -> Process:
    """Return the process of one file, parts expanded. Raises DefinitionError with file and line."""
    expanded, places = expand(path, parts=parts or HERE / "parts")
    return build(expanded, places)


class Places:
    """Which file and line an expanded action or state came from, for errors."""

    def __init__(self) -> None:
        self.hidden: list[tuple[str, str, Mapping[str, Any]]] = []  # state, action of its own, the across action behind
        self._where: dict[tuple[str, ...], tuple[Lines, tuple[str | int, ...]]] = {}

    def put(self, key: tuple[str, ...], lines: Lines, path: tuple[str | int, ...]) -> None:
        self._where[key] = (lines, path)

    def error(self, key: tuple[str, ...], what: str, *more: str) -> DefinitionError:
        """Return an error at `key`, or at its nearest known parent; `more` narrows within it."""
        while key and key not in self._where:
            key = key[:-1]
        if key not in self._where:
            return DefinitionError("definition", None, what)
        lines, path = self._where[key]
        return lines.error((*path, *more), what)

    def file(self, key: tuple[str, ...], otherwise: str) -> str:
        """Return the file of `key`, or of its nearest known parent."""
        while key and key not in self._where:
            key = key[:-1]
        return self._where[key][0].file if key in self._where else otherwise

    def line(self, key: tuple[str, ...]) -> int:
        """Return the line of `key` in its own file, 0 if it has none."""
        if key not in self._where:
            return 0
        lines, path = self._where[key]
        return lines.at(path)


def expand(path: FilePath, *, parts: FilePath) -> tuple[dict[str, Any], Places]:
    """Return one process file with its parts merged in, and where each piece came from."""
    plain, lines = load_file(path, name=path.name)
    head = schema.check(schema.ProcessSchema(), plain, lines)
    whole: dict[str, Any] = {"people": {}, "clocks": {}, "states": {}, "across": {}, "apart": []}
    places = Places()
    for name in head["uses"]:
        part_path = parts / f"{name}.yaml"
        if not part_path.exists():
            raise lines.error(("uses",), f"part {name!r} does not exist")
        known, part_lines = _part(part_path, part_path.stat().st_mtime_ns)
        part = deepcopy(known)  # what is merged is changed on the way
        _merge(whole, part, part_lines, places, part=name)
    _merge(whole, head, lines, places, part="")
    for key in ("process", "name", "version", "law", "starts_in", "kind", "staff"):
        whole[key] = head[key]
    places.put((), lines, ())
    _spread(whole, places)
    return json.loads(json.dumps(whole)), places


@lru_cache(maxsize=100)
def _part(path: FilePath, _changed_at: int) -> tuple[dict[str, Any], Lines]:
    """Return a checked part and its lines; read once for all processes that use it, and again if it changes."""
    plain, lines = load_file(path, name=f"parts/{path.name}")
    return schema.check(schema.PartSchema(), plain, lines), lines


def _merge(whole: dict[str, Any], piece: dict[str, Any], lines: Lines, places: Places, *, part: str) -> None:
    whole["people"].update(piece["people"])
    whole["clocks"].update(piece["clocks"])
    whole["apart"] += [list(pair) for pair in piece["apart"] if list(pair) not in whole["apart"]]
    for name, action in piece["across"].items():
        key = ("across", name)
        if name in whole["across"] and not action["replaces"]:
            raise lines.error(key, f"across action {name!r} comes from a part; say `replaces: true` to replace it")
        whole["across"][name] = action
        places.put(key, lines, key)
    for name, state in piece["states"].items():
        key = ("states", name)
        known = whole["states"].setdefault(name, {"actions": {}, "part": part})
        places.put(key, lines, key)
        known.update({k: v for k, v in state.items() if k in ("name", "phase", "task", "ends")})
        for gone in state.get("drops", ()):
            if known["actions"].pop(gone, None) is None:
                raise lines.error((*key, "drops"), f"state {name!r} has no action {gone!r} to drop")
        for action_name, action in state.get("actions", {}).items():
            _put_action(known, name, action_name, action, lines, places)


def _put_action(
    state: dict[str, Any], state_name: str, name: str, action: dict[str, Any], lines: Lines, places: Places
) -> None:
    path = ("states", state_name, "actions", name)
    if (name in state["actions"]) is not action["replaces"]:
        what = "comes from a part; say `replaces: true`" if not action["replaces"] else "replaces nothing"
        raise lines.error(path, f"action {name!r} {what}")
    state["actions"][name] = action
    places.put(path, lines, path)


def _spread(whole: dict[str, Any], places: Places) -> None:
    """Copy each `across` action into every state of its phases; `then: same` becomes the state."""
    for name, across in whole.pop("across").items():
        phases = across["during"]
        unknown = set(phases) - set(schema.PHASES)
        if unknown:
            raise places.error(("across", name), f"unknown phase {sorted(unknown)[0]!r}", "during")
        strangers = set(across["besides"]) - set(whole["states"])
        if strangers:
            raise places.error(("across", name), f"unknown state {sorted(strangers)[0]!r}", "besides")
        for state_name, state in whole["states"].items():
            if state.get("phase") not in phases or state_name in across["besides"]:
                continue
            action = _for_state(across, state, [post for post in whole["people"] if post not in OUTSIDE])
            if action is not None and name in state["actions"]:
                places.hidden.append((state_name, name, action))
            elif action is not None:
                state["actions"][name] = action
                places.put(("states", state_name, "actions", name), *places._where[("across", name)])
    for state_name, state in whole["states"].items():
        for action in state["actions"].values():
            action.pop("replaces", None)
            if action["then"] == SAME:
                action["then"] = state_name


def _for_state(across: dict[str, Any], state: dict[str, Any], staff: list[str]) -> dict[str, Any] | None:
    """Return the across action as this state has it; None where it is for a handler and nobody on the staff is one."""
    action = {key: value for key, value in across.items() if key not in ("during", "besides")}
    task = state.get("task")
    post = task["post"] if task and task["post"] != "applicant" and not task["members"] else ""
    action["by"] = tuple(dict.fromkeys(one for who in action["by"] for one in (staff if who == STAFF else [who])))
    if HANDLER in action["by"]:
        if not post:
            return None
        action["by"] = tuple(post if who == HANDLER else who for who in action["by"])
    action["tells"] = tuple(
        dict.fromkeys(post if who == HANDLER else who for who in action["tells"] if who != HANDLER or post)
    )
    return action


def build(expanded: Mapping[str, Any], places: Places | None = None) -> Process:
    """Return the Process of expanded plain data. Raises DefinitionError on anything unknown."""
    places = places or Places()
    states = {name: _state(name, state, places) for name, state in expanded["states"].items()}
    # In the order of the file: it is the order in which the system acts and a form asks.
    source = json.dumps(expanded, ensure_ascii=False, separators=(",", ":"))
    process = Process(
        slug=expanded["process"],
        title=expanded["name"],
        version=expanded["version"],
        law=expanded["law"],
        starts_in=expanded["starts_in"],
        states=states,
        clocks={
            name: ClockRule(name, clock["name"], clock["law"], clock["length"])
            for name, clock in expanded["clocks"].items()
        },
        people=dict(expanded["people"]),
        apart=tuple((a, b) for a, b in expanded["apart"]),
        digest=hashlib.sha256(source.encode()).hexdigest(),
        source=source,
        kind=expanded.get("kind", "procedure"),
        staff=expanded.get("staff"),
    )
    _check_whole(process, places)
    return process


def _state(name: str, plain: Mapping[str, Any], places: Places) -> State:
    for key in ("name", "phase"):
        if key not in plain:
            raise places.error(("states", name), f"state {name!r} lacks `{key}`")
    task = plain.get("task")
    actions = {
        action_name: _action(name, action_name, action, places) for action_name, action in plain["actions"].items()
    }
    return State(
        name=name,
        title=plain["name"],
        phase=plain["phase"],
        actions=actions,
        task=Task(task["post"], task["title"], task.get("members", "")) if task else None,
        ends=plain.get("ends", ""),
        part=plain.get("part", ""),
        line=places.line(("states", name)),
    )


def _action(state: str, name: str, plain: Mapping[str, Any], places: Places) -> Action:
    asks = tuple(
        Ask(key, a["name"], a["type"], a["required"], dict(a["options"]), a["least"], a["most"])
        for key, a in plain["asks"].items()
    )
    rest: dict[str, Any] = {
        **{key: tuple(plain[key]) for key in ("by", "needs", "issues", "marks", "clears", "tells")},
        **{key: plain[key] for key in ("then", "law", "records", "when", "decides", "once", "alert", "takes")},
        "does": tuple(plain.get("does", ())),
        "one_hand": tuple(plain.get("one_hand", ())),
        **{key: plain.get(key, "") for key in ("collects", "collects_by", "on_permit")},
    }
    return Action(
        name=name,
        title=plain["name"],
        asks=asks,
        line=places.line(("states", state, "actions", name)),
        **rest,
        fixes=dict(plain["fixes"]),
    )


def _check_whole(process: Process, places: Places) -> None:
    if process.starts_in not in process.states:
        raise places.error((), f"starts-in names unknown state {process.starts_in!r}", "starts-in")
    _check_words(process.clocks, CLOCK_IDS, "clock", places, ("clocks",))
    _check_words(process.people, POSTS, "post", places, ("people",))
    for pair in process.apart:
        _check_words(pair, process.people, "post", places, ("apart",))
    for state in process.states.values():
        key = ("states", state.name)
        if state.task and state.task.post not in process.people:
            raise places.error(key, f"task is for unknown post {state.task.post!r}", "task")
        if state.task and state.task.members and state.task.members.partition(".")[0] not in MARKS:
            raise places.error(key, f"the task names unknown mark {state.task.members!r}", "task")
        if state.ends and any(action.then != state.name or action.is_automatic for action in state.actions.values()):
            raise places.error(
                key, "nothing leads out of a state that ends the case, and nothing happens there by itself"
            )
        for action in state.actions.values():
            _check_action(process, action, places, (*key, "actions", action.name))


def _check_action(process: Process, action: Action, places: Places, key: tuple[str, ...]) -> None:
    def known(words: Any, vocabulary: Any, what: str, where: str) -> None:
        for word in words:
            if word not in vocabulary:
                raise places.error(key, f"unknown {what} {word!r}", where)

    known([action.then], process.states, "state", "then")
    known(action.by, {*process.people, *AUTOMATIC}, "post", "by")
    known(action.needs, PHRASES, "guard phrase", "needs")
    known(action.marks, MARKS, "mark", "marks")
    known(action.clears, MARKS | COLLECTIONS, "mark", "clears")
    known([action.collects] if action.collects else [], COLLECTIONS, "collection", "collects")
    known([action.on_permit] if action.on_permit else [], {*PERMIT_OPERATIONS, OPERATION}, "operation", "on-permit")
    known(action.does, WORKS, "work", "does")
    known(action.one_hand, process.people, "post", "one-hand")
    known(action.issues, {*DOCUMENTS, *PAPERS}, "document", "issues")
    known(action.tells, {*process.people, "parties"}, "post", "tells")
    known([action.records] if action.records else [], FACT_TYPES, "fact", "records")
    known([action.when] if action.when else [], FINDING_CODES, "clock finding", "when")
    if set(action.by) & set(AUTOMATIC) and len(action.by) > 1:
        raise places.error(key, "`clock`, `system` and `case` act alone", "by")
    if (action.by == ("clock",)) is not bool(action.when):
        raise places.error(key, "`when` belongs to actions by the clock, and each of those needs it", "by")
    if action.by in (("clock",), ("system",)) and any(ask.required for ask in action.asks):
        raise places.error(key, "nobody can answer what an automatic action asks", "asks")
    for ask in action.asks:
        if (ask.type == "choice") is not bool(ask.options):
            raise places.error(key, f"ask {ask.name!r}: options belong to type choice", "asks")


def _check_words(words: Any, vocabulary: Any, what: str, places: Places, key: tuple[str, ...]) -> None:
    for word in words:
        if word not in vocabulary:
            raise places.error((), f"unknown {what} {word!r}", *key)
