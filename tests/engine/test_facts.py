"""What is not a fact is refused by name, and nothing but FactsError ever comes out."""

import json
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflow.definitions.limits import default_rules
from workflow.engine.dates import SHANGHAI
from workflow.engine.errors import FactsError
from workflow.engine.facts import POLICIES, RULE_KEYS, instant, parse_fact, parse_facts, parse_rules
from workflow.engine.vocabulary import FACT_TYPES, GROUNDS

from .telling import answer, at, cd, codes, due, finding, tell, wd

RECEIVED = {"type": "received", "at": "2026-09-01T10:00:00+08:00"}
RENEWAL = {"type": "renewal_filed", "at": "2026-09-01", "valid_until": "2026-10-07"}


def one(event):
    return {"process": "document-review", "events": [event]}


def ruled(**rules):
    return {"process": "document-review", "rules": rules, "events": [RECEIVED]}


def bent(event, **changes):
    return one({**event, **changes})


MALFORMED = [
    (None, "(全部)"),
    ("received", "(全部)"),
    (7, "(全部)"),
    ([[]], "[0]"),
    ([{"process": "joint", "events": []}, None], "[1]"),
    ([{"process": "joint", "events": 3}], "[0].events"),
    ({}, "process"),
    ({"events": []}, "process"),
    ({"process": "paper", "events": []}, "process"),
    ({"process": ["joint"], "events": []}, "process"),
    ({"process": "joint"}, "events"),
    ({"process": "joint", "events": {}}, "events"),
    ({"process": "joint", "events": [], "asof": "2026-09-01"}, "asof"),
    ({"process": "joint", "events": [], "as_of": 20260901}, "as_of"),
    ({"process": "joint", "events": [], "as_of": "tomorrow"}, "as_of"),
    ({"process": "joint", "events": [], "as_of": ""}, "as_of"),
    ({"item_code": "99", "events": []}, "item_code"),
    ({"item_code": 2, "events": []}, "item_code"),
    ({"item_code": "", "events": []}, "item_code"),
    ({"process": "joint", "events": [RECEIVED] * 501}, "events"),
    (one(None), "events[0]"),
    (one([]), "events[0]"),
    (one({}), "events[0].type"),
    (one({"at": "2026-09-01"}), "events[0].type"),
    (bent(RECEIVED, type="recieved"), "events[0].type"),
    (bent(RECEIVED, type=None), "events[0].type"),
    (bent(RECEIVED, type=["received"]), "events[0].type"),
    (one({"type": "received"}), "events[0].at"),
    (bent(RECEIVED, at=None), "events[0].at"),
    (bent(RECEIVED, at=1788220800), "events[0].at"),
    (bent(RECEIVED, at="2026-02-29"), "events[0].at"),
    (bent(RECEIVED, at="2026-09-31T10:00"), "events[0].at"),
    (bent(RECEIVED, at="2026-9-1"), "events[0].at"),
    (bent(RECEIVED, at="20260901"), "events[0].at"),
    (bent(RECEIVED, at="2026-W36-2"), "events[0].at"),
    (bent(RECEIVED, at="01/09/2026"), "events[0].at"),
    (bent(RECEIVED, at="2026年9月1日"), "events[0].at"),
    (bent(RECEIVED, at="２０２６-09-01"), "events[0].at"),
    (bent(RECEIVED, at="2026-09-01T25:00"), "events[0].at"),
    (bent(RECEIVED, at="2026-09-01T10:00+99:00"), "events[0].at"),
    (bent(RECEIVED, at="2026-09-01\n"), "events[0].at"),
    (bent(RECEIVED, at="1899-12-31"), "events[0].at"),
    (bent(RECEIVED, at="0001-01-01T00:00:00+14:00"), "events[0].at"),
    (bent(RECEIVED, at="9999-12-31T23:59:59-12:00"), "events[0].at"),
    (bent(RECEIVED, at="2026-09-01" + "0" * 10_000), "events[0].at"),
    (bent(RECEIVED, by="clerk"), "events[0].by"),
    (bent(RECEIVED, chanel="post"), "events[0].chanel"),
    (bent(RECEIVED, channel="fax"), "events[0].channel"),
    (bent(RECEIVED, channel=1), "events[0].channel"),
    (bent(RECEIVED, confirmed_at="later"), "events[0].confirmed_at"),
    (one({"type": "resubmitted", "at": "2026-09-01", "complete": "yes"}), "events[0].complete"),
    (one({"type": "resubmitted", "at": "2026-09-01", "complete": 1}), "events[0].complete"),
    (one({"type": "suspended", "at": "2026-09-01"}), "events[0].ground"),
    (one({"type": "suspended", "at": "2026-09-01", "ground": None}), "events[0].ground"),
    (one({"type": "suspended", "at": "2026-09-01", "ground": "holiday"}), "events[0].ground"),
    (one({"type": "suspended", "at": "2026-09-01", "ground": {"a": 1}}), "events[0].ground"),
    (one({**at("2026-09-01", "suspended", ground="testing"), "notified_days": 0}), "events[0].notified_days"),
    (one({**at("2026-09-01", "suspended", ground="testing"), "notified_days": -3}), "events[0].notified_days"),
    (one({**at("2026-09-01", "suspended", ground="testing"), "notified_days": 1.5}), "events[0].notified_days"),
    (one({**at("2026-09-01", "suspended", ground="testing"), "notified_days": True}), "events[0].notified_days"),
    (one({**at("2026-09-01", "suspended", ground="testing"), "notified_days": "10"}), "events[0].notified_days"),
    (one({**at("2026-09-01", "suspended", ground="testing"), "notified_days": 10**30}), "events[0].notified_days"),
    (one({**at("2026-09-01", "suspended", ground="testing"), "notice_served_at": 5}), "events[0].notice_served_at"),
    (one(at("2026-09-01", "resumed", ground="none")), "events[0].ground"),
    (one({"type": "extension_approved", "at": "2026-09-01", "by": 3}), "events[0].by"),
    (one({"type": "extension_approved", "at": "2026-09-01", "by": "长" * 201}), "events[0].by"),
    (one({"type": "extension_approved", "at": "2026-09-01", "reason_notified": "是"}), "events[0].reason_notified"),
    (one(at("2026-09-01", "hearing_notice_served")), "events[0].hearing_on"),
    (one(at("2026-09-01", "hearing_notice_served", hearing_on="soon")), "events[0].hearing_on"),
    (one({"type": "site_visited", "at": "2026-09-01", "officers": -1}), "events[0].officers"),
    (one(at("2026-09-01", "decided")), "events[0].outcome"),
    (one(at("2026-09-01", "decided", outcome="approved")), "events[0].outcome"),
    (one(at("2026-09-01", "renewal_filed")), "events[0].valid_until"),
    (bent(RENEWAL, valid_until="2026-13-01"), "events[0].valid_until"),
    (bent(RENEWAL, valid_until="2999-01-01"), "events[0].valid_until"),
    (one(at("2026-09-01", "commitment_signed", form="oral")), "events[0].form"),
    (one(at("2026-09-01", "accepted", effective_on="2026-09-02")), "events[0].effective_on"),
    (ruled(decison=wd(20)), "rules.decison"),
    (ruled(decision=None), "rules.decision"),
    (ruled(decision=20), "rules.decision"),
    (ruled(decision={"unit": "working_day"}), "rules.decision.n"),
    (ruled(decision={"n": 20}), "rules.decision.unit"),
    (ruled(decision={"n": 20, "unit": "day"}), "rules.decision.unit"),
    (ruled(decision={"n": 20, "unit": ["working_day"]}), "rules.decision.unit"),
    (ruled(decision=wd(-1)), "rules.decision.n"),
    (ruled(decision=wd(True)), "rules.decision.n"),
    (ruled(decision=wd(20.0)), "rules.decision.n"),
    (ruled(decision=wd("20")), "rules.decision.n"),
    (ruled(decision=wd(10_001)), "rules.decision.n"),
    (ruled(decision={"n": 101, "unit": "year"}), "rules.decision.n"),
    (ruled(decision=wd(20, **{"from": "filed"})), "rules.decision.from"),
    (ruled(decision=wd(20, **{"from": ["received"]})), "rules.decision.from"),
    (ruled(decision=wd(20, law=42)), "rules.decision.law"),
    (ruled(decision=wd(20, days=3)), "rules.decision.days"),
    (ruled(extension=wd(10, approver=["head"])), "rules.extension.approver"),
    (ruled(excluded="hearing"), "rules.excluded"),
    (ruled(excluded=None), "rules.excluded"),
    (ruled(excluded=["hearing", "lunch"]), "rules.excluded"),
    (ruled(excluded=[["hearing"]]), "rules.excluded"),
    (ruled(office_closes="25:00"), "rules.office_closes"),
    (ruled(office_closes=1730), "rules.office_closes"),
    (ruled(suspension_cap="never"), "rules.suspension_cap"),
    (ruled(suspension_cap=["notified"]), "rules.suspension_cap"),
    (ruled(hearing_stop_from=""), "rules.hearing_stop_from"),
    (ruled(notice_before_7wd="H-9"), "rules.notice_before_7wd"),
    (ruled(deemed_renewal_requires_timely_filing=1), "rules.deemed_renewal_requires_timely_filing"),
    (ruled(deemed_renewal_requires_timely_filing="false"), "rules.deemed_renewal_requires_timely_filing"),
    (ruled(renewal=cd(30, earliest=3)), "rules.renewal.earliest"),
    (ruled(renewal=cd(30, earliest=wd(-1))), "rules.renewal.earliest.n"),
    ({"process": "joint", "rules": [], "events": []}, "rules"),
    ({"process": "joint", "rules": "strict", "events": []}, "rules"),
]


