"""The worked scenarios S01-S16, put to the public function exactly as a window clerk would tell them."""

import pytest

from .telling import answer, at, clock, codes, due, finding, paused, tell, wd


def test_s01_silence_over_national_day_counts_as_acceptance_on_the_day_of_receipt():
    received = at("2025-09-30T20:15:00+08:00", "received", channel="online")
    reading = tell(received, as_of="2025-10-15T00:00:00+08:00")
    assert reading["received_on"] == reading["accepted_on"] == "2025-09-30"
    assert (reading["state"], reading["accepted_by"]) == ("accepted", "deemed")
    correction = clock(reading, "correction")
    assert (correction["due"], correction["status"]) == ("2025-10-14", "expired")
    counted = [day["date"] for day in correction["days"] if day["counted"]]
    assert counted == ["2025-10-09", "2025-10-10", "2025-10-11", "2025-10-13", "2025-10-14"]
    assert correction["days"][0] == {"date": "2025-10-01", "counted": False, "why": "国庆节"}
    assert {"date": "2025-10-11", "counted": True, "n": 3, "why": "调休上班"} in correction["days"]
    assert due(reading) == "2025-11-04"
    assert finding(reading, "DEEMED_ACCEPTED")["on"] == "2025-10-15"
    assert tell(received, as_of="2025-10-14T23:59:59+08:00")["state"] == "received"


def test_s02_a_correction_notice_on_working_day_six_is_refused():
    story = (at("2026-04-29T10:00", "received"), at("2026-05-11T09:00", "correction_requested"))
    reading = tell(*story, as_of="2026-05-11T18:00")
    assert due(reading, "correction") == "2026-05-09"
    assert codes(reading) == ["DEEMED_ACCEPTED", "LATE_CORRECTION_NOTICE"]
    assert (reading["accepted_on"], due(reading)) == ("2026-04-29", "2026-05-29")


def test_s03_acceptance_on_complete_resubmission_and_no_second_notice():
    story = (
        at("2026-04-29", "received"),
        at("2026-05-08", "correction_requested"),
        at("2026-05-18", "resubmitted", complete=True),
        at("2026-05-20", "correction_requested"),
    )
    reading = tell(*story, as_of="2026-05-20")
    assert (reading["accepted_on"], reading["accepted_by"]) == ("2026-05-18", "resubmission")
    assert (reading["state"], due(reading)) == ("accepted", "2026-06-15")
    assert finding(reading, "SECOND_CORRECTION_NOTICE")["on"] == "2026-05-20"


@pytest.mark.parametrize(("n", "expected"), [(20, "2026-03-18"), (30, "2026-04-01"), (45, "2026-04-23")])
def test_s04_the_pollutant_permit_has_three_days_for_corrections_and_three_limits(n, expected):
    rules = {"correction": wd(3), "decision": wd(n)}
    reading = tell(at("2026-02-12", "received"), as_of="2026-02-25", process="on-site", **rules)
    assert due(reading, "correction") == "2026-02-24"
    assert (reading["accepted_on"], due(reading)) == ("2026-02-12", expected)


def extension(day, by="本机关负责人", told=True):
    return at(day, "extension_approved", by=by, reason_notified=told)


def test_s05_one_extension_before_expiry_by_the_head_with_the_reason_told():
    accepted = at("2026-02-11", "accepted")
    assert due(tell(accepted, as_of="2026-02-11")) == "2026-03-17"
    extended = tell(accepted, extension("2026-03-16"), as_of="2026-03-17")
    assert (due(extended), clock(extended, "statutory")["extended_by"]) == ("2026-03-31", 10)
    second = tell(accepted, extension("2026-03-16"), extension("2026-03-30"), as_of="2026-03-30")
    assert (codes(second), due(second)) == (["EXTENSION_ALREADY_USED"], "2026-03-31")
    late = tell(accepted, extension("2026-03-18"), as_of="2026-03-18")
    assert "EXTENSION_AFTER_EXPIRY" in codes(late) and due(late) == "2026-03-17"
    untold = tell(accepted, extension("2026-03-16", told=False), as_of="2026-03-16")
    assert (codes(untold), due(untold)) == (["EXTENSION_REASON_NOT_NOTIFIED"], "2026-03-17")


