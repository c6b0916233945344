"""Every rule and refusal of the clocks, one sentence each. Dates of 2026 unless told otherwise."""

import pytest

from workflow.engine.vocabulary import GROUNDS

from .telling import at, cd, clock, codes, due, finding, paused, tell, wd

HEAD = {"by": "department-head", "reason_notified": True}


def status(reading, clock_id):
    return clock(reading, clock_id)["status"]


# -- intake ----------------------------------------------------------------------------------------


def test_the_day_of_receipt_is_the_day_the_applicant_got_the_confirmation():
    told = at("2026-04-29T10:00", "received", channel="online", confirmed_at="2026-05-06T09:00")
    assert tell(told, as_of="2026-05-06")["received_on"] == "2026-05-06"


def test_a_paper_filing_at_closing_time_still_counts_and_a_minute_later_does_not():
    for moment, day in (("17:30", "2026-09-21"), ("17:31", "2026-09-22")):
        reading = tell(at(f"2026-09-21T{moment}", "received", channel="counter"), as_of="2026-09-22")
        assert reading["received_on"] == day
    early = tell(at("2026-09-21T17:01", "received", channel="post"), as_of="2026-09-22", office_closes="17:00")
    assert early["received_on"] == "2026-09-22"


def test_a_worked_sunday_is_a_day_of_receipt_at_the_counter():
    assert (
        tell(at("2026-09-20T10:00", "received", channel="counter"), as_of="2026-09-21")["received_on"] == "2026-09-20"
    )


def test_a_correction_notice_on_the_last_day_is_in_time_and_starts_the_applicants_period():
    reading = tell(at("2026-04-29", "received"), at("2026-05-09T23:59", "correction_requested"), as_of="2026-05-10")
    assert (reading["state"], status(reading, "correction"), codes(reading)) == (
        "correction-pending",
        "met",
        [],
    )
    assert due(reading, "resubmission") == "2026-06-08"


def test_a_first_notice_after_the_clerk_accepted_is_late():
    story = (
        at("2026-04-29", "received"),
        at("2026-04-29", "accepted"),
        at("2026-04-30", "correction_requested"),
    )
    reading = tell(*story, as_of="2026-04-30")
    assert (codes(reading), reading["state"]) == (["LATE_CORRECTION_NOTICE"], "accepted")


def test_a_second_notice_while_the_first_is_open_changes_nothing():
    first = at("2026-04-29", "received"), at("2026-04-30", "correction_requested")
    second = tell(*first, at("2026-05-06", "correction_requested"), as_of="2026-05-06")
    assert codes(second) == ["SECOND_CORRECTION_NOTICE"]
    assert second["clocks"] == tell(*first, as_of="2026-05-06")["clocks"]


def test_an_incomplete_resubmission_is_only_a_reminder():
    story = (
        at("2026-04-29", "received"),
        at("2026-04-30", "correction_requested"),
        at("2026-05-06", "resubmitted", complete=False),
    )
    reading = tell(*story, as_of="2026-05-06")
    assert (reading["state"], reading["accepted_on"]) == ("correction-pending", None)


def test_an_acceptance_by_the_clerk_does_not_move_that_of_the_resubmission_or_of_silence():
    asked = (
        at("2026-04-29", "received"),
        at("2026-04-30", "correction_requested"),
        at("2026-05-06", "resubmitted", complete=True),
    )
    reading = tell(*asked, at("2026-05-08", "accepted"), as_of="2026-05-08")
    assert (reading["accepted_on"], reading["accepted_by"]) == ("2026-05-06", "resubmission")
    silent = tell(at("2026-04-29", "received"), at("2026-05-12", "accepted"), as_of="2026-05-12")
    assert (silent["accepted_on"], silent["accepted_by"]) == ("2026-04-29", "deemed")


def test_papers_not_corrected_in_time_go_back_and_the_case_has_ended():
    story = at("2026-04-29", "received"), at("2026-04-30", "correction_requested")
    assert tell(*story, as_of="2026-06-01")["state"] == "correction-pending"  # 30 May is a Saturday
    reading = tell(*story, at("2026-06-03", "resubmitted", complete=True), as_of="2026-06-03")
    assert (reading["state"], codes(reading)) == ("returned", ["RESUBMISSION_LAPSED", "CASE_ENDED"])
    assert finding(reading, "RESUBMISSION_LAPSED")["on"] == "2026-06-02"


