"""好差评: one rating per service, bad ones are seen to in order and in time, the unknown stay unknown."""

from typing import Any

import pytest
from sqlalchemy.exc import SQLAlchemyError

from tests.infrastructure.desk import Desk
from tests.story.telling import applied, carried
from workflow.casework.ratings import tell_late

ITEM = "26"


@pytest.fixture
def closed(desk: Desk) -> str:
    """A case that has ended, on 2026-09-01."""
    case_no = applied(desk, ITEM)
    assert carried(desk, case_no)["state"] == "closed"
    return case_no


def token_of(desk: Desk) -> str:
    _, mine = desk.get("/api/v1/messages?limit=100", "applicant1")
    (text,) = [m["text"] for m in mine["items"] if m["action"] == "rating-opened"]
    return str(text.rpartition("：")[2])


def rate(desk: Desk, level: int, **more: Any) -> tuple[int, Any]:
    return desk.call("POST", f"/api/v1/public/ratings/{token_of(desk)}", None, {"level": level, **more})


def step(desk: Desk, who: str, what: str, number: int = 1) -> tuple[int, str]:
    status, answer = desk.call("POST", f"/api/v1/ratings/bad/{number}/{what}", who, {"note": "已经电话联系"})
    return status, str(answer.get("code") or answer.get("state"))


def bad(desk: Desk, who: str, query: str = "") -> list[Any]:
    return list(desk.get(f"/api/v1/ratings/bad{query}", who)[1]["items"])


def test_a_service_is_rated_once_by_who_holds_the_token(desk: Desk, closed: str) -> None:
    token = token_of(desk)
    assert desk.get(f"/api/v1/public/ratings/{token}")[1]["levels"]["1"] == "非常满意"
    for body in (
        {"level": 0},
        {"level": 6},
        {"level": "1"},
        {},
        {"level": 1, "stars": 5},
        {"level": 1, "comment": "x" * 1001},
    ):
        assert desk.call("POST", f"/api/v1/public/ratings/{token}", None, body)[0] == 422, body
    assert desk.call("POST", f"/api/v1/public/ratings/{token}x", None, {"level": 1})[0] == 404
    assert rate(desk, 1)[0] == 201
    assert rate(desk, 5)[1]["code"] == "ALREADY_RATED"
    assert desk.call("POST", f"/api/v1/cases/{closed}/rating", "applicant1", {"level": 2})[1]["code"] == "ALREADY_RATED"
    assert bad(desk, "clerk1") == []
    with desk.office.work() as connection:
        assert token not in connection.exec_driver_sql("select token_hash from rating_invitations").scalar_one()


def test_the_party_rates_its_own_case_only_after_the_end(desk: Desk) -> None:
    case_no = applied(desk, ITEM)
    path = f"/api/v1/cases/{case_no}/rating"
    assert desk.call("POST", path, "applicant1", {"level": 1})[1]["code"] == "NOT_INVITED"
    carried(desk, case_no)
    assert desk.call("POST", path, "applicant2", {"level": 1})[0] == 404
    assert desk.call("POST", path, "clerk1", {"level": 1})[0] == 404
    assert desk.call("POST", path, "applicant1", {"level": 3})[1] == {
        "level": 3, "name": "基本满意", "anonymous": False, "follow_up": False,
    }  # fmt: skip


def test_a_bad_rating_is_called_back_answered_put_right_and_closed_by_the_head(desk: Desk, closed: str) -> None:
    assert rate(desk, 4, comment="等了很久")[1]["follow_up"]
    (row,) = bad(desk, "clerk1", "?open=true")
    assert (row["case_no"], row["due_on"], row["overdue"]) == (closed, "2026-09-08", False)
    assert "reviewer1" in row["handlers"] and "applicant1" not in row["handlers"]
    assert step(desk, "clerk1", "answer") == (409, "STEP_NOT_ALLOWED"), "a named party is called back first"
    assert step(desk, "applicant1", "call-back")[0] == 403
    assert step(desk, "clerk1", "call-back") == (200, "called-back")
    assert step(desk, "clerk1", "close")[0] == 403
    assert step(desk, "clerk1", "answer") == (200, "answered")
    assert step(desk, "clerk1", "rectify") == (200, "rectified")
    assert step(desk, "head1", "close") == (200, "closed")
    assert step(desk, "head1", "close") == (409, "STEP_NOT_ALLOWED")
    assert [taken["step"] for taken in bad(desk, "clerk1")[0]["steps"]] == ["call-back", "answer", "rectify", "close"]
    assert bad(desk, "clerk1", "?open=true") == []
    assert desk.get("/api/v1/ratings/bad", "applicant1")[0] == 403


