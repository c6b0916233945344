"""Red and yellow cards: each raised once, each with the events that prove it, each answered on the record."""

import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from tests.infrastructure.desk import Desk
from tests.oversight.test_timeliness import observed
from tests.story.telling import applied, granted, proposed, visited
from workflow.engine.errors import DefinitionError
from workflow.oversight.alerts import alert_rules, signs
from workflow.oversight.look import Look
from workflow.oversight.observe import Observer
from workflow.store import oversight as stored
from workflow.store.connect import transaction

# What clocks and processes mark on a case themselves, and which card that is.
RECORDED = {
    "DEEMED_ACCEPTED": ("acceptance-by-silence", "red"),
    "DEEMED_RENEWED": ("renewal-by-silence", "red"),
    "PROMISE_NEAR": ("near-due", "yellow"),
    "PROMISE_OVERDUE": ("promise-overdue", "red"),
    "STATUTORY_OVERDUE": ("law-overdue", "red"),
    "DELIVERY_OVERDUE": ("delivery-overdue", "red"),
    "PUBLICATION_OVERDUE": ("publication-overdue", "red"),
    "HEARING_OVERDUE": ("hearing-overdue", "red"),
    "RECTIFICATION_OVERDUE": ("other-period-overdue", "yellow"),
    "POST_VERIFICATION_OVERDUE": ("other-period-overdue", "yellow"),
    "SUPPLEMENT_LAPSED": ("other-period-overdue", "yellow"),
    "SUSPENSION_DAYS_USED_UP": ("other-period-overdue", "yellow"),
    "confirm-false": ("found-false", "red"),
    "audit-failed": ("found-false", "red"),
    "refuse-for-fraud": ("found-false", "red"),
}


def alerts(desk: Desk, **query: Any) -> list[Any]:
    words = "&".join(f"{key}={value}" for key, value in {"limit": 100, **query}.items())
    status, answer = desk.get(f"/api/v1/supervision/alerts?{words}", "supervisor1")
    assert status == 200, answer
    return list(answer["items"])


def messages(desk: Desk, who: str) -> list[str]:
    with desk.office.work() as connection:
        return list(
            connection.exec_driver_sql(
                "select text from messages where recipient = %(who)s and text like '%%效能监察%%'", {"who": who}
            ).scalars()
        )


def test_an_alert_is_raised_once_cites_its_events_and_reaches_the_right_people(desk: Desk) -> None:
    case_no = applied(desk, "26")
    desk.at("2026-09-09T09:00:00")  # five working days of silence
    observed(desk)
    (found,) = alerts(desk, code="acceptance-by-silence")
    assert (found["code"], found["level"], found["on"]) == ("acceptance-by-silence", "red", "2026-09-09")
    _, trail = desk.get(f"/api/v1/cases/{case_no}/events?limit=100", "auditor1")
    by_seq = {event["seq"]: event for event in trail["items"]}
    (proof,) = found["evidence"]
    assert proof == {"case_no": case_no, "seq": proof["seq"], "hash": by_seq[proof["seq"]]["hash"]}
    assert by_seq[proof["seq"]]["type"] == "deem-accepted"
    assert desk.case(case_no)["alerts"][0]["seq"] == proof["seq"]  # one truth, seen from two sides
    observed(desk)
    Observer(desk.office.engine).observe(desk.now(), everything=True)
    with transaction(desk.office.engine) as connection:
        connection.exec_driver_sql("truncate case_measures cascade")
    observed(desk)
    assert len(alerts(desk, code="acceptance-by-silence")) == 1
    for who in ("supervisor1", "clerk1", "head1"):
        assert len([text for text in messages(desk, who) if "视为受理" in text]) == 1, who
    assert not [text for text in messages(desk, "reviewer1") if "视为受理" in text] and not messages(desk, "applicant1")


def test_time_alone_raises_what_no_event_tells(desk: Desk) -> None:
    case_no = applied(desk, "26")
    desk.done(case_no, "clerk1", "accept")
    desk.at("2026-09-21T09:00:00")
    observed(desk)
    assert "step-overdue" not in {alert["code"] for alert in alerts(desk)}
    desk.at("2026-09-24T09:00:00")  # the 16th working day in review
    observed(desk)
    (found,) = alerts(desk, code="step-overdue")
    assert "15个工作日" in found["text"] and found["verified"] is False and found["on"] == "2026-09-22"


