"""The catalogue this process serves, and the checks of what applicants type, against it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import current_app

from api.problems import Problem, invalid
from service_catalog.catalog import Catalog, UnknownItem
from service_catalog.forms import check_applicant, check_form
from service_catalog.lifecycle import NotForThisItem, life_item, life_terms
from service_catalog.model import ServiceItem
from service_catalog.routing import process_of
from service_catalog.terms import terms_of
from workflow.definitions.loader import processes
from workflow.engine.model import Process, Terms


@dataclass(frozen=True, slots=True)
class Checked:
    """An application that passed every check of its manual."""

    terms: Terms
    process: Process
    applicant: dict[str, Any]
    form: dict[str, Any]


def catalogue() -> Catalog:
    """Return the application's catalogue."""
    found: Catalog = current_app.extensions["banjian.catalogue"]
    return found


def check_application(
    item_code: str,
    applicant: Mapping[str, Any],
    form: Mapping[str, Any],
    *,
    on: date,
    draft: bool,
    about: Mapping[str, Any] | None = None,
) -> Checked:
    """Return the checked application. Raises Problem 422 with every wrong field at once.

    draft: a draft may be incomplete, so only what was given is checked for being known at all.
    about: the permit it is about, {"permit_no", "valid_until", "operation"}, if it is not a first application.
    """
    try:
        item = catalogue().get(item_code, on=on)
    except UnknownItem as error:
        errors = [{"field": "item_code", "code": "ITEM_UNKNOWN", "message": f"没有事项 {item_code}。"}]
        raise Problem(422, "ITEM_UNKNOWN", f"没有事项 {item_code}，请到事项目录中选择。", errors=errors) from error
    if about:
        item = _about(item, about["operation"], about["valid_until"])
    people = check_applicant(applicant, item, today=on)
    checked = check_form(item, form, draft=draft, today=on)
    problems = [
        {"field": f"{where}.{problem.field}", "message": problem.text}
        for where, result in (("applicant", people), ("form", checked))
        for problem in result.problems
    ]
    if problems:
        raise invalid(problems)
    process = processes()[process_of(item, checked.clean)]
    if about:
        permit = {key: about[key] for key in ("permit_no", "valid_until")}
        terms = life_terms(item, about["operation"], checked.clean, process, permit)
    else:
        terms = terms_of(item, checked.clean, process)
    return Checked(terms, process, people.clean, checked.clean)


def _about(item: ServiceItem, operation: str, valid_until: str | None) -> ServiceItem:
    """Return the manual of an operation on the item's permits. Raises Problem 422."""
    try:
        return life_item(item, operation, valid_until)
    except NotForThisItem as error:
        raise Problem(422, "NOT_FOR_THIS_ITEM", str(error)) from error