def test_who_wished_to_stay_unknown_is_unknown_to_the_handlers(desk: Desk, closed: str) -> None:
    rate(desk, 5, anonymous=True, comment="态度不好")
    (row,) = bad(desk, "clerk1")
    assert (row["case_no"], row["handlers"], row["rated_at"]) == (None, [], "2026-09-01")
    assert closed not in str(row) and bad(desk, "supervisor1")[0]["case_no"] == closed
    desk.work()
    (told,) = [m for m in desk.get("/api/v1/messages?limit=100", "head1")[1]["items"] if m["action"] == "rating-bad"]
    assert told["case_no"] is None and closed not in str(told)
    assert step(desk, "clerk1", "answer") == (200, "answered"), "nobody calls back an unknown party"


def test_a_mistaken_rating_is_appealed_against_and_judged_by_the_supervisor(desk: Desk, closed: str) -> None:
    rate(desk, 5)
    assert step(desk, "reviewer2", "appeal")[0] == 403, "not one of those who were rated"
    assert step(desk, "clerk1", "call-back")[0] == 200
    assert step(desk, "reviewer1", "appeal") == (200, "appealed")
    assert step(desk, "clerk1", "answer") == (409, "STEP_NOT_ALLOWED")
    assert step(desk, "head1", "uphold")[0] == 403
    assert step(desk, "supervisor1", "dismiss") == (200, "called-back"), "back to where it stood"
    assert step(desk, "reviewer1", "appeal") == (200, "appealed")
    assert desk.get("/api/v1/statistics/ratings", "head1")[1]["items"][0]["bad"] == 1
    assert step(desk, "supervisor1", "uphold") == (200, "void")
    assert desk.get("/api/v1/statistics/ratings", "head1")[1]["items"] == []


def test_a_bad_rating_not_closed_in_time_is_told_once(desk: Desk, closed: str) -> None:
    rate(desk, 4)
    desk.set("2026-09-08T23:00:00")
    assert tell_late(desk.office, desk.now()) == 0 and bad(desk, "clerk1")[0]["overdue"] is False
    desk.set("2026-09-09T00:00:01")
    assert tell_late(desk.office, desk.now()) == 1 and tell_late(desk.office, desk.now()) == 0
    assert bad(desk, "clerk1")[0]["overdue"] is True


def test_ratings_are_counted_by_item_department_and_person(desk: Desk, closed: str) -> None:
    rate(desk, 2)
    counted = desk.get("/api/v1/statistics/ratings", "clerk1")[1]
    assert counted["items"] == [
        {"key": ITEM, "rated": 1, "average_level_hundredths": 200, "good": 1, "bad": 0, "put_right": 0}
    ]
    assert (counted["invited"], counted["rated"]) == (1, 1)
    assert desk.get("/api/v1/statistics/ratings?by=person", "clerk1")[0] == 403
    people = desk.get("/api/v1/statistics/ratings?by=person", "auditor1")[1]["items"]
    assert "reviewer1" in {row["key"] for row in people}
    assert desk.get("/api/v1/statistics/ratings?by=department&to=2026-08-31", "auditor1")[1]["items"] == []
    assert desk.get("/api/v1/statistics/ratings", "applicant1")[0] == 403
    with pytest.raises(SQLAlchemyError), desk.office.work() as connection:
        connection.exec_driver_sql("update ratings set level = 6")
