"""What the catalogue promises for an item, some answers and a day: the terms and the process of a case."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from service_catalog.catalog import Catalog
from service_catalog.forms import check_form
from service_catalog.routing import process_of
from service_catalog.terms import terms_of
from workflow.definitions.loader import processes
from workflow.engine.model import Process, Terms


def offer(catalogue: Catalog, code: str, answers: Mapping[str, Any], on: date) -> tuple[Terms, Process]:
    """Return (terms, process) of a branch with this item, from the answers of the joint form that it asks too.

    Raises UnknownItem. The joint form stands for the item's own: what it does not ask stays unanswered.
    """
    item = catalogue.get(code, on)
    known = {field.key for field in item.fields}
    shared = {key: value for key, value in answers.items() if key in known}
    clean = check_form(item, shared, today=on, draft=True).clean
    process = processes()[process_of(item, clean)]
    return terms_of(item, clean, process), process
