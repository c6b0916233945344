"""YAML for definitions, read strictly, with the line of every value.

Refused, each with file and line: duplicate keys, anchors, aliases and tags, tabs, unquoted dates, the
bare words yes/no/on/off, keys that are not text, nesting deeper than DEPTH_MAX. What is left has one
meaning to a person and to a program.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

import yaml

from workflow.engine.errors import DefinitionError

DEPTH_MAX = 9
SIZE_MAX = 1_000_000
Path = tuple[str | int, ...]

# libyaml where it was built in: ten times as fast, with the same marks
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SIGNS = re.compile(r"[&*!]")  # anchors, aliases, tags
_BARE_WORDS = {"yes", "no", "on", "off"}
_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}([Tt ].*)?$")
_INT = re.compile(r"-?(0|[1-9]\d*)$")
_DECIMAL = re.compile(r"-?(0|[1-9]\d*)\.\d+$")


@dataclass(frozen=True, slots=True)
class Lines:
    """Where each value of a document stands: path of keys and indexes -> line number."""

    file: str
    lines: dict[Path, int] = field(default_factory=dict)

    def at(self, path: Path) -> int:
        """Return the line of `path`, or of its nearest known parent (1 for the document)."""
        while path not in self.lines and path:
            path = path[:-1]
        return self.lines.get(path, 1)

    def error(self, path: Path, what: str) -> DefinitionError:
        """Return a DefinitionError that points at `path`."""
        return DefinitionError(self.file, self.at(path), what)


def load_file(path: FilePath, *, name: str | None = None) -> tuple[Any, Lines]:
    """Return the plain data of a file and its lines. Raises DefinitionError."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise DefinitionError(name or str(path), None, f"not UTF-8: {error.reason}") from error
    except OSError as error:
        raise DefinitionError(name or str(path), None, error.strerror or "cannot be read") from error
    return load(text, name or str(path))


def load(text: str, file: str) -> tuple[Any, Lines]:
    """Return (plain data, Lines) of one YAML document. Raises DefinitionError with the line."""
    if len(text) > SIZE_MAX:
        raise DefinitionError(file, None, f"larger than {SIZE_MAX} characters")
    for number, line in enumerate(text.splitlines(), 1):
        if "\t" in line:
            raise DefinitionError(file, number, "tab character; indent with spaces")
    lines = Lines(file)
    try:
        if _SIGNS.search(text):  # without these signs there is none, and a second reading is spared
            _refuse_anchors(text, file)
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise DefinitionError(file, mark.line + 1 if mark else None, f"not YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise DefinitionError(file, None, f"not YAML: {error}") from error
    if node is None:
        raise DefinitionError(file, 1, "empty document")
    return _plain(node, (), lines), lines


def _refuse_anchors(text: str, file: str) -> None:
    for event in yaml.parse(text, Loader=_LOADER):
        line = event.start_mark.line + 1 if event.start_mark else None
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise DefinitionError(file, line, "anchors and aliases are not allowed; write it out")
        tag = getattr(event, "tag", None)
        if tag:
            raise DefinitionError(file, line, f"tag {tag} is not allowed")


def _plain(node: yaml.Node, path: Path, lines: Lines) -> Any:
    lines.lines.setdefault(path, node.start_mark.line + 1)
    if len(path) > DEPTH_MAX:
        raise lines.error(path, f"nested deeper than {DEPTH_MAX} levels")
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, lines)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*path, index), lines) for index, item in enumerate(node.value)]
    assert isinstance(node, yaml.ScalarNode)
    return _scalar(node, path, lines)


def _mapping(node: yaml.MappingNode, path: Path, lines: Lines) -> dict[str, Any]:
    mapping: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            raise DefinitionError(lines.file, line, "a key must be text")
        key = key_node.value
        if not key_node.style and key.lower() in _BARE_WORDS:
            raise DefinitionError(lines.file, line, f"key {key!r} means true or false in YAML; use another word")
        if key in mapping:
            raise DefinitionError(lines.file, line, f"duplicate key {key!r}")
        lines.lines[(*path, key)] = line
        mapping[key] = _plain(value_node, (*path, key), lines)
    return mapping


def _scalar(node: yaml.ScalarNode, path: Path, lines: Lines) -> Any:
    text: str = node.value
    if node.style:
        return text
    if text in ("", "~", "null"):
        return None
    if text in ("true", "false"):
        return text == "true"
    if text.lower() in _BARE_WORDS or text.lower() in ("true", "false"):
        raise DefinitionError(
            lines.file, node.start_mark.line + 1, f"bare word {text!r} is ambiguous; write true, false or quote it"
        )
    if _DATE.match(text):
        raise DefinitionError(lines.file, node.start_mark.line + 1, f'unquoted date {text}; write "{text}"')
    if _INT.match(text):
        return int(text)
    if _DECIMAL.match(text):
        raise DefinitionError(lines.file, node.start_mark.line + 1, f'unquoted decimal {text}; write "{text}"')
    return text
