"""Every process type once more with real processes: HTTP, a Celery worker, a broker, side by side in one office."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

import pytest

from service_catalog.catalog import catalog
from tests.infrastructure.live import LiveOffice
from tests.service_catalog.builders import granting_answers
from tests.story.telling import applied, branches, carried, clocks, delivered, finished, taken_in
from workflow.casework.office import Office

PAPERS_SECONDS = 30


@pytest.fixture
def office_at_work(live: LiveOffice, office: Office) -> LiveOffice:
    """The running office; the stories look up branches in its database."""
    live.office = office  # type: ignore[attr-defined]
    return live


def filed(live: LiveOffice) -> str:
    """instant: a filing confirmed by whoever receives it."""
    return applied(live, "17")


def granted_by_machine(live: LiveOffice) -> str:
    """self-service: every rule is true."""
    return applied(live, "31", **granting_answers(catalog().newest("31")))


def taken_over_by_a_person(live: LiveOffice) -> str:
    """self-service: the applicant does not want a machine to decide alone."""
    case_no = applied(live, "31", says={"wants_a_person": True}, **granting_answers(catalog().newest("31")))
    assert live.case(case_no)["state"] == "received"
    return case_no


def committed_to_conditions(live: LiveOffice) -> str:
    """notify-commit: granted at once, verified afterwards."""
    return applied(live, "45", apply_mode="告知承诺")


# How it begins, the state in which it ends, the paper that grants, whether there is a permit of the item.
STORIES: Mapping[str, tuple[Callable[[LiveOffice], str], tuple[str, ...], str, str]] = {
    "instant": (filed, ("closed",), "备案证明", "17"),
    "self-service": (granted_by_machine, ("closed", "audited"), "备案证明", "31"),
    "self-service, by a person": (taken_over_by_a_person, ("closed",), "备案证明", "31"),
    "notify-commit": (committed_to_conditions, ("verified",), "准予行政许可决定书", "45"),
    "document-review": (lambda live: applied(live, "29"), ("closed",), "准予行政许可决定书", "29"),
    "on-site": (lambda live: applied(live, "02"), ("closed",), "准予行政许可决定书", "02"),
    "expert-review": (lambda live: applied(live, "03"), ("closed",), "准予行政许可决定书", "03"),
}


def ready_papers(live: LiveOffice, case_no: str) -> Any:
    """Return the titles of a case's papers once a worker has frozen all of them."""

    def all_frozen() -> Any:
        _, listed = live.get(f"/api/v1/cases/{case_no}/documents", "auditor1")
        return listed["items"] if all(paper["sha256"] for paper in listed["items"]) else None

    return [paper["title"] for paper in live.wait_for(all_frozen, PAPERS_SECONDS)]


def permits(live: LiveOffice) -> list[str]:
    """Return the items of which the applicant holds a valid permit."""
    _, held = live.get("/api/v1/permits?limit=100", "applicant1")
    return sorted(permit["item_code"] for permit in held["items"] if permit["status"] == "valid")


def test_six_types_run_to_their_ends_side_by_side(office_at_work: LiveOffice) -> None:
    live = office_at_work
    live.at("2026-09-01T09:00:00")
    begun = {name: begin(live) for name, (begin, *_) in STORIES.items()}
    ended = {name: carried(live, case_no)["state"] for name, case_no in begun.items()}
    assert {name: state for name, state in ended.items() if state not in STORIES[name][1]} == {}
    issued = {name: ready_papers(live, case_no) for name, case_no in begun.items()}
    assert {name: titles for name, titles in issued.items() if STORIES[name][2] not in titles} == {}
    with_certificate = [code for *_, code in STORIES.values() if catalog().newest(code).certificate]
    assert permits(live) == sorted(with_certificate)


def test_a_public_notice_runs_its_days_by_the_workers_clock(office_at_work: LiveOffice) -> None:
    live = office_at_work
    live.at("2026-09-01T09:00:00")
    case_no = applied(live, "37", has_interested_parties=True)
    taken_in(live, case_no)
    live.done(case_no, "reviewer1", "publicise", stage="before-decision", where="门户网站公示栏")
    due = date.fromisoformat(clocks(live, case_no)["publicity"]["due"])
    live.at(f"{due}T23:00:00", worker=False)
    assert live.case(case_no)["state"] == "in-publicity"
    live.at(f"{due + timedelta(days=1)}T00:00:05")
    live.wait_for(lambda: live.case(case_no)["state"] == "in-review")
    assert carried(live, case_no)["state"] == "closed"
    assert {"公示公告", "准予行政许可决定书", "送达回证"} <= set(ready_papers(live, case_no))
    assert permits(live) == ["37"]


def test_branches_are_opened_though_the_worker_was_killed_and_restarted(office_at_work: LiveOffice) -> None:
    live = office_at_work
    live.at("2026-09-01T09:00:00")
    case_no = applied(live, "09")
    live.kill("worker")
    taken_in(live, case_no)
    assert (live.case(case_no)["state"], branches(live, case_no)) == ("collecting", {})
    live.at("2026-09-01T09:10:00")  # whatever the killed worker had taken in hand is free again after a minute
    first = live.wait_for(lambda: branches(live, case_no))
    assert list(first) == [branch.key for branch in catalog().newest("09").branches if not branch.after]

    live.kill("worker")
    for branch_no in first.values():
        finished(live, branch_no)
    assert branches(live, case_no) == {}  # the joint case has not heard of it yet
    live.at("2026-09-01T09:20:00")
    opened = dict(first)
    while live.case(case_no)["state"] != "joined":
        found = live.wait_for(lambda: branches(live, case_no) or live.case(case_no)["state"] == "joined")
        for key, branch_no in found.items() if found is not True else ():
            opened[key] = branch_no
            finished(live, branch_no)
    assert set(opened) == {branch["branch"] for branch in live.case(case_no)["branches"]} > set(first)
    assert live.done(case_no, "approver1", "finish-bundle")["outcome"] == "granted"
    assert delivered(live, case_no)["state"] == "closed"
    assert {"综合受理通知书", "联审意见汇总", "联合办理决定书"} <= set(ready_papers(live, case_no))
    assert "08" in permits(live)
