"""A notice is loaded while cases are on their way: dates, events, messages and the list, on real PostgreSQL."""

import pytest
from sqlalchemy.exc import DBAPIError

from tests.builders import at, done
from tests.calendar.notices import notice_2026, notice_2027
from tests.calendar.offices import (
    LOADED_AT,
    accepted,
    assert_fresh,
    clocked,
    last_event,
    load,
    loaded,
    received,
    row_of,
)
from workflow.casework import calendar as loading
from workflow.casework.calendar import NotConfirmed, preview
from workflow.casework.office import Office
from workflow.casework.outbox import relay
from workflow.casework.people import find_person
from workflow.casework.recompute import Change, _try_lot, recompute, recompute_due, waiting
from workflow.casework.tick import tick_due
from workflow.casework.tracking import clocks
from workflow.ledger.chain import link
from workflow.store import calendars, recomputes

NOW = at(LOADED_AT)


def messages(office: Office, case_no: str) -> list[tuple[str, str]]:
    """Return (recipient, text) of what was told about the calendar, once the outbox is worked off."""
    while relay(office, at("2027-12-31T00:00:00")):
        pass
    with office.work() as connection:
        rows = connection.exec_driver_sql(
            "select recipient, text from messages m join cases c on c.id = m.case_id"
            " where case_no = %(no)s and text like '%%节假日%%' order by recipient",
            {"no": case_no},
        )
        return [(row.recipient, row.text) for row in rows]


def test_a_provisional_date_becomes_final_when_the_notice_arrives(office: Office) -> None:
    """Scenario S15."""
    case_no = accepted(office, "2026-12-21T10:00:00")
    person = find_person(office, "reviewer1", NOW.date())
    before = clocks(office, case_no, person, NOW)
    statutory = next(clock for clock in before["clocks"] if clock["id"] == "statutory")
    assert (statutory["due"], statutory["provisional"]) == ("2027-01-19", True)
    assert sum(day["counted"] for day in statutory["days"] if day["date"] <= "2026-12-31") == 8

    total = loaded(office)
    assert (total.seen, total.moved) == (1, 1)
    after = clocks(office, case_no, person, NOW)
    statutory = next(clock for clock in after["clocks"] if clock["id"] == "statutory")
    assert (statutory["due"], statutory["provisional"], after["provisional"]) == ("2027-01-19", False, False)
    event = last_event(office, case_no)
    assert (event["type"], event["actor"]["id"], event["from"], event["to"]) == (
        "calendar-changed",
        "system",
        "in-review",
        "in-review",
    )
    effects = event["data"]["effects"]
    assert effects["dues"] == [
        {
            "clock": "statutory",
            "was_due": "2027-01-19",
            "was_provisional": True,
            "due": "2027-01-19",
            "provisional": False,
        }
    ]
    with office.work() as connection:
        version = calendars.of_year(connection, 2027)
    assert version is not None and effects["calendar"] == {
        "version": version.id,
        "notices": [
            {
                "version": version.id,
                "year": 2027,
                "digest": version.digest,
                "source": version.source,
                "doc_no": "国办发明电〔2026〕7号",
            }
        ],
    }
    assert link(event) == event["hash"]
    told = messages(office, case_no)
    assert {recipient for recipient, _ in told} == {"applicant1", "reviewer1", "reviewer2"}
    assert "法定办结期限2027-01-19（暂定）确定" in told[0][1] and "国办发明电〔2026〕7号" in told[0][1]
    lines, more = loading.changes(office, version.id)
    assert more is None
    assert [(line.case_no, line.clock, str(line.was_due), line.was_provisional, str(line.due), line.provisional) for line in lines] == [(case_no, "statutory", "2027-01-19", True, "2027-01-19", False)]  # fmt: skip
    assert_fresh(office, case_no, NOW)