def test_s06_the_promise_and_the_law_are_two_clocks():
    story = (at("2026-04-22", "accepted"), at("2026-05-12", "decided", outcome="granted"))
    reading = tell(*story, as_of="2026-05-12", promised=wd(7), decision=wd(20))
    promised = clock(reading, "promised")
    assert (promised["due"], promised["yellow_from"], promised["status"]) == (
        "2026-05-06",
        "2026-04-30",
        "expired",
    )
    assert finding(reading, "PROMISE_NEAR")["on"] == "2026-04-30"
    overdue = finding(reading, "PROMISE_OVERDUE")
    assert (overdue["on"], overdue["working_days"]) == ("2026-05-07", 5)
    assert overdue["required_artifact"] == "公开说明理由"
    assert (due(reading), clock(reading, "statutory")["status"]) == ("2026-05-22", "met")
    assert "STATUTORY_OVERDUE" not in codes(reading)


def test_s07_expert_review_over_national_day_removes_seven_working_days():
    story = (at("2021-09-22", "accepted"), paused("2021-09-27", notified_days=10))
    assert due(tell(at("2021-09-22", "accepted"), as_of="2021-09-22")) == "2021-10-25"
    before = clock(tell(*story, as_of="2021-09-27"), "statutory")
    assert (before["working_days_used"], before["status"]) == (4, "paused")
    reading = tell(*story, at("2021-10-12", "resumed", ground="expert-review"), as_of="2021-10-12")
    statutory = clock(reading, "statutory")
    assert (statutory["removed_days"], statutory["due"]) == (7, "2021-11-03")
    removed = [day["date"][5:] for day in statutory["days"] if day.get("why") == "暂停:专家评审"]
    assert removed == ["09-28", "09-29", "09-30", "10-08", "10-09", "10-11", "10-12"]


def test_s08_expert_review_without_written_notice_does_not_stop_the_clock():
    story = (
        at("2026-06-01", "accepted"),
        at("2026-06-08", "suspended", ground="expert-review"),
        at("2026-06-26", "resumed", ground="expert-review"),
    )
    reading = tell(*story, as_of="2026-06-26", process="expert-review")
    assert (due(reading), codes(reading)) == ("2026-06-30", ["SUSPENSION_NOT_NOTIFIED"])


def test_s09_an_ordinary_site_visit_is_not_excluded_time():
    story = (
        at("2026-04-27", "accepted"),
        at("2026-05-06", "visit_started"),
        at("2026-05-08", "site_visited", officers=2),
    )
    reading = tell(*story, as_of="2026-05-08", process="on-site")
    assert (due(reading), codes(reading)) == ("2026-05-27", [])
    tried = (
        at("2026-04-27", "accepted"),
        paused("2026-05-06", "on-site"),
        at("2026-05-08", "resumed", ground="on-site"),
    )
    reading = tell(*tried, as_of="2026-05-08", process="on-site")
    assert (due(reading), codes(reading)) == ("2026-05-27", ["SUSPENSION_GROUND_NOT_ALLOWED"])


def test_s10_rectification_time_is_excluded_where_the_item_says_so():
    accepted = at("2025-12-22", "accepted")
    story = (accepted, at("2025-12-31", "rectification_ordered"), at("2026-01-09", "rectified"))
    assert due(tell(accepted, as_of="2025-12-22")) == "2026-01-20"
    reading = tell(*story, as_of="2026-01-09", process="on-site", excluded=["rectification"])
    assert (clock(reading, "statutory")["removed_days"], due(reading)) == (6, "2026-01-28")
    assert due(tell(*story, as_of="2026-01-09", process="on-site")) == "2026-01-20"


def test_s11_two_overlapping_suspensions_are_a_union():
    story = (
        at("2026-08-31", "accepted"),
        paused("2026-09-07", "testing"),
        paused("2026-09-14", "expert-review"),
        at("2026-09-16", "resumed", ground="testing"),
        at("2026-09-22", "resumed", ground="expert-review"),
    )
    assert due(tell(story[0], as_of="2026-08-31")) == "2026-09-28"
    reading = tell(*story, as_of="2026-09-22", process="expert-review")
    assert (clock(reading, "statutory")["removed_days"], due(reading)) == (12, "2026-10-20")


def test_s12_a_renewal_not_decided_before_expiry_is_deemed_renewed():
    filed = at("2026-09-07", "renewal_filed", valid_until="2026-10-07")
    reading = tell(filed, as_of="2026-10-08T00:00:00+08:00")
    renewal = clock(reading, "renewal")
    assert (renewal["due"], renewal["last_working_day"]) == ("2026-10-07", "2026-09-30")
    assert reading["state"] == "deemed-renewed"
    found = finding(reading, "DEEMED_RENEWED")
    assert (found["on"], found["effective_on"]) == ("2026-10-08", "2026-10-07")
    assert tell(filed, as_of="2026-10-07T23:59:59+08:00")["state"] == "renewal-pending"
    refused = tell(filed, at("2026-10-09", "decided", outcome="refused"), as_of="2026-10-09")
    assert codes(refused) == ["DEEMED_RENEWED", "DEEMED_RENEWED_ALREADY"]
    assert refused["state"] == "deemed-renewed"


