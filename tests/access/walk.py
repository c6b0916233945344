"""Every route × every person × every phase: what is asked, and what the hand-written table expects of the answer."""

import io
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from tests.access.expected import (
    LETTERS,
    NOTHING,
    PLAIN,
    STAFF_ACTS,
    Rights,
    reads_alerts,
    reads_findings,
    reads_ratings,
    rights_of,
)
from tests.access.world import ELSEWHERE, NOW, OWNER, Walker, World
from tests.builders import at as moment
from workflow.casework.errors import NotFound, RefusedError
from workflow.casework.lists import cases_for
from workflow.casework.people import Person
from workflow.casework.tracking import case_view
from workflow.definitions.access import matrix

WHERE_THEY_ACT = "IRE-"  # who has a kind of act has it in some phase: the phase is judged after the version
STALE = {"If-Match": '"999999"'}
MISSING = "02-20260901-999999"
ACTS = {  # kind -> an action of that kind
    "submit": "discard", "commit": "commit", "supply": "resubmit", "speak": "make-statement", "withdraw": "withdraw",
    "urge": "urge", "consent": "agree-to-electronic-service", "accept": "accept", "note": "note-shortfall",
    "review": "propose", "inspect": "start-visit", "opine": "give-opinion", "hear": "sign-hearing-record",
    "examine": "pass-legal-review", "sign": "countersign", "extend": "extend", "decide": "grant", "deliver": "deliver",
    "serve": "record-service", "hand-over": "transfer", "recuse": "declare-recusal", "settle": "uphold-recusal",
}  # fmt: skip
YES, NO, FORBIDDEN, LOGIN = "allowed", "404", "403", "401"
CASE_READS = {
    "read": ("",), "form": ("/form",), "events": ("/events",), "clocks": ("/clocks",), "actions": ("/actions",),
    "documents": ("/documents", "/services", "/documents/{document}.pdf", "/documents/{document}.html"),
}  # fmt: skip
# Of the routes with a variable: what stands for it. {permit} and the like are the world's.
FILLED = {
    "<int:year>": "2026", "<item_code>": "02", "<slug>": "on-site", "<list_id>": "online", "<int:entry_id>": "999999",
    "<code>": "x", "<int:alert_id>": "999999", "<int:disclosure_id>": "999999", "<call_id>": "999999",
    "<account>": "nobody", "<token>": "x", "<int:rating_id>": "999999", "<int:proposal_id>": "999999",
    "<any('call-back', answer, rectify, close, appeal, uphold, dismiss):step>": "answer", "<int:message_id>": "999999", "<channel>": "sms", "<any(withdraw, restore):what>": "withdraw",
}  # fmt: skip
BODIES = {"/api/v1/auth/revoke": {"refresh_token": "x", "everywhere": True}}  # else the walk would end there
A_STEP = "/api/v1/ratings/bad/<int:rating_id>/<any('call-back', answer, rectify, close, appeal, uphold, dismiss):step>"
MASKED = ("window-clerk", "supervisor", "auditor")
OBJECTS = ("case", "material", "task", "permit")


@dataclass(frozen=True)
class Check:
    """One request and the answer it must get. what: the line of the matrix it is about."""

    route: str
    method: str
    path: str
    expected: str
    what: tuple[str, str]
    body: Any = None
    headers: tuple[tuple[str, str], ...] = ()
    is_upload: bool = False


def checks(world: World, one: Walker) -> Iterator[Check]:
    """Yield every check of one person over the JSON API."""
    for letter in LETTERS:
        rights = rights_of(one.post, one.relation) if letter in one.cases else NOTHING
        yield from _on_case(one, world.cases[letter], letter, rights, world)
        yield from _on_task(one, world, letter, rights)
    yield from _on_case(one, MISSING, "-", NOTHING, world)
    yield from _on_permit(one, world)
    yield from _on_mandates(one, world)
    yield from _on_findings(one, world)
    yield from _plain(one)


def _answer(one: Walker, found: bool, otherwise: str = NO) -> str:
    return LOGIN if one.post == "public" else YES if found else otherwise


