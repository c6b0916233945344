"""banjian calendar, as an operator types it, and the same over HTTP."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from flask import Flask
from flask.testing import FlaskClient

from tests.api.test_api import bearer
from tests.calendar.notices import plain_2027
from tests.calendar.offices import accepted, last_event, load, row_of
from tests.setup.test_commands import run
from worker.jobs.sweeps import look
from workflow.casework.now import now
from workflow.casework.office import Office
from workflow.casework.recompute import recompute, waiting

CLOCK = {"BANJIAN_DEMO": "1", "BANJIAN_CLOCK": "2026-12-28T09:00:00"}


def written(folder: Path, plain: dict[str, Any], name: str = "2027.json") -> str:
    """Return the path of a notice file."""
    path = folder / name
    path.write_text(json.dumps(plain, ensure_ascii=False, indent=1), encoding="utf-8")
    return str(path)


def test_a_notice_is_looked_at_loaded_listed_and_shown(office: Office, database_url: str, tmp_path: Path) -> None:
    case_no = accepted(office, "2026-12-21T10:00:00")
    version = row_of(office, case_no).version
    env = {"DATABASE_URL": database_url, **CLOCK}
    file, report = written(tmp_path, plain_2027()), tmp_path / "list.csv"

    looked = run("calendar", "load", file, "--dry-run", **env)
    assert looked.returncode == 0, looked.stderr
    assert f"{case_no}  法定办结  2027-01-19  暂定  2027-01-19  确定" in looked.stdout
    assert "2027-02-05  星期五  改为休息  春节" in looked.stdout and row_of(office, case_no).version == version
    assert run("calendar", "show", "2027", **env).returncode == 1

    done = run("calendar", "load", file, "--by", "catalog1", "--report", str(report), **env)
    assert done.returncode == 0 and "counted 1 open cases anew" in done.stdout, done.stderr
    assert last_event(office, case_no)["type"] == "calendar-changed"
    with report.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.reader(lines))
    assert rows[1] == [case_no, "法定办结", "2027-01-19", "暂定", "2027-01-19", "确定", ""]
    again = run("calendar", "load", file, **env)
    assert again.returncode == 0 and "in force already" in again.stdout
    listed = run("calendar", "list", **env).stdout.splitlines()[-1]
    assert "2027  in force" in listed and "by catalog1" in listed and "cases moved: 1" in listed

    shown = run("calendar", "show", "2027", **env).stdout
    assert yaml.safe_load(shown) == {**plain_2027(), "days_off": dict(sorted(plain_2027()["days_off"].items()))}
    corrected = tmp_path / "again.yaml"
    corrected.write_text(shown.replace('"2027-01-01": 元旦', '"2027-01-01": 元旦\n  "2027-01-15": 临时放假'))
    refused = run("calendar", "load", str(corrected), **env)
    assert refused.returncode == 1 and "again.yaml:5:" in refused.stderr and "--confirm" in refused.stderr
    assert str(row_of(office, case_no).statutory_due) == "2027-01-19"
    moved = run("calendar", "load", str(corrected), "--confirm", **env)
    assert f"{case_no}  法定办结  2027-01-19  确定  2027-01-20  确定" in moved.stdout, moved.stderr
    finished = run("calendar", "recompute", **env)
    assert finished.returncode == 0 and "counted 0 open cases" in finished.stdout


def test_a_case_put_aside_is_told_and_the_exit_code_says_so(office: Office, database_url: str, tmp_path: Path) -> None:
    case_no = accepted(office, "2026-12-21T10:00:00")
    with office.work() as connection:
        connection.exec_driver_sql("update cases set snapshot = snapshot - 'facts'")
    done = run("calendar", "load", written(tmp_path, plain_2027()), DATABASE_URL=database_url, **CLOCK)
    assert done.returncode == 1 and f"put aside: {case_no}: KeyError" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "env", "code", "says"),
    [
        (["load", "FILE"], {}, 2, "DATABASE_URL is not set"),
        (["list"], {"DATABASE_URL": "mysql://x"}, 2, "postgresql"),
        (["list"], {"DATABASE_URL": "postgresql://127.0.0.1:1/x"}, 1, "the database refused"),
        (["load", "FILE", "--dry-run"], {"DATABASE_URL": "postgresql://127.0.0.1:1/x"}, 1, "the database refused"),
        (["load", "README.md"], {}, 1, "README.md:"),
        (["load", "nowhere.yaml"], {}, 2, "does not exist"),
        (["show", "x"], {}, 2, "not a valid"),
    ],
)
def test_a_mistake_is_said_clearly(
    tmp_path: Path, arguments: list[str], env: dict[str, str], code: int, says: str
) -> None:
    file = written(tmp_path, plain_2027())
    done = run("calendar", *[file if word == "FILE" else word for word in arguments], **env)
    assert done.returncode == code and says in done.stderr and "Traceback" not in done.stderr, done.stderr


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client of the application."""
    return app.test_client()