def test_the_record_of_a_deemed_acceptance_keeps_the_date_of_receipt():
    told = at("2026-05-10", "accepted", deemed=True, effective_on="2026-04-29")
    alone = tell(told, as_of="2026-05-10")
    assert (alone["accepted_on"], alone["accepted_by"], due(alone)) == ("2026-04-29", "deemed", "2026-05-29")
    both = tell(at("2026-04-29", "received"), told, as_of="2026-05-10")
    assert (both["accepted_on"], codes(both)) == ("2026-04-29", ["DEEMED_ACCEPTED"])


def test_being_received_twice_is_refused():
    reading = tell(at("2026-04-29", "received"), at("2026-04-30", "received"), as_of="2026-04-30")
    assert (codes(reading), reading["received_on"]) == (["ALREADY_RECEIVED"], "2026-04-29")


def test_a_limit_from_receipt_runs_from_receipt_and_starts_again_with_complete_papers():
    rules = {"decision": wd(30, **{"from": "received"})}
    received, accepted = at("2026-03-02", "received"), at("2026-03-06", "accepted")
    assert due(tell(received, accepted, as_of="2026-03-06", **rules)) == "2026-04-14"
    corrected = (
        received,
        at("2026-03-04", "correction_requested"),
        at("2026-03-10", "resubmitted", complete=True),
    )
    assert clock(tell(*corrected, as_of="2026-03-10", **rules), "statutory")["starts"] == "2026-03-10"


def test_a_same_day_promise_is_not_broken_while_the_applicant_corrects():
    asked = at("2026-03-02T10:00", "received"), at("2026-03-02T15:00", "correction_requested")
    assert "PROMISE_OVERDUE" not in codes(tell(*asked, as_of="2026-03-10", process="instant"))
    late = at("2026-03-02T10:00", "received"), at("2026-03-04T15:00", "correction_requested")
    assert finding(tell(*late, as_of="2026-03-10", process="instant"), "PROMISE_OVERDUE")["working_days"] == 2


# -- promises and limits ---------------------------------------------------------------------------


def test_an_expired_statutory_clock_grants_nothing():
    reading = tell(at("2026-03-02", "accepted"), as_of="2026-12-01", promised=wd(5))
    assert (reading["state"], status(reading, "statutory")) == ("accepted", "expired")
    assert codes(reading) == ["PROMISE_NEAR", "PROMISE_OVERDUE", "STATUTORY_OVERDUE"]
    assert [entry["id"] for entry in reading["clocks"]] == ["statutory", "promised"]


def test_the_due_date_itself_is_lawful_until_its_end():
    accepted = at("2026-03-02", "accepted")
    assert due(tell(accepted, as_of="2026-03-30")) == "2026-03-30"
    assert status(tell(accepted, as_of="2026-03-30T23:59:59"), "statutory") == "running"
    after = tell(accepted, as_of="2026-03-31")
    assert (status(after, "statutory"), finding(after, "STATUTORY_OVERDUE")["on"]) == (
        "expired",
        "2026-03-31",
    )
    decided = tell(accepted, at("2026-03-30T23:59", "decided", outcome="refused"), as_of="2026-04-01")
    assert (status(decided, "statutory"), codes(decided)) == ("met", [])


def test_a_decision_on_the_yellow_day_leaves_the_yellow_light_and_one_before_does_not():
    for day, expected in (("2026-03-06", ["PROMISE_NEAR"]), ("2026-03-05", [])):
        story = at("2026-03-02", "accepted"), at(day, "decided", outcome="granted")
        assert codes(tell(*story, as_of=day, promised=wd(5))) == expected  # due Mon 9 March


def test_a_promise_of_one_day_has_no_yellow_light():
    assert codes(tell(at("2026-03-02", "accepted"), as_of="2026-03-03", promised=wd(1))) == []


def test_an_extension_moves_the_law_not_the_promise():
    story = at("2026-03-02", "accepted"), at("2026-03-05", "extension_approved", **HEAD)
    reading = tell(*story, as_of="2026-03-05", promised=wd(7))
    assert (due(reading), due(reading, "promised")) == ("2026-04-14", "2026-03-11")


