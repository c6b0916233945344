"""What an answer leads to: the links of the OpenAPI document, so that a program need not guess where a number goes."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

PREFIX = "/api/v1"
VERSION = "If-Match"  # the operations that take it follow an answer with an ETag
TAKES_VERSION = frozenset({"PUT /cases/{case_no}/form", "POST /cases/{case_no}/actions/{action}"})
CASE = tuple(
    f"GET /cases/{{case_no}}{tail}"
    for tail in ("", "/form", "/events", "/clocks", "/actions", "/documents", "/services", "/materials", "/archive")
)
TASK = tuple(f"POST /tasks/{{task_id}}/{act}" for act in ("claim", "release", "transfer"))
PERMIT = (
    "GET /permits/{permit_no}",
    "GET /permits/{permit_no}/certificate.pdf",
    "POST /permits/{permit_no}/{operation}",
)
MANDATE = ("GET /mandates/{mandate_id}", "POST /mandates/{mandate_id}/end")
PROPOSAL = (
    "GET /proposals/{proposal_id}",
    *(f"POST /proposals/{{proposal_id}}/{act}" for act in ("confirm", "reject")),
)
ALERT = (
    "GET /supervision/alerts/{alert_id}",
    *(f"POST /supervision/alerts/{{alert_id}}/{act}" for act in ("explain", "uphold", "lift", "urge")),
)
DOCUMENT = tuple(f"GET /cases/{{case_no}}/documents/{{document_id}}.{kind}" for kind in ("pdf", "html"))
ITEM = (
    "GET /catalog/items/{item_code}",
    "GET /catalog/items/{item_code}/guide",
    "GET /catalog/items/{item_code}/selfcheck",
)
SAME_CASE = {"case_no": "$request.path.case_no"}
# (what answers, with which status, where the parameters stand, what can follow)
LINKS: tuple[tuple[str, int, Mapping[str, str], tuple[str, ...]], ...] = (
    ("POST /cases", 201, {"case_no": "$response.body#/case_no"},
     (*CASE, "PUT /cases/{case_no}/form", "POST /cases/{case_no}/materials")),
    ("GET /cases", 200, {"case_no": "$response.body#/items/0/case_no"}, CASE),
    ("GET /cases/{case_no}", 200, SAME_CASE, (*CASE[1:], "PUT /cases/{case_no}/form")),
    ("GET /cases/{case_no}/actions", 200, SAME_CASE | {"action": "$response.body#/items/0/action"},
     ("POST /cases/{case_no}/actions/{action}",)),
    ("POST /cases/{case_no}/actions/{action}", 200, SAME_CASE, CASE),
    ("GET /cases/{case_no}/documents", 200, SAME_CASE | {"document_id": "$response.body#/items/0/id"}, DOCUMENT),
    ("GET /cases/{case_no}/materials", 200, SAME_CASE | {"sha256": "$response.body#/items/0/sha256"},
     ("GET /cases/{case_no}/materials/{sha256}",)),
    ("GET /tasks", 200, {"task_id": "$response.body#/items/0/id"}, TASK),
    ("GET /tasks", 200, {"case_no": "$response.body#/items/0/case_no"}, ("GET /cases/{case_no}/actions",)),
    ("POST /tasks/{task_id}/claim", 200, {"task_id": "$response.body#/id"}, TASK[1:]),
    ("POST /tasks/{task_id}/claim", 200, {"case_no": "$response.body#/case_no"}, ("GET /cases/{case_no}/actions",)),
    ("GET /permits", 200, {"permit_no": "$response.body#/items/0/permit_no"}, PERMIT),
    ("POST /permits/{permit_no}/{operation}", 201, {"case_no": "$response.body#/case_no"}, CASE),
    ("GET /mandates", 200, {"mandate_id": "$response.body#/items/0/id"}, MANDATE),
    ("POST /mandates", 201, {"mandate_id": "$response.body#/id"}, MANDATE),
    ("GET /messages", 200, {"message_id": "$response.body#/items/0/id"}, ("POST /messages/{message_id}/read",)),
    ("GET /proposals", 200, {"proposal_id": "$response.body#/items/0/id"}, PROPOSAL),
    ("POST /proposals", 202, {"proposal_id": "$response.body#/id"}, PROPOSAL),
    ("POST /posts", 202, {"proposal_id": "$response.body#/id"}, PROPOSAL),
    ("GET /supervision/alerts", 200, {"alert_id": "$response.body#/items/0/id"}, ALERT),
    ("GET /disclosures", 200, {"disclosure_id": "$response.body#/items/0/id"}, ("POST /disclosures/{disclosure_id}/{what}",)),
    ("GET /ratings/bad", 200, {"rating_id": "$response.body#/items/0/id"}, ("POST /ratings/bad/{rating_id}/{step}",)),
    ("GET /catalog/items", 200, {"item_code": "$response.body#/items/0/item_code"}, ITEM),
    ("GET /catalog/processes", 200, {"slug": "$response.body#/items/0/slug"}, ("GET /catalog/processes/{slug}",)),
    ("GET /catalog/lists", 200, {"list_id": "$response.body#/items/0/id"}, ("GET /catalog/lists/{list_id}",)),
)  # fmt: skip


def operation_id(method: str, path: str) -> str:
    """Return the name of an operation: get_cases_case_no."""
    return "_".join(re.findall(r"\w+", f"{method.lower()} {path.removeprefix(PREFIX)}"))


def links_of(method: str, path: str) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Yield (status, name, link) of every link of an operation."""
    source = f"{method.upper()} {path.removeprefix(PREFIX)}"
    for name, status, parameters, targets in LINKS:
        for target in targets if name == source else ():
            wanted = dict(parameters)
            if target in TAKES_VERSION:
                wanted[f"header.{VERSION}"] = "$response.header.ETag"
            called = operation_id(*target.split(" "))
            yield status, called, {"operationId": called, "parameters": wanted}
