"""The archive: everything of an ended case in one bag, the same bytes every time, verified by anybody, kept its time."""

import io
import json
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy.exc import SQLAlchemyError

from api.cli.telling import archive as command
from tests.infrastructure.desk import Desk
from tests.story.telling import applied, carried
from workflow.casework import files
from workflow.casework.archive import CASE, package
from workflow.casework.retention import may_erase
from workflow.definitions.retention import retention
from workflow.ledger.bag import bag, faults_of
from workflow.ledger.chain import GENESIS, link

ITEM = "26"


@pytest.fixture
def closed(desk: Desk) -> str:
    """A case that has ended."""
    case_no = applied(desk, ITEM)
    assert carried(desk, case_no)["state"] == "closed"
    return case_no


def opened(desk: Desk, case_no: str) -> dict[str, bytes]:
    """Return the files of a package as staff download it."""
    headers = {"Authorization": f"Bearer {desk.token('reviewer1')}"}
    answer = desk.client.get(f"/api/v1/cases/{case_no}/archive.zip", headers=headers)
    assert answer.status_code == 200, answer.data
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        return {name.removeprefix(f"{case_no}/"): archive.read(name) for name in archive.namelist()}


def test_an_ended_case_becomes_a_whole_bag_with_all_its_papers(desk: Desk, closed: str, tmp_path: Path) -> None:
    found = opened(desk, closed)
    events = [json.loads(line) for line in found["data/events.jsonl"].splitlines()]
    assert [event["prev_hash"] for event in events] == [GENESIS, *(event["hash"] for event in events[:-1])]
    assert all(link(event) == event["hash"] for event in events)
    assert json.loads(found["data/case.json"])["head"] == events[-1]["hash"]
    application = json.loads(found["data/application.json"])
    assert application["applicant"]["id_no"] == "11120000MB1571593F" and application["form"]
    titles = {document["title"] for document in json.loads(found["data/documents.json"])}
    assert {"受理通知书", "准予行政许可决定书", "送达回证"} <= titles
    papers = [name for name in found if name.startswith("data/papers/")]
    assert len(papers) == len(json.loads(found["data/documents.json"])) and found[papers[0]].startswith(b"%PDF")
    materials = json.loads(found["data/materials.json"])
    assert len([name for name in found if name.startswith("data/materials/")]) == len(materials) > 0
    clocks = {clock["id"]: clock for clock in json.loads(found["data/clocks.json"])["clocks"]}
    assert clocks["statutory"]["days"] and json.loads(found["data/services.json"])[0]["mode"] == "counter"
    assert b"Event-Chain-Head" in found["bag-info.txt"] and json.loads(found["data/seals.json"])
    assert desk.get(f"/api/v1/cases/{closed}/archive", "reviewer1")[1]["complete"] is True


def test_the_same_case_gives_the_same_bytes(desk: Desk, closed: str) -> None:
    with desk.office.work() as connection:
        row = connection.exec_driver_sql(
            "select a.*, c.id from archives a join cases c on c.id = a.case_id where case_no = %(no)s", {"no": closed}
        ).one()
        case = connection.exec_driver_sql(CASE, {"id": row.case_id}).one()
        first, second = package(connection, desk.office, case), package(connection, desk.office, case)
    assert first == second and len(first[0]) == row.size


def test_nobody_but_the_department_gets_the_package(desk: Desk, closed: str) -> None:
    for who, status in (("applicant2", 404), ("auditor1", 403), ("applicant1", 403)):  # 403: they read the case
        headers = {"Authorization": f"Bearer {desk.token(who)}"}
        assert desk.client.get(f"/api/v1/cases/{closed}/archive.zip", headers=headers).status_code == status, who
    assert desk.client.get(f"/api/v1/cases/{closed}/archive.zip").status_code == 401
    case_no = applied(desk, ITEM)
    assert desk.get(f"/api/v1/cases/{case_no}/archive", "reviewer1")[0] == 404, "not before the end"


def test_a_package_without_a_file_says_so_and_is_made_anew_when_it_is_back(desk: Desk) -> None:
    case_no = applied(desk, ITEM)
    with desk.office.work() as connection:
        digest = connection.exec_driver_sql("select sha256 from materials order by id limit 1").scalar_one()
    path = files.path_of(desk.office.folder / "files", digest)
    kept = path.read_bytes()
    path.write_bytes(b"changed on disk")
    carried(desk, case_no)
    known = desk.get(f"/api/v1/cases/{case_no}/archive", "reviewer1")[1]
    assert known["complete"] is False and len(known["missing"]) == 1
    path.write_bytes(kept)
    with desk.office.work() as connection:
        connection.exec_driver_sql("update outbox set done_at = null, next_try_at = created_at where topic = 'archive'")
    desk.work()
    assert desk.get(f"/api/v1/cases/{case_no}/archive", "reviewer1")[1]["complete"] is True