def test_one_more_day_off_moves_the_date_and_says_so(office: Office) -> None:
    case_no = accepted(office, "2026-12-21T10:00:00")
    loaded(office)
    later = "2027-01-11T09:00:00"
    total = loaded(office, later, notice_2027(off={"临时放假": "01-15"}))
    assert (total.seen, total.moved) == (1, 1)
    row = row_of(office, case_no)
    assert (str(row.statutory_due), str(row.task_due), row.version) == ("2027-01-20", "2027-01-20", 5)
    assert row.wake_at == at("2027-01-21T00:00:00")
    assert last_event(office, case_no)["data"]["effects"]["dues"][0]["was_due"] == "2027-01-19"
    assert any("法定办结期限由2027-01-19改为2027-01-20" in text for _, text in messages(office, case_no))
    assert_fresh(office, case_no, at(later))


def test_a_case_whose_dates_stay_gets_no_event(office: Office) -> None:
    case_no = accepted(office, "2026-11-02T10:00:00")
    version = row_of(office, case_no).version
    total = loaded(office)
    assert (total.seen, total.moved) == (1, 0)
    assert row_of(office, case_no).version == version and messages(office, case_no) == []
    assert waiting(office) == 0


def test_a_paused_case_is_counted_anew(office: Office) -> None:
    case_no = accepted(office, "2026-12-01T10:00:00", excluded=["testing"])
    done(
        office,
        case_no,
        "reviewer1",
        "pause",
        "2026-12-22T10:00:00",
        ground="testing",
        notified_days=5,
        notice_served_at="2026-12-22T10:00:00+08:00",
    )
    assert str(row_of(office, case_no).statutory_due) == "2026-12-29"
    loaded(office)
    assert str(row_of(office, case_no).statutory_due) == "2027-01-05"  # four of the five announced days so far
    assert_fresh(office, case_no, NOW)
    total = loaded(office, "2026-12-29T09:00:00", notice_2027(off={"临时放假": "01-04"}))
    assert total.moved == 1
    row = row_of(office, case_no)
    assert (row.state, str(row.statutory_due)) == ("special-procedure", "2027-01-07")
    assert_fresh(office, case_no, at("2026-12-29T09:00:00"))


def test_a_case_that_ended_in_between_is_left_alone(office: Office) -> None:
    case_no = accepted(office, "2026-12-21T10:00:00")
    load(office)
    done(office, case_no, "applicant1", "withdraw", "2026-12-28T09:00:01")
    before = row_of(office, case_no)
    assert recompute(office, clocked("2026-12-28T09:00:05")).seen == 0
    assert row_of(office, case_no) == before
    assert recompute_due(office, clocked(LOADED_AT), limit=10) == 0


def test_a_clock_that_ran_out_keeps_its_effect_and_the_list_says_what_would_differ(office: Office) -> None:
    case_no = received(office, "2026-12-21T10:00:00")
    assert tick_due(office, at("2026-12-29T00:00:00")) == 1  # five working days of silence
    loaded(office, "2026-12-29T09:00:00")
    correction = notice_2026(off={"临时放假": "12-24"})
    load(office, "2026-12-30T09:00:00", correction, confirmed=True)
    recompute(office, clocked("2026-12-30T09:00:00"))
    row = row_of(office, case_no)
    assert (row.state, str(row.accepted_on)) == ("in-review", "2026-12-21")
    with office.work() as connection:
        newest = calendars.in_force(connection)[0]
    lines = {line.clock: line for line in loading.all_changes(office, newest)}
    assert (str(lines["correction"].was_due), str(lines["correction"].due), lines["correction"].seq) == (
        "2026-12-28",
        "2026-12-29",
        None,
    )
    assert "已经发生的效力不变" in lines["correction"].note
    assert lines["statutory"].seq == row.version
    assert_fresh(office, case_no, at("2026-12-30T09:00:00"))


def test_a_clock_that_ended_as_it_would_have_anyway_is_not_listed(office: Office) -> None:
    case_no = accepted(office, "2026-12-21T10:00:00")
    loaded(office, LOADED_AT, notice_2026(off={"临时放假": "12-24"}))
    with office.work() as connection:
        newest = calendars.in_force(connection)[0]
    assert [(line.case_no, line.clock) for line in loading.all_changes(office, newest)] == [(case_no, "statutory")]


