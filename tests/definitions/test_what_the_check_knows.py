"""The tables the model check believes in say what the engine really does: asked of every predicate, work and clock."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import combinations
from typing import Any

import pytest

from tests.builders import terms_02
from workflow.definitions.lint.facts import ALL, ARISES_FROM, FACTS, FROM_MARKS, USED_UP
from workflow.definitions.official_days import official_schedules
from workflow.engine.calendar import WorkingCalendar
from workflow.engine.case import CaseState
from workflow.engine.clocks import parse_facts, parse_rules, read_clocks
from workflow.engine.commands import Actor
from workflow.engine.dates import SHANGHAI
from workflow.engine.guards import COLLECTIONS, MARKS, PHRASES, Question
from workflow.engine.model import Terms
from workflow.engine.phrases import OPPOSITES, RESTS_ON, WORKS_ASK, WORKS_GIVE, WORKS_READ, rests_on
from workflow.engine.vocabulary import FACT_TYPES, FINDING_CODES
from workflow.engine.works import WORKS

NOW = datetime(2026, 9, 1, 10, tzinfo=SHANGHAI)
TERMS, PROCESS = terms_02()


class Spy(dict[str, Any]):
    """A mapping that remembers what it was asked for."""

    def __init__(self, values: Mapping[str, Any], asked: set[str]) -> None:
        super().__init__(values)
        self._asked = asked

    def get(self, key: str, default: Any = None) -> Any:
        self._asked.add(key)
        return super().get(key, default)

    def __getitem__(self, key: str) -> Any:
        self._asked.add(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self._asked.add(str(key))
        return super().__contains__(key)


def a_mark(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return a mark with every answer a predicate may look for."""
    given = {
        "inspectors": ["i1"], "experts": ["i1"], "people": ["i1"], "missing": [{"material": "m02", "what": "缺"}],
        "hearing_on": "2026-09-01", "to": "i1", "conclusion": "pass", "form": "conditions", "stage": "x", "ground": "fraud",
    }  # fmt: skip
    return {"by": "i2", "post": "reviewer", "at": NOW.isoformat(), "seq": 1, "given": {**given, **answers}}


def a_question(
    marks: Mapping[str, Any], collected: Mapping[str, Any], terms: Terms, given: Mapping[str, Any], outcome: str = ""
) -> Question:
    case = CaseState("x", marks=marks, collected=collected, outcome=outcome, seq=1)
    action = next(iter(PROCESS.states["in-review"].actions.values()))
    return Question(case, action, given, terms, Actor("i1", "甲"), NOW)


def worlds() -> list[tuple[dict[str, Any], dict[str, Any], Terms]]:
    """Return accounts to try a predicate on: nothing, everything, everything but one or two, one alone."""
    joint = replace(TERMS, special={"joint": "unified", "publicity": [{"stage": "before-decision", "need": "always"}],
                                    "hearing": "always", "on-site": "always", "experts": {"need": "always"}},
                    legal_review=True)  # fmt: skip
    every = {name: a_mark({}) for name in sorted(MARKS)}
    all_collected = {name: {"i1": a_mark({}), "i3": a_mark({})} for name in sorted(COLLECTIONS)}
    found: list[tuple[dict[str, Any], dict[str, Any], Terms]] = [({}, {}, TERMS), (every, all_collected, joint)]
    found += [({}, {}, joint), (every, all_collected, TERMS)]
    found += [({k: v for k, v in every.items() if k not in gone}, all_collected, joint)
              for gone in [*combinations(sorted(MARKS), 1)]]  # fmt: skip
    found += [({name: mark}, all_collected, joint) for name, mark in every.items()]
    found += [(every, {k: v for k, v in all_collected.items() if k != gone}, joint) for gone in all_collected]
    return found


@pytest.mark.parametrize("phrase", sorted(PHRASES))
def test_a_phrase_reads_no_more_than_the_table_says(phrase: str) -> None:
    marks_asked: set[str] = set()
    fields_asked: set[str] = set()
    for marks, collected, terms in worlds():
        question = a_question(Spy(marks, marks_asked), Spy(collected, marks_asked), terms, Spy({}, fields_asked))
        PHRASES[phrase].predicate(question)
    assert marks_asked <= rests_on(phrase).reads(), (
        f"{phrase}: add {marks_asked - rests_on(phrase).reads()} to phrases.py"
    )
    assert fields_asked <= set(rests_on(phrase).asks), f"{phrase}: add {fields_asked} to `asks` in phrases.py"