@pytest.mark.parametrize(("facts", "field"), MALFORMED, ids=[f"{i}-{field}" for i, (_, field) in enumerate(MALFORMED)])
def test_malformed_facts_are_refused_by_the_name_of_the_field(facts, field):
    with pytest.raises(FactsError) as refused:
        answer(facts)
    assert refused.value.field == field
    assert refused.value.what.endswith("。") and len(refused.value.what) < 1_000


def test_an_unknown_event_type_lists_the_types_that_exist():
    with pytest.raises(FactsError) as refused:
        parse_fact({"type": "applied", "at": "2026-09-01"})
    assert all(kind in refused.value.what for kind in FACT_TYPES)


def test_a_field_of_ten_thousand_letters_is_not_echoed_back():
    with pytest.raises(FactsError) as refused:
        parse_fact({**RECEIVED, "x" * 10_000: 1})
    assert len(str(refused.value)) < 500


def test_times_are_read_in_the_time_of_shanghai():
    expected = datetime(2026, 9, 1, 10, 0, tzinfo=SHANGHAI)
    for text in ("2026-09-01T10:00", "2026-09-01T02:00:00Z", "2026-09-01T10:00:00+08:00", "2026-08-31T22:00:00-04:00"):
        assert instant(text, "at") == expected
    assert instant("2026-09-01", "at") == datetime(2026, 9, 1, tzinfo=SHANGHAI)
    assert parse_fact({"type": "received", "at": "2026-08-31T16:00:00Z"}).on.isoformat() == "2026-09-01"


