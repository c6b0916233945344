"""Other systems are told of decisions: once under one id, in order, only where the configuration says."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from api.cli.telling import webhooks as command
from tests.infrastructure.desk import Desk
from tests.story.telling import applied, granted, made_ready, taken_in
from tests.telling.gateways import Gateway, http_gateway
from worker.channels import ChannelError
from worker.endpoints import EndpointsError, endpoints_of
from worker.outgoing import AddressRefused
from workflow.casework.outbox import relay
from workflow.casework.tick import tick_due
from workflow.casework.webhooks import ATTEMPTS_MAX, LEASE, Endpoint, call_due

ITEM = "26"


def configured(tmp_path: Path, url: str, **more: Any) -> tuple[Endpoint, ...]:
    """Return the endpoints of a configuration file with one regulator."""
    secret, file = tmp_path / "secret", tmp_path / "endpoints.yaml"
    secret.write_text("shared")
    lines = [f"- id: regulator\n  url: {url}\n  secret_file: {secret}"]
    lines += [f"  {key}: {value}" for key, value in more.items()]
    file.write_text("endpoints:\n" + "\n".join(lines) + "\n")
    return endpoints_of({"BANJIAN_ENDPOINTS_FILE": str(file)})


def a_grant(desk: Desk) -> str:
    case_no = applied(desk, ITEM)
    taken_in(desk, case_no)
    made_ready(desk, case_no)
    granted(desk, case_no)
    return case_no


def planned(desk: Desk, endpoints: tuple[Endpoint, ...]) -> None:
    """Let the outbox rows of decisions be worked off again with these endpoints, as a worker that has them would."""
    with desk.office.work() as connection:
        connection.exec_driver_sql(
            "update outbox set done_at = null, next_try_at = created_at where topic = 'tell-systems'"
        )
    tick_due(desk.office, desk.now())
    relay(desk.office, desk.now(), endpoints=endpoints)


def states(desk: Desk) -> list[tuple[str, str, int]]:
    with desk.office.work() as connection:
        rows = connection.exec_driver_sql("select topic, state, attempts from webhook_calls order by outbox_id")
        return [tuple(row) for row in rows]


def test_the_regulator_gets_the_grant_signed_once_without_personal_numbers(desk: Desk, tmp_path: Path) -> None:
    with http_gateway() as (kept, url):
        endpoints = configured(tmp_path, url)
        case_no = a_grant(desk)
        planned(desk, endpoints)
        assert call_due(desk.office, desk.now(), endpoints) == 1
        assert call_due(desk.office, desk.now() + timedelta(days=1), endpoints) == 0
        (told,) = kept.calls
    assert (told["topic"], told["case_no"], told["decision"]["outcome"]) == ("decision.granted", case_no, "granted")
    assert told["permit"]["permit_no"] and told["id"] == kept.ids[0]
    assert "11120000MB1571593F" not in str(told)


def test_a_worker_killed_after_the_call_makes_it_again_under_the_same_id(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(*_: Any) -> None:
        raise Killed

    with http_gateway() as (kept, url):
        endpoints = configured(tmp_path, url)
        a_grant(desk)
        planned(desk, endpoints)
        with monkeypatch.context() as patch, pytest.raises(Killed):
            patch.setattr("workflow.casework.webhooks._mark_sent", die)
            call_due(desk.office, desk.now(), endpoints)
        assert call_due(desk.office, desk.now(), endpoints) == 0
        call_due(desk.office, desk.now() + LEASE, endpoints)
        assert kept.calls[0] == kept.calls[1] and len(kept.calls) == 2
    assert states(desk) == [("decision.granted", "sent", 1)]


def test_calls_about_one_permit_keep_their_order(desk: Desk, tmp_path: Path) -> None:
    with http_gateway() as (kept, url):
        endpoints = configured(tmp_path, url)
        a_grant(desk)
        planned(desk, endpoints)
        with desk.office.work() as connection:  # something happens to the permit while the regulator is away
            connection.exec_driver_sql(
                "insert into outbox (topic, case_id, seq, body, created_at, next_try_at) select 'tell-systems', life_id, 1,"
                " '{\"topic\": \"permit.changed\"}', now(), '2026-01-01' from permits"
            )
        relay(desk.office, desk.now(), endpoints=endpoints)
        kept.statuses = [503]
        moment = desk.now()
        assert call_due(desk.office, moment, endpoints) == 1, "the later one waits"
        assert kept.calls == []
        moment += timedelta(minutes=1)
        assert call_due(desk.office, moment, endpoints) == 1 and call_due(desk.office, moment, endpoints) == 1
        assert [told["topic"] for told in kept.calls] == ["decision.granted", "permit.changed"]


def test_a_call_nobody_takes_is_put_aside_and_replayed_by_operators_only(desk: Desk, tmp_path: Path) -> None:
    with http_gateway() as (kept, url):
        endpoints = configured(tmp_path, url)
        a_grant(desk)
        planned(desk, endpoints)
        moment = _until_put_aside(desk, kept, endpoints)
        path = "/api/v1/webhooks/calls"
        assert desk.get(path)[0] == 401 and desk.get(path, "clerk1")[0] == 403
        _, log = desk.get(f"{path}?state=quarantined", "sysadmin1")
        (call,) = log["items"]
        assert len(call["tries"]) == ATTEMPTS_MAX and call["tries"][0]["status"] == 500
        assert desk.call("POST", f"{path}/{call['id']}/replay", "clerk1")[0] == 403
        assert desk.call("POST", f"{path}/none/replay", "sysadmin1")[0] == 404
        assert desk.call("POST", f"{path}/{call['id']}/replay", "sysadmin1") == (202, {"replayed": 1})
        call_due(desk.office, moment, endpoints)
        assert len(kept.calls) == 1 and len(set(kept.ids)) == 1


def _until_put_aside(desk: Desk, kept: Gateway, endpoints: tuple[Endpoint, ...]) -> Any:
    kept.statuses = [500] * ATTEMPTS_MAX
    moment = desk.now()
    for _ in range(ATTEMPTS_MAX + 2):
        call_due(desk.office, moment, endpoints)
        moment += timedelta(days=1)
    assert states(desk) == [("decision.granted", "quarantined", ATTEMPTS_MAX)]
    return moment


def test_what_was_sent_can_be_replayed_by_command(
    desk: Desk, tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []

    def take(call_id: str, _: bytes) -> int:
        sent.append(call_id)
        return 200

    endpoints = (Endpoint("regulator", take),)
    a_grant(desk)
    planned(desk, endpoints)
    call_due(desk.office, desk.now(), endpoints)
    monkeypatch.setenv("DATABASE_URL", database_url)
    done = CliRunner().invoke(command, ["replay", "--endpoint", "regulator"])
    assert (done.exit_code, done.output) == (0, "1 calls put back\n")
    assert CliRunner().invoke(command, ["replay"]).exit_code == 2
    call_due(desk.office, desk.now(), endpoints)
    assert len(sent) == 2 and len(set(sent)) == 1


def test_only_what_an_endpoint_asks_for_is_planned(desk: Desk) -> None:
    nobody = (
        Endpoint("a", lambda *_: 200, topics=("decision.refused",)),
        Endpoint("b", lambda *_: 200, departments=("另一部门",)),
        Endpoint("c", lambda *_: 200, items=("02",)),
    )
    a_grant(desk)
    planned(desk, nobody)
    assert states(desk) == []


def test_endpoints_come_from_a_sound_file_only(tmp_path: Path) -> None:
    assert endpoints_of({}) == ()
    with pytest.raises(AddressRefused):
        configured(tmp_path, "http://169.254.169.254/latest")
    with pytest.raises(EndpointsError):
        configured(tmp_path, "https://example.cn", topics="[everything]")
    with pytest.raises(EndpointsError):
        configured(tmp_path, "https://example.cn", headers="{a: b}")
    with pytest.raises(EndpointsError):
        endpoints_of({"BANJIAN_ENDPOINTS_FILE": str(tmp_path / "none.yaml")})
    file = tmp_path / "bare.yaml"
    file.write_text("endpoints:\n- {id: a, url: 'https://example.cn', secret_file: /none}\n")
    with pytest.raises(ChannelError):
        endpoints_of({"BANJIAN_ENDPOINTS_FILE": str(file)})
