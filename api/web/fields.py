"""Questions as a page shows them, and answers as a browser sends them: from the manual's form and from an action's schema."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from werkzeug.datastructures import MultiDict

from api.web.i18n import said as _
from service_catalog.conditions import describe
from service_catalog.model import FormField, ServiceItem

YES, NO = "true", "false"
INPUTS = {"date": "date", "integer": "text", "decimal": "text", "phone": "tel", "datetime": "datetime-local"}
MODES = {"integer": "numeric", "decimal": "decimal", "phone": "tel"}
WHOLE = re.compile(r"-?[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a correction list: what is missing, and what is to be done. free: the officer names it."""

    material: str
    what: str = ""
    note: str = ""
    free: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """One question. kind: an input type, or radios, checks, tick, select, lines, long, people, materials.

    values: what is chosen; text: what is typed; shown: the manual's condition on which it is asked.
    """

    name: str
    label: str
    kind: str
    required: bool = True
    options: tuple[tuple[str, str], ...] = ()
    values: tuple[str, ...] = ()
    text: str = ""
    hint: str = ""
    unit: str = ""
    mode: str = ""
    error: str = ""
    complete: str = ""
    shown: Mapping[str, Any] | None = None
    rows: tuple[Row, ...] = ()
    phrases: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """Return the id of its first control, for labels and for links from the error summary."""
        return "q-" + re.sub(r"[^A-Za-z0-9_-]", "-", self.name)


@dataclass(frozen=True, slots=True)
class Trouble:
    """One line of an error summary. anchor: the id of the control it is about, or ""."""

    text: str
    anchor: str = ""
    law: str = ""
    field: str = ""


def of_form(item: ServiceItem, fields: Iterable[FormField], form: Mapping[str, Any]) -> list[Field]:
    """Return the questions of the manual with what was answered."""
    labels = {one.key: one.label for one in item.fields}
    return [_of_form(one, form.get(one.key), labels) for one in fields]


def _of_form(one: FormField, value: Any, labels: Mapping[str, str]) -> Field:
    shown_text = _("仅在以下情形填写：%(when)s。", when=describe(one.shown, labels)) if one.shown else ""
    made = Field(
        name=f"form.{one.key}",
        label=one.label,
        kind=INPUTS.get(one.type, "text"),
        required=one.required,
        hint="".join(filter(None, (one.hint and f"{one.hint.rstrip('。')}。", shown_text))),
        unit=one.unit,
        mode=MODES.get(one.type, ""),
        shown=one.shown,
    )
    if one.type == "flag":
        return replace(made, kind="radios", options=((YES, _("是")), (NO, _("否"))), values=_flag(value))
    if one.type == "choice":
        kind = "radios" if len(one.options) <= 6 else "select"
        return replace(made, kind=kind, options=tuple((o, o) for o in one.options), values=(value,) if value else ())
    if one.type == "choices":
        return replace(made, kind="checks", options=tuple((o, o) for o in one.options), values=tuple(value or ()))
    if one.type == "list":
        text = "\n".join(value) if isinstance(value, list) else ""
        return replace(made, kind="lines", text=text, hint=made.hint or _("每行一项。"))
    if one.type == "long-text":
        return replace(made, kind="long", text=str(value or ""))
    return replace(made, text="" if value is None else str(value))


def _flag(value: Any) -> tuple[str, ...]:
    return () if value is None else (YES if value is True or value == YES else NO,)


def read_form(fields: Iterable[FormField], sent: MultiDict[str, str]) -> dict[str, Any]:
    """Return what was typed, in the types the manual's check expects; what was left empty is absent."""
    found = {one.key: _typed(one.type, f"form.{one.key}", sent) for one in fields}
    return {key: value for key, value in found.items() if value not in (None, "", [])}


def _typed(kind: str, name: str, sent: MultiDict[str, str]) -> Any:
    if kind == "choices":
        return [value for value in sent.getlist(name) if value]
    text = sent.get(name, "").strip()
    if kind in ("list", "texts"):
        return [line.strip() for line in text.splitlines() if line.strip()]
    if kind == "flag":
        return {YES: True, NO: False}.get(text)
    if kind in ("integer", "count"):
        return int(text) if WHOLE.fullmatch(text) else text
    return text


def with_errors(fields: Sequence[Field], errors: Mapping[str, str]) -> list[Field]:
    """Return the fields with what is wrong beside each. errors: {name: text}."""
    return [replace(one, error=errors.get(one.name, one.error)) for one in fields]


@dataclass(frozen=True, slots=True)
class Asked:
    """What an action asks, for its form: people or papers to choose, rows of a correction list, ready phrases.

    ways: {question: the answers to `mode` with which alone it is asked}.
    """

    choices: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    rows: Sequence[Row] = ()
    phrases: Sequence[str] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    ways: Mapping[str, Sequence[str]] = field(default_factory=dict)