def test_a_run_that_is_killed_is_finished_by_the_next(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = [accepted(office, f"2026-12-21T10:00:{second:02d}") for second in range(5)]
    load(office)
    with office.work() as connection:
        change = Change.pending(connection)
    first, _ = _try_lot(office, change, NOW, (-1, 0), 2)
    assert (first.seen, waiting(office)) == (2, 3)
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):  # before the commit of a lot
        patched.setattr(recomputes, "write", interrupted)
        recompute(office, clocked(LOADED_AT))
    assert waiting(office) == 3
    rest = recompute(office, clocked(LOADED_AT))
    assert waiting(office) == 0 and (rest.seen, rest.moved) == (3, 3)
    for case_no in cases:
        assert last_event(office, case_no)["type"] == "calendar-changed" and row_of(office, case_no).version == 4
        assert_fresh(office, case_no, NOW)


def interrupted(*_: object) -> None:
    """Stand for a program that is killed at its last step."""
    raise KeyboardInterrupt


def test_the_worker_s_sweep_finds_what_nobody_finished(office: Office) -> None:
    for second in range(5):
        accepted(office, f"2026-12-21T10:00:{second:02d}")
    load(office)
    assert recompute_due(office, clocked(LOADED_AT), limit=3) == 3
    assert recompute_due(office, clocked(LOADED_AT), limit=3) == 2
    assert recompute_due(office, clocked(LOADED_AT), limit=3) == 0


def test_a_case_somebody_is_acting_on_is_passed_over_and_comes_again(office: Office) -> None:
    held = accepted(office, "2026-12-21T10:00:00")
    other = accepted(office, "2026-12-21T10:00:01")
    load(office)
    with office.work() as connection:
        connection.exec_driver_sql("select 1 from cases where case_no = %(no)s for update", {"no": held})
        assert recompute(office, clocked(LOADED_AT)).seen == 1
        assert last_event(office, other)["type"] == "calendar-changed"
    assert recompute(office, clocked(LOADED_AT)).seen == 1
    assert last_event(office, held)["type"] == "calendar-changed"


def test_a_case_that_cannot_be_counted_is_put_aside_and_stops_nobody(office: Office) -> None:
    broken = accepted(office, "2026-12-21T10:00:00")
    sound = accepted(office, "2026-12-21T10:00:01")
    load(office)
    with office.work() as connection:
        connection.exec_driver_sql(
            "update cases set snapshot = snapshot - 'facts' where case_no = %(no)s", {"no": broken}
        )
    total = recompute(office, clocked(LOADED_AT))
    assert (total.seen, total.moved, total.aside) == (2, 1, 1)
    assert last_event(office, sound)["type"] == "calendar-changed"
    assert [case_no for case_no, _ in loading.put_aside(office)] == [broken] and waiting(office) == 1
    assert recompute(office, clocked(LOADED_AT)).seen == 0
    with office.work() as connection:
        connection.exec_driver_sql(
            "update cases set snapshot = jsonb_set(snapshot, '{facts}', %(facts)s) where case_no = %(no)s",
            {"no": broken, "facts": '[{"type": "accepted", "at": "2026-12-21T10:00:00+08:00"}]'},
        )
    loading.try_again(office)
    assert recompute(office, clocked(LOADED_AT)).moved == 1 and loading.put_aside(office) == []


def test_a_case_the_database_refuses_is_put_aside_and_stops_nobody(office: Office) -> None:
    broken = accepted(office, "2026-12-21T10:00:00")
    sound = accepted(office, "2026-12-21T10:00:01")
    load(office)
    with office.work() as connection:  # its next place in the chain is taken by something else
        connection.exec_driver_sql(
            "insert into events (case_id, seq, type, at, actor_id, hash, body)"
            " select case_id, 4, type, at, actor_id, repeat('a', 64),"
            " body || jsonb_build_object('seq', 4, 'hash', repeat('a', 64))"
            " from events join cases c on c.id = case_id where c.case_no = %(no)s and seq = 3",
            {"no": broken},
        )
    total = recompute(office, clocked(LOADED_AT))
    assert (total.moved, total.aside) == (1, 1)
    assert [case_no for case_no, _ in loading.put_aside(office)] == [broken]
    assert last_event(office, sound)["type"] == "calendar-changed"