def test_an_extension_and_a_suspension_add_up():
    story = (
        at("2026-02-11", "accepted"),
        paused("2026-03-02"),
        at("2026-03-06", "resumed"),
        at("2026-03-20", "extension_approved", **HEAD),  # after the unpaused due date, before the real one
    )
    reading = tell(*story, as_of="2026-03-20", promised=wd(25))
    assert due(reading, "promised") == "2026-03-30"  # 25 + 4, the extension is not its own
    statutory = clock(reading, "statutory")
    assert (statutory["due"], statutory["removed_days"], codes(reading)) == ("2026-04-07", 4, [])
    assert max(day.get("n", 0) for day in statutory["days"]) == 30


def test_all_reasons_against_an_extension_are_told_at_once():
    reading = tell(at("2026-02-11", "accepted"), at("2026-03-18", "extension_approved"), as_of="2026-03-18")
    assert codes(reading)[:3] == ["EXTENSION_AFTER_EXPIRY", "WRONG_APPROVER", "EXTENSION_REASON_NOT_NOTIFIED"]


def test_an_item_without_extension_refuses_it():
    story = at("2026-02-11", "accepted"), at("2026-03-02", "extension_approved", **HEAD)
    assert codes(tell(*story, as_of="2026-03-02", extension=None)) == ["EXTENSION_NOT_ALLOWED"]


def test_nothing_is_extended_before_it_runs():
    story = (
        at("2026-02-11", "received"),
        at("2026-02-11", "extension_approved", **HEAD),
        at("2026-02-12", "accepted"),
    )
    reading = tell(*story, as_of="2026-02-12")
    assert (codes(reading), due(reading)) == (["EXTENSION_NOT_ALLOWED"], "2026-03-18")


@pytest.mark.parametrize("title", ["管委会主任", "管委会负责人", "本级人民政府负责人", "government-head"])
def test_the_head_of_government_has_many_names(title):
    told = at("2026-05-07", "extension_approved", by=title, reason_notified=True)
    assert codes(tell(at("2026-03-02", "accepted"), told, as_of="2026-05-07", process="joint")) == []


# -- time that does not count ----------------------------------------------------------------------


@pytest.mark.parametrize("ground", sorted(GROUNDS))
def test_only_the_eight_grounds_of_the_law_stop_time_by_themselves(ground):
    story = (
        at("2026-06-01", "accepted"),
        paused("2026-06-08", ground),
        at("2026-06-12", "resumed", ground=ground),
    )
    reading = tell(*story, as_of="2026-06-12")
    if ground in ("on-site", "rectification", "publicity"):
        assert (due(reading), codes(reading)) == ("2026-06-30", ["SUSPENSION_GROUND_NOT_ALLOWED"])
        own_rule = tell(*story, as_of="2026-06-12", excluded=[ground])
        assert (due(own_rule), codes(own_rule)) == ("2026-07-06", [])
    else:
        assert (due(reading), codes(reading)) == ("2026-07-06", [])


def test_a_ground_that_is_not_allowed_and_a_missing_notice_are_both_told():
    story = at("2026-06-01", "accepted"), at("2026-06-08", "suspended", ground="on-site")
    assert codes(tell(*story, as_of="2026-06-08")) == [
        "SUSPENSION_GROUND_NOT_ALLOWED",
        "SUSPENSION_NOT_NOTIFIED",
    ]


def test_a_suspension_counts_from_service_of_the_notice():
    told = at("2026-06-08", "suspended", ground="testing", notice_served_at="2026-06-10")
    story = at("2026-06-01", "accepted"), told, at("2026-06-12", "resumed")
    assert clock(tell(*story, as_of="2026-06-12"), "statutory")["removed_days"] == 2


def test_a_suspension_after_the_limit_ran_out_does_not_revive_it():
    story = at("2026-06-01", "accepted"), paused("2026-07-01"), at("2026-07-10", "resumed")
    reading = tell(*story, as_of="2026-07-10")
    assert (due(reading), status(reading, "statutory")) == ("2026-06-30", "expired")
    assert finding(reading, "STATUTORY_OVERDUE")["on"] == "2026-07-01"


