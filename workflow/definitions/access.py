"""The access matrix (access.yaml) as data: who may do what, to whose things, in which phases. Read strictly, once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from workflow.definitions.strict_yaml import Lines, load_file
from workflow.engine.errors import DefinitionError
from workflow.engine.vocabulary import POSTS

FILE = Path(__file__).parent / "access.yaml"
PHASES = ("draft", "intake", "review", "delivery", "after", "ended")
STAFF, ANYONE = "staff", "anyone"  # no posts: whoever works here, whoever has an account
ACT = ("case", "act")  # of a route: the kind of act is told by the action asked for
RELATIONS = ("own", "mandated", "assigned", "department", "all", "none")
Sees = Literal["full", "masked"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the matrix. phases: () where it holds in every phase. under: what a mandate has to name."""

    post: str
    whose: str
    what: str
    may: tuple[str, ...]
    phases: tuple[str, ...] = ()
    sees: Sees = "full"
    under: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Resource:
    """A kind of object. may: action -> its name. shows: what tells somebody that the object exists."""

    name: str
    may: Mapping[str, str]
    shows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Matrix:
    """access.yaml, checked for its shape and its words; what it means is checked by lint."""

    whose: Mapping[str, str]
    mandates: Mapping[str, str]
    what: Mapping[str, Resource]
    acts: Mapping[str, str]
    routes: Mapping[str, tuple[tuple[str, str], ...]]
    lines: tuple[Line, ...]
    places: Lines
    _index: dict[tuple[str, str], tuple[Line, ...]] = field(default_factory=dict)

    def of(self, what: str, may: str) -> tuple[Line, ...]:
        """Return the lines that allow this, compiled at the first question."""
        found = self._index.get((what, may))
        if found is None:
            found = tuple(line for line in self.lines if line.what == what and may in line.may)
            self._index[what, may] = found
        return found

    def posts(self, what: str, may: str) -> tuple[str, ...]:
        """Return the posts that may do this to something."""
        return tuple(dict.fromkeys(line.post for line in self.of(what, may)))

    def everywhere(self) -> tuple[str, ...]:
        """Return the posts that count beyond the department in which they are held."""
        return tuple(dict.fromkeys(line.post for line in self.lines if line.whose == "all"))


@cache
def matrix() -> Matrix:
    """Return the matrix of this release. Raises DefinitionError."""
    return load(FILE)


def load(path: Path) -> Matrix:
    """Return the matrix of a file. Raises DefinitionError with file and line for any word that is not known."""
    plain, places = load_file(path, name=path.name)
    _keys(plain, {"whose", "mandates", "what", "acts", "routes", "matrix"}, places, ())
    if tuple(plain["whose"]) != RELATIONS:
        raise places.error(("whose",), f"relations are {', '.join(RELATIONS)}")
    what = {name: _resource(one, places, name) for name, one in plain["what"].items()}
    return Matrix(
        whose=plain["whose"],
        mandates=plain["mandates"],
        what=what,
        acts=_acts(plain["acts"], what, places),
        routes={
            route: tuple(_target(one, what, places, route) for one in ([said] if isinstance(said, str) else said))
            for route, said in plain["routes"].items()
        },
        lines=tuple(_lines(plain["matrix"], what, plain["mandates"], places)),
        places=places,
    )


def _keys(plain: Any, known: set[str], places: Lines, path: tuple[str | int, ...], *, needed: bool = True) -> None:
    if not isinstance(plain, dict):
        raise places.error(path, "expected keys and values")
    for key in plain:
        if key not in known:
            raise places.error((*path, key), f"unknown key {key!r}")
    missing = known - set(plain) if needed else set()
    if missing:
        raise places.error(path, f"missing {', '.join(sorted(missing))}")


def _resource(plain: Any, places: Lines, name: str) -> Resource:
    path = ("what", name)
    _keys(plain, {"name", "may", "shows"}, places, path, needed=False)
    shows = tuple(plain.get("shows", ()))
    for action in shows:
        if action not in plain["may"]:
            raise places.error((*path, "shows"), f"unknown action {action!r} of {name}")
    return Resource(plain["name"], plain["may"], shows)


def _acts(plain: Any, what: Mapping[str, Resource], places: Lines) -> dict[str, str]:
    acts: dict[str, str] = {}
    for kind, actions in plain.items():
        if kind not in what["case"].may:
            raise places.error(("acts", kind), f"unknown action {kind!r} of case")
        for action in actions:
            if action in acts:
                raise places.error(("acts", kind), f"{action!r} stands under {acts[action]!r} too")
            acts[action] = kind
    return acts


def _target(said: str, what: Mapping[str, Resource], places: Lines, route: str) -> tuple[str, str]:
    name, _, may = said.partition(" ")
    if (name, may) != ACT and (name not in what or may not in what[name].may):
        raise places.error(("routes", route), f"unknown object or action {said!r}")
    return name, may


def _lines(plain: Any, what: Mapping[str, Resource], mandates: Mapping[str, str], places: Lines) -> Iterator[Line]:
    for post, lines in plain.items():
        if post not in {*POSTS, STAFF, ANYONE}:
            raise places.error(("matrix", post), f"unknown post {post!r}")
        for index, one in enumerate(lines):
            path = ("matrix", post, index)
            _keys(one, {"whose", "what", "may", "in", "sees", "under"}, places, path, needed=False)
            _known(one["whose"], RELATIONS, "relation", places, path)
            _known(one["what"], what, "object", places, path)
            for may in one["may"]:
                _known(may, what[one["what"]].may, f"action of {one['what']}", places, path)
            for phase in one.get("in", ()):
                _known(phase, PHASES, "phase", places, path)
            _known(one.get("sees", "full"), ("full", "masked"), "view", places, path)
            if (one["whose"] == "mandated") is not ("under" in one):
                raise places.error(path, "`under` names what a mandate has to say: for `mandated`, and only there")
            _known(one.get("under", ""), {"", *mandates}, "permission of a mandate", places, path)
            yield Line(
                post,
                one["whose"],
                one["what"],
                tuple(one["may"]),
                tuple(one.get("in", ())),
                one.get("sees", "full"),
                one.get("under", ""),
                places.at(path),
            )


def _known(word: str, words: Any, what: str, places: Lines, path: tuple[str | int, ...]) -> None:
    if word not in words:
        raise places.error(path, f"unknown {what} {word!r}")


__all__ = [
    "ACT",
    "ANYONE",
    "FILE",
    "PHASES",
    "RELATIONS",
    "STAFF",
    "DefinitionError",
    "Line",
    "Matrix",
    "Resource",
    "Sees",
    "load",
    "matrix",
]
