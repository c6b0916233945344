"""代办: an agent acts in the grantor's name, within the mandate, until it ends; and grants nothing on."""

import json
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from tests.builders import APPLICANT
from tests.infrastructure.desk import Desk
from tests.story.telling import applied

GRANTOR, AGENT = "applicant1", "agent1"
EVERYTHING = ["read", "submit", "supply", "speak", "withdraw", "receive"]
BODY = {"agent": AGENT, "verbs": EVERYTHING, "valid_until": "2026-12-31"}


def granted(desk: Desk, who: str = GRANTOR, **more: Any) -> dict[str, Any]:
    """Return a new mandate."""
    status, made = desk.call("POST", "/api/v1/mandates", who, {**BODY, **more})
    assert status == 201, made
    return dict(made)


def test_an_agent_sees_and_does_what_the_mandate_names_and_the_event_says_for_whom(desk: Desk) -> None:
    case_no = applied(desk, "29")
    path = f"/api/v1/cases/{case_no}"
    assert desk.get(path, AGENT)[0] == 404 and desk.get("/api/v1/cases", AGENT)[1]["items"] == []
    granted(desk, case_no=case_no, verbs=["read", "withdraw"])
    assert [one["case_no"] for one in desk.get("/api/v1/cases", AGENT)[1]["items"]] == [case_no]
    assert desk.get(path, AGENT)[1]["applicant"] == desk.get(path, GRANTOR)[1]["applicant"]
    assert desk.get(f"{path}/documents", AGENT)[0] == 404
    assert {one["action"] for one in desk.get(f"{path}/actions", AGENT)[1]["items"]} == {"withdraw"}
    assert desk.refused(case_no, AGENT, "urge", reason="请尽快") == "WRONG_POST"
    desk.done(case_no, AGENT, "withdraw", reason="委托人决定撤回")
    event = desk.get(f"{path}/events?limit=100", GRANTOR)[1]["items"][-1]
    assert event["type"] == "withdraw" and event["actor"] | {"name": ""} == {
        "id": AGENT,
        "name": "",
        "post": "agent",
        "agent_of": GRANTOR,
    }


def test_a_mandate_ends_at_once_by_either_side_and_by_its_day(desk: Desk) -> None:
    case_no = applied(desk, "29")
    path = f"/api/v1/cases/{case_no}"
    for ends in (GRANTOR, AGENT):
        made = granted(desk)
        assert desk.get(path, AGENT)[0] == 200
        status, over = desk.call("POST", f"/api/v1/mandates/{made['id']}/end", ends)
        assert (status, over["status"], over["ended_by"]) == (200, "ended", ends)
        assert desk.get(path, AGENT)[0] == 404
        assert desk.call("POST", f"/api/v1/mandates/{made['id']}/end", ends)[1] == over, "once is enough"
        assert desk.call("POST", f"/api/v1/mandates/{made['id']}/end", "applicant2")[0] == 404
    made = granted(desk, valid_until="2026-09-01")
    assert desk.get(path, AGENT)[0] == 200
    desk.set("2026-09-02T00:00:01")
    assert desk.get(path, AGENT)[0] == 404
    assert desk.get(f"/api/v1/mandates/{made['id']}", AGENT)[1]["status"] == "expired"


def test_an_agent_files_in_the_grantors_name_only(desk: Desk) -> None:
    body = {"item_code": "02", "applicant": {**APPLICANT, "name": "滨海示例化工贸易有限公司"}, "form": {}}
    assert desk.call("POST", "/api/v1/cases", AGENT, body)[1]["errors"][0]["field"] == "on_behalf_of"
    body["on_behalf_of"] = GRANTOR
    assert desk.call("POST", "/api/v1/cases", AGENT, body)[0] == 403
    granted(desk, item_code="46")
    assert desk.call("POST", "/api/v1/cases", AGENT, body)[0] == 403, "another item"
    granted(desk, item_code="02", verbs=["read", "submit"])
    status, refused = desk.call("POST", "/api/v1/cases", AGENT, {**body, "applicant": APPLICANT})
    assert (status, refused["errors"][0]["field"]) == (422, "applicant.name")
    status, made = desk.call("POST", "/api/v1/cases", AGENT, body)
    assert status == 201, made
    assert [one["case_no"] for one in desk.get("/api/v1/cases", GRANTOR)[1]["items"]] == [made["case_no"]]
    first = desk.get(f"/api/v1/cases/{made['case_no']}/events", GRANTOR)[1]["items"][0]
    assert first["actor"]["agent_of"] == GRANTOR and first["data"]["effects"]["owner"] == GRANTOR
    assert desk.call("POST", "/api/v1/cases", "clerk1", body)[0] == 403, "a clerk needs no mandate and has none"


@pytest.mark.parametrize(
    ("who", "change", "status", "field"),
    [
        (AGENT, {"agent": "applicant2"}, 403, None),
        ("clerk1", {}, 403, None),
        (GRANTOR, {"agent": "clerk1"}, 422, "agent"),
        (GRANTOR, {"agent": GRANTOR}, 422, "agent"),
        (GRANTOR, {"agent": "nobody"}, 422, "agent"),
        (GRANTOR, {"verbs": ["submit"]}, 422, "verbs"),
        (GRANTOR, {"verbs": ["read", "sign"]}, 422, "verbs.1"),
        (GRANTOR, {"valid_until": "2026-08-31"}, 422, "valid_until"),
        (GRANTOR, {"item_code": "9999"}, 422, "item_code"),
        (GRANTOR, {"item_code": "02", "case_no": "x"}, 422, "case_no"),
        ("applicant2", {"case_no": "THE CASE"}, 404, None),
    ],
)
def test_what_cannot_be_granted_is_refused_by_its_field(
    desk: Desk, who: str, change: dict[str, Any], status: int, field: str | None
) -> None:
    case_no = applied(desk, "29") if "THE CASE" in change.values() else ""
    given = json.loads(json.dumps({**BODY, **change}).replace("THE CASE", case_no or "THE CASE"))
    if case_no:  # an agent of it may not grant it on
        granted(desk, agent="applicant2", case_no=case_no)
    got, answer = desk.call("POST", "/api/v1/mandates", who, given)
    assert (got, (answer.get("errors") or [{"field": None}])[0]["field"] if field else None) == (status, field), answer


def test_the_database_lets_a_mandate_end_and_nothing_else(desk: Desk) -> None:
    made = granted(desk)
    for sql in (
        "update mandates set valid_until = '2030-01-01'",
        "update mandates set verbs = array['read']",
        "delete from mandates",
        "truncate mandates",
        "insert into mandates (grantor, agent, verbs, valid_from, valid_until, created_at)"
        " values ('applicant1', 'applicant1', array['read'], '2026-01-01', '2026-02-01', now())",
        "insert into mandates (grantor, agent, verbs, valid_from, valid_until, created_at)"
        " values ('applicant1', 'agent1', array['fly'], '2026-01-01', '2026-02-01', now())",
        "insert into mandates (grantor, agent, verbs, valid_from, valid_until, created_at)"
        " values ('applicant1', 'agent1', array['read'], '2026-03-01', '2026-02-01', now())",
    ):
        with pytest.raises(DBAPIError), desk.office.work() as connection:
            connection.exec_driver_sql(sql)
    desk.call("POST", f"/api/v1/mandates/{made['id']}/end", GRANTOR)
    with pytest.raises(DBAPIError), desk.office.work() as connection:
        connection.exec_driver_sql("update mandates set ended_at = null, ended_by = null")
