"""The notice for the next year arrives in a running office: real API, real worker, over HTTP."""

import json
from typing import Any

from tests.calendar.notices import plain_2027
from tests.infrastructure.live import LiveOffice
from tests.story.test_item_02 import required, submitted


def test_the_worker_counts_cases_anew_and_tells_people(live: LiveOffice) -> None:
    live.at("2026-12-21T10:00:00", worker=False)
    case_no = submitted(live)
    for name in required(live, case_no):
        live.upload(case_no, "applicant1", name)
    before = live.done(case_no, "clerk1", "accept")["due"]
    live.at("2026-12-28T09:00:00")
    status, answer = live.call("POST", "/api/v1/calendar", "catalog1", plain_2027(off={"临时放假": "01-08"}))
    assert (status, answer["code"]) == (409, "CALENDAR_NOT_CONFIRMED")
    body = plain_2027(off={"临时放假": "01-08"}) | {"confirm": True}
    status, answer = live.call("POST", "/api/v1/calendar", "catalog1", body)
    assert status == 202, answer
    status, answer = live.call("POST", f"/api/v1/proposals/{answer['id']}/confirm", "catalog2", {})
    assert status == 200, answer

    def told() -> Any:
        _, trail = live.get(f"/api/v1/cases/{case_no}/events?limit=100", "applicant1")
        last = trail["items"][-1]
        return last if last["type"] == "calendar-changed" else None

    event = live.wait_for(told, 30)
    dues = {due["clock"]: due for due in event["data"]["effects"]["dues"]}
    after = live.case(case_no)["due"]
    assert after == {name: dues[name]["due"] for name in before} and after["statutory"] > before["statutory"]

    def sent() -> Any:
        files = [json.loads(path.read_text(encoding="utf-8")) for path in (live.folder / "outbox").glob("*.json")]
        return {message["to"] for message in files if message["action"] == "calendar-changed"}

    live.wait_for(lambda: sent() == {"applicant1", "reviewer1", "reviewer2"}, 30)
