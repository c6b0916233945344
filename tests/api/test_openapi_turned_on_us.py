"""Our own OpenAPI document, turned against us: whatever fits it, or just does not, is answered as it says, by any post.

schemathesis makes the requests, of every operation in turn, by people of every post and by nobody. Bounded and always
the same: what it finds once, it finds again.
"""

from collections import Counter
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
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
NAMED = frozenset({401, 403, 404, 409, 412, 428})  # refusals that an operation has to name, each with its reason
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
        assert is_said(case, answer.status_code), f"{answer.status_code} is not in the document: {answer.text}"
        return int(answer.status_code)


def is_said(case: Any, status: int) -> bool:
    """Return True unless this is a refusal that the document has to name and does not."""
    return status not in NAMED or str(status) in case.operation.responses.status_codes


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
