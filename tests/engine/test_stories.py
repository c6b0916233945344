"""Whole cases, told from receipt to the end; every date is counted day by day by oracle.py and written out."""

from datetime import date

import pytest

from workflow.definitions.official_days import official_schedules
from workflow.engine.calendar import WorkingCalendar

from . import oracle
from .telling import at, cd, clock, codes, due, finding, paused, tell, wd


def day(text):
    return date.fromisoformat(text)


def test_a_complete_case_with_correction_review_extension_and_service():
    story = (
        at("2026-01-30T16:00", "received", channel="online"),
        at("2026-02-06", "correction_requested"),
        at("2026-02-25", "resubmitted", complete=False),
        at("2026-02-27", "resubmitted", complete=True),
        paused("2026-03-05", "expert-review", notified_days=15),
        at("2026-03-24", "resumed", ground="expert-review"),
        at("2026-04-03", "extension_approved", by="department-head", reason_notified=True),
        at("2026-04-20", "decided", outcome="granted"),
        at("2026-04-24", "published"),
        at("2026-05-06", "delivered"),
    )
    reading = tell(*story, as_of="2026-06-01", process="expert-review", promised=wd(15))
    assert (reading["state"], reading["accepted_on"]) == ("delivered", "2026-02-27")
    removed = oracle.wd_between(day("2026-03-05"), day("2026-03-24"))
    assert removed == clock(reading, "statutory")["removed_days"] == clock(reading, "promised")["removed_days"] == 13
    assert due(reading) == str(oracle.add_wd(day("2026-02-27"), 20 + 10 + 13)) == "2026-04-29"
    assert due(reading, "promised") == str(oracle.add_wd(day("2026-02-27"), 15 + 13)) == "2026-04-08"
    assert due(reading, "delivery") == str(oracle.add_wd(day("2026-04-20"), 10)) == "2026-05-07"
    statuses = {entry["id"]: entry["status"] for entry in reading["clocks"]}
    assert statuses == {
        "correction": "met",
        "resubmission": "met",
        "statutory": "met",
        "promised": "expired",
        "delivery": "met",
        "publication": "met",
        "general-disclosure": "met",
    }
    assert codes(reading) == ["PROMISE_NEAR", "PROMISE_OVERDUE"]
    assert finding(reading, "PROMISE_OVERDUE")["working_days"] == oracle.wd_between(
        day("2026-04-08"), day("2026-04-20")
    )


def test_paper_by_post_on_the_eve_of_spring_festival_silence_until_after():
    story = (at("2026-02-14T18:05", "received", channel="post"), at("2026-03-05", "correction_requested"))
    reading = tell(*story, as_of="2026-03-05")
    assert reading["received_on"] == "2026-02-24"
    assert due(reading, "correction") == str(oracle.add_wd(day("2026-02-24"), 5)) == "2026-03-02"
    assert codes(reading) == ["DEEMED_ACCEPTED", "LATE_CORRECTION_NOTICE"]
    assert (reading["accepted_on"], due(reading)) == ("2026-02-24", str(oracle.add_wd(day("2026-02-24"), 20)))


def test_a_confirmation_of_receipt_moves_the_first_day_of_the_period():
    received = at("2025-09-26T22:00", "received", channel="online", confirmed_at="2025-09-28T09:00:00+08:00")
    reading = tell(received, as_of="2025-09-29")
    assert reading["received_on"] == "2025-09-28"  # a worked Sunday
    assert due(reading, "correction") == str(oracle.add_wd(day("2025-09-28"), 5)) == "2025-10-11"


def test_an_applicant_who_never_corrects_gets_the_papers_back_after_thirty_days_that_roll():
    story = (at("2026-01-14", "received"), at("2026-01-16", "correction_requested"))
    assert (
        due(tell(*story, as_of="2026-01-16"), "resubmission") == str(oracle.cd(day("2026-01-16"), 30)) == "2026-02-24"
    )
    assert tell(*story, as_of="2026-02-24T23:59")["state"] == "correction-pending"
    lapsed = tell(*story, at("2026-02-25", "resubmitted"), as_of="2026-02-25")
    assert (lapsed["state"], lapsed["accepted_on"]) == ("returned", None)
    assert codes(lapsed) == ["RESUBMISSION_LAPSED", "CASE_ENDED"]