def _on_case(one: Walker, case_no: str, letter: str, rights: Rights, world: World) -> Iterator[Check]:
    route, base = "/api/v1/cases/<case_no>", f"/api/v1/cases/{case_no}"
    for what, tails in CASE_READS.items():
        for tail in tails:
            path = base + tail.format(document=world.documents.get(letter, 1))
            rule = route + tail.replace("{document}", "<int:document_id>")
            yield Check(f"GET {rule}", "GET", path, _answer(one, letter in rights.reads.get(what, "")), ("case", what))
    sha = world.files.get(letter, "0" * 64)
    for may, tail in (("list", ""), ("download", f"/{sha}")):
        rule = f"{route}/materials{'/<sha256>' if tail else ''}"
        found = letter in rights.files.get(may, "")
        yield Check(f"GET {rule}", "GET", f"{base}/materials{tail}", _answer(one, found), ("material", may))
    hidden = LOGIN if one.post == "public" else "hidden"  # nothing was archived, and only the party rates
    for method, tail, may in (
        ("GET", "/archive", "read"),
        ("GET", "/archive.zip", "archive"),
        ("POST", "/rating", "read"),
    ):
        body = {} if method == "POST" else None
        yield Check(f"{method} {route}{tail}", method, base + tail, hidden, ("case", may), body)
    sees_masked = one.post in ("supervisor", "auditor") and rights.shows(letter)
    unmask = YES if sees_masked else hidden
    yield Check(f"POST {route}/unmask", "POST", f"{base}/unmask", unmask, ("case", "unmask"), {})
    refused = FORBIDDEN if rights.shows(letter) else NO
    if letter not in WHERE_THEY_ACT:
        return
    for kind, action in ACTS.items():
        yield Check(
            f"POST {route}/actions/<action>", "POST", f"{base}/actions/{action}",
            _answer(one, kind in rights.acts, refused), ("case", kind), {"data": {}}, tuple(STALE.items()),
        )  # fmt: skip
    yield Check(
        f"PUT {route}/form", "PUT", f"{base}/form",
        _answer(one, "submit" in rights.acts, refused), ("case", "submit"), {"form": {}}, tuple(STALE.items()),
    )  # fmt: skip
    yield Check(
        f"POST {route}/materials", "POST", f"{base}/materials",
        _answer(one, "supply" in rights.acts, refused), ("case", "supply"), None, tuple(STALE.items()), is_upload=True,
    )  # fmt: skip


def _on_task(one: Walker, world: World, letter: str, rights: Rights) -> Iterator[Check]:
    may_list = letter in rights.tasks.get("list", "")
    for number, at in ((world.tasks[letter], letter), (999_999, "-")):
        for may in ("claim", "release", "transfer"):
            found = at in rights.tasks.get(may, "")
            refused = FORBIDDEN if may_list and at == letter else NO
            yield Check(
                f"POST /api/v1/tasks/<int:task_id>/{may}", "POST", f"/api/v1/tasks/{number}/{may}",
                _answer(one, found, refused), ("task", may), {"to": "nobody"} if may == "transfer" else None,
            )  # fmt: skip


def _on_permit(one: Walker, world: World) -> Iterator[Check]:
    rights = rights_of(one.post, one.relation) if "E" in one.cases else NOTHING
    route = "/api/v1/permits/<permit_no>"
    for number, held in ((world.permit_no, rights.permit), ("津开审证02〔2026〕7777号", frozenset[str]())):
        base = f"/api/v1/permits/{number}"
        yield Check(f"GET {route}", "GET", base, _answer(one, "read" in held), ("permit", "read"))
        path = f"{base}/certificate.pdf"
        refused = FORBIDDEN if "read" in held else NO
        found = _answer(one, "certificate" in held, refused)
        yield Check(f"GET {route}/certificate.pdf", "GET", path, found, ("permit", "certificate"))
        for operation, may in (("renew", "apply"), ("suspend", "proceed")):
            found = _answer(one, may in held, refused)
            rule = f"POST {route}/<operation>"
            yield Check(rule, "POST", f"{base}/{operation}", found, ("permit", may), {"form": {}})


def _on_mandates(one: Walker, world: World) -> Iterator[Check]:
    rule = "/api/v1/mandates/<int:mandate_id>"
    for number, its in ((world.to_end, {OWNER, "agent-read"}), (999_999, set[str]())):
        found = _answer(one, one.id in its)
        yield Check(f"GET {rule}", "GET", f"/api/v1/mandates/{number}", found, ("mandate", "read"))
        yield Check(f"POST {rule}/end", "POST", f"/api/v1/mandates/{number}/end", found, ("mandate", "end"))
    if one.id == "stranger":  # over somebody else's case
        body = {"agent": "agent-read", "verbs": ["read"], "valid_until": "2026-12-31", "case_no": world.cases["R"]}
        yield Check("POST /api/v1/mandates", "POST", "/api/v1/mandates", NO, ("mandate", "grant"), body)