PAYLOAD, INFO = {"a.txt": "甲".encode(), "b/c.txt": b"2"}, {"External-Identifier": "1", "Note": "a\nInjected: b"}


def test_every_change_of_a_bag_is_found(tmp_path: Path) -> None:
    whole = bag("x", PAYLOAD, INFO)
    assert whole == bag("x", dict(reversed(PAYLOAD.items())), INFO)
    path = tmp_path / "bag.zip"
    path.write_bytes(whole)
    assert faults_of(path) == [] and b"\nInjected" not in whole
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    for name in found:
        assert _faults(path, {**found, name: found[name] + b"!"}), f"{name} changed"
        assert _faults(path, {other: content for other, content in found.items() if other != name}), f"{name} gone"
    assert _faults(path, {**found, "x/data/more.txt": b"3"}) == ["data/more.txt is not in manifest-sha256.txt"]
    assert _faults(path, {**found, "y/z.txt": b"3"}) == ["not one folder"]
    assert _faults(path, {**found, "x/../z.txt": b"3"}) == ["not one folder"]
    path.write_bytes(whole[: len(whole) // 2])
    assert faults_of(path)


def _faults(path: Path, found: dict[str, bytes]) -> list[str]:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in found.items():
            archive.writestr(name, content)
    return faults_of(path)


def test_the_command_verifies_a_file_without_an_office(
    desk: Desk, closed: str, tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("BANJIAN_DATA", str(desk.office.folder))
    target = tmp_path / "out.zip"
    exported = CliRunner().invoke(command, ["export", closed, str(target)])
    assert exported.exit_code == 0, exported.output
    assert CliRunner().invoke(command, ["export", "none", str(tmp_path / "no.zip")]).exit_code == 1
    monkeypatch.delenv("DATABASE_URL")
    assert CliRunner().invoke(command, ["verify", str(target)]).exit_code == 0
    content = bytearray(target.read_bytes())
    content[len(content) // 3] ^= 1
    target.write_bytes(bytes(content))
    spoiled = CliRunner().invoke(command, ["verify", str(target)])
    assert spoiled.exit_code == 1 and spoiled.output
    assert CliRunner().invoke(command, ["verify", str(tmp_path / "none.zip")]).exit_code == 2


def test_nothing_goes_before_its_time(desk: Desk, closed: str) -> None:
    def reasons(today: date) -> list[str]:
        with desk.office.work() as connection:
            case_id = connection.exec_driver_sql(
                "select id from cases where case_no = %(no)s", {"no": closed}
            ).scalar_one()
            return [reason.code for reason in may_erase(connection, case_id, today)]

    assert reasons(date(2026, 9, 2)) == ["PERMIT_ALIVE", "RETENTION_RUNNING"]
    with desk.office.work() as connection:
        connection.exec_driver_sql("update permits set status = 'cancelled'")
    assert reasons(date(2056, 12, 31)) == ["RETENTION_RUNNING"]
    assert reasons(date(2057, 1, 1)) == []
    with pytest.raises(SQLAlchemyError, match="kept until"), desk.office.work() as connection:
        connection.exec_driver_sql("delete from archives")
    with desk.office.work() as connection:
        connection.exec_driver_sql("update archives set keep_until = '2030-12-31'")
    assert reasons(date(2056, 12, 31)) == ["RETENTION_RUNNING"], "what retention.yaml says counts too"
    with desk.office.work() as connection:
        connection.exec_driver_sql("update archives set keep_until = null")
    assert reasons(date(2999, 1, 1)) == ["KEPT_FOR_EVER"]


def test_periods_are_data_and_say_that_nobody_has_checked_them() -> None:
    ended = date(2026, 9, 1)
    assert retention("26", "licence", "granted").until(ended) == date(2056, 12, 31)
    assert retention("26", "licence", "").until(ended) == date(2036, 12, 31)
    assert retention("08", "registration", "granted").until(ended) is None
    assert not any(retention("x", kind, "granted").verified for kind in ("licence", "filing", "registration"))


def test_an_archive_job_that_runs_twice_makes_one_package(desk: Desk, closed: str) -> None:
    def packages() -> list[Any]:
        return sorted((desk.office.folder / "archive").rglob("[0-9a-f]" * 64))

    before = packages()
    with desk.office.work() as connection:
        connection.exec_driver_sql("update outbox set done_at = null, next_try_at = created_at where topic = 'archive'")
    desk.work()
    assert packages() == before
