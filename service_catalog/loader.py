"""Manual files -> ServiceItem. Everything is checked while reading; every error has its file and line."""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from service_catalog import conditions, schema
from service_catalog.conditions import Kinds
from service_catalog.model import (
    Auto,
    AutoRule,
    Basis,
    Branch,
    Commitment,
    FormCheck,
    FormField,
    Forward,
    Joint,
    Limit,
    Material,
    Procedure,
    ReviewPoint,
    Route,
    ServiceItem,
    Show,
    Statement,
    Until,
    Variant,
)
from service_catalog.shows import show_of
from workflow.definitions.limits import default_rules
from workflow.definitions.schema import check
from workflow.definitions.strict_yaml import Lines, load_file
from workflow.definitions.strict_yaml import Path as KeyPath

LIMITS = (
    "correction",
    "resubmission",
    "decision",
    "extension",
    "promised",
    "delivery",
    "refusal-delivery",
    "publication",
    "general-disclosure",
    "supplement",
    "commitment-supplement",
    "post-verification",
    "rectification",
    "hearing-request",
    "hearing-arrange",
)
XK45 = "行政许可法 第四十五条"
FIXED = ("item", "slug")  # what no later version of an item may change

_manual_schema = schema.ManualSchema()
_limit_schema = schema.LimitSchema()
_none_schema = schema.NoExtensionSchema()
Plain = dict[str, Any]


def load_items(path: Path) -> tuple[ServiceItem, ...]:
    """Return every version in a file, oldest first. Raises DefinitionError."""
    plain, lines = load_file(path, name=path.name)
    if not isinstance(plain, dict):
        raise lines.error((), "a manual is a list of `key: value`")
    found: list[ServiceItem] = []
    for whole, places in _versions(plain, lines):
        item = _item(whole, places)
        if found and item.effective_from <= found[-1].effective_from:
            raise places.error(("effective-from",), f"{item.version} must be later than {found[-1].version}")
        found.append(item)
    return tuple(found)


def load_item(path: Path) -> ServiceItem:
    """Return the newest version in a file. Raises DefinitionError."""
    return load_items(path)[-1]


def _versions(plain: Plain, lines: Lines) -> Iterator[tuple[Plain, Lines]]:
    """Yield the first version, then each later one: the one before it with the sections it restates."""
    later = plain.pop("versions", None) or []
    yield plain, lines
    if not isinstance(later, list):
        raise lines.error(("versions",), "`versions` is a list")
    known = dict(lines.lines)
    for index, changes in enumerate(later):
        path: KeyPath = ("versions", index)
        if not isinstance(changes, dict) or "effective-from" not in changes or not changes.get("because"):
            raise lines.error(path, "a later version says `effective-from` and `because`")
        fixed = sorted(set(changes) & {*FIXED, "versions"})
        if fixed:
            raise lines.error((*path, fixed[0]), f"a later version cannot change {fixed[0]!r}")
        before, after = plain.get("limits"), changes.get("limits")
        plain = {**plain, **changes}
        if isinstance(before, dict) and isinstance(after, dict):
            plain["limits"] = {**before, **after}
        known.update({place[2:]: line for place, line in lines.lines.items() if place[:2] == path and place[2:]})
        yield plain, Lines(lines.file, dict(known))


def _item(plain: Plain, lines: Lines) -> ServiceItem:
    read = check(_manual_schema, plain, lines)
    fields = _fields(read, lines)
    kinds: Kinds = {field.key: (field.type, field.options) for field in fields}
    _check_conditions(read, kinds, lines)
    limits, no_extension = _limits(read["limits"], lines, ("limits",))
    if "decision" not in limits:
        raise lines.error(("limits",), "the decision limit is missing")
    materials = _materials(read["materials"], lines)
    cancelled = read["cancelled_from"]
    return ServiceItem(
        code=read["item"],
        name_zh=read["name"],
        applicant_types=tuple(read["applicants"]),
        applicants=tuple(sorted({schema.APPLICANT_TYPES[one] for one in read["applicants"]})),
        effective_from=_date(read["effective_from"], lines, ("effective-from",)),
        cancelled_from=_date(cancelled, lines, ("cancelled-from",)) if cancelled else None,
        delegation=_statement(read["delegation"]),
        basis=tuple(Basis(**one) for one in read["basis"]),
        conditions=tuple(Statement(**one) for one in read["conditions"]),
        limits=limits,
        no_extension_because=no_extension,
        excluded=_excluded(read["excluded"], read["process"], lines),
        not_excluded=tuple(Statement(**one) for one in read["not_excluded"]),
        variants=_variants(read["variants"], lines),
        procedures=tuple(
            Procedure(**{**one, "limit": _limit(one["limit"]), "specialities": tuple(one["specialities"])})
            for one in read["procedures"]
        ),
        branches=_branches(read["branches"], lines),
        joint=Joint(**read["joint"]) if read["joint"] else None,
        auto=_auto(read["auto"], lines),
        commitment=Commitment(**read["commitment"]) if read["commitment"] else None,
        forward=Forward(**read["forward"]) if read["forward"] else None,
        materials=materials,
        fields=fields,
        checks=tuple(FormCheck(**one) for one in read["checks"]),
        review=_review(read["review"], materials, lines),
        routes=tuple(Route(**one) for one in read["routing"]),
        lifecycle=read["lifecycle"],
        fee=Statement(**read["fee"]),
        public=read["disclosure"].pop("public"),
        disclosure=Statement(**read["disclosure"]),
        attributes=tuple(read["attributes"]),
        file=lines.file,
        lines={".".join(map(str, key)): line for key, line in lines.lines.items()},
        **_result(read["result"], fields, lines),
        **{key: read[key] for key in ("slug", "name_en", "kind", "department", "regulator", "process")},
        **{key: read[key] for key in ("because", "legal_review", "public_safety", "notes")},
    )


