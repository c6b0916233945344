"""Each request has an id, said in its answer and on every line of the log; one line tells how it went."""

import logging
import re
import secrets
import time

from flask import Flask, Response, g, request

from workflow.casework.logs import begin

log = logging.getLogger(__name__)
HEADER = "X-Request-Id"
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_CASE_NO = re.compile(r"[A-Za-z0-9._-]{1,60}")


def register(app: Flask) -> None:
    """Number and log every request. A caller's own X-Request-Id is taken if it is plain."""
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    given = request.headers.get(HEADER, "")
    g.request_id = given if _ID.fullmatch(given) else secrets.token_hex(8)
    g.begun = time.perf_counter()
    case_no = (request.view_args or {}).get("case_no", "")
    begin(request_id=g.request_id, **({"case_no": case_no} if _CASE_NO.fullmatch(case_no) else {}))


def _end(response: Response) -> Response:
    response.headers[HEADER] = g.request_id
    fields = {
        "method": request.method,
        "route": request.url_rule.rule if request.url_rule else None,  # never the path: it may hold anything
        "status": response.status_code,
        "ms": round((time.perf_counter() - g.begun) * 1000, 1),
    }
    log.info("request", extra=fields)
    return response
