"""The keys of personal data: made once, checked at start, rotated; a value opens only where it was sealed."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from api.cli.keys import keys as command
from api.config import ConfigError, Settings
from workflow.casework.office import Office
from workflow.store import keys, personal
from workflow.store.keys import DataKeyError


@pytest.fixture
def key_file(tmp_path: Path) -> Iterator[Path]:
    """A key file of this test's own."""
    path = tmp_path / "data.key"
    keys.use(path, may_make=True)
    yield path
    keys.use(None)


@given(st.text(), st.text())
def test_what_was_sealed_opens_in_its_place_and_shows_nothing_outside(value: str, place: str) -> None:
    sealed = personal.seal(value, place)
    assert personal.opened(sealed, place) == value
    if value:
        assert personal.is_sealed(sealed) and (len(value) < 4 or value not in sealed)
        assert sealed != personal.seal(value, place), "the same value twice looks different"


def test_a_value_that_was_moved_or_changed_does_not_open_and_the_error_does_not_say_it(key_file: Path) -> None:
    sealed = personal.seal("13820060303", "cases.applicant/A/phone")
    wrong = [(sealed, "cases.applicant/B/phone"), (sealed, "cases.applicant/A/id_no")]
    wrong += [(sealed[:-6] + "AAAA==", "cases.applicant/A/phone"), ("enc:k1:!", ""), ("enc:k9:AAAA", ""), ("enc:", "")]
    for text, place in wrong:
        with pytest.raises(personal.CannotOpen) as told:
            personal.opened(text, place)
        assert "13820060303" not in str(told.value)


def test_fields_are_sealed_with_their_kind_whatever_they_hold_and_older_rows_are_read_as_they_are() -> None:
    plain = {"name": "张三", "id_no": "120101199003071233", "staff": ["李四", "王五"], "area": 3, "phone": None}
    kinds = {"id_no": "id_no", "staff": "people", "phone": "phone"}
    stored = personal.seal_fields(plain, kinds, "cases.form/A")
    assert "1990" not in str(stored) and "李四" not in str(stored) and stored["area"] == 3
    assert personal.open_fields(stored, "cases.form/A") == plain
    assert personal.kinds_in(stored) == {"id_no": "id_no", "staff": "people"}
    assert personal.open_fields(plain, "cases.form/A") == plain


def test_an_index_is_equal_for_equal_values_of_one_purpose_and_keyed(key_file: Path) -> None:
    found = personal.blind("120101199003071233", "bans")
    assert found == personal.blind("120101199003071233", "bans") != personal.blind("120101199003071233", "cases")
    keys.use(key_file.with_name("other.key"), may_make=True)
    assert found != personal.blind("120101199003071233", "bans")


def test_a_commitment_needs_its_salt() -> None:
    salt, form = personal.new_salt(), {"area": 3}
    assert personal.commitment(salt, form) == personal.commitment(salt, {"area": 3})
    assert personal.commitment(salt, form) != personal.commitment(personal.new_salt(), form)


def test_the_file_is_made_once_for_its_owner_only(key_file: Path) -> None:
    before = key_file.read_text()
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    keys.use(key_file, may_make=True)
    assert keys.held().path == key_file and key_file.read_text() == before
    keys.write(key_file, keys.new_ring(), is_new=True)
    assert key_file.read_text() == before, "a second process that comes as early changes nothing"


def test_a_start_without_its_key_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    env = {"DATABASE_URL": "postgresql:///x", "BROKER_URL": "redis://x", "BANJIAN_DATA": str(tmp_path)}
    monkeypatch.setenv("BANJIAN_DATA_KEY_FILE", str(tmp_path / "gone.key"))
    keys.use(None)
    with pytest.raises(ConfigError, match=r"gone\.key cannot be read .* BANJIAN_DATA_KEY_FILE"):
        Settings.from_env(env)
    damaged = tmp_path / "damaged.key"
    for text in ("", "{}", '{"current": "k1", "keys": {"k1": "AAAA"}, "index": "AAAA"}', "[]", "ключ"):
        damaged.write_text(text)
        with pytest.raises(DataKeyError) as told:
            keys.read(damaged)
        assert str(damaged) in str(told.value)
    keys.write(damaged, keys.new_ring())
    damaged.chmod(0o644)
    with pytest.raises(DataKeyError, match="chmod 600"):
        keys.read(damaged)
    monkeypatch.delenv("BANJIAN_DATA_KEY_FILE")
    monkeypatch.setenv("BANJIAN_DATA", str(tmp_path))
    keys.use(None)
    assert keys.held().path == tmp_path / "data.key" and (tmp_path / "data.key").exists()
    monkeypatch.undo()
    keys.use(None)