def test_a_suspension_after_the_broken_promise_moves_only_the_law():
    story = at("2026-06-01", "accepted"), paused("2026-06-15"), at("2026-06-18", "resumed")
    reading = tell(*story, as_of="2026-06-18", promised=wd(5))
    assert (due(reading, "promised"), due(reading)) == ("2026-06-08", "2026-07-03")
    assert "PROMISE_OVERDUE" in codes(reading)


def test_a_further_notice_carries_the_suspension_on():
    accepted = at("2026-06-01", "accepted")
    first = at("2026-06-08", "suspended", ground="testing", notice_served_at="2026-06-08", notified_days=3)
    further = at("2026-06-11", "suspended", ground="testing", notice_served_at="2026-06-11", notified_days=4)
    used_up = tell(accepted, first, at("2026-06-22", "resumed"), as_of="2026-06-22")
    assert finding(used_up, "SUSPENSION_DAYS_USED_UP")["on"] == "2026-06-12"
    assert clock(used_up, "statutory")["removed_days"] == 3
    carried = tell(accepted, first, further, at("2026-06-17", "resumed"), as_of="2026-06-17")
    assert (clock(carried, "statutory")["removed_days"], codes(carried)) == (7, [])


def test_resuming_without_a_ground_ends_the_latest_suspension():
    story = (
        at("2026-06-01", "accepted"),
        paused("2026-06-08", "testing"),
        paused("2026-06-09", "appraisal"),
        at("2026-06-10", "resumed"),
    )
    reading = tell(*story, as_of="2026-06-15")
    assert (status(reading, "statutory"), clock(reading, "statutory")["paused_since"]) == (
        "paused",
        "2026-06-08",
    )


def test_a_yellow_light_that_was_on_stays_told_when_a_suspension_moves_the_promise():
    story = at("2026-06-01", "accepted"), paused("2026-06-08"), at("2026-06-12", "resumed")
    reading = tell(*story, as_of="2026-06-17", promised=wd(5))  # due 8 June, yellow since 5 June; then due 12 June
    near = [entry["on"] for entry in reading["findings"] if entry["code"] == "PROMISE_NEAR"]
    assert near == ["2026-06-05", "2026-06-11"]


def test_a_visit_stops_time_only_where_the_item_says_so_and_the_applicant_was_told():
    accepted, ended = at("2026-04-27", "accepted"), at("2026-05-08", "site_visited")
    told = at("2026-05-06", "visit_started", notice_served_at="2026-05-06")
    assert due(tell(accepted, told, ended, as_of="2026-05-08", excluded=["on-site"])) == "2026-05-29"
    untold = tell(accepted, at("2026-05-06", "visit_started"), ended, as_of="2026-05-08", excluded=["on-site"])
    assert (due(untold), codes(untold)) == ("2026-05-27", ["SUSPENSION_NOT_NOTIFIED"])


def test_the_order_to_rectify_has_its_own_date_that_does_not_roll():
    ordered = at("2026-06-05", "rectification_ordered", due_on="2026-06-14")  # a Sunday
    reading = tell(at("2026-06-01", "accepted"), ordered, as_of="2026-06-15")
    assert (due(reading, "rectification"), status(reading, "rectification")) == ("2026-06-14", "expired")
    assert finding(reading, "RECTIFICATION_OVERDUE")["on"] == "2026-06-15"


# -- hearing ---------------------------------------------------------------------------------------

SERVED = at("2026-06-01", "accepted"), at("2026-06-02", "hearing_rights_served")


def decided(day, outcome="granted"):
    return at(day, "decided", outcome=outcome)


def test_no_decision_while_the_right_to_a_hearing_is_open():
    for outcome in ("granted", "refused"):
        reading = tell(*SERVED, decided("2026-06-09", outcome), as_of="2026-06-09")
        assert (codes(reading), reading["state"]) == (["HEARING_RIGHT_PENDING"], "accepted")
    lapsed = tell(*SERVED, decided("2026-06-10"), as_of="2026-06-10")
    assert (codes(lapsed), status(lapsed, "hearing-request")) == (["HEARING_REQUEST_LAPSED"], "lapsed")
    waived = tell(*SERVED, at("2026-06-04", "hearing_waived"), decided("2026-06-05"), as_of="2026-06-05")
    assert (codes(waived), waived["state"]) == ([], "granted")