def test_the_holder_of_a_task_is_told_and_not_the_whole_post(office: Office) -> None:
    case_no = accepted(office, "2026-12-21T10:00:00")
    with office.work() as connection:
        connection.exec_driver_sql(
            "update tasks set assignee = 'reviewer2', claimed_at = now() where closed_at is null"
        )
    loaded(office)
    assert [recipient for recipient, _ in messages(office, case_no)] == ["applicant1", "reviewer2"]


def test_an_action_between_loading_and_counting_is_judged_by_the_new_days(office: Office) -> None:
    case_no = received(office, "2026-12-28T08:00:00")
    load(office, LOADED_AT, notice_2026(off={"临时放假": "12-30"}), confirmed=True)
    done(office, case_no, "clerk1", "accept", "2026-12-28T10:00:00")
    stored = row_of(office, case_no).statutory_due
    recompute(office, clocked("2026-12-28T10:00:05"))
    row = row_of(office, case_no)
    event = last_event(office, case_no)
    assert row.statutory_due == stored and event["type"] == "calendar-changed"
    assert [due["clock"] for due in event["data"]["effects"]["dues"]] == ["statutory"]  # the other has ended
    assert_fresh(office, case_no, at("2026-12-28T10:00:05"))


def test_the_same_days_again_are_no_new_version(office: Office) -> None:
    accepted(office, "2026-12-21T10:00:00")
    assert load(office).version is not None
    assert load(office, "2026-12-29T09:00:00").version is None


def test_a_correction_can_be_taken_back(office: Office) -> None:
    case_no = accepted(office, "2026-12-21T10:00:00")
    loaded(office)
    loaded(office, "2026-12-29T09:00:00", notice_2027(off={"临时放假": "01-15"}))
    assert str(row_of(office, case_no).statutory_due) == "2027-01-20"
    loaded(office, "2026-12-30T09:00:00", notice_2027())
    assert str(row_of(office, case_no).statutory_due) == "2027-01-19"
    lines = [line for line in loading.versions(office) if line.version.year == 2027]
    assert [(line.is_in_force, line.moved) for line in lines] == [(False, 1), (False, 1), (True, 1)]


def test_doubts_have_to_be_confirmed_and_until_then_nothing_is_loaded(office: Office) -> None:
    with pytest.raises(NotConfirmed, match="14 天"):
        load(office, LOADED_AT, notice_2027(off={"临时放假": "01-15"}))
    with pytest.raises(NotConfirmed, match="2026-12-24已经过去"):
        load(office, LOADED_AT, notice_2026(off={"临时放假": "12-24"}))
    with office.work() as connection:
        assert calendars.of_year(connection, 2027) is None


def test_a_preview_says_what_would_move_and_changes_nothing(office: Office) -> None:
    case_no = accepted(office, "2026-12-21T10:00:00")
    version = row_of(office, case_no).version
    looked = preview(office, notice_2027(off={"临时放假": "01-15"}), NOW)
    assert [(str(day.day), day.was_working, day.is_working) for day in looked.days][:2] == [
        ("2027-01-15", True, False),
        ("2027-02-05", True, False),
    ]
    ((found, rows),) = list(looked.cases)
    assert found == case_no and (rows[0]["was_due"], rows[0]["due"]) == ("2027-01-19", "2027-01-20")
    assert row_of(office, case_no).version == version and waiting(office) == 0


def test_a_loaded_version_can_be_neither_changed_nor_removed(office: Office) -> None:
    load(office)
    for sql in ("update calendar_versions set source = 'x'", "delete from calendar_versions"):
        with pytest.raises(DBAPIError, match="append-only"), office.work() as connection:
            connection.exec_driver_sql(sql)


def test_a_retroactive_day_lets_the_law_act_at_once(office: Office) -> None:
    case_no = received(office, "2026-12-21T10:00:00")
    loaded(office, "2026-12-28T12:00:00", notice_2026(worked="12-26"))  # silence has lasted five working days
    assert str(row_of(office, case_no).accepted_on) == "2026-12-21"
    assert tick_due(office, at("2026-12-28T12:00:05")) == 1
    assert row_of(office, case_no).state == "in-review"
    assert_fresh(office, case_no, at("2026-12-28T12:00:05"))
