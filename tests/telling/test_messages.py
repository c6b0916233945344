"""Messages: in words, recorded before they are sent, sent once under one id, read by nobody else."""

from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from tests.builders import a_case, at
from tests.infrastructure.desk import Desk
from tests.story.telling import applied, carried, granted, made_ready, taken_in
from tests.telling.gateways import http_gateway, mail_papers, post_office
from worker.channels import ChannelError, MailServer, channels_of, gateway, mail
from worker.outgoing import AddressRefused, CallFailed, checked_url
from workflow.casework import contacts
from workflow.casework.deliveries import ATTEMPTS_MAX, LEASE, retry, send_due
from workflow.casework.demo import load_demo_office
from workflow.casework.office import Office
from workflow.casework.outbox import relay, to_log
from workflow.casework.reminders import remind_due
from workflow.definitions.loader import processes
from workflow.definitions.messages import messages

NOON = "2026-09-01T12:00:00"
ITEM = "26"


def rows(office: Office, sql: str) -> list[Any]:
    with office.work() as connection:
        return list(connection.exec_driver_sql(sql))


def told(office: Office, email: str = "office@example.cn", moment: str = NOON, **more: Any) -> None:
    """Let applicant1 have an address and a message that is to go out by mail."""
    a_case(office, **more)
    contacts.put_contact(office, "applicant1", "email", email, at(moment))
    relay(office, at(moment), channels=("email",))


@pytest.fixture
def peopled(office: Office, database_url: str) -> Office:
    """An office with the demo people."""
    load_demo_office(database_url, "x")
    return office


# -- in words ---------------------------------------------------------------------------------------


def test_every_text_names_an_action_that_exists_or_one_of_the_system() -> None:
    actions = {name for process in processes().values() for name in process.action_names()}
    assert set(messages().actions) - actions == {
        "assigned",
        "disclosure-held",
        "rating-opened",
        "rating-bad",
        "rating-late",
    }


def test_a_text_names_no_last_day_where_the_clock_it_names_does_not_run(peopled: Office) -> None:
    a_case(peopled)
    with peopled.work() as connection:
        connection.exec_driver_sql(
            "insert into outbox (topic, case_id, seq, body, created_at, next_try_at) select 'notify', id, 1,"
            ' \'{"to": ["applicant"], "action": "grant", "title": "准予许可"}\', now(), \'2026-01-01\' from cases'
        )
    relay(peopled, at(NOON))
    (row,) = rows(peopled, "select text, due_on from messages where action = 'grant'")
    assert "最迟" in messages().of("grant").applicant and "最迟" not in row.text and row.due_on is None


def test_the_applicant_is_told_at_each_step_and_a_legal_notice_says_the_day(desk: Desk) -> None:
    case_no = applied(desk, ITEM)
    taken_in(desk, case_no)
    made_ready(desk, case_no)
    granted(desk, case_no)
    carried(desk, case_no)
    status, mine = desk.get("/api/v1/messages?limit=100", "applicant1")
    assert status == 200 and mine["unread"] == len(mine["items"])
    by_action = {message["action"]: message for message in mine["items"]}
    assert {"submit", "accept", "grant", "deliver"} <= set(by_action)
    accepted = by_action["accept"]
    assert accepted["kind"] == "legal" and accepted["due_on"] == desk.case(case_no)["due"]["promised"]
    assert "《受理通知书》津开审受〔2026〕" in accepted["text"] and accepted["due_on"] in accepted["text"]
    for message in mine["items"]:
        assert case_no in message["text"] and "{" not in message["text"]
        assert "张三" not in message["text"] and "11120000" not in message["text"], "no personal data"