def test_no_decision_before_the_record_of_the_hearing_is_signed():
    asked = (*SERVED, at("2026-06-05", "hearing_requested"))
    assert codes(tell(*asked, decided("2026-06-26"), as_of="2026-06-26")) == ["HEARING_RIGHT_PENDING"]
    held = (*asked, at("2026-06-24", "hearing_record_signed"))
    reading = tell(*held, decided("2026-06-26"), as_of="2026-06-26")
    assert (reading["state"], status(reading, "hearing-arrange"), codes(reading)) == ("granted", "met", [])
    assert clock(reading, "statutory")["removed_days"] == 12  # 06-05 .. 06-24, Dragon Boat 06-19 off


def test_a_further_notice_of_rights_does_not_undo_the_request():
    story = (*SERVED, at("2026-06-05", "hearing_requested"), at("2026-06-08", "hearing_rights_served"))
    assert "HEARING_RIGHT_PENDING" in codes(tell(*story, decided("2026-06-22"), as_of="2026-06-22"))


def test_hearing_time_is_excluded_from_the_request_or_from_the_rights_notice_by_policy():
    story = (*SERVED, at("2026-06-05", "hearing_requested"), at("2026-06-10", "hearing_record_signed"))
    assert clock(tell(*story, as_of="2026-06-10"), "statutory")["removed_days"] == 3
    assert clock(tell(*story, as_of="2026-06-10", hearing_stop_from="rights"), "statutory")["removed_days"] == 6
    assert clock(tell(*story, as_of="2026-06-10", excluded=["testing"]), "statutory")["removed_days"] == 0


def test_a_hearing_not_held_within_twenty_days_is_overdue():
    story = (*SERVED, at("2026-06-05", "hearing_requested"))
    assert finding(tell(*story, as_of="2026-07-07"), "HEARING_OVERDUE")["on"] == "2026-07-07"


# -- tolerance, commitment -------------------------------------------------------------------------


def test_tolerated_gaps_bar_the_grant_until_supplied_and_end_the_case_if_never_supplied():
    taken = at("2026-06-01", "received"), at("2026-06-02", "tolerantly_accepted")
    missing = tell(*taken, decided("2026-06-04"), as_of="2026-06-04", promised=wd(7))
    assert (codes(missing), due(missing, "supplement")) == (["TOLERANT_MATERIAL_MISSING"], "2026-06-11")
    refused = tell(*taken, decided("2026-06-04", "refused"), as_of="2026-07-30", promised=wd(7))
    assert (refused["state"], status(refused, "supplement")) == ("refused", "lapsed")
    supplied = tell(*taken, at("2026-06-11", "supplemented"), decided("2026-06-11"), as_of="2026-06-11", promised=wd(7))
    assert supplied["state"] == "granted"
    never = tell(*taken, as_of="2026-06-12", promised=wd(7))
    assert (never["state"], finding(never, "SUPPLEMENT_LAPSED")["on"]) == ("terminated", "2026-06-12")


def test_time_to_supply_never_exceeds_the_promise():
    reading = tell(at("2026-06-01", "tolerantly_accepted"), as_of="2026-06-01", promised=wd(7), supplement=wd(30))
    assert (due(reading, "supplement"), clock(reading, "supplement")["n"]) == ("2026-06-10", 7)
    shorter = tell(at("2026-06-01", "tolerantly_accepted"), as_of="2026-06-01", promised=wd(7), supplement=wd(3))
    assert due(shorter, "supplement") == "2026-06-04"


def test_a_commitment_to_conditions_is_verified_after_the_grant():
    story = at("2026-06-01", "accepted"), at("2026-06-01", "commitment_signed"), decided("2026-06-01")
    reading = tell(*story, as_of="2026-06-01", process="notify-commit")
    assert due(reading, "post-verification") == "2026-07-31"
    visited = tell(*story, at("2026-06-20", "site_visited"), as_of="2026-06-20", process="notify-commit")
    assert status(visited, "post-verification") == "met"
    never = tell(
        *story,
        at("2026-06-02", "delivered"),
        at("2026-06-02", "published"),
        as_of="2026-08-03",
        process="notify-commit",
    )
    assert codes(never) == ["POST_VERIFICATION_OVERDUE"]


