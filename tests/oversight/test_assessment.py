"""A month assessed by weights everybody can read, ranked, and the talk with the last as a record."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from tests.infrastructure.desk import Desk
from tests.oversight.test_timeliness import observed
from workflow.engine.errors import DefinitionError
from workflow.oversight.assessment import HERE, weights
from workflow.store.connect import transaction

PLACE = "/api/v1/supervision"
CELL = """
insert into sums (dimension, grain, starts_on, figure, key, ground, detail, n)
values ('department', 'month', '2026-09-01', %(figure)s, %(department)s, '', 0, %(n)s),
       ('person', 'month', '2026-09-01', %(figure)s, 'of-' || %(department)s, '', 0, %(n)s)
"""


def counted(desk: Desk, department: str, **figures: int) -> None:
    with transaction(desk.office.engine) as connection:
        for figure, n in figures.items():
            connection.exec_driver_sql(CELL, {"figure": figure, "department": department, "n": n})


def test_a_month_is_assessed_ranked_and_talked_about(desk: Desk) -> None:
    counted(desk, "甲局", decided=10, promised=10, as_promised=10, timed=10, in_law=10, first_pass=5)
    counted(desk, "乙局", decided=100, promised=100, as_promised=50, timed=100, in_law=100, first_pass=50)
    counted(desk, "丙局", decided=2, promised=2)
    desk.at("2026-10-08T09:00:00")
    month = {"month": "2026-09", "kind": "department"}

    def post(what: str, who: str, **more: Any) -> tuple[int, Any]:
        return desk.call("POST", f"{PLACE}/{what}", who, {**month, **more})

    assert desk.get(f"{PLACE}/assessments?month=2026-09", "auditor1")[0] == 404
    assert post("assessments", "auditor1")[0] == post("assessments", "head1")[0] == 403
    assert post("assessments", "supervisor1", month="2026-10")[0] == 409  # not over
    assert post("assessments", "supervisor1", month="soon")[0] == 422
    status, made = post("assessments", "supervisor1")
    assert status == 200, made
    first, last, aside = made["subjects"]
    assert (first["subject"], first["rank"], first["score_milli"]) == ("甲局", 1, 87500)  # (30+30+10) of 80
    assert (last["subject"], last["rank"], last["is_to_talk"]) == (
        "乙局",
        2,
        True,
    )  # ten times the cases, no merit in that
    assert (aside["subject"], aside["rank"], aside["is_ranked"]) == ("丙局", None, False)
    assert {part["name"] for part in first["parts"]} == {"as_promised", "in_law", "first_pass"}
    talk = {
        "subject": "乙局",
        "held_on": "2026-10-08",
        "present": "分管负责人",
        "issues": "承诺超期",
        "improve_by": "2026-11-08",
    }
    assert post("talks", "auditor1", **talk)[0] == 403
    assert post("talks", "supervisor1", **{**talk, "subject": "丁局"})[0] == 409
    assert post("talks", "supervisor1", **{**talk, "held_on": "2027-01-01"})[0] == 409
    status, told = post("talks", "supervisor1", **talk)
    assert status == 200 and [one["issues"] for one in told["talks"]] == ["承诺超期"]
    assert post("talks", "supervisor1", **{**talk, "follows": 999})[0] == 409
    assert post("talks", "supervisor1", **{**talk, "follows": told["talks"][0]["id"]})[0] == 200
    again = post("assessments", "supervisor1")[1]
    assert again["version"] == 2 and len(again["talks"]) == 2  # the first version and its talks stay
    for sql in ("update assessments set made_by = 'x'", "delete from talks"):
        with pytest.raises(DBAPIError, match="append-only"), transaction(desk.office.engine) as connection:
            connection.exec_driver_sql(sql)


def test_upheld_alerts_cost_points_and_lifted_ones_none(desk: Desk) -> None:
    counted(desk, "甲局", decided=10, promised=10, as_promised=10, first_pass=10)
    with transaction(desk.office.engine) as connection:
        for key, status in (("a", "upheld"), ("b", "lifted"), ("c", "open")):
            connection.exec_driver_sql(
                "insert into alerts (key, code, name, level, department, shown_on, text, law, verified, evidence, status,"
                " raised_at) values (%(key)s, 'x', 'x', 'red', '甲局', '2026-09-10', 'x', 'x', true, '[1]', %(status)s, now())",
                {"key": key, "status": status},
            )
    desk.at("2026-10-08T09:00:00")
    _, made = desk.call("POST", f"{PLACE}/assessments", "supervisor1", {"month": "2026-09"})
    assert made["subjects"][0]["score_milli"] == 95000
    observed_nothing = made["subjects"][0]["parts"][-1]
    assert (observed_nothing["name"], observed_nothing["value"]) == ("red_upheld", 1)
    assert observed


def test_nothing_but_shares_can_be_merit(tmp_path: Path) -> None:
    sound = (HERE / "assessment.yaml").read_text("utf-8")
    file = tmp_path / "assessment.yaml"
    for old, new in (
        ("as_promised:", "fines:"),
        ("of: promised", "of: granted"),
        ("points: 30", "points: -1"),
        ("red_upheld:", "penalties:"),
    ):
        file.write_text(sound.replace(old, new, 1), "utf-8")
        weights.cache_clear()
        with pytest.raises(DefinitionError):
            weights(file)
    weights.cache_clear()
