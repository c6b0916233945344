"""The law's default limits, and the answer to what a caller leaves out."""

import pytest

from workflow.definitions.limits import SLUGS, default_rules
from workflow.engine.facts import parse_rules

from .telling import at, due, tell, wd


@pytest.mark.parametrize("process", SLUGS)
def test_the_defaults_of_every_process_are_complete_and_name_their_law(process):
    rules = default_rules()[process]
    parse_rules(rules)
    for name, limit in rules.items():
        if isinstance(limit, dict):
            assert limit["law"], f"{process}.{name}"


def test_the_figures_of_the_law_are_the_figures_of_the_law():
    general = default_rules()["document-review"]
    figures = {name: (rule["n"], rule["unit"]) for name, rule in general.items() if isinstance(rule, dict)}
    working = {name: n for name, (n, unit) in figures.items() if unit == "working_day"}
    assert working["correction"] == 5
    assert working["decision"] == 20
    assert working["extension"] == 10
    assert working["delivery"] == 10
    assert working["publication"] == 7
    assert working["general_disclosure"] == 20
    assert (working["hearing_request"], working["hearing_arrange"]) == (5, 20)
    assert figures["renewal"] == (30, "calendar_day")
    joint = default_rules()["joint"]
    assert (joint["decision"]["n"], joint["extension"]["n"], joint["extension"]["approver"]) == (
        45,
        15,
        "government-head",
    )


def test_what_the_law_does_not_fix_is_marked_as_the_offices_policy():
    general = default_rules()["document-review"]
    policies = {name for name, rule in general.items() if isinstance(rule, dict) and rule.get("policy")}
    assert policies == {"resubmission", "refusal_delivery", "post_verification", "publicity", "statement"}


def test_rules_left_out_take_the_defaults_of_the_process():
    accepted = at("2026-03-02", "accepted")
    assert due(tell(accepted, as_of="2026-03-02", promised=wd(7))) == "2026-03-30"
    assert due(tell(accepted, as_of="2026-03-02", process="joint", promised=wd(7))) == "2026-05-08"