def test_everybody_reads_a_year_and_one_that_is_not_loaded_says_so(client: FlaskClient) -> None:
    found = client.get("/api/v1/calendar/2026").json
    assert found["days_off"]["2026-10-01"] == "国庆节" and "2026-10-10" in found["worked"]
    missing = client.get("/api/v1/calendar/2027")
    assert (missing.status_code, missing.json["code"]) == (404, "CALENDAR_NOT_LOADED")
    assert client.get("/api/v1/calendar/99999999999999999999").status_code == 404


def test_who_looks_after_the_system_or_the_catalogue_loads_a_notice(client: FlaskClient, office: Office) -> None:
    case_no = accepted(office, "2026-11-10T10:00:00", decision={"n": 45, "unit": "working_day"})
    body = plain_2027() | {"published_on": "2026-11-04"}
    for who, status in (("applicant1", 403), ("approver1", 403), ("supervisor1", 403)):
        assert client.post("/api/v1/calendar", json=body, headers=bearer(client, who)).status_code == status
    assert client.post("/api/v1/calendar", json=body).status_code == 401
    admin = bearer(client, "catalog1")
    looked = client.post("/api/v1/calendar", json=body | {"dry_run": True}, headers=admin)
    assert looked.status_code == 200 and [one["case_no"] for one in looked.json["cases"]] == [case_no]
    doubtful = body | {"worked": []}
    refused = client.post("/api/v1/calendar", json=doubtful, headers=admin)
    assert (refused.status_code, refused.json["code"]) == (409, "CALENDAR_NOT_CONFIRMED")
    assert client.get("/api/v1/calendar/2027").status_code == 404
    proposal = client.post("/api/v1/calendar", json=body, headers=admin)
    assert proposal.status_code == 202 and proposal.json["diff"], proposal.json
    assert client.get("/api/v1/calendar/2027").status_code == 404, "a proposal changes nothing"
    confirm = f"/api/v1/proposals/{proposal.json['id']}/confirm"
    assert client.post(confirm, json={}, headers=admin).json["code"] == "SAME_PERSON"
    confirmed = client.post(confirm, json={}, headers=bearer(client, "catalog2"))
    assert (confirmed.status_code, waiting(office)) == (200, 1)
    again = client.post("/api/v1/calendar", json=body, headers=admin)
    assert (again.status_code, again.json["version"]) == (200, None)
    assert recompute(office, now).moved == 1
    path = f"/api/v1/calendar/changes?version={confirmed.json['answered']['result']['version']}"
    changed = client.get(path, headers=bearer(client, "supervisor1")).json
    assert changed["waiting"] == 0 and [line["case_no"] for line in changed["items"]] == [case_no]
    assert client.get(path, headers=bearer(client, "applicant1")).status_code == 403
    trail = client.get(f"/api/v1/cases/{case_no}/events", headers=bearer(client, "applicant1")).json["items"]
    assert trail[-1]["type"] == "calendar-changed"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"year": "2027"}, "year"),
        ({"days_off": {"2026-12-31": "元旦"}}, "days_off.2026-12-31"),
        ({"days_off": []}, "days_off"),
        ({"worked": ["2027-02-22"]}, "worked.0"),
        ({"worked": {}}, "worked"),
        ({"source": ""}, "source"),
        ({"published_on": None}, "published_on"),
        ({"confirm": "yes"}, "confirm"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_wrong_notice_is_422_and_the_field_is_named(client: FlaskClient, change: dict[str, Any], field: str) -> None:
    answer = client.post("/api/v1/calendar", json=plain_2027() | change, headers=bearer(client, "catalog1"))
    assert answer.status_code == 422 and field in [error["field"] for error in answer.json["errors"]], answer.json


def test_a_worker_that_looks_for_work_counts_cases_anew(
    office: Office, database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    case_no = accepted(office, "2026-12-21T10:00:00")
    monkeypatch.setattr("worker.jobs.sweeps.office", lambda: office)
    for name, value in (CLOCK | {"BANJIAN_OUTBOX_DIR": str(tmp_path / "out")}).items():
        monkeypatch.setenv(name, value)
    look()
    load(office)
    assert look() >= 1
    assert last_event(office, case_no)["type"] == "calendar-changed"
