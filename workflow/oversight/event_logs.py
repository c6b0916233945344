"""The trail for process mining, as XES (IEEE 1849) and OCEL 2.0 (JSON). Pseudonymised: no person, no words, no free text.

Cases, people and permits go out under a keyed hash: the same key gives the same names, so logs of two months can be
laid together; without the key nobody finds a name by trying. What officers wrote stays here: only actions, states, posts,
items, departments and times go out.
"""

import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from xml.sax.saxutils import quoteattr

from sqlalchemy import Engine

from workflow.store import trail

KEY_BYTES_MIN = 16
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1.0" xes.features="nested-attributes" xmlns="http://www.xes-standard.org/">
<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
<extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
<extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>
<extension name="Lifecycle" prefix="lifecycle" uri="http://www.xes-standard.org/lifecycle.xesext"/>
<global scope="trace"><string key="concept:name" value=""/></global>
<global scope="event"><string key="concept:name" value=""/><date key="time:timestamp" value="1970-01-01T00:00:00+00:00"/></global>
<classifier name="action" keys="concept:name"/>
"""
OBJECT_TYPES = ("case", "permit", "person")
CASE_ATTRIBUTES = ("item", "process", "department", "outcome")


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """Names under a key. ValueError if the key is too short to keep anybody from trying."""

    key: bytes

    def __post_init__(self) -> None:
        if len(self.key) < KEY_BYTES_MIN:
            raise ValueError(f"the key has at least {KEY_BYTES_MIN} bytes")

    def of(self, kind: str, name: str) -> str:
        """Return the pseudonym of a name: 20 hex digits."""
        return hmac.new(self.key, f"{kind}:{name}".encode(), sha256).hexdigest()[:20]


def as_xes(engine: Engine, names: Pseudonyms) -> Iterator[str]:
    """Yield the lines of an XES log: one trace a case, permits left out; in bounded memory."""
    yield HEAD
    with trail.snapshot(engine) as connection:
        for row, events in trail.cases(connection):
            if row.kind != "permit":
                yield from _trace(names, row, events)
    yield "</log>\n"


def _trace(names: Pseudonyms, row: Any, events: list[Any]) -> Iterator[str]:
    yield "<trace>\n"
    yield _attribute("string", "concept:name", names.of("case", row.case_no))
    for key, value in (("item", row.item_code), ("process", row.process), ("outcome", row.outcome or "")):
        yield _attribute("string", f"banjian:{key}", value)
    for event in events:
        body = event.body
        yield "<event>"
        yield _attribute("string", "concept:name", body["type"])
        yield _attribute("date", "time:timestamp", body["at"])
        yield _attribute("string", "lifecycle:transition", "complete")
        yield _attribute("string", "org:resource", names.of("person", body["actor"]["id"]))
        yield _attribute("string", "org:role", body["actor"]["post"])
        yield _attribute("string", "banjian:from", body["from"])
        yield _attribute("string", "banjian:to", body["to"])
        yield "</event>\n"
    yield "</trace>\n"


def _attribute(kind: str, key: str, value: str) -> str:
    return f"<{kind} key={quoteattr(key)} value={quoteattr(str(value))}/>"


def as_ocel(engine: Engine, names: Pseudonyms) -> Iterator[str]:
    """Yield the pieces of an OCEL 2.0 log in JSON: cases, permits and people as objects. Events are streamed; objects,
    of which there are fewer, are kept until the end.
    """
    objects: dict[str, dict[str, Any]] = {}
    kinds: set[str] = set()
    yield '{"events":[\n'
    is_first = True
    with trail.snapshot(engine) as connection:
        for row, events in trail.cases(connection):
            case = _object(objects, names, "permit" if row.kind == "permit" else "case", row.case_no)
            if not case["attributes"] and events:
                case["attributes"] = _case_attributes(row, events[0].body["at"])
            for event in events:
                kinds.add(event.body["type"])
                yield ("" if is_first else ",\n") + _plain(_event(objects, names, case["id"], row, event.body))
                is_first = False
    yield '\n],"objects":[\n' + ",\n".join(_plain(one) for one in objects.values())
    types = [{"name": kind, "attributes": _typed(("from", "to", "post"))} for kind in sorted(kinds)]
    owned = [{"name": k, "attributes": _typed(CASE_ATTRIBUTES) if k != "person" else []} for k in OBJECT_TYPES]
    yield '\n],"eventTypes":' + _plain(types) + ',"objectTypes":' + _plain(owned) + "}\n"


def _event(objects: dict[str, dict[str, Any]], names: Pseudonyms, case: str, row: Any, body: Any) -> dict[str, Any]:
    person = _object(objects, names, "person", body["actor"]["id"])["id"]
    related = [{"objectId": case, "qualifier": "of"}, {"objectId": person, "qualifier": "by"}]
    if body["data"].get("case_no") and row.kind == "permit":  # the case that granted it
        related.append({"objectId": names.of("case", body["data"]["case_no"]), "qualifier": "granted in"})
        _object(objects, names, "case", body["data"]["case_no"])
    return {
        "id": f"{case}-{body['seq']}",
        "type": body["type"],
        "time": body["at"],
        "attributes": [
            {"name": "from", "value": body["from"]},
            {"name": "to", "value": body["to"]},
            {"name": "post", "value": body["actor"]["post"]},
        ],
        "relationships": related,
    }


def _object(objects: dict[str, dict[str, Any]], names: Pseudonyms, kind: str, name: str) -> dict[str, Any]:
    known = names.of(kind, name)
    return objects.setdefault(known, {"id": known, "type": kind, "attributes": [], "relationships": []})


def _case_attributes(row: Any, at: str) -> list[dict[str, Any]]:
    values = (row.item_code, row.process, row.department, row.outcome or "")
    return [{"name": n, "time": at, "value": v} for n, v in zip(CASE_ATTRIBUTES, values, strict=True)]


def _typed(attributes: tuple[str, ...]) -> list[dict[str, str]]:
    return [{"name": name, "type": "string"} for name in attributes]


def _plain(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