def test_the_tables_use_known_words() -> None:
    assert set(RESTS_ON) <= set(PHRASES)
    read = {name for rest in RESTS_ON.values() for name in rest.reads()}
    assert {
        name for name in read if not name.startswith(("terms:", "outcome=", "branches", "pause:"))
    } <= MARKS | COLLECTIONS
    assert {phrase for one, other, _ in OPPOSITES for phrase in (one, other)} <= set(PHRASES)
    assert set(WORKS_READ) | set(WORKS_ASK) | set(WORKS_GIVE) <= set(WORKS)
    assert set(FACTS) == FACT_TYPES
    assert {*ARISES_FROM, *FROM_MARKS, USED_UP} == FINDING_CODES


def account_for(rest: Any, *, without: str = "", also: str = "") -> Question | None:
    """Return an account with what a phrase rests on, less or more one thing; None where terms or branches decide."""
    names = [name for name in (*rest.all_of, *rest.one_of[:1]) if name != without] + ([also] if also else [])
    if any(name.startswith(("terms:", "branches")) for name in (*rest.all_of, *rest.one_of, *rest.none_of)):
        return None
    marks: dict[str, Any] = {}
    outcome, facts = "", []
    for name in names:
        if name.startswith("pause:"):
            ground = name.removeprefix("pause:").replace("chosen", "testing")
            facts.append({"type": "suspended", "ground": ground, "at": "2026-09-01T09:00:00+08:00"})
            continue
        where, _, value = name.partition("=")
        mark, _, field = where.partition(".")
        if mark == "outcome":
            outcome = value
        else:
            marks[mark] = a_mark({field: True if value == "true" and field == "sampled" else value} if field else {})
    if "rules-checked" in marks:
        marks["rules-checked"]["given"].setdefault("outcome", "all-true")
    collected = {name: {"i1": marks.pop(name)} for name in list(marks) if name in COLLECTIONS}
    question = a_question(marks, collected, TERMS, {}, outcome)
    return replace(question, case=replace(question.case, facts=tuple(facts)))


@pytest.mark.parametrize("phrase", sorted(RESTS_ON))
def test_a_phrase_holds_only_with_what_it_rests_on(phrase: str) -> None:
    rest = RESTS_ON[phrase]
    for gone in (*rest.all_of, *rest.one_of[:1]):
        question = account_for(rest, without=gone)
        assert question is None or PHRASES[phrase].predicate(question), f"{phrase} holds without {gone}"
    for hindrance in rest.none_of:
        question = account_for(rest, also=hindrance)
        assert question is None or PHRASES[phrase].predicate(question), f"{phrase} holds in spite of {hindrance}"
    whole = account_for(rest)
    if rest.is_exact and whole is not None:
        assert PHRASES[phrase].predicate(whole) == "", f"{phrase} needs more than the table says"


@pytest.mark.parametrize(("one", "other", "once"), OPPOSITES)
def test_of_two_opposites_exactly_one_holds(one: str, other: str, once: str) -> None:
    compared = 0
    for marks, collected, terms in worlds():
        if once and not (once in marks or once in collected or (once == "terms:joint" and terms.special.get("joint"))):
            continue
        for answers in ({}, {"outcome": "all-true", "sampled": True}, {"outcome": "person", "form": "materials"}):
            there = {name: {**mark, "given": {**mark["given"], **answers}} for name, mark in marks.items()}
            question = a_question(there, collected, terms, {}, "granted")
            assert bool(PHRASES[one].predicate(question)) is not bool(PHRASES[other].predicate(question))
            compared += 1
    assert compared or once == "outcome"


def test_a_decided_case_is_granted_or_refused() -> None:
    for outcome in ("granted", "refused"):
        question = a_question({}, {}, TERMS, {}, outcome)
        assert bool(PHRASES["决定为准予"].predicate(question)) is not bool(PHRASES["决定为不予"].predicate(question))


@pytest.mark.parametrize("work", sorted(WORKS))
def test_a_work_reads_and_gives_what_the_table_says(work: str) -> None:
    asked: set[str] = set()
    wanted: set[str] = set()
    values = {"to": "i1", "people": ["i9"], "stage": "before-decision", "branch": "b", "case_no": "c", "outcome": "granted",
              "at": "x", "paused": True}  # fmt: skip
    for marks, collected, terms in worlds():
        more = {
            **terms.special,
            "publicity": [{"stage": "before-decision", "need": "always", "n": 5, "unit": "working_day"}],
        }
        whole = replace(terms, special=more, public_safety=True, permit={"valid_until": "2027-01-01"})
        case_marks, case_collected = Spy(marks, asked), Spy(collected, asked)
        result = WORKS[work](a_question(case_marks, case_collected, whole, Spy(values, wanted)))
        if isinstance(result, tuple):
            given = result[0]
            assert set(given) <= WORKS_GIVE.get(work, frozenset()) | set(given) & {
                "rule_set",
                "rules",
                "wants_a_person",
                "seed",
            }
    assert asked <= WORKS_READ.get(work, frozenset()), asked
    assert work == "permit-change" or wanted <= WORKS_ASK.get(work, frozenset()), wanted