def test_an_alert_is_explained_urged_and_closed_on_the_record(desk: Desk) -> None:
    case_no = applied(desk, "26")
    desk.done(case_no, "clerk1", "accept")
    visited(desk, case_no)
    proposed(desk, case_no)
    desk.at("2026-10-14T09:00:00")
    granted(desk, case_no)
    observed(desk)
    found = next(alert for alert in alerts(desk) if alert["code"] == "promise-overdue")
    place = f"/api/v1/supervision/alerts/{found['id']}"

    def said(what: str, who: str, **body: Any) -> tuple[int, str]:
        status, answer = desk.call("POST", f"{place}/{what}", who, {"text": "情况说明", **body})
        return status, answer.get("code") or answer["status"]

    assert desk.get(place, "clerk1")[0] == 404, "it does not concern them"
    missing = "/api/v1/supervision/alerts/999999"
    assert desk.get(place, "applicant1")[0] == desk.get(missing, "applicant1")[0] == 403, "alerts are for staff"
    assert said("explain", "clerk1") == (404, "NOT_FOUND")
    assert said("uphold", "head1") == (403, "WRONG_POST")
    assert said("explain", "supervisor1") == (403, "WRONG_POST")
    assert said("lift", "auditor1") == (403, "WRONG_POST")
    assert said("urge", "supervisor1", answer_by="2026-10-20") == (200, "promise-overdue")
    assert said("explain", "head1")[0] == 200
    assert said("explain", "head1", text="")[0] == 422
    assert said("uphold", "supervisor1")[0] == 200
    assert said("lift", "supervisor1") == said("explain", "head1") == (409, "ALERT_CLOSED")
    _, shown = desk.get(place, "head1")
    assert shown["status"] == "upheld"
    assert [step["kind"] for step in shown["steps"]] == ["raised", "urged", "explained", "upheld"]
    assert shown["steps"][1]["answer_by"] == "2026-10-20" and shown["steps"][3]["by"]["id"] == "supervisor1"
    desk.work()
    assert any("督办" in text for text in messages(desk, "head1"))
    for sql in (
        "delete from alerts",
        "update alerts set text = 'x'",
        "update alerts set evidence = '[1]'",
        "update alert_steps set text = 'x'",
        "delete from alert_steps",
    ):
        with pytest.raises(DBAPIError, match="append-only"), transaction(desk.office.engine) as connection:
            connection.exec_driver_sql("set session_replication_role = replica")
            connection.exec_driver_sql(sql)


def test_an_application_taken_back_and_made_anew_is_seen(desk: Desk) -> None:
    first = applied(desk, "26")
    desk.done(first, "applicant1", "withdraw", reason="重新申报")
    observed(desk)
    desk.at("2026-09-07T09:00:00")
    second = applied(desk, "26")
    applied(desk, "29", who="applicant2")
    observed(desk)
    (found,) = alerts(desk, code="void-and-refile")
    assert found["case_no"] == second and first in found["text"]


def test_decisions_bunched_on_the_last_day_are_seen_once_the_month_is_over(desk: Desk) -> None:
    numbers = [applied(desk, "26") for _ in range(5)]
    for case_no in numbers:
        desk.done(case_no, "clerk1", "accept")
        visited(desk, case_no)
        proposed(desk, case_no)
    desk.at(f"{desk.case(numbers[0])['due']['promised']}T15:00:00")
    for case_no in numbers:
        granted(desk, case_no)
    observed(desk)
    assert not alerts(desk, code="bunched-decisions")
    desk.at("2026-10-12T09:00:00")
    observed(desk)
    observed(desk)
    (found,) = alerts(desk, code="bunched-decisions")
    assert found["person"] == "approver1" and {one["case_no"] for one in found["evidence"]} == set(numbers)