def test_only_the_reader_reads_and_marks_a_message(desk: Desk) -> None:
    applied(desk, ITEM, materials=False)
    _, mine = desk.get("/api/v1/messages?limit=1", "applicant1")
    message_id, unread = mine["items"][0]["id"], mine["unread"]
    assert desk.get("/api/v1/messages")[0] == 401
    assert desk.get("/api/v1/messages", "applicant2")[1] == {"items": [], "unread": 0, "next": None}
    assert desk.call("POST", f"/api/v1/messages/{message_id}/read", "applicant2")[0] == 404
    first = desk.call("POST", f"/api/v1/messages/{message_id}/read", "applicant1")[1]
    desk.set("2026-09-02T09:00:00")
    again = desk.call("POST", f"/api/v1/messages/{message_id}/read", "applicant1")[1]
    assert (
        first["read_at"] == again["read_at"] and desk.get("/api/v1/messages", "applicant1")[1]["unread"] == unread - 1
    )
    left = desk.get("/api/v1/messages?unread=true", "applicant1")[1]
    assert message_id not in {message["id"] for message in left["items"]}
    assert desk.call("POST", "/api/v1/messages/read", "applicant1")[1]["read"] == unread - 1
    assert desk.get("/api/v1/messages", "applicant1")[1]["unread"] == 0


def test_work_put_into_other_hands_is_told_to_those_hands(desk: Desk) -> None:
    case_no = applied(desk, ITEM)
    _, queue = desk.get("/api/v1/tasks?queue=available", "clerk1")
    assert desk.call("POST", f"/api/v1/tasks/{queue['items'][0]['id']}/claim", "clerk1", {})[0] == 200
    desk.done(case_no, "clerk1", "transfer", to="clerk2", reason="外出")
    actions = [m["action"] for m in desk.get("/api/v1/messages?limit=100", "clerk2")[1]["items"]]
    assert "assigned" in actions
    assert "assigned" not in [m["action"] for m in desk.get("/api/v1/messages?limit=100", "clerk1")[1]["items"]]


# -- reminders --------------------------------------------------------------------------------------


def test_a_party_is_reminded_once_of_a_period_and_again_when_it_moves(desk: Desk) -> None:
    case_no = applied(desk, ITEM, materials=False)
    _, listed = desk.get(f"/api/v1/cases/{case_no}/materials", "clerk1")
    missing = [{"material": m["name"], "what": "请补交"} for m in listed["items"] if m["required"]]
    desk.done(case_no, "clerk1", "ask-corrections", missing=missing)
    (row,) = rows(desk.office, "select due_on::text, remind_on::text from reminders")
    assert row.due_on == "2026-10-08" and row.remind_on == "2026-09-28"  # three working days, over the holidays

    def reminded() -> list[str]:
        _, mine = desk.get("/api/v1/messages?limit=100", "applicant1")
        return [m["due_on"] for m in mine["items"] if m["action"] == "remind:resubmission"]

    desk.at("2026-09-27T23:00:00")
    assert reminded() == []
    desk.at("2026-09-28T00:00:01")
    desk.at("2026-09-29T08:00:00")
    assert reminded() == ["2026-10-08"]
    _, papers = desk.get(f"/api/v1/cases/{case_no}/documents", "clerk1")
    no = next(paper["no"] for paper in papers["items"] if paper["title"] == "一次性补正告知书")
    desk.done(
        case_no,
        "clerk1",
        "record-service",
        document=no,
        mode="post",
        recipient="张三",
        mail_no="E",
        signed_on="2026-09-28",
    )
    desk.at("2026-10-25T09:00:00")
    assert reminded() == ["2026-10-28", "2026-10-08"]


def test_nobody_is_reminded_of_a_period_that_no_longer_runs(peopled: Office) -> None:
    a_case(peopled)
    with peopled.work() as connection:
        connection.exec_driver_sql(
            "insert into reminders (case_id, clock, due_on, remind_on) select id, 'resubmission', '2026-09-10', '2026-09-01'"
            " from cases"
        )
    assert remind_due(peopled, at("2026-09-02T09:00:00")) == 1
    assert rows(peopled, "select 1 from reminders") == []
    assert rows(peopled, "select 1 from outbox where body ->> 'action' like 'remind:%'") == []


# -- by mail ----------------------------------------------------------------------------------------