# -- clocks -----------------------------------------------------------------------------------------

CALENDAR = WorkingCalendar.from_schedules(official_schedules())
RULES = parse_rules(
    {**TERMS.rules, "supplement": {"n": 20, "unit": "working_day"}, "rectification": {"n": 20, "unit": "working_day"}}
)
GIVEN: Mapping[str, Mapping[str, Any]] = {
    "suspended": {"ground": "testing", "notice_served_at": "2026-03-02"},
    "decided": {"outcome": "granted"},
    "hearing_notice_served": {"hearing_on": "2026-06-01"},
    "renewal_filed": {"valid_until": "2026-12-31"},
    "permit_issued": {"valid_until": "2027-12-31"},
    "permit_renewed": {"valid_until": "2028-12-31"},
    "visit_started": {"notice_served_at": "2026-03-02"},
    "publicity_started": {"notice_served_at": "2026-03-02"},
    "extension_approved": {"by": "department-head", "reason_notified": True},
    "commitment_signed": {"form": "materials"},
}
BEFORE = [
    [], ["received"], ["received", "correction_requested"], ["received", "accepted"], ["received", "tolerantly_accepted"],
    ["received", "commitment_signed", "accepted"], ["accepted", "suspended"], ["accepted", "visit_started"],
    ["accepted", "rectification_ordered"], ["accepted", "hearing_rights_served"],
    ["accepted", "hearing_rights_served", "hearing_requested"], ["accepted", "hearing_announced"],
    ["accepted", "publicity_started"], ["accepted", "decided"], ["accepted", "decided", "verification_ordered"],
    ["accepted", "decided", "statement_invited"], ["renewal_filed", "received", "accepted"], ["permit_issued"],
]  # fmt: skip


def told(kinds: list[str]) -> tuple[set[str], set[str]]:
    """Return (clocks that are open, grounds of open pauses) after these facts, one on each of some days in March 2026."""
    day = date(2026, 3, 2)
    facts = []
    for number, kind in enumerate(kinds):
        on = day + timedelta(days=number)
        more = {k: str(on) if k == "notice_served_at" else v for k, v in GIVEN.get(kind, {}).items()}
        facts.append({"type": kind, "at": f"{on}T10:0{number}:00+08:00", **more})
    last = datetime.fromisoformat(facts[-1]["at"]) if facts else NOW
    reading = read_clocks(RULES, parse_facts(facts), CALENDAR, last)
    paused = {clock.id for clock in reading.clocks if clock.status == "paused"}
    return {clock.id for clock in reading.clocks if clock.is_open}, paused


@pytest.mark.parametrize("kind", sorted(FACT_TYPES))
def test_a_fact_starts_and_stops_what_the_table_says(kind: str) -> None:
    effect = FACTS[kind]
    for before in BEFORE:
        was_open, was_paused = told(before)
        is_open, is_paused = told([*before, kind])
        assert is_open - was_open <= set(effect.starts), (before, kind, is_open - was_open)
        assert ALL in effect.stops or was_open - is_open <= set(effect.stops), (before, kind, was_open - is_open)
        assert not is_paused - was_paused or effect.pauses, (before, kind)
        assert not (was_paused - is_paused) & is_open or effect.resumes, (before, kind)


def test_every_start_and_stop_of_the_table_happens_somewhere() -> None:
    starts, stops = set(), set()
    for before in BEFORE:
        was_open, _ = told(before)
        for kind in FACT_TYPES:
            is_open, _ = told([*before, kind])
            starts |= {(kind, clock) for clock in is_open - was_open}
            stops |= {(kind, clock) for clock in was_open - is_open}
    promised = {(kind, clock) for kind, effect in FACTS.items() for clock in effect.starts}
    # the limits run from receipt, and a check after a commitment to conditions follows, only under other rules
    assert promised - starts == {("received", "statutory"), ("received", "promised"), ("decided", "post-verification")}
    wanted = {(kind, clock) for kind, effect in FACTS.items() for clock in effect.stops if clock != ALL}
    never = wanted - stops
    assert never <= {
        ("correction_requested", "statutory"), ("correction_requested", "promised"),  # only those that ran from receipt
        ("decided", "correction"), ("decided", "resubmission"), ("resubmitted", "correction"),
        ("hearing_waived", "hearing-request"), ("hearing_record_signed", "hearing-request"), ("accepted", "resubmission"),
        ("tolerantly_accepted", "resubmission"), ("hearing_announced", "hearing-request"), ("decided", "publicity"),
    }, never  # fmt: skip