def test_a_commitment_to_materials_has_sixty_working_days_and_its_breach_ends_no_case():
    story = (
        at("2026-03-02", "accepted"),
        at("2026-03-02", "commitment_signed", form="materials"),
        decided("2026-03-02"),
    )
    reading = tell(*story, as_of="2026-05-29", process="notify-commit")
    assert (due(reading, "supplement"), reading["state"]) == ("2026-05-28", "granted")
    assert "SUPPLEMENT_LAPSED" in codes(reading)


# -- decision and after ----------------------------------------------------------------------------


def test_a_second_decision_is_refused_and_moves_nothing():
    first = tell(decided("2026-06-01"), as_of="2026-06-03")
    second = tell(decided("2026-06-01"), decided("2026-06-03", "refused"), as_of="2026-06-03")
    assert (codes(second), second["clocks"], second["state"]) == (
        ["ALREADY_DECIDED"],
        first["clocks"],
        "granted",
    )


@pytest.mark.parametrize(
    "event",
    [
        at("2026-06-04", "received"),
        at("2026-06-04", "accepted"),
        paused("2026-06-04"),
        at("2026-06-04", "extension_approved", **HEAD),
        at("2026-06-04", "hearing_rights_served"),
        at("2026-06-04", "hearing_requested"),
        at("2026-06-04", "renewal_filed", valid_until="2026-12-31"),
        at("2026-06-04", "correction_requested"),
        at("2026-06-04", "withdrawn"),
    ],
    ids=lambda event: event["type"],
)
def test_what_belongs_before_the_decision_is_refused_after_it(event):
    reading = tell(decided("2026-06-01"), event, as_of="2026-06-04")
    assert (codes(reading), reading["state"]) == (["ALREADY_DECIDED"], "granted")


def test_delivery_and_publication_stop_their_clocks():
    story = decided("2026-06-01"), at("2026-06-05", "published"), at("2026-06-30", "delivered")
    reading = tell(*story, as_of="2026-07-01")
    assert status(reading, "publication") == status(reading, "general-disclosure") == "met"
    assert (status(reading, "delivery"), reading["state"], codes(reading)) == (
        "expired",
        "delivered",
        ["DELIVERY_OVERDUE"],
    )


def test_the_papers_of_a_refusal_follow_the_offices_own_rule():
    assert "行政许可法未规定" in clock(tell(decided("2026-06-01", "refused"), as_of="2026-06-01"), "delivery")["law"]
    none = tell(decided("2026-06-01", "refused"), as_of="2026-06-01", refusal_delivery=None)
    assert "delivery" not in [entry["id"] for entry in none["clocks"]]


def test_a_withdrawn_case_has_ended():
    story = at("2026-06-01", "accepted"), at("2026-06-03", "withdrawn"), decided("2026-06-05")
    reading = tell(*story, as_of="2026-12-01", promised=wd(5))
    assert (reading["state"], codes(reading)) == ("withdrawn", ["CASE_ENDED"])
    assert status(reading, "statutory") == status(reading, "promised") == "lapsed"


def test_a_limit_that_had_run_out_before_the_withdrawal_stays_expired():
    reading = tell(at("2026-06-01", "accepted"), at("2026-07-15", "withdrawn"), as_of="2026-07-15")
    assert (status(reading, "statutory"), codes(reading)) == ("expired", ["STATUTORY_OVERDUE"])


# -- renewal ---------------------------------------------------------------------------------------


def test_a_decision_on_the_last_day_of_validity_is_in_time():
    filed = at("2026-09-01", "renewal_filed", valid_until="2026-10-07")
    reading = tell(filed, decided("2026-10-07T23:00", "refused"), as_of="2026-10-09")
    assert (reading["state"], status(reading, "renewal"), codes(reading)) == ("refused", "met", [])


