"""Certificates: what is signed, what a flipped bit does, which copy is told from which."""

import hashlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pypdf import PdfReader, PdfWriter

from tests.papers.flips import Tried, all_flips, flipped, tokens
from tests.papers.issuing import FIELDS, NOW, made_up, public_keys, signed
from tests.papers.test_every_paper import pages_of, read_back
from workflow.ledger import certificates as ledger
from workflow.ledger.certificates import (
    CannotTell,
    NotGenuine,
    decoded,
    embedded,
    encoded,
    verify,
    verify_content,
    verify_token,
)
from workflow.papers.certificates import certificate_pdf, fields_of, link_of
from workflow.papers.inspect import compare
from workflow.papers.signing import NoSigningKey, published, rotate, signer

STRIDE = int(os.environ.get("BANJIAN_FLIP_STRIDE", "61"))
ADDRESS = "https://example.invalid"
# RFC 8032, 7.1: public key, message, signature.
RFC8032 = (
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
    (
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
    ),
)


def test_the_verifier_agrees_with_the_vectors_of_rfc_8032_and_of_the_sm3_standard() -> None:
    for public, message, signature in RFC8032:
        parts = bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature)
        assert ledger.ed25519_holds(*parts)
        assert not ledger.ed25519_holds(parts[0], parts[1] + b"x", parts[2])
    # S + L verifies in careless programs; one message would have two signatures.
    public, message, signature = (bytes.fromhex(part) for part in RFC8032[1])
    order = 2**252 + 27742317777372353535851937790883648493
    second = (int.from_bytes(signature[32:], "little") + order).to_bytes(32, "little")
    assert not ledger.ed25519_holds(public, message, signature[:32] + second)
    assert ledger.sm3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert ledger.sm3(b"abcd" * 16).hex() == "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"
    for n in range(20):
        key, text = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(bytes([n])).digest()), b"m" * n
        assert ledger.ed25519_holds(key.public_key().public_bytes_raw(), text, key.sign(text))


def test_no_flipped_bit_of_two_hundred_payloads_is_taken_for_genuine(tmp_path: Path) -> None:
    """Every bit of five certificates, of the others every STRIDE-th, shifted by one from each to the next; 1 tries all."""
    if STRIDE == 1:
        found = all_flips(tmp_path)
    else:
        made = tokens(tmp_path)
        known, found = public_keys(tmp_path), Tried()
        for n, token in enumerate(made):
            found += flipped(token, known, range if n % 40 == 0 else lambda bits, n=n: range(n % STRIDE, bits, STRIDE))
    assert found.accepted == ()
    assert found.flips > 500_000 // STRIDE and found.slowly > found.flips // 1000


def test_a_flip_that_is_taken_is_counted(tmp_path: Path) -> None:
    (token, *_), known = tokens(tmp_path), public_keys(tmp_path)
    blind = flipped(token, known, lambda bits: range(bits - 512, bits), check=lambda *_: True)
    assert len(blind.accepted) == 512, "a verifier that looks at no signature takes every bit of it"


@pytest.mark.parametrize("algorithm", ["Ed25519", "SM2-SM3"])
def test_a_token_has_one_spelling_and_one_key(tmp_path: Path, algorithm: str) -> None:
    said = made_up(1)
    token = signed(tmp_path / "a", said, algorithm)
    assert token == signed(tmp_path / "a", said, algorithm)  # the same certificate is signed the same again
    payload = verify_token(token, public_keys(tmp_path / "a"))
    verify_content(payload, said)
    head, tail = token.split(".")
    spaced = encoded(json.dumps(json.loads(decoded(head)), sort_keys=True, ensure_ascii=False).encode())
    for wrong in (f"{head}.{tail}=", f"{head}..{tail}", f"{spaced}.{tail}", f"{head}.{tail[:-1]}", head, "", "甲.乙"):
        with pytest.raises(NotGenuine):
            verify_token(wrong, public_keys(tmp_path / "a"))
    signed(tmp_path / "b", said, algorithm)
    with pytest.raises(CannotTell):
        verify_token(token, public_keys(tmp_path / "b"))
    with pytest.raises(NotGenuine) as other:
        verify_content(payload, {**said, "content": ["什么都可以"]})
    assert other.value.code == "REPOINTED"