def test_a_hearing_from_the_rights_to_the_signed_record():
    story = (
        at("2026-08-31", "accepted"),
        at("2026-09-07", "hearing_rights_served"),
        at("2026-09-14", "hearing_requested"),
        at("2026-09-17T09:00", "hearing_notice_served", hearing_on="2026-09-24"),
        at("2026-09-17T15:00", "hearing_notice_served", hearing_on="2026-09-29"),
        at("2026-09-24", "decided", outcome="refused"),
        at("2026-09-30", "hearing_record_signed"),
        at("2026-10-09", "decided", outcome="refused"),
    )
    reading = tell(*story, as_of="2026-10-09")
    assert due(reading, "hearing-request") == str(oracle.add_wd(day("2026-09-07"), 5)) == "2026-09-14"
    assert due(reading, "hearing-arrange") == str(oracle.add_wd(day("2026-09-14"), 20)) == "2026-10-16"
    latest = oracle.sub_wd(day("2026-09-24"), 7)
    assert finding(reading, "HEARING_NOTICE_TOO_LATE")["latest_on"] == str(latest) == "2026-09-16"
    removed = oracle.wd_between(day("2026-09-14"), day("2026-09-30"))
    assert clock(reading, "statutory")["removed_days"] == removed
    assert due(reading) == str(oracle.add_wd(day("2026-08-31"), 20 + removed))
    assert "HEARING_RIGHT_PENDING" in codes(reading) and reading["state"] == "refused"


def test_the_hearing_stops_the_limits_from_the_rights_where_the_office_chose_so():
    story = (
        at("2026-08-31", "accepted"),
        at("2026-09-07", "hearing_rights_served"),
        at("2026-09-14", "hearing_requested"),
        at("2026-09-30", "hearing_record_signed"),
    )
    early = tell(*story, as_of="2026-09-30", hearing_stop_from="rights")
    assert clock(early, "statutory")["removed_days"] == oracle.wd_between(day("2026-09-07"), day("2026-09-30"))
    late = tell(*story, as_of="2026-09-30")
    assert clock(late, "statutory")["removed_days"] == oracle.wd_between(day("2026-09-14"), day("2026-09-30"))


def test_tolerated_gaps_end_the_examination_at_the_promised_date():
    story = (at("2026-04-20", "received"), at("2026-04-22", "tolerantly_accepted"))
    rules = {"promised": wd(7), "supplement": wd(15)}
    reading = tell(*story, as_of="2026-04-22", **rules)
    last = str(oracle.add_wd(day("2026-04-22"), 7))
    assert due(reading, "supplement") == due(reading, "promised") == last == "2026-05-06"
    granted_early = tell(*story, at("2026-04-28", "decided", outcome="granted"), as_of="2026-04-28", **rules)
    assert (codes(granted_early), granted_early["state"]) == (["TOLERANT_MATERIAL_MISSING"], "accepted")
    ended = tell(*story, as_of="2026-05-07", **rules)
    assert (ended["state"], finding(ended, "SUPPLEMENT_LAPSED")["on"]) == ("terminated", "2026-05-07")
    supplied = (at("2026-05-06T20:00", "supplemented"), at("2026-05-06T21:00", "decided", outcome="granted"))
    saved = tell(*story, *supplied, as_of="2026-05-07", **rules)
    assert (saved["state"], clock(saved, "supplement")["status"]) == ("granted", "met")


def test_a_commitment_to_supply_papers_has_sixty_working_days_and_outlives_the_grant():
    story = (
        at("2026-01-05T09:00", "received"),
        at("2026-01-05T09:30", "commitment_signed", form="materials"),
        at("2026-01-05T10:00", "accepted"),
        at("2026-01-05T11:00", "decided", outcome="granted"),
    )
    last = oracle.add_wd(day("2026-01-05"), 60)
    reading = tell(*story, as_of=last, process="notify-commit")
    assert (due(reading, "supplement"), clock(reading, "supplement")["status"]) == (str(last), "running")
    broken = tell(*story, as_of=last + oracle.DAY, process="notify-commit")
    assert finding(broken, "SUPPLEMENT_LAPSED") and broken["state"] == "granted"


def test_a_commitment_to_conditions_is_verified_within_sixty_days_after_the_grant():
    story = (
        at("2026-08-03T09:00", "accepted"),
        at("2026-08-03T09:30", "commitment_signed", form="conditions"),
        at("2026-08-03T10:00", "decided", outcome="granted"),
    )
    reading = tell(*story, as_of="2026-08-03", process="notify-commit")
    assert due(reading, "post-verification") == str(oracle.cd(day("2026-08-03"), 60)) == "2026-10-08"
    late = tell(*story, at("2026-10-09", "site_visited", officers=2), as_of="2026-10-09", process="notify-commit")
    assert clock(late, "post-verification")["status"] == "expired"
    assert finding(late, "POST_VERIFICATION_OVERDUE")["on"] == "2026-10-09"


