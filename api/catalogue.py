"""The catalogue this process serves, as new as its change log, and the checks of what applicants type, against it."""

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import current_app
from sqlalchemy.exc import SQLAlchemyError

from api.problems import Problem, invalid
from service_catalog.catalog import Catalog, ClosedItem, ItemWithoutManual, UnknownItem
from service_catalog.forms import check_applicant, check_form
from service_catalog.lifecycle import NotForThisItem, life_item, life_terms
from service_catalog.model import ServiceItem
from service_catalog.national import ListedItem
from service_catalog.routing import process_of
from service_catalog.search import Membership
from service_catalog.terms import terms_of
from workflow.casework.catalogue import Snapshot, snapshot, version_of
from workflow.casework.now import now
from workflow.casework.office import Office
from workflow.definitions.loader import processes
from workflow.engine.model import Process, Terms

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Checked:
    """An application that passed every check of its manual."""

    terms: Terms
    process: Process
    applicant: dict[str, Any]
    form: dict[str, Any]


class LiveCatalogue:
    """The manuals of this release joined with what the database states; read anew when its version moves."""

    def __init__(self, office: Office, manuals: Catalog) -> None:
        self._office, self._manuals = office, manuals
        self._known: tuple[int, date, Catalog] | None = None
        self._lock = threading.Lock()

    def current(self) -> Catalog:
        """Return the catalogue as it is now: one short question to the database, an answer kept in memory.

        Without a database the last one known is given, at first the manuals alone: a guide can always be read.
        """
        today = now().date()
        try:
            version = version_of(self._office)
            if self._known is None or self._known[:2] != (version, today):
                with self._lock:
                    if self._known is None or self._known[:2] != (version, today):
                        read = snapshot(self._office, today)
                        self._known = (read.version, today, joined(self._manuals, read))
        except SQLAlchemyError:
            log.warning("the catalogue could not be read anew", exc_info=True)
        return self._known[2] if self._known else self._manuals


def joined(manuals: Catalog, read: Snapshot) -> Catalog:
    """Return the manuals together with what was read from the database."""
    memberships: dict[str, tuple[Membership, ...]] = {}
    for row in read.memberships:
        one = Membership(row.list_id, row.valid_from, row.valid_until)
        memberships[row.item_code] = (*memberships.get(row.item_code, ()), one)
    if not (read.items or read.cancellations or memberships):
        return manuals
    return manuals.joined(
        {row.code: _listed(row) for row in read.items},
        initials={row.code: row.initials for row in read.items},
        cancelled=read.cancellations,
        memberships=memberships,
    )


def _listed(row: Any) -> ListedItem:
    return ListedItem(
        code=row.code,
        name=row.name,
        department=row.department,
        kind=row.kind,
        process=row.process,
        project_type=row.project_type,
        attributes=tuple(row.attributes),
        applicant_types=tuple(row.applicant_types),
        catalog_code=row.catalog_code,
        task_code=row.task_code,
        local_code=row.local_code,
        result=row.result,
        effective_from=row.effective_from,
        cancelled_from=row.cancelled_from,
        state=row.state,
    )


def catalogue() -> Catalog:
    """Return the application's catalogue, as it is now."""
    found: LiveCatalogue = current_app.extensions["banjian.catalogue"]
    return found.current()


def check_application(
    item_code: str,
    applicant: Mapping[str, Any],
    form: Mapping[str, Any],
    *,
    on: date,
    draft: bool,
    about: Mapping[str, Any] | None = None,
    pinned: str | None = None,
) -> Checked:
    """Return the checked application. Raises Problem 422 with every wrong field at once.

    draft: a draft may be incomplete, so only what was given is checked for being known at all.
    about: the permit it is about, {"permit_no", "valid_until", "operation"}, if it is not a first application.
    pinned: the version of the manual an open case was submitted under; it stays its measure, cancelled or not.
    """
    item = open_item(item_code, on, pinned)
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
    process = the_office().in_force(processes()[process_of(item, checked.clean)])
    if about:
        permit = {key: about[key] for key in ("permit_no", "valid_until")}
        terms = life_terms(item, about["operation"], checked.clean, process, permit)
    else:
        terms = terms_of(item, checked.clean, process)
    return Checked(terms, process, people.clean, checked.clean)


def the_office() -> Office:
    """Return the application's office."""
    found: Office = current_app.extensions["banjian.office"]
    return found


def _about(item: ServiceItem, operation: str, valid_until: str | None) -> ServiceItem:
    """Return the manual of an operation on the item's permits. Raises Problem 422."""
    try:
        return life_item(item, operation, valid_until)
    except NotForThisItem as error:
        raise Problem(422, "NOT_FOR_THIS_ITEM", str(error)) from error


def open_item(code: str, on: date, pinned: str | None = None) -> ServiceItem:
    """Return the manual to measure by. Raises Problem 422 that says why nobody can apply, and where else."""
    try:
        return catalogue().pinned(code, pinned) if pinned else catalogue().get(code, on=on)
    except ClosedItem as error:
        if error.since is None:
            text = f"事项“{error.name}”已暂停办理，恢复以前不受理新的申请。"
            raise _not_open("ITEM_SUSPENDED", text) from error
        text = f"事项“{error.name}”自 {error.since} 起取消，不再受理新的申请。"
        raise _not_open("ITEM_CANCELLED", text) from error
    except ItemWithoutManual as error:
        listed = error.listed
        text = f"事项“{listed.name}”还没有标准化工作手册，不能在本系统申请，请向实施主体（{listed.department}）申请。"
        raise _not_open("ITEM_HAS_NO_MANUAL", text) from error
    except UnknownItem as error:
        raise _not_open("ITEM_UNKNOWN", f"没有事项 {code}，请到事项目录中选择。") from error


def _not_open(code: str, text: str) -> Problem:
    return Problem(422, code, text, errors=[{"field": "item_code", "code": code, "message": text}])
