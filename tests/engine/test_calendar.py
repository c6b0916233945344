"""The working calendar against a day-by-day count that shares no code with it."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow.definitions.official_days import NAMES, official_calendar, official_schedules
from workflow.engine.calendar import YEAR_MAX, YEAR_MIN, WorkingCalendar, plain_end

from . import oracle
from .bounded import bounded
from .telling import CALENDAR

DAYS = st.dates(date(2024, 12, 1), date(2027, 3, 1)).filter(lambda day: day.year != 2024)


def days_of(year):
    return [date(year, 1, 1) + timedelta(offset) for offset in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)]


@pytest.mark.parametrize("year", [2021, 2025, 2026, 2027, 2040])
def test_every_day_of_the_year_is_judged_like_the_typed_schedule(year):
    assert [day for day in days_of(year) if CALENDAR.is_working(day) != oracle.works(day)] == []


@bounded
@given(DAYS, st.integers(0, 60))
def test_adding_working_days_is_counting_them(day, n):
    assert CALENDAR.add_working_days(day, n) == oracle.add_wd(day, n)


@bounded
@given(st.dates(date(2025, 6, 1), date(2027, 3, 1)), st.integers(0, 60))
def test_subtracting_working_days_is_counting_them_backwards(day, n):
    assert CALENDAR.sub_working_days(day, n) == oracle.sub_wd(day, n)


@bounded
@given(DAYS, DAYS)
def test_working_days_between_excludes_the_first_and_includes_the_last(after, until):
    assert CALENDAR.working_days_between(after, until) == oracle.wd_between(after, until)


@bounded
@given(DAYS, st.integers(0, 400))
def test_a_calendar_period_rolls_to_the_next_working_day(day, n):
    end = plain_end(day, n, "calendar_day")
    if end.year <= 2027:
        assert CALENDAR.due(day, n, "calendar_day") == oracle.cd(day, n)


@bounded
@given(st.dates(date(1950, 1, 1), date(2100, 1, 1)), st.integers(-60, 60))
def test_months_end_on_the_corresponding_day_or_the_last_of_the_month(day, n):
    assert plain_end(day, n, "month") == oracle.months_later(day, n)
    assert plain_end(day, n, "year") == oracle.months_later(day, 12 * n)


@bounded
@given(st.dates(date(1900, 1, 1), date(2200, 12, 31)), st.integers(1, 3000))
def test_there_and_back_again(day, n):
    ahead = CALENDAR.add_working_days(day, n)
    assert CALENDAR.is_working(ahead)
    assert CALENDAR.working_days_between(day, ahead) == n
    assert CALENDAR.working_days_between(CALENDAR.sub_working_days(ahead, n), ahead) == n
    assert CALENDAR.add_working_days(CALENDAR.sub_working_days(ahead, n), n) == ahead


def test_a_leap_day_ends_on_the_28th_a_year_later():
    assert plain_end(date(2024, 2, 29), 1, "year") == date(2025, 2, 28)
    assert plain_end(date(2026, 5, 31), -3, "month") == date(2026, 2, 28)


def test_why_a_day_counts_or_not():
    said = {str(day): CALENDAR.why(day) for day in days_of(2026)}
    assert said["2026-10-01"] == "国庆节"
    assert said["2026-10-04"] == "国庆节"  # the Sunday inside the holiday
    assert said["2026-10-10"] == "调休上班"
    assert said["2026-10-11"] == "周末"
    assert said["2026-10-12"] == ""
    assert said["2026-02-16"] == "春节"
    assert CALENDAR.why(date(2027, 1, 1)) == "元旦"
    assert CALENDAR.why(date(2027, 2, 6)) == "周末"  # a lunar holiday of 2027 is not guessed


def test_a_span_is_final_only_if_every_year_it_touches_is_loaded():
    assert CALENDAR.is_final(date(2026, 12, 1), date(2026, 12, 31))
    assert not CALENDAR.is_final(date(2026, 12, 31), date(2027, 1, 1))
    assert CALENDAR.years_missing(date(2026, 12, 31), date(2028, 1, 1)) == [2027, 2028]
    assert not CALENDAR.is_final(date(2003, 12, 31), date(2004, 1, 2))


def test_a_gap_between_loaded_years_is_not_final():
    schedules = {year: official_schedules()[year] for year in (2020, 2022)}
    calendar = WorkingCalendar.from_schedules(schedules)
    assert calendar.is_final(date(2020, 5, 1), date(2020, 6, 1))
    assert not calendar.is_final(date(2020, 5, 1), date(2022, 6, 1))
    assert calendar.years_missing(date(2020, 5, 1), date(2022, 6, 1)) == [2021]


def test_a_newly_loaded_year_replaces_the_provisional_answer():
    later = {
        2027: {
            "off": {"2027-01-01": "元旦", "2027-01-04": "元旦"},
            "worked": ["2027-01-02"],
            "source": "通知",
        }
    }
    loaded = WorkingCalendar.from_schedules({**official_schedules(), **later})
    assert CALENDAR.add_working_days(date(2026, 12, 31), 1) == date(2027, 1, 4)
    assert loaded.add_working_days(date(2026, 12, 31), 1) == date(2027, 1, 2)
    assert loaded.is_final(date(2026, 12, 31), date(2027, 12, 31))


@pytest.mark.parametrize(
    "schedule",
    [
        {"off": {"2026-01-01": "元旦"}, "worked": [], "source": "x"},
        {"off": {}, "worked": ["2028-01-01"], "source": "x"},
        {"off": {"2027-01-02": "元旦"}, "worked": ["2027-01-02"], "source": "x"},
        {"off": {"2027-13-02": "元旦"}, "worked": [], "source": "x"},
    ],
)
def test_a_schedule_that_contradicts_itself_is_refused(schedule):
    with pytest.raises(ValueError):
        WorkingCalendar.from_schedules({2027: schedule})


def test_a_day_outside_the_table_is_refused_and_never_answered_wrongly():
    calendar = WorkingCalendar.from_schedules({})
    for question in (
        lambda: calendar.is_working(date(YEAR_MIN - 1, 12, 31)),
        lambda: calendar.add_working_days(date(YEAR_MAX, 12, 1), 40),
        lambda: calendar.add_working_days(date(YEAR_MIN - 1, 12, 31), 1),
        lambda: calendar.sub_working_days(date(YEAR_MIN, 1, 5), 10),
        lambda: calendar.working_days_between(date(YEAR_MIN - 1, 1, 1), date(2026, 1, 1)),
        lambda: calendar.roll_forward(date(YEAR_MAX + 1, 1, 1)),
    ):
        with pytest.raises(ValueError):
            question()


def test_official_schedules_are_plain_data_with_chinese_names_and_a_source():
    schedules = official_schedules()
    assert min(schedules) == 2004 and max(schedules) >= 2026
    for year, schedule in schedules.items():
        assert {day.year for day in schedule["off"]} | {day.year for day in schedule["worked"]} == {year}
        assert set(schedule["off"].values()) <= set(NAMES.values())
        assert schedule["source"].startswith("国务院办公厅")
    assert official_calendar().add_working_days(date(2025, 9, 30), 5) == date(2025, 10, 14)