def test_a_message_goes_out_by_mail_once_with_its_id(peopled: Office) -> None:
    with post_office() as (post, url):
        told(peopled)
        channels = {"email": mail(MailServer.from_url(url, "noreply@office.example.cn"))}
        assert rows(peopled, "select address from contacts")[0].address.startswith("enc:")
        assert send_due(peopled, at(NOON), channels) == 1
        assert send_due(peopled, at("2026-09-02T12:00:00"), channels) == 0
        (envelope,) = post.letters
    letter = message_from_bytes(envelope.content, policy=default)
    (row,) = rows(peopled, "select id, state, attempts from message_deliveries")
    assert (row.state, row.attempts, envelope.rcpt_tos) == ("sent", 1, ["office@example.cn"])
    assert letter["Message-ID"] == f"<{row.id}@office.example.cn>" and letter["X-Banjian-Id"] == row.id
    assert "申请已经收到" in letter.get_content()


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_mail_goes_out_over_tls_to_whom_the_certificate_names_and_to_nobody_else(
    peopled: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, security: str
) -> None:
    own, expired = mail_papers(tmp_path / "own"), mail_papers(tmp_path / "old", days=-1)
    another = mail_papers(tmp_path / "another", name="127.0.0.2")
    told(peopled)
    # In turn: an authority nobody trusts, a certificate for another address, one that is over.
    wrong = [(own, another.authority), (another, another.authority), (expired, expired.authority)]
    for minute, (papers, trusted) in enumerate(wrong):
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        with post_office(security, papers) as (post, url):
            channels = {"email": mail(MailServer.from_url(url, "noreply@office.example.cn"))}
            assert send_due(peopled, at(f"2026-09-01T12:{10 * minute:02d}:00"), channels) == 1
            assert post.letters == []
        (row,) = rows(peopled, "select state, attempts, error from message_deliveries")
        assert (row.state, row.attempts, row.error) == ("waiting", minute + 1, "SSLCertVerificationError")
    monkeypatch.setenv("SSL_CERT_FILE", str(own.authority))
    with post_office(security, own) as (post, url):
        channels = {"email": mail(MailServer.from_url(url, "noreply@office.example.cn"))}
        assert send_due(peopled, at("2026-09-01T13:00:00"), channels) == 1
        assert [envelope.rcpt_tos for envelope in post.letters] == [["office@example.cn"]]
    assert rows(peopled, "select state from message_deliveries")[0].state == "sent"


def test_mail_is_never_sent_plain_where_tls_was_asked_for_or_to_another_machine(peopled: Office) -> None:
    told(peopled)
    with post_office() as (post, url):  # a server that knows no STARTTLS, or somebody who took the offer away
        channels = {"email": mail(MailServer.from_url(f"{url}?security=starttls", "noreply@office.example.cn"))}
        assert send_due(peopled, at(NOON), channels) == 1
        assert post.letters == []
    assert rows(peopled, "select state, error from message_deliveries")[0].error == "SMTPNotSupportedError"
    with pytest.raises(ChannelError, match="security=starttls"):
        MailServer.from_url("smtp://mail.example.cn", "noreply@office.example.cn")