def _on_findings(one: Walker, world: World) -> Iterator[Check]:
    """Yield what is asked of one message, alert, rating and disclosure; of acts, only what changes no answer."""
    path, rule = f"/api/v1/messages/{world.message}/read", "POST /api/v1/messages/<int:message_id>/read"
    yield Check(rule, "POST", path, _answer(one, one.id == OWNER), ("message", "mark"))
    hidden = NO if one.post in STAFF_ACTS else FORBIDDEN
    for place, number in world.alerts.items():
        is_shown = ("there" if place == ELSEWHERE else "here") in reads_alerts(one.post, one.relation)
        rule, path = "/api/v1/supervision/alerts/<int:alert_id>", f"/api/v1/supervision/alerts/{number}"
        yield Check(f"GET {rule}", "GET", path, _answer(one, is_shown, hidden), ("alert", "list"))
        explains = is_shown and one.post not in ("supervisor", "auditor")
        found = _answer(one, explains, FORBIDDEN if is_shown else hidden)
        rule, path = f"POST {rule}/explain", f"{path}/explain"
        yield Check(rule, "POST", path, found, ("alert", "explain"), {"text": "t"})
    is_here = "here" in reads_findings(one.post, one.relation)
    if "here" not in reads_ratings(one.post, one.relation):
        never = one.relation == "gone" or one.post in ("expert", "catalogue-admin", "system-admin")
        found, path = _answer(one, False, FORBIDDEN if never else hidden), f"/api/v1/ratings/bad/{world.rating}/close"
        yield Check(f"POST {A_STEP}", "POST", path, found, ("rating", "handle"), {"note": "已经办理完毕"})
    may_order = one.post in ("approver", "department-head")
    hidden = NO if may_order and one.relation != "gone" else FORBIDDEN
    path = f"/api/v1/disclosures/{world.disclosure}/restore"  # refused by what it is held for, after the person
    rule = "POST /api/v1/disclosures/<int:disclosure_id>/<any(withdraw, restore):what>"
    yield Check(
        rule,
        "POST",
        path,
        _answer(one, may_order and is_here, hidden),
        ("disclosure", "order"),
        {"reason": "已经改正，应当公示"},
    )


def _plain(one: Walker) -> Iterator[Check]:
    """Yield what needs no object, from the routes themselves."""
    for route, targets in matrix().routes.items():
        method, _, rule = route.partition(" ")
        if (
            len(targets) > 1
            or targets[0] not in PLAIN
            or not rule.startswith(("/api/", "/healthz", "/readyz", "/metrics"))
        ):
            continue
        posts = PLAIN[targets[0]]
        path = rule
        for name, value in FILLED.items():
            path = path.replace(name, value)
        body = BODIES.get(rule, {}) if method != "GET" else None
        if "*" in posts:
            yield Check(route, method, path, "public", targets[0], body)
            continue
        is_theirs = (one.post in posts and one.relation != "gone") or "+" in posts
        is_theirs = is_theirs or (posts == frozenset(STAFF_ACTS) and one.post in STAFF_ACTS)
        hidden = "<" in rule and targets[0] == ("disclosure", "order")
        found = _answer(one, is_theirs, NO if "<" in rule and targets[0][0] == "proposal" else FORBIDDEN)
        if targets[0] == ("proposal", "answer") and one.post in ("supervisor", "auditor"):
            found, hidden = YES, True  # who may read proposals hears of this one what everybody would: it is not there
        yield Check(
            route,
            method,
            path,
            "hidden" if hidden and found == YES else found,
            targets[0],
            {} if method != "GET" else None,
        )


def asked(world: World, one: Walker, check: Check) -> tuple[int, str]:
    """Return (status, what is wrong with it, "" if it is as expected)."""
    headers = world.headers(one.id) | dict(check.headers)
    client = world.app.test_client()
    if check.is_upload:
        data = {"name": "x", "file": (io.BytesIO(b"%PDF-1.4 x"), "x.pdf")}
        answer = client.open(check.path, method=check.method, data=data, headers=headers)
    else:
        answer = client.open(check.path, method=check.method, json=check.body, headers=headers)
    got = {401: LOGIN, 403: FORBIDDEN, 404: NO}.get(answer.status_code, YES)
    code = (answer.json or {}).get("code") if answer.is_json or "problem" in (answer.content_type or "") else ""
    if answer.status_code >= 500 and answer.status_code != 503:
        return answer.status_code, "a server error"
    if check.expected == "public":  # open to everybody: whatever the content says, it is no refusal of the person
        is_refusal = code in ("NOT_AUTHENTICATED", "WRONG_POST", "FORBIDDEN") and check.what[0] != "session"
        return answer.status_code, str(code) if is_refusal else ""
    if check.expected == "hidden":
        return answer.status_code, "" if got in (NO, YES) or check.what in (
            ("case", "archive"),
            ("case", "unmask"),
        ) else got
    if check.expected == YES and got == NO and check.what[0] not in (*OBJECTS, "mandate"):
        return answer.status_code, ""  # the object of the address is nobody's: it is not there
    if check.expected == YES and got == NO and code == "FILE_ERASED":
        return answer.status_code, ""
    return answer.status_code, "" if got == check.expected else f"{got} instead of {check.expected}"


