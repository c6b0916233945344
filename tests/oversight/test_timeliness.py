"""Timeliness that can be opened: every number, the cases behind it, and sums that equal a recomputation."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError, IntegrityError

from tests.infrastructure.desk import Desk
from tests.story.telling import applied, granted, proposed, visited
from worker.jobs import oversight as jobs
from workflow.oversight import rollups
from workflow.oversight.figures import FIGURES
from workflow.oversight.observe import Observer
from workflow.store.connect import transaction


def observed(desk: Desk) -> int:
    """Let the job do its work; return how many cases it looked at."""
    seen = Observer(desk.office.engine).observe(desk.now())
    with transaction(desk.office.engine) as connection:
        assert not rollups.differences(connection)
    desk.work()
    return seen


def told(desk: Desk) -> tuple[str, str, str]:
    """Return three cases: one granted in time, one after a correction too late for the promise, one open."""
    quick = applied(desk, "26")
    slow = applied(desk, "26", materials=False)
    open_one = applied(desk, "26")
    _, listed = desk.get(f"/api/v1/cases/{slow}/materials", "applicant1")
    names = [m["name"] for m in listed["items"] if m["required"] and m["supply"] == "applicant"]
    desk.done(slow, "clerk1", "ask-corrections", missing=[{"material": n, "what": "未提交"} for n in names])
    desk.done(quick, "clerk1", "accept")
    desk.done(open_one, "clerk1", "accept")
    visited(desk, quick)
    proposed(desk, quick)
    granted(desk, quick)
    desk.at("2026-09-04T09:00:00")
    for name in names:
        desk.upload(slow, "applicant1", name)
    desk.done(slow, "applicant1", "resubmit")
    desk.at("2026-10-14T09:00:00")
    visited(desk, slow)
    proposed(desk, slow)
    granted(desk, slow)
    return quick, slow, open_one


def asked(desk: Desk, what: str, **query: Any) -> Any:
    words = "&".join(f"{key.rstrip('_')}={value}" for key, value in query.items())
    status, answer = desk.get(f"/api/v1/supervision/{what}?{words}", "supervisor1")
    assert status == 200, answer
    return answer


def test_every_number_of_timeliness_opens_the_cases_it_is_made_of(desk: Desk) -> None:
    _quick, slow, open_one = told(desk)
    assert observed(desk) >= 3
    assert observed(desk) == 0  # nothing has moved
    year = {"from_": "2026-01-01", "to": "2026-12-31"}
    for by in ("department", "item", "person", "process", "post", "step"):
        answer = asked(desk, "timeliness", by=by, **year)
        assert answer["items"], by
        for group in answer["items"]:
            for figure in set(group) & set(FIGURES):
                behind = asked(desk, "cases", by=by, key=group["key"], figure=figure, limit=100, **year)
                assert sum(item["n"] for item in behind["items"]) == group[figure], (by, figure)
                assert behind["rule"] == FIGURES[figure].rule
    by_item = asked(desk, "timeliness", by="item", **year)["items"]
    (found,) = [group for group in by_item if group["key"] == "26"]
    assert (found["received"], found["decided"], found["first_pass"], found["corrections"]) == (3, 2, 1, 1)
    assert found["as_promised"] == 1 and found["over_promise"] == 1
    assert found["working_days"]["median"] == 0 and found["working_days"]["n"] == 2
    assert found["applicant_days"] == 3  # 2, 3 and 4 September
    assert "paused_by_ground" not in found or all(found["paused_by_ground"].values())
    late = asked(desk, "cases", by="item", key="26", figure="over_promise", **year)["items"]
    assert [item["case_no"] for item in late] == [slow]
    assert late[0]["decided_on"] == "2026-10-14" > late[0]["promised_due"]
    overdue = asked(desk, "overdue")["items"]
    assert [item["case_no"] for item in overdue] == [open_one]
    assert overdue[0]["late"]["promised"]["working_days_late"] > 0
    september = asked(desk, "timeliness", by="item", from_="2026-09-01", to="2026-10-13")["total"]
    assert september["decided"] == 1 and september["received"] == 3
    assert asked(desk, "timeliness", by="item", from_="2026-09-02", to="2026-09-03")["total"] == {}


def test_supervision_is_for_those_who_oversee_and_names_no_applicant(desk: Desk) -> None:
    case_no = applied(desk, "26")
    observed(desk)
    span = "from=2026-01-01&to=2026-12-31"
    for path in (f"timeliness?{span}", "overdue", f"cases?{span}&figure=received"):
        for who, wanted in (("reviewer1", 403), ("applicant1", 403), (None, 401), ("auditor1", 200)):
            status, answer = desk.get(f"/api/v1/supervision/{path}", who)
            assert status == wanted, (path, who, answer)
        assert "滨海示例" not in str(answer)
    assert case_no in str(answer)
    for wrong in (f"timeliness?{span}&by=colour", "timeliness?from=2026-02-01&to=2026-01-01", f"cases?{span}&figure=x"):
        assert desk.get(f"/api/v1/supervision/{wrong}", "supervisor1")[0] == 422


def test_sums_are_made_anew_when_a_case_moves_on_and_a_false_sum_is_found(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_no = applied(desk, "26")
    observed(desk)
    desk.done(case_no, "applicant1", "withdraw", reason="不办了")
    observed(desk)
    total = asked(desk, "timeliness", by="item", from_="2026-09-01", to="2026-09-30")["total"]
    assert (total["received"], total["withdrawn"]) == (1, 1)
    for grain, kept, counted, spoiled in (
        ("day", 2, 1, "update sums set n = n + 1 where grain = 'day' and figure = 'withdrawn' and dimension = 'item'"),
        ("month", None, 1, "delete from sums where grain = 'month' and figure = 'withdrawn' and dimension = 'item'"),
        ("year", 3, None, "insert into sums values ('item', 'year', '2026-01-01', 'withdrawn', '26', '', 7, 3)"),
    ):
        with transaction(desk.office.engine) as connection:
            connection.exec_driver_sql(spoiled)
            (found,) = rollups.differences(connection)
            assert (found.figure, found.grain, found.kept, found.counted) == ("withdrawn", grain, kept, counted)
        monkeypatch.setattr(jobs, "office", lambda: desk.office)
        monkeypatch.setattr(jobs, "observer", lambda: Observer(desk.office.engine))
        assert jobs.check_sums() == 1  # and has the day made anew
        observed(desk)


@pytest.mark.parametrize(
    ("first", "last", "wanted"),
    [
        ("2024-01-01", "2026-12-31", [("year", "2024-01-01", "2026-12-31", 1)]),
        ("2026-03-01", "2026-03-31", [("month", "2026-03-01", "2026-03-31", 1)]),
        ("2026-03-02", "2026-03-02", [("day", "2026-03-02", "2026-03-02", 1)]),
        (
            "2026-01-01",
            "2026-11-30",
            [("year", "2026-01-01", "2026-01-01", 1), ("month", "2026-12-01", "2026-12-31", -1)],
        ),
        (
            "2026-11-01",
            "2026-11-29",
            [("month", "2026-11-01", "2026-11-01", 1), ("day", "2026-11-30", "2026-11-30", -1)],
        ),
    ],
)
def test_a_period_falls_into_as_few_parts_as_there_can_be(first: str, last: str, wanted: list[Any]) -> None:
    found = list(rollups.spans(date.fromisoformat(first), date.fromisoformat(last)))
    assert [(grain, str(begin), str(end), sign) for grain, begin, end, sign in found] == wanted


@given(st.dates(date(2023, 1, 1), date(2026, 12, 31)), st.integers(0, 1200))
def test_every_day_of_a_period_counts_once_and_no_other(first: date, length: int) -> None:
    last = first + timedelta(days=length)
    counted: Counter[date] = Counter()
    for grain, begin, end, sign in rollups.spans(first, last):
        is_start = {"year": lambda d: (d.month, d.day) == (1, 1), "month": lambda d: d.day == 1, "day": lambda _: True}
        day = begin
        while day <= end or not is_start[grain](day):  # to the end of the last that starts within
            counted[day] += sign
            day += timedelta(days=1)
    assert {day for day, n in counted.items() if n} == {first + timedelta(days=n) for n in range(length + 1)}
    assert set(counted.values()) <= {0, 1}
    assert (
        sum(end.toordinal() - begin.toordinal() + 1 for g, begin, end, _ in rollups.spans(first, last) if g == "day")
        <= 33
    )


def test_the_tables_hold_what_they_promise(desk: Desk) -> None:
    case_no = applied(desk, "26")
    observed(desk)
    for sql, error in (
        ("update case_measures set decided_on = '2026-09-02', outcome = 'granted', statutory_due = '2026-09-01', in_law = true", IntegrityError),
        ("update case_measures set outcome = 'granted'", IntegrityError),
        ("update case_measures set working_days = -1", IntegrityError),
        ("update case_steps set left_on = entered_on - 1", IntegrityError),
        ("insert into sums values ('item', 'week', '2026-09-01', 'x', '', '', 0, 1)", IntegrityError),
        ("insert into sums values ('colour', 'day', '2026-09-01', 'x', '', '', 0, 1)", IntegrityError),
        ("insert into alert_steps (alert_id, kind, at, by_id, text) values (0, 'said', now(), 'x', 'x')", IntegrityError),
        ("insert into historical_records (kind, item_name, permit_no, issued_on, source, file_sha, line, loaded_by, loaded_at)"
         " values ('licence', 'x', 'x', '2021-01-01', 'x', 'x', 1, 'x', now())", IntegrityError),
    ):  # fmt: skip
        with pytest.raises(error), transaction(desk.office.engine) as connection:
            connection.exec_driver_sql(sql)
    assert case_no and DBAPIError
