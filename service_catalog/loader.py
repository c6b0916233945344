"""Manual files -> ServiceItem. Everything is checked while reading; every error has its file and line."""

from datetime import date
from pathlib import Path
from typing import Any

from service_catalog import conditions, schema
from service_catalog.model import (
    Basis,
    FormCheck,
    FormField,
    Limit,
    Material,
    ReviewPoint,
    Route,
    ServiceItem,
    Statement,
)
from workflow.definitions.schema import check
from workflow.definitions.strict_yaml import Lines, load_file
from workflow.definitions.strict_yaml import Path as KeyPath

LIMITS = ("correction", "resubmission", "decision", "extension", "promised", "delivery", "publication", "supplement", "post-verification", "rectification")
_limit_schema = schema.LimitSchema()
_none_schema = schema.NoExtensionSchema()


def load_item(path: Path) -> ServiceItem:
    """Return the service item of one file. Raises DefinitionError."""
    plain, lines = load_file(path, name=path.name)
    read = check(schema.ManualSchema(), plain, lines)
    fields = _fields(read, lines)
    kinds = {field.key: (field.type, field.options) for field in fields}
    _check_conditions(read, kinds, lines)
    limits, no_extension = _limits(read["limits"], lines)
    result = read["result"]
    return ServiceItem(
        code=read["item"],
        slug=read["slug"],
        name_zh=read["name"],
        name_en=read["name_en"],
        effective_from=_date(read["effective_from"], lines, ("effective-from",)),
        cancelled_from=_date(read["cancelled_from"], lines, ("cancelled-from",)) if read["cancelled_from"] else None,
        basis=tuple(Basis(**one) for one in read["basis"]),
        conditions=tuple(Statement(**one) for one in read["conditions"]),
        limits=limits,
        no_extension_because=no_extension,
        excluded={ground: Statement("", one["law"], one["verified"]) for ground, one in read["excluded"].items()},
        materials=_materials(read["materials"], lines),
        fields=fields,
        checks=tuple(FormCheck(**one) for one in read["checks"]),
        review=tuple(ReviewPoint(**one) for one in read["review"]),
        routes=tuple(Route(**one) for one in read["routing"]),
        certificate=result["certificate"],
        validity=Limit(**result["validity"]) if result["validity"] else None,
        count_label=result["count_label"],
        lifecycle=read["lifecycle"],
        fee=Statement(**read["fee"]),
        attributes=tuple(read["attributes"]),
        applicants=tuple(read["applicants"]),
        file=path.name,
        lines={".".join(map(str, key)): line for key, line in lines.lines.items()},
        **{key: read[key] for key in ("kind", "department", "regulator", "delegation", "process")},
        **{key: read[key] for key in ("public", "legal_review", "notes")},
    )


def _date(text: str, lines: Lines, path: KeyPath) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise lines.error(path, f"{text} is no day") from error


def _fields(read: dict[str, Any], lines: Lines) -> tuple[FormField, ...]:
    fields: list[FormField] = []
    for s, section in enumerate(read["form"]):
        for f, one in enumerate(section["fields_"]):
            path = ("form", s, "fields", f)
            if any(known.key == one["key"] for known in fields):
                raise lines.error((*path, "key"), f"field {one['key']!r} is defined twice")
            options = tuple(one["options"])
            if (one["type"] in ("choice", "choices")) is not bool(options):
                raise lines.error(path, f"field {one['key']!r}: options belong to choice and choices")
            if len(set(options)) != len(options):
                raise lines.error((*path, "options"), f"field {one['key']!r} lists an option twice")
            fields.append(FormField(section=section["title"], **{**one, "options": options}))
    return tuple(fields)


def _check_conditions(read: dict[str, Any], kinds: dict[str, tuple[str, tuple[str, ...]]], lines: Lines) -> None:
    def one(condition: Any, path: KeyPath) -> None:
        if condition is None:
            return
        try:
            conditions.check(condition, kinds)
        except conditions.ConditionError as error:
            raise lines.error(path, str(error)) from error

    for index, material in enumerate(read["materials"]):
        one(material["when"], ("materials", index, "when"))
    for index, route in enumerate(read["routing"]):
        one(route["when"], ("routing", index, "when"))
    for index, rule in enumerate(read["checks"]):
        if rule["field"] not in kinds:
            raise lines.error(("checks", index, "field"), f"unknown field {rule['field']!r}")
        one(rule["when"], ("checks", index, "when"))
        one(rule["require"], ("checks", index, "require"))
    seen: set[str] = set()
    for s, section in enumerate(read["form"]):
        for f, field in enumerate(section["fields_"]):
            path: KeyPath = ("form", s, "fields", f, "shown")
            one(field["shown"], path)
            later = sorted(set(conditions.fields_of(field["shown"])) - seen)
            if later:
                raise lines.error(path, f"field {field['key']!r} depends on {later[0]!r}, which comes later")
            seen.add(field["key"])


def _limits(plain: dict[str, Any], lines: Lines) -> tuple[dict[str, Limit | None], str]:
    limits: dict[str, Limit | None] = {}
    no_extension = ""
    for key, value in plain.items():
        if key not in LIMITS:
            raise lines.error(("limits", key), f"unknown limit {key!r}; known: {', '.join(LIMITS)}")
        under = Lines(lines.file, {path[2:]: line for path, line in lines.lines.items() if path[:2] == ("limits", key)})
        if key == "extension" and isinstance(value, dict) and "none-because" in value:
            no_extension = check(_none_schema, value, under)["none_because"]
            limits[key] = None
            continue
        limits[key] = Limit(**check(_limit_schema, value, under))
    if "decision" not in limits:
        raise lines.error(("limits",), "the decision limit is missing")
    return limits, no_extension


def _materials(plain: list[dict[str, Any]], lines: Lines) -> tuple[Material, ...]:
    materials = tuple(Material(**one) for one in plain)
    for field in ("code", "name"):
        seen: set[str] = set()
        for index, material in enumerate(materials):
            value = getattr(material, field)
            if value in seen:
                raise lines.error(("materials", index, field), f"material {value!r} is listed twice")
            seen.add(value)
    return materials
