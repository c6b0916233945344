"""ServiceItem + what the applicant answered -> the Terms a case is pinned to."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from service_catalog.catalog import UnknownItem, catalog
from service_catalog.model import Limit, ServiceItem, Variant
from service_catalog.routing import materials_of, process_of, variant_of
from workflow.definitions.limits import default_rules
from workflow.engine.model import MaterialTerm, Process, Terms
from workflow.ledger.chain import canonical


def terms_of(item: ServiceItem, form: Mapping[str, Any], process: Process) -> Terms:
    """Return the terms of a case of this item with these answers; equal inputs give an equal digest.

    process: the one `process_of(item, form)` names; another one is a mistake of the caller.
    """
    if process.slug != process_of(item, form):
        raise ValueError(f"item {item.code} with these answers runs on {process_of(item, form)}, not {process.slug}")
    terms = Terms(
        item_code=item.code,
        item_name=item.name_zh,
        item_version=item.version,
        process=process.slug,
        process_version=process.version,
        process_digest=process.digest,
        department=item.department,
        rules=item_rules(item, form),
        materials=materials_for(item, form),
        result={"certificate": item.certificate, "validity": _period(item.validity)},
        legal_review=item.legal_review,
    )
    plain = {name: value for name, value in terms.to_json().items() if name != "digest"}
    return replace(terms, digest=hashlib.sha256(canonical(plain)).hexdigest())


def materials_for(item: ServiceItem, form: Mapping[str, Any]) -> tuple[MaterialTerm, ...]:
    """Return the materials of this case as the engine needs them."""
    return tuple(MaterialTerm(m.code, m.name, not m.optional, m.supply) for m in materials_of(item, form))


def item_rules(item: ServiceItem, form: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the complete clock rules of a case with these answers; without them, of the main way."""
    return rules_with(item, variant_of(item, form or {}))


def rules_with(item: ServiceItem, variant: Variant | None) -> dict[str, Any]:
    """Return the law's defaults for the process, overruled by the item's own limits and its variant's."""
    process = variant.process if variant and variant.process else item.process
    rules: dict[str, Any] = {**default_rules()[process]}
    for name, limit in {**item.limits, **(variant.limits if variant else {})}.items():
        rules[name.replace("-", "_")] = _rule(limit)
    rules["excluded"] = sorted(item.excluded)
    renewal = item.lifecycle.get("renewal")
    if renewal and renewal["apply_before"]:
        rules["renewal"] = _rule(Limit(**renewal["apply_before"]))
        if renewal["not_before"]:
            rules["renewal"]["earliest"] = _period(Limit(**renewal["not_before"]))
    return rules


def rules_of(code: str) -> tuple[str, Mapping[str, Any]] | None:
    """Return (process slug, complete rules) of the newest version of an item, or None."""
    try:
        item = catalog().newest(code)
    except UnknownItem:
        return None
    return item.process, item_rules(item)


def _rule(limit: Limit | None) -> dict[str, Any] | None:
    if limit is None:
        return None
    rule: dict[str, Any] = {"n": limit.n, "unit": limit.unit, "law": limit.law}
    if limit.since:
        rule["from"] = limit.since
    if limit.approver:
        rule["approver"] = limit.approver
    return rule


def _period(limit: Limit | None) -> dict[str, Any] | None:
    return {"n": limit.n, "unit": limit.unit} if limit else None