def test_three_pauses_of_which_two_touch_and_one_comes_too_late():
    story = (
        at("2026-06-01", "accepted"),
        paused("2026-06-08", "testing"),
        at("2026-06-15", "resumed", ground="testing"),
        paused("2026-06-15", "appraisal"),
        at("2026-06-22", "resumed", ground="appraisal"),
        paused("2026-07-31", "inspection"),
        at("2026-08-07", "resumed", ground="inspection"),
    )
    reading = tell(*story, as_of="2026-08-07")
    removed = oracle.removed_days([(day("2026-06-08"), day("2026-06-22"))], day("2026-06-01"), day("2026-08-07"))
    assert clock(reading, "statutory")["removed_days"] == removed == 9
    assert due(reading) == str(oracle.add_wd(day("2026-06-01"), 29)) == "2026-07-13"
    assert finding(reading, "STATUTORY_OVERDUE")["on"] == "2026-07-14"


def test_a_second_notice_carries_the_pause_on_and_without_one_time_runs_again():
    first = (at("2026-06-01", "accepted"), paused("2026-06-03", notified_days=5))
    assert str(oracle.add_wd(day("2026-06-03"), 5)) == "2026-06-10"
    followed = tell(*first, paused("2026-06-10", notified_days=4), at("2026-06-30", "resumed"), as_of="2026-06-30")
    assert clock(followed, "statutory")["removed_days"] == 9
    assert finding(followed, "SUSPENSION_DAYS_USED_UP")["on"] == "2026-06-17"
    alone = tell(*first, at("2026-06-30", "resumed"), as_of="2026-06-30")
    assert clock(alone, "statutory")["removed_days"] == 5
    assert finding(alone, "SUSPENSION_DAYS_USED_UP")["on"] == "2026-06-11"


def test_a_decision_on_the_last_day_is_in_time_and_the_day_after_is_not():
    last = oracle.add_wd(day("2025-12-22"), 20)
    assert str(last) == "2026-01-20"
    accepted = at("2025-12-22", "accepted")
    in_time = tell(accepted, at(f"{last}T23:59:59", "decided", outcome="refused"), as_of="2026-03-01")
    assert (clock(in_time, "statutory")["status"], "STATUTORY_OVERDUE" in codes(in_time)) == ("met", False)
    late = tell(accepted, at("2026-01-21T00:00", "decided", outcome="refused"), as_of="2026-03-01")
    assert (clock(late, "statutory")["status"], "STATUTORY_OVERDUE" in codes(late)) == ("expired", True)
    silent = tell(accepted, as_of="2026-03-01")
    assert (silent["state"], clock(silent, "statutory")["status"]) == ("accepted", "expired")  # never a grant


def test_a_statutory_limit_that_runs_from_receipt_is_put_aside_by_a_correction():
    story = (at("2026-03-02", "received"), at("2026-03-05", "correction_requested"), at("2026-03-20", "resubmitted"))
    reading = tell(*story, as_of="2026-03-20", decision=wd(30, **{"from": "received"}))
    assert due(reading) == str(oracle.add_wd(day("2026-03-20"), 30))


@pytest.mark.parametrize("filed", ["2026-07-08", "2026-08-19", "2026-09-06"])
def test_a_renewal_with_a_window_is_neither_too_early_nor_too_late_inside_it(filed):
    rules = {"renewal": cd(30, earliest=cd(91))}
    renewal = at(filed, "renewal_filed", valid_until="2026-10-07")
    assert codes(tell(renewal, as_of=filed, **rules)) == []
    early = tell(at("2026-07-07", "renewal_filed", valid_until="2026-10-07"), as_of="2026-10-08", **rules)
    assert (codes(early), early["clocks"]) == (["RENEWAL_TOO_EARLY"], [])


def test_loading_the_next_year_turns_the_provisional_dates_into_final_ones():
    from_notice = {
        2027: {
            "off": {"2027-01-01": "元旦", "2027-02-08": "春节", "2027-02-09": "春节"},
            "worked": ["2027-01-09"],
            "source": "测试用通知",
        }
    }
    loaded = WorkingCalendar.from_schedules({**official_schedules(), **from_notice})
    story = at("2026-12-21", "accepted")
    before, after = tell(story, as_of="2026-12-21"), tell(story, as_of="2026-12-21", calendar=loaded)
    assert (before["provisional"], due(before)) == (True, "2027-01-19")
    assert (after["provisional"], due(after), codes(after)) == (False, "2027-01-18", [])


def test_an_extension_in_another_unit_follows_the_rolled_end_of_the_limit():
    story = (
        at("2026-05-07", "accepted"),
        at("2026-06-05", "extension_approved", by="department-head", reason_notified=True),
    )
    end = oracle.cd(day("2026-05-07"), 30)
    assert str(end) == "2026-06-08"  # the thirtieth day, 06-06, is a Saturday
    reading = tell(*story, as_of="2026-06-05", decision=cd(30), extension=wd(10))
    assert due(reading) == str(oracle.add_wd(end, 10)) == "2026-06-23"
