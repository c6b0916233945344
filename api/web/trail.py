"""The records of a case as people read them: who did what, when, from where to where, and what they said."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from api.web.acting import plain
from api.web.i18n import said as _
from workflow.engine.dates import SHANGHAI
from workflow.engine.model import Action, Ask, Process
from workflow.engine.vocabulary import GROUNDS, POSTS

SYSTEM = {"clock": "时限到期自动办理", "system": "系统", "case": "关联办件"}
PEOPLE = ("person", "people")
HIDDEN = ("form", "terms_digest", "material", "seed")


def lines(
    events: Iterable[Mapping[str, Any]], process: Process, names: Mapping[str, str] | None = None
) -> list[dict[str, Any]]:
    """Return the events, oldest first, each with its words. names: what accounts in their data are called."""
    return [_line(event, process, names or {}) for event in events]


def accounts_in(events: Iterable[Mapping[str, Any]], process: Process) -> list[str]:
    """Return the accounts that the data of events names: inspectors, experts, who is to stand in."""
    found: dict[str, None] = {}
    for event in events:
        action = process.find(event["from"], event["type"]) if event.get("from") else None
        for ask in action.asks if action else ():
            value = (event.get("data") or {}).get(ask.name)
            if ask.type in PEOPLE and value:
                found.update(dict.fromkeys([value] if isinstance(value, str) else value))
    return list(found)


def _line(event: Mapping[str, Any], process: Process, names: Mapping[str, str]) -> dict[str, Any]:
    action = process.find(event["from"], event["type"]) if event.get("from") else None
    title = action.title if action else {"open": "新建办件"}.get(event["type"], event["type"])
    actor = event.get("actor") or {}
    to = process.states.get(event.get("to") or "")
    return {
        "seq": event["seq"],
        "title": _(title),
        "at": moment(event["at"]),
        "who": actor.get("name") or _(SYSTEM.get(actor.get("id", ""), "系统")),
        "post": _(POSTS.get(actor.get("post", ""), SYSTEM.get(actor.get("post", ""), ""))),
        "to": _(to.title) if to and event.get("to") != event.get("from") else "",
        "facts": _facts(event, action, names),
        "law": action.law if action else "",
        "hash": event["hash"][:12],
    }


def _facts(event: Mapping[str, Any], action: Action | None, names: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return (label, what was said) of what the event carries."""
    data = event.get("data") or {}
    found = []
    for key, value in data.items():
        ask = action.ask(key) if action else None
        if ask is not None:
            found.append((_(ask.label), _said(ask, value, names)))
        elif key == "opinion" and value:
            found.append((_("意见"), plain(value)))
        elif key == "material" and isinstance(value, Mapping):
            found.append((_("材料"), plain(value.get("name"))))
    return found


def _said(ask: Ask, value: Any, names: Mapping[str, str]) -> str:
    options = ask.options
    if ask.type in PEOPLE:
        given = [value] if isinstance(value, str) else value
        return _("、").join(names.get(one, one) for one in given)
    if ask.type == "datetime" and isinstance(value, str):
        return moment(value)
    if isinstance(value, str):
        return _(options.get(value) or GROUNDS.get(value) or "") or value
    return plain(value)


def moment(text: str) -> str:
    """Return a moment of a record in the office's time, to the minute."""
    return datetime.fromisoformat(text).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def visited(events: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the states a case went through, each once."""
    found = dict.fromkeys(state for event in events for state in (event.get("from"), event.get("to")) if state)
    return tuple(found)


def missing_in(events: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return the one complete list of the newest correction notice."""
    asked = [event for event in events if event["type"] == "ask-corrections"]
    return list(asked[-1]["data"].get("missing") or []) if asked else []
