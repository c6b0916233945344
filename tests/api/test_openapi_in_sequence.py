"""Our own OpenAPI document, followed: what one answer leads to is asked next, by people of every post, link after link.

schemathesis draws the sequences from the links of the document. The office is not put back between two sequences, so a
sequence that is tried again may go another way, which hypothesis calls flaky: then the next one begins.
"""

from collections import Counter
from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import seed, settings
from hypothesis.errors import Flaky
from schemathesis import GenerationMode
from schemathesis.generation.stateful.control import TransitionController

from api.links import LINKS, PREFIX
from tests.api.test_openapi_turned_on_us import CHECKS, POSTS, QUIET, Asked, is_said
from tests.infrastructure.desk import Desk
from tests.story.test_item_02 import APPLICANT, FORM

OPENS, ACTS = "POST /api/v1/cases", "POST /api/v1/cases/{case_no}/actions/{action}"
BEGINS = {f"{method} {PREFIX}{path}" for method, path in (name.split() for name, *_ in LINKS) if "{" not in path}
STEPS_MIN = 60  # of every post
SEQUENCES = settings(QUIET, max_examples=6, stateful_step_count=8)


class Beginnings(TransitionController):
    """Lets a sequence begin with what the document leads on from, every second with a case, and anew only at its end."""

    begun = 0

    def allow_root_transition(self, source: str, bundles: dict[str, Any]) -> bool:
        """Return True for what may be asked out of nothing."""
        held = {
            label
            for name, values in bundles.items()
            if values
            for label in self.transitions.producer_labels_for_bundle(name)
        }
        links = [link for its in self.transitions.operations.values() for link in its.incoming]
        if any(
            link.source.label in held and self.allow_transition(link.source.label, link.target.label) for link in links
        ):
            return False
        return source == OPENS if Beginnings.begun % 2 and not held else source in BEGINS


class Followed:
    """What one post asked in sequence, and what was wrong with the answers."""

    def __init__(self, asked: Asked, schema: Any, post: str | None) -> None:
        self.asked, self.post = asked, post
        self.statuses: Counter[int] = Counter()
        self.linked: Counter[bool] = Counter()  # of steps a link led to: was it answered, not refused
        self.faults: list[str] = []
        self.machine = self._machine(schema)

    def _machine(self, schema: Any) -> Any:
        followed = self

        class Sequence(schema.as_state_machine()):  # type: ignore[misc]
            def __init__(self) -> None:
                super().__init__()
                Beginnings.begun += 1
                self.control = Beginnings(self._transitions, self._root_labels)

            def step(self, input: Any) -> Any:
                output = super().step(input)
                if input.transition is not None and input.is_applied:
                    followed.linked[output.response.status_code < 400] += 1
                return output

            def before_call(self, case: Any) -> None:
                followed.fill(case)

            def get_call_kwargs(self, case: Any) -> dict[str, Any]:
                who = "applicant" if followed.post and case.operation.label == OPENS else followed.post
                return {"headers": dict(case.headers or {}) | followed.asked.headers(who)}

            def validate_response(self, response: Any, case: Any, *_: Any, **__: Any) -> None:
                followed.look_at(response, case)

        return Sequence

    def fill(self, case: Any) -> None:
        """Give a case what makes it one, a list its first page, and every second act no more than it needs."""
        if case.operation.label == OPENS:
            case.body = {
                "item_code": "02",
                "applicant": APPLICANT,
                "form": FORM,
                "submit": self.statuses.total() % 3 > 0,
            }
        elif case.operation.label in BEGINS and case.method == "GET":
            case.query = {"queue": "department"} if case.path.endswith("/tasks") else {}
        elif case.operation.label == ACTS and self.statuses.total() % 2:
            case.body = {"data": {}}

    def look_at(self, response: Any, case: Any) -> None:
        """Count the answer; keep what the document does not say of it."""
        self.statuses[response.status_code] += 1
        try:
            case.validate_response(response, checks=CHECKS)
            assert is_said(case, response.status_code), "the document does not name this status"
        except Exception as error:  # whatever is wrong with the answer: the sequence goes on
            self.faults.append(f"{self.post} {case.operation.label} {response.status_code}: {error}")

    def follow(self) -> None:
        """Ask until enough was asked."""
        number = 0
        while self.statuses.total() < STEPS_MIN:
            with suppress(Flaky):
                seed(number)(self.machine).run(settings=SEQUENCES)
            number += 1


def of_everything(desk: Desk) -> None:
    """See to it that lists have something to show: a mandate, a proposal, messages."""
    mandate = {"agent": "agent1", "verbs": ["read"], "valid_until": "2026-12-31"}
    assert desk.call("POST", "/api/v1/mandates", "applicant1", mandate)[0] == 201
    post = {"person": "clerk2", "department": "政务服务办", "post": "reviewer", "give": True, "because": "人手不足"}
    status, answer = desk.call("POST", "/api/v1/posts", "sysadmin1", post)
    assert status == 202, answer
    desk.work()


@pytest.mark.filterwarnings("ignore")
def test_what_an_answer_leads_to_is_answered_as_the_document_says_whoever_follows(desk: Desk) -> None:
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", desk.app)
    schema.config.generation.update(modes=[GenerationMode.POSITIVE])  # what does not fit is asked elsewhere
    asked, statuses, linked = Asked(desk), Counter[int](), Counter[bool]()
    of_everything(desk)
    faults = []
    for post in (None, *POSTS):
        followed = Followed(asked, schema, post)
        followed.follow()
        faults += followed.faults
        statuses += followed.statuses
        linked += followed.linked
    assert not faults, "\n\n".join(faults[:20])
    assert linked[True] > 100 and statuses[201] > 20, (statuses, linked)


def test_every_link_leads_to_an_operation_and_fills_its_address(app: Flask) -> None:
    paths = app.test_client().get("/api/openapi.json").json["paths"]
    operations = {
        one["operationId"]: path for path, item in paths.items() for one in item.values() if isinstance(one, dict)
    }
    links = [
        link
        for item in paths.values()
        for one in item.values()
        if isinstance(one, dict)
        for answer in one["responses"].values()
        for link in answer.get("links", {}).values()
    ]
    assert len(links) == sum(len(targets) for *_, targets in LINKS)
    for link in links:
        wanted = {part.split("}")[0] for part in operations[link["operationId"]].split("{")[1:]}
        assert wanted - set(link["parameters"]) <= {"action", "operation", "what", "step"}, link