def test_what_the_engine_refuses_is_seen_where_a_trail_has_it_nevertheless(desk: Desk) -> None:
    """The detectors trust no engine: each fault is put into a copy of the events."""
    case_no = applied(desk, "26")
    desk.done(case_no, "clerk1", "accept")
    with transaction(desk.office.engine) as connection:
        case_id = connection.exec_driver_sql("select id from cases where case_no = %(n)s", {"n": case_no}).scalar_one()
        (row,) = stored.rows(connection, [case_id])
        look = Observer(desk.office.engine).look(connection, row, desk.now())
        rules = {rule.code: rule for rule in alert_rules()}

        def seen(code: str, change: Callable[[list[Any]], None]) -> int:
            events = copy.deepcopy(list(look.events))
            change(events)
            return len(list(signs(connection, rules[code], replace(look, events=events))))

        def more(**event: Any) -> Callable[[list[Any]], None]:
            def add(events: list[Any]) -> None:
                base = {**copy.deepcopy(events[-1]), "from": "in-review", "to": "in-review", "seq": len(events) + 1}
                events.append(base | event)

            return add

        def fact(kind: str, at: str = "2026-09-01T10:00:00+08:00", **given: Any) -> dict[str, Any]:
            return {"at": at, "data": {"effects": {"fact": {"type": kind, "at": at, **given}}}}

        def without(kind: str) -> Callable[[list[Any]], None]:
            return lambda events: events.remove(next(event for event in events if event["type"] == kind))

        for code in rules:
            assert seen(code, lambda events: None) == 0, code
        for code, (rule, level) in RECORDED.items():
            alert = {"level": level, "code": code, "on": "2026-09-01", "text": "", "law": "", "seq": 1}
            marked = replace(look, case=replace(look.case, alerts=(alert,)))
            found = [name for name in rules if list(signs(connection, rules[name], marked))]
            assert found == [rule] and rules[rule].level == level, code
        late = fact("correction_requested", "2026-09-20T10:00:00+08:00")
        assert seen("late-correction", more(**late)) == 1
        twice = [more(**fact("correction_requested")), more(**fact("correction_requested"))]
        assert seen("second-correction", twice[0]) == seen("late-correction", twice[0]) == 0
        assert seen("second-correction", lambda events: [one(events) for one in twice] and None) == 1
        assert seen("refused-without-reasons", more(data={"effects": {"outcome": "refused"}})) == 1
        told = {"reasons": "不符合条件", "remedies": "可以申请复议", "effects": {"outcome": "refused"}}
        assert seen("refused-without-reasons", more(data=told)) == 0
        rules_of = {**look.terms.rules, "excluded": ["testing", "on-site"]}
        look = replace(look, terms=replace(look.terms, rules=rules_of))
        assert seen("pause-without-notice", more(**fact("suspended", ground="testing"))) == 1
        served = fact("suspended", ground="testing", notice_served_at="2026-09-01T10:00:00+08:00")
        assert seen("pause-without-notice", more(**served)) == 0
        statutory = look.reading.clock("statutory")
        assert statutory is not None
        last_day = f"{statutory.due.isoformat()}T10:00:00+08:00"
        assert seen(
            "pause-on-last-day", more(**fact("suspended", last_day, ground="testing", notice_served_at=last_day))
        )
        day_before = f"{look.calendar.period_end(statutory.starts, statutory.n - 1).isoformat()}T10:00:00+08:00"
        assert not seen(
            "pause-on-last-day", more(**fact("suspended", day_before, ground="testing", notice_served_at=day_before))
        )
        assert seen("extension-without-ground", more(**fact("extension_approved", reason_notified=True))) == 1
        full = fact("extension_approved", reason_notified=True)
        full["data"]["reason"] = "情况复杂"
        assert seen("extension-without-ground", more(**full)) == 0
        old = fact(
            "suspended", "2026-09-10T10:00:00+08:00", ground="testing", notice_served_at="2026-09-04T10:00:00+08:00"
        )
        assert seen("back-dated", more(**old)) == 1
        soon = fact(
            "suspended", "2026-09-10T10:00:00+08:00", ground="testing", notice_served_at="2026-09-08T10:00:00+08:00"
        )
        assert seen("back-dated", more(**soon)) == 0
        assert seen("back-dated", more(at="2026-08-20T10:00:00+08:00")) == 1
        assert seen("skipped-step", more(type="wave-through", to="to-decide")) == 1
        assert seen("skipped-step", without("submit")) == 1
        assert isinstance(look, Look)


def test_a_rule_without_ground_or_proof_is_refused(tmp_path: Path) -> None:
    sound = "{name: 甲, level: red, detects: no-reasons, law: 某法, verified: true, tells: [reviewer]}"
    file = tmp_path / "alerts.yaml"

    def told(rule: str) -> str:
        file.write_text(f'version: "1"\nrules:\n  a: {rule}\n', encoding="utf-8")
        alert_rules.cache_clear()
        try:
            alert_rules(file)
        except DefinitionError as error:
            return str(error)
        return ""

    assert told(sound) == ""
    for old, new in (
        ("no-reasons", "mind-reading"),
        ("law: 某法, ", ""),
        ("verified: true", "verified: maybe"),
        ("level: red", "level: blue"),
        ("[reviewer]", "[nobody]"),
        ("no-reasons", "recorded"),
    ):
        assert "alerts.yaml" in told(sound.replace(old, new)), new
    alert_rules.cache_clear()
