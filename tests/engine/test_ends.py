"""What the model check brought to light: clocks that went on after their case, and a ban that never fell."""

from dataclasses import replace

import pytest

from tests.builders import terms_02
from workflow.engine.case import CaseState
from workflow.engine.commands import Actor
from workflow.engine.guards import Question
from workflow.engine.works import WORKS

from .telling import NOW, at, clock, codes, tell


def test_a_decision_during_a_public_notice_ends_the_notice_s_clock():
    story = (
        at("2026-03-02", "accepted"),
        at("2026-03-03", "publicity_started"),
        at("2026-03-04", "decided", outcome="refused"),
    )
    reading = tell(*story, as_of="2026-04-01", process="public-notice")
    assert clock(reading, "publicity")["status"] == "lapsed"
    assert "PUBLICITY_ENDED" not in codes(reading)


def test_a_commitment_broken_before_the_decision_ends_the_examination_and_its_limits():
    story = (
        at("2026-01-05T09:00", "received"),
        at("2026-01-05T09:30", "commitment_signed", form="materials"),
        at("2026-01-05T10:00", "accepted"),
    )
    reading = tell(*story, as_of="2026-05-06", process="notify-commit")
    assert "SUPPLEMENT_LAPSED" in codes(reading) and reading["state"] == "terminated"
    assert not [entry for entry in reading["clocks"] if entry["status"] in ("running", "paused")]


def test_a_case_that_was_not_accepted_is_not_deemed_accepted_later():
    reading = tell(at("2026-03-02", "received"), at("2026-03-04", "withdrawn"), as_of="2026-04-01")
    assert (codes(reading), clock(reading, "correction")["status"], reading["accepted_on"]) == ([], "lapsed", None)


@pytest.mark.parametrize(
    ("noticed", "decided", "falls"),
    [("fraud", None, True), ("unfit", None, False), ("fraud", "unfit", False), (None, "fraud", True)],
)
def test_the_ban_of_three_years_follows_the_ground_of_the_decision_or_else_of_the_notice(
    noticed, decided, falls, public_safety_terms
):
    mark = {"by": "r", "post": "reviewer", "at": NOW.isoformat(), "seq": 1, "given": {"ground": noticed}}
    case = CaseState("x", marks={"intended": mark} if noticed else {})
    given = {"ground": decided} if decided else {}
    terms, action = public_safety_terms
    _, effects = WORKS["ban-three-years"](Question(case, action, given, terms, Actor("a", "甲"), NOW))
    assert ("ban" in effects) is falls


@pytest.fixture
def public_safety_terms():
    """Terms of an item of public safety, and any action."""
    terms, process = terms_02()
    return replace(terms, public_safety=True), process.states["draft"].actions["submit"]
