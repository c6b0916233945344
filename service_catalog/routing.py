"""Which way a case of an item goes, decided by what the applicant answered. Closed conditions only."""

from collections.abc import Mapping
from typing import Any

from service_catalog.conditions import holds
from service_catalog.model import Branch, Material, Procedure, Route, ServiceItem, Variant


def variant_of(item: ServiceItem, form: Mapping[str, Any]) -> Variant | None:
    """Return the first variant whose condition holds, or None: the item's main way."""
    return next((variant for variant in item.variants if holds(variant.when, form)), None)


def process_of(item: ServiceItem, form: Mapping[str, Any]) -> str:
    """Return the slug of the process type a case with these answers runs on."""
    variant = variant_of(item, form)
    return variant.process if variant and variant.process else item.process


def routes_of(item: ServiceItem, form: Mapping[str, Any]) -> tuple[Route, ...]:
    """Return the routing rules these answers set off; one without a condition is for a person to judge."""
    return tuple(route for route in item.routes if route.when is not None and holds(route.when, form))


def materials_of(item: ServiceItem, form: Mapping[str, Any]) -> tuple[Material, ...]:
    """Return the materials of this case: one whose condition does not hold is not asked for at all."""
    return tuple(material for material in item.materials if holds(material.when, form))


def procedures_of(item: ServiceItem, form: Mapping[str, Any]) -> tuple[Procedure, ...]:
    """Return the procedures this case needs or may need."""
    return tuple(one for one in item.procedures if holds(one.when, form))


def branches_of(item: ServiceItem, form: Mapping[str, Any]) -> tuple[Branch, ...]:
    """Return the branches a joint case opens, each waiting only for branches that are opened too."""
    return tuple(branch for branch in item.branches if holds(branch.when, form))