def test_a_start_with_another_key_than_the_databases_is_refused(
    key_file: Path, office: Office, database_url: str
) -> None:
    with office.work() as connection:
        keys.check(connection)
    with office.work() as connection:
        keys.check(connection)
    keys.use(key_file.with_name("other.key"), may_make=True)
    not_ours = pytest.raises(DataKeyError, match=r"other\.key is not the one this database was sealed with")
    with not_ours, office.work() as connection:
        keys.check(connection)
    told = CliRunner(env={"DATABASE_URL": database_url}).invoke(command, ["check"])
    assert told.exit_code == 1 and "is not the one" in told.output


def test_a_rotation_is_followed_by_running_processes_and_old_keys_go_when_nothing_needs_them(
    key_file: Path, office: Office, database_url: str
) -> None:
    held, sealed = keys.held(), personal.seal("13820060303", "here")
    run = CliRunner(env={"DATABASE_URL": database_url})
    told = run.invoke(command, ["rotate"])
    assert told.exit_code == 0 and "sealed with k2" in told.output, told.output
    assert held.ring(fresh=True).current == "k2"
    assert personal.opened(sealed, "here") == "13820060303" and personal.key_of(personal.seal("x")) == "k2"
    told = run.invoke(command, ["retire"])
    assert told.exit_code == 1 and "processes may still seal with an older one" in told.output
    with office.work() as connection:
        connection.exec_driver_sql("update data_keys set created_at = now() - interval '2 minutes'")
    told = run.invoke(command, ["retire"])
    assert told.exit_code == 0 and "taken out: k1" in told.output, told.output
    assert "k1" not in held.ring(fresh=True).keys
    with pytest.raises(personal.CannotOpen, match="k1"):
        personal.opened(sealed, "here")
    told = run.invoke(command, ["check"])
    assert told.exit_code == 0 and "1 key(s), current k2" in told.output
    assert os.stat(key_file).st_mode & 0o777 == 0o600


def test_a_rotation_forgets_no_column_that_is_sealed(key_file: Path, office: Office, database_url: str) -> None:
    """Also accounts and second factors: whoever retires the old key must lose nothing."""
    with office.work() as connection:
        seal = personal.seal
        connection.exec_driver_sql(
            "insert into profiles (person_id, holder, id_no, id_index, phone, email, made_at, changed_at)"
            " values ('applicant1', 'person', %(id_no)s, %(index)s, %(phone)s, %(email)s, now(), now())",
            {
                "id_no": seal("a", "profiles.id_no/applicant1"),
                "index": "0" * 64,
                "phone": seal("b", "profiles.phone/applicant1"),
                "email": seal("c", "profiles.email/applicant1"),
            },
        )
        connection.exec_driver_sql(
            "insert into factors (person_id, secret, made_at) values ('applicant1', %(secret)s, now())",
            {"secret": seal("d", "factors.secret/applicant1")},
        )
    run = CliRunner(env={"DATABASE_URL": database_url})
    assert run.invoke(command, ["rotate"]).exit_code == 0
    with office.look() as connection:
        texts = [
            str(row)
            for table in ("profiles", "factors", "contacts", "cases", "permits", "documents", "idempotency")
            for row in connection.exec_driver_sql(f"select t::text from {table} t").scalars()
        ]
        factor = connection.exec_driver_sql("select secret from factors").scalar_one()
    assert not [text for text in texts if "enc:k1:" in text] and sum("enc:k2:" in text for text in texts) == 2
    assert personal.opened(factor, "factors.secret/applicant1") == "d"