def test_summer_time_once_kept_in_shanghai_does_not_move_a_date():
    assert parse_fact({"type": "received", "at": "1988-07-01T00:30:00+09:00"}).on.isoformat() == "1988-07-01"


def test_facts_of_one_moment_keep_the_order_in_which_they_were_told():
    facts = [at("2026-09-02", "accepted"), at("2026-09-01", "received"), at("2026-09-02", "site_visited")]
    assert [fact.type for fact in parse_facts(facts)] == ["received", "accepted", "site_visited"]


def test_a_field_given_as_null_counts_as_left_out():
    told = {**at("2026-06-08", "suspended", ground="testing"), "notice_served_at": None, "notified_days": None}
    assert codes(tell(at("2026-06-01", "accepted"), told, as_of="2026-06-08")) == ["SUSPENSION_NOT_NOTIFIED"]


def test_every_fact_may_carry_a_note_and_an_id_that_change_nothing():
    plain = tell(at("2026-09-01", "received"), as_of="2026-09-02")
    assert tell(at("2026-09-01", "received", note="窗口收件", id="e1"), as_of="2026-09-02") == plain


def test_rules_parsed_once_under_a_key_are_the_same_object_afterwards():
    rules = default_rules()["joint"]
    assert parse_rules(rules, key="joint@1") is parse_rules({}, key="joint@1")
    assert parse_rules(rules) == parse_rules(rules, key="joint@1")


