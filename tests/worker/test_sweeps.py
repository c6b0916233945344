"""Due work is found in the database, done once, retried, and put aside when it poisons."""

from tests.builders import a_case, at
from tests.infrastructure.logged import logged
from workflow.casework.office import Office
from workflow.casework.outbox import relay, to_log
from workflow.casework.tick import ATTEMPTS_MAX, tick_case, tick_due


def test_silence_past_five_working_days_counts_as_acceptance_from_receipt(office: Office) -> None:
    case_no = a_case(office, "2025-09-30T20:15:00").case["case_no"]
    assert tick_due(office, at("2025-10-14T23:59:59")) == 0
    assert tick_due(office, at("2025-10-15T00:00:00")) == 1
    with office.work() as connection:
        row = connection.exec_driver_sql(
            "select case_no, state, accepted_on::text, statutory_due::text from cases"
        ).one()
    assert tuple(row) == (case_no, "in-review", "2025-09-30", "2025-11-18")


def test_a_clock_job_that_runs_twice_acts_once(office: Office) -> None:
    case_no = a_case(office, "2025-09-30T20:15:00").case["case_no"]
    assert tick_case(office, case_no, at("2025-10-15T00:00:00")) == 1
    assert tick_case(office, case_no, at("2025-10-15T00:00:01")) == 0


def test_the_outbox_is_worked_off_once(office: Office) -> None:
    a_case(office)
    sent: list[str] = []
    assert relay(office, at("2026-09-01T10:00:05"), lambda key, _: sent.append(key)) == 2
    assert relay(office, at("2026-09-01T10:05:00"), lambda key, _: sent.append(key)) == 0
    assert len(sent) == len(set(sent)) == 1


def test_a_poison_message_is_put_aside_and_stops_nobody(office: Office) -> None:
    a_case(office)
    with office.work() as connection:
        connection.exec_driver_sql(
            "insert into outbox (topic, case_id, seq, body, created_at, next_try_at)"
            " select 'nonsense', id, 1, '{}', created_at, created_at - interval '1 day' from cases"
        )
    for minute in range(ATTEMPTS_MAX + 2):
        relay(office, at(f"2026-09-01T10:{10 + minute * 5}:00"), to_log)
    with office.work() as connection:
        row = connection.exec_driver_sql(
            "select count(*) filter (where quarantined_at is not null) as aside,"
            " max(attempts) filter (where quarantined_at is not null) as attempts,"
            " count(*) filter (where done_at is not null) as done from outbox"
        ).one()
    assert tuple(row) == (1, ATTEMPTS_MAX, 2)


def test_a_poison_case_is_put_aside_and_stops_nobody(office: Office) -> None:
    broken = a_case(office, "2025-09-30T09:00:00").case["case_no"]
    sound = a_case(office, "2025-09-30T10:00:00").case["case_no"]
    with office.work() as connection:
        connection.exec_driver_sql(
            "update cases set snapshot = snapshot - 'facts' where case_no = %(no)s", {"no": broken}
        )
    for hour in range(ATTEMPTS_MAX + 1):
        tick_due(office, at(f"2025-10-15T0{hour}:00:00"))
    with office.work() as connection:
        states = {row.case_no: row.state for row in connection.exec_driver_sql("select case_no, state from cases")}
        aside = connection.exec_driver_sql("select count(*) from due_dates where quarantined_at is not null")
        assert aside.scalar_one() == 1
    assert states == {broken: "received", sound: "in-review"}


def test_messages_go_to_those_who_hold_the_post_on_the_office_s_day(office: Office) -> None:
    a_case(office, "2025-09-30T09:00:00")
    with office.work() as connection:
        connection.exec_driver_sql(
            "update person_posts set valid_until = case person_id when 'clerk1' then date '2025-10-15'"
            " when 'clerk2' then date '2025-10-14' end where post = 'window-clerk'"
        )
    tick_due(office, at("2025-10-15T00:00:00"))  # accepted by silence: the clerks hear of it
    sent: list[str] = []
    relay(office, at("2025-10-15T23:59:00"), lambda _, message: sent.append(message["to"]))
    assert "clerk1" in sent and "clerk2" not in sent


def test_each_job_is_one_line_with_its_case_and_a_failure_names_its_kind_only(office: Office) -> None:
    case_no = a_case(office, "2025-09-30T20:15:00").case["case_no"]
    with office.work() as connection:
        connection.exec_driver_sql("alter table messages add check (recipient <> 'applicant1')")
    with logged("worker") as lines:
        tick_due(office, at("2025-10-15T00:00:00"))
        relay(office, at("2025-10-15T00:00:00"), to_log)
    assert {line["case_no"] for line in lines.all} == {case_no}
    assert [line["events"] for line in lines.of("clocks looked at")] == [1]
    assert {line["topic"] for line in lines.of("outbox row done")} == {"document"}
    failure = lines.of("outbox row failed")[0]
    assert (failure["error"], failure["sqlstate"]) == ("IntegrityError", "23514")
    assert failure["topic"] == "notify" and failure["outbox_id"] > 0
    assert "applicant1" not in lines.text and "示例公司" not in lines.text
