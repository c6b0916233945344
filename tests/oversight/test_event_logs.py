"""The trail for process mining: whole, well formed, and nobody in it."""

import json
from pathlib import Path
from xml.etree import ElementTree

from click.testing import CliRunner

from api.cli.main import group
from tests.infrastructure.desk import Desk
from tests.oversight.test_timeliness import told

KEY = b"a key that nobody guesses"


def test_both_logs_hold_every_event_and_no_person(desk: Desk, database_url: str, tmp_path: Path) -> None:
    cases = told(desk)
    key = tmp_path / "key"
    key.write_bytes(KEY)

    def made(form: str, name: str) -> str:
        words = ["report", "log", str(tmp_path / name), "--as", form, "--key-file", str(key)]
        ran = CliRunner().invoke(group, words, env={"DATABASE_URL": database_url})
        assert ran.exit_code == 0, ran.output
        return (tmp_path / name).read_text("utf-8")

    xes, ocel = made("xes", "log.xes"), made("ocel", "log.json")
    with desk.office.work() as connection:
        (count,) = connection.exec_driver_sql("select count(*) from events").one()
        (of_cases,) = connection.exec_driver_sql(
            "select count(*) from events e join cases c on c.id = e.case_id where c.kind <> 'permit'"
        ).one()
    root = ElementTree.fromstring(xes)
    space = "{http://www.xes-standard.org/}"
    assert len(root.findall(f"{space}trace")) == 3
    assert len(root.findall(f".//{space}event")) == of_cases
    log = json.loads(ocel)
    assert len(log["events"]) == count and {one["type"] for one in log["objects"]} == {"case", "permit", "person"}
    known = {one["id"] for one in log["objects"]}
    assert all(link["objectId"] in known for event in log["events"] for link in event["relationships"])
    assert {event["type"] for event in log["events"]} == {kind["name"] for kind in log["eventTypes"]}
    for text in (xes, ocel):
        for name in (*cases, "reviewer1", "applicant1", "滨海示例", "张三", "如实记录", "11120000MB1571593F"):
            assert name not in text
    key.write_bytes(KEY + b"!")
    assert made("xes", "other.xes") != xes  # other names under another key
    key.write_bytes(KEY)
    assert made("xes", "again.xes") == xes
    key.write_bytes(b"short")
    refused = CliRunner().invoke(
        group,
        ["report", "log", str(tmp_path / "x"), "--as", "xes", "--key-file", str(key)],
        env={"DATABASE_URL": database_url},
    )
    assert refused.exit_code == 2 and "16 bytes" in refused.stderr
