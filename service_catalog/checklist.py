"""审查要点: what the staff of one case must look at, from the same manual as the guide and the terms."""

from collections.abc import Mapping
from typing import Any

from service_catalog.guide import PROCEDURES, SUPPLY, condition_text, limit_list, limit_text
from service_catalog.lint import unverified
from service_catalog.model import ServiceItem
from service_catalog.routing import (
    branches_of,
    materials_of,
    procedures_of,
    process_of,
    routes_of,
    variant_of,
)
from service_catalog.terms import item_rules

ON_FAIL = {
    "correct": "要求补正或者更正",
    "rectify": "要求整改",
    "refuse": "不予许可",
    "refer": "不予受理，告知向有权机关申请",
}


def checklist(item: ServiceItem, form: Mapping[str, Any]) -> dict[str, Any]:
    """Return the staff's view of a case with these answers, ready for JSON: with what is not verified."""
    variant = variant_of(item, form)
    return {
        "item_code": item.code,
        "version": item.version,
        "process": process_of(item, form),
        "variant": {"key": variant.key, "name": variant.name} if variant else None,
        "delegation": item.delegation.text if item.delegation else None,
        "regulator": item.regulator,
        "limits": limit_list(item_rules(item, form)),
        "materials": [
            {
                "code": m.code,
                "name": m.name,
                "required": not m.optional,
                "supply": m.supply,
                "supply_name": SUPPLY[m.supply],
                "because": condition_text(item, m.when),
                "note": m.note,
            }
            for m in materials_of(item, form)
        ],
        "points": _points(item),
        "routes": [{"fact": r.fact, "outcome": r.outcome, "to": r.to, "law": r.law} for r in routes_of(item, form)],
        "procedures": [
            {
                "kind": one.kind,
                "name": PROCEDURES[one.kind],
                "need": one.need,
                "people": one.people,
                "limit": limit_text(one.limit) if one.limit else None,
                "text": one.text,
            }
            for one in procedures_of(item, form)
        ],
        "branches": [branch.key for branch in branches_of(item, form)],
        "limit_notes": [
            {"id": name, "note": limit.note} for name, limit in item.limits.items() if limit and limit.note
        ],
        "notes": list(item.notes),
        "unverified": [{"key": one.key, "what": one.what, "law": one.law} for one in unverified(item)],
    }


def _points(item: ServiceItem) -> list[dict[str, Any]]:
    names = {material.code: material.name for material in item.materials}
    return [
        {
            "no": number,
            "check": point.check,
            "on_fail": point.on_fail,
            "on_fail_name": ON_FAIL[point.on_fail],
            "materials": [{"code": code, "name": names[code]} for code in point.materials],
            "note": point.note,
        }
        for number, point in enumerate(item.review, 1)
    ]
