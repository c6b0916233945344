"""The embedded servers: odd folders, what a crash leaves behind, and strangers that must not be touched."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest
import redis
from sqlalchemy import text

from api.embedded import postgres, sockets, valkey
from api.embedded.supervisor import StartError, Supervisor, only_one
from workflow.store.connect import engine_for


@pytest.fixture
def place(run_folder: Path) -> Iterator[Path]:
    """A folder with a short name, gone after the test; the database's own user may pass through it."""
    folder = Path(tempfile.mkdtemp(dir=run_folder))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A stranger's process, in a group of its own."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(120)"], start_new_session=True)
    yield process
    process.kill()
    process.wait(10)


def answer(database_url: str) -> int:
    engine = engine_for(database_url, pool_size=1)
    with engine.connect() as connection:
        found = int(connection.execute(text("select 41 + 1")).scalar_one())
    engine.dispose()
    return found


@pytest.mark.parametrize("name", ["a b", "办件", "x" * 90, "#%&;(1)"])
def test_both_servers_run_in_a_folder_with_an_odd_name(place: Path, name: str) -> None:
    folder = place / "odd-x" / name
    folder.mkdir(parents=True, exist_ok=True)
    address, handle = postgres.start(folder / "pg")
    try:
        assert answer(address) == 42 and postgres.is_running(handle)
    finally:
        postgres.stop(handle)
    assert not postgres.is_running(handle)
    url, server = valkey.start(folder / "v")
    try:
        path = url.removeprefix("redis+socket://")
        with closing(redis.Redis(unix_socket_path=path)) as client:
            assert client.set("kept", "yes") and valkey.is_running(url)
    finally:
        valkey.stop(server, url)
    assert not valkey.is_running(url)
    assert not Path(path).parent.is_symlink()
    assert (folder / "v" / "appendonlydir").is_dir()


@pytest.mark.parametrize("sign", ['"', "$", "`", "\\"])
def test_a_folder_a_shell_would_misread_is_refused(tmp_path: Path, sign: str) -> None:
    with pytest.raises(sockets.DataFolderError, match="choose another --data"):
        postgres.start(tmp_path / f"a{sign}b")


def test_a_stand_in_that_belongs_to_somebody_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets.tempfile, "gettempdir", lambda: "/tmp")
    folder = tmp_path / "a b"
    private = sockets.stand_in(folder)
    private.rmdir()
    private.symlink_to(tmp_path)
    try:
        with pytest.raises(sockets.DataFolderError, match="belongs to somebody else"):
            sockets.stand_in(folder)
    finally:
        private.unlink()


def test_a_stand_in_left_by_a_killed_server_is_used_again(place: Path) -> None:
    folder = place / "killed x"
    _, handle = postgres.start(folder)
    handle.get_postmaster_info().process.kill()
    psutil.wait_procs([handle.get_postmaster_info().process], timeout=5)
    postgres.postgres_server.PostgresServer._instances.pop(folder.resolve())
    address, again = postgres.start(folder, is_only_user=True)
    assert answer(address) == 42
    postgres.stop(again)