def test_a_filing_before_the_window_is_refused_and_one_on_its_first_day_is_not():
    rules = {"renewal": wd(30, earliest=wd(90))}
    early = tell(at("2026-05-26", "renewal_filed", valid_until="2026-10-07"), as_of="2026-05-26", **rules)
    assert (codes(early), early["state"]) == (["RENEWAL_TOO_EARLY"], "none")
    first = finding(early, "RENEWAL_TOO_EARLY")["earliest_on"]
    assert codes(tell(at(first, "renewal_filed", valid_until="2026-10-07"), as_of=first, **rules)) == []


def test_a_late_filing_is_deemed_renewed_only_if_the_office_chose_so():
    filed = at("2026-09-15", "renewal_filed", valid_until="2026-10-07")
    policy = {"deemed_renewal_requires_timely_filing": False}
    assert tell(filed, as_of="2026-10-08")["state"] == "expired"
    assert tell(filed, as_of="2026-10-08", **policy)["state"] == "deemed-renewed"


def test_a_second_filing_does_not_spoil_the_timely_first():
    story = (
        at("2026-09-01", "renewal_filed", valid_until="2026-10-07"),
        at("2026-09-20", "renewal_filed", valid_until="2026-10-07"),
    )
    reading = tell(*story, as_of="2026-10-08")
    assert (reading["state"], codes(reading)) == (
        "deemed-renewed",
        ["RENEWAL_ALREADY_FILED", "DEEMED_RENEWED"],
    )


def test_the_end_of_validity_acts_before_a_later_lapse_however_late_one_looks():
    story = (
        at("2026-09-01", "received"),
        at("2026-09-01", "renewal_filed", valid_until="2026-10-03"),
        at("2026-09-04", "correction_requested"),
    )
    reading = tell(*story, as_of="2026-12-01")  # the correction would lapse on 8 October
    assert (reading["state"], status(reading, "resubmission")) == ("deemed-renewed", "lapsed")


# -- the loaded calendar ---------------------------------------------------------------------------


def test_a_period_that_ends_on_the_last_loaded_day_is_final():
    reading = tell(at("2026-12-03", "accepted"), as_of="2026-12-03")
    assert (due(reading), reading["provisional"]) == ("2026-12-31", False)
    assert tell(at("2026-12-04", "accepted"), as_of="2026-12-04")["provisional"] is True


def test_a_calendar_period_needs_only_the_days_it_rolls_over():
    final = tell(at("2003-12-20", "accepted"), as_of="2004-01-05", decision=cd(30))
    assert (due(final), final["provisional"]) == ("2004-01-19", False)  # a Monday


def test_a_hearing_notice_judged_by_an_unloaded_year_says_so():
    story = at("2026-12-01", "accepted"), at("2026-12-31", "hearing_notice_served", hearing_on="2027-01-06")
    reading = tell(*story, as_of="2026-12-31", promised=None, decision=wd(5))
    assert finding(reading, "HEARING_NOTICE_TOO_LATE")["provisional"] is True
    assert finding(reading, "CALENDAR_NOT_LOADED")["years"] == [2027]


# -- what is listed --------------------------------------------------------------------------------


def test_every_day_is_listed_once_with_its_number_or_its_reason():
    story = (
        at("2026-08-31", "accepted"),
        paused("2026-09-07", "testing"),
        paused("2026-09-14"),
        at("2026-09-16", "resumed", ground="testing"),
    )
    reading = tell(*story, at("2026-09-22", "resumed", ground="expert-review"), as_of="2026-09-22")
    days = clock(reading, "statutory")["days"]
    assert (days[0]["date"], days[-1]["date"]) == ("2026-09-01", "2026-10-20")
    assert len(days) == 50
    assert [day["n"] for day in days if day["counted"]] == list(range(1, 21))
    why = {day["date"]: day.get("why") for day in days}
    assert why["2026-09-15"] == "暂停:检测、专家评审"
    assert why["2026-10-10"] == "调休上班"
    assert why["2026-09-25"] == "中秋节"


def test_the_days_a_period_rolls_over_are_listed_as_such():
    days = clock(tell(at("2026-01-16", "accepted"), as_of="2026-01-16", decision=cd(30)), "statutory")["days"]
    assert days[29] == {"date": "2026-02-15", "counted": True, "n": 30}
    assert {day["why"] for day in days[30:]} == {"期满日顺延"}
    assert days[-1]["date"] == "2026-02-24"
