"""The gate before every view: a route without an entry in access.yaml is closed, and so is what no post of theirs opens.

What is decided on one object, casework decides in the transaction of the act; here stands what needs no object.
"""

import logging
from collections.abc import Sequence

from flask import Flask, request

from api.auth.sessions import page_person
from api.auth.tokens import bearer_session, whoami
from api.problems import MACHINE_PATHS, Problem
from workflow.casework.access import could, refusal
from workflow.casework.people import Person
from workflow.definitions.access import matrix

log = logging.getLogger(__name__)


def register(app: Flask) -> None:
    """Put the gate before every view of the application."""
    app.before_request(_gate)


def entry_of(method: str, rule: str) -> str:
    """Return the key of a route in access.yaml; HEAD is GET without its body."""
    return f"{'GET' if method == 'HEAD' else method} {rule}"


def _gate() -> None:
    """Raise Problem or RefusedError for who may not even ask."""
    if request.url_rule is None or request.method == "OPTIONS":
        return  # there is no such route, which the router says; OPTIONS only names methods
    entry = entry_of(request.method, request.url_rule.rule)
    wanted = matrix().routes.get(entry)
    if wanted is None:
        log.error("route without an entry in access.yaml: %s", entry)
        raise Problem(403)
    if any(could(None, what, may) for what, may in wanted):
        return
    person = _who(wanted)
    if person is None or any(could(person, what, may) for what, may in wanted):
        return
    shows = {(what, may) for what, _ in wanted for may in matrix().what[what].shows}
    if "<" not in request.url_rule.rule or not shows:
        raise refusal(*wanted[0])
    if not any(could(person, what, may) for what, may in shows):
        raise Problem(404)  # whatever it is called, nothing of the kind is for their eyes


def _who(wanted: Sequence[tuple[str, str]]) -> Person | None:
    """Return who asks. Raises Problem 401 for a program; a page asks people to log in by itself.

    Who still has to set up a second factor gets as far as their own account, where that is done, and no further.
    """
    if not request.path.startswith(MACHINE_PATHS):
        return page_person()
    return bearer_session().person if ("account", "own") in wanted else whoami()
