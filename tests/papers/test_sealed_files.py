"""The seal of the office on PDFs, where one is configured; and the check of everything that was issued."""

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from sqlalchemy.exc import DBAPIError, IntegrityError

from tests.infrastructure.desk import Desk
from tests.papers.test_certificate_life import certificate
from tests.papers.test_reading_papers import fetched, listed
from tests.story.telling import applied, carried
from tests.story.test_permits import permitted
from workflow.casework.paper_check import check_papers
from workflow.environment import ConfigError
from workflow.ledger.certificates import read_keys, verify
from workflow.papers import pades
from workflow.papers.inspect import compare
from workflow.store.connect import Connection

PASSWORD = "geheim"


@pytest.fixture
def stamp(tmp_path: Path) -> tuple[Path, x509.Certificate]:
    """A key with a certificate of its own making, as a PKCS#12 file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "示例机关电子印章")])
    usage = x509.KeyUsage(True, True, False, False, False, False, False, False, False)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    begun = datetime.now(UTC) - timedelta(days=1)
    made = builder.not_valid_before(begun).not_valid_after(begun + timedelta(days=30))
    signed = made.add_extension(usage, critical=True).sign(key, hashes.SHA256())
    path = tmp_path / "stamp.p12"
    path.write_bytes(
        pkcs12.serialize_key_and_certificates(b"stamp", key, signed, None, BestAvailableEncryption(PASSWORD.encode()))
    )
    return path, signed


def verdict(pdf: bytes, trusted: x509.Certificate) -> str:
    """Return what pyHanko's own validator says of the only signature."""
    root = asn1.Certificate.load(trusted.public_bytes(Encoding.DER))
    (signature,) = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
    return str(validate_pdf_signature(signature, ValidationContext(trust_roots=[root])).summary())


def test_papers_and_certificates_bear_the_configured_seal(
    desk: Desk, stamp: tuple[Path, x509.Certificate], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, signed = stamp
    monkeypatch.setenv(pades.P12, str(path))
    monkeypatch.setenv(pades.PASSWORD, PASSWORD)
    permit_no = permitted(desk)
    pdf = certificate(desk, permit_no)
    assert verdict(pdf, signed) == "INTACT:TRUSTED,UNTOUCHED"
    compare(pdf, verify(pdf, read_keys(desk.get("/api/v1/public/keys")[1])))
    case_no = desk.get("/api/v1/permits", "applicant1")[1]["items"][0]["case_no"]
    paper = listed(desk, case_no)[-1]
    body = fetched(desk, f"/api/v1/cases/{case_no}/documents/{paper['id']}.pdf", "applicant1").data
    assert verdict(body, signed) == "INTACT:TRUSTED,UNTOUCHED"
    spoiled = bytearray(body)
    spoiled[2000] ^= 1
    assert "INTACT" not in verdict(bytes(spoiled), signed)
    monkeypatch.setenv(pades.PASSWORD, "wrong")
    with pytest.raises(ConfigError, match=r"stamp\.p12"):
        pades.sealed(pdf, "x")


def drop_file(desk: Desk, _: Connection) -> None:
    """Take one issued file away."""
    next(path for path in (desk.office.folder / "papers").glob("??/*")).unlink()


def other_words(_: Desk, connection: Connection) -> None:
    """Change what a paper says."""
    connection.exec_driver_sql("update documents set content = jsonb_set(content, '{title}', '\"别的\"') where id = 1")


def other_number(_: Desk, connection: Connection) -> None:
    """Change the number of a paper."""
    connection.exec_driver_sql("update documents set no = no || '甲' where id = 1")


def cut_seal(_: Desk, connection: Connection) -> None:
    """Remove the first seal, as only the owner of the table can."""
    connection.exec_driver_sql("alter table paper_seals disable trigger user")
    connection.exec_driver_sql("delete from paper_seals where n = 1")


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (drop_file, "is gone or was changed"),
        (other_words, "content"),
        (other_number, "another number"),
        (cut_seal, "follow"),
    ],
)
def test_the_check_of_what_was_issued_names_what_was_harmed(
    desk: Desk, harm: Callable[[Desk, Connection], None], told: str
) -> None:
    case_no = applied(desk, "17")
    carried(desk, case_no)
    checked, wrong, stray = check_papers(desk.office)
    assert checked >= 3 and (wrong, stray) == ([], 0)
    with desk.office.work() as connection:
        harm(desk, connection)
    assert any(told in line for line in check_papers(desk.office)[1])


def test_a_seal_is_never_changed_or_removed(desk: Desk) -> None:
    applied(desk, "17", materials=False)
    statements = ("update paper_seals set n = 9", "delete from paper_seals", "truncate paper_seals")
    for statement in statements:
        with pytest.raises(DBAPIError, match="append-only"), desk.office.work() as connection:
            connection.exec_driver_sql(statement)


def test_two_current_certificates_of_a_permit_violate_a_constraint(desk: Desk) -> None:
    permitted(desk)
    columns = "permit_id, life_id, content, sha256, payload, key_id, algorithm, signature, address, original_sha256,"
    columns += " duplicate_sha256, renderer, issued_on, created_at"
    values = f"2, 1, '{'0' * 16}', {columns}"
    insert = f"insert into certificates (version, seq, code, {columns}) select {values} from certificates"
    with pytest.raises(IntegrityError, match="certificates_life_id_seq_key"), desk.office.work() as connection:
        connection.exec_driver_sql(insert)
    with desk.office.work() as connection:
        connection.exec_driver_sql("alter table certificates drop constraint certificates_life_id_seq_key")
    with pytest.raises(IntegrityError, match="certificates_one_current"), desk.office.work() as connection:
        connection.exec_driver_sql(insert)
