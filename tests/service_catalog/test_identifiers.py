"""Scenario S17, and the identifiers people mistype."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_catalog.identifiers import id_check, wrong_citizen_id, wrong_phone, wrong_uscc
from tests.service_catalog.builders import CITIZEN, TODAY, USCC


@pytest.mark.parametrize("code", ["11120000MB1571593F", "11120000MB1908811Q", "9133021272513935X8"])
def test_real_unified_codes_are_sound(code: str) -> None:
    assert wrong_uscc(code) == ""


def test_a_wrong_check_character_is_named() -> None:
    assert "校验位不正确" in wrong_uscc("11120000MB1571593E")


def test_letters_the_standard_leaves_out_are_named() -> None:
    assert "不使用的字符" in wrong_uscc("91120116MAOIZSV01X")


def test_the_embedded_organisation_code_is_checked_too() -> None:
    # Position 17 is wrong and position 18 was made to fit: only GB 11714 notices.
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    weights = [3**i % 31 for i in range(17)]
    seventeen = "11120000MB1571594"
    check = alphabet[(31 - sum(w * alphabet.index(c) for w, c in zip(weights, seventeen, strict=True)) % 31) % 31]
    assert "组织机构代码" in wrong_uscc(seventeen + check)


@pytest.mark.parametrize(
    ("seventeen", "check"),
    [("12011619900307123", "X"), ("11010119900307701", "0"), ("12010119491231002", "6")],
)
def test_the_citizen_check_character_is_right(seventeen: str, check: str) -> None:
    assert id_check(seventeen) == check
    assert wrong_citizen_id(seventeen + check, TODAY) == ""


@pytest.mark.parametrize("county", ["110119", "310151", "659010", "510118", "330113"])
def test_people_of_newer_counties_are_not_refused(county: str) -> None:
    seventeen = f"{county}19900307123"
    assert wrong_citizen_id(seventeen + id_check(seventeen), TODAY) == ""


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("120116199003071231", "校验位"),
        ("12011619900307123", "18 位"),
        ("12011619900307123x", "18 位"),
        ("1201161990030712３X", "18 位"),
        ("000116199003071230", "省级"),
        ("120116199002301230", "出生日期"),
        ("120116203003071230", "不合理"),
    ],
)
def test_a_wrong_citizen_number_says_why(text: str, word: str) -> None:
    assert word in wrong_citizen_id(text, TODAY)


@given(position=st.integers(0, 17), digit=st.sampled_from("0123456789"))
def test_one_mistyped_digit_of_a_citizen_number_is_always_noticed(position: int, digit: str) -> None:
    mistyped = CITIZEN[:position] + digit + CITIZEN[position + 1 :]
    assert (wrong_citizen_id(mistyped, TODAY) == "") is (mistyped == CITIZEN)


@given(position=st.integers(0, 17), char=st.sampled_from("0123456789ABCDEFGHJKLMNPQRTUWXY"))
def test_one_mistyped_character_of_a_unified_code_is_always_noticed(position: int, char: str) -> None:
    mistyped = USCC[:position] + char + USCC[position + 1 :]
    assert (wrong_uscc(mistyped) == "") is (mistyped == USCC)


@given(st.text(max_size=40))
def test_no_text_makes_an_identifier_check_fall_over(text: str) -> None:
    for check in (wrong_uscc, wrong_citizen_id, wrong_phone):
        assert isinstance(check(text), str)


@pytest.mark.parametrize("text", ["13800138000", "022-12345678", "4008001234"])
def test_mobile_and_fixed_telephones_are_sound(text: str) -> None:
    assert wrong_phone(text) == ""


@pytest.mark.parametrize("text", ["", "12345", "1380013800a", "１３８００１３８０００", "0" * 13, "-" * 14])
def test_what_is_no_telephone_says_so(text: str) -> None:
    assert "手机号" in wrong_phone(text)