def test_a_number_that_now_belongs_to_a_stranger_is_not_taken_for_postgresql(
    place: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    folder = place / "stale-x"
    address, handle = postgres.start(folder)
    postgres.stop(handle)
    stale = f"{sleeper.pid}\n{folder}\n1700000000\n5432\n{folder}\n\n 1 1\nready\n"
    (folder / "postmaster.pid").write_text(stale)
    (folder / ".handle_pids.json").write_text(json.dumps([sleeper.pid, 2**22 - 7]))
    address, handle = postgres.start(folder, is_only_user=True)
    assert answer(address) == 42
    assert json.loads((folder / ".handle_pids.json").read_text()) == [os.getpid()]
    postgres.stop(handle)
    assert not postgres.is_running(handle)
    assert sleeper.poll() is None


def test_a_list_of_users_cut_off_in_the_middle_does_not_stop_the_start(place: Path) -> None:
    folder = place / "cut-x"
    folder.mkdir(exist_ok=True)
    _, handle = postgres.start(folder)
    postgres.stop(handle)
    (folder / ".handle_pids.json").write_text("[12")
    address, handle = postgres.start(folder)
    assert answer(address) == 42
    postgres.stop(handle)


def test_a_data_folder_has_one_office(tmp_path: Path) -> None:
    holder = (
        "import sys, pathlib; from api.embedded.supervisor import only_one\n"
        "with only_one(pathlib.Path(sys.argv[1])):\n"
        "    print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", holder, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None and other.stdout.readline() == "held\n"
        with pytest.raises(StartError, match="is in use by another banjian serve"), only_one(tmp_path):
            pass
        other.kill()
        other.wait(10)
    with only_one(tmp_path):
        pass


def _written_down(folder: Path, pid: int, created: float) -> Supervisor:
    (folder / "children.json").write_text(json.dumps([{"pid": pid, "created": created}]))
    return Supervisor(folder, {})


def test_what_outlived_a_killed_supervisor_is_ended(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    _written_down(tmp_path, sleeper.pid, psutil.Process(sleeper.pid).create_time()).prepare()
    assert sleeper.wait(10) != 0
    assert not (tmp_path / "children.json").exists()


def test_one_that_has_no_command_line_yet_is_ended_too(
    tmp_path: Path, sleeper: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(psutil.Process, "cmdline", lambda self: [])  # as in the instant after its start
    _written_down(tmp_path, sleeper.pid, psutil.Process(sleeper.pid).create_time()).prepare()
    assert sleeper.wait(10) != 0


def test_what_a_dead_program_left_behind_is_ended(tmp_path: Path) -> None:
    script = (
        "import subprocess, sys\n"
        "inner = 'import os, time; print(os.getpid(), flush=True); time.sleep(120)'\n"
        "subprocess.Popen([sys.executable, '-c', inner])\n"
        "sys.stdin.read()"
    )
    command = [sys.executable, "-c", script]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True) as first:
        assert first.stdout is not None
        left = psutil.Process(int(first.stdout.readline()))
        created = psutil.Process(first.pid).create_time()
        first.kill()
        first.wait(10)
    _written_down(tmp_path, first.pid, created).prepare()
    _, alive = psutil.wait_procs([left] if left.is_running() else [], timeout=10)
    assert not [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]


def test_a_number_that_now_belongs_to_a_stranger_is_not_ended(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    _written_down(tmp_path, sleeper.pid, psutil.Process(sleeper.pid).create_time() - 100).prepare()
    assert sleeper.poll() is None


def _watched(tmp_path: Path, name: str) -> tuple[int, list[str]]:
    """Run a tree of one program that ends at once beside one that goes on; return exit code and lines."""
    said: list[str] = []
    supervisor = Supervisor(tmp_path, dict(os.environ))

    def say(line: str) -> None:
        said.append(line)
        if "stopped by itself" in line:
            supervisor.stopping = True

    supervisor.start("steady", [sys.executable, "-c", "import time; time.sleep(120)"])
    supervisor.start(name, [sys.executable, "-c", "raise SystemExit(3)"])
    groups = [child.process.pid for child in supervisor.children]
    try:
        code = supervisor.watch(say, lambda: None)
    finally:
        supervisor.stop()
    assert not any(psutil.pid_exists(group) for group in groups)
    return code, said


def test_the_end_of_the_api_is_the_end_of_all(tmp_path: Path) -> None:
    code, said = _watched(tmp_path, "api")
    assert code == 1 and len(said) == 1 and "api stopped by itself (code 3)" in said[0]


def test_a_worker_that_will_not_run_is_tried_five_times_and_then_ends_all(tmp_path: Path) -> None:
    code, said = _watched(tmp_path, "worker")
    assert code == 1 and len(said) == 6 and "5 of 5" in said[4] and "stopped by itself" in said[5]


def test_without_a_beat_the_office_goes_on(tmp_path: Path) -> None:
    code, said = _watched(tmp_path, "beat")
    assert code == 0 and len(said) == 6 and "stopped by itself" in said[5]


def test_the_end_of_a_server_is_the_end_of_all(tmp_path: Path) -> None:
    said: list[str] = []
    looks = [None, "PostgreSQL"]
    supervisor = Supervisor(tmp_path, {})

    def ended() -> str | None:
        supervisor.stopping = not looks  # nobody listened: do not go on for ever
        return looks.pop(0) if looks else None

    assert supervisor.watch(said.append, ended) == 1
    assert said == ["PostgreSQL stopped by itself"]
