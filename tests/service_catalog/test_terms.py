"""What a case is pinned to: rules in the shape of the contract, materials of this case, a digest that tells."""

from dataclasses import asdict
from datetime import date

import pytest

from service_catalog.forms import check_form
from service_catalog.terms import item_rules, rules_of, terms_of
from tests.service_catalog.builders import SHIPPED, TODAY, a_form, item02
from workflow.definitions.loader import processes
from workflow.engine.facts import parse_rules
from workflow.engine.model import Terms

ITEM = item02()


def terms(**answers: object) -> Terms:
    form = check_form(ITEM, a_form(ITEM, **answers), today=TODAY)
    assert form.problems == ()
    return terms_of(ITEM, form.clean, processes()["on-site"])


def codes(found: Terms) -> set[str]:
    return {material.code for material in found.materials}


def test_equal_answers_give_an_equal_digest() -> None:
    assert terms(storage_capacity=12).digest == terms(storage_capacity="12.0").digest
    assert len(terms().digest) == 64


def test_answers_that_change_the_materials_change_the_digest() -> None:
    assert terms(storage_project="新建").digest != terms(storage_project="既有设施").digest


def test_answers_that_change_nothing_promised_leave_the_digest() -> None:
    assert terms(principal_name="张三").digest == terms(principal_name="李四").digest


def test_terms_can_be_hashed_because_they_hold_no_floats() -> None:
    def is_exact(value: object) -> bool:
        if isinstance(value, dict):
            return all(isinstance(key, str) and is_exact(one) for key, one in value.items())
        if isinstance(value, list | tuple):
            return all(is_exact(one) for one in value)
        return value is None or isinstance(value, str | int)

    assert is_exact(asdict(terms()))


@pytest.mark.parametrize("project", ["新建", "改建", "扩建"])
def test_building_storage_asks_for_its_acceptance_report(project: str) -> None:
    assert "m08" in codes(terms(storage_project=project))


def test_existing_storage_asks_for_no_acceptance_report() -> None:
    assert "m08" not in codes(terms(storage_project="既有设施"))


def test_a_major_hazard_asks_for_its_filing() -> None:
    assert "m09" in codes(terms(major_hazard_level="三级"))
    assert "m09" not in codes(terms(major_hazard_level="不构成"))


def test_what_the_office_can_look_up_is_not_the_applicants_business() -> None:
    supply = {material.code: material.supply for material in terms().materials}
    assert (supply["m05"], supply["m06"], supply["m01"], supply["m02"]) == (
        "shared",
        "shared",
        "system",
        "applicant",
    )


def test_the_rules_of_item_02_are_the_law_and_its_own_numbers() -> None:
    rules = terms().rules
    assert (rules["decision"]["n"], rules["decision"]["unit"]) == (30, "working_day")
    assert rules["correction"]["n"] == 5
    assert rules["promised"]["n"] == 20
    assert rules["extension"]["n"] == 10
    assert rules["extension"]["approver"] == "department-head"
    assert (rules["renewal"]["n"], rules["renewal"]["unit"]) == (3, "month")
    assert set(rules["excluded"]) == {
        "on-site", "rectification", "hearing", "bidding", "auction", "inspection", "testing", "quarantine",
        "appraisal", "expert-review",
    }  # fmt: skip


def test_item_01_cannot_be_extended() -> None:
    assert item_rules(SHIPPED.get("01", on=TODAY))["extension"] is None


def test_a_case_of_2021_does_not_rest_on_a_law_of_2026() -> None:
    for code in ("01", "02"):
        laws = {basis.law for basis in SHIPPED.get(code, on=date(2021, 6, 1)).basis}
        assert "中华人民共和国危险化学品安全法" not in laws
        laws = {basis.law for basis in SHIPPED.get(code, on=date(2026, 5, 1)).basis}
        assert "中华人民共和国危险化学品安全法" in laws


def test_the_clock_can_read_the_rules_of_every_item() -> None:
    for item in SHIPPED.all():
        assert parse_rules(item_rules(item)).decision.n == item_rules(item)["decision"]["n"]


def test_rules_are_found_by_item_code_alone() -> None:
    found = rules_of("02")
    assert found is not None
    assert (found[0], found[1]["decision"]["n"]) == ("on-site", 30)
    assert rules_of("99") is None
