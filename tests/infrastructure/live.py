"""A running office: the same commands a deployment runs, as processes, at a time of the test's choosing."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
import uuid
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from api.cli.parts import granian_command, worker_command

START_SECONDS = 40


class LiveOffice:
    """API and worker processes over one database; at() restarts them at another time."""

    def __init__(self, database_url: str, broker_url: str, folder: Path) -> None:
        self.port = _free_port()
        self.folder = folder
        self.env = {
            **os.environ,
            "DATABASE_URL": database_url,
            "BROKER_URL": broker_url,
            "BANJIAN_DATA": str(folder),
            "BANJIAN_SECRET_KEY": "live-test",
            "BANJIAN_DEMO": "1",
            "BANJIAN_OUTBOX_DIR": str(folder / "outbox"),
        }
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._tokens: dict[str, str] = {}

    def at(self, moment: str, *, worker: bool = True) -> None:
        """Run from this moment on (Asia/Shanghai, 2026-09-01T09:00:00)."""
        self.stop()
        self.env |= {"BANJIAN_CLOCK": f"{moment}+08:00", "BANJIAN_CLOCK_STARTED": str(time.time())}
        self.start("api", granian_command("127.0.0.1", self.port, workers=1, threads=4))
        if worker:
            self.start_worker()
        self.wait_for(lambda: self.get("/healthz")[0] == 200)

    def now(self) -> datetime:
        """Return what time it is in the office."""
        begun = datetime.fromisoformat(self.env["BANJIAN_CLOCK"])
        return begun + timedelta(seconds=time.time() - float(self.env["BANJIAN_CLOCK_STARTED"]))

    def start_worker(self) -> None:
        """Start a real Celery worker."""
        self.start("worker", worker_command(concurrency=2))

    def start(self, name: str, command: list[str]) -> None:
        """Start one program, its output kept beside the test."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command, env=self.env, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )

    def kill(self, name: str) -> None:
        """Kill one program without warning."""
        process = self.processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)

    def stop(self) -> None:
        """End every program."""
        for name in list(self.processes):
            self.kill(name)

    def wait_for(self, condition: Any, seconds: float = START_SECONDS) -> Any:
        """Return the first true answer; fail if none comes in time."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                found = condition()
                if found:
                    return found
            except (OSError, urllib.error.URLError):
                pass
            time.sleep(0.1)
        logs = "\n".join(f"{p.name}: {p.read_text(errors='replace')[-1500:]}" for p in self.folder.glob("*.log"))
        raise AssertionError(f"did not happen within {seconds} s\n{logs}")

    def get(self, path: str, who: str | None = None) -> tuple[int, Any]:
        """Return (status, JSON) of a GET."""
        return self.call("GET", path, who)

    def call(
        self, method: str, path: str, who: str | None, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        """Return (status, JSON) of a request."""
        send = {"Content-Type": "application/json", **(headers or {})}
        if who:
            send["Authorization"] = f"Bearer {self.token(who)}"
        data = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data=data, headers=send, method=method)
        try:
            with urllib.request.urlopen(request, timeout=20) as response:
                return response.status, json.loads(response.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"null")

    def token(self, who: str) -> str:
        """Return a token of a demo account."""
        if who not in self._tokens:
            status, answer = self.call(
                "POST", "/api/v1/auth/token", None, {"username": who, "password": "banjian-demo"}
            )
            assert status == 200, answer
            self._tokens[who] = answer["access_token"]
        return self._tokens[who]

    def case(self, case_no: str, who: str = "reviewer1") -> Any:
        """Return the case as somebody reads it."""
        status, case = self.get(f"/api/v1/cases/{case_no}", who)
        assert status == 200, case
        return case

    def act(self, case_no: str, who: str, action: str, /, **data: Any) -> tuple[int, Any]:
        """Return (status, answer) of an action at the present version."""
        version = self.case(case_no, "auditor1")["version"]
        return self.call(
            "POST",
            f"/api/v1/cases/{case_no}/actions/{action}",
            who,
            {"data": data},
            {"If-Match": f'"{version}"', "Idempotency-Key": uuid.uuid4().hex},
        )

    def done(self, case_no: str, who: str, action: str, /, **data: Any) -> Any:
        """Return the case after an action that has to succeed."""
        status, answer = self.act(case_no, who, action, **data)
        assert status == 200, (action, status, answer)
        return answer

    def upload(self, case_no: str, who: str, name: str) -> None:
        """Hand in one material as a PDF."""
        boundary = uuid.uuid4().hex
        parts = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="name"\r\n\r\n{name}\r\n'
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="材料.pdf"\r\n'
            f"Content-Type: application/pdf\r\n\r\n%PDF-1.4 {name}\r\n--{boundary}--\r\n"
        )
        status, answer = self.call(
            "POST",
            f"/api/v1/cases/{case_no}/materials",
            who,
            parts.encode(),
            {"Content-Type": f"multipart/form-data; boundary={boundary}"},
        )
        assert status == 201, answer


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