def test_s12_the_latest_filing_day_by_calendar_days_and_by_working_days():
    late = tell(at("2026-09-08", "renewal_filed", valid_until="2026-10-07"), as_of="2026-10-08")
    assert (finding(late, "RENEWAL_TOO_LATE")["latest_on"], late["state"]) == ("2026-09-07", "expired")
    in_time = tell(at("2026-08-20", "renewal_filed", valid_until="2026-10-07"), as_of="2026-08-21", renewal=wd(30))
    assert codes(in_time) == []
    late = tell(at("2026-08-21", "renewal_filed", valid_until="2026-10-07"), as_of="2026-08-21", renewal=wd(30))
    assert finding(late, "RENEWAL_TOO_LATE")["latest_on"] == "2026-08-20"


def test_s13_after_the_decision_there_are_three_different_clocks():
    reading = tell(at("2025-09-29", "decided", outcome="granted"), as_of="2025-09-29")
    dues = {entry["id"]: entry["due"] for entry in reading["clocks"]}
    assert dues == {"delivery": "2025-10-20", "publication": "2025-10-15", "general-disclosure": "2025-11-03"}


def test_s14_joint_processing_is_extended_only_by_the_government_head():
    accepted = at("2026-03-02", "accepted")
    assert due(tell(accepted, as_of="2026-03-02", process="joint")) == "2026-05-08"
    right = extension("2026-05-07", by="本级人民政府负责人")
    assert due(tell(accepted, right, as_of="2026-05-07", process="joint")) == "2026-05-28"
    wrong = tell(accepted, extension("2026-05-07", by="牵头部门负责人"), as_of="2026-05-07", process="joint")
    assert (codes(wrong), due(wrong)) == (["WRONG_APPROVER"], "2026-05-08")


def test_s15_next_years_schedule_is_not_published_so_the_date_is_provisional():
    reading = tell(at("2026-12-21", "accepted"), as_of="2026-10-15")
    statutory = clock(reading, "statutory")
    assert (statutory["due"], statutory["provisional"], reading["provisional"]) == ("2027-01-19", True, True)
    assert finding(reading, "CALENDAR_NOT_LOADED")["years"] == [2027]
    assert max(day["n"] for day in statutory["days"] if day["counted"] and day["date"] <= "2026-12-31") == 8


def test_s16_a_filing_is_due_the_same_day_and_the_filers_thirty_days_roll():
    reading = tell(at("2026-02-24T10:00", "received"), as_of="2026-02-24", process="instant")
    assert (due(reading, "promised"), clock(reading, "promised")["status"]) == ("2026-02-24", "running")
    ordered = at("2026-01-16", "rectification_ordered", days=30)
    assert due(tell(ordered, as_of="2026-01-16"), "rectification") == "2026-02-24"


def test_the_example_of_the_contract_is_answered_as_written():
    facts = {
        "process": "document-review",
        "rules": {
            "correction": {"n": 5, "unit": "working_day"},
            "decision": {"n": 20, "unit": "working_day"},
            "extension": {"n": 10, "unit": "working_day", "approver": "department-head"},
            "promised": {"n": 7, "unit": "working_day"},
            "excluded": ["expert-review", "hearing"],
            "delivery": {"n": 10, "unit": "working_day"},
            "publication": {"n": 7, "unit": "working_day"},
        },
        "events": [{"type": "received", "at": "2025-09-30T20:15:00+08:00", "channel": "online"}],
        "as_of": "2025-10-15T00:00:00+08:00",
    }
    reading = answer(facts)
    correction = clock(reading, "correction")
    assert correction["law"] == "行政许可法 第三十二条"
    assert correction["days"][0] == {"date": "2025-10-01", "counted": False, "why": "国庆节"}
    assert {"date": "2025-10-09", "counted": True, "n": 1} in correction["days"]
    found = finding(reading, "DEEMED_ACCEPTED")
    assert (found["on"], found["law"]) == ("2025-10-15", "行政许可法 第三十二条")
    assert answer([facts, facts]) == [reading, reading]