def test_every_bit_of_an_sm2_signature_counts(tmp_path: Path) -> None:
    token = signed(tmp_path, made_up(1), "SM2-SM3")
    head, tail = token.split(".")
    known = public_keys(tmp_path)
    (key,) = known.values()
    signature = decoded(tail)
    for bit in range(0, 512, 7):
        spoiled = bytearray(signature)
        spoiled[bit // 8] ^= 1 << bit % 8
        assert not ledger.sm2_holds(ledger.public_of(key), decoded(head), bytes(spoiled))


def test_a_rotated_key_still_verifies_and_signs_no_more(tmp_path: Path) -> None:
    old = signed(tmp_path, made_up(1))
    first = signer(tmp_path, NOW).key_id
    made = rotate(tmp_path, NOW, "SM2-SM3")
    new = signed(tmp_path, made_up(2))
    assert verify_token(old, public_keys(tmp_path))["k"] == first
    assert verify_token(new, public_keys(tmp_path))["k"] == made["kid"] != first
    assert [path.stem for path in tmp_path.glob("*.key")] == [made["kid"]]
    assert [bool(key["until"]) for key in published(tmp_path)["keys"]] == [True, False]
    assert (tmp_path / f"{made['kid']}.key").stat().st_mode & 0o777 == 0o600
    assert "private" not in (tmp_path / "banjian-keys.json").read_text()
    (tmp_path / f"{made['kid']}.key").unlink()
    with pytest.raises(NoSigningKey):
        signer(tmp_path, NOW)


def with_qr_of(pdf: bytes, other: bytes) -> bytes:
    """Return a certificate on which the QR code of another one was pasted."""
    writer, donor = PdfWriter(clone_from=io.BytesIO(pdf)), PdfReader(io.BytesIO(other))
    (image,) = (image for page in donor.pages for image in page.images)
    (target,) = (image for page in writer.pages for image in page.images)
    target.replace(image.image)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_a_certificate_with_the_code_or_the_data_of_another_is_told_apart(tmp_path: Path) -> None:
    mine, other = made_up(1, holder="甲公司"), made_up(2, holder="乙公司")
    tokens = signed(tmp_path, mine), signed(tmp_path, other)
    known = public_keys(tmp_path)
    genuine = certificate_pdf(mine, token=tokens[0], address=ADDRESS, copy="duplicate")
    compare(genuine, verify(genuine, known))
    others = certificate_pdf(other, token=tokens[1], address=ADDRESS, copy="duplicate")
    pasted = with_qr_of(genuine, others)
    with pytest.raises(NotGenuine, match="二维码") as found:
        compare(pasted, verify(pasted, known))
    assert found.value.code == "REPOINTED"
    # The data of one certificate carried by the paper of another.
    swapped = certificate_pdf(mine, token=tokens[1], address=ADDRESS, copy="duplicate")
    with pytest.raises(NotGenuine) as found:
        verify(swapped, known)
    assert found.value.code == "REPOINTED"
    carried = embedded(others)
    reprinted = certificate_pdf(
        {**mine, "code": other["code"]}, token=carried["token"], address=ADDRESS, copy="original"
    )
    with pytest.raises(NotGenuine):
        compare(reprinted, verify_token(carried["token"], known))
    # A link whose path names one certificate and whose token another.
    with pytest.raises(NotGenuine, match="another certificate"):
        verify(link_of(ADDRESS, mine["code"], tokens[1]), known)
    assert verify(link_of(ADDRESS, mine["code"], tokens[0]), known)["h"] == "甲公司"
    with pytest.raises(CannotTell):
        verify(b"%PDF-1.7 no data", known)


@pytest.mark.parametrize("fields", [(), FIELDS])
def test_both_copies_of_a_long_certificate_stay_inside_their_pages(
    tmp_path: Path, fields: tuple[tuple[str, str], ...]
) -> None:
    said = made_up(1, fields=fields)
    token = signed(tmp_path, said)
    for copy, sheet in (("original", (841.9, 595.3)), ("duplicate", (595.3, 841.9))):
        pdf = certificate_pdf(said, token=token, address=ADDRESS, copy=copy)
        text, places = read_back(pdf)
        boxes = {
            (round(float(page.mediabox.width), 1), round(float(page.mediabox.height), 1)) for page in pages_of(pdf)
        }
        assert boxes == {sheet} and len(pages_of(pdf)) == (1 if copy == "original" else 3 if fields else 2)
        assert all(20 < x < sheet[0] - 40 and 15 < y < sheet[1] - 15 for x, y in places)
        bare = "".join(text.split()).replace("\u200b", "")
        assert said["holder"] in bare and said["permit_no"] in bare and said["code"] in bare
        assert ("其余16项见副本" in bare) is (copy == "original")
        assert all(name in bare and (value in bare or copy == "original") for name, value in fields)
        assert pdf == certificate_pdf(said, token=token, address=ADDRESS, copy=copy)
        compare(pdf, verify(pdf, public_keys(tmp_path)))


def test_the_verifier_is_one_file_that_runs_alone(tmp_path: Path) -> None:
    said = made_up(1)
    pdf = certificate_pdf(said, token=signed(tmp_path, said), address=ADDRESS, copy="original")
    (tmp_path / "cert.pdf").write_bytes(pdf)
    (tmp_path / "bad.pdf").write_bytes(
        certificate_pdf({**said, "holder": "丙"}, token=embedded(pdf)["token"], address=ADDRESS, copy="original")
    )
    alone = tmp_path / "verify.py"
    alone.write_bytes(Path(ledger.__file__).read_bytes())

    def run(source: str) -> tuple[int, str]:
        found = subprocess.run(
            [sys.executable, "-I", "-S", str(alone), source, "--keys", str(tmp_path / "banjian-keys.json")],
            capture_output=True, text=True, check=False, env={"PYTHONIOENCODING": "utf-8", "PYTHONUTF8": "1"},
        )  # fmt: skip
        return found.returncode, found.stdout

    assert run(str(tmp_path / "cert.pdf"))[0] == 0
    assert run(str(tmp_path / "bad.pdf"))[0] == 1 and "REPOINTED" in run(str(tmp_path / "bad.pdf"))[1]
    assert run("hello")[0] == 2


def test_what_the_manual_wants_shown_is_printed_and_numbers_of_people_are_masked() -> None:
    shows = [
        ["企业住所", [["the-address", ""]]],
        ["法定代表人", [["the-representative", ""]]],
        ["规模", [["volume", "吨"], ["kinds", ""]]],
        ["护照号码", [["passport_no", ""]]],
        ["性别", [["id_no/sex", ""]]],
        ["出生日期", [["id_no/birth", ""]]],
        ["起始", [["starts_on", ""]]],
        ["审查结论", [["the-decision", ""]]],
        ["没有填的", [["empty", ""]]],
    ]
    form = {
        "volume": 10, "kinds": ["甲", "乙"], "passport_no": "E12345678", "id_no": "11010519491231002X",
        "starts_on": "2026-09-01",
    }  # fmt: skip
    party = {"kind": "organisation", "address": "第三大街1号", "legal_representative": "张三", "name": "甲公司"}
    found = dict(fields_of(shows, form, party, "津开审准〔2026〕1号", {"passport_no": "id_no", "id_no": "id_no"}))
    assert found == {
        "企业住所": "第三大街1号", "法定代表人": "张三", "规模": "10吨；甲、乙", "护照号码": found["护照号码"], "性别": "女",
        "出生日期": "1949年12月31日", "起始": "2026年9月1日", "审查结论": "见津开审准〔2026〕1号", "没有填的": "—",
    }  # fmt: skip
    assert "12345" not in found["护照号码"] and "*" in found["护照号码"]
    person = {"kind": "person", "name": "李四"}
    assert fields_of([["经营者", [["the-representative", ""]]]], {}, person, "", {}) == [("经营者", "李四")]
