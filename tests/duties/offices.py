"""An office in which some people hold several posts, and some have two accounts."""

from datetime import UTC, datetime
from typing import Any

from tests.infrastructure.desk import Desk
from tests.story.telling import applied, visited
from workflow.store import humans

LAW = "公务员法 第七十六条、第七十八条"


def also(desk: Desk, person: str, *posts: str) -> None:
    """Give a person more posts, in every department."""
    with desk.office.work() as connection:
        for post in posts:
            connection.exec_driver_sql(
                "insert into person_posts (person_id, department, post)"
                " select distinct %(person)s, department, %(post)s from person_posts on conflict do nothing",
                {"person": person, "post": post},
            )


def one_human(desk: Desk, *accounts: str) -> None:
    """Say that these accounts are one human's."""
    with desk.office.work() as connection:
        at = datetime(2026, 1, 1, tzinfo=UTC)
        humans.link(connection, list(accounts), accounts[0], by="test", because="同一人", at=at)


def in_review(desk: Desk, code: str = "29", **answers: Any) -> str:
    """Return an accepted case."""
    case_no = applied(desk, code, **answers)
    desk.done(case_no, "clerk1", "accept")
    return case_no


def proposed(desk: Desk, code: str = "29", *, by: str = "reviewer1") -> str:
    """Return a case that waits for its decision."""
    case_no = in_review(desk, code)
    if code in ON_SITE:
        visited(desk, case_no)
    desk.done(case_no, by, "propose", conclusion="grant", findings="依照标准审查")
    return case_no


ON_SITE = ("02",)


def status_of(desk: Desk, case_no: str, who: str, action: str, version: int, **data: Any) -> tuple[int, str]:
    """Return (status, code) of an act by somebody who may not even read the case."""
    path = f"/api/v1/cases/{case_no}/actions/{action}"
    status, answer = desk.call("POST", path, who, {"data": data}, {"If-Match": f'"{version}"'})
    return status, str(answer.get("code", ""))
