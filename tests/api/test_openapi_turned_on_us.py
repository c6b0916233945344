"""Our own OpenAPI document, turned against us: whatever fits it, or just does not, is answered as it says, by any post.

schemathesis makes the requests, of every operation in turn, by people of every post and by nobody. Bounded and always
the same: what it finds once, it finds again.
"""

import itertools
from collections import Counter
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test
from schemathesis import GenerationMode
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.infrastructure.desk import Desk
from tests.story.test_item_02 import APPLICANT, FORM
from workflow.casework.demo import ACCOUNTS
from workflow.casework.now import now
from workflow.casework.people import find_person

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
POSTS = {post: account for account, _, post in reversed(ACCOUNTS)}
EXAMPLES = 40
QUIET = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)


class Asked:
    """Everybody who may ask, and what is there to be asked about."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        body = {"item_code": "02", "applicant": APPLICANT, "form": FORM, "submit": True}
        status, case = desk.call("POST", "/api/v1/cases", "applicant1", body)
        assert status == 201, case
        task = desk.get("/api/v1/tasks?queue=available", "clerk1")[1]["items"][0]
        self.known: dict[str, Any] = {
            "case_no": case["case_no"],
            "task_id": task["id"],
            "item_code": "02",
            "slug": "on-site",
            "action": "withdraw",
            "year": 2026,
            "list_id": "popular",
        }

    def headers(self, post: str | None) -> dict[str, str]:
        """Return the headers of somebody with this post, who is logged in whatever was revoked before."""
        if post is None:
            return {}
        tokens = self.desk.app.extensions["banjian.tokens"]
        tokens.forget()
        person = find_person(self.desk.office, POSTS[post], now().date())
        return {"Authorization": f"Bearer {tokens.issue(person)}"}

    def ask(self, case: Any, post: str | None, *, of_something: bool) -> int:
        """Return the status of a request that has to be answered as the document says."""
        if of_something:
            for name, value in self.known.items():
                if name in (case.path_parameters or {}):
                    case.path_parameters[name] = value
        answer = case.call(headers=self.headers(post))
        case.validate_response(answer, checks=CHECKS)
        return int(answer.status_code)


def turned(asked: Asked, operation: Any, statuses: Counter[int]) -> str:
    """Return what is wrong with the answers of an operation, "" where nothing is."""
    modes = [operation.as_strategy(generation_mode=mode) for mode in GenerationMode]

    @given(st.data(), st.sampled_from([None, *POSTS]), st.booleans(), st.integers(0, len(modes) - 1))
    @QUIET
    def turn(data: Any, post: str | None, of_something: bool, mode: int) -> None:
        statuses[asked.ask(data.draw(modes[mode]), post, of_something=of_something)] += 1

    try:
        turn()
    except Exception as error:
        return f"{operation.label}: {error}"
    return ""


@pytest.mark.filterwarnings("ignore")
def test_every_operation_answers_every_post_as_its_document_says(desk: Desk) -> None:
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", desk.app)
    asked, statuses = Asked(desk), Counter[int]()
    failures = [turned(asked, result.ok(), statuses) for result in schema.get_all_operations()]
    assert not any(failures), "\n\n".join(filter(None, failures))
    assert statuses[200] > 20 and statuses[422] > 100 and statuses[404] > 20 and statuses[401] > 20, statuses


@pytest.mark.filterwarnings("ignore")
def test_what_one_answer_names_the_next_request_may_use_and_is_answered_as_said(desk: Desk) -> None:
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", desk.app)
    asked, statuses, posts = (
        Asked(desk),
        Counter[tuple[str, int]](),
        itertools.cycle([each for post in POSTS for each in (post, "window-clerk")]),
    )

    actions = itertools.cycle(("urge", "ask-corrections", "remind", "accept", "withdraw", "terminate", "grant", "fly"))

    class Chain(schema.as_state_machine()):  # type: ignore[misc]
        def before_call(self, case: Any) -> None:
            if "action" in (case.path_parameters or {}):
                case.path_parameters |= {"action": next(actions), "case_no": asked.known["case_no"]}

        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            version = desk.case(asked.known["case_no"], "auditor1")["version"] if "actions" in case.path else 1
            return {"headers": asked.headers(next(posts)) | {"If-Match": f'"{version}"'}}

        def validate_response(self, response: Any, case: Any, *_: Any, **__: Any) -> None:
            statuses[case.operation.label.rpartition("/")[2], int(response.status_code)] += 1
            case.validate_response(response, checks=CHECKS)

    run_state_machine_as_test(Chain, settings=settings(QUIET, max_examples=60, stateful_step_count=12))
    assert statuses["tasks", 200] > 10 and statuses["claim", 200] + statuses["claim", 409], statuses
    assert len({status for name, status in statuses if name == "{action}"}) >= 3 and sum(statuses.values()) > 400