def test_a_worker_killed_between_sending_and_marking_sends_the_same_id_again(
    peopled: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(*_: Any) -> None:
        raise Killed

    with http_gateway() as (kept, url):
        told(peopled)
        channels = {"email": gateway("email", url, "shared")}
        with monkeypatch.context() as patch, pytest.raises(Killed):
            patch.setattr("workflow.casework.deliveries._mark", die)
            send_due(peopled, at(NOON), channels)
        assert send_due(peopled, at(NOON), channels) == 0, "leased: nobody else sends meanwhile"
        assert send_due(peopled, at(NOON) + LEASE, channels) == 1
        assert len(kept.ids) == 2 and len(set(kept.ids)) == 1
    assert rows(peopled, "select state from message_deliveries")[0].state == "sent"


def test_the_address_is_the_one_of_the_moment_of_sending(peopled: Office) -> None:
    told(peopled, "old@example.cn")
    contacts.put_contact(peopled, "applicant1", "email", "new@example.cn", at(NOON))
    sent: list[str] = []
    send_due(peopled, at(NOON), {"email": lambda _, message: sent.append(message["to"])})
    assert sent == ["new@example.cn"]


def test_a_failing_channel_is_tried_with_back_off_put_aside_and_put_back_under_the_same_id(peopled: Office) -> None:
    told(peopled)
    ids: list[str] = []

    def broken(delivery_id: str, _: Any) -> None:
        ids.append(delivery_id)
        raise OSError("office@example.cn is away")

    moment = at(NOON)
    for _ in range(ATTEMPTS_MAX + 2):
        send_due(peopled, moment, {"email": broken})
        moment += timedelta(hours=3)
    (row,) = rows(peopled, "select state, attempts, error from message_deliveries")
    assert (row.state, row.attempts, row.error) == ("quarantined", ATTEMPTS_MAX, "OSError")
    assert retry(peopled, moment) == 1
    send_due(peopled, moment, {"email": lambda delivery_id, _: ids.append(delivery_id)})
    assert len(ids) == ATTEMPTS_MAX + 1 and len(set(ids)) == 1


def test_an_address_that_does_not_exist_is_not_tried_again_one_that_is_busy_is(peopled: Office) -> None:
    with post_office() as (post, url):
        channels = {"email": mail(MailServer.from_url(url, "noreply@office.example.cn"))}
        post.answer = lambda _: "451 busy"
        told(peopled)
        send_due(peopled, at(NOON), channels)
        assert rows(peopled, "select state from message_deliveries")[0].state == "waiting"
        post.answer = lambda _: "550 nobody here"
        send_due(peopled, at("2026-09-01T12:01:00"), channels)
    (row,) = rows(peopled, "select state, attempts from message_deliveries")
    assert (row.state, row.attempts) == ("quarantined", 2)


def test_the_address_is_looked_up_when_it_goes_out_and_who_left_is_not_written_to(peopled: Office) -> None:
    told(peopled, email="old@example.cn")
    told(peopled, email="old@example.cn", moment="2026-09-01T12:00:01")
    contacts.put_contact(peopled, "applicant1", "email", "new@example.cn", at("2026-09-01T12:00:02"))
    sent: list[str] = []
    channels = {"email": lambda _, message: sent.append(message["to"])}
    assert send_due(peopled, at("2026-09-01T12:00:05"), channels, limit=1) == 1
    with peopled.work() as connection:
        connection.exec_driver_sql("update people set active = false where id = 'applicant1'")
    assert send_due(peopled, at("2026-09-01T12:00:06"), channels) == 1
    assert sent == ["new@example.cn"]
    states = rows(peopled, "select state from message_deliveries order by state")
    assert [row.state for row in states] == ["no-address", "sent"]


def test_one_message_that_cannot_be_sent_stops_no_other(peopled: Office) -> None:
    told(peopled)
    told(peopled, moment="2026-09-01T12:00:01")
    seen: list[str] = []

    def picky(delivery_id: str, _: Any) -> None:
        seen.append(delivery_id)
        if len(seen) == 1:
            raise OSError

    assert send_due(peopled, at("2026-09-01T12:00:05"), {"email": picky}) == 2
    assert sorted(row.state for row in rows(peopled, "select state from message_deliveries")) == ["sent", "waiting"]


# -- what people want -------------------------------------------------------------------------------


def test_a_legal_notice_cannot_be_turned_off_a_courtesy_can(desk: Desk) -> None:
    turned_off = {"address": "a@example.cn", "courtesies": False}
    assert desk.call("PUT", "/api/v1/messages/contacts/email", "applicant1", turned_off)[0] == 200
    applied(desk, ITEM, materials=False)
    with desk.office.work() as connection:  # one legal notice, one courtesy, both about to go out by mail
        connection.exec_driver_sql(
            "insert into messages (outbox_id, case_id, recipient, kind, text, created_at) select o.id, o.case_id,"
            " 'applicant1', 'courtesy', '提醒', o.created_at from outbox o where o.topic = 'document' limit 1"
        )
        connection.exec_driver_sql(
            "insert into message_deliveries (id, message_id, channel, created_at, next_try_at)"
            " select outbox_id || '-applicant1-email', id, 'email', created_at, created_at from messages"
            " where recipient = 'applicant1'"
        )
    sent: list[str] = []
    send_due(desk.office, desk.now(), {"email": lambda _, message: sent.append(message["kind"])})
    assert sent == ["legal"]
    states = rows(desk.office, "select state from message_deliveries order by state")
    assert [row.state for row in states] == ["opted-out", "sent"]


def test_an_address_is_checked_kept_sealed_and_shown_in_part(desk: Desk) -> None:
    path = "/api/v1/messages/contacts"
    for channel, wrong in (
        ("email", "a@b"), ("email", "a@example.cn\nBcc: b@example.cn"), ("email", "a b@example.cn"), ("sms", "12345"),
        ("sms", "+8613912345678"), ("wechat", "x"), ("fax", "123456"),
    ):  # fmt: skip
        status, answer = desk.call("PUT", f"{path}/{channel}", "applicant1", {"address": wrong})
        assert status == 422 and answer["errors"][0]["field"] in ("address", "channel"), wrong
    assert desk.call("PUT", f"{path}/sms", "applicant1", {"address": "13912345678"})[1]["address"] == "***5678"
    assert desk.get(path, "applicant2")[1]["sms"]["address"] is None
    assert "13912345678" not in str(rows(desk.office, "select * from contacts"))
    assert desk.call("DELETE", f"{path}/sms", "applicant1")[1]["address"] is None
    assert desk.get(path)[0] == 401


def test_an_applicant_without_an_account_is_reached_where_the_application_says(peopled: Office) -> None:
    a_case(peopled)
    with peopled.work() as connection:
        connection.exec_driver_sql(
            'update cases set owner = null, applicant = applicant || \'{"phone": "13912345678"}\''
        )
    relay(peopled, at(NOON), to_log, channels=("sms", "wechat"))
    sent: list[str] = []
    send_due(peopled, at(NOON), {name: lambda _, message: sent.append(message["to"]) for name in ("sms", "wechat")})
    assert sent == ["13912345678"]
    assert {row.channel: row.state for row in rows(peopled, "select channel, state from message_deliveries")} == {
        "sms": "sent",
        "wechat": "no-address",
    }


# -- set up -----------------------------------------------------------------------------------------


def test_calls_go_only_to_addresses_that_are_allowed(tmp_path: Any) -> None:
    for url in ("http://example.cn/x", "ftp://127.0.0.1/x", "https://user:pw@example.cn/x", "file:///etc/passwd", "x"):
        with pytest.raises(AddressRefused):
            checked_url(url)
    secret = tmp_path / "secret"
    secret.write_text("s")
    with pytest.raises(AddressRefused):
        channels_of({"BANJIAN_SMS_URL": "http://example.cn", "BANJIAN_SMS_SECRET_FILE": str(secret)})
    for env in (
        {"BANJIAN_SMS_URL": "https://example.cn"},
        {"BANJIAN_SMS_URL": "https://example.cn", "BANJIAN_SMS_SECRET_FILE": str(tmp_path / "none")},
        {"BANJIAN_SMTP_URL": "http://example.cn", "BANJIAN_MAIL_FROM": "a@example.cn"},
        {"BANJIAN_SMTP_URL": "smtp://example.cn"},
    ):
        with pytest.raises(ChannelError):
            channels_of(env)
    assert channels_of({}) == {}


def test_a_gateway_that_redirects_or_does_not_know_us_has_not_taken_the_message() -> None:
    with http_gateway() as (kept, url):
        kept.statuses = [302, 503]
        for _ in range(2):
            with pytest.raises(CallFailed):
                gateway("sms", url, "shared")("1-a-sms", {"to": "1", "text": "x"})
        with pytest.raises(CallFailed, match="401"):
            gateway("sms", url, "another")("1-a-sms", {"to": "1", "text": "x"})
        assert kept.calls == []