def _result(read: Plain, asked: tuple[FormField, ...], lines: Lines) -> Plain:
    validity, until = read["validity"], None
    if validity and (key := validity.pop("until_field")):
        field = next((one for one in asked if one.key == key), None)
        if field is None or field.type != "date" or not field.required:
            raise lines.error(("result", "validity", "until-field"), f"no required date of the form is called {key!r}")
        until = Until(key, validity["law"], validity["verified"])
    return {
        "valid_until": until,
        "validity": _limit(validity) if validity and validity["n"] is not None else None,
        "certificate": read["certificate"],
        "certificate_shows": _shows(read["shows"], asked, lines),
        "number_rule": _statement(read["number_rule"]),
        "no_validity": _statement(read["no_validity"]),
        "count_label": read["count_label"],
        **{key: _limit(read[key]) for key in ("start_within", "recheck_after")},
    }


def _shows(read: list[Any], asked: tuple[FormField, ...], lines: Lines) -> tuple[Show, ...]:
    """Return what the certificate shows: each entry a name, or {name: source} or {name: [source, …]}."""
    found = []
    for entry in read:
        name, given = next(iter(entry.items())) if isinstance(entry, dict) and len(entry) == 1 else (entry, [])
        sources = tuple([given] if isinstance(given, str) else given)
        show = show_of(name, sources, asked) if isinstance(name, str) and name else None
        if show is None:
            raise lines.error(("result", "shows"), f"nobody knows what the certificate shows under {name!r}")
        found.append(show)
    return tuple(found)


def _limit(read: Plain | None) -> Limit | None:
    return Limit(**read) if read else None


def _statement(read: Plain | None) -> Statement | None:
    return Statement(**read) if read else None


def _date(text: str, lines: Lines, path: KeyPath) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise lines.error(path, f"{text} is no day") from error


def _fields(read: Plain, lines: Lines) -> tuple[FormField, ...]:
    fields: list[FormField] = []
    for s, section in enumerate(read["form"]):
        for f, one in enumerate(section["fields_"]):
            path = ("form", s, "fields", f)
            options = tuple(one["options"])
            if any(known.key == one["key"] for known in fields):
                raise lines.error((*path, "key"), f"field {one['key']!r} is defined twice")
            if (one["type"] in ("choice", "choices")) is not bool(options):
                raise lines.error(path, f"field {one['key']!r}: options belong to choice and choices")
            if len(set(options)) != len(options):
                raise lines.error((*path, "options"), f"field {one['key']!r} lists an option twice")
            if one["least"] is not None and one["most"] is not None and one["least"] > one["most"]:
                raise lines.error((*path, "least"), f"field {one['key']!r}: least is more than most")
            if one["past"] and one["type"] != "date":
                raise lines.error((*path, "past"), f"field {one['key']!r}: only a date can be past")
            fields.append(FormField(section=section["title"], **{**one, "options": options}))
    return tuple(fields)


def _check_conditions(read: Plain, kinds: Kinds, lines: Lines) -> None:
    for index, rule in enumerate(read["checks"]):
        if rule["field"] not in kinds:
            raise lines.error(("checks", index, "field"), f"unknown field {rule['field']!r}")
    for path, condition in _conditions(read):
        try:
            conditions.check(condition, kinds)
        except conditions.ConditionError as error:
            raise lines.error(path, str(error)) from error
    for index, one in enumerate(read["procedures"]):
        if (one["need"] == "when") is not (one["when"] is not None):
            raise lines.error(("procedures", index), "`need: when` and `when:` belong together")
    _check_order(read, lines)


def _conditions(read: Plain) -> Iterator[tuple[KeyPath, Any]]:
    """Yield every condition of a manual with its place."""
    for part in ("materials", "routing", "checks", "procedures", "branches", "variants"):
        for index, one in enumerate(read[part]):
            for key in ("when", "require"):
                if one.get(key) is not None:
                    yield (part, index, key), one[key]
    for index, one in enumerate(read["auto"]["rules"] if read["auto"] else ()):
        if one["holds"] is not None:
            yield ("auto", "rules", index, "holds"), one["holds"]
    for part, key in (("commitment", "excluded_when"), ("forward", "when")):
        if read[part] and read[part][key] is not None:
            yield (part, key.replace("_", "-")), read[part][key]
    for s, section in enumerate(read["form"]):
        for f, field in enumerate(section["fields_"]):
            if field["shown"] is not None:
                yield ("form", s, "fields", f, "shown"), field["shown"]


