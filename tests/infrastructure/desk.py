"""The whole office in this process, at a time of the test's choosing: the same calls as LiveOffice, without processes.

Requests go through the application's WSGI interface; work() does what a worker does: clocks, then the outbox.
"""

import io
import json
import time
import uuid
from datetime import datetime
from typing import Any

import pytest
from flask import Flask

from workflow.casework.now import now
from workflow.casework.office import Office
from workflow.casework.outbox import relay
from workflow.casework.reminders import remind_due
from workflow.casework.tick import tick_due

PASSWORD = "banjian-demo"
ROUNDS_MAX = 50


class Desk:
    """People at their desks, one application, a clock that is set."""

    def __init__(self, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
        self.app, self.client, self._patch = app, app.test_client(), monkeypatch
        self.office: Office = app.extensions["banjian.office"]
        self._tokens: dict[str, str] = {}

    def at(self, moment: str) -> None:
        """Set the clock (Asia/Shanghai, 2026-09-01T09:00:00) and let the worker do what is due by then."""
        self.set(moment)
        self.work()

    def set(self, moment: str) -> None:
        """Only set the clock."""
        self._patch.setenv("BANJIAN_DEMO", "1")
        self._patch.setenv("BANJIAN_CLOCK", f"{moment}+08:00")
        self._patch.setenv("BANJIAN_CLOCK_STARTED", str(time.time()))
        self._tokens.clear()

    def now(self) -> datetime:
        """Return what time it is in the office."""
        return now()

    def work(self) -> None:
        """Let clocks act and the outbox empty, until nothing is left to do now."""
        for _ in range(ROUNDS_MAX):
            done = tick_due(self.office, now()) + remind_due(self.office, now()) + relay(self.office, now())
            if not done:
                return
        raise AssertionError("the worker never comes to rest")

    def call(
        self, method: str, path: str, who: str | None, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        """Return (status, JSON) of a request."""
        send = dict(headers or {})
        if who:
            send["Authorization"] = f"Bearer {self.token(who)}"
        answer = self.client.open(path, method=method, json=body, headers=send)
        return answer.status_code, json.loads(answer.data or b"null")

    def get(self, path: str, who: str | None = None) -> tuple[int, Any]:
        """Return (status, JSON) of a GET."""
        return self.call("GET", path, who)

    def token(self, who: str) -> str:
        """Return a token of a demo account."""
        if who not in self._tokens:
            status, answer = self.call("POST", "/api/v1/auth/token", None, {"username": who, "password": PASSWORD})
            assert status == 200, answer
            self._tokens[who] = answer["access_token"]
        return self._tokens[who]

    def case(self, case_no: str, who: str = "auditor1") -> Any:
        """Return the case as somebody reads it."""
        status, case = self.get(f"/api/v1/cases/{case_no}", who)
        assert status == 200, case
        return case

    def act(self, case_no: str, who: str, action: str, /, **data: Any) -> tuple[int, Any]:
        """Return (status, answer) of an action at the present version."""
        version = self.case(case_no)["version"]
        status, answer = self.call(
            "POST",
            f"/api/v1/cases/{case_no}/actions/{action}",
            who,
            {"data": data},
            {"If-Match": f'"{version}"', "Idempotency-Key": uuid.uuid4().hex},
        )
        self.work()
        return status, answer

    def done(self, case_no: str, who: str, action: str, /, **data: Any) -> Any:
        """Return the case after an action that has to succeed, and after what the worker made of it."""
        status, answer = self.act(case_no, who, action, **data)
        assert status == 200, (action, status, answer)
        return self.case(case_no)

    def refused(self, case_no: str, who: str, action: str, /, **data: Any) -> str:
        """Return the code with which an action is refused."""
        status, answer = self.act(case_no, who, action, **data)
        assert status in (403, 404, 409, 422), (action, status, answer)
        return str(answer["code"])

    def upload(self, case_no: str, who: str, name: str) -> None:
        """Hand in one material as a PDF."""
        answer = self.client.post(
            f"/api/v1/cases/{case_no}/materials",
            data={"name": name, "file": (io.BytesIO(f"%PDF-1.4 {name}".encode()), "材料.pdf")},
            headers={"Authorization": f"Bearer {self.token(who)}"},
            content_type="multipart/form-data",
        )
        assert answer.status_code == 201, answer.data.decode()
        self.work()