def test_the_rules_of_an_item_stand_in_for_process_and_rules():
    items = {"02": ("on-site", {"decision": wd(45), "excluded": ["rectification"]})}
    facts = {"item_code": "02", "events": [at("2026-02-12", "accepted")], "as_of": "2026-02-12"}
    assert due(answer(facts, rules_of_item=items.get)) == "2026-04-23"
    over = {**facts, "rules": {"decision": wd(20)}}
    assert due(answer(over, rules_of_item=items.get)) == "2026-03-18"


def test_the_process_beside_an_item_must_be_the_process_of_the_item():
    items = {"02": ("on-site", {})}
    facts = {"item_code": "02", "process": "joint", "events": []}
    with pytest.raises(FactsError) as refused:
        answer(facts, rules_of_item=items.get)
    assert refused.value.field == "process"
    assert answer({**facts, "process": "on-site"}, rules_of_item=items.get)["state"] == "none"


def test_an_extension_given_without_approver_still_needs_the_approver_of_the_law():
    told = at("2026-05-07", "extension_approved", by="window-clerk", reason_notified=True)
    reading = tell(at("2026-03-02", "accepted"), told, as_of="2026-05-07", process="joint", extension=wd(15))
    assert codes(reading) == ["WRONG_APPROVER"]


def test_no_events_is_a_case_to_which_nothing_has_happened():
    assert answer({"process": "joint", "events": []}) == {
        "state": "none",
        "received_on": None,
        "accepted_on": None,
        "accepted_by": None,
        "clocks": [],
        "findings": [],
        "provisional": False,
    }


def test_the_longest_periods_at_the_edges_of_time_still_get_an_answer():
    for unit, n in (("working_day", 10_000), ("calendar_day", 10_000), ("month", 1_200), ("year", 100)):
        rules = {
            "decision": {"n": n, "unit": unit},
            "extension": {"n": n, "unit": unit},
            "renewal": {"n": n, "unit": unit},
        }
        for day in ("1900-01-01", "2200-12-31"):
            story = (
                at(day, "accepted"),
                at(day, "suspended", ground="testing", notice_served_at=day, notified_days=10_000),
                at(day, "extension_approved", by="department-head", reason_notified=True),
                at(day, "renewal_filed", valid_until=day),
            )
            assert finding(tell(*story, as_of="2200-12-31", **rules), "CALENDAR_NOT_LOADED")["years"]


# -- fuzz ------------------------------------------------------------------------------------------