def of_schema(schema: Mapping[str, Any], known: Asked, sent: MultiDict[str, str] | None = None) -> list[Field]:
    """Return the questions of an action's data. sent: what was typed before, to be shown again."""
    needed = set(schema.get("required", ()))
    labels = schema["properties"].get("mode", {}).get("x-labels", {})
    return [
        _for_its_way(name, _of_schema(name, one, name in needed, known, sent), known, labels)
        for name, one in schema["properties"].items()
    ]


def _for_its_way(name: str, made: Field, known: Asked, labels: Mapping[str, str]) -> Field:
    """Return the question; of one that belongs to some answers of `mode` only, said so and shown only then."""
    ways = [way for way in known.ways.get(name, ()) if way in labels]
    if not ways:
        return made
    hint = made.hint + _("仅用于：%(ways)s。", ways=_("、").join(labels[way] for way in ways))
    return replace(made, hint=hint, shown={"field": "data.mode", "in": ways})


def kind_of(name: str, one: Mapping[str, Any], known: Asked) -> str:
    """Return what kind of answer a property of the schema is."""
    types = one["type"] if isinstance(one["type"], list) else [one["type"]]
    if "enum" in one:
        return "choice"
    if "boolean" in types:
        return "flag"
    if "integer" in types:
        return "count"
    if "array" in types:
        if one["items"]["type"] == "object":
            return "materials"
        return "people" if one.get("uniqueItems") else "texts"
    return {"date": "date", "date-time": "datetime"}.get(
        one.get("format", ""), "person" if name in known.choices else "text"
    )


def _of_schema(
    name: str, one: Mapping[str, Any], required: bool, known: Asked, sent: MultiDict[str, str] | None
) -> Field:
    kind = kind_of(name, one, known)
    full = f"data.{name}"
    default = known.defaults.get(name, "")
    text = sent.get(full, "") if sent is not None else str(default)
    values = tuple(sent.getlist(full)) if sent is not None else _as_values(default)
    made = Field(full, _(one["title"]), "text", required, text=text, values=values)
    match kind:
        case "choice":
            return replace(
                made, kind="radios", options=tuple((key, _(name)) for key, name in one.get("x-labels", {}).items())
            )
        case "flag":
            return replace(made, kind="radios", options=((YES, _("是")), (NO, _("否"))))
        case "count":
            most = one.get("maximum", 0)
            least = one.get("minimum", 0)
            hint = _("%(least)s 到 %(most)s 之间的整数。", least=least, most=most) if most < 1_000_000 else ""
            return replace(made, mode="numeric", unit=" ", hint=hint)
        case "texts":
            return replace(made, kind="lines", hint=_("每行一项。"))
        case "materials":
            return replace(made, kind="materials", rows=_rows(full, known, sent))
        case "people":
            return replace(made, kind="people", options=tuple(known.choices.get(name, ())))
        case "person":
            return replace(made, kind="select", options=tuple(known.choices.get(name, ())))
        case "date" | "datetime":
            return replace(made, kind=INPUTS.get(kind, kind))
    return replace(made, kind="long", phrases=tuple(known.phrases))


def _as_values(default: Any) -> tuple[str, ...]:
    if isinstance(default, bool):
        return (YES if default else NO,)
    return tuple(default) if isinstance(default, list | tuple) else (str(default),) if default else ()


def _rows(full: str, known: Asked, sent: MultiDict[str, str] | None) -> tuple[Row, ...]:
    if sent is None:
        return tuple(known.rows)
    typed = list(zip(sent.getlist(f"{full}.material"), sent.getlist(f"{full}.what"), strict=False))
    notes = {row.material: row for row in known.rows if not row.free}
    return tuple(
        replace(notes[material], what=what) if material in notes else Row(material, what, free=True)
        for material, what in typed
    )


def read_data(schema: Mapping[str, Any], known: Asked, sent: MultiDict[str, str]) -> dict[str, Any]:
    """Return the action's data in the types its check expects; what was left empty is absent."""
    found: dict[str, Any] = {}
    for name, one in schema["properties"].items():
        kind, full = kind_of(name, one, known), f"data.{name}"
        if kind == "materials":
            typed = zip(sent.getlist(f"{full}.material"), sent.getlist(f"{full}.what"), strict=False)
            found[name] = [{"material": m.strip(), "what": w.strip()} for m, w in typed if m.strip() and w.strip()]
        elif kind == "people":
            found[name] = [value for value in sent.getlist(full) if value]
        elif kind == "datetime":
            found[name] = _moment(sent.get(full, ""))
        else:
            found[name] = _typed(kind, full, sent)
    return {name: value for name, value in found.items() if value not in (None, "", [])}


def _moment(text: str) -> str:
    """Return what a datetime-local control says as RFC 3339 in Asia/Shanghai."""
    text = text.strip()
    return f"{text}:00+08:00" if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d", text) else text and f"{text}+08:00"