def lists(world: World, one: Walker) -> Iterator[tuple[str, object, object]]:
    """Yield (list, what it shows, what it should show): exactly what may be read one by one."""
    client, headers = world.app.test_client(), world.headers(one.id)
    rights = {letter: rights_of(one.post, one.relation) if letter in one.cases else NOTHING for letter in LETTERS}
    if one.post == "public":
        return
    answer = client.get("/api/v1/cases?item_code=02&limit=100", headers=headers)
    shown = {item["case_no"] for item in (answer.json or {}).get("items", ())}
    names = {no: letter for letter, no in world.cases.items()}
    yield "cases", {names.get(no, no) for no in shown}, {at for at in LETTERS if at in rights[at].reads.get("list", "")}
    answer = client.get("/api/v1/tasks?queue=department&limit=100", headers=headers)
    numbers = {number: letter for letter, number in world.tasks.items()}
    found = {numbers[item["id"]] for item in (answer.json or {}).get("items", ()) if item["id"] in numbers}
    yield "tasks", found, {at for at in LETTERS if at in rights[at].tasks.get("list", "") and one.post in STAFF_ACTS}
    answer = client.get("/api/v1/tasks?queue=mine&limit=100", headers=headers)
    mine = {numbers[item["id"]] for item in (answer.json or {}).get("items", ()) if item["id"] in numbers}
    yield "my own tasks", mine, found if one.relation == "assigned" else set()
    answer = client.get("/api/v1/permits?limit=100", headers=headers)
    permits = (answer.json or {}).get("items", ())
    found = {item["permit_no"] for item in permits}
    in_full = "list" in rights["E"].permit and one.post not in MASKED
    yield "identity numbers", any("holder_id_no" in item for item in permits), in_full
    yield "permits", found, {world.permit_no} if "list" in rights["E"].permit else set()
    answer = client.get("/api/v1/mandates?limit=100", headers=headers)
    sides = [{item["grantor"]["id"], item["agent"]["id"]} for item in (answer.json or {}).get("items", ())]
    yield "mandates", all(one.id in side for side in sides), True
    yield from _findings(world, one)
    if one.relation == "gone":
        yield "by a post that a token remembers", _remembered(world, one), set()
    yield "mandates of one's own", bool(sides), one.post == "agent" or one.id in (OWNER, "stranger")


def _findings(world: World, one: Walker) -> Iterator[tuple[str, object, object]]:
    """Yield the same of messages, alerts, bad ratings and disclosures."""
    client, headers = world.app.test_client(), world.headers(one.id)

    def items(path: str) -> list[Any]:
        return list((client.get(path, headers=headers).json or {}).get("items", ()))

    yield "messages", [item["id"] for item in items("/api/v1/messages")], [world.message] if one.id == OWNER else []
    numbers = {number: "there" if place == ELSEWHERE else "here" for place, number in world.alerts.items()}
    found = {numbers[item["id"]] for item in items("/api/v1/supervision/alerts")}
    yield "alerts", found, reads_alerts(one.post, one.relation)
    is_rated = "here" in reads_ratings(one.post, one.relation)
    rated = items("/api/v1/ratings/bad")
    yield "ratings", [item["id"] for item in rated], [world.rating] if is_rated else []
    told = is_rated and one.post in ("supervisor", "auditor")
    yield "who wished to stay unknown", any(item["case_no"] for item in rated), told
    is_here = "here" in reads_findings(one.post, one.relation)
    held = [item["id"] for item in items("/api/v1/disclosures?state=held")]
    yield "disclosures", held, [world.disclosure] if is_here else []


def _remembered(world: World, one: Walker) -> set[str]:
    """Return the cases that somebody reads whose token knows of a post for some seconds after its end."""
    office, person = (
        world.app.extensions["banjian.office"],
        Person(one.id, "", "staff", ((world.department, one.post),)),
    )
    found = set()
    with suppress(RefusedError):
        found |= {case["case_no"] for case in cases_for(office, person)[0]}
    for case_no in world.cases.values():
        with suppress(NotFound):
            found.add(case_view(office, case_no, person, moment(NOW))["case_no"])
    return found