WORDS = [
    *sorted(FACT_TYPES), *sorted(GROUNDS), *sorted(RULE_KEYS), *sorted(default_rules()), "type", "at", "events",
    "process", "rules", "as_of", "item_code", "n", "unit", "working_day", "month", "year", "from", "earliest",
    "valid_until", "hearing_on", "outcome", "granted", "2026-09-01", "2200-12-31T23:59:59-12:00", "1900-01-01", "",
]  # fmt: skip
TEXTS = st.sampled_from(WORDS) | st.text(max_size=6)
NUMBERS = st.none() | st.booleans() | st.integers(-3, 10**5) | st.integers() | st.floats()
LEAVES = NUMBERS | TEXTS
ANYTHING = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=5), max_leaves=20
)
DAYS = st.dates(datetime(1900, 1, 1).date(), datetime(2200, 12, 31).date()).map(str)
TIMES = DAYS | st.dates(datetime(2025, 1, 1).date(), datetime(2027, 12, 31).date()).map(str)
VALUES: dict[str, st.SearchStrategy[object]] = {
    "ground": st.sampled_from(sorted(GROUNDS)),
    "outcome": st.sampled_from(["granted", "refused"]),
    "valid_until": TIMES,
    "hearing_on": TIMES,
    "notice_served_at": TIMES,
    "notified_days": st.integers(1, 10_000),
    "complete": st.booleans(),
    "by": st.sampled_from(["department-head", "government-head"]),
    "reason_notified": st.booleans(),
    "channel": st.sampled_from(["online", "counter", "post"]),
    "confirmed_at": TIMES,
    "due_on": TIMES,
    "days": st.integers(1, 10_000),
    "effective_on": TIMES,
    "deemed": st.booleans(),
    "form": st.sampled_from(["conditions", "materials"]),
}
KEYS_OF = {
    "received": ("channel", "confirmed_at"),
    "resubmitted": ("complete",),
    "accepted": ("deemed", "effective_on"),
    "commitment_signed": ("form",),
    "suspended": ("ground", "notice_served_at", "notified_days"),
    "resumed": ("ground",),
    "extension_approved": ("by", "reason_notified"),
    "hearing_notice_served": ("hearing_on",),
    "rectification_ordered": ("notice_served_at", "due_on", "days"),
    "visit_started": ("notice_served_at", "notified_days"),
    "decided": ("outcome",),
    "renewal_filed": ("valid_until",),
}
PERIOD = st.one_of(
    st.fixed_dictionaries({"n": st.integers(0, 10_000), "unit": st.sampled_from(["working_day", "calendar_day"])}),
    st.fixed_dictionaries({"n": st.integers(0, 100), "unit": st.sampled_from(["month", "year"])}),
)
RULES = st.dictionaries(
    st.sampled_from(sorted(RULE_KEYS - set(POLICIES) - {"excluded", "office_closes"})), PERIOD, max_size=6
)


@st.composite
def well_formed_event(draw):
    kind = draw(st.sampled_from(sorted(FACT_TYPES)))
    given_keys = draw(st.lists(st.sampled_from(KEYS_OF.get(kind, ("note",))), unique=True))
    needed = {"suspended": "ground", "decided": "outcome", "renewal_filed": "valid_until"}
    needed["hearing_notice_served"] = "hearing_on"
    keys = {*given_keys, needed.get(kind, "note")}
    return {"type": kind, "at": draw(TIMES), **{key: draw(VALUES.get(key, st.just("…"))) for key in sorted(keys)}}


def answer_or_refusal(facts):
    """The reading, or None if the facts were refused. Any other exception is a failure of the test."""
    try:
        return answer(facts)
    except FactsError as refused:
        assert refused.field and refused.what
        return None


@settings(max_examples=150, deadline=None, derandomize=True)
@given(ANYTHING)
def test_arbitrary_json_gets_an_answer_or_a_refusal_and_nothing_else(facts):
    reading = answer_or_refusal(facts)
    assert reading is None or json.dumps(reading, allow_nan=False)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    st.fixed_dictionaries({"process": st.sampled_from(sorted(default_rules())), "events": ANYTHING, "rules": ANYTHING})
)
def test_arbitrary_events_and_rules_get_an_answer_or_a_refusal_and_nothing_else(facts):
    answer_or_refusal(facts)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.sampled_from(sorted(default_rules())), st.lists(well_formed_event(), max_size=8), RULES, TIMES)
def test_any_well_formed_story_however_absurd_gets_an_answer(process, events, rules, as_of):
    facts = {"process": process, "events": events, "rules": rules, "as_of": as_of}
    reading = answer_or_refusal(facts)
    if reading is None:  # the one thing that can still be wrong: an effect dated after the event
        with pytest.raises(FactsError, match="effective_on"):
            answer(facts)
        return
    assert json.loads(json.dumps(reading, allow_nan=False)) == reading