def _check_order(read: Plain, lines: Lines) -> None:
    """A question may only depend on questions asked before it, so there is no circle."""
    seen: set[str] = set()
    for s, section in enumerate(read["form"]):
        for f, field in enumerate(section["fields_"]):
            later = sorted(set(conditions.fields_of(field["shown"])) - seen)
            if later:
                path = ("form", s, "fields", f, "shown")
                raise lines.error(path, f"field {field['key']!r} depends on {later[0]!r}, which comes later")
            seen.add(field["key"])


def _limits(plain: Mapping[str, Any], lines: Lines, at: KeyPath) -> tuple[dict[str, Limit | None], str]:
    limits: dict[str, Limit | None] = {}
    no_extension = ""
    for key, value in plain.items():
        place = (*at, key)
        if key not in LIMITS:
            raise lines.error(place, f"unknown limit {key!r}; known: {', '.join(LIMITS)}")
        if not isinstance(value, dict):
            raise lines.error(place, f"limit {key!r} is written {{n: ..., unit: ..., law: ..., verified: ...}}")
        size = len(place)
        under = Lines(lines.file, {path[size:]: n for path, n in lines.lines.items() if path[:size] == place})
        if key == "extension" and "none-because" in value:
            no_extension = check(_none_schema, value, under)["none_because"]
            limits[key] = None
            continue
        limits[key] = Limit(**check(_limit_schema, value, under))
    return limits, no_extension


def _excluded(read: list[Plain] | None, process: str, lines: Lines) -> dict[str, Statement]:
    """Without `excluded` the law's own grounds hold; with it exactly those it names."""
    if read is None:
        return {ground: Statement("", XK45, verified=True) for ground in default_rules()[process]["excluded"]}
    found: dict[str, Statement] = {}
    for index, one in enumerate(read):
        for ground in one["grounds"]:
            if ground in found:
                raise lines.error(("excluded", index), f"ground {ground!r} is named twice")
            found[ground] = Statement("", one["law"], one["verified"], one["note"])
    return found


def _variants(read: list[Plain], lines: Lines) -> tuple[Variant, ...]:
    found: list[Variant] = []
    for index, one in enumerate(read):
        if any(known.key == one["key"] for known in found):
            raise lines.error(("variants", index, "key"), f"variant {one['key']!r} is defined twice")
        limits, _because = _limits(one["limits"], lines, ("variants", index, "limits"))
        found.append(Variant(**{**one, "limits": limits}))
    return tuple(found)


def _branches(read: list[Plain], lines: Lines) -> tuple[Branch, ...]:
    """A branch may only wait for branches listed before it, so there is no circle."""
    found: list[Branch] = []
    for index, one in enumerate(read):
        known = {branch.key for branch in found}
        if one["key"] in known:
            raise lines.error(("branches", index, "key"), f"branch {one['key']!r} is defined twice")
        if not one["item"] and not one["task"]:
            raise lines.error(("branches", index), f"branch {one['key']!r} names an item or a task")
        missing = sorted(set(one["after"]) - known)
        if missing:
            raise lines.error(("branches", index, "after"), f"no branch {missing[0]!r} before this one")
        found.append(Branch(**{**one, "after": tuple(one["after"]), "limit": _limit(one["limit"])}))
    return tuple(found)


def _auto(read: Plain | None, lines: Lines) -> Auto | None:
    """A rule looks at the form or at a register, never at both."""
    if read is None:
        return None
    keys: set[str] = set()
    for index, one in enumerate(read["rules"]):
        if (one["holds"] is None) is not bool(one["register"]):
            raise lines.error(("auto", "rules", index), f"rule {one['key']!r} has either `holds` or `register`")
        if one["key"] in keys:
            raise lines.error(("auto", "rules", index, "key"), f"rule {one['key']!r} is defined twice")
        keys.add(one["key"])
    return Auto(**{**read, "rules": tuple(AutoRule(**one) for one in read["rules"])})


def _review(read: list[Plain], materials: tuple[Material, ...], lines: Lines) -> tuple[ReviewPoint, ...]:
    codes = {material.code for material in materials}
    for index, one in enumerate(read):
        missing = sorted(set(one["materials"]) - codes)
        if missing:
            raise lines.error(("review", index, "materials"), f"no material {missing[0]!r}")
    return tuple(ReviewPoint(**{**one, "materials": tuple(one["materials"])}) for one in read)


def _materials(read: list[Plain], lines: Lines) -> tuple[Material, ...]:
    for field in ("code", "name"):
        seen: set[str] = set()
        for index, one in enumerate(read):
            if one[field] in seen:
                raise lines.error(("materials", index, field), f"material {one[field]!r} is listed twice")
            seen.add(one[field])
    return tuple(Material(**one) for one in read)
